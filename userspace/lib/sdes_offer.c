// SPDX-License-Identifier: Apache-2.0
#include "sdes_offer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

enum { MASTER_LEN_MAX = 44 };

static int master_create(struct secret *master, size_t len)
{
	unsigned char bytes[MASTER_LEN_MAX];
	int err = RAND_priv_bytes(bytes, (int)len) == 1 ? 0 : -EIO;

	for (size_t i = 0; i < len && !err; i++)
		secret_append(master, bytes[i]);
	explicit_bzero(bytes, sizeof(bytes));
	return err;
}

int sdes_create(struct sdes *sdes, uint32_t tag, enum nf_srtp_suite suite, struct refusal *why)
{
	size_t len = sdes_master_len(suite);

	*sdes = (struct sdes){ .tag = tag, .suite = suite, .lifetime = SDES_LIFETIME_MAX };
	sdes->master = secret_new(len);
	if (!sdes->master)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!master_create(sdes->master, len))
		return 0;
	sdes_clear(sdes);
	return refusal_set(why, REASON_RANDOM, "%s", "");
}

int sdes_copy(struct sdes *copy, const struct sdes *sdes)
{
	size_t len = secret_len(sdes->master);

	*copy = *sdes;
	copy->master = secret_new(len);
	if (!copy->master)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		secret_append(copy->master, secret_bytes(sdes->master)[i]);
	return 0;
}

/* "|2^20" or "|1000", nothing for the longest one (RFC 4568 section 6.1). */
static size_t lifetime_write(uint64_t lifetime, char *text, size_t size)
{
	unsigned int power = 0;

	if (lifetime == SDES_LIFETIME_MAX)
		return 0;
	while (lifetime >> power > 1)
		power++;
	if (lifetime == UINT64_C(1) << power)
		return (size_t)snprintf(text, size, "|2^%u", power);
	return (size_t)snprintf(text, size, "|%llu", (unsigned long long)lifetime);
}

/* "|MKI:LENGTH"; identifiers of more than eight bytes are not ours. */
static size_t mki_write(const struct sdes *sdes, char *text, size_t size)
{
	unsigned long long value = 0;

	if (!sdes->mki_len)
		return 0;
	for (size_t i = 0; i < sdes->mki_len; i++)
		value = value << 8 | sdes->mki[i];
	return (size_t)snprintf(text, size, "|%llu:%u", value, sdes->mki_len);
}

size_t sdes_write(const struct sdes *sdes, char text[SDES_TEXT_MAX])
{
	size_t len;

	len = (size_t)snprintf(text, SDES_TEXT_MAX, "a=crypto:%u %s inline:", sdes->tag,
			       sdes_suite_name(sdes->suite));
	len += (size_t)EVP_EncodeBlock((unsigned char *)text + len, secret_bytes(sdes->master),
				       (int)secret_len(sdes->master));
	len += lifetime_write(sdes->lifetime, text + len, SDES_TEXT_MAX - len);
	len += mki_write(sdes, text + len, SDES_TEXT_MAX - len);
	return len;
}
