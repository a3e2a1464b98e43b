/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML of others, read with caps: an element at a time is handed to whom it is for, and nothing is
 * kept. A document type, in which entities are declared, is refused, as is another root element.
 */
#ifndef PHONESEC_XML_READER_H
#define PHONESEC_XML_READER_H

#include "octets.h"
#include "reason.h"

enum { XML_FAULT_MAX = 64 };

/**
 * struct xml_reader - a text while it is read
 * @owner: as given
 * @depth: elements that are open, with the one of which is told; the root is 1
 * @plan, @parser, @elements, @fault: the reader's own
 */
struct xml_reader {
	void *owner;
	unsigned int depth;
	const struct xml_plan *plan;
	struct XML_ParserStruct *parser;
	unsigned int elements;
	char fault[XML_FAULT_MAX];
};

/**
 * struct xml_plan - what is expected, and whom to tell; nobody is told any more after a fault
 * @root: name of the root element
 * @elements_max, @depth_max: more are refused
 * @begin: an element begins; @attributes are names and values in turn, NULL behind the last
 * @text: text of the element that began or ended last, in pieces of whole characters (UTF-8)
 * @end: an element ends
 */
struct xml_plan {
	const char *root;
	unsigned int elements_max;
	unsigned int depth_max;
	void (*begin)(struct xml_reader *reader, const char *name, const char **attributes);
	void (*text)(struct xml_reader *reader, const char *text, size_t len);
	void (*end)(struct xml_reader *reader);
};

/**
 * xml_read - read a text
 * @text: the XML; at most INT_MAX bytes
 * @plan: what is expected
 * @owner: for the functions of @plan
 * @code: reason of a refusal
 * @why: on refusal @code, with the line and what is wrong there, or REASON_NO_MEMORY
 *
 * The parser's memory is wiped.
 *
 * Return: 0, or the -errno of the reason.
 */
int xml_read(struct octets text, const struct xml_plan *plan, void *owner, enum reason_code code,
	     struct refusal *why);

/* The text is refused, as @fault says; the first one counts. */
void xml_stop(struct xml_reader *reader, const char *fault);

/* The line that is read now; the first is 1. */
unsigned int xml_line(const struct xml_reader *reader);

#endif
