// SPDX-License-Identifier: Apache-2.0
#include "audit_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "audit_numbers.h"

enum {
	/* Files of a spool, and bytes of each in parts of the cap: what is delivered gives its
	 * room back in such steps.
	 */
	FILES_MAX = AUDIT_SPOOL_FILES_MAX,
	FILE_PARTS = 32,
	/* Beside the digits of a number: ".log". */
	NAME_MAX_LEN = 32,
};

/**
 * struct record_head - before each record
 * @len: bytes of it
 * @check: of what follows here, and of the record
 * @number: of the event
 */
struct record_head {
	uint32_t len;
	uint32_t check;
	uint64_t number;
};

/**
 * struct spool_file - one file
 * @first: number of its first event, and its name
 * @last: number of its last one; one less than @first when it is empty
 * @bytes: that are whole records
 */
struct spool_file {
	uint64_t first;
	uint64_t last;
	uint64_t bytes;
};

/**
 * struct audit_spool - a spool
 * @folder: descriptor of its folder
 * @path: its name, for refusals
 * @max: bytes at most
 * @files, @count: oldest first; the last one is written to
 * @bytes: of all files
 * @newest: number of the last event
 * @synced: number of the last one that is on disk whatever happens
 * @end: descriptor of the last file, or -1
 * @reading: descriptor of the file that is read, or -1
 * @reading_first: which one that is
 * @at: where the next record is there
 * @before: number of the event that was read last
 */
struct audit_spool {
	int folder;
	char path[PATH_MAX];
	uint64_t max;
	struct spool_file files[FILES_MAX];
	size_t count;
	uint64_t bytes;
	uint64_t newest;
	uint64_t synced;
	int end;
	int reading;
	uint64_t reading_first;
	uint64_t at;
	uint64_t before;
};

/* Tells a record that is whole from one that is not (FNV-1a); nobody is kept from forging it. */
static uint32_t check_of(uint64_t number, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint32_t check = 2166136261u;

	for (size_t i = 0; i < sizeof(number); i++)
		check = (check ^ (uint8_t)(number >> (8 * i))) * 16777619u;
	for (size_t i = 0; i < len; i++)
		check = (check ^ at[i]) * 16777619u;
	return check;
}

static void name_format(char name[NAME_MAX_LEN], uint64_t first)
{
	snprintf(name, NAME_MAX_LEN, "%020" PRIu64 ".log", first);
}

static int disk_refuse(const struct audit_spool *spool, int error, struct refusal *why)
{
	return refusal_set(why, REASON_AUDIT_DISK, "%.200s: %s", spool->path, strerror(error));
}

/* The record at this place: its bytes, or 0 when there is no whole one. */
static size_t record_read(int fd, uint64_t at, char *record, uint64_t *number)
{
	struct record_head head;
	struct iovec parts[] = { { &head, sizeof(head) }, { record, AUDIT_RECORD_MAX } };
	ssize_t got = preadv(fd, parts, 2, (off_t)at);

	if (got < (ssize_t)sizeof(head) || !head.len || head.len > AUDIT_RECORD_MAX ||
	    (size_t)got - sizeof(head) < head.len ||
	    check_of(head.number, record, head.len) != head.check)
		return 0;
	*number = head.number;
	return head.len;
}

/* Finds the whole records of a file, and cuts off what is behind them. */
static int file_scan(struct audit_spool *spool, struct spool_file *file)
{
	char name[NAME_MAX_LEN], record[AUDIT_RECORD_MAX];
	struct stat status;
	uint64_t number;
	size_t len;
	int fd, err = 0;

	name_format(name, file->first);
	fd = openat(spool->folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	file->last = file->first - 1;
	while ((len = record_read(fd, file->bytes, record, &number)) && number > file->last) {
		file->last = number;
		file->bytes += sizeof(struct record_head) + len;
	}
	if (fstat(fd, &status) ||
	    ((uint64_t)status.st_size > file->bytes && ftruncate(fd, (off_t)file->bytes)))
		err = -errno;
	close(fd);
	return err;
}

static int by_first(const void *a, const void *b)
{
	const struct spool_file *one = a, *other = b;

	return one->first < other->first ? -1 : one->first > other->first;
}

/* The number in a name, 0 when it is none of ours. */
static uint64_t name_read(const char *name)
{
	char again[NAME_MAX_LEN];
	uint64_t first;
	char *end;

	first = strtoull(name, &end, 10);
	name_format(again, first);
	return strcmp(again, name) ? 0 : first;
}

static int files_find(struct audit_spool *spool)
{
	int fd = dup(spool->folder);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint64_t first;

	if (!folder) {
		if (fd >= 0)
			close(fd);
		return -errno;
	}
	while ((entry = readdir(folder))) {
		first = name_read(entry->d_name);
		if (first && spool->count == FILES_MAX) {
			closedir(folder);
			return -EMFILE;
		}
		if (first)
			spool->files[spool->count++] = (struct spool_file){ .first = first };
	}
	closedir(folder);
	qsort(spool->files, spool->count, sizeof(*spool->files), by_first);
	return 0;
}

static void file_remove(struct audit_spool *spool, size_t index)
{
	struct spool_file *file = &spool->files[index];
	char name[NAME_MAX_LEN];

	name_format(name, file->first);
	(void)unlinkat(spool->folder, name, 0);
	if (spool->reading >= 0 && spool->reading_first == file->first) {
		close(spool->reading);
		spool->reading = -1;
	}
	if (index == spool->count - 1 && spool->end >= 0) {
		close(spool->end);
		spool->end = -1;
	}
	spool->bytes -= file->bytes;
	spool->count--;
	memmove(file, file + 1, (spool->count - index) * sizeof(*file));
}

static int files_scan(struct audit_spool *spool)
{
	int err = files_find(spool);

	for (size_t i = 0; !err && i < spool->count; i++) {
		err = file_scan(spool, &spool->files[i]);
		spool->bytes += spool->files[i].bytes;
	}
	/* What holds nothing is in the way of a file that will have its name. */
	for (size_t i = spool->count; !err && i-- > 0;)
		if (!spool->files[i].bytes)
			file_remove(spool, i);
	if (!err && spool->count)
		spool->newest = spool->files[spool->count - 1].last;
	return err;
}

static int folder_open(struct audit_spool *spool)
{
	struct stat status;

	if (mkdir(spool->path, 0700) && errno != EEXIST)
		return -errno;
	spool->folder = open(spool->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (spool->folder < 0 || fstat(spool->folder, &status))
		return -errno;
	/* Somebody else could have put events there, or take them away. */
	if (status.st_uid != geteuid() || status.st_mode & (S_IRWXG | S_IRWXO))
		return -EPERM;
	return 0;
}

int audit_spool_open(struct audit_spool **spool, const char *folder, uint64_t max,
		     struct refusal *why)
{
	struct audit_spool *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->folder = made->end = made->reading = -1;
	made->max = max;
	snprintf(made->path, sizeof(made->path), "%s", folder);
	err = folder_open(made);
	if (!err)
		err = files_scan(made);
	if (err) {
		err = disk_refuse(made, -err, why);
		audit_spool_close(made);
		return err;
	}
	*spool = made;
	return 0;
}

void audit_spool_skip(struct audit_spool *spool, uint64_t number)
{
	if (spool->newest < number)
		spool->newest = number;
}

void audit_spool_close(struct audit_spool *spool)
{
	if (!spool)
		return;
	if (spool->end >= 0)
		close(spool->end);
	if (spool->reading >= 0)
		close(spool->reading);
	if (spool->folder >= 0)
		close(spool->folder);
	free(spool);
}

void audit_spool_limit(struct audit_spool *spool, uint64_t max)
{
	spool->max = max;
}

/*
 * The file that the next record goes to, which is made when the last one has its share. Numbers
 * that were left out need none: each start after a cut of the power leaves some out.
 */
static int end_open(struct audit_spool *spool)
{
	struct spool_file *last = spool->count ? &spool->files[spool->count - 1] : NULL;
	char name[NAME_MAX_LEN];
	bool is_new = !last || last->bytes >= spool->max / FILE_PARTS;

	if (spool->end >= 0 && !is_new)
		return 0;
	if (is_new && spool->count == FILES_MAX)
		return -EMFILE;
	if (spool->end >= 0)
		close(spool->end);
	name_format(name, is_new ? spool->newest + 1 : last->first);
	spool->end = openat(spool->folder, name,
			    O_WRONLY | O_NOFOLLOW | O_CLOEXEC | (is_new ? O_CREAT | O_EXCL : 0),
			    0600);
	if (spool->end < 0)
		return -errno;
	if (is_new)
		spool->files[spool->count++] = (struct spool_file){
			.first = spool->newest + 1, .last = spool->newest,
		};
	return 0;
}

/* Returns 0, or -errno with the file as it was. */
static int record_write(struct audit_spool *spool, struct octets record)
{
	struct spool_file *file = &spool->files[spool->count - 1];
	struct record_head head = {
		.len = (uint32_t)record.len, .number = spool->newest + 1,
		.check = check_of(spool->newest + 1, record.at, record.len),
	};
	struct iovec parts[] = {
		{ &head, sizeof(head) }, { (void *)record.at, record.len },
	};
	ssize_t wrote = pwritev(spool->end, parts, 2, (off_t)file->bytes);

	if (wrote == (ssize_t)(sizeof(head) + record.len)) {
		file->bytes += (uint64_t)wrote;
		file->last = ++spool->newest;
		spool->bytes += (uint64_t)wrote;
		return 0;
	}
	wrote = wrote < 0 ? -errno : -ENOSPC;
	/* The next record is written over what is left, and nobody reads it until then. */
	(void)!ftruncate(spool->end, (off_t)file->bytes);
	return (int)wrote;
}

int audit_spool_add(struct audit_spool *spool, struct octets record, struct refusal *why)
{
	int err;

	if (spool->bytes + sizeof(struct record_head) + record.len > spool->max)
		return refusal_set(why, REASON_AUDIT_FULL, "%" PRIu64 " KiB", spool->max / 1024);
	err = end_open(spool);
	if (!err)
		err = record_write(spool, record);
	return err ? disk_refuse(spool, -err, why) : 0;
}

/* The file with the first event behind this one, or NULL. */
static const struct spool_file *file_behind(const struct audit_spool *spool, uint64_t after)
{
	for (size_t i = 0; i < spool->count; i++)
		if (spool->files[i].last > after && spool->files[i].bytes)
			return &spool->files[i];
	return NULL;
}

static int reading_open(struct audit_spool *spool, const struct spool_file *file, uint64_t after)
{
	char name[NAME_MAX_LEN];

	if (spool->reading >= 0 && spool->reading_first == file->first && spool->before <= after)
		return 0;
	if (spool->reading >= 0)
		close(spool->reading);
	name_format(name, file->first);
	spool->reading = openat(spool->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	spool->reading_first = file->first;
	spool->before = file->first - 1;
	spool->at = 0;
	return spool->reading < 0 ? -errno : 0;
}

size_t audit_spool_read(struct audit_spool *spool, uint64_t after, char *record,
			uint64_t *number)
{
	const struct spool_file *file = file_behind(spool, after);
	size_t len;

	while (file && !reading_open(spool, file, after)) {
		len = record_read(spool->reading, spool->at, record, number);
		/* The disk lost it while it was there; what comes behind is not lost with it. */
		if (!len) {
			after = file->last;
			file = file_behind(spool, after);
			continue;
		}
		spool->at += sizeof(struct record_head) + len;
		spool->before = *number;
		if (*number > after)
			return len;
	}
	return 0;
}

void audit_spool_release(struct audit_spool *spool, uint64_t number)
{
	while (spool->count && spool->files[0].last <= number &&
	       (spool->count > 1 || spool->files[0].bytes >= spool->max / FILE_PARTS))
		file_remove(spool, 0);
}

bool audit_spool_forget(struct audit_spool *spool)
{
	if (spool->count < 2)
		return false;
	file_remove(spool, 0);
	return true;
}

bool audit_spool_sync_begin(const struct audit_spool *spool, struct audit_spool_sync *work)
{
	memcpy(work->folder, spool->path, sizeof(work->folder));
	work->up_to = spool->newest;
	work->count = 0;
	for (size_t i = 0; i < spool->count; i++)
		if (spool->files[i].last > spool->synced)
			work->files[work->count++] = spool->files[i].first;
	return work->count;
}

static int file_sync(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	/* It was delivered meanwhile. */
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	err = fdatasync(fd) ? -errno : 0;
	close(fd);
	return err;
}

int audit_spool_sync_run(const struct audit_spool_sync *work, struct refusal *why)
{
	int folder = open(work->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char name[NAME_MAX_LEN];
	int err = folder < 0 ? -errno : 0;

	for (size_t i = 0; !err && i < work->count; i++) {
		name_format(name, work->files[i]);
		err = file_sync(folder, name);
	}
	if (!err && work->count && fsync(folder))
		err = -errno;
	if (folder >= 0)
		close(folder);
	if (err)
		return refusal_set(why, REASON_AUDIT_DISK, "%.200s: %s", work->folder,
				   strerror(-err));
	return work->reserve ? audit_numbers_write(work->folder, work->reserve, why) : 0;
}

void audit_spool_sync_done(struct audit_spool *spool, const struct audit_spool_sync *work)
{
	if (spool->synced < work->up_to)
		spool->synced = work->up_to;
}

void audit_spool_facts(const struct audit_spool *spool, struct audit_spool_facts *facts)
{
	*facts = (struct audit_spool_facts){
		.oldest = spool->count ? spool->files[0].first : spool->newest + 1,
		.newest = spool->newest, .bytes = spool->bytes, .max = spool->max,
	};
}
