/* SPDX-License-Identifier: Apache-2.0 */
/* The newest TIMESTAMP of each file that was accepted, so that no older one takes its place. */
#ifndef PHONESECD_FILE_TIMES_H
#define PHONESECD_FILE_TIMES_H

#include "settings.h"

enum { FILE_TIMES_MAX = 128 }; /* names that are remembered; those of the oldest times go first */

/* Seconds since 1970 of the newest accepted file of this name, 0 for none. */
int64_t file_times_newest(const struct settings *settings, const char *name);

/* The newest of all accepted files, 0 for none. */
int64_t file_times_last(const struct settings *settings);

/*
 * A file of this name and time is in use from now on. A time that is older than what is known
 * changes nothing. Returns 0, or the -errno of the reason.
 */
int file_times_accept(const struct settings *settings, const char *name, int64_t time,
		      struct refusal *why);

#endif
