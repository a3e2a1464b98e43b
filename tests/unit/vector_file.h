/* SPDX-License-Identifier: Apache-2.0 */
/* The text files below tests/vectors: one vector a line, fields apart by blanks. */
#ifndef VECTOR_FILE_H
#define VECTOR_FILE_H

#include <stdio.h>

#include "types.h"

enum {
	VECTOR_FIELDS_MAX = 8,
	VECTOR_LINE_MAX = 4096,
	VECTOR_BYTES_MAX = 512,
};

/**
 * struct vector_file - a file being read
 * @file: the open file
 * @line: the line read last, cut into fields
 * @field: the fields of @line
 * @count: vectors read so far
 */
struct vector_file {
	FILE *file;
	char line[VECTOR_LINE_MAX];
	char *field[VECTOR_FIELDS_MAX];
	u32 count;
};

/**
 * vector_file_open - open a file of tests/vectors
 * @vectors: result
 * @name: file name; the test fails when it cannot be read
 */
void vector_file_open(struct vector_file *vectors, const char *name);

/**
 * vector_file_next - read the next vector, comments skipped
 * @vectors: the file
 * @fields: how many fields its lines have; the test fails on another number
 *
 * Return: false at the end, the file closed.
 */
bool vector_file_next(struct vector_file *vectors, u32 fields);

/**
 * vector_bytes - the bytes that a field stands for
 * @field: hexadecimal digits, or "-" for none
 * @out: result, %VECTOR_BYTES_MAX bytes; the test fails on more
 *
 * Return: their number.
 */
u32 vector_bytes(const char *field, u8 *out);

#endif
