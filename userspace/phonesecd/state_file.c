// SPDX-License-Identifier: Apache-2.0
#include "state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int store_refuse(struct refusal *why, const char *file, int error)
{
	return refusal_set(why, REASON_SYSTEM, "%s: %s", file, strerror(error));
}

/* What is wrong with an open file, or NULL. */
static const char *file_fault(int fd)
{
	struct stat status;

	if (fstat(fd, &status))
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "it is no regular file";
	if (status.st_uid != geteuid())
		return "it belongs to another user";
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return "other users may read or change it";
	return NULL;
}

/* The file, open for reading, or -errno with what is wrong with it. */
static int file_open(const char *file, const char **fault)
{
	int fd, error;

	*fault = NULL;
	/* Not to wait for the other end of a pipe that took the file's place. */
	fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		error = errno;
		if (error != ENOENT)
			*fault = error == ELOOP ? "it is a symbolic link" : strerror(error);
		return -error;
	}
	*fault = file_fault(fd);
	if (!*fault)
		return fd;
	close(fd);
	return -EPERM;
}

static int bytes_read(int fd, uint8_t *bytes, size_t size, size_t *len)
{
	ssize_t got = 1;

	*len = 0;
	while (got && *len < size) {
		got = read(fd, bytes + *len, size - *len);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			*len += (size_t)got;
	}
	return got ? -EFBIG : 0;
}

int state_file_read(const char *file, struct octets *bytes, size_t max, const char **fault)
{
	int fd = file_open(file, fault), err;
	uint8_t *read = NULL;
	size_t len = 0;

	if (fd < 0)
		return fd;
	/* One byte more tells a file that is too long from one that just fits. */
	read = malloc(max + 1);
	err = read ? bytes_read(fd, read, max + 1, &len) : -ENOMEM;
	close(fd);
	if (err) {
		*fault = strerror(-err);
		free(read);
		return err;
	}
	read[len] = 0;
	*bytes = (struct octets){ realloc(read, len + 1) ?: read, len };
	return 0;
}

int state_file_read_secret(const char *file, struct secret *secret, const char **fault)
{
	int fd = file_open(file, fault), err;

	secret_shorten(secret, secret_len(secret));
	if (fd < 0)
		return fd;
	err = secret_fill(secret, fd);
	close(fd);
	if (!err)
		return 0;
	*fault = strerror(-err);
	secret_shorten(secret, secret_len(secret));
	return err;
}

/* The name of the file while it is written. */
static int new_name(char name[PATH_MAX], const char *file)
{
	return snprintf(name, PATH_MAX, "%s.new", file) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* A name that is new or gone is so after a crash only when its folder was written. */
static int folder_sync(const char *file)
{
	char name[PATH_MAX];
	int fd, err;

	if (snprintf(name, sizeof(name), "%s", file) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fsync(fd) ? -errno : 0;
	close(fd);
	return err;
}

static int bytes_write(int fd, const uint8_t *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t wrote = write(fd, bytes + done, len - done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		if (wrote > 0)
			done += (size_t)wrote;
	}
	return fsync(fd) ? -errno : 0;
}

static int new_write(const char *name, const void *bytes, size_t len, mode_t mode)
{
	int fd, err;

	/* What a crash left; with O_EXCL nothing that somebody else put there is written to. */
	if (unlink(name) && errno != ENOENT)
		return -errno;
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	err = bytes_write(fd, bytes, len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* Writes the new one beside the old one, then puts it there with these flags of renameat2(). */
static int file_put(const char *file, const void *bytes, size_t len, mode_t mode,
		    unsigned int flags, struct refusal *why)
{
	char name[PATH_MAX];
	int err;

	err = new_name(name, file);
	if (err)
		return store_refuse(why, file, -err);
	err = new_write(name, bytes, len, mode);
	if (!err && renameat2(AT_FDCWD, name, AT_FDCWD, file, flags))
		err = -errno;
	if (err)
		(void)unlink(name);
	else
		err = folder_sync(file);
	return err ? store_refuse(why, file, -err) : 0;
}

int state_file_write(const char *file, const void *bytes, size_t len, struct refusal *why)
{
	return file_put(file, bytes, len, 0600, 0, why);
}

int state_file_create(const char *file, const void *bytes, size_t len, struct refusal *why)
{
	return file_put(file, bytes, len, 0400, RENAME_NOREPLACE, why);
}

int state_file_rename(const char *from, const char *to, struct refusal *why)
{
	int err = rename(from, to) ? -errno : folder_sync(to);

	return err ? store_refuse(why, from, -err) : 0;
}

int state_file_remove(const char *file, struct refusal *why)
{
	char name[PATH_MAX];
	int err;

	err = new_name(name, file);
	if (!err && unlink(name) && errno != ENOENT)
		err = -errno;
	if (unlink(file) && errno != ENOENT)
		err = -errno;
	if (!err)
		err = folder_sync(file);
	return err ? store_refuse(why, file, -err) : 0;
}
