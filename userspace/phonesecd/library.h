/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that are loaded when they are needed, as most phones do not need them. */
#ifndef PHONESECD_LIBRARY_H
#define PHONESECD_LIBRARY_H

#include <stddef.h>

#include "../lib/reason.h"

/**
 * struct library_function - a function of a library
 * @name: as the library has it
 * @offset: where its pointer is in the caller's table
 */
struct library_function {
	const char *name;
	size_t offset;
};

/**
 * library_load - load a library whole, or not at all
 * @library: result, for dlclose(); NULL on refusal
 * @file: name with the version of its interface
 * @functions: what is used of it
 * @count: how many
 * @table: where the pointers go
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int library_load(void **library, const char *file, const struct library_function *functions,
		 size_t count, void *table, struct refusal *why);

#endif
