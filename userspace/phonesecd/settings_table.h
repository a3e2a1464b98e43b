/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of keys, from which come reading, defaults, the example file and the
 * manual page. Private to the files settings*.c.
 */
#ifndef PHONESECD_SETTINGS_TABLE_H
#define PHONESECD_SETTINGS_TABLE_H

#include "settings.h"

enum {
	SETTINGS_ALLOWED_MAX = 160,
};

/* How the text of a value is read, and into what. */
enum settings_kind {
	SETTINGS_NAME, /* char[] */
	SETTINGS_TOKEN, /* char[] */
	SETTINGS_INTERFACE, /* char[IFNAMSIZ] */
	SETTINGS_VLAN, /* unsigned int, see enum settings_voice_vlan */
	SETTINGS_NUMBER, /* unsigned int */
	SETTINGS_PORT, /* uint16_t, 0 for none */
	SETTINGS_WORD, /* an enum whose words are in the table */
	SETTINGS_SWITCH, /* bool */
	SETTINGS_IP, /* struct media_address without ports */
	SETTINGS_LOOPBACK, /* struct media_address */
	SETTINGS_RANGES, /* the ranges of struct settings */
	SETTINGS_SERVER, /* struct settings_server */
	SETTINGS_PATH, /* char[] */
	SETTINGS_URI, /* char[] */
	SETTINGS_HTTPS, /* char[] */
	SETTINGS_FORM, /* char[] */
	SETTINGS_KEY_PLACE, /* char[] */
};

/**
 * struct settings_key - one key
 * @section: section of the file
 * @name: its name there
 * @kind: how its value is read
 * @offset: where it goes in struct settings
 * @size: bytes there
 * @min, @max: of numbers
 * @words: of %SETTINGS_WORD
 * @value: default as it would stand in the file; empty for none
 * @follows: what the default is where another key decides it, else NULL
 * @meaning: sentences, one a line
 */
struct settings_key {
	const char *section;
	const char *name;
	enum settings_kind kind;
	size_t offset;
	size_t size;
	unsigned int min;
	unsigned int max;
	const struct media_name *words;
	const char *value;
	const char *follows;
	const char *meaning;
};

/**
 * struct settings_section - one section
 * @name: its name
 * @meaning: sentences, one a line
 */
struct settings_section {
	const char *name;
	const char *meaning;
};

/* Both end with an empty entry; keys of a section stand together. */
extern const struct settings_section settings_sections[];
extern const struct settings_key settings_keys[];

/* The key of a field, to name it in a refusal. */
#define SETTINGS_KEY(field) settings_key_at(offsetof(struct settings, field))
const struct settings_key *settings_key_at(size_t offset);

/* The key of this name, or NULL. */
const struct settings_key *settings_key_find(const char *section, const char *name);

/* Whether a section is known; its name need not be terminated. */
bool settings_section_known(const char *name, size_t len);

/**
 * settings_value_set - read the text of a value
 * @settings: filled in where the key says
 * @key: the key
 * @text: the value; empty takes back an optional one
 *
 * Return: false when the value is not allowed.
 */
bool settings_value_set(struct settings *settings, const struct settings_key *key,
			const char *text);

/* What values a key allows, in words. */
void settings_value_allowed(const struct settings_key *key, char text[SETTINGS_ALLOWED_MAX]);

#endif
