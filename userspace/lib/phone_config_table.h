/* SPDX-License-Identifier: Apache-2.0 */
/* The table of elements. Private to the files phone_config*.c. */
#ifndef PHONESEC_PHONE_CONFIG_TABLE_H
#define PHONESEC_PHONE_CONFIG_TABLE_H

#include "phone_config.h"

/* How the text of an element is read, and into what. */
enum phone_config_kind {
	PHONE_CONFIG_TRUTH, /* bool: true or false, 1 or 0 */
	PHONE_CONFIG_OPEN, /* bool: 0 is enabled, 1 disabled */
	PHONE_CONFIG_NUMBER, /* unsigned, as wide as the field */
	PHONE_CONFIG_WORD, /* an enum or a bool, whose words are in the table */
	PHONE_CONFIG_TEXT, /* char[] */
	PHONE_CONFIG_HOST, /* char[] */
	PHONE_CONFIG_URL, /* char[], http or https */
	PHONE_CONFIG_SECURE_URL, /* char[], https alone */
	PHONE_CONFIG_HASH, /* char[], hexadecimal digits, or none */
	PHONE_CONFIG_CIPHERS, /* bits of a list of numbers */
	PHONE_CONFIG_HIDDEN, /* struct secret * */
};

enum phone_config_list {
	PHONE_CONFIG_NO_LIST,
	PHONE_CONFIG_CALL_MANAGERS,
	PHONE_CONFIG_CAPFS,
	PHONE_CONFIG_CAPFS6, /* the same list under another name */
	PHONE_CONFIG_TVS,
	PHONE_CONFIG_LISTS,
};

struct phone_config_word {
	unsigned int number;
	const char *word;
};

/**
 * struct phone_config_element - one element
 * @path: names of elements, with / between: below device, below the item of a list, or below a
 *        section
 * @kind: how it is read
 * @list: the list that it belongs to
 * @shared: it stands in vendorConfig, commonConfig and enterpriseConfig
 * @offset, @size: of the field, in struct phone_config or in the item of the list
 * @min, @max: of numbers
 * @words: of %PHONE_CONFIG_WORD, the first ones are those that are shown
 */
struct phone_config_element {
	const char *path;
	enum phone_config_kind kind;
	enum phone_config_list list;
	bool shared;
	size_t offset;
	size_t size;
	unsigned int min;
	unsigned int max;
	const struct phone_config_word *words;
};

/**
 * struct phone_config_items - a list
 * @path: of an item, below device
 * @offset, @size: of the first item in struct phone_config, and of each
 * @count: offset of how many there are
 * @fresh: what an item is when nothing is said of it
 */
struct phone_config_items {
	const char *path;
	size_t offset;
	size_t size;
	size_t count;
	const void *fresh;
};

/* Ends with an element without a path. */
extern const struct phone_config_element phone_config_elements[];
extern const struct phone_config_items phone_config_items[PHONE_CONFIG_LISTS];

/* What a configuration is before anything is said. */
void phone_config_defaults(struct phone_config *config);

/**
 * phone_config_value_set - read a value
 * @field: where it goes
 * @element: what it is
 * @text: without blanks at its ends
 *
 * Return: false when it is not allowed.
 */
bool phone_config_value_set(void *field, const struct phone_config_element *element,
			    const char *text);

/* What an element allows, in words. */
void phone_config_allowed(const struct phone_config_element *element, char *text, size_t size);

/* A value in words. */
void phone_config_value_format(const void *field, const struct phone_config_element *element,
			       char *text, size_t size);

#endif
