// SPDX-License-Identifier: Apache-2.0
/* From the words of a command line to struct arguments. */
#include "commands.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/capture_record.h"

enum arguments_limits {
	WORDS_MAX = 2 + OPERANDS_MAX,
	SILENCE_TIMEOUT_MIN_MS = 100,
	DRAIN_MAX_MS = 60000,
};

/* The words of a line sorted into commands with operands, and options with values. */
struct words {
	const char *plain[WORDS_MAX];
	unsigned int plain_count;
};

/* As long as the shortest key with its salt in base64, and of nothing else. */
static bool is_bare_key(const char *word)
{
	static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/=";

	return strlen(word) >= 38 && !word[strspn(word, base64)];
}

/* Whatever stands behind 'oauth login' and is neither an option nor a number. */
static bool is_token(int argc, char *argv[], int i)
{
	if (argc < 2 || i < 2 || strcmp(argv[0], "oauth") || strcmp(argv[1], "login"))
		return false;
	if (argv[i][0] == '-')
		return strchr(argv[i], '=') && strncmp(argv[i], "--key-fd=", 9);
	return argv[i][strspn(argv[i], "0123456789")];
}

/* The name of a file may be as long as a key, and a fingerprint is. */
static bool is_public(char *argv[], int i)
{
	static const char *const nouns[] = { "identity", "trust", "image" };

	if (i > 0 && !strcmp(argv[i - 1], "--out"))
		return true;
	for (size_t n = 0; i > 1 && n < sizeof(nouns) / sizeof(nouns[0]); n++)
		if (!strcmp(argv[0], nouns[n]))
			return !argv[i][strspn(argv[i], "0123456789ABCDEFabcdef")] ||
			       !access(argv[i], F_OK);
	return false;
}

/*
 * A key among the arguments has been seen by others already; overwriting it
 * keeps it at least from those who look later.
 */
static int refuse_key_words(int argc, char *argv[], struct refusal *why)
{
	bool found = false;

	for (int i = 0; i < argc; i++) {
		if (!strcasestr(argv[i], "inline:") && !is_token(argc, argv, i) &&
		    (!is_bare_key(argv[i]) || is_public(argv, i)))
			continue;
		explicit_bzero(argv[i], strlen(argv[i]));
		found = true;
	}
	return found ? refusal_set(why, REASON_KEY_IN_ARGUMENTS, "%s", "") : 0;
}

static bool take_number(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
	uint64_t number;

	if (!media_number_parse(text, min, max, &number))
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool take_port(const char *text, uint16_t *port)
{
	uint32_t number;

	if (!take_number(text, 1, UINT16_MAX, &number))
		return false;
	*port = (uint16_t)number;
	return true;
}

static bool take_word(const struct media_name *names, const char *text, uint32_t *value)
{
	return media_value(names, text, strlen(text), value);
}

/* "stun,dtls", "none" or "". */
static bool take_passes(const char *text, uint32_t *passes)
{
	*passes = 0;
	if (!strcmp(text, "none"))
		return true;
	for (;;) {
		size_t len = strcspn(text, ",");
		uint32_t flag;

		if (!media_value(media_passes, text, len, &flag))
			return false;
		*passes |= flag;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

/* "rx:0x12345678=1", the SSRC decimal or hexadecimal. */
static bool take_roc(struct arguments *arguments, const char *text)
{
	size_t len = strcspn(text, ":");
	struct media_roc *roc;
	uint32_t direction;
	unsigned long long ssrc;
	char *end;

	if (!text[len] || !media_value(media_directions, text, len, &direction) ||
	    arguments->roc_count[direction] == ROCS_MAX)
		return false;
	text += len + 1;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	ssrc = strtoull(text, &end, strncasecmp(text, "0x", 2) ? 10 : 16);
	roc = &arguments->rocs[direction][arguments->roc_count[direction]];
	if (errno || *end != '=' || ssrc > UINT32_MAX ||
	    !take_number(end + 1, 0, UINT32_MAX, &roc->roc))
		return false;
	roc->ssrc = (uint32_t)ssrc;
	arguments->roc_count[direction]++;
	return true;
}

/* "16384-32767" or one port. */
static bool take_range(struct arguments *arguments, const char *text)
{
	struct media_range *range = &arguments->ranges[arguments->range_count];
	const char *dash = strchr(text, '-');
	char first[sizeof("65535")];
	size_t len = dash ? (size_t)(dash - text) : strlen(text);

	if (arguments->range_count == NF_SRTP_RANGES_MAX || len >= sizeof(first))
		return false;
	memcpy(first, text, len);
	first[len] = '\0';
	if (!take_port(first, &range->first) ||
	    !take_port(dash ? dash + 1 : first, &range->last) || range->first > range->last)
		return false;
	arguments->range_count++;
	return true;
}

static bool take_fd(const char *text, int *fd)
{
	uint32_t number;

	if (!take_number(text, 0, INT32_MAX, &number))
		return false;
	*fd = (int)number;
	return true;
}

static bool take_timeout(const char *text, uint32_t *timeout)
{
	return take_number(text, 0, UINT32_MAX, timeout) &&
	       (!*timeout || *timeout >= SILENCE_TIMEOUT_MIN_MS);
}

static bool take_mki(const char *text, struct arguments *arguments)
{
	struct refusal why;
	struct sdes sdes;

	if (sdes_mki_parse(&sdes, text, strlen(text), &why))
		return false;
	memcpy(arguments->activate, sdes.mki, sizeof(sdes.mki));
	arguments->activate_len = sdes.mki_len;
	return true;
}

static bool option_take(struct arguments *a, enum option option, const char *text)
{
	uint32_t unused;

	switch (option) {
	case OPTION_LOCAL:
		return media_address_parse(&a->local, text);
	case OPTION_REMOTE:
		return media_address_parse(&a->remote, text);
	case OPTION_LOCAL_RTCP_PORT:
		return take_port(text, &a->local_rtcp_port);
	case OPTION_REMOTE_RTCP_PORT:
		return take_port(text, &a->remote_rtcp_port);
	case OPTION_KEY_FD:
		return take_fd(text, &a->key_fd);
	case OPTION_HOLD:
		return take_word(media_holds, text, &a->hold);
	case OPTION_PASS:
		return take_passes(text, &a->pass);
	case OPTION_SILENCE_TIMEOUT:
		return take_timeout(text, &a->silence_timeout_ms);
	case OPTION_ROC:
		return take_roc(a, text);
	case OPTION_CONTEXT:
		return take_word(media_contexts, text, &a->context);
	case OPTION_ACTIVATE:
		return take_mki(text, a);
	case OPTION_DRAIN:
		return take_number(text, 0, DRAIN_MAX_MS, &a->drain_ms);
	case OPTION_MODE:
		return take_word(media_modes, text, &a->mode);
	case OPTION_PROTECT:
		return take_range(a, text);
	case OPTION_AUTH_FAILURE_THRESHOLD:
		return take_number(text, 1, UINT32_MAX, &a->auth_failure_threshold);
	case OPTION_REPLAY_THRESHOLD:
		return take_number(text, 1, UINT32_MAX, &a->replay_threshold);
	case OPTION_LIMIT:
		return take_number(text, 1, UINT32_MAX, &a->limit);
	case OPTION_SECONDS:
		return take_number(text, 1, CAPTURE_SECONDS_MAX, &a->seconds);
	case OPTION_OUT:
		a->file = text;
		return *text;
	case OPTION_PASSWORD_FD:
		return take_fd(text, &a->password_fd);
	case OPTION_KEY:
		a->key_kind = text;
		return take_word(option_words(option)->choices, text, &unused);
	case OPTION_NAME:
		a->asked = text;
		return *text;
	case OPTION_USER:
		a->user = text;
		return *text;
	case OPTION_ALL:
		a->all = true;
		return true;
	case OPTION_RTCP_MUX:
	case OPTION_STANDBY:
	case OPTION_REQUIRE_SECURE:
	case OPTION_JSON:
	case OPTION_HELP:
	case OPTION_VERSION:
		return true;
	case OPTION_NONE:
	case OPTION_COUNT:
		break;
	}
	return false;
}

static int option_store(struct arguments *arguments, enum option option, const char *value,
			struct refusal *why)
{
	const struct option_words *words = option_words(option);
	bool repeatable = option == OPTION_ROC || option == OPTION_PROTECT;

	if (option_given(arguments, option) && !repeatable)
		return refusal_set(why, REASON_OPTION_REPEATED, "--%s", words->name);
	arguments->given |= option_bit(option);
	if (option_take(arguments, option, value))
		return 0;
	if (option == OPTION_LOCAL || option == OPTION_REMOTE)
		return refusal_set(why, REASON_ADDRESS_INVALID, "--%s %.100s", words->name, value);
	return refusal_set(why, REASON_VALUE_INVALID, "--%s %.100s, not a %s", words->name, value,
			   words->value);
}

/* Takes one option and tells how many words it was. */
static int option_parse(struct arguments *arguments, int argc, char *argv[], int *used,
			struct refusal *why)
{
	const char *name = argv[0] + 2, *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);
	enum option option = option_find(name, len);

	*used = 1;
	if (option == OPTION_NONE)
		return refusal_set(why, REASON_OPTION_UNKNOWN, "%.100s", argv[0]);
	if (!option_words(option)->value && value)
		return refusal_set(why, REASON_OPTION_VALUE, "--%s takes no value",
				   option_words(option)->name);
	if (option_words(option)->value && !value) {
		if (argc < 2)
			return refusal_set(why, REASON_OPTION_VALUE, "--%s needs %s",
					   option_words(option)->name, option_words(option)->value);
		*used = 2;
		return option_store(arguments, option, argv[1], why);
	}
	return option_store(arguments, option, value ? value + 1 : "", why);
}

static int word_store(struct words *words, const char *word, struct refusal *why)
{
	if (words->plain_count == WORDS_MAX)
		return refusal_set(why, REASON_OPERAND_EXTRA, "%.100s", word);
	words->plain[words->plain_count++] = word;
	return 0;
}

static int words_sort(struct words *words, struct arguments *arguments, int argc, char *argv[],
		      struct refusal *why)
{
	int err = 0, used;

	for (int i = 0; !err && i < argc; i += used) {
		used = 1;
		if (!strcmp(argv[i], "-h"))
			err = option_store(arguments, OPTION_HELP, "", why);
		else if (!strncmp(argv[i], "--", 2))
			err = option_parse(arguments, argc - i, argv + i, &used, why);
		else if (argv[i][0] == '-')
			err = refusal_set(why, REASON_OPTION_UNKNOWN, "%.100s", argv[i]);
		else
			err = word_store(words, argv[i], why);
	}
	return err;
}

/* SHA-256 in hexadecimal, with colons or without. */
static bool take_fingerprint(const char *text, char fingerprint[FINGERPRINT_MAX])
{
	size_t len = 0;

	for (; *text; text++) {
		if (*text == ':')
			continue;
		if (len == FINGERPRINT_MAX - 1 || !isxdigit((unsigned char)*text))
			return false;
		fingerprint[len++] = (char)tolower((unsigned char)*text);
	}
	fingerprint[len] = '\0';
	return len == FINGERPRINT_MAX - 1;
}

/* The name of a certificate becomes that of a file. */
static bool take_name(const char *text, const char **name)
{
	*name = text;
	return *text && *text != '.' && strlen(text) < 64 && !strchr(text, '/');
}

/* Operands that stay the words that they are. */
static bool operand_keep(struct arguments *arguments, enum operand operand, const char *word)
{
	uint32_t unused;

	switch (operand) {
	case OPERAND_NAME:
		return take_name(word, &arguments->name);
	case OPERAND_FILE:
		arguments->path = word;
		return *word;
	case OPERAND_PERSON:
		arguments->person = word;
		return *word;
	case OPERAND_FINGERPRINT:
		return take_fingerprint(word, arguments->fingerprint);
	default:
		arguments->list = word;
		return take_word(list_words, word, &unused);
	}
}

static int operand_take(struct arguments *arguments, enum operand operand, const char *word,
			struct refusal *why)
{
	bool good = false;

	if (operand == OPERAND_ID_OR_ALL && !strcmp(word, "all"))
		good = arguments->all = true;
	else if (operand == OPERAND_ID || operand == OPERAND_ID_OR_ALL || operand == OPERAND_CALL)
		good = take_number(word, 1, UINT32_MAX, &arguments->id);
	else if (operand == OPERAND_HOLD)
		good = take_word(media_holds, word, &arguments->hold);
	else if (operand != OPERAND_NONE)
		good = operand_keep(arguments, operand, word);
	else
		return refusal_set(why, REASON_OPERAND_EXTRA, "%.100s", word);
	return good ? 0 : refusal_set(why, REASON_VALUE_INVALID, "%.100s, not %s", word,
				      operand_words(operand));
}

static int operands_take(struct arguments *arguments, const struct words *words,
			 struct refusal *why)
{
	const struct command *command = arguments->command;
	unsigned int count = words->plain_count > 2 ? words->plain_count - 2 : 0;

	for (unsigned int i = 0; i < count; i++) {
		int err = operand_take(arguments, command->operands[i], words->plain[i + 2], why);

		if (err)
			return err;
	}
	if (count < command->required)
		return refusal_set(why, REASON_OPERAND_MISSING, "%s",
				   operand_words(command->operands[count]));
	return 0;
}

static int options_check(const struct arguments *arguments, struct refusal *why)
{
	const struct command *command = arguments->command;

	for (enum option o = OPTION_NONE + 1; o < OPTION_COUNT; o++)
		if (option_given(arguments, o) && !command_takes(command, o))
			return refusal_set(why, REASON_OPTION_UNKNOWN, "--%s",
					   option_words(o)->name);
	if (!command)
		return 0;
	for (const enum option *o = command->due; *o; o++)
		if (!option_given(arguments, *o))
			return refusal_set(why, REASON_OPTION_MISSING, "--%s",
					   option_words(*o)->name);
	return 0;
}

int arguments_parse(struct arguments *arguments, int argc, char *argv[], struct refusal *why)
{
	struct words words = { 0 };
	const char *noun, *verb;
	bool help;
	int err;

	*arguments = (struct arguments){ 0 };
	err = refuse_key_words(argc, argv, why);
	if (!err)
		err = words_sort(&words, arguments, argc, argv, why);
	if (err)
		return err;
	noun = words.plain_count > 0 ? words.plain[0] : NULL;
	verb = words.plain_count > 1 ? words.plain[1] : NULL;
	help = option_given(arguments, OPTION_HELP);
	if (noun && !noun_exists(noun))
		return refusal_set(why, REASON_COMMAND_UNKNOWN, "%.100s", noun);
	arguments->noun = noun;
	if (verb || (noun && !help))
		arguments->command = command_find(noun, verb);
	if (verb && !arguments->command)
		return refusal_set(why, REASON_COMMAND_UNKNOWN, "%.100s %.100s", noun, verb);
	if (!arguments->command && !help && !option_given(arguments, OPTION_VERSION))
		return refusal_set(why, REASON_COMMAND_UNKNOWN, "no command was given");
	if (help)
		return 0;
	err = options_check(arguments, why);
	return err || !arguments->command ? err : operands_take(arguments, &words, why);
}
