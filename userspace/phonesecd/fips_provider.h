/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's FIPS provider in a library context, and whether it is really there: OpenSSL goes on
 * quietly without it, and says that it is in FIPS mode. For the files fips*.c only.
 */
#ifndef PHONESECD_FIPS_PROVIDER_H
#define PHONESECD_FIPS_PROVIDER_H

#include <openssl/crypto.h>
#include <openssl/provider.h>

#include "fips.h"

/**
 * struct fips_place - where the provider comes from
 * @module: its file
 * @config: what 'openssl fipsinstall' wrote for it, of which the checksum is used
 * @written: file that is written for OpenSSL; it stays
 * @spoil: description of a self-test that is made to fail, to see what comes of it; else NULL
 */
struct fips_place {
	const char *module;
	const char *config;
	const char *written;
	const char *spoil;
};

/**
 * struct fips_provider - the provider in use
 * @library: has it and the base provider alone, and fetches with fips=yes
 * @fips, @base: both
 * @version: of the FIPS provider
 */
struct fips_provider {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *fips;
	OSSL_PROVIDER *base;
	char version[FIPS_VERSION_MAX];
};

/**
 * fips_provider_open - load the provider and have it test itself, its file and all algorithms
 * @provider: filled in, the caller's until fips_provider_close()
 * @place: where it is
 * @why: on refusal REASON_FIPS_PROVIDER, REASON_FIPS_SELF_TEST or REASON_FIPS_ALGORITHM
 *
 * Return: 0, or the -errno of the reason.
 */
int fips_provider_open(struct fips_provider *provider, const struct fips_place *place,
		       struct refusal *why);
void fips_provider_close(struct fips_provider *provider);

/* Kinds of algorithms, as OpenSSL fetches them. */
enum fips_kind {
	FIPS_DIGEST,
	FIPS_CIPHER,
	FIPS_MAC,
	FIPS_KDF,
	FIPS_SIGNATURE,
	FIPS_EXCHANGE,
	FIPS_KEY,
};

/* Whether this very algorithm comes from the FIPS provider. */
bool fips_provider_has(OSSL_LIB_CTX *library, enum fips_kind kind, const char *name);

/* Whether this cipher can be had, and encrypts. */
bool fips_provider_encrypts(OSSL_LIB_CTX *library, const char *name);

/* Algorithms that must be had, and such as must not be; both end with a NULL name. */
struct fips_algorithm {
	enum fips_kind kind;
	const char *name;
};

extern const struct fips_algorithm fips_needed[];
extern const struct fips_algorithm fips_refused[];

#endif
