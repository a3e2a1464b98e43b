// SPDX-License-Identifier: Apache-2.0
#include "audit_numbers.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_position.h"
#include "state_file.h"

enum { FILE_MAX = 128 };

static int file_name(char name[PATH_MAX], const char *folder)
{
	return snprintf(name, PATH_MAX, "%s/numbers", folder) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

uint64_t audit_numbers_read(const char *folder)
{
	char name[PATH_MAX], boot[AUDIT_BOOT_LEN + 1], end;
	struct octets bytes;
	const char *fault;
	uint64_t last = 0;

	if (file_name(name, folder) || state_file_read(name, &bytes, FILE_MAX, &fault))
		return 0;
	if (sscanf((const char *)bytes.at, "%" SCNu64 " %36[-0-9a-f]%c", &last, boot, &end) < 1 ||
	    (*audit_boot() && strstr((const char *)bytes.at, audit_boot())))
		last = 0;
	free((void *)bytes.at);
	return last;
}

int audit_numbers_write(const char *folder, uint64_t last, struct refusal *why)
{
	char name[PATH_MAX], text[FILE_MAX];
	int len;

	if (file_name(name, folder))
		return refusal_set(why, REASON_AUDIT_DISK, "%.160s: %s", folder,
				   strerror(ENAMETOOLONG));
	len = snprintf(text, sizeof(text), "%" PRIu64 " %s\n", last, audit_boot());
	return state_file_write(name, text, (size_t)len, why);
}
