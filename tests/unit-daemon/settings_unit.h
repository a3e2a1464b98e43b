/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a configuration from a text. */
#ifndef SETTINGS_UNIT_H
#define SETTINGS_UNIT_H

#include "settings.h"
#include "unit.h"

#define SERVER "[call-manager]\nprimary = cucm\n"

static struct settings settings;
static struct settings_report report;
static struct refusal why;

static inline int read_bytes(const char *text, size_t len)
{
	FILE *stream = fmemopen((void *)text, len, "r");
	int err;

	assert_non_null(stream);
	why = (struct refusal){ 0 };
	err = settings_parse(&settings, stream, "file", &report, &why);
	fclose(stream);
	return err;
}

static inline int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

/* A section with one line in a file that is complete without it. */
static inline int read_line(const char *section, const char *line)
{
	char text[4096];

	if (!strcmp(section, "call-manager") && strncmp(line, "primary", 7))
		snprintf(text, sizeof(text), SERVER "%s\n", line);
	else if (!strcmp(section, "call-manager"))
		snprintf(text, sizeof(text), "[%s]\n%s\n", section, line);
	else
		snprintf(text, sizeof(text), "[%s]\n%s\n" SERVER, section, line);
	return read_text(text);
}

#endif
