// SPDX-License-Identifier: Apache-2.0
#include "secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct secret {
	size_t mapped;
	size_t size;
	size_t len;
	unsigned char bytes[];
};

struct secret *secret_new(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t mapped = (sizeof(struct secret) + size + page - 1) / page * page;
	struct secret *secret;

	/* Pages of its own: locking and advice work by the page, and nothing else lies beside. */
	secret = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret == MAP_FAILED)
		return NULL;
	(void)mlock(secret, mapped);
	(void)madvise(secret, mapped, MADV_DONTDUMP);
	(void)madvise(secret, mapped, MADV_DONTFORK);
	secret->mapped = mapped;
	secret->size = size;
	return secret;
}

void secret_free(struct secret *secret)
{
	size_t mapped;

	if (!secret)
		return;
	mapped = secret->mapped;
	explicit_bzero(secret, mapped);
	munmap(secret, mapped);
}

bool secret_append(struct secret *secret, unsigned char byte)
{
	if (secret->len == secret->size)
		return false;
	secret->bytes[secret->len++] = byte;
	return true;
}

struct secret *secret_copy(const struct secret *secret)
{
	size_t len = secret_len(secret);
	struct secret *copy = len ? secret_new(len) : NULL;

	for (size_t i = 0; copy && i < len; i++)
		(void)secret_append(copy, secret_bytes(secret)[i]);
	return copy;
}

void secret_shorten(struct secret *secret, size_t count)
{
	if (count > secret->len)
		count = secret->len;
	secret->len -= count;
	explicit_bzero(secret->bytes + secret->len, count);
}

size_t secret_len(const struct secret *secret)
{
	return secret->len;
}

const unsigned char *secret_bytes(const struct secret *secret)
{
	return secret->bytes;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
	unsigned char differ = 0;
	size_t i;

	if (a->len != b->len)
		return false;
	for (i = 0; i < a->len; i++)
		differ |= a->bytes[i] ^ b->bytes[i];
	return !differ;
}

int secret_fill(struct secret *secret, int fd)
{
	unsigned char more;
	ssize_t got;

	secret_shorten(secret, secret->len);
	do {
		bool full = secret->len == secret->size;

		got = full ? read(fd, &more, 1)
			   : read(fd, secret->bytes + secret->len, secret->size - secret->len);
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0 && full) {
			explicit_bzero(&more, sizeof(more));
			return -EMSGSIZE;
		}
		if (got > 0)
			secret->len += (size_t)got;
	} while (got);
	return 0;
}

void secret_protect_process(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void secret_cleanup(struct secret **secret)
{
	secret_free(*secret);
}
