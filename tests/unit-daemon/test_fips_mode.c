// SPDX-License-Identifier: Apache-2.0
/* The daemon's parts in FIPS mode, which is entered for good before the first test. */
#include "fips_site.h"
#include "handshake.h"
#include "keystore_unit.h"

#include <sys/stat.h>

#include "../lib/kernel_fips.h"
#include "fips_impl.h"
#include "provision_impl.h"

static char module[PATH_MAX];
static struct site_identity rsa, weak, server;
static struct settings settings;
static struct refusal why;

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);

/* This kernel may be in no such mode. */
FILE *__wrap_fopen(const char *path, const char *mode)
{
	return __real_fopen(strcmp(path, FIPS_FILE) ? path : site_path("fips_enabled"), mode);
}

/* Whether a restart is what it waits for, and to what end. */
static bool waits(bool wanted, const char *detail)
{
	struct fips_status status;

	settings.fips_mode = wanted;
	fips_status(&settings, settings.identity_folder, &status);
	settings.fips_mode = true;
	return status.wanted == wanted && status.why.code == REASON_FIPS_RESTART &&
	       !strcmp(status.why.detail, detail);
}

static void a_restart_is_waited_for(void **state)
{
	struct fips_status status;

	(void)state;
	fips_status(&settings, settings.identity_folder, &status);
	assert_int_equal(status.why.code, REASON_NONE);
	assert_true(waits(false, "it will no longer be in force"));
}

static int mode_enter(void **state)
{
	const char *folder;

	/* Not of the provider: it makes no weak ones. */
	assert_int_equal(handshake_set_up(state), 0);
	rsa = site_issue(&(struct site_wish){ .name = "SEP001122334455", .key = SITE_RSA_2048 });
	weak = site_issue(&(struct site_wish){ .name = "SEP001122334455", .key = SITE_RSA_1024 });
	server = site_issue(&(struct site_wish){ .name = "cucm", .issuer = &authority,
		.alternatives = "DNS:cucm.example", .key = SITE_RSA_1024 });
	site_text("fips_enabled", "1\n");
	settings = store_settings("fips");
	assert_int_equal(mkdir(settings.identity_folder, 0700), 0);
	folder = settings.identity_folder;
	settings.fips_mode = true;
	settings.media = CALL_MEDIA_OFF;
	strcpy(settings.fips_module, module);
	strcpy(settings.fips_config, site_path("fipsmodule.cnf"));
	fips_site_install(module, settings.fips_config);
	assert_true(waits(true, "it will be in force"));
	expect_done(fips_start(&settings, folder, folder, &why));
	assert_true(fips_is_on());
	return 0;
}

static int mode_leave(void **state)
{
	site_identity_free(&rsa);
	site_identity_free(&weak);
	site_identity_free(&server);
	return handshake_clear(state);
}

static void identity_put(const struct site_identity *identity, const char *name)
{
	struct octets pem = store_pem(identity, true, true);
	FILE *file = fopen(store_file(&settings, name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(pem.at, 1, pem.len, file), pem.len);
	fclose(file);
	free((void *)pem.at);
}

/* What comes of a use under a policy. */
static enum reason_code used(enum fips_keys policy, enum identity_use use, const char *name)
{
	struct keystore *keystore;
	struct identity identity;

	settings.fips_keys = policy;
	keystore = store_open(&settings);
	why = (struct refusal){ 0 };
	if (!keystore_identity_for(keystore, use, name, &identity, NULL, &why))
		identity_clear(&identity);
	keystore_free(keystore);
	return why.code;
}

static const enum identity_use uses[] = {
	IDENTITY_USE_LSC_FIRST, IDENTITY_USE_MIC_FIRST, IDENTITY_USE_FILES, IDENTITY_USE_LAN,
	IDENTITY_USE_WLAN,
};

static void private_keys_no_is_for_every_use(void **state)
{
	(void)state;
	identity_put(&rsa, "lsc.pem");
	identity_put(&rsa, "mic.pem");
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		assert_int_equal(used(FIPS_KEYS_NO, uses[i], NULL), REASON_FIPS_KEYS);
	assert_int_equal(used(FIPS_KEYS_NO, IDENTITY_USE_LAN, "mic"), REASON_FIPS_KEYS);
}

static void private_keys_approved_are_used(void **state)
{
	(void)state;
	identity_put(&rsa, "lsc.pem");
	identity_put(&rsa, "mic.pem");
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses) - 1; i++)
		assert_int_equal(used(FIPS_KEYS_APPROVED, uses[i], NULL), REASON_NONE);
	identity_put(&weak, "lsc.pem");
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses) - 1; i++)
		assert_int_equal(used(FIPS_KEYS_APPROVED, uses[i], "lsc"), REASON_FIPS_KEY_WEAK);
}

/* Files that are encrypted for this phone. */
static void private_keys_of_encrypted_files(void **state)
{
	enum provision_enrolment reason;
	EVP_PKEY *key = NULL;

	(void)state;
	identity_put(&rsa, "lsc.pem");
	assert_int_equal(unlink(store_file(&settings, "mic.pem")), 0);
	settings.fips_keys = FIPS_KEYS_NO;
	expect_refused(provision_key_find(&settings, "00", &key, &reason, &why), REASON_FIPS_KEYS);
	settings.fips_keys = FIPS_KEYS_APPROVED;
	/* MD5, the name that servers have for it, cannot be compared: it is tried. */
	expect_done(provision_key_find(&settings, "00", &key, &reason, &why));
	assert_true(EVP_PKEY_eq(key, rsa.key) == 1);
	EVP_PKEY_free(key);
	identity_put(&weak, "lsc.pem");
	expect_refused(provision_key_find(&settings, "00", &key, &reason, &why),
		       REASON_CONFIG_ENROL);
	assert_int_equal(reason, PROVISION_ENROL_MISSING);
}

static void made_take(void *owner, EVP_PKEY *key, const struct refusal *failed)
{
	if (failed)
		fail_msg("%s: %s", reason_words(failed->code)->code, failed->detail);
	*(EVP_PKEY **)owner = key;
}

static int make(enum fips_keys policy, const char *place, struct key_maker **maker, EVP_PKEY **key)
{
	const struct key_kind kind = { KEY_TYPE_EC, 256 };
	struct settings here = settings;
	struct keystore *keystore;
	int err;

	here.fips_keys = policy;
	strcpy(here.key_place, place);
	keystore = store_open(&here);
	err = keystore_key_make(maker, keystore, event, &kind, made_take, key, &why);
	keystore_free(keystore);
	return err;
}

static void private_keys_are_made_by_the_provider(void **state)
{
	struct key_maker *maker;
	EVP_PKEY *key = NULL;

	(void)state;
	expect_refused(make(FIPS_KEYS_NO, "file", &maker, &key), REASON_FIPS_KEYS);
	expect_refused(make(FIPS_KEYS_APPROVED, "pkcs11:token=phone", &maker, &key),
		       REASON_FIPS_KEY_WEAK);
	expect_done(make(FIPS_KEYS_APPROVED, "file", &maker, &key));
	while (!key)
		assert_true(sd_event_run(event, 10 * 1000 * 1000) > 0);
	expect_done(fips_key_check(key, "lsc", &why));
	key_maker_free(maker);
	EVP_PKEY_free(key);
}

/* Not even when the policy lets weak keys of our own pass. */
static void server_below_2048_bits(void **state)
{
	struct site_wants wants = { .identity = &server };
	struct settings here = handshake_settings();

	(void)state;
	here.weak_keys = true;
	here.fips_keys = FIPS_KEYS_APPROVED;
	expect(&wants, &here, "cucm.example", REASON_FIPS_SERVER, "CN=cucm");
	wants.identity = &good;
	expect(&wants, &here, "cucm.example", REASON_NONE, "");
}

/* What the program gets of a response with these fields; NULL when nothing is left to answer. */
static const char *challenged(enum fips_md5 policy, const char *fields)
{
	static char shown[1024];
	struct sip_message message;
	struct splice *splice;
	char text[1024];
	struct span span;
	int err;

	snprintf(text, sizeof(text), "SIP/2.0 401 Unauthorized\r\n"
		 "Via: SIP/2.0/TLS a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
		 "To: <sip:a@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n%s"
		 "Content-Length: 0\r\n\r\n", fields);
	expect_done(sip_message_read(&message, (struct span){ text, strlen(text) }, &why));
	splice = splice_new(message.text);
	err = fips_challenges_pass(policy, &message, splice, &why);
	assert_int_equal(splice_finish(splice, &span), 0);
	snprintf(shown, sizeof(shown), "%.*s", (int)span.len, span.at);
	text_free(&span);
	splice_free(splice);
	if (err)
		assert_int_equal(why.code, REASON_FIPS_MD5);
	return err ? NULL : shown;
}

#define DIGEST "-Authenticate: Digest realm=\"a, algorithm=SHA-256\", nonce=\"b\""
#define BY(algorithm) DIGEST ", algorithm=" algorithm "\r\n"

static void challenges_by_md5(void **state)
{
	(void)state;
	assert_null(challenged(FIPS_MD5_NO, "WWW" DIGEST "\r\n"));
	assert_null(challenged(FIPS_MD5_NO, "WWW" BY("MD5")));
	assert_null(challenged(FIPS_MD5_NO, "Proxy" BY("\"md5-sess\"")));
	assert_null(challenged(FIPS_MD5_NO, "WWW" BY("MD5") "Proxy" BY("MD5")));
	assert_null(challenged(FIPS_MD5_NO, "WWW" DIGEST ", algorithm=SHA-256, algorithm=MD5\r\n"));
	assert_null(challenged(FIPS_MD5_NO, "WWW-Authenticate: digest algorithm=MD5,realm=a\r\n"));
	assert_non_null(strstr(challenged(FIPS_MD5_NONSECURITY, "WWW" BY("MD5")), "MD5"));
	assert_non_null(strstr(challenged(FIPS_MD5_NO, "WWW" BY("SHA-256")), "SHA-256\r\n"));
	assert_non_null(strstr(challenged(FIPS_MD5_NO, "Proxy" BY("SHA-512-256")), "Proxy-"));
	assert_non_null(challenged(FIPS_MD5_NO, "WWW-Authenticate: Bearer realm=\"a\"\r\n"));
	assert_non_null(challenged(FIPS_MD5_NO, ""));
	/* Of two the program cannot choose the wrong one. */
	assert_non_null(strstr(challenged(FIPS_MD5_NO, "WWW" BY("SHA-256") "WWW" BY("MD5")),
			       "SHA-256\r\nContent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_restart_is_waited_for),
		cmocka_unit_test(private_keys_no_is_for_every_use),
		cmocka_unit_test(private_keys_approved_are_used),
		cmocka_unit_test(private_keys_of_encrypted_files),
		cmocka_unit_test(private_keys_are_made_by_the_provider),
		cmocka_unit_test(server_below_2048_bits),
		cmocka_unit_test(challenges_by_md5),
	};

	if (!fips_site_find(module)) {
		puts("skipped: there is no FIPS provider here");
		return 0;
	}
	return cmocka_run_group_tests(tests, mode_enter, mode_leave);
}
