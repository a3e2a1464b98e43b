/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of phonesec-sign: a table of verbs and one of options, from which parsing,
 * help, completion and the manual page come.
 */
#ifndef PHONESEC_SIGN_ARGUMENTS_H
#define PHONESEC_SIGN_ARGUMENTS_H

#include <stdbool.h>
#include <stdio.h>

#include "../phonesec/output.h"

enum sign_option {
	SIGN_OPTION_NONE,
	SIGN_OPTION_SIGNER,
	SIGN_OPTION_KEY,
	SIGN_OPTION_FOR,
	SIGN_OPTION_LIST,
	SIGN_OPTION_NAME,
	SIGN_OPTION_DIGEST,
	SIGN_OPTION_STYLE,
	SIGN_OPTION_TIME,
	SIGN_OPTION_SIGNER_VERSION,
	SIGN_OPTION_ARCHIVE,
	SIGN_OPTION_OUT,
	SIGN_OPTION_JSON,
	SIGN_OPTION_HELP,
	SIGN_OPTION_VERSION,
	SIGN_OPTION_COUNT,
};

enum sign_limits {
	SIGN_OPTIONS_MAX = 12,
	SIGN_OPERANDS_MANY = 4096,
};

struct sign_verb;

/**
 * struct sign_arguments - what was typed
 * @verb: what to do, NULL for help or the version
 * @values: of the options by their number, NULL for those not given; "" for those without value
 * @operands: words behind the verb
 * @count: how many
 */
struct sign_arguments {
	const struct sign_verb *verb;
	const char *values[SIGN_OPTION_COUNT];
	char **operands;
	size_t count;
};

/**
 * struct sign_verb - one verb
 * @name: the word
 * @operands: what stands behind it, in capital letters
 * @max: most operands, there is always one
 * @help: what it does
 * @options: those it takes, ended by SIGN_OPTION_NONE; --json and --help go without saying
 * @due: those it cannot do without
 * @run: does it; returns 0 or the -errno of the reason it leaves
 */
struct sign_verb {
	const char *name;
	const char *operands;
	size_t max;
	const char *help;
	enum sign_option options[SIGN_OPTIONS_MAX];
	enum sign_option due[SIGN_OPTIONS_MAX];
	int (*run)(const struct sign_arguments *arguments, struct output *out,
		   struct refusal *why);
};

/* The verbs, ended by one without a name. */
extern const struct sign_verb sign_verbs[];

/**
 * sign_arguments_parse - read the command line
 * @arguments: filled in; it points into @argv, whose words may change places
 * @argc: number of words with the name of the program
 * @argv: the words
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int sign_arguments_parse(struct sign_arguments *arguments, int argc, char *argv[],
			 struct refusal *why);

/* Finds what the value of an option with choices stands for. */
unsigned int sign_choice(enum sign_option option, const char *value, unsigned int otherwise);

/* Help on one verb, or on all for NULL. */
void sign_help(FILE *stream, const struct sign_verb *verb);

/* The verbs and their options for the manual page (mdoc). */
void sign_manual(FILE *stream);

/* What may stand in place of the last of the words, one candidate a line; files are not told. */
void sign_complete(FILE *stream, int argc, char *argv[]);

#endif
