// SPDX-License-Identifier: Apache-2.0
#include "contact_answer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/xml_reader.h"

enum { DIGITS_MAX = 9 };

/* The names of elements within "user", and where their text goes. */
static const struct {
	const char *name;
	size_t offset;
} elements[] = {
	{ "userName", offsetof(struct contact, user) },
	{ "displayName", offsetof(struct contact, name) },
	{ "phoneNumber", offsetof(struct contact, number) },
	{ "homeNumber", offsetof(struct contact, home) },
	{ "mobileNumber", offsetof(struct contact, mobile) },
	{ "email", offsetof(struct contact, mail) },
	{ "directoryUri", offsetof(struct contact, uri) },
	{ "department", offsetof(struct contact, department) },
	{ "title", offsetof(struct contact, title) },
};

/**
 * struct reading - an answer while it is read
 * @contact: whose elements are read now, or NULL
 * @text: where their text goes, or NULL; its bytes so far are @len
 * @first, @last: names that stand for one that is displayed
 */
struct reading {
	struct contact_answer *answer;
	struct contact *contact;
	char *text;
	size_t len;
	bool is_full;
	char first[CONTACT_TEXT_MAX];
	char last[CONTACT_TEXT_MAX];
};

static void total_read(struct reading *reading, const char **attributes)
{
	for (; *attributes; attributes += 2) {
		const char *digits = attributes[1];
		size_t len = strspn(digits, "0123456789");

		if (!strcmp(*attributes, "totalCount") && len && len <= DIGITS_MAX && !digits[len])
			reading->answer->total = (uint32_t)strtoul(digits, NULL, 10);
	}
}

static void contact_begin(struct xml_reader *xml, const char *name)
{
	struct reading *reading = xml->owner;
	struct contact_answer *answer = reading->answer;

	if (strcmp(name, "user"))
		return;
	if (answer->count == CONTACTS_MAX) {
		xml_stop(xml, "there are more people than were asked for");
		return;
	}
	reading->contact = &answer->contacts[answer->count++];
	*reading->first = *reading->last = '\0';
}

static char *place_of(struct reading *reading, const char *name)
{
	if (!strcmp(name, "firstName"))
		return reading->first;
	if (!strcmp(name, "lastName"))
		return reading->last;
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
		if (!strcmp(name, elements[i].name))
			return (char *)reading->contact + elements[i].offset;
	return NULL;
}

static void text_begin(struct xml_reader *xml, const char *name)
{
	struct reading *reading = xml->owner;

	reading->text = place_of(reading, name);
	reading->len = 0;
	reading->is_full = false;
	if (!reading->text)
		return;
	if (*reading->text)
		xml_stop(xml, "somebody has the same element twice");
}

static void on_begin(struct xml_reader *xml, const char *name, const char **attributes)
{
	struct reading *reading = xml->owner;

	reading->text = NULL;
	if (xml->depth == 1)
		total_read(reading, attributes);
	else if (xml->depth == 2)
		contact_begin(xml, name);
	else if (xml->depth == 3 && reading->contact)
		text_begin(xml, name);
}

/* The parser hands over whole characters of UTF-8; what does not fit is left out as one. */
static void text_add(struct reading *reading, const char *text, size_t len)
{
	for (size_t i = 0, size; i < len && !reading->is_full; i += size) {
		size = 1;
		while (i + size < len && ((unsigned char)text[i + size] & 0xc0) == 0x80)
			size++;
		reading->is_full = reading->len + size >= CONTACT_TEXT_MAX;
		if (reading->is_full)
			break;
		memcpy(reading->text + reading->len, text + i, size);
		/* C1 controls are two bytes, of which the first one says so. */
		if ((unsigned char)text[i] < ' ' || text[i] == '\177' ||
		    (size == 2 && !memcmp(text + i, "\302", 1) &&
		     (unsigned char)text[i + 1] < 0xa0)) {
			reading->text[reading->len++] = '?';
			continue;
		}
		reading->len += size;
	}
	reading->text[reading->len] = '\0';
}

static void on_text(struct xml_reader *xml, const char *text, size_t len)
{
	struct reading *reading = xml->owner;

	if (reading->text)
		text_add(reading, text, len);
}

/* A directory of an older release has no name to display. */
static void contact_end(struct reading *reading)
{
	struct contact *contact = reading->contact;
	const char *between = *reading->first && *reading->last ? " " : "";
	char name[2 * CONTACT_TEXT_MAX];
	size_t len;

	if (contact && !*contact->name) {
		snprintf(name, sizeof(name), "%s%s%s", reading->first, between, reading->last);
		len = strnlen(name, CONTACT_TEXT_MAX - 1);
		while (name[len] && len && ((unsigned char)name[len] & 0xc0) == 0x80)
			len--;
		memcpy(contact->name, name, len);
	}
	reading->contact = NULL;
}

static void on_end(struct xml_reader *xml)
{
	struct reading *reading = xml->owner;

	reading->text = NULL;
	if (xml->depth == 2)
		contact_end(reading);
}

int contact_answer_read(struct contact_answer *answer, struct octets text, struct refusal *why)
{
	static const struct xml_plan plan = {
		.root = "users", .elements_max = CONTACT_ELEMENTS_MAX,
		.depth_max = CONTACT_DEPTH_MAX,
		.begin = on_begin, .text = on_text, .end = on_end,
	};
	struct reading reading = { .answer = answer };
	int err;

	memset(answer, 0, sizeof(*answer));
	if (text.len > CONTACT_ANSWER_MAX)
		return refusal_set(why, REASON_DIRECTORY_ANSWER, "it has more than %d bytes",
				   CONTACT_ANSWER_MAX);
	err = xml_read(text, &plan, &reading, REASON_DIRECTORY_ANSWER, why);
	if (err)
		memset(answer, 0, sizeof(*answer));
	else if (answer->total < answer->count)
		answer->total = (uint32_t)answer->count;
	return err;
}
