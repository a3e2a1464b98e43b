/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of trust.h share. */
#ifndef PHONESECD_TRUST_IMPL_H
#define PHONESECD_TRUST_IMPL_H

#include "crypto.h"
#include "trust_lists.h"
#include "vouched.h"

/**
 * struct trust - the store
 * @store: anchors
 * @pinned: vouches for itself, and nothing else counts
 * @lists, @vouched: who name certificates themselves
 * @roles: in which they must do so, as bits
 * @takes_sha1: a list may name them by SHA-1
 * @newest: seconds since 1970 that are past for sure
 * @revoked, @revoked_count: fingerprints
 * @unknown: of the last handshake
 */
struct trust {
	unsigned int references;
	X509_STORE *store;
	X509 *pinned;
	struct trust_lists lists;
	struct vouched vouched;
	uint32_t roles;
	bool takes_sha1;
	int64_t newest;
	unsigned char (*revoked)[CRYPTO_FINGERPRINT_LEN];
	size_t revoked_count;
	X509 *unknown;
};

/* Lists, words of verification servers and revoked ones, without anchors: for signers of files. */
int trust_load_signers(struct trust **trust, const struct settings *settings, enum trust_use use,
		       struct refusal *why);

/* Whether a certificate must not be used any more; in doubt it must not. */
bool trust_is_revoked(const struct trust *trust, const X509 *certificate);

#endif
