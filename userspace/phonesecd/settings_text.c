// SPDX-License-Identifier: Apache-2.0
/* The table of keys as people read it. */
#include <string.h>

#include "settings_table.h"

/* Sentences, each line of them behind @prefix. */
static void lines_print(FILE *stream, const char *prefix, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\n");

		fprintf(stream, "%s%.*s\n", prefix, (int)len, text);
		if (!text[len])
			break;
		text += len + 1;
	}
}

/* Keys without a default have none to name, or the words of what they follow. */
static const char *default_words(const struct settings_key *key)
{
	if (key->follows)
		return key->follows;
	return *key->value ? key->value : "none";
}

/* @pause begins a new line where lines are filled. */
static void key_print(FILE *stream, const struct settings_key *key, const char *prefix,
		      const char *pause)
{
	char allowed[SETTINGS_ALLOWED_MAX];

	settings_value_allowed(key, allowed);
	lines_print(stream, prefix, key->meaning);
	fprintf(stream, "%s%sValue: %s.\n", pause, prefix, allowed);
	fprintf(stream, "%s%sDefault: %s.\n", pause, prefix, default_words(key));
}

void settings_manual(FILE *stream)
{
	for (const struct settings_section *section = settings_sections; section->name; section++) {
		fprintf(stream, ".Ss [%s]\n", section->name);
		lines_print(stream, "", section->meaning);
		fputs(".Bl -tag -width Ds\n", stream);
		for (const struct settings_key *key = settings_keys; key->section; key++) {
			if (strcmp(key->section, section->name))
				continue;
			fprintf(stream, ".It Cm %s\n", key->name);
			key_print(stream, key, "", ".br\n");
		}
		fputs(".El\n", stream);
	}
}

void settings_example(FILE *stream)
{
	fputs("# SPDX-License-Identifier: Apache-2.0\n#\n"
	      "# Configuration of phonesecd, see phonesecd.conf(5). Every key stands here with its\n"
	      "# default; take away the '#' before a key to set it. 'phonesecd --check-config' tells\n"
	      "# what is wrong, 'systemctl reload phonesecd' makes changes take effect.\n", stream);
	for (const struct settings_section *section = settings_sections; section->name; section++) {
		fputc('\n', stream);
		lines_print(stream, "# ", section->meaning);
		fprintf(stream, "[%s]\n", section->name);
		for (const struct settings_key *key = settings_keys; key->section; key++) {
			if (strcmp(key->section, section->name))
				continue;
			fputc('\n', stream);
			key_print(stream, key, "# ", "");
			fprintf(stream, "#%s =%s%s\n", key->name, *key->value ? " " : "",
				key->value);
		}
	}
}
