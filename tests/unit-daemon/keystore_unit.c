// SPDX-License-Identifier: Apache-2.0
#include "keystore_unit.h"

#include <ftw.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <unistd.h>

struct settings store_settings(const char *name)
{
	struct settings settings = { .name = "SEP001122334455", .key_place = "file" };

	strcpy(settings.identity_folder, site_path(name));
	snprintf(settings.lsc.certificate, SETTINGS_URI_MAX, "%s/lsc.pem",
		 settings.identity_folder);
	snprintf(settings.mic.certificate, SETTINGS_URI_MAX, "%s/mic.pem",
		 settings.identity_folder);
	return settings;
}

struct keystore *store_open(const struct settings *settings)
{
	struct keystore *keystore = NULL;
	struct refusal why;

	expect_done(keystore_new(&keystore, settings, &why));
	return keystore;
}

const char *store_file(const struct settings *settings, const char *file)
{
	static char paths[8][SETTINGS_URI_MAX];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", settings->identity_folder, file);
	return path;
}

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path);
}

void store_empty(const struct settings *settings)
{
	nftw(settings->identity_folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

STACK_OF(X509) *store_list(const struct site_identity *identity)
{
	STACK_OF(X509) *list = sk_X509_new_null();

	assert_true(sk_X509_push(list, identity->certificate));
	return list;
}

int store_install(struct keystore *keystore, const struct site_identity *identity,
		  struct refusal *why)
{
	STACK_OF(X509) *list = store_list(identity);
	int err = keystore_lsc_install(keystore, identity->key, list, why);

	sk_X509_free(list);
	return err;
}

void store_install_good(struct keystore *keystore, const struct site_identity *identity)
{
	struct refusal why;

	expect_done(store_install(keystore, identity, &why));
}

static struct octets bio_take(BIO *bio)
{
	struct octets bytes;
	uint8_t *copy;
	char *at;
	long len = BIO_get_mem_data(bio, &at);

	copy = malloc((size_t)len + 1);
	assert_non_null(copy);
	memcpy(copy, at, (size_t)len);
	copy[len] = 0;
	bytes = (struct octets){ copy, (size_t)len };
	BIO_free(bio);
	return bytes;
}

struct octets store_pem(const struct site_identity *identity, bool certificate, bool key)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (certificate)
		assert_true(PEM_write_bio_X509(bio, identity->certificate));
	if (key)
		assert_true(PEM_write_bio_PrivateKey(bio, identity->key, NULL, NULL, 0, NULL,
						     NULL));
	return bio_take(bio);
}

struct octets store_pkcs12(const struct site_identity *identity, const char *passphrase)
{
	PKCS12 *file = PKCS12_create(passphrase, "phone", identity->key, identity->certificate,
				     NULL, 0, 0, 0, 0, 0);
	BIO *bio = BIO_new(BIO_s_mem());

	assert_non_null(file);
	assert_true(i2d_PKCS12_bio(bio, file));
	PKCS12_free(file);
	return bio_take(bio);
}

struct secret *store_secret(const char *text)
{
	struct secret *secret = secret_new(strlen(text) + 1);

	while (*text)
		assert_true(secret_append(secret, (unsigned char)*text++));
	return secret;
}

void store_expect(const struct keystore *keystore, const char *name,
		  const struct site_identity *identity, enum certificate_state state)
{
	unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN];
	struct keystore_certificate shown;

	keystore_show(keystore, name, &shown);
	assert_string_equal(certificate_state_word(shown.state), certificate_state_word(state));
	assert_true(crypto_fingerprint(identity->certificate, fingerprint));
	assert_memory_equal(shown.fingerprint, fingerprint, sizeof(fingerprint));
}
