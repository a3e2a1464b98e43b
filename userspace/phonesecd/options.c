// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#define SETTINGS_PATH "/etc/phonesec/phonesecd.conf"

enum {
	/* In place of a short option; there is none. */
	LETTER_CONFIG = 256,
	LETTER_ACTION, /* and one for each action */
	OPTIONS_MAX = 16,
};

/**
 * struct option_words - one option
 * @name: without its dashes
 * @action: what it asks for, %OPTIONS_RUN for one that is no action
 * @value: word for its value, or NULL
 * @help: what it does; NULL hides it
 */
struct option_words {
	const char *name;
	enum options_action action;
	const char *value;
	const char *help;
};

static const struct option_words words[] = {
	{ "config", OPTIONS_RUN, "FILE", "read this configuration file instead of " SETTINGS_PATH },
	{ "check-config", OPTIONS_CHECK_CONFIG, NULL,
	  "tell what is wrong with the configuration file, and end" },
	{ "defaults", OPTIONS_DEFAULTS, NULL, "write a configuration file with every key" },
	{ "catalog", OPTIONS_CATALOG, NULL, "write the message catalog of the journal" },
	{ "manual", OPTIONS_MANUAL, "PART", NULL },
	{ "version", OPTIONS_VERSION, NULL, "write the version" },
	{ "help", OPTIONS_HELP, NULL, "write this" },
	{ 0 },
};

static void table_make(struct option table[OPTIONS_MAX])
{
	for (const struct option_words *word = words; word->name; word++)
		*table++ = (struct option){
			.name = word->name,
			.has_arg = word->value ? required_argument : no_argument,
			.val = word->action == OPTIONS_RUN ? LETTER_CONFIG :
							     LETTER_ACTION + (int)word->action,
		};
	*table = (struct option){ 0 };
}

void options_parse(struct options *options, int argc, char *argv[])
{
	struct option table[OPTIONS_MAX];
	int letter;

	*options = (struct options){ .action = OPTIONS_RUN, .config = SETTINGS_PATH };
	table_make(table);
	optind = 0;
	while ((letter = getopt_long(argc, argv, "+", table, NULL)) != -1) {
		if (letter == '?') {
			options->action = OPTIONS_WRONG;
			return;
		}
		if (letter == LETTER_CONFIG) {
			options->config = optarg;
			continue;
		}
		options->action = (enum options_action)(letter - LETTER_ACTION);
		options->part = optarg;
	}
	if (optind < argc) {
		fprintf(stderr, "phonesecd: '%s' is no option\n", argv[optind]);
		options->action = OPTIONS_WRONG;
	}
}

void options_help(FILE *stream)
{
	fputs("Usage: phonesecd [OPTION...]\n\n"
	      "Secures the calls of the SIP program on this phone.\n\n", stream);
	for (const struct option_words *word = words; word->name; word++) {
		int width;

		if (!word->help)
			continue;
		width = fprintf(stream, "  --%s%s%s", word->name, word->value ? " " : "",
				word->value ? word->value : "");
		fprintf(stream, "%*s%s\n", width < 20 ? 20 - width : 2, "", word->help);
	}
}

void options_manual(FILE *stream)
{
	fputs(".Bl -tag -width Ds\n", stream);
	for (const struct option_words *word = words; word->name; word++) {
		if (!word->help)
			continue;
		fprintf(stream, ".It Fl -%s", word->name);
		if (word->value)
			fprintf(stream, " Ar %s", word->value);
		fprintf(stream, "\n%s.\n", word->help);
	}
	fputs(".El\n", stream);
}
