// SPDX-License-Identifier: Apache-2.0
/* The last good configuration on disk, and the key that it comes encrypted for. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "../lib/wiped_memory.h"
#include "crypto.h"
#include "fips.h"
#include "identity.h"
#include "log.h"
#include "provision_impl.h"
#include "state_file.h"

enum {
	STATE_SIZE_MAX = 4096,
	PATH_SIZE = PATH_MAX + 32,
	MD5_LEN = 16,
	SHA256_LEN = 32,
};

static void digits_write(const unsigned char *bytes, size_t len, char *text)
{
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

bool provision_digest(struct octets text, char digest[65])
{
	unsigned char bytes[SHA256_LEN];
	OSSL_LIB_CTX *library;
	struct refusal why;

	if (crypto_library(&library, &why) ||
	    !EVP_Q_digest(library, "SHA256", NULL, text.at, text.len, bytes, NULL))
		return false;
	digits_write(bytes, sizeof(bytes), digest);
	return true;
}

static void path_write(const struct provision *provision, const char *file, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", provision->folder, file);
}

/* What is written with it counts only for the very same file. */
static void state_read(const struct provision *provision, struct octets text,
		       struct provision_stored *stored)
{
	char path[PATH_SIZE], digest[65];
	const char *fault, *named;
	struct octets bytes;
	json_t *state, *entry;

	*stored = (struct provision_stored){ 0 };
	path_write(provision, "state.json", path);
	if (!provision_digest(text, digest) ||
	    state_file_read(path, &bytes, STATE_SIZE_MAX, &fault))
		return;
	state = json_loadb((const char *)bytes.at, bytes.len, JSON_REJECT_DUPLICATES, NULL);
	free((void *)bytes.at);
	entry = state;
	named = json_string_value(json_object_get(entry, "sha256"));
	if (!named || strcmp(named, digest)) {
		entry = json_object_get(state, "before");
		named = json_string_value(json_object_get(entry, "sha256"));
	}
	if (named && !strcmp(named, digest)) {
		stored->fetched = json_integer_value(json_object_get(entry, "fetched"));
		stored->is_signed = json_is_true(json_object_get(entry, "signed"));
	}
	memcpy(stored->digest, digest, sizeof(digest));
	json_decref(state);
}

bool provision_store_load(const struct provision *provision, struct phone_config **config,
			  struct provision_stored *stored)
{
	char path[PATH_SIZE];
	const char *fault;
	struct octets text;
	struct refusal why;
	int err;

	path_write(provision, "config.xml", path);
	err = state_file_read(path, &text, PHONE_CONFIG_SIZE_MAX, &fault);
	if (err == -ENOENT)
		return false;
	if (err) {
		refusal_set(&why, REASON_SYSTEM, "%s: %s", path, fault);
	} else {
		err = phone_config_read(config, text, &why);
		if (!err)
			state_read(provision, text, stored);
		wiped_free((void *)text.at);
	}
	if (err)
		log_refusal(LOG_CONFIG_REFUSED, &why, "the configuration of before");
	return !err;
}

#define STATE_FORMAT "\"fetched\": %" PRId64 ", \"signed\": %s, \"sha256\": \"%s\""

/* That of the file of before stays beside it: power may be cut before the file is another one. */
static int state_write(const struct provision *provision, const struct provision_stored *stored,
		       struct refusal *why)
{
	const struct provision_stored *before = &provision->stored;
	char path[PATH_SIZE], text[STATE_SIZE_MAX];
	int len;

	path_write(provision, "state.json", path);
	len = snprintf(text, sizeof(text), "{" STATE_FORMAT ", \"before\": {" STATE_FORMAT "}}\n",
		       stored->fetched, stored->is_signed ? "true" : "false", stored->digest,
		       before->fetched, before->is_signed ? "true" : "false", before->digest);
	return state_file_write(path, text, (size_t)len, why);
}

int provision_store_save(const struct provision *provision, struct octets text,
			 const struct provision_stored *stored, struct refusal *why)
{
	char path[PATH_SIZE];
	int err;

	if (mkdir(provision->folder, 0700) && errno != EEXIST)
		return refusal_set(why, REASON_SYSTEM, "%s: %m", provision->folder);
	err = state_write(provision, stored, why);
	if (err)
		return err;
	path_write(provision, "config.xml", path);
	return state_file_write(path, text.at, text.len, why);
}

/* Returns false where there is no MD5, as in FIPS mode; it is no protection here, but a name. */
static bool hash_write(const X509 *certificate, char hash[PHONE_CONFIG_HASH_LEN + 1])
{
	unsigned char bytes[MD5_LEN], *der = NULL;
	OSSL_LIB_CTX *library;
	struct refusal why;
	bool made;
	int len;

	len = i2d_X509(certificate, &der);
	made = len > 0 && !crypto_library(&library, &why) &&
	       EVP_Q_digest(library, "MD5", "-fips", der, (size_t)len, bytes, NULL);
	if (made)
		digits_write(bytes, sizeof(bytes), hash);
	OPENSSL_free(der);
	return made;
}

/* What FIPS mode has no use for is as good as not there, and CAPF makes another one. */
static bool key_load(struct identity *identity, const struct settings *settings,
		     const struct settings_identity *named, struct refusal *why)
{
	if (!*named->certificate || identity_load(identity, named, why))
		return false;
	if (!fips_key_allowed(settings->fips_keys, identity->key, named->certificate, why))
		return true;
	identity_clear(identity);
	return false;
}

/* Whether the servers mean this certificate; where that cannot be told, trying will show it. */
static bool is_meant(const struct identity *identity, const char *hash)
{
	char own[PHONE_CONFIG_HASH_LEN + 1];

	return !hash_write(identity->certificate, own) || !strcasecmp(own, hash);
}

int provision_key_find(const struct settings *settings, const char *hash, EVP_PKEY **key,
		       enum provision_enrolment *reason, struct refusal *why)
{
	const struct settings_identity *named[] = { &settings->lsc, &settings->mic };
	struct identity identity;
	bool any = false;
	int err;

	*reason = PROVISION_ENROL_MISSING;
	err = fips_keys_allowed(settings->fips_keys, why);
	if (err)
		return err;
	for (size_t i = 0; *hash && i < sizeof(named) / sizeof(*named); i++) {
		if (!key_load(&identity, settings, named[i], why))
			continue;
		any = true;
		if (is_meant(&identity, hash) && EVP_PKEY_up_ref(identity.key)) {
			*key = identity.key;
			identity_clear(&identity);
			return 0;
		}
		identity_clear(&identity);
	}
	if (any)
		*reason = PROVISION_ENROL_MISMATCH;
	return refusal_set(why, REASON_CONFIG_ENROL, "%s",
			   !*hash ? "the servers know no certificate of this phone" :
			   any ? "the servers know another certificate of this phone" :
				 "this phone has no certificate that can be used");
}
