/* SPDX-License-Identifier: Apache-2.0 */
/* Which sizes of RSA and which digests are taken for what: one table. */
#ifndef PHONESEC_KEY_POLICY_H
#define PHONESEC_KEY_POLICY_H

#include <stdbool.h>
#include <stdio.h>

/* What a key or a signature is for. */
enum key_use {
	KEY_USE_OWN, /* keys of this phone, which it makes or is given */
	KEY_USE_SERVER, /* certificates that servers show over TLS */
	KEY_USE_FILE, /* who signs trust lists, configurations and images */
	KEY_USES,
};

enum { KEY_DIGESTS_MAX = 4 };

/**
 * struct key_policy - what is taken for one use
 * @name: the use in words
 * @rsa_least: bits of RSA that are always taken, FIPS mode included
 * @rsa_old: bits that are taken, not in FIPS mode, where @setting says so; as @rsa_least
 *           where no setting does
 * @setting: key of phonesecd.conf that says so, or NULL
 * @digests: of signatures, always, as OpenSSL names them; none where nobody's signature is
 *           relied on
 * @digests_old: with @setting, beside them
 */
struct key_policy {
	const char *name;
	int rsa_least;
	int rsa_old;
	const char *setting;
	const char *digests[KEY_DIGESTS_MAX];
	const char *digests_old[KEY_DIGESTS_MAX];
};

/* The policy of a use. */
const struct key_policy *key_policy(enum key_use use);

/* Whether RSA of this many bits is taken; @old_allowed where the setting says so, and not in FIPS
 * mode.
 */
bool key_policy_rsa(enum key_use use, int bits, bool old_allowed);

/* The same for the digest of a signature, as "SHA256"; NULL, an unknown one, is never taken. */
bool key_policy_digest(enum key_use use, const char *digest, bool old_allowed);

/* Writes the table as the manual page has it (mdoc). */
void key_policy_manual(FILE *stream);

#endif
