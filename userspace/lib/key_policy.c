// SPDX-License-Identifier: Apache-2.0
#include "key_policy.h"

#include <string.h>

enum {
	RSA_SAFE = 2048, /* 112 bits of security: SP 800-131A */
	RSA_OLD_FILES = 1024, /* what the security tokens of old call managers sign with */
	RSA_OLD_KEYS = 512, /* the smallest that a CAPF server asks for */
};

static const struct key_policy policies[KEY_USES] = {
	[KEY_USE_OWN] = { "Keys of this phone", RSA_SAFE, RSA_OLD_KEYS,
		"[identity] rsa-below-2048", { NULL }, { NULL } },
	[KEY_USE_SERVER] = { "Servers over TLS", RSA_SAFE, RSA_SAFE, NULL,
		{ "SHA256", "SHA384", "SHA512" }, { NULL } },
	[KEY_USE_FILE] = { "Signers of files", RSA_SAFE, RSA_OLD_FILES,
		"[trust] sha1-files", { "SHA256", "SHA512" }, { "SHA1" } },
};

const struct key_policy *key_policy(enum key_use use)
{
	return &policies[use];
}

bool key_policy_rsa(enum key_use use, int bits, bool old_allowed)
{
	return bits >= (old_allowed ? policies[use].rsa_old : policies[use].rsa_least);
}

static bool is_among(const char *const digests[KEY_DIGESTS_MAX], const char *digest)
{
	for (size_t i = 0; i < KEY_DIGESTS_MAX && digests[i]; i++)
		if (!strcmp(digests[i], digest))
			return true;
	return false;
}

bool key_policy_digest(enum key_use use, const char *digest, bool old_allowed)
{
	const struct key_policy *policy = &policies[use];

	if (!digest)
		return false;
	return is_among(policy->digests, digest) ||
	       (old_allowed && is_among(policy->digests_old, digest));
}

/* "SHA256" is written as people write it. */
static void digests_manual(FILE *stream, const char *before,
			   const char *const digests[KEY_DIGESTS_MAX])
{
	for (size_t i = 0; i < KEY_DIGESTS_MAX && digests[i]; i++)
		fprintf(stream, "%sSHA-%s", i ? ", " : before, digests[i] + strlen("SHA"));
}

void key_policy_manual(FILE *stream)
{
	fputs(".Bl -tag -width Ds\n", stream);
	for (enum key_use use = 0; use < KEY_USES; use++) {
		const struct key_policy *policy = &policies[use];

		fprintf(stream, ".It %s\nRSA from %d bits on", policy->name, policy->rsa_least);
		digests_manual(stream, "; signatures with ", policy->digests);
		fputs(".\n", stream);
		if (!policy->setting)
			continue;
		fprintf(stream, "With %s also RSA from %d bits on", policy->setting,
			policy->rsa_old);
		digests_manual(stream, ", and ", policy->digests_old);
		fputs("; in FIPS mode not even then.\n", stream);
	}
	fputs(".El\n", stream);
}
