// SPDX-License-Identifier: Apache-2.0
#include "key_kind.h"

#include <stdio.h>
#include <string.h>

#include "../lib/kernel_fips.h"
#include "../lib/key_policy.h"

static const struct key_kind kinds[] = {
	{ KEY_TYPE_RSA, 512 }, { KEY_TYPE_RSA, 1024 }, { KEY_TYPE_RSA, 2048 },
	{ KEY_TYPE_RSA, 3072 }, { KEY_TYPE_RSA, 4096 },
	{ KEY_TYPE_EC, 256 }, { KEY_TYPE_EC, 384 }, { KEY_TYPE_EC, 521 },
};

static bool is_known(const struct key_kind *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].type == kind->type && kinds[i].bits == kind->bits)
			return true;
	return false;
}

void key_kind_text(const struct key_kind *kind, char text[KEY_KIND_TEXT_MAX])
{
	snprintf(text, KEY_KIND_TEXT_MAX, kind->type == KEY_TYPE_RSA ? "RSA %u" : "EC P-%u",
		 kind->bits);
}

int key_kind_check(const struct key_kind *kind, bool weak_allowed, struct refusal *why)
{
	char text[KEY_KIND_TEXT_MAX];
	bool weak = kind->type == KEY_TYPE_RSA &&
		    !key_policy_rsa(KEY_USE_OWN, (int)kind->bits, false);

	key_kind_text(kind, text);
	if (!is_known(kind))
		return refusal_set(why, REASON_IDENTITY_KEY_KIND, "%s", text);
	if (weak && fips_enabled(FIPS_FILE))
		return refusal_set(why, REASON_IDENTITY_KEY_WEAK, "%s, in FIPS mode", text);
	if (weak && !weak_allowed)
		return refusal_set(why, REASON_IDENTITY_KEY_WEAK, "%s", text);
	return 0;
}

/* One of the three curves that there are; others of their sizes are not meant. */
static bool is_of_nist(const EVP_PKEY *key)
{
	static const char *const names[] = {
		"prime256v1", "P-256", "secp384r1", "P-384", "secp521r1", "P-521",
	};
	char name[32];

	if (!EVP_PKEY_get_group_name(key, name, sizeof(name), NULL))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

bool key_kind_of(struct key_kind *kind, const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (bits <= 0)
		return false;
	kind->bits = (unsigned int)bits;
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
		kind->type = KEY_TYPE_RSA;
		return true;
	}
	kind->type = KEY_TYPE_EC;
	return EVP_PKEY_is_a(key, "EC") && is_of_nist(key);
}

bool key_kind_parse(struct key_kind *kind, const char *text)
{
	static const char *const types[] = { [KEY_TYPE_RSA] = "rsa-", [KEY_TYPE_EC] = "ec-" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		char word[KEY_KIND_TEXT_MAX];

		snprintf(word, sizeof(word), "%s%u", types[kinds[i].type], kinds[i].bits);
		if (strcmp(text, word))
			continue;
		*kind = kinds[i];
		return true;
	}
	return false;
}
