/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of events that may have been used: they are reserved on disk ahead of their use, so that
 * none is used twice when a loss of power takes events that the server has already.
 */
#ifndef PHONESECD_AUDIT_NUMBERS_H
#define PHONESECD_AUDIT_NUMBERS_H

#include <stdint.h>

#include "../lib/reason.h"

enum { AUDIT_NUMBERS_AHEAD = 10000 };

/**
 * audit_numbers_read - the last number that may have been used before
 * @folder: of the spool
 *
 * Return: it; 0 when nothing was reserved, and when that was in this start of the system, in which
 * the spool has lost nothing.
 */
uint64_t audit_numbers_read(const char *folder);

/* Reserves all up to this number; they are on disk when it returns. 0 or the reason's -errno. */
int audit_numbers_write(const char *folder, uint64_t last, struct refusal *why);

#endif
