/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon keeps of the local settings password: credentials.json of the state folder. */
#ifndef PHONESECD_CREDENTIALS_FILE_H
#define PHONESECD_CREDENTIALS_FILE_H

#include "password_hash.h"

enum credentials_file_limits {
	CREDENTIALS_RECORDS_MAX = 13, /* the one in force and those of before */
	CREDENTIALS_BOOT_MAX = 37, /* a UUID with its zero */
};

/**
 * struct credentials_kept - the password, and what went wrong with it
 * @is_set: the first record is the password of this phone
 * @records, @count: that one, and those of before, the last one first
 * @site: password that the site's configuration names, with rounds 0 for none
 * @failures: wrong ones since the last right one, each counted before it is looked at
 * @wait_s: seconds for which none is looked at, 0 for none
 * @boot: start of the system in which they began, as the kernel names it
 * @since: when in it, seconds of CLOCK_BOOTTIME
 */
struct credentials_kept {
	bool is_set;
	struct password_record records[CREDENTIALS_RECORDS_MAX];
	size_t count;
	struct password_record site;
	unsigned int failures;
	int64_t wait_s;
	char boot[CREDENTIALS_BOOT_MAX];
	int64_t since;
};

/**
 * credentials_file_read - read it back
 * @kept: filled in; nothing is set without a file
 * @folder: the state folder
 * @why: on refusal the reason: a file that is not as it was written
 *
 * Return: 0, or the -errno of the reason.
 */
int credentials_file_read(struct credentials_kept *kept, const char *folder,
			  struct refusal *why);

/* Replaces it. Returns 0, or the -errno of the reason. */
int credentials_file_write(const struct credentials_kept *kept, const char *folder,
			   struct refusal *why);

#endif
