// SPDX-License-Identifier: Apache-2.0
/* Completion, from the table of commands and the sessions and calls there are. */
#include "commands.h"

#include <string.h>

#include "phone.h"

static void candidate(FILE *stream, const char *prefix, const char *dashes, const char *word)
{
	size_t skip = strlen(dashes);

	if (!strncmp(prefix, dashes, skip < strlen(prefix) ? skip : strlen(prefix)) &&
	    (strlen(prefix) <= skip || !strncmp(prefix + skip, word, strlen(prefix) - skip)))
		fprintf(stream, "%s%s\n", dashes, word);
}

static void complete_names(FILE *stream, const char *prefix, const struct media_name *names)
{
	for (; names && names->word; names++)
		candidate(stream, prefix, "", names->word);
}

static void complete_number(FILE *stream, const char *prefix, uint32_t number)
{
	char text[sizeof("4294967295")];

	snprintf(text, sizeof(text), "%u", number);
	candidate(stream, prefix, "", text);
}

static void complete_calls(FILE *stream, const char *prefix)
{
	struct phone phone;
	struct refusal why;

	if (phone_fetch(&phone, &why))
		return;
	for (size_t i = 0; i < phone.calls_count; i++)
		complete_number(stream, prefix, phone.calls[i].id);
	phone_clear(&phone);
}

static void complete_sessions(FILE *stream, const char *prefix)
{
	struct media_session *sessions;
	struct media_link *link;
	struct refusal why;
	size_t count;

	if (media_open(&link, &why))
		return;
	if (!media_sessions_list(link, &sessions, &count, &why)) {
		for (size_t i = 0; i < count; i++)
			complete_number(stream, prefix, sessions[i].id);
		media_sessions_free(sessions, count);
	}
	media_close(link);
}

static void complete_operand(FILE *stream, const char *prefix, enum operand operand)
{
	if (operand == OPERAND_HOLD)
		complete_names(stream, prefix, media_holds);
	if (operand == OPERAND_LIST)
		complete_names(stream, prefix, list_words);
	if (operand == OPERAND_CALL)
		complete_calls(stream, prefix);
	if (operand == OPERAND_ID || operand == OPERAND_ID_OR_ALL)
		complete_sessions(stream, prefix);
	if (operand == OPERAND_ID_OR_ALL)
		candidate(stream, prefix, "", "all");
}

static void complete_options(FILE *stream, const char *prefix, const struct command *command)
{
	for (enum option o = OPTION_NONE + 1; o < OPTION_COUNT; o++)
		if (command_takes(command, o))
			candidate(stream, prefix, "--", option_words(o)->name);
}

static void complete_verbs(FILE *stream, const char *prefix, const char *noun)
{
	const char *last = "";

	for (const struct command *c = commands; c->noun; c++) {
		if (noun && !strcmp(c->noun, noun))
			candidate(stream, prefix, "", c->verb);
		else if (!noun && strcmp(c->noun, last))
			candidate(stream, prefix, "", c->noun);
		last = c->noun;
	}
}

/* The option that still waits for its value after this word. */
static enum option option_waiting(const char *word)
{
	enum option option = strncmp(word, "--", 2) ? OPTION_NONE
						    : option_find(word + 2, strlen(word + 2));

	return option && option_words(option)->value ? option : OPTION_NONE;
}

void complete_print(FILE *stream, int argc, char *argv[])
{
	const char *plain[2 + OPERANDS_MAX] = { NULL }, *prefix = argc ? argv[argc - 1] : "";
	const struct command *command;
	enum option waiting = OPTION_NONE;
	unsigned int count = 0;

	for (int i = 0; i + 1 < argc; i++) {
		bool is_value = waiting;

		waiting = is_value ? OPTION_NONE : option_waiting(argv[i]);
		if (is_value || argv[i][0] == '-')
			continue;
		if (count == 2 + OPERANDS_MAX)
			return;
		plain[count++] = argv[i];
	}
	command = count > 1 ? command_find(plain[0], plain[1]) : NULL;
	if (waiting)
		complete_names(stream, prefix, option_words(waiting)->choices);
	else if (*prefix == '-')
		complete_options(stream, prefix, command);
	else if (count < 2)
		complete_verbs(stream, prefix, plain[0]);
	else if (command)
		complete_operand(stream, prefix, command->operands[count - 2]);
}
