// SPDX-License-Identifier: Apache-2.0
/* Which identity is for what. */
#include <string.h>

#include "calendar.h"
#include "fips.h"
#include "key_place.h"
#include "keystore_impl.h"

/* What each use has by itself, the first one first. */
static const char *const wanted[][2] = {
	[IDENTITY_USE_LSC_FIRST] = { KEYSTORE_LSC, KEYSTORE_MIC },
	[IDENTITY_USE_MIC_FIRST] = { KEYSTORE_MIC, KEYSTORE_LSC },
	[IDENTITY_USE_FILES] = { KEYSTORE_LSC, KEYSTORE_MIC },
	[IDENTITY_USE_LAN] = { KEYSTORE_LSC, KEYSTORE_MIC },
	[IDENTITY_USE_WLAN] = { KEYSTORE_MIC, NULL },
};

/* The LSC stays the LSC under whatever name it was imported. */
static bool is_lsc(const struct keystore *keystore, const struct identity *identity)
{
	struct identity lsc;
	struct refusal why;
	bool same;

	if (identity_load(&lsc, &keystore->lsc, &why))
		return false;
	same = EVP_PKEY_eq(X509_get0_pubkey(lsc.certificate),
			   X509_get0_pubkey(identity->certificate)) == 1;
	identity_clear(&lsc);
	return same;
}

/* Rules of a use that do not depend on what else there is. */
static int use_check(const struct keystore *keystore, enum identity_use use, const char *name,
		     const struct identity *identity, struct refusal *why)
{
	struct key_kind kind = { 0 };

	if (use == IDENTITY_USE_WLAN &&
	    (!strcmp(name, KEYSTORE_LSC) || is_lsc(keystore, identity)))
		return refusal_set(why, REASON_IDENTITY_WLAN, "%s", name);
	if (use == IDENTITY_USE_FILES &&
	    (!key_kind_of(&kind, identity->key) || kind.type != KEY_TYPE_RSA))
		return refusal_set(why, REASON_FILE_KEY, "the key of the %s is not RSA", name);
	return 0;
}

static int use_load(const struct keystore *keystore, enum identity_use use, const char *name,
		    struct identity *identity, struct settings_identity *named,
		    struct refusal *why)
{
	int err;

	err = keystore_where(keystore, name, named, why);
	if (!err)
		err = fips_keys_allowed(keystore->fips_keys, why);
	if (!err)
		err = identity_load(identity, named, why);
	if (err)
		return err;
	err = use_check(keystore, use, name, identity, why);
	if (!err)
		err = fips_key_allowed(keystore->fips_keys, identity->key, name, why);
	if (err) {
		identity_clear(identity);
		return err;
	}
	if (!*named->key && key_uri(identity->key))
		strcpy(named->key, key_uri(identity->key));
	return 0;
}

/* With a clock that is wrong none is better than another. */
static bool is_timely(const struct identity *identity)
{
	int64_t now = calendar_now();
	struct refusal why;

	return !identity_time_check(identity->certificate, now, &why) ||
	       why.code == REASON_CLOCK_WRONG;
}

/* Whether another one may take the place of what was refused for this reason. */
static bool may_go_on(enum reason_code code)
{
	return code == REASON_IDENTITY_MISSING || code == REASON_FILE_KEY;
}

static int use_choose(const struct keystore *keystore, enum identity_use use,
		      struct identity *identity, struct settings_identity *named,
		      struct refusal *why)
{
	struct settings_identity other_named;
	struct identity other = { 0 };
	struct refusal unused;
	int err;

	err = use_load(keystore, use, wanted[use][0], identity, named, why);
	if ((err && !may_go_on(why->code)) || (!err && is_timely(identity)) || !wanted[use][1])
		return err;
	if (use_load(keystore, use, wanted[use][1], &other, &other_named, &unused)) {
		/* The first one that is missing is what people wait for. */
		if (err && !may_go_on(unused.code))
			*why = unused;
		return err;
	}
	if (err || is_timely(&other)) {
		if (!err)
			identity_clear(identity);
		*identity = other;
		*named = other_named;
	} else {
		identity_clear(&other);
	}
	return 0;
}

int keystore_identity_for(const struct keystore *keystore, enum identity_use use,
			  const char *name, struct identity *identity,
			  struct settings_identity *named, struct refusal *why)
{
	struct settings_identity place;
	int err;

	if (!name) {
		err = use_choose(keystore, use, identity, &place, why);
	} else if (use == IDENTITY_USE_WLAN && !strcmp(name, KEYSTORE_LSC)) {
		/* Told as such even where there is none yet. */
		err = refusal_set(why, REASON_IDENTITY_WLAN, "%s", name);
	} else {
		err = use_load(keystore, use, name, identity, &place, why);
		if (err && why->code == REASON_IDENTITY_MISSING && strcmp(name, KEYSTORE_LSC) &&
		    strcmp(name, KEYSTORE_MIC))
			err = refusal_set(why, REASON_IDENTITY_UNKNOWN, "%s", name);
	}
	if (!err && named)
		*named = place;
	return err;
}
