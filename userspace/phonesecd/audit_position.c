// SPDX-License-Identifier: Apache-2.0
#include "audit_position.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

/**
 * struct position_file - the file
 * @boot: which start of the system it is of
 * @position: the content, by its fields, so that no padding is in the check
 * @check: sum of all of it, mixed, which a file that is half written does not have
 */
struct position_file {
	char boot[AUDIT_BOOT_LEN];
	uint16_t local_port;
	uint16_t remote_port;
	uint64_t is_healthy;
	uint64_t delivered;
	uint64_t sent;
	uint64_t lost;
	uint64_t lost_ever;
	uint64_t check;
};

static uint64_t check_of(const struct position_file *file)
{
	const uint8_t *at = (const uint8_t *)file;
	uint64_t check = 14695981039346656037u;

	for (size_t i = 0; i < offsetof(struct position_file, check); i++)
		check = (check ^ at[i]) * 1099511628211u;
	return check;
}

const char *audit_boot(void)
{
	static char boot[AUDIT_BOOT_LEN + 1];
	int fd;

	if (*boot)
		return boot;
	fd = open(BOOT_FILE, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, boot, AUDIT_BOOT_LEN) != AUDIT_BOOT_LEN)
		memset(boot, 0, AUDIT_BOOT_LEN);
	if (fd >= 0)
		close(fd);
	return boot;
}

static void position_take(struct audit_position *position, const struct position_file *file)
{
	const char *boot = audit_boot();
	bool is_same = *boot && !memcmp(boot, file->boot, AUDIT_BOOT_LEN);

	*position = (struct audit_position){
		.delivered = file->delivered, .sent = is_same ? file->sent : file->delivered,
		.lost = file->lost, .lost_ever = file->lost_ever,
		.local_port = is_same ? file->local_port : 0, .remote_port = file->remote_port,
		.is_healthy = is_same && file->is_healthy,
	};
}

int audit_position_open(int *fd, const char *folder, struct audit_position *position,
			struct refusal *why)
{
	char name[PATH_MAX];
	struct position_file file;

	*position = (struct audit_position){ 0 };
	if (snprintf(name, sizeof(name), "%s/position", folder) >= (int)sizeof(name))
		return refusal_set(why, REASON_AUDIT_DISK, "%.200s: %s", folder,
				   strerror(ENAMETOOLONG));
	*fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd < 0)
		return refusal_set(why, REASON_AUDIT_DISK, "%.200s: %s", name, strerror(errno));
	if (pread(*fd, &file, sizeof(file), 0) == sizeof(file) && check_of(&file) == file.check)
		position_take(position, &file);
	return 0;
}

int audit_position_write(int fd, const struct audit_position *position)
{
	struct position_file file = {
		.is_healthy = position->is_healthy, .delivered = position->delivered,
		.sent = position->sent, .lost = position->lost,
		.lost_ever = position->lost_ever, .local_port = position->local_port,
		.remote_port = position->remote_port,
	};
	ssize_t wrote;

	memcpy(file.boot, audit_boot(), AUDIT_BOOT_LEN);
	file.check = check_of(&file);
	wrote = pwrite(fd, &file, sizeof(file), 0);
	return wrote == sizeof(file) ? 0 : wrote < 0 ? -errno : -ENOSPC;
}
