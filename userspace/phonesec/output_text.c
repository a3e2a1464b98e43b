// SPDX-License-Identifier: Apache-2.0
#include "output_text.h"

#include <stdlib.h>
#include <string.h>

enum text_layout {
	/* The longest mend is of some 330 bytes. */
	CELL_MAX = 512,
	COLUMNS_MAX = 16,
	LABEL_WIDTH = 22,
	INDENT_STEP = 2,
};

static const char bold[] = "\033[1m", plain[] = "\033[0m";

typedef char cell[CELL_MAX];

static void lifetime_text(cell text, json_int_t value)
{
	unsigned int bits = 0;

	while (bits < 62 && value > (json_int_t)1 << bits)
		bits++;
	if (bits >= 10 && value == (json_int_t)1 << bits)
		snprintf(text, CELL_MAX, "2^%u", bits);
	else
		snprintf(text, CELL_MAX, "%" JSON_INTEGER_FORMAT, value);
}

static void words_text(cell text, json_t *list)
{
	size_t i, used = 0;
	json_t *word;

	snprintf(text, CELL_MAX, "none");
	json_array_foreach(list, i, word) {
		if (used >= CELL_MAX)
			return;
		used += (size_t)snprintf(text + used, CELL_MAX - used, "%s%s", i ? "," : "",
					 json_string_value(word));
	}
}

static void address_text(cell text, json_t *json)
{
	const char *ip = json_string_value(json_object_get(json, "address"));
	json_int_t port = json_integer_value(json_object_get(json, "port"));
	json_t *rtcp_port = json_object_get(json, "rtcp_port");
	int used = snprintf(text, CELL_MAX, strchr(ip, ':') ? "[%s]:%" JSON_INTEGER_FORMAT :
			    "%s:%" JSON_INTEGER_FORMAT, ip, port);

	if (rtcp_port && json_integer_value(rtcp_port) != port)
		snprintf(text + used, CELL_MAX - (size_t)used, " rtcp %" JSON_INTEGER_FORMAT,
			 json_integer_value(rtcp_port));
}

/* A value as people read it, by its JSON type; @field refines that and may be NULL. */
static void value_text(cell text, const struct output_field *field, json_t *value)
{
	if (field && field->kind == OUTPUT_LIFETIME)
		lifetime_text(text, json_integer_value(value));
	else if (field && field->kind == OUTPUT_SSRC)
		snprintf(text, CELL_MAX, "0x%08x", (unsigned int)json_integer_value(value));
	else if (json_is_integer(value))
		snprintf(text, CELL_MAX, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		snprintf(text, CELL_MAX, "%s", json_is_true(value) ? "yes" : "no");
	else if (json_is_array(value))
		words_text(text, value);
	else if (json_is_object(value))
		address_text(text, value);
	else if (json_is_string(value) && *json_string_value(value))
		snprintf(text, CELL_MAX, "%s", json_string_value(value));
	else
		snprintf(text, CELL_MAX, "-");
}

static bool value_is_quiet(json_t *value)
{
	const char *key;
	json_t *member;

	json_object_foreach(value, key, member)
		if (!value_is_quiet(member))
			return false;
	return json_is_object(value) || json_is_null(value) || json_is_false(value) ||
	       (json_is_integer(value) && !json_integer_value(value)) ||
	       (json_is_string(value) && !*json_string_value(value)) ||
	       (json_is_array(value) && !json_array_size(value));
}

/* Whether a field is not shown. */
static bool field_is_hidden(const struct output_field *field, json_t *value)
{
	return !value || (field->flags & OUTPUT_JSON_ONLY) ||
	       ((field->flags & OUTPUT_QUIET) && value_is_quiet(value));
}

/* Width that a column needs; the last one needs none unless its cells stand to the right. */
static int column_width(const cell *cells, const bool *right, size_t rows, size_t columns,
			size_t column)
{
	size_t width = 0;

	if (column + 1 == columns && !right[column])
		return 0;
	for (size_t row = 0; row < rows; row++) {
		size_t len = strlen(cells[row * columns + column]);

		width = len > width ? len : width;
	}
	return (int)width;
}

/* Prints rows of cells with columns as wide as they need; numbers stand to the right. */
static void rows_print(struct output *out, unsigned int indent, const cell *cells,
		       const bool *right, size_t rows, size_t columns)
{
	int widths[COLUMNS_MAX];

	for (size_t column = 0; column < columns; column++) {
		int width = column_width(cells, right, rows, columns, column);

		widths[column] = right[column] ? width : -width;
	}
	for (size_t row = 0; row < rows; row++) {
		fprintf(out->stream, "%*s%s", (int)indent, "", !row && out->colour ? bold : "");
		for (size_t column = 0; column < columns; column++)
			fprintf(out->stream, "%s%*s", column ? "  " : "", widths[column],
				cells[row * columns + column]);
		fprintf(out->stream, "%s\n", !row && out->colour ? plain : "");
	}
}

static json_t *path_find(json_t *json, const char *path)
{
	const char *dot;

	while (json && (dot = strchr(path, '.'))) {
		json = json_object_getn(json, path, (size_t)(dot - path));
		path = dot + 1;
	}
	return json ? json_object_get(json, path) : NULL;
}

void text_table(struct output *out, const struct output_column *columns, json_t *list)
{
	bool right[COLUMNS_MAX] = { false };
	size_t count = 0, i;
	json_t *object;
	cell *cells;

	while (columns[count].title)
		count++;
	cells = calloc((json_array_size(list) + 1) * count, sizeof(*cells));
	if (!cells)
		return;
	for (size_t c = 0; c < count; c++) {
		snprintf(cells[c], CELL_MAX, "%s", columns[c].title);
		json_array_foreach(list, i, object) {
			json_t *value = path_find(object, columns[c].path);

			right[c] = json_is_integer(value);
			value_text(cells[(i + 1) * count + c], NULL, value);
		}
	}
	rows_print(out, 0, cells, right, json_array_size(list) + 1, count);
	free(cells);
}

static void list_print(struct output *out, unsigned int indent, const struct output_field *fields,
		       json_t *list)
{
	bool right[COLUMNS_MAX] = { false };
	size_t count = 0, column = 0, i;
	json_t *object;
	cell *cells;

	for (const struct output_field *field = fields; field->key; field++)
		count += !(field->flags & OUTPUT_JSON_ONLY);
	cells = calloc((json_array_size(list) + 1) * count, sizeof(*cells));
	if (!cells)
		return;
	for (const struct output_field *field = fields; field->key; field++) {
		if (field->flags & OUTPUT_JSON_ONLY)
			continue;
		snprintf(cells[column], CELL_MAX, "%s", field->label);
		json_array_foreach(list, i, object) {
			json_t *value = json_object_get(object, field->key);

			right[column] = json_is_integer(value);
			value_text(cells[(i + 1) * count + column], field, value);
		}
		column++;
	}
	rows_print(out, indent, cells, right, json_array_size(list) + 1, count);
	free(cells);
}

/* The mend of the most frequent reason of a list of drops. */
static void mend_print(struct output *out, unsigned int indent, json_t *list)
{
	json_int_t most = 0;
	json_t *object, *main_mend = NULL;
	size_t i;

	json_array_foreach(list, i, object) {
		json_int_t packets = json_integer_value(json_object_get(object, "packets"));

		if (packets > most) {
			most = packets;
			main_mend = json_object_get(object, "mend");
		}
	}
	if (main_mend)
		fprintf(out->stream, "%*smend: %s\n", (int)indent, "",
			json_string_value(main_mend));
}

static void object_print(struct output *out, unsigned int indent, const struct output_field *fields,
			 json_t *json)
{
	cell text;

	for (const struct output_field *field = fields; field->key; field++) {
		json_t *value = json_object_get(json, field->key);

		if (field_is_hidden(field, value))
			continue;
		if (field->kind == OUTPUT_OBJECT) {
			fprintf(out->stream, "%*s%s%s%s\n", (int)indent, "",
				out->colour ? bold : "", field->label, out->colour ? plain : "");
			object_print(out, indent + INDENT_STEP, field->fields, value);
		} else if (field->fields && json_array_size(value)) {
			fprintf(out->stream, "%*s%s\n", (int)indent, "", field->label);
			list_print(out, indent + INDENT_STEP, field->fields, value);
			mend_print(out, indent + INDENT_STEP, value);
		} else {
			value_text(text, field, value);
			fprintf(out->stream, "%*s%-*s %s\n", (int)indent, "",
				LABEL_WIDTH - (int)indent, field->label, text);
		}
	}
}

void text_object(struct output *out, const char *title, const struct output_field *fields,
		 json_t *json)
{
	if (title)
		fprintf(out->stream, "%s%s%s\n", out->colour ? bold : "", title,
			out->colour ? plain : "");
	object_print(out, title ? INDENT_STEP : 0, fields, json);
}

void text_line(struct output *out, const struct output_field *fields, json_t *json)
{
	const char *separator = "";

	for (const struct output_field *field = fields; field->key; field++) {
		json_t *value = json_object_get(json, field->key);
		cell text;

		if (field_is_hidden(field, value))
			continue;
		fprintf(out->stream, "%s%s%s", separator, field->label, *field->label ? " " : "");
		/* Sentences are longer than any cell. */
		if (json_is_string(value)) {
			fputs(json_string_value(value), out->stream);
		} else {
			value_text(text, field, value);
			fputs(text, out->stream);
		}
		separator = " ";
	}
}
