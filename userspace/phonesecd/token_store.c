// SPDX-License-Identifier: Apache-2.0
#include "token_store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
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

int token_store_read(const char *file, struct secret *token, struct refusal *why)
{
	const char *fault;
	int fd, err;

	secret_shorten(token, secret_len(token));
	/* Not to wait for the other end of a pipe that took the file's place. */
	fd = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return refusal_set(why, REASON_TOKEN_MISSING, "%s", "");
	if (fd < 0)
		return refusal_set(why, REASON_TOKEN_MISSING, "%s: %s", file,
				   errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	fault = file_fault(fd);
	err = fault ? 0 : secret_fill(token, fd);
	close(fd);
	if (err)
		fault = strerror(-err);
	else if (!fault && !secret_len(token))
		fault = "it is empty";
	if (!fault)
		return 0;
	secret_shorten(token, secret_len(token));
	return refusal_set(why, REASON_TOKEN_MISSING, "%s: %s", file, fault);
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

static int bytes_write(int fd, const struct secret *token)
{
	const unsigned char *bytes = secret_bytes(token);
	size_t len = secret_len(token), done = 0;

	while (done < len) {
		ssize_t wrote = write(fd, bytes + done, len - done);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		if (wrote > 0)
			done += (size_t)wrote;
	}
	return fsync(fd) ? -errno : 0;
}

static int new_write(const char *name, const struct secret *token)
{
	int fd, err;

	/* What a crash left; with O_EXCL nothing that somebody else put there is written to. */
	if (unlink(name) && errno != ENOENT)
		return -errno;
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = bytes_write(fd, token);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

int token_store_write(const char *file, const struct secret *token, struct refusal *why)
{
	char name[PATH_MAX];
	int err;

	err = new_name(name, file);
	if (err)
		return store_refuse(why, file, -err);
	err = new_write(name, token);
	if (!err && rename(name, file))
		err = -errno;
	if (err)
		(void)unlink(name);
	else
		err = folder_sync(file);
	return err ? store_refuse(why, file, -err) : 0;
}

int token_store_remove(const char *file, struct refusal *why)
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
