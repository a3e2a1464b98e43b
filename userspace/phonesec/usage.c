// SPDX-License-Identifier: Apache-2.0
/* Help and the generated part of the manual page, from the table of commands. */
#include "commands.h"

#include <string.h>

enum usage_limits {
	/* More than any enum of the contract has entries. */
	REASONS_MAX = 64,
	/* Noun and verb of the longest command. */
	COMMAND_WIDTH = 20,
};

static void synopsis_print(FILE *stream, const struct command *command)
{
	fprintf(stream, "phonesec %s %s", command->noun, command->verb);
	for (unsigned int i = 0; command->operands[i]; i++)
		fprintf(stream, i < command->required ? " %s" : " [%s]",
			operand_words(command->operands[i]));
	if (command->options[0])
		fputs(" [OPTION...]", stream);
	fputc('\n', stream);
}

static bool option_is_due(const struct command *command, enum option option)
{
	for (const enum option *o = command->due; *o; o++)
		if (*o == option)
			return true;
	return false;
}

static void choices_print(FILE *stream, const struct option_words *words)
{
	const char *separator = ": ";

	for (const struct media_name *name = words->choices; name && name->word; name++) {
		fprintf(stream, "%s%s", separator, name->word);
		separator = ", ";
	}
}

static void option_print(FILE *stream, const struct command *command, enum option option)
{
	const struct option_words *words = option_words(option);
	int width = fprintf(stream, "  --%s%s%s", words->name, words->value ? " " : "",
			    words->value ? words->value : "");

	fprintf(stream, "%*s%s", width < 34 ? 34 - width : 2, "", words->help);
	choices_print(stream, words);
	fputs(command && option_is_due(command, option) ? " (required)\n" : "\n", stream);
}

static void command_print(FILE *stream, const struct command *command)
{
	fputs("Usage: ", stream);
	synopsis_print(stream, command);
	fprintf(stream, "\n%s.\n\n", command->help);
	for (const enum option *o = command->options; *o; o++)
		option_print(stream, command, *o);
	option_print(stream, NULL, OPTION_JSON);
	option_print(stream, NULL, OPTION_HELP);
	if (command_takes(command, OPTION_KEY_FD) && !strcmp(command->noun, "media"))
		fputs("\nKey lines, on standard input or the descriptor:\n"
		      "  tx AEAD_AES_256_GCM inline:BASE64[|LIFETIME][|MKI:LENGTH]   what is sent\n"
		      "  rx AEAD_AES_256_GCM inline:BASE64[|LIFETIME][|MKI:LENGTH]   what is received\n",
		      stream);
}

void usage_print(FILE *stream, const char *noun, const struct command *command)
{
	if (command) {
		command_print(stream, command);
		return;
	}
	fputs("Usage: phonesec NOUN VERB [OPTION...]\n\n", stream);
	for (const struct command *c = commands; c->noun; c++) {
		if (noun && command_find(noun, c->verb) != c)
			continue;
		fprintf(stream, "  %s %-*s %s%s\n", c->noun, COMMAND_WIDTH - (int)strlen(c->noun),
			c->verb, c->help, c->bare ? " (also without a verb)" : "");
	}
	fputs("\n", stream);
	option_print(stream, NULL, OPTION_JSON);
	option_print(stream, NULL, OPTION_HELP);
	option_print(stream, NULL, OPTION_VERSION);
}

static void manual_option(FILE *stream, const struct command *command, enum option option)
{
	const struct option_words *words = option_words(option);

	fprintf(stream, ".It Fl -%s", words->name);
	if (words->value)
		fprintf(stream, " Ar %s", words->value);
	fprintf(stream, "\n%s", words->help);
	choices_print(stream, words);
	fputs(option_is_due(command, option) ? " (required).\n" : ".\n", stream);
}

void usage_manual(FILE *stream)
{
	for (const struct command *c = commands; c->noun; c++) {
		fprintf(stream, ".Ss %s %s", c->noun, c->verb);
		for (unsigned int i = 0; c->operands[i]; i++)
			fprintf(stream, i < c->required ? " %s" : " [%s]",
				operand_words(c->operands[i]));
		fprintf(stream, "\n%s.\n", c->help);
		if (!c->options[0])
			continue;
		fputs(".Bl -tag -width Ds\n", stream);
		for (const enum option *o = c->options; *o; o++)
			manual_option(stream, c, *o);
		fputs(".El\n", stream);
	}
}

/* One sentence a line, as manual pages are written. */
static void sentences_print(FILE *stream, const char *text)
{
	for (const char *at = text; *at; at++) {
		bool ends = *at == '.' && at[1] == ' ';

		fputc(*at, stream);
		if (ends || !at[1])
			fputc('\n', stream);
		at += ends;
	}
}

static void manual_reasons(FILE *stream, const char *title,
			   const struct reason *(*words)(unsigned int value), unsigned int values)
{
	fprintf(stream, ".Ss %s\n.Bl -tag -width Ds\n", title);
	/* Number 0 of drops and causes is the absence of one. */
	for (unsigned int value = 1; value < values; value++) {
		if (!words(value))
			continue;
		fprintf(stream, ".It Cm %s\n", words(value)->code);
		sentences_print(stream, words(value)->text);
		sentences_print(stream, words(value)->mend);
	}
	fputs(".El\n", stream);
}

void usage_manual_reasons(FILE *stream)
{
	manual_reasons(stream, "Drop reasons", reason_drop_words, REASONS_MAX);
	manual_reasons(stream, "Events", reason_event_words, REASONS_MAX);
	manual_reasons(stream, "Likely causes of authentication failures", reason_cause_words,
		       REASONS_MAX);
}

static void refusals_write(FILE *stream, const char *title,
			   const struct reason *(*words)(unsigned int value), unsigned int values)
{
	fprintf(stream, "\n## %s\n", title);
	for (unsigned int value = 1; value < values; value++) {
		const struct reason *reason = words(value);

		if (!reason)
			continue;
		fprintf(stream, "\n### %s\n\n%s\n\n%s\n", reason->code, reason->text, reason->mend);
	}
}

static const struct reason *refusal_words(unsigned int value)
{
	return reason_words((enum reason_code)value);
}

void usage_refusals(FILE *stream)
{
	fputs("<!-- SPDX-License-Identifier: Apache-2.0 -->\n# Refusals\n\n"
	      "Everything that is refused has a code that stays, says what happened, and how to mend "
	      "it. `phonesec`\nwrites the code in brackets and in `--json` as `error.code`; on the bus "
	      "it is the name of the error in CamelCase;\nthe journal has it as a field. What it was "
	      "about comes as a detail.\n", stream);
	refusals_write(stream, "Commands, the daemon and what it talks to", refusal_words,
		       REASON_COUNT);
	refusals_write(stream, "Packets that the kernel module drops", reason_drop_words,
		       REASONS_MAX);
	refusals_write(stream, "Likely causes of authentication failures", reason_cause_words,
		       REASONS_MAX);
}
