/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers, in text and in JSON, from one description of each object: a table
 * of its fields. The JSON keys are stable; the text is for people.
 */
#ifndef PHONESEC_OUTPUT_H
#define PHONESEC_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../lib/media.h"
#include "../lib/reason.h"

enum output_kind {
	OUTPUT_U16,
	OUTPUT_U32,
	OUTPUT_U64,
	OUTPUT_BOOL,
	/* An array of char, and a pointer to char. */
	OUTPUT_TEXT,
	OUTPUT_STRING,
	/* u32, hexadecimal in text. */
	OUTPUT_SSRC,
	/* u64, as a power of two in text where it is one. */
	OUTPUT_LIFETIME,
	/* u32 with .names, one word or a list of flags. */
	OUTPUT_WORD,
	OUTPUT_FLAGS,
	/* u32 crypto suite. */
	OUTPUT_SUITE,
	/* struct media_address. */
	OUTPUT_ADDRESS,
	/* u32 with .words, a part of a reason. */
	OUTPUT_CODE,
	OUTPUT_WORDS,
	OUTPUT_MEND,
	/* A structure with .fields. */
	OUTPUT_OBJECT,
	/* Structures of .size with .fields: an array in place, and a pointer to one. */
	OUTPUT_ARRAY,
	OUTPUT_LIST,
};

enum output_flags {
	/* Not in text when zero, false or empty. */
	OUTPUT_QUIET = 1,
	/* Not in text at all. */
	OUTPUT_JSON_ONLY = 2,
};

/**
 * struct output_field - one field of an object
 * @key: JSON key, small letters and underscores; NULL ends a table
 * @label: name in text, with the unit where there is one
 * @kind: what lies at @offset
 * @offset: where in the structure
 * @present: offset of a bool that tells whether the field is there, plus one; 0 when it always is
 * @flags: of enum output_flags
 * @names: words of an enum or of flags
 * @words: words of a reason
 * @fields: fields of the nested structure or structures
 * @size: bytes of one of them
 * @count: offset of their number, a size_t
 */
struct output_field {
	const char *key;
	const char *label;
	enum output_kind kind;
	size_t offset;
	size_t present;
	unsigned int flags;
	const struct media_name *names;
	const struct reason *(*words)(unsigned int value);
	const struct output_field *fields;
	size_t size;
	size_t count;
};

/* A column of a list in text: its title and the JSON keys that lead to it, with dots between. */
struct output_column {
	const char *title;
	const char *path;
};

/* Where answers go. Colour is for terminals and never with NO_COLOR set. */
struct output {
	FILE *stream;
	bool json;
	bool colour;
};

void output_open(struct output *out, bool json);

/**
 * output_object - write one object
 * @out: where
 * @key: JSON key of the object in the answer
 * @title: headline in text
 * @fields: its description
 * @object: the structure
 */
void output_object(struct output *out, const char *key, const char *title,
		   const struct output_field *fields, const void *object);

/**
 * output_list - write several objects, in text as a table
 * @out: where
 * @key: JSON key of the list in the answer
 * @empty: text in place of an empty table
 * @columns: columns of the table, ended by a NULL title; NULL for one block an object
 * @fields: their description
 * @objects: the structures
 * @size: bytes of one
 * @count: their number
 */
void output_list(struct output *out, const char *key, const char *empty,
		 const struct output_column *columns, const struct output_field *fields,
		 const void *objects, size_t size, size_t count);

/* Write an object on a line of its own, and at once. */
void output_line(struct output *out, const struct output_field *fields, const void *object);

/* Write one remark for people; nothing in JSON. */
__attribute__((format(printf, 2, 3)))
void output_remark(struct output *out, const char *format, ...);

/* Whether "--json" is among the words, good or not: their refusal is in JSON as well then. */
bool output_json_wanted(int argc, char *argv[]);

/*
 * Write why a command failed: in JSON to the stream, in text to standard error. Returns the exit
 * status that stands for it.
 */
int output_refusal(struct output *out, const struct refusal *why);

/* Flush; false when something could not be written. */
bool output_close(struct output *out);

#endif
