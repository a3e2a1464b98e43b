/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in files, as text that a journal, a bus and a terminal can show. */
#ifndef PHONESECD_LABEL_H
#define PHONESECD_LABEL_H

#include "../lib/octets.h"

enum { LABEL_TIME_MAX = 32 };

/* Printable ASCII stays, anything else is a question mark; cut to @size, terminated. */
void label_text(char *text, size_t size, struct octets label);

/* Bytes in hexadecimal; cut to @size, terminated. */
void label_hex(char *text, size_t size, struct octets bytes);

/* Seconds since 1970 as in "2026-11-23 14:00:00 UTC". */
void label_time(char text[LABEL_TIME_MAX], int64_t seconds);

#endif
