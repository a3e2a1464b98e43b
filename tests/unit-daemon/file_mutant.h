/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changed files: bits that flip, bytes that are overwritten, taken out or put in, files that are
 * cut off, lengths that lie. The numbers come from a fixed seed.
 */
#ifndef UNIT_FILE_MUTANT_H
#define UNIT_FILE_MUTANT_H

#include "octets.h"

/* The same ones follow again. */
void file_mutants_begin(void);

/* A changed copy of exactly its size, never the same as the file; the caller's until free(). */
struct octets file_mutant(struct octets file);

#endif
