// SPDX-License-Identifier: Apache-2.0
#include "fips_provider.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/self_test.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/crypto_error.h"
#include "state_file.h"

enum {
	/* HMAC-SHA-256 in hexadecimal with a colon after each but the last octet. */
	MAC_TEXT_LEN = 32 * 3 - 1,
	LINE_MAX_LEN = 512,
	WRITTEN_MAX = PATH_MAX + 1024,
};

const struct fips_algorithm fips_needed[] = {
	{ FIPS_DIGEST, "SHA256" }, { FIPS_DIGEST, "SHA384" }, { FIPS_DIGEST, "SHA512" },
	{ FIPS_CIPHER, "AES-128-GCM" }, { FIPS_CIPHER, "AES-256-GCM" },
	{ FIPS_CIPHER, "AES-128-CBC" }, { FIPS_MAC, "HMAC" }, { FIPS_KDF, "TLS1-PRF" },
	{ FIPS_KDF, "TLS13-KDF" }, { FIPS_KDF, "HKDF" }, { FIPS_KDF, "PBKDF2" },
	{ FIPS_SIGNATURE, "RSA" }, { FIPS_SIGNATURE, "ECDSA" }, { FIPS_EXCHANGE, "ECDH" },
	{ FIPS_KEY, "RSA" }, { FIPS_KEY, "EC" }, { FIPS_KEY, NULL },
};

const struct fips_algorithm fips_refused[] = {
	{ FIPS_DIGEST, "MD5" }, { FIPS_DIGEST, "MD4" }, { FIPS_DIGEST, "MD5-SHA1" },
	{ FIPS_DIGEST, "RIPEMD160" }, { FIPS_DIGEST, "SM3" }, { FIPS_CIPHER, "RC4" },
	{ FIPS_CIPHER, "DES-CBC" },
	{ FIPS_CIPHER, "CHACHA20-POLY1305" }, { FIPS_CIPHER, "CAMELLIA-128-CBC" },
	{ FIPS_MAC, "POLY1305" }, { FIPS_KDF, "SCRYPT" }, { FIPS_EXCHANGE, "X25519" },
	{ FIPS_EXCHANGE, "X448" }, { FIPS_KEY, "X25519" }, { FIPS_KEY, "SM2" },
	{ FIPS_KEY, NULL },
};

/* What the provider says of the self-test that runs. */
struct watch {
	const char *spoil;
	char failed[128];
};

static const char *text_of(const OSSL_PARAM *params, const char *key)
{
	const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, key);
	const char *text = "";

	return param && OSSL_PARAM_get_utf8_string_ptr(param, &text) ? text : "";
}

/* Zero in the phase for it has the provider spoil the result of the test. */
static int self_test_watch(const OSSL_PARAM *params, void *owner)
{
	const char *phase = text_of(params, OSSL_PROV_PARAM_SELF_TEST_PHASE);
	const char *what = text_of(params, OSSL_PROV_PARAM_SELF_TEST_DESC);
	struct watch *watch = owner;

	if (!strcmp(phase, OSSL_SELF_TEST_PHASE_FAIL) && !*watch->failed)
		snprintf(watch->failed, sizeof(watch->failed), "%s, %s",
			 text_of(params, OSSL_PROV_PARAM_SELF_TEST_TYPE), what);
	return strcmp(phase, OSSL_SELF_TEST_PHASE_CORRUPT) || !watch->spoil ||
	       strcmp(what, watch->spoil);
}

/* The checksum of a line as "module-mac = 12:AB:..."; NULL when the line is another one. */
static const char *mac_of(char *line)
{
	static const char key[] = "module-mac";
	char *value;
	size_t len;

	if (strncmp(line, key, sizeof(key) - 1))
		return NULL;
	value = line + sizeof(key) - 1;
	value += strspn(value, " \t");
	if (*value++ != '=')
		return NULL;
	value += strspn(value, " \t");
	len = strspn(value, "0123456789ABCDEFabcdef:");
	if (len != MAC_TEXT_LEN || value[len + strspn(value + len, " \t\r\n")])
		return NULL;
	value[len] = '\0';
	return value;
}

static int mac_read(char mac[MAC_TEXT_LEN + 1], const char *file, struct refusal *why)
{
	FILE *stream = fopen(file, "re");
	const char *found = NULL;
	char line[LINE_MAX_LEN];

	if (!stream)
		return refusal_set(why, REASON_FIPS_PROVIDER, "%s: %m", file);
	while (!found && fgets(line, sizeof(line), stream))
		found = mac_of(line);
	if (found)
		memcpy(mac, found, MAC_TEXT_LEN + 1);
	fclose(stream);
	return found ? 0 : refusal_set(why, REASON_FIPS_PROVIDER, "%s: no module-mac in it", file);
}

/* Whether a path means itself in a configuration of OpenSSL. */
static bool is_plain(const char *path)
{
	while (isalnum((unsigned char)*path) || (*path && strchr("/._+-:,@=", *path)))
		path++;
	return !*path;
}

static int config_write(const struct fips_place *place, struct refusal *why)
{
	char mac[MAC_TEXT_LEN + 1], text[WRITTEN_MAX];
	int err, len;

	if (access(place->module, R_OK))
		return refusal_set(why, REASON_FIPS_PROVIDER, "%s: %m", place->module);
	if (!is_plain(place->module))
		return refusal_set(why, REASON_FIPS_PROVIDER, "%s: a character of its name",
				   place->module);
	err = mac_read(mac, place->config, why);
	if (err)
		return err;
	/* Nothing says that self-tests were run before: they run each time. */
	len = snprintf(text, sizeof(text),
		       "# Written by phonesecd\nopenssl_conf = phonesec\n[phonesec]\n"
		       "providers = providers\nalg_section = algorithms\n"
		       "[providers]\nfips = fips\nbase = base\n"
		       "[base]\nactivate = 1\n"
		       "[fips]\nmodule = %s\nactivate = 1\nconditional-errors = 1\n"
		       "security-checks = 1\ntdes-encrypt-disabled = 1\nmodule-mac = %s\n"
		       "[algorithms]\ndefault_properties = fips=yes\n", place->module, mac);
	return state_file_write(place->written, text, (size_t)len, why);
}

/* What fetched it, by its name; NULL when nobody has it. */
#define FETCHED(type, prefix, name) do { \
	type *got = prefix##_fetch(library, name, NULL); \
	from = got ? prefix##_get0_provider(got) : NULL; \
	is_fips = from && !strcmp(OSSL_PROVIDER_get0_name(from), "fips"); \
	is_there = got; \
	prefix##_free(got); \
} while (0)

/* Whether anybody has the algorithm, and whether that is the FIPS provider. */
static bool algorithm_look(OSSL_LIB_CTX *library, enum fips_kind kind, const char *name,
			   bool *from_fips)
{
	const OSSL_PROVIDER *from;
	bool is_fips = false, is_there = false;

	switch (kind) {
	case FIPS_DIGEST:
		FETCHED(EVP_MD, EVP_MD, name);
		break;
	case FIPS_CIPHER:
		FETCHED(EVP_CIPHER, EVP_CIPHER, name);
		break;
	case FIPS_MAC:
		FETCHED(EVP_MAC, EVP_MAC, name);
		break;
	case FIPS_KDF:
		FETCHED(EVP_KDF, EVP_KDF, name);
		break;
	case FIPS_SIGNATURE:
		FETCHED(EVP_SIGNATURE, EVP_SIGNATURE, name);
		break;
	case FIPS_EXCHANGE:
		FETCHED(EVP_KEYEXCH, EVP_KEYEXCH, name);
		break;
	case FIPS_KEY:
		FETCHED(EVP_KEYMGMT, EVP_KEYMGMT, name);
		break;
	}
	ERR_clear_error();
	*from_fips = is_fips;
	return is_there;
}

bool fips_provider_has(OSSL_LIB_CTX *library, enum fips_kind kind, const char *name)
{
	bool from_fips;

	return algorithm_look(library, kind, name, &from_fips) && from_fips;
}

/*
 * Three keys of DES are still fetched, as what was encrypted with them may be decrypted; since 2024
 * nothing may be encrypted (SP 800-131A), and a provider that knows no such rule is too old.
 */
bool fips_provider_encrypts(OSSL_LIB_CTX *library, const char *name)
{
	static const unsigned char key[EVP_MAX_KEY_LENGTH] = "12345678abcdefgh87654321";
	static const unsigned char iv[EVP_MAX_IV_LENGTH];
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(library, name, NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	bool does;

	does = cipher && context && EVP_EncryptInit_ex2(context, cipher, key, iv, NULL) == 1;
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(cipher);
	ERR_clear_error();
	return does;
}

static int algorithms_check(OSSL_LIB_CTX *library, struct refusal *why)
{
	const struct fips_algorithm *one;
	bool from_fips;

	for (one = fips_needed; one->name; one++)
		if (!fips_provider_has(library, one->kind, one->name))
			return refusal_set(why, REASON_FIPS_ALGORITHM, "%s is not of it",
					   one->name);
	for (one = fips_refused; one->name; one++)
		if (algorithm_look(library, one->kind, one->name, &from_fips))
			return refusal_set(why, REASON_FIPS_ALGORITHM, "%s can be had", one->name);
	if (fips_provider_encrypts(library, "DES-EDE3-CBC"))
		return refusal_set(why, REASON_FIPS_ALGORITHM, "DES-EDE3-CBC encrypts");
	return 0;
}

static int other_find(OSSL_PROVIDER *provider, void *found)
{
	const char *name = OSSL_PROVIDER_get0_name(provider);

	if (!strcmp(name, "fips") || !strcmp(name, "base"))
		return 1;
	*(const char **)found = name;
	return 0;
}

/* What the provider says of itself; a provider of another kind has no such words. */
static int status_check(struct fips_provider *provider, struct refusal *why)
{
	int status = 0, strict = 0;
	const char *version = "", *other = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status),
		OSSL_PARAM_construct_int(OSSL_PROV_PARAM_SECURITY_CHECKS, &strict),
		OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, (char **)&version, 0),
		OSSL_PARAM_construct_end(),
	};

	if (!OSSL_PROVIDER_get_params(provider->fips, params) || status != 1)
		return refusal_set(why, REASON_FIPS_SELF_TEST, "its status is %d", status);
	if (strict != 1)
		return refusal_set(why, REASON_FIPS_ALGORITHM, "it does not check sizes of keys");
	snprintf(provider->version, sizeof(provider->version), "%s", version);
	if (!OSSL_PROVIDER_do_all(provider->library, other_find, &other))
		return refusal_set(why, REASON_FIPS_ALGORITHM, "the provider %s is loaded",
				   other ?: "");
	return 0;
}

static int provider_load(struct fips_provider *provider, const struct fips_place *place,
			 struct watch *watch, struct refusal *why)
{
	ERR_clear_error();
	/* The configuration may fail in silence: what it was to load is what is looked at. */
	if (!OSSL_LIB_CTX_load_config(provider->library, place->written) ||
	    !OSSL_PROVIDER_available(provider->library, "fips"))
		return refusal_set(why, REASON_FIPS_SELF_TEST, "%s: %s", place->module,
				   *watch->failed ? watch->failed : crypto_error());
	provider->fips = OSSL_PROVIDER_load(provider->library, "fips");
	provider->base = OSSL_PROVIDER_load(provider->library, "base");
	if (!provider->fips || !provider->base ||
	    !EVP_set_default_properties(provider->library, "fips=yes"))
		return refusal_set(why, REASON_FIPS_PROVIDER, "%s: %s", place->module,
				   crypto_error());
	if (!OSSL_PROVIDER_self_test(provider->fips))
		return refusal_set(why, REASON_FIPS_SELF_TEST, "%s: %s", place->module,
				   *watch->failed ? watch->failed : crypto_error());
	return 0;
}

int fips_provider_open(struct fips_provider *provider, const struct fips_place *place,
		       struct refusal *why)
{
	struct watch watch = { .spoil = place->spoil };
	int err;

	*provider = (struct fips_provider){ .library = OSSL_LIB_CTX_new() };
	if (!provider->library)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	OSSL_SELF_TEST_set_callback(provider->library, self_test_watch, &watch);
	err = config_write(place, why);
	if (!err)
		err = provider_load(provider, place, &watch, why);
	OSSL_SELF_TEST_set_callback(provider->library, NULL, NULL);
	if (!err)
		err = status_check(provider, why);
	if (!err)
		err = algorithms_check(provider->library, why);
	if (err)
		fips_provider_close(provider);
	ERR_clear_error();
	return err;
}

void fips_provider_close(struct fips_provider *provider)
{
	if (provider->base)
		(void)OSSL_PROVIDER_unload(provider->base);
	if (provider->fips)
		(void)OSSL_PROVIDER_unload(provider->fips);
	OSSL_LIB_CTX_free(provider->library);
	*provider = (struct fips_provider){ 0 };
}
