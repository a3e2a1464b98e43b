// SPDX-License-Identifier: Apache-2.0
/* The call manager's options over those of the file, and as they are shown. */
#include <stdio.h>
#include <string.h>

#include "hardening.h"
#include "settings_table.h"

/* Fields of struct settings. */
static const struct {
	size_t offset;
	size_t size;
} fields[HARDENING_COUNT] = {
#define FIELD(name, title, element, kind, field, setting, ...) \
	[HARDENING_##name] = { offsetof(struct settings, setting), \
			       sizeof(((struct settings *)0)->setting) },
	HARDENING_ITEMS(FIELD)
#undef FIELD
};

/* Both count alike, so that one is the other. */
_Static_assert((int)PHONE_DOT1X_USER == DOT1X_BY_USER && (int)PHONE_DOT1X_OFF == DOT1X_OFF &&
	       (int)PHONE_DOT1X_ON == DOT1X_ON, "both have the same numbers");

void hardening_lay(struct settings *settings, const struct settings *local,
		   const struct phone_config *config, bool is_signed,
		   void (*taken)(void *owner, size_t setting, size_t element),
		   void (*refused)(void *owner, size_t setting, size_t element, const char *text),
		   void *owner)
{
	const struct hardening_row *row = hardening_rows;
	unsigned int value, before;
	size_t offset;

	for (size_t i = 0; i < HARDENING_COUNT; i++, row++) {
		offset = fields[i].offset;
		if (!phone_config_source_at(config, row->offset))
			continue;
		value = hardening_value((const char *)config + row->offset, row->size);
		before = hardening_value((const char *)local + offset, fields[i].size);
		if (!is_signed && local->given[settings_index(offset)] &&
		    hardening_opens(row, value, before)) {
			refused(owner, offset, row->offset,
				"a configuration without signature opens nothing that the file closes");
			continue;
		}
		hardening_value_set((char *)settings + offset, fields[i].size, value);
		taken(owner, offset, row->offset);
	}
}

/* The rows of an overlay begin with those of all settings, in their order. */
bool hardening_option(const struct overlay *overlay, size_t index,
		      struct hardening_option *option)
{
	const struct settings_key *key;
	const struct overlay_row *row;
	size_t at;

	if (index >= HARDENING_COUNT)
		return false;
	key = settings_key_at(fields[index].offset);
	at = settings_index(fields[index].offset);
	if (at >= overlay->count)
		return false;
	row = &overlay->rows[at];
	*option = (struct hardening_option){
		.title = hardening_rows[index].title, .element = hardening_rows[index].element,
		.fallback = key->value, .source = row->source, .effect = key->meaning,
	};
	snprintf(option->name, sizeof(option->name), "%s.%s", key->section, key->name);
	snprintf(option->value, sizeof(option->value), "%.63s", row->value);
	memcpy(option->problem, row->problem, sizeof(option->problem));
	return true;
}
