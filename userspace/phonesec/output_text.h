/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of answers, from their JSON form and its description. For output.c only. */
#ifndef PHONESEC_OUTPUT_TEXT_H
#define PHONESEC_OUTPUT_TEXT_H

#include <jansson.h>

#include "output.h"

/* A block with one line a field, and tables for lists. No title, no headline. */
void text_object(struct output *out, const char *title, const struct output_field *fields,
		 json_t *json);

/* A table with one line an object. */
void text_table(struct output *out, const struct output_column *columns, json_t *list);

/* All fields on one line, without line end. */
void text_line(struct output *out, const struct output_field *fields, json_t *json);

#endif
