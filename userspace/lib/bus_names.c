// SPDX-License-Identifier: Apache-2.0
#include "bus_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void bus_error_format(enum reason_code code, char name[BUS_ERROR_MAX])
{
	int used = snprintf(name, BUS_ERROR_MAX, "%s", BUS_NAME ".Error.");
	bool begins = true;

	for (const char *c = reason_words(code)->code; *c && used < BUS_ERROR_MAX - 1; c++) {
		if (*c != '-')
			name[used++] = (char)(begins && *c >= 'a' ? *c - 'a' + 'A' : *c);
		begins = *c == '-';
	}
	name[used] = '\0';
}

enum reason_code bus_error_parse(const char *name)
{
	char known[BUS_ERROR_MAX];

	for (enum reason_code code = REASON_NONE + 1; code < REASON_COUNT; code++) {
		bus_error_format(code, known);
		if (!strcmp(known, name))
			return code;
	}
	return REASON_NONE;
}
