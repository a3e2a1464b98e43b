// SPDX-License-Identifier: Apache-2.0
#include "contact_answer.h"

#include <errno.h>
#include <expat.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
 * @fault: why it was stopped, or NULL
 * @depth, @elements: that are open, and seen so far
 * @contact: whose elements are read now, or NULL
 * @text: where their text goes, or NULL; its bytes so far are @len
 * @first, @last: names that stand for one that is displayed
 */
struct reading {
	struct contact_answer *answer;
	XML_Parser xml;
	const char *fault;
	unsigned int depth;
	unsigned int elements;
	struct contact *contact;
	char *text;
	size_t len;
	bool is_full;
	char first[CONTACT_TEXT_MAX];
	char last[CONTACT_TEXT_MAX];
};

static void stop(struct reading *reading, const char *fault)
{
	if (!reading->fault)
		reading->fault = fault;
	(void)XML_StopParser(reading->xml, XML_FALSE);
}

static void total_read(struct reading *reading, const XML_Char **attributes)
{
	for (; *attributes; attributes += 2) {
		const char *digits = attributes[1];
		size_t len = strspn(digits, "0123456789");

		if (!strcmp(*attributes, "totalCount") && len && len <= DIGITS_MAX && !digits[len])
			reading->answer->total = (uint32_t)strtoul(digits, NULL, 10);
	}
}

static void contact_begin(struct reading *reading, const char *name)
{
	struct contact_answer *answer = reading->answer;

	if (strcmp(name, "user"))
		return;
	if (answer->count == CONTACTS_MAX) {
		stop(reading, "there are more people than were asked for");
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

static void text_begin(struct reading *reading, const char *name)
{
	reading->text = place_of(reading, name);
	reading->len = 0;
	reading->is_full = false;
	if (!reading->text)
		return;
	if (*reading->text)
		stop(reading, "somebody has the same element twice");
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *reading = data;

	if (reading->fault)
		return;
	reading->text = NULL;
	if (++reading->elements > CONTACT_ELEMENTS_MAX)
		stop(reading, "there are too many elements");
	else if (++reading->depth > CONTACT_DEPTH_MAX)
		stop(reading, "elements are nested too deeply");
	else if (reading->depth == 1 && strcmp(name, "users"))
		stop(reading, "its root is not the element users");
	else if (reading->depth == 1)
		total_read(reading, attributes);
	else if (reading->depth == 2)
		contact_begin(reading, name);
	else if (reading->depth == 3 && reading->contact)
		text_begin(reading, name);
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

static void XMLCALL on_text(void *data, const XML_Char *text, int len)
{
	struct reading *reading = data;

	if (reading->text && !reading->fault && len > 0)
		text_add(reading, text, (size_t)len);
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

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct reading *reading = data;

	(void)name;
	if (reading->fault)
		return;
	reading->text = NULL;
	if (reading->depth == 2)
		contact_end(reading);
	reading->depth--;
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system,
			       const XML_Char *public, int has_internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	stop(data, "it has a document type");
}

static int answer_parse(struct reading *reading, struct octets text, struct refusal *why)
{
	XML_Parser xml = reading->xml;
	enum XML_Status status;

	XML_SetUserData(xml, reading);
	XML_SetElementHandler(xml, on_start, on_end);
	XML_SetCharacterDataHandler(xml, on_text);
	XML_SetStartDoctypeDeclHandler(xml, on_doctype);
	status = XML_Parse(xml, (const char *)text.at, (int)text.len, XML_TRUE);
	if (status == XML_STATUS_OK && !reading->fault)
		return 0;
	return refusal_set(why, REASON_DIRECTORY_ANSWER, "line %lu: %s",
			   (unsigned long)XML_GetCurrentLineNumber(xml),
			   reading->fault ?: XML_ErrorString(XML_GetErrorCode(xml)));
}

int contact_answer_read(struct contact_answer *answer, struct octets text, struct refusal *why)
{
	struct reading reading = { .answer = answer };
	int err;

	memset(answer, 0, sizeof(*answer));
	if (text.len > CONTACT_ANSWER_MAX)
		return refusal_set(why, REASON_DIRECTORY_ANSWER, "it has more than %d bytes",
				   CONTACT_ANSWER_MAX);
	reading.xml = XML_ParserCreate(NULL);
	if (!reading.xml)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = answer_parse(&reading, text, why);
	XML_ParserFree(reading.xml);
	if (err)
		memset(answer, 0, sizeof(*answer));
	else if (answer->total < answer->count)
		answer->total = (uint32_t)answer->count;
	return err;
}
