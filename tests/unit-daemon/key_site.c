// SPDX-License-Identifier: Apache-2.0
/*
 * A phone whose private keys are not in files. Which provider has them is in the configuration of
 * OpenSSL that tokens.sh has made.
 *
 *	key_site PLACE KIND...	keys are made at PLACE, the URI of a token
 */
#include <dlfcn.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "certificate_request.h"
#include "handshake.h"
#include "key_place.h"
#include "keystore_unit.h"

static const char *place;
static char **kinds;
static struct refusal why;

/* The provider binds its module to itself first, which the address sanitizer does not take. */
void *__interceptor_dlopen(const char *file, int mode);
void *dlopen(const char *file, int mode)
{
	return __interceptor_dlopen(file, mode & ~RTLD_DEEPBIND);
}

static void key_take(void *owner, EVP_PKEY *key, const struct refusal *refusal)
{
	if (!key)
		fail_msg("%s: %s", reason_words(refusal->code)->code, refusal->detail);
	*(EVP_PKEY **)owner = key;
}

static EVP_PKEY *key_make(struct keystore *keystore, const char *word)
{
	struct key_maker *maker;
	EVP_PKEY *key = NULL;
	struct key_kind kind;

	assert_true(key_kind_parse(&kind, word));
	expect_done(keystore_key_make(&maker, keystore, event, &kind, key_take, &key, &why));
	/* A TPM takes its time. */
	for (int i = 0; i < 1000 && !key; i++)
		site_run(event, 60);
	assert_non_null(key);
	key_maker_free(maker);
	return key;
}

/* What the authority of the site makes of a request. */
static struct octets answer(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
	struct site_identity made = { .certificate = X509_new() };
	struct octets bytes;

	assert_non_null(request);
	assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
	X509_set_version(made.certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), 4711);
	X509_gmtime_adj(X509_getm_notBefore(made.certificate), -60);
	X509_gmtime_adj(X509_getm_notAfter(made.certificate), 86400);
	X509_set_subject_name(made.certificate, X509_REQ_get_subject_name(request));
	X509_set_issuer_name(made.certificate, X509_get_subject_name(authority.certificate));
	X509_set_pubkey(made.certificate, X509_REQ_get0_pubkey(request));
	assert_true(X509_sign(made.certificate, authority.key, EVP_sha256()));
	bytes = store_pem(&made, true, false);
	X509_free(made.certificate);
	X509_REQ_free(request);
	BIO_free(bio);
	return bytes;
}

static void lsc_get(struct keystore *keystore, const char *kind)
{
	EVP_PKEY *key = key_make(keystore, kind);
	struct octets certificate;
	char *pem;

	assert_string_equal(key_place(key), "pkcs11");
	expect_done(keystore_request_make(keystore, "lsc", key, NULL, NULL, &pem, &why));
	EVP_PKEY_free(key);
	certificate = answer(pem);
	expect_done(keystore_import(keystore, "lsc", certificate, NULL, &why));
	free(pem);
	free((void *)certificate.at);
}

/* No private key may be in the file. */
static void no_key_in(const char *path)
{
	char line[256];
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "-----BEGIN", 10))
			assert_non_null(strstr(line, "BEGIN CERTIFICATE-"));
	fclose(file);
}

/* As an encrypted configuration comes: PKCS#1 v1.5 for the key of the certificate. */
static void decrypts(const struct identity *identity)
{
	static const unsigned char secret[16] = "sixteen bytes it";
	unsigned char sealed[512], opened[512];
	size_t sealed_len = sizeof(sealed), opened_len = sizeof(opened);
	EVP_PKEY *public = X509_get0_pubkey(identity->certificate);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, public, NULL);
	OSSL_LIB_CTX *library;

	assert_true(EVP_PKEY_encrypt_init(context) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0);
	assert_true(EVP_PKEY_encrypt(context, sealed, &sealed_len, secret, sizeof(secret)) > 0);
	EVP_PKEY_CTX_free(context);
	expect_done(crypto_library(&library, &why));
	context = EVP_PKEY_CTX_new_from_pkey(library, identity->key, NULL);
	assert_true(EVP_PKEY_decrypt_init(context) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0);
	assert_true(EVP_PKEY_decrypt(context, opened, &opened_len, sealed, sealed_len) > 0);
	assert_int_equal(opened_len, sizeof(secret));
	assert_memory_equal(opened, secret, sizeof(secret));
	EVP_PKEY_CTX_free(context);
}

/* The call manager asks for the certificate, and believes that the phone has its key. */
static void registers(const struct settings *settings)
{
	struct site_wants wants = { .identity = &good, .clients = &authority };

	expect(&wants, settings, "cucm.example", REASON_NONE, "");
	wants.max = TLS1_2_VERSION;
	expect(&wants, settings, "cucm.example", REASON_NONE, "");
}

static void whole_life(const char *kind)
{
	struct settings settings = store_settings(kind);
	struct keystore_certificate shown;
	struct keystore *keystore;
	struct identity identity;

	strcpy(settings.key_place, place);
	strcpy(settings.anchors, site_path("authority.pem"));
	keystore = store_open(&settings);
	lsc_get(keystore, kind);
	/* The second one must not be taken for the first, which is in the same token. */
	expect_done(keystore_lsc_confirm(keystore, &why));
	lsc_get(keystore, kind);
	keystore_free(keystore);
	keystore = store_open(&settings);
	keystore_show(keystore, "lsc", &shown);
	assert_string_equal(certificate_state_word(shown.state), "valid");
	assert_string_equal(shown.place, "pkcs11");
	no_key_in(store_file(&settings, "lsc.pem"));
	registers(&settings);
	expect_done(keystore_identity_for(keystore, IDENTITY_USE_LSC_FIRST, NULL, &identity, NULL,
					  &why));
	if (!strncmp(kind, "rsa", 3))
		decrypts(&identity);
	identity_clear(&identity);
	expect_done(keystore_lsc_revert(keystore, &why));
	registers(&settings);
	keystore_free(keystore);
}

static void keys_that_stay_where_they_are(void **state)
{
	(void)state;
	for (char **kind = kinds; *kind; kind++)
		whole_life(*kind);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_stay_where_they_are),
	};

	if (argc < 3)
		return 2;
	place = argv[1];
	kinds = argv + 2;
	return cmocka_run_group_tests(tests, handshake_set_up, handshake_clear);
}
