// SPDX-License-Identifier: Apache-2.0
#include "power_cut.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CUT = 77, /* exit status of a child that was cut */
	FILES_MAX = 1024,
};

/* What the child has done: where it is to be cut, and what is not on the disk yet. */
static struct {
	bool counts;
	unsigned int step;
	unsigned int cut;
	bool half;
	bool unwritten[FILES_MAX];
	bool last_unwritten; /* the file that was closed last */
	unsigned int synced; /* files that were written to the disk by fdatasync() */
	bool folder_open; /* something was renamed or removed, and the folder not written */
} power;

int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to,
		     unsigned int flags);
int __real_rename(const char *from, const char *to);
int __real_unlink(const char *path);
ssize_t __real_write(int fd, const void *bytes, size_t len);
int __real_unlinkat(int folder, const char *path, int flags);
ssize_t __real_pwritev(int fd, const struct iovec *parts, int count, off_t at);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_close(int fd);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
		     unsigned int flags);
int __wrap_rename(const char *from, const char *to);
int __wrap_unlink(const char *path);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
int __wrap_unlinkat(int folder, const char *path, int flags);
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t at);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_close(int fd);

static bool cut_here(void)
{
	return power.counts && ++power.step == power.cut;
}

static void unwritten_check(const char *what)
{
	if (!power.counts || !power.last_unwritten)
		return;
	dprintf(STDERR_FILENO, "%s of a file that is not on the disk\n", what);
	abort();
}

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
		     unsigned int flags)
{
	unwritten_check("rename");
	if (cut_here())
		_exit(CUT);
	power.folder_open = true;
	return __real_renameat2(from_folder, from, to_folder, to, flags);
}

int __wrap_rename(const char *from, const char *to)
{
	if (cut_here())
		_exit(CUT);
	power.folder_open = true;
	return __real_rename(from, to);
}

int __wrap_unlink(const char *path)
{
	int result;

	if (cut_here())
		_exit(CUT);
	result = __real_unlink(path);
	power.folder_open |= !result;
	return result;
}

/* A file that is gone and comes back after a cut is nobody's fault where this is used. */
int __wrap_unlinkat(int folder, const char *path, int flags)
{
	if (cut_here())
		_exit(CUT);
	return __real_unlinkat(folder, path, flags);
}

/* Half of it: all of its first part, and half of the last. */
ssize_t __wrap_pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
	struct iovec half[4];

	assert_in_range(count, 1, 4);
	if (cut_here()) {
		memcpy(half, parts, (size_t)count * sizeof(*parts));
		half[count - 1].iov_len /= 2;
		if (power.half)
			(void)!__real_pwritev(fd, half, count, at);
		_exit(CUT);
	}
	return __real_pwritev(fd, parts, count, at);
}

/* Pipes and sockets are no disk. */
static bool is_file(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISREG(status.st_mode);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
	if (!is_file(fd))
		return __real_write(fd, bytes, len);
	if (cut_here()) {
		if (power.half)
			(void)!__real_write(fd, bytes, len / 2);
		_exit(CUT);
	}
	if (fd < FILES_MAX)
		power.unwritten[fd] = true;
	return __real_write(fd, bytes, len);
}

int __wrap_fsync(int fd)
{
	if (cut_here())
		_exit(CUT);
	if (fd < FILES_MAX)
		power.unwritten[fd] = false;
	power.folder_open = false;
	return __real_fsync(fd);
}

int __wrap_fdatasync(int fd)
{
	if (cut_here())
		_exit(CUT);
	power.synced++;
	return __real_fdatasync(fd);
}

unsigned int power_synced(void)
{
	return power.synced;
}

int __wrap_close(int fd)
{
	if (fd >= 0 && fd < FILES_MAX) {
		power.last_unwritten = power.unwritten[fd];
		power.unwritten[fd] = false;
	}
	return __real_close(fd);
}

void power_begin(void)
{
	power.counts = true;
}

static void child_run(void (*run)(const void *data), const void *data, unsigned int cut, bool half)
{
	power.half = half;
	power.cut = cut;
	run(data);
	if (!power.counts) {
		dprintf(STDERR_FILENO, "nothing was counted\n");
		abort();
	}
	if (power.folder_open) {
		dprintf(STDERR_FILENO, "done, and the folder is not on the disk\n");
		abort();
	}
	_exit(0);
}

bool power_run(void (*run)(const void *data), const void *data, unsigned int cut, bool half)
{
	pid_t child;
	int status;

	assert_true(cut < POWER_STEPS_MAX);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		child_run(run, data, cut, half);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CUT);
	return WEXITSTATUS(status) == CUT;
}

void power_leftovers_check(const char *folder)
{
	char command[512];

	snprintf(command, sizeof(command), "! find '%s' -name '*.new' | grep -q .", folder);
	assert_int_equal(system(command), 0);
}
