// SPDX-License-Identifier: Apache-2.0
/* What people bring: files with certificates and keys, requests and their answers, key pairs. */
#include <dirent.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certificate_request.h"
#include "keystore_unit.h"

static struct site_identity authority, first, second;
static struct refusal why;
static sd_event *event;

static int set_up(void **state)
{
	struct site_wish wish = { .name = "Authority", .is_authority = true };

	(void)state;
	authority = site_issue(&wish);
	wish = (struct site_wish){ .name = "phone", .issuer = &authority };
	first = site_issue(&wish);
	second = site_issue(&wish);
	return sd_event_new(&event) < 0;
}

static int clear(void **state)
{
	(void)state;
	site_identity_free(&authority);
	site_identity_free(&first);
	site_identity_free(&second);
	sd_event_unref(event);
	return 0;
}

static int import(struct keystore *keystore, const char *name, struct octets bytes,
		  const char *passphrase)
{
	struct secret *secret = passphrase ? store_secret(passphrase) : NULL;
	int err = keystore_import(keystore, name, bytes, secret, &why);

	secret_free(secret);
	free((void *)bytes.at);
	return err;
}

static uint8_t *memdup(const uint8_t *bytes, size_t len)
{
	return memcpy(malloc(len), bytes, len);
}

static void pem_and_pkcs12(void **state)
{
	struct settings settings = store_settings("pem");
	struct keystore *keystore = store_open(&settings);
	char names[KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX];
	struct stat status;

	(void)state;
	expect_done(import(keystore, "wlan", store_pem(&first, true, true), NULL));
	store_expect(keystore, "wlan", &first, CERTIFICATE_VALID);
	expect_done(import(keystore, "a-b_9", store_pkcs12(&second, "of the site"), "of the site"));
	store_expect(keystore, "a-b_9", &second, CERTIFICATE_VALID);
	assert_int_equal(keystore_list(keystore, names), 2);
	assert_string_equal(names[0], "a-b_9");
	assert_string_equal(names[1], "wlan");
	assert_int_equal(lstat(store_file(&settings, "imported/a-b_9.pem"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	expect_done(import(keystore, "wlan", store_pem(&second, true, true), NULL));
	store_expect(keystore, "wlan", &second, CERTIFICATE_VALID);
	expect_done(keystore_delete(keystore, "wlan", &why));
	expect_refused(keystore_delete(keystore, "wlan", &why), REASON_IDENTITY_UNKNOWN);
	assert_int_equal(keystore_list(keystore, names), 1);
	keystore_free(keystore);
}

/* As programs made them for decades; OpenSSL has such ciphers in a provider of their own. */
static void old_pkcs12(void **state)
{
	struct settings settings = store_settings("old");
	struct keystore *keystore = store_open(&settings);
	uint8_t bytes[8192];
	char command[512];
	size_t len;
	FILE *out;

	(void)state;
	snprintf(command, sizeof(command), "openssl pkcs12 -export -legacy -passout pass:x -in %s",
		 site_write("old-phone.pem", &first, true));
	out = popen(command, "r");
	assert_non_null(out);
	len = fread(bytes, 1, sizeof(bytes), out);
	assert_int_equal(pclose(out), 0);
	expect_refused(keystore_import(keystore, "a", (struct octets){ bytes, len }, NULL, &why),
		       REASON_IDENTITY_PASSPHRASE);
	expect_refused(import(keystore, "a", (struct octets){ memdup(bytes, len), len }, "x"),
		       REASON_IDENTITY_FORMAT);
	assert_string_equal(why.detail, "it is encrypted with a cipher that is too old");
	keystore_free(keystore);
}

static void as_lsc(void **state)
{
	struct settings settings = store_settings("as-lsc");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	expect_done(import(keystore, "lsc", store_pkcs12(&first, "x"), "x"));
	store_expect(keystore, "lsc", &first, CERTIFICATE_VALID);
	assert_true(keystore_lsc_is_unconfirmed(keystore));
	expect_refused(import(keystore, "mic", store_pem(&first, true, true), NULL),
		       REASON_IDENTITY_PERMANENT);
	expect_refused(import(keystore, "lsc-old", store_pem(&first, true, true), NULL),
		       REASON_IDENTITY_NAME);
	keystore_free(keystore);
}

/* An encrypted key, as PEM. */
static struct octets pem_encrypted(const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct octets bytes;
	char *at;

	assert_true(PEM_write_bio_X509(bio, first.certificate));
	assert_true(PEM_write_bio_PrivateKey(bio, first.key, EVP_aes_256_cbc(),
					     (const unsigned char *)passphrase,
					     (int)strlen(passphrase), NULL, NULL));
	bytes.len = (size_t)BIO_get_mem_data(bio, &at);
	bytes.at = memcpy(malloc(bytes.len), at, bytes.len);
	BIO_free(bio);
	return bytes;
}

static void passphrases(void **state)
{
	struct settings settings = store_settings("passphrases");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	expect_refused(import(keystore, "a", store_pkcs12(&first, "right"), "wrong"),
		       REASON_IDENTITY_PASSPHRASE);
	expect_refused(import(keystore, "a", store_pkcs12(&first, "right"), NULL),
		       REASON_IDENTITY_PASSPHRASE);
	assert_string_equal(why.detail, "it is encrypted, and none was given");
	expect_refused(import(keystore, "a", pem_encrypted("right"), "wrong"),
		       REASON_IDENTITY_PASSPHRASE);
	expect_refused(import(keystore, "a", pem_encrypted("right"), NULL),
		       REASON_IDENTITY_PASSPHRASE);
	expect_done(import(keystore, "a", pem_encrypted("right"), "right"));
	/* It is kept without one, as nobody is there to ask when the phone starts. */
	store_expect(keystore, "a", &first, CERTIFICATE_VALID);
	keystore_free(keystore);
}

static struct octets text(const char *words)
{
	return (struct octets){ (const uint8_t *)strdup(words), strlen(words) };
}

static struct octets many(size_t count)
{
	struct octets one = store_pem(&first, true, false);
	struct octets all = { malloc(count * one.len), count * one.len };

	for (size_t i = 0; i < count; i++)
		memcpy((uint8_t *)all.at + i * one.len, one.at, one.len);
	free((void *)one.at);
	return all;
}

static void not_to_be_read(void **state)
{
	struct settings settings = store_settings("garbage");
	struct keystore *keystore = store_open(&settings);
	struct octets cut = store_pem(&first, true, true);
	struct octets long_one = { calloc(1, IDENTITY_FILE_MAX + 1), IDENTITY_FILE_MAX + 1 };

	(void)state;
	expect_refused(import(keystore, "a", text(""), NULL), REASON_IDENTITY_FORMAT);
	expect_refused(import(keystore, "a", text("hello\n"), NULL), REASON_IDENTITY_FORMAT);
	expect_refused(import(keystore, "a", text("-----BEGIN CERTIFICATE-----\nAAAA\n"), NULL),
		       REASON_IDENTITY_FORMAT);
	cut.len /= 3;
	expect_refused(import(keystore, "a", cut, NULL), REASON_IDENTITY_FORMAT);
	expect_refused(import(keystore, "a", long_one, NULL), REASON_IDENTITY_FORMAT);
	expect_refused(import(keystore, "a", store_pem(&first, false, true), NULL),
		       REASON_IDENTITY_FORMAT);
	expect_refused(import(keystore, "a", many(IDENTITY_CHAIN_MAX + 1), NULL),
		       REASON_IDENTITY_FORMAT);
	/* A certificate alone is an answer, and nobody has asked. */
	expect_refused(import(keystore, "a", store_pem(&first, true, false), NULL),
		       REASON_IDENTITY_REQUEST);
	keystore_free(keystore);
}

static void names(void **state)
{
	static const char *const wrong[] = {
		"", ".", "..", "a/b", "../lsc", "a.b", "a b", "\xC3\xA4",
		"123456789012345678901234567890123",
	};
	struct settings settings = store_settings("names");
	struct keystore *keystore = store_open(&settings);
	char name[16];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_refused(import(keystore, wrong[i], store_pem(&first, true, true), NULL),
			       REASON_IDENTITY_NAME);
	expect_done(import(keystore, "12345678901234567890123456789012",
			   store_pem(&first, true, true), NULL));
	for (int i = 1; i < KEYSTORE_IMPORTED_MAX; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		expect_done(import(keystore, name, store_pem(&first, true, true), NULL));
	}
	expect_refused(import(keystore, "more", store_pem(&first, true, true), NULL),
		       REASON_IDENTITY_FULL);
	expect_done(import(keystore, "n1", store_pem(&second, true, true), NULL));
	keystore_free(keystore);
}

static X509_REQ *request_read(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(request);
	assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
	return request;
}

static void subject_is(X509_REQ *request, const char *wanted)
{
	char subject[256];

	crypto_name(X509_REQ_get_subject_name(request), subject, sizeof(subject));
	assert_string_equal(subject, wanted);
}

/* What an authority makes of a request for the key of @identity. */
static void request_and_answer(void **state)
{
	struct settings settings = store_settings("request");
	struct keystore *keystore = store_open(&settings);
	const char *waiting = store_file(&settings, "requests/wlan.pem");
	X509_REQ *request;
	char *pem;

	(void)state;
	expect_done(keystore_request_make(keystore, "wlan", first.key, NULL,
					  "DNS:phone.example,IP:192.0.2.7", &pem, &why));
	request = request_read(pem);
	subject_is(request, "CN=SEP001122334455");
	assert_true(EVP_PKEY_eq(X509_REQ_get0_pubkey(request), first.key) == 1);
	assert_int_equal(access(waiting, F_OK), 0);
	X509_REQ_free(request);
	free(pem);
	expect_refused(import(keystore, "wlan", store_pem(&second, true, false), NULL),
		       REASON_IDENTITY_MISMATCH);
	expect_done(import(keystore, "wlan", store_pem(&first, true, false), NULL));
	store_expect(keystore, "wlan", &first, CERTIFICATE_VALID);
	assert_true(access(waiting, F_OK) < 0);
	/* Once more, as when the authority has renewed it for the same key. */
	expect_done(import(keystore, "wlan", store_pem(&first, true, false), NULL));
	keystore_free(keystore);
}

static void subjects(void **state)
{
	static const char *const wrong[] = {
		"", "phone", "CN=", "=x", "CN=a,", "CN=a\\", "XX=a", "CN=a\n", "CN=\x80", ",CN=a",
	};
	X509_REQ *request;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_refused(certificate_request_make(&request, first.key, wrong[i], NULL, &why),
			       REASON_IDENTITY_SUBJECT);
	expect_refused(certificate_request_make(&request, first.key, "CN=a", "file:/x", &why),
		       REASON_IDENTITY_SUBJECT);
	expect_refused(certificate_request_make(&request, first.key, "CN=a", "email:copy", &why),
		       REASON_IDENTITY_SUBJECT);
	expect_refused(certificate_request_make(&request, first.key, "CN=a", "@section", &why),
		       REASON_IDENTITY_SUBJECT);
	expect_done(certificate_request_make(&request, first.key, "CN=a\\, b, O=Caf\xC3\xA9,C=DE",
					     NULL, &why));
	subject_is(request, "CN=\"a, b\", O=Caf\xC3\xA9, C=DE");
	X509_REQ_free(request);
}

static void chain_in_order(void **state)
{
	struct settings settings = store_settings("chain");
	struct keystore *keystore = store_open(&settings);
	struct site_identity middle = site_issue(&(struct site_wish){ .name = "Middle",
		.is_authority = true, .issuer = &authority });
	struct site_identity phone = site_issue(&(struct site_wish){ .name = "phone",
		.issuer = &middle });
	struct octets root = store_pem(&authority, true, false);
	struct octets between = store_pem(&middle, true, false);
	struct octets own = store_pem(&phone, true, true);
	struct octets stranger = store_pem(&second, true, false);
	struct identity identity;
	char *all;

	(void)state;
	assert_true(asprintf(&all, "%s%s%s%s", root.at, stranger.at, own.at, between.at) > 0);
	expect_done(import(keystore, "a", (struct octets){ (uint8_t *)all, strlen(all) }, NULL));
	expect_done(keystore_identity_for(keystore, IDENTITY_USE_LAN, "a", &identity, NULL, &why));
	assert_int_equal(X509_cmp(identity.certificate, phone.certificate), 0);
	assert_int_equal(sk_X509_num(identity.chain), 2);
	assert_int_equal(X509_cmp(sk_X509_value(identity.chain, 0), middle.certificate), 0);
	assert_int_equal(X509_cmp(sk_X509_value(identity.chain, 1), authority.certificate), 0);
	identity_clear(&identity);
	keystore_free(keystore);
	free((void *)root.at);
	free((void *)between.at);
	free((void *)own.at);
	free((void *)stranger.at);
	site_identity_free(&middle);
	site_identity_free(&phone);
}

/* A key that was asked for. */
struct made {
	EVP_PKEY *key;
	struct refusal why;
	bool told;
	struct key_maker *maker;
	bool frees;
};

static void made_take(void *owner, EVP_PKEY *key, const struct refusal *refusal)
{
	struct made *made = owner;

	assert_false(made->told);
	made->told = true;
	made->key = key;
	if (refusal)
		made->why = *refusal;
	if (made->frees)
		key_maker_free(made->maker);
}

static void key_kinds(void **state)
{
	static const char *const words[] = {
		"rsa-512", "rsa-1024", "rsa-2048", "rsa-3072", "ec-256", "ec-384", "ec-521",
	};
	struct settings settings = store_settings("kinds");
	struct keystore *keystore;

	(void)state;
	settings.weak_keys = true;
	keystore = store_open(&settings);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct made made = { .frees = i % 2 };
		struct key_kind kind, found;

		assert_true(key_kind_parse(&kind, words[i]));
		expect_done(keystore_key_make(&made.maker, keystore, event, &kind, made_take, &made,
					      &why));
		assert_false(made.told);
		site_until(event, made.told);
		assert_non_null(made.key);
		assert_true(key_kind_of(&found, made.key));
		assert_int_equal(found.type, kind.type);
		assert_int_equal(found.bits, kind.bits);
		EVP_PKEY_free(made.key);
		if (!made.frees)
			key_maker_free(made.maker);
	}
	keystore_free(keystore);
}

static void keys_refused(void **state)
{
	static const struct key_kind unknown[] = {
		{ KEY_TYPE_RSA, 0 }, { KEY_TYPE_RSA, 2047 }, { KEY_TYPE_RSA, 8192 },
		{ KEY_TYPE_EC, 224 }, { KEY_TYPE_EC, 512 },
	};
	struct settings settings = store_settings("keys");
	struct keystore *keystore = store_open(&settings);
	struct key_maker *maker;
	struct key_kind kind;

	(void)state;
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		expect_refused(keystore_key_make(&maker, keystore, event, &unknown[i], made_take,
						 NULL, &why), REASON_IDENTITY_KEY_KIND);
	assert_false(key_kind_parse(&kind, "rsa-2047"));
	assert_false(key_kind_parse(&kind, "rsa"));
	assert_true(key_kind_parse(&kind, "rsa-1024"));
	expect_refused(keystore_key_make(&maker, keystore, event, &kind, made_take, NULL, &why),
		       REASON_IDENTITY_KEY_WEAK);
	keystore_free(keystore);
}

/* A place whose provider is not there. */
static void no_such_place(void **state)
{
	struct settings settings = store_settings("place");
	struct key_kind kind = { KEY_TYPE_EC, 256 };
	struct keystore *keystore;
	struct made made = { 0 };

	(void)state;
	strcpy(settings.key_place, "pkcs11:token=none");
	keystore = store_open(&settings);
	expect_done(keystore_key_make(&made.maker, keystore, event, &kind, made_take, &made, &why));
	site_until(event, made.told);
	assert_null(made.key);
	assert_int_equal(made.why.code, REASON_IDENTITY_KEY_MAKING);
	assert_non_null(strstr(made.why.detail, "'pkcs11:token=none'"));
	key_maker_free(made.maker);
	keystore_free(keystore);
}

static int tick(sd_event_source *source, uint64_t usec, void *ticks)
{
	(void)usec;
	++*(unsigned int *)ticks;
	assert_true(sd_event_source_set_time_relative(source, 1000) >= 0);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* The loop goes on while a long key is made, and does not wait for one that nobody wants. */
static void loop_goes_on(void **state)
{
	struct settings settings = store_settings("loop");
	struct keystore *keystore = store_open(&settings);
	struct key_kind kind = { KEY_TYPE_RSA, 4096 };
	struct made made = { 0 };
	sd_event_source *timer;
	unsigned int ticks = 0;
	uint64_t before;

	(void)state;
	assert_true(sd_event_add_time_relative(event, &timer, CLOCK_MONOTONIC, 1000, 1, tick,
					       &ticks) >= 0);
	expect_done(keystore_key_make(&made.maker, keystore, event, &kind, made_take, &made, &why));
	while (!made.told && ticks < 5)
		assert_true(sd_event_run(event, 1000000) >= 0);
	assert_true(ticks >= 5);
	assert_false(made.told);
	before = site_now_ms();
	key_maker_free(made.maker);
	assert_true(site_now_ms() - before < 50);
	site_run(event, 50);
	assert_false(made.told);
	sd_event_source_disable_unref(timer);
	keystore_free(keystore);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pem_and_pkcs12),
		cmocka_unit_test(old_pkcs12),
		cmocka_unit_test(as_lsc),
		cmocka_unit_test(passphrases),
		cmocka_unit_test(not_to_be_read),
		cmocka_unit_test(names),
		cmocka_unit_test(request_and_answer),
		cmocka_unit_test(subjects),
		cmocka_unit_test(chain_in_order),
		cmocka_unit_test(key_kinds),
		cmocka_unit_test(keys_refused),
		cmocka_unit_test(no_such_place),
		cmocka_unit_test(loop_goes_on),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
