// SPDX-License-Identifier: Apache-2.0
#include "hardening_table.h"

#include <string.h>

#define ROW(name, title_of, element_of, kind, field, setting, ...) \
	[HARDENING_##name] = { \
		.title = (title_of), .element = (element_of), \
		.offset = offsetof(struct phone_config, hardening.field), \
		.size = sizeof(((struct phone_config *)0)->hardening.field), \
		.order = { __VA_ARGS__ }, \
		.values = sizeof((unsigned int[]){ __VA_ARGS__ }) / sizeof(unsigned int), \
	},

const struct hardening_row hardening_rows[HARDENING_COUNT] = { HARDENING_ITEMS(ROW) };

unsigned int hardening_value(const void *field, size_t size)
{
	unsigned int value;

	if (size == sizeof(bool))
		return *(const bool *)field;
	memcpy(&value, field, sizeof(value));
	return value;
}

void hardening_value_set(void *field, size_t size, unsigned int value)
{
	if (size == sizeof(bool))
		*(bool *)field = value;
	else
		memcpy(field, &value, sizeof(value));
}

/* Its place in the order, behind all for one that is not there. */
static size_t openness(const struct hardening_row *row, unsigned int value)
{
	size_t at = 0;

	while (at < row->values && row->order[at] != value)
		at++;
	return at;
}

bool hardening_opens(const struct hardening_row *row, unsigned int value, unsigned int before)
{
	return openness(row, value) > openness(row, before);
}
