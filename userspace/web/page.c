// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const char page_style[] =
	"body{font:16px/1.4 sans-serif;margin:1em auto;max-width:60em;padding:0 1em;color:#111}\n"
	"nav a{margin-right:1em}\n"
	"h1{font-size:1.4em}\n"
	"h2{font-size:1.1em;margin:1.5em 0 .3em}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{text-align:left;vertical-align:top;padding:.2em .6em;border-bottom:1px solid #ccc;"
	"overflow-wrap:break-word}\n"
	"tbody th{width:16em;font-weight:normal;color:#444}\n";

static json_t *time_json(const json_t *value)
{
	time_t time = (time_t)json_integer_value(value);
	char text[32];
	struct tm utc;

	if (!time || !gmtime_r(&time, &utc) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc))
		return json_string("");
	return json_string(text);
}

/* Whatever the daemon sends, a value is of the kind that the table says. */
static json_t *value_json(const struct page_field *field, json_t *value)
{
	switch (field->format) {
	case PAGE_TEXT:
		return json_is_string(value) ? json_incref(value) : NULL;
	case PAGE_YES_NO:
		return json_is_boolean(value) ? json_incref(value) : NULL;
	case PAGE_NUMBER:
		return json_is_integer(value) ? json_incref(value) : NULL;
	case PAGE_TIME:
		return json_is_integer(value) ? time_json(value) : NULL;
	}
	return NULL;
}

static void field_add(json_t *object, const struct page_field *field, json_t *value)
{
	value = value ? value_json(field, value) : NULL;
	if (value)
		json_object_set_new(object, field->key, value);
}

static json_t *values_json(const struct page_section *section, const json_t *phone)
{
	json_t *values = json_object();

	for (const struct page_field *field = section->fields; field->label; field++)
		field_add(values, field, json_object_get(json_object_get(phone, field->source),
							 field->property));
	return values;
}

static bool record_shown(const struct page_section *section, const json_t *record)
{
	const char *name = json_string_value(json_array_get(record, 0));

	if (!section->keep)
		return true;
	for (const char *const *keep = section->keep; name && *keep; keep++)
		if (!strncmp(name, *keep, strlen(*keep)))
			return true;
	return false;
}

static json_t *list_json(const struct page_section *section, const json_t *phone)
{
	json_t *records = json_object_get(phone, section->source), *list = json_array(), *record;
	size_t i;

	if (section->property)
		records = json_object_get(records, section->property);
	json_array_foreach(records, i, record) {
		json_t *row;

		if (!record_shown(section, record))
			continue;
		row = json_object();
		for (const struct page_field *field = section->fields; field->label; field++)
			field_add(row, field, field->property ?
				  json_object_get(record, field->property) :
				  json_array_get(record, field->index));
		json_array_append_new(list, row);
	}
	return list;
}

json_t *page_document(const struct page *page, const json_t *phone)
{
	json_t *document = json_object(), *part;

	for (const struct page_section *section = page->sections; section->title; section++) {
		part = section->source ? list_json(section, phone) : values_json(section, phone);
		if (json_is_array(part) ? json_array_size(part) : json_object_size(part))
			json_object_set(document, section->key, part);
		json_decref(part);
	}
	return document;
}

/* Texts come from the network: nothing of them is markup. */
static void escape(FILE *stream, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		case '"':
			fputs("&quot;", stream);
			break;
		case '\'':
			fputs("&#39;", stream);
			break;
		default:
			fputc(*text, stream);
		}
	}
}

static void value_write(FILE *stream, const json_t *value)
{
	if (json_is_string(value))
		escape(stream, json_string_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "Yes" : "No", stream);
	else if (json_is_integer(value))
		fprintf(stream, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

static void cell_write(FILE *stream, const char *tag, const json_t *value)
{
	fprintf(stream, "<%s>", tag);
	value_write(stream, value);
	fprintf(stream, "</%s>", tag);
}

static void list_write(FILE *stream, const struct page_section *section, const json_t *list)
{
	const json_t *row;
	size_t i;

	fputs("<thead><tr>", stream);
	for (const struct page_field *field = section->fields; field->label; field++)
		fprintf(stream, "<th scope=\"col\">%s</th>", field->label);
	fputs("</tr></thead>\n", stream);
	json_array_foreach(list, i, row) {
		fputs("<tr>", stream);
		for (const struct page_field *field = section->fields; field->label; field++)
			cell_write(stream, "td", json_object_get(row, field->key));
		fputs("</tr>\n", stream);
	}
}

static void values_write(FILE *stream, const struct page_section *section, const json_t *values)
{
	const json_t *value;

	for (const struct page_field *field = section->fields; field->label; field++) {
		value = json_object_get(values, field->key);
		if (!value || (json_is_string(value) && !*json_string_value(value)))
			continue;
		fprintf(stream, "<tr><th scope=\"row\">%s</th>", field->label);
		cell_write(stream, "td", value);
		fputs("</tr>\n", stream);
	}
}

static void head_write(FILE *stream, const char *title)
{
	fprintf(stream, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		"<title>Phone: %s</title>\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n"
		"<link rel=\"stylesheet\" href=\"/style.css\">\n</head><body>\n<nav>", title);
	for (const struct page *page = pages; page->title; page++)
		fprintf(stream, "<a href=\"%s\">%s</a>", page->html, page->title);
	fprintf(stream, "</nav>\n<h1>%s</h1>\n", title);
}

/* Ends the page; NULL when there was no memory for some of it. */
static char *page_end(FILE *stream, char **text)
{
	bool failed;

	fputs("</body></html>\n", stream);
	failed = ferror(stream);
	if (!fclose(stream) && !failed)
		return *text;
	free(*text);
	return NULL;
}

char *page_html(const struct page *page, const json_t *document)
{
	size_t size;
	char *text;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	head_write(stream, page->title);
	for (const struct page_section *section = page->sections; section->title; section++) {
		const json_t *part = json_object_get(document, section->key);

		if (!part)
			continue;
		fprintf(stream, "<h2>%s</h2>\n<table>\n", section->title);
		if (section->source)
			list_write(stream, section, part);
		else
			values_write(stream, section, part);
		fputs("</table>\n", stream);
	}
	fprintf(stream, "<p><a href=\"%s\">As JSON</a></p>\n", page->json);
	return page_end(stream, &text);
}

char *page_html_refusal(const struct refusal *why)
{
	const struct reason *words = reason_words(why->code);
	size_t size;
	char *text;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return NULL;
	head_write(stream, "Nothing to show");
	fputs("<p>", stream);
	escape(stream, words->text);
	fputs("</p>\n<p>", stream);
	escape(stream, words->mend);
	fputs("</p>\n", stream);
	return page_end(stream, &text);
}
