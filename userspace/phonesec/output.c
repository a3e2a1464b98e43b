// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/sdes.h"
#include "output_text.h"

void output_open(struct output *out, bool json)
{
	const char *no_color = getenv("NO_COLOR");

	*out = (struct output){
		.stream = stdout,
		.json = json,
		.colour = !json && isatty(STDOUT_FILENO) && !(no_color && *no_color),
	};
}

static const void *field_at(const struct output_field *field, const void *object)
{
	return (const char *)object + field->offset;
}

static uint32_t field_u32(const struct output_field *field, const void *object)
{
	return *(const uint32_t *)field_at(field, object);
}

static json_t *flags_json(const struct output_field *field, uint32_t flags)
{
	json_t *list = json_array();

	for (const struct media_name *name = field->names; name->word; name++)
		if (name->value && !(name->value & (name->value - 1)) && (flags & name->value))
			json_array_append_new(list, json_string(name->word));
	return list;
}

static json_t *address_json(const struct media_address *address)
{
	char ip[MEDIA_ADDRESS_TEXT_MAX];
	json_t *json = json_object();

	media_ip_format(address, ip);
	json_object_set_new(json, "address", json_string(ip));
	json_object_set_new(json, "port", json_integer(address->port));
	if (address->rtcp_port)
		json_object_set_new(json, "rtcp_port", json_integer(address->rtcp_port));
	return json;
}

/* A reason that a newer module knows and this table does not keeps its number. */
static json_t *reason_json(const struct output_field *field, uint32_t value)
{
	const struct reason *words = field->words(value);

	if (field->kind == OUTPUT_CODE)
		return words ? json_string(words->code) : json_sprintf("reason-%u", value);
	if (field->kind == OUTPUT_WORDS)
		return json_string(words ? words->text : "Not known to this version of phonesec.");
	return json_string(words ? words->mend : "Install module and helper of the same release.");
}

static json_t *object_json(const struct output_field *fields, const void *object);

static json_t *objects_json(const struct output_field *fields, const void *objects, size_t size,
			    size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, object_json(fields, (const char *)objects + i * size));
	return list;
}

static json_t *array_json(const struct output_field *field, const void *object)
{
	size_t count = *(const size_t *)((const char *)object + field->count);
	const void *first = field_at(field, object);

	if (field->kind == OUTPUT_LIST)
		memcpy(&first, field_at(field, object), sizeof(first));
	return objects_json(field->fields, first, field->size, count);
}

static json_t *field_json(const struct output_field *field, const void *object)
{
	const void *at = field_at(field, object);
	const char *text;

	switch (field->kind) {
	case OUTPUT_U16:
		return json_integer(*(const uint16_t *)at);
	case OUTPUT_U32:
	case OUTPUT_SSRC:
		return json_integer(field_u32(field, object));
	case OUTPUT_U64:
	case OUTPUT_LIFETIME:
		return json_integer((json_int_t)*(const uint64_t *)at);
	case OUTPUT_BOOL:
		return json_boolean(*(const bool *)at);
	case OUTPUT_TEXT:
		return json_string(at);
	case OUTPUT_STRING:
		memcpy(&text, at, sizeof(text));
		return json_string(text);
	case OUTPUT_WORD:
		return json_string(media_word(field->names, field_u32(field, object)));
	case OUTPUT_FLAGS:
		return flags_json(field, field_u32(field, object));
	case OUTPUT_SUITE:
		text = sdes_suite_name(field_u32(field, object));
		return json_string(text ? text : "unknown");
	case OUTPUT_ADDRESS:
		return address_json(at);
	case OUTPUT_CODE:
	case OUTPUT_WORDS:
	case OUTPUT_MEND:
		return reason_json(field, field_u32(field, object));
	case OUTPUT_OBJECT:
		return object_json(field->fields, at);
	case OUTPUT_ARRAY:
	case OUTPUT_LIST:
		return array_json(field, object);
	}
	return NULL;
}

static json_t *object_json(const struct output_field *fields, const void *object)
{
	json_t *json = json_object();

	for (const struct output_field *field = fields; field->key; field++) {
		if (field->present && !*((const bool *)object + field->present - 1))
			continue;
		json_object_set_new(json, field->key, field_json(field, object));
	}
	return json;
}

/* Writes { key: value } in the given form of jansson and takes over the value. */
static void json_answer(struct output *out, const char *key, json_t *value, size_t form)
{
	json_t *answer = json_object();

	json_object_set_new(answer, key, value);
	json_dumpf(answer, out->stream, form);
	fputc('\n', out->stream);
	json_decref(answer);
}

void output_object(struct output *out, const char *key, const char *title,
		   const struct output_field *fields, const void *object)
{
	json_t *json = object_json(fields, object);

	if (out->json) {
		json_answer(out, key, json, JSON_INDENT(2));
		return;
	}
	text_object(out, title, fields, json);
	json_decref(json);
}

void output_list(struct output *out, const char *key, const char *empty,
		 const struct output_column *columns, const struct output_field *fields,
		 const void *objects, size_t size, size_t count)
{
	json_t *list = objects_json(fields, objects, size, count), *object;
	size_t i;

	if (out->json) {
		json_answer(out, key, list, JSON_INDENT(2));
		return;
	}
	if (!count)
		output_remark(out, "%s", empty);
	else if (columns)
		text_table(out, columns, list);
	else
		json_array_foreach(list, i, object)
			text_object(out, NULL, fields, object);
	json_decref(list);
}

void output_line(struct output *out, const struct output_field *fields, const void *object)
{
	json_t *json = object_json(fields, object);

	if (out->json)
		json_dumpf(json, out->stream, JSON_COMPACT);
	else
		text_line(out, fields, json);
	fputc('\n', out->stream);
	fflush(out->stream);
	json_decref(json);
}

void output_remark(struct output *out, const char *format, ...)
{
	va_list list;

	if (out->json)
		return;
	va_start(list, format);
	vfprintf(out->stream, format, list);
	va_end(list);
	fputc('\n', out->stream);
}

static void refusal_json(struct output *out, const struct refusal *why, const struct reason *words)
{
	json_t *json = json_object();

	json_object_set_new(json, "code", json_string(words->code));
	json_object_set_new(json, "text", json_string(words->text));
	json_object_set_new(json, "mend", json_string(words->mend));
	if (*why->detail)
		json_object_set_new(json, "detail", json_string(why->detail));
	if (why->line)
		json_object_set_new(json, "line", json_integer(why->line));
	if (why->position)
		json_object_set_new(json, "position", json_integer(why->position));
	json_object_set_new(json, "exit", json_integer(words->status));
	/* On one line and at once, as it may come between events. */
	json_answer(out, "error", json, JSON_COMPACT);
	fflush(out->stream);
}

bool output_json_wanted(int argc, char *argv[])
{
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

int output_refusal(struct output *out, const struct refusal *why)
{
	const struct reason *words = reason_words(why->code);

	if (out->json) {
		refusal_json(out, why, words);
		return (int)words->status;
	}
	fflush(out->stream);
	fprintf(stderr, "%s: %s [%s]\n", program_invocation_short_name, words->text, words->code);
	if (why->line)
		fprintf(stderr, "  where: line %u\n", why->line);
	if (why->position)
		fprintf(stderr, "  where: character %u\n", why->position);
	if (*why->detail)
		fprintf(stderr, "  detail: %s\n", why->detail);
	fprintf(stderr, "  mend: %s\n", words->mend);
	return (int)words->status;
}

bool output_close(struct output *out)
{
	return !fflush(out->stream) && !ferror(out->stream);
}
