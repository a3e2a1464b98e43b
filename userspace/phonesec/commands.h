/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of phonesec: one table, from which parsing, usage, completion
 * and the synopsis of the manual page come.
 */
#ifndef PHONESEC_COMMANDS_H
#define PHONESEC_COMMANDS_H

#include <stdio.h>

#include "../lib/media_netlink.h"
#include "output.h"

enum commands_limits {
	ROCS_MAX = 16,
	OPERANDS_MAX = 2,
	OPTIONS_MAX = 16,
	FINGERPRINT_MAX = 65,
};

enum option {
	OPTION_NONE,
	OPTION_LOCAL,
	OPTION_REMOTE,
	OPTION_RTCP_MUX,
	OPTION_LOCAL_RTCP_PORT,
	OPTION_REMOTE_RTCP_PORT,
	OPTION_KEY_FD,
	OPTION_HOLD,
	OPTION_PASS,
	OPTION_SILENCE_TIMEOUT,
	OPTION_ROC,
	OPTION_CONTEXT,
	OPTION_STANDBY,
	OPTION_ACTIVATE,
	OPTION_DRAIN,
	OPTION_MODE,
	OPTION_PROTECT,
	OPTION_AUTH_FAILURE_THRESHOLD,
	OPTION_REPLAY_THRESHOLD,
	OPTION_ALL,
	OPTION_LIMIT,
	OPTION_REQUIRE_SECURE,
	OPTION_OUT,
	OPTION_SECONDS,
	OPTION_PASSWORD_FD,
	OPTION_KEY,
	OPTION_NAME,
	OPTION_USER,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_COUNT,
};

enum operand {
	OPERAND_NONE,
	OPERAND_ID,
	OPERAND_ID_OR_ALL,
	OPERAND_HOLD,
	OPERAND_CALL,
	OPERAND_NAME,
	OPERAND_FILE,
	OPERAND_FINGERPRINT,
	OPERAND_LIST,
	OPERAND_PERSON,
};

struct command;

/**
 * struct arguments - what was typed, read and checked
 * @command: the command, NULL for help without one
 * @noun: what help is about when there is no command, or NULL
 * @given: bit of every option that was given
 * @id: session or call, 0 for none
 * @all: all sessions
 * @file: to be written, NULL for none
 * @asked: what a file would be asked for as, NULL for none
 * @name: of a certificate
 * @path: of a file to be read, NULL for none
 * @list: the word of a trust list, NULL for all
 * @person: whom to look for; @user: who asks
 * @fingerprint: SHA-256 in small hexadecimal digits
 */
struct arguments {
	const struct command *command;
	const char *noun;
	uint64_t given;
	uint32_t id;
	bool all;
	struct media_address local;
	struct media_address remote;
	uint16_t local_rtcp_port;
	uint16_t remote_rtcp_port;
	int key_fd;
	uint32_t hold;
	uint32_t pass;
	uint32_t silence_timeout_ms;
	struct media_roc rocs[2][ROCS_MAX];
	size_t roc_count[2];
	uint32_t context;
	uint8_t activate[NF_SRTP_MKI_MAX];
	uint8_t activate_len;
	uint32_t drain_ms;
	uint32_t mode;
	struct media_range ranges[NF_SRTP_RANGES_MAX];
	size_t range_count;
	uint32_t auth_failure_threshold;
	uint32_t replay_threshold;
	uint32_t limit;
	uint32_t seconds;
	const char *file;
	int password_fd;
	const char *key_kind;
	const char *asked;
	const char *name;
	const char *path;
	const char *list;
	const char *person;
	const char *user;
	char fingerprint[FINGERPRINT_MAX];
};

/**
 * struct command - one command
 * @noun: first word
 * @verb: second word
 * @bare: it is also meant by the noun alone
 * @operands: words behind, and @required of them must be there
 * @help: what it does, one line
 * @options: those it takes, ended by OPTION_NONE; --json and --help go without saying
 * @due: those it cannot do without, ended by OPTION_NONE
 * @run: does it; returns 0, the -errno of the reason it leaves, or an exit status when all
 *       is told already
 */
struct command {
	const char *noun;
	const char *verb;
	bool bare;
	enum operand operands[OPERANDS_MAX + 1];
	unsigned int required;
	const char *help;
	enum option options[OPTIONS_MAX];
	enum option due[OPTIONS_MAX];
	int (*run)(const struct arguments *arguments, struct output *out, struct refusal *why);
};

/* An option as one sees it. @value is NULL for one without; @choices may be NULL. */
struct option_words {
	const char *name;
	const char *value;
	const char *help;
	const struct media_name *choices;
};

extern const struct command commands[];

_Static_assert(OPTION_COUNT <= 64, "a bit of arguments.given for every option");

static inline uint64_t option_bit(enum option option)
{
	return UINT64_C(1) << option;
}

static inline bool option_given(const struct arguments *arguments, enum option option)
{
	return arguments->given & option_bit(option);
}

/* Words of an option; never NULL for an option other than OPTION_NONE. */
const struct option_words *option_words(enum option option);

/* Finds an option by its name without dashes, OPTION_NONE when there is none. */
enum option option_find(const char *name, size_t len);

/* Whether a command takes an option; without a command, whether every one does. */
bool command_takes(const struct command *command, enum option option);

/* The trust lists that can be named. */
extern const struct media_name list_words[];

/* Finds a command by its words, a noun alone by its bare command; NULL when there is none. */
const struct command *command_find(const char *noun, const char *verb);

/* Whether any command has this noun. */
bool noun_exists(const char *noun);

/* The word that stands for an operand in usage. */
const char *operand_words(enum operand operand);

/**
 * arguments_parse - read a command line
 * @arguments: filled in
 * @argc: number of words behind the program's name
 * @argv: the words; one that holds a key is overwritten
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int arguments_parse(struct arguments *arguments, int argc, char *argv[], struct refusal *why);

/* Usage of one command, of the commands of a noun, or of everything when both are NULL. */
void usage_print(FILE *stream, const char *noun, const struct command *command);

/* Synopsis and description of every command, in the form of the manual page (mdoc). */
void usage_manual(FILE *stream);

/* Drop reasons, events and causes in words, in the form of the manual page. */
void usage_manual_reasons(FILE *stream);

/* Every reason in words, as the page of refusals has them (Markdown). */
void usage_refusals(FILE *stream);

/* Prints what may stand in place of the last of the words, one candidate a line. */
void complete_print(FILE *stream, int argc, char *argv[]);

#endif
