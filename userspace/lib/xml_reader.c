// SPDX-License-Identifier: Apache-2.0
#include "xml_reader.h"

#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wiped_memory.h"

void xml_stop(struct xml_reader *reader, const char *fault)
{
	if (!*reader->fault)
		snprintf(reader->fault, sizeof(reader->fault), "%s", fault);
	(void)XML_StopParser(reader->parser, XML_FALSE);
}

unsigned int xml_line(const struct xml_reader *reader)
{
	return (unsigned int)XML_GetCurrentLineNumber(reader->parser);
}

static void root_refuse(struct xml_reader *reader)
{
	char fault[XML_FAULT_MAX];

	snprintf(fault, sizeof(fault), "its root is not the element %s", reader->plan->root);
	xml_stop(reader, fault);
}

/* The parser tells of what it has begun with after it was stopped. */
static void XMLCALL on_begin(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct xml_reader *reader = data;

	if (*reader->fault)
		return;
	if (++reader->elements > reader->plan->elements_max)
		xml_stop(reader, "there are too many elements");
	else if (++reader->depth > reader->plan->depth_max)
		xml_stop(reader, "elements are nested too deeply");
	else if (reader->depth == 1 && strcmp(name, reader->plan->root))
		root_refuse(reader);
	else
		reader->plan->begin(reader, name, attributes);
}

static void XMLCALL on_text(void *data, const XML_Char *text, int len)
{
	struct xml_reader *reader = data;

	if (!*reader->fault && len > 0)
		reader->plan->text(reader, text, (size_t)len);
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct xml_reader *reader = data;

	(void)name;
	if (*reader->fault)
		return;
	reader->plan->end(reader);
	reader->depth--;
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system,
			       const XML_Char *public, int has_internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_internal;
	xml_stop(data, "it has a document type");
}

int xml_read(struct octets text, const struct xml_plan *plan, void *owner, enum reason_code code,
	     struct refusal *why)
{
	static const XML_Memory_Handling_Suite memory = { malloc, wiped_resize, wiped_free };
	XML_Parser parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	struct xml_reader reader = { .owner = owner, .plan = plan, .parser = parser };
	int err = 0;

	if (!parser)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	XML_SetUserData(parser, &reader);
	XML_SetElementHandler(parser, on_begin, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	if (XML_Parse(parser, (const char *)text.at, (int)text.len, XML_TRUE) != XML_STATUS_OK ||
	    *reader.fault)
		err = refusal_set(why, code, "line %u: %s", xml_line(&reader),
				  *reader.fault ? reader.fault :
						  XML_ErrorString(XML_GetErrorCode(parser)));
	XML_ParserFree(parser);
	return err;
}
