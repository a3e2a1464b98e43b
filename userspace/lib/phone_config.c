// SPDX-License-Identifier: Apache-2.0
#include "phone_config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phone_config_table.h"
#include "wiped_memory.h"
#include "xml_reader.h"

enum {
	/* Bytes of the names of all open elements; what is deeper is not known anyway. */
	PATH_LEN_MAX = 256,
	PRIORITY_MAX = 255,
};

static const char vendor[] = "vendorConfig";

/**
 * struct reading - a file while it is read
 * @config: what it says so far
 * @xml: its reader
 * @path: names below device, with / between
 * @path_at: length of @path when each element began
 * @lost: depth of an element whose name did not fit into @path, or 0
 * @list: the list whose item is open
 * @item, @item_path, @item_depth: the item; NULL when there are too many
 * @element: that is read now, or NULL
 * @element_depth: its depth
 * @text, @text_len: its text so far; longer than %PHONE_CONFIG_TEXT_MAX is too long
 * @line: where it begins
 */
struct reading {
	struct phone_config *config;
	const struct xml_reader *xml;
	char path[PATH_LEN_MAX];
	size_t path_at[PHONE_CONFIG_DEPTH_MAX + 1];
	unsigned int lost;
	enum phone_config_list list;
	char *item;
	size_t item_path;
	unsigned int item_depth;
	const struct phone_config_element *element;
	unsigned int element_depth;
	char text[PHONE_CONFIG_TEXT_MAX + 1];
	size_t text_len;
	unsigned int line;
};

/* Names of elements come from the file, so control characters are not passed on. */
static void path_show(const char *path, char *text, size_t size)
{
	size_t len = strlen(path), skip = len < size ? 0 : len - size + 1;

	for (path += skip; *path; path++)
		*text++ = (unsigned char)*path < ' ' || *path == '\177' ? '?' : *path;
	*text = '\0';
}

/* Returns the number of the problem, 0 when it is one too many. */
static uint8_t problem_add(struct reading *reading, unsigned int line, const char *text)
{
	struct phone_config *config = reading->config;
	struct phone_config_problem *problem;

	if (config->problems_count == PHONE_CONFIG_PROBLEMS_MAX)
		return 0;
	problem = &config->problems[config->problems_count++];
	problem->line = line;
	path_show(reading->path, problem->element, sizeof(problem->element));
	snprintf(problem->text, sizeof(problem->text), "%s", text);
	return (uint8_t)config->problems_count;
}

/* The part of the path behind a name, or NULL. */
static const char *path_behind(const char *path, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(path, name, len) && path[len] == '/' ? path + len + 1 : NULL;
}

/* Where the open element stands; within a section @path becomes what is below it. */
static enum phone_config_source section_find(const char **path)
{
	static const struct {
		const char *name;
		enum phone_config_source source;
	} sections[] = {
		{ vendor, PHONE_CONFIG_DEVICE },
		{ "commonConfig", PHONE_CONFIG_COMMON },
		{ "enterpriseConfig", PHONE_CONFIG_ENTERPRISE },
	};
	const char *below;

	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++) {
		below = path_behind(*path, sections[i].name);
		if (!below)
			continue;
		*path = path_behind(below, vendor) ?: below;
		return sections[i].source;
	}
	return PHONE_CONFIG_ABSENT;
}

/* The element of the path, and in which section it stands. */
static const struct phone_config_element *element_find(const struct reading *reading,
						       enum phone_config_source *source)
{
	const struct phone_config_element *element = phone_config_elements;
	const char *path = reading->path;
	enum phone_config_list list = PHONE_CONFIG_NO_LIST;

	*source = section_find(&path);
	if (reading->list) {
		if (!reading->item)
			return NULL;
		list = reading->list;
		path = reading->path + reading->item_path;
		path += *path == '/';
	}
	for (; element->path; element++)
		if (element->list == list && element->shared == !!*source &&
		    !strcmp(element->path, path))
			break;
	if (!*source)
		*source = PHONE_CONFIG_DEVICE;
	return element->path ? element : NULL;
}

/* Numbers of the attribute priority; without one, items have the order of the file. */
static uint16_t priority_read(const char **attributes, size_t count)
{
	char *end;
	unsigned long value;

	for (; *attributes; attributes += 2) {
		if (strcmp(attributes[0], "priority") || !isdigit((unsigned char)*attributes[1]))
			continue;
		value = strtoul(attributes[1], &end, 10);
		if (!*end && value <= PRIORITY_MAX)
			return (uint16_t)value;
	}
	return (uint16_t)count;
}

static size_t *items_count(struct reading *reading)
{
	return (size_t *)((char *)reading->config + phone_config_items[reading->list].count);
}

/* The priority is the first member of every item. */
_Static_assert(!offsetof(struct phone_call_manager, priority), "the priority comes first");
_Static_assert(!offsetof(struct phone_server, priority), "the priority comes first");

static void item_begin(struct reading *reading, const char **attributes)
{
	const struct phone_config_items *items;
	enum phone_config_list list = 0;
	uint16_t priority;
	size_t count;

	while (++list < PHONE_CONFIG_LISTS && strcmp(reading->path, phone_config_items[list].path))
		;
	if (list == PHONE_CONFIG_LISTS)
		return;
	items = &phone_config_items[list];
	reading->list = list;
	reading->item = NULL;
	reading->item_path = strlen(reading->path);
	reading->item_depth = reading->xml->depth;
	count = *items_count(reading);
	if (count == PHONE_CONFIG_SERVERS_MAX) {
		(void)problem_add(reading, xml_line(reading->xml), "there are more than five");
		return;
	}
	reading->item = (char *)reading->config + items->offset + count * items->size;
	memcpy(reading->item, items->fresh, items->size);
	priority = priority_read(attributes, count);
	memcpy(reading->item, &priority, sizeof(priority));
}

static bool item_has_host(const struct reading *reading)
{
	if (reading->list == PHONE_CONFIG_CALL_MANAGERS)
		return *((struct phone_call_manager *)reading->item)->host;
	return *((struct phone_server *)reading->item)->host;
}

static void item_end(struct reading *reading)
{
	if (reading->item && item_has_host(reading))
		(*items_count(reading))++;
	else if (reading->item)
		(void)problem_add(reading, xml_line(reading->xml), "it names no server");
	reading->list = PHONE_CONFIG_NO_LIST;
	reading->item = NULL;
}

static void path_add(struct reading *reading, const char *name)
{
	size_t at = strlen(reading->path), len = strlen(name);

	reading->path_at[reading->xml->depth] = at;
	if (reading->lost)
		return;
	if (at + 1 + len >= sizeof(reading->path)) {
		reading->lost = reading->xml->depth;
		return;
	}
	if (at)
		reading->path[at++] = '/';
	memcpy(reading->path + at, name, len + 1);
}

/* What is within the element device. */
static void on_begin(struct xml_reader *xml, const char *name, const char **attributes)
{
	struct reading *reading = xml->owner;
	enum phone_config_source source;

	reading->xml = xml;
	if (xml->depth == 1)
		return;
	if (reading->element) {
		/* A value has no elements in it, so this is none. */
		(void)problem_add(reading, reading->line, "it is a value, and holds elements");
		reading->element = NULL;
	}
	path_add(reading, name);
	if (reading->lost)
		return;
	if (!reading->list)
		item_begin(reading, attributes);
	reading->element = element_find(reading, &source);
	reading->element_depth = reading->xml->depth;
	reading->line = xml_line(reading->xml);
	reading->text_len = 0;
}

static void on_text(struct xml_reader *xml, const char *text, size_t len)
{
	struct reading *reading = xml->owner;
	size_t room = PHONE_CONFIG_TEXT_MAX - reading->text_len;

	if (!reading->element)
		return;
	if (len > room) {
		(void)problem_add(reading, reading->line, "its text is too long");
		reading->element = NULL;
		return;
	}
	memcpy(reading->text + reading->text_len, text, len);
	reading->text_len += len;
}

/* The text without blanks at its ends, terminated. */
static char *text_trim(struct reading *reading)
{
	char *text = reading->text;

	while (reading->text_len && isspace((unsigned char)text[reading->text_len - 1]))
		reading->text_len--;
	text[reading->text_len] = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Texts may be empty, and the blank hash means something; an empty number says nothing. */
static bool empty_counts(const struct phone_config_element *element)
{
	switch (element->kind) {
	case PHONE_CONFIG_TRUTH:
	case PHONE_CONFIG_OPEN:
	case PHONE_CONFIG_NUMBER:
	case PHONE_CONFIG_WORD:
	case PHONE_CONFIG_CIPHERS:
		return false;
	default:
		return true;
	}
}

static void value_refuse(struct reading *reading, size_t index)
{
	char allowed[PHONE_CONFIG_NAME_MAX - sizeof("is to be ")], text[PHONE_CONFIG_NAME_MAX];
	uint8_t number;

	phone_config_allowed(reading->element, allowed, sizeof(allowed));
	snprintf(text, sizeof(text), "is to be %s", allowed);
	number = problem_add(reading, reading->line, text);
	if (!reading->list)
		reading->config->problem_of[index] = number;
}

/* Of a value that stands in several sections the most special one counts, in one the first. */
static void value_take(struct reading *reading)
{
	const struct phone_config_element *element = reading->element;
	char *base = reading->list ? reading->item : (char *)reading->config;
	size_t index = (size_t)(element - phone_config_elements);
	uint8_t *source = &reading->config->source[index];
	enum phone_config_source here;
	char *text = text_trim(reading);

	(void)element_find(reading, &here);
	if (*text || empty_counts(element)) {
		if (!reading->list && *source == here)
			(void)problem_add(reading, reading->line, "it stands there twice");
		else if (!reading->list && *source > here)
			; /* a better one is there */
		else if (!phone_config_value_set(base + element->offset, element, text))
			value_refuse(reading, index);
		else
			*source = here;
	}
	explicit_bzero(reading->text, sizeof(reading->text));
	reading->text_len = 0;
	reading->element = NULL;
}

static void on_end(struct xml_reader *xml)
{
	struct reading *reading = xml->owner;

	if (reading->element && reading->element_depth == reading->xml->depth)
		value_take(reading);
	if (reading->list && reading->item_depth == reading->xml->depth)
		item_end(reading);
	if (reading->lost == reading->xml->depth)
		reading->lost = 0;
	if (!reading->lost)
		reading->path[reading->path_at[reading->xml->depth]] = '\0';
}

static int by_priority(const void *a, const void *b)
{
	uint16_t first, second;

	memcpy(&first, a, sizeof(first));
	memcpy(&second, b, sizeof(second));
	return first - second;
}

/* Equal ones keep the order of the file: there are so few that each is simply moved down. */
static void items_sort(void *items, size_t count, size_t size)
{
	char kept[sizeof(struct phone_call_manager)], *at;

	for (size_t i = 1; i < count; i++) {
		at = (char *)items + i * size;
		memcpy(kept, at, size);
		for (; at > (char *)items && by_priority(at - size, kept) > 0; at -= size)
			memcpy(at, at - size, size);
		memcpy(at, kept, size);
	}
}

_Static_assert(sizeof(struct phone_server) <= sizeof(struct phone_call_manager),
	       "the larger of both has room");

/* Addresses of SIP are told apart from others only where they differ. */
static void config_finish(struct phone_config *config)
{
	items_sort(config->call_managers, config->call_managers_count,
		   sizeof(*config->call_managers));
	items_sort(config->capfs, config->capfs_count, sizeof(*config->capfs));
	items_sort(config->tvs, config->tvs_count, sizeof(*config->tvs));
	for (size_t i = 0; i < PHONE_CONFIG_ROUTERS_MAX; i++)
		if (!*config->srst.routers[i].host)
			memcpy(config->srst.routers[i].host, config->srst_plain[i].host,
			       sizeof(config->srst.routers[i].host));
}

int phone_config_read(struct phone_config **result, struct octets file, struct refusal *why)
{
	static const struct xml_plan plan = {
		.root = "device", .elements_max = PHONE_CONFIG_ELEMENTS_MAX,
		.depth_max = PHONE_CONFIG_DEPTH_MAX,
		.begin = on_begin, .text = on_text, .end = on_end,
	};
	struct reading *reading;
	int err;

	if (file.len > PHONE_CONFIG_SIZE_MAX)
		return refusal_set(why, REASON_CONFIG_SYNTAX, "it has more than %d bytes",
				   PHONE_CONFIG_SIZE_MAX);
	reading = calloc(1, sizeof(*reading));
	if (reading)
		reading->config = calloc(1, sizeof(*reading->config));
	if (!reading || !reading->config) {
		free(reading);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	phone_config_defaults(reading->config);
	err = xml_read(file, &plan, reading, REASON_CONFIG_SYNTAX, why);
	if (err) {
		phone_config_free(reading->config);
	} else {
		config_finish(reading->config);
		*result = reading->config;
	}
	wiped_free(reading);
	return err;
}

void phone_config_free(struct phone_config *config)
{
	if (!config)
		return;
	secret_free(config->ssh_password);
	secret_free(config->phone_password);
	free(config);
}
