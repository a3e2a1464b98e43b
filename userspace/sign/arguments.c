// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <getopt.h>
#include <string.h>

#include "../lib/file_build.h"

/* In place of short options, of which there are none. */
enum { LETTER = 256 };

/**
 * struct option_words - one option
 * @name: without its dashes
 * @value: word for its value, NULL for none
 * @help: what it is for
 * @choices: values that it can have, or NULL
 */
struct option_words {
	const char *name;
	const char *value;
	const char *help;
	const struct media_name *choices;
};

static const struct media_name digests[] = {
	{ FILE_DIGEST_SHA1, "sha1" },
	{ FILE_DIGEST_SHA256, "sha256" },
	{ FILE_DIGEST_SHA512, "sha512" },
	{ 0 },
};

static const struct media_name styles[] = {
	{ FILE_STYLE_SERVER, "server" },
	{ FILE_STYLE_TOOL, "tool" },
	{ 0 },
};

static const struct media_name signer_versions[] = {
	{ 0, "1.0" },
	{ 1, "1.1" },
	{ 0 },
};

static const struct option_words words[SIGN_OPTION_COUNT] = {
	[SIGN_OPTION_SIGNER] = { "signer", "CERTIFICATE",
		"certificate of the signer, a file or URI, and its key if --key is absent" },
	[SIGN_OPTION_KEY] = { "key", "KEY", "private key, a file or URI" },
	[SIGN_OPTION_FOR] = { "for", "CERTIFICATE", "certificate of the phone that shall read it" },
	[SIGN_OPTION_LIST] = { "list", "FILE",
		"trust list in which the signer is looked for; it is believed as it is" },
	[SIGN_OPTION_NAME] = { "name", "NAME", "name by which phones ask for the file" },
	[SIGN_OPTION_DIGEST] = { "digest", "DIGEST",
		"digest that is signed, sha512 by default; old phones know sha1 alone", digests },
	[SIGN_OPTION_STYLE] = { "style", "STYLE",
		"layout, of call managers by default, or of certutils", styles },
	[SIGN_OPTION_TIME] = { "time", "SECONDS", "time of making, since 1970, instead of now" },
	[SIGN_OPTION_SIGNER_VERSION] = { "signer-version", "VERSION",
		"1.0 by default; 1.1 lets phones have EC keys and use HTTPS", signer_versions },
	[SIGN_OPTION_ARCHIVE] = { "archive", NULL,
		"put the files into an archive of 79x1, 79x2 and 79x5 phones first" },
	[SIGN_OPTION_OUT] = { "out", "FILE", "file to write, - for standard output" },
	[SIGN_OPTION_JSON] = { "json", NULL, "answer in JSON" },
	[SIGN_OPTION_HELP] = { "help", NULL, "write this" },
	[SIGN_OPTION_VERSION] = { "version", NULL, "write the version" },
};

static bool option_is_in(const enum sign_option *options, enum sign_option option)
{
	for (; *options; options++)
		if (*options == option)
			return true;
	return false;
}

static bool verb_takes(const struct sign_verb *verb, enum sign_option option)
{
	return option == SIGN_OPTION_JSON || option == SIGN_OPTION_HELP ||
	       (verb ? option_is_in(verb->options, option) : option == SIGN_OPTION_VERSION);
}

static const struct sign_verb *verb_find(const char *name)
{
	for (const struct sign_verb *verb = sign_verbs; verb->name; verb++)
		if (!strcmp(verb->name, name))
			return verb;
	return NULL;
}

static const struct media_name *choice_find(enum sign_option option, const char *value)
{
	const struct media_name *choice = words[option].choices;

	while (choice->word && strcmp(choice->word, value))
		choice++;
	return choice->word ? choice : NULL;
}

unsigned int sign_choice(enum sign_option option, const char *value, unsigned int otherwise)
{
	return value ? choice_find(option, value)->value : otherwise;
}

static int option_take(struct sign_arguments *arguments, enum sign_option option,
		       const char *value, struct refusal *why)
{
	if (arguments->values[option])
		return refusal_set(why, REASON_OPTION_REPEATED, "--%s", words[option].name);
	if (value && words[option].choices && !choice_find(option, value))
		return refusal_set(why, REASON_VALUE_INVALID, "--%s %s", words[option].name, value);
	arguments->values[option] = value ?: "";
	return 0;
}

static int options_read(struct sign_arguments *arguments, int argc, char *argv[],
			struct refusal *why)
{
	struct option table[SIGN_OPTION_COUNT] = { 0 };
	int letter, err = 0;

	for (enum sign_option o = SIGN_OPTION_NONE + 1; o < SIGN_OPTION_COUNT; o++)
		table[o - 1] = (struct option){ words[o].name,
			words[o].value ? required_argument : no_argument, NULL, LETTER + (int)o };
	optind = 0;
	opterr = 0;
	/* A colon in front tells an option without its value from an unknown one. */
	while (!err && (letter = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (letter == '?' || letter == ':')
			err = refusal_set(why, letter == ':' || optopt ? REASON_OPTION_VALUE :
					  REASON_OPTION_UNKNOWN, "%s", argv[optind - 1]);
		else
			err = option_take(arguments, (enum sign_option)(letter - LETTER), optarg,
					  why);
	}
	arguments->operands = argv + optind;
	arguments->count = (size_t)(argc - optind);
	return err;
}

static int verb_check(const struct sign_arguments *arguments, struct refusal *why)
{
	const struct sign_verb *verb = arguments->verb;

	for (enum sign_option o = SIGN_OPTION_NONE + 1; o < SIGN_OPTION_COUNT; o++)
		if (arguments->values[o] && !verb_takes(verb, o))
			return refusal_set(why, REASON_OPTION_UNKNOWN, "--%s", words[o].name);
	if (arguments->values[SIGN_OPTION_HELP] || !verb)
		return 0;
	for (const enum sign_option *o = verb->due; *o; o++)
		if (!arguments->values[*o])
			return refusal_set(why, REASON_OPTION_MISSING, "--%s", words[*o].name);
	if (!arguments->count)
		return refusal_set(why, REASON_OPERAND_MISSING, "%s", verb->operands);
	if (arguments->count > verb->max)
		return refusal_set(why, REASON_OPERAND_EXTRA, "%s", arguments->operands[verb->max]);
	return 0;
}

int sign_arguments_parse(struct sign_arguments *arguments, int argc, char *argv[],
			 struct refusal *why)
{
	int err;

	*arguments = (struct sign_arguments){ 0 };
	err = options_read(arguments, argc, argv, why);
	if (err)
		return err;
	if (arguments->count) {
		arguments->verb = verb_find(*arguments->operands);
		if (!arguments->verb)
			return refusal_set(why, REASON_COMMAND_UNKNOWN, "%s", *arguments->operands);
		arguments->operands++;
		arguments->count--;
	} else if (!arguments->values[SIGN_OPTION_HELP] &&
		   !arguments->values[SIGN_OPTION_VERSION]) {
		return refusal_set(why, REASON_OPERAND_MISSING, "VERB");
	}
	return verb_check(arguments, why);
}

static void choices_print(FILE *stream, const struct option_words *option)
{
	for (const struct media_name *choice = option->choices; choice && choice->word; choice++)
		fprintf(stream, "%s%s", choice == option->choices ? ": " : ", ", choice->word);
}

static void option_print(FILE *stream, const struct sign_verb *verb, enum sign_option option)
{
	const struct option_words *one = &words[option];
	int width = fprintf(stream, "  --%s%s%s", one->name, one->value ? " " : "",
			    one->value ?: "");

	fprintf(stream, "%*s%s", width < 27 ? 27 - width : 2, "", one->help);
	choices_print(stream, one);
	fputs(verb && option_is_in(verb->due, option) ? " (required)\n" : "\n", stream);
}

void sign_help(FILE *stream, const struct sign_verb *verb)
{
	if (verb)
		fprintf(stream, "Usage: phonesec-sign %s %s [OPTION...]\n\n%s.\n\n", verb->name,
			verb->operands, verb->help);
	else
		fputs("Usage: phonesec-sign VERB OPERAND... [OPTION...]\n\n"
		      "Makes and checks the files that phones load.\n\n", stream);
	for (const struct sign_verb *v = sign_verbs; !verb && v->name; v++)
		fprintf(stream, "  %-8s%-27s %s\n", v->name, v->operands, v->help);
	if (!verb)
		fputc('\n', stream);
	for (enum sign_option o = SIGN_OPTION_NONE + 1; o < SIGN_OPTION_COUNT; o++)
		if (verb_takes(verb, o))
			option_print(stream, verb, o);
}

static void manual_option(FILE *stream, const struct sign_verb *verb, enum sign_option option)
{
	const struct option_words *one = &words[option];

	fprintf(stream, ".It Fl -%s", one->name);
	if (one->value)
		fprintf(stream, " Ar %s", one->value);
	fprintf(stream, "\n%s", one->help);
	choices_print(stream, one);
	fputs(option_is_in(verb->due, option) ? " (required).\n" : ".\n", stream);
}

void sign_manual(FILE *stream)
{
	for (const struct sign_verb *verb = sign_verbs; verb->name; verb++) {
		fprintf(stream, ".Ss %s %s\n%s.\n", verb->name, verb->operands, verb->help);
		if (!*verb->options)
			continue;
		fputs(".Bl -tag -width Ds\n", stream);
		for (const enum sign_option *o = verb->options; *o; o++)
			manual_option(stream, verb, *o);
		fputs(".El\n", stream);
	}
}

static void candidate(FILE *stream, const char *prefix, const char *dashes, const char *word)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%s%s", dashes, word);
	if (!strncmp(whole, prefix, strlen(prefix)))
		fprintf(stream, "%s\n", whole);
}

/* The option that a word is, when it still waits for its value. */
static enum sign_option option_waiting(const char *word)
{
	for (enum sign_option o = SIGN_OPTION_NONE + 1; o < SIGN_OPTION_COUNT; o++)
		if (words[o].value && !strncmp(word, "--", 2) && !strcmp(word + 2, words[o].name))
			return o;
	return SIGN_OPTION_NONE;
}

void sign_complete(FILE *stream, int argc, char *argv[])
{
	const char *prefix = argc ? argv[argc - 1] : "";
	const struct sign_verb *verb = argc > 1 ? verb_find(argv[0]) : NULL;
	enum sign_option waiting = argc > 1 ? option_waiting(argv[argc - 2]) : SIGN_OPTION_NONE;

	if (waiting)
		for (const struct media_name *choice = words[waiting].choices;
		     choice && choice->word; choice++)
			candidate(stream, prefix, "", choice->word);
	else if (*prefix == '-')
		for (enum sign_option o = SIGN_OPTION_NONE + 1; o < SIGN_OPTION_COUNT; o++) {
			if (verb_takes(verb, o))
				candidate(stream, prefix, "--", words[o].name);
		}
	else if (argc <= 1)
		for (const struct sign_verb *v = sign_verbs; v->name; v++)
			candidate(stream, prefix, "", v->name);
}
