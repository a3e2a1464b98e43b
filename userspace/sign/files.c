// SPDX-License-Identifier: Apache-2.0
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/file_build.h"
#include "../phonesecd/crypto.h"

enum { ROOM_FIRST = 65536 };

static int read_refused(const char *name, struct refusal *why)
{
	return refusal_set(why, REASON_FILE_READ, "%s: %s", name, strerror(errno));
}

/* Reads until the end; @bytes is what was read so far, whatever happens. */
static int descriptor_read(struct octets *bytes, int fd, const char *name, struct refusal *why)
{
	size_t room = 0;
	uint8_t *more;
	ssize_t got;

	do {
		if (bytes->len == room) {
			room = room ? room * 2 : ROOM_FIRST;
			more = realloc((void *)bytes->at, room);
			if (!more)
				return refusal_set(why, REASON_NO_MEMORY, "%s", "");
			bytes->at = more;
		}
		got = read(fd, (uint8_t *)bytes->at + bytes->len, room - bytes->len);
		if (got < 0 && errno != EINTR)
			return read_refused(name, why);
		bytes->len += got > 0 ? (size_t)got : 0;
		if (bytes->len > FILE_BUILD_MAX)
			return refusal_set(why, REASON_FILE_TOO_LONG, "%s: more than %d bytes",
					   name, FILE_BUILD_MAX);
	} while (got);
	return 0;
}

int file_read(struct octets *bytes, time_t *changed, const char *name, struct refusal *why)
{
	int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	struct octets read = { 0 };
	struct stat facts;
	int err;

	if (fd < 0 || fstat(fd, &facts) < 0)
		err = read_refused(name, why);
	else
		err = descriptor_read(&read, fd, name, why);
	if (fd >= 0)
		close(fd);
	if (err) {
		free((void *)read.at);
		return err;
	}
	if (changed)
		*changed = facts.st_mtime;
	*bytes = read;
	return 0;
}

static bool all_write(int fd, struct octets bytes)
{
	while (bytes.len) {
		ssize_t put = write(fd, bytes.at, bytes.len);

		if (put < 0 && errno != EINTR)
			return false;
		bytes.at += put > 0 ? put : 0;
		bytes.len -= put > 0 ? (size_t)put : 0;
	}
	return true;
}

/* The rights of a new file, which a temporary one does not get by itself. */
static mode_t mode_new(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

int file_write(const char *name, struct octets bytes, bool is_private, struct refusal *why)
{
	char temporary[PATH_MAX];
	bool done;
	int fd;

	if (!strcmp(name, "-"))
		return all_write(STDOUT_FILENO, bytes) ? 0 :
		       refusal_set(why, REASON_OUTPUT, "standard output: %s", strerror(errno));
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", name) >= (int)sizeof(temporary))
		return refusal_set(why, REASON_OUTPUT, "the name is too long");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return refusal_set(why, REASON_OUTPUT, "%s: %s", name, strerror(errno));
	done = all_write(fd, bytes) && (is_private || !fchmod(fd, mode_new())) && !fsync(fd);
	if (done && !rename(temporary, name)) {
		close(fd);
		return 0;
	}
	refusal_set(why, REASON_OUTPUT, "%s: %s", name, strerror(errno));
	close(fd);
	unlink(temporary);
	return -reason_words(REASON_OUTPUT)->error;
}

const char *file_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

X509 *certificate_load(const char *name, struct refusal *why)
{
	struct crypto_objects objects;
	X509 *certificate;

	if (crypto_load(&objects, name, REASON_FILE_STORE, why))
		return NULL;
	certificate = sk_X509_shift(objects.certificates);
	crypto_objects_clear(&objects);
	if (!certificate)
		refusal_set(why, REASON_FILE_STORE, "%s: no certificate", name);
	return certificate;
}

EVP_PKEY *key_load(const char *name, struct refusal *why)
{
	struct crypto_objects objects;
	EVP_PKEY *key;

	if (crypto_load(&objects, name, REASON_FILE_STORE, why))
		return NULL;
	key = objects.key;
	objects.key = NULL;
	crypto_objects_clear(&objects);
	if (!key)
		refusal_set(why, REASON_FILE_STORE, "%s: no private key", name);
	return key;
}
