/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive in firmware images (.sbn) of 79x1, 79x2 and 79x5 phones, behind the header of the
 * file. What images of other phones hold is not known. All numbers are big-endian.
 */
#ifndef PHONESEC_FIRMWARE_ARCHIVE_H
#define PHONESEC_FIRMWARE_ARCHIVE_H

#include <stdbool.h>

#include "octets.h"
#include "reason.h"

enum firmware_archive_limits {
	FIRMWARE_ENTRIES_MAX = 4096,
	FIRMWARE_NAME_MAX = 255,
};

/* Flags of entries in all archives that were seen; what they mean is not known. */
enum { FIRMWARE_FLAGS = 2 };

enum firmware_type {
	FIRMWARE_RAW = 6,
	FIRMWARE_FILE = 7,
};

/**
 * struct firmware_entry - one part of an archive; what it points to lies in the file
 * @type: enum firmware_type, or a number that is not known
 * @flags: %FIRMWARE_FLAGS, or others
 * @time: when it was changed, seconds since 1970
 * @name: without the zero behind it; empty for none
 * @content: its bytes
 */
struct firmware_entry {
	uint32_t type;
	uint32_t flags;
	uint32_t time;
	struct octets name;
	struct octets content;
};

/**
 * struct firmware_archive - an archive that was read
 * @bytes: the whole of it
 * @count: entries
 * @content_at: where the first content begins
 */
struct firmware_archive {
	struct octets bytes;
	uint32_t count;
	uint32_t content_at;
};

/**
 * struct firmware_reader - goes through the entries
 * @entry: which one is next
 * @content_at: where its content begins
 */
struct firmware_reader {
	uint32_t entry;
	size_t content_at;
};

/* Whether bytes begin as such an archive does. */
bool firmware_is_archive(struct octets bytes);

/**
 * firmware_archive_read - read an archive
 * @archive: filled in; it points into @bytes, which must stay
 * @bytes: body of the image
 * @why: on refusal %REASON_FILE_LAYOUT or %REASON_FILE_VERSION
 *
 * Every entry is looked at, so that firmware_archive_next() cannot fail. Names hold no control
 * characters; nobody must take them for a path without looking.
 *
 * Return: 0, or the -errno of the reason.
 */
int firmware_archive_read(struct firmware_archive *archive, struct octets bytes,
			  struct refusal *why);

/* The next entry; begin with a zeroed @reader. Returns false when there is no more. */
bool firmware_archive_next(const struct firmware_archive *archive, struct firmware_reader *reader,
			   struct firmware_entry *entry);

/**
 * firmware_archive_make - make an archive
 * @bytes: result, the caller's until free()
 * @entries: in their order
 * @count: how many
 * @why: on refusal %REASON_FILE_TOO_LONG or %REASON_NO_MEMORY
 *
 * Return: 0, or the -errno of the reason.
 */
int firmware_archive_make(struct octets *bytes, const struct firmware_entry *entries, size_t count,
			  struct refusal *why);

#endif
