// SPDX-License-Identifier: Apache-2.0
/* FIPS mode with the real provider, of build/apt/fips-provider or of the system. */
#include "unit.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fips_impl.h"
#include "fips_site.h"

static char folder[] = "/tmp/phonesec-fips-XXXXXX";
static char module[PATH_MAX], config[PATH_MAX], written[PATH_MAX];
static struct fips_provider shared;

static int provider_up(void **state)
{
	struct fips_place place = { module, config, written, NULL };
	struct refusal why = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(config, sizeof(config), "%s/fipsmodule.cnf", folder);
	snprintf(written, sizeof(written), "%s/openssl.cnf", folder);
	fips_site_install(module, config);
	if (fips_provider_open(&shared, &place, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	return 0;
}

static int provider_down(void **state)
{
	char command[PATH_MAX];

	(void)state;
	fips_provider_close(&shared);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	run(command);
	return 0;
}

static bool is_refused(const struct fips_place *place, enum reason_code code, const char *detail)
{
	struct fips_provider provider;
	struct refusal why = { 0 };
	bool is;

	is = fips_provider_open(&provider, place, &why) < 0 && why.code == code &&
	     strstr(why.detail, detail) && !provider.library;
	if (!is)
		print_error("%s: %s\n", reason_words(why.code)->code, why.detail);
	return is;
}

static void refused(const struct fips_place *place, enum reason_code code, const char *detail)
{
	assert_true(is_refused(place, code, detail));
}

/* One name each: what was loaded once from a path stays mapped under its name. */
static void path_make(char path[PATH_MAX], const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", folder, name);
}

static void tampered_provider_is_refused(void **state)
{
	char command[4 * PATH_MAX], other[PATH_MAX];
	struct fips_place place = { other, config, written, NULL };

	(void)state;
	path_make(other, "tampered.so");
	/* A byte of what is only text changes nothing but the checksum. */
	snprintf(command, sizeof(command), "cp %s %s && printf X | dd of=%s bs=1 conv=notrunc "
		 "seek=$(($(stat -c %%s %s) - 8)) 2>/dev/null", module, other, other, other);
	run(command);
	refused(&place, REASON_FIPS_SELF_TEST, other);
}

static void missing_provider_is_refused(void **state)
{
	struct fips_place place = { "/nonexistent/fips.so", config, written, NULL };

	(void)state;
	refused(&place, REASON_FIPS_PROVIDER, "/nonexistent/fips.so");
}

static void provider_without_checksum_is_refused(void **state)
{
	struct fips_place place = { module, "/dev/null", written, NULL };

	(void)state;
	refused(&place, REASON_FIPS_PROVIDER, "module-mac");
}

/*
 * A provider that failed once refuses everything from then on, in all library contexts: each is
 * spoiled in a process of its own, with a copy of the provider that was not tested before.
 */
static void failed_self_test_is_refused(void **state)
{
	/* The integrity, the first algorithm, one in the middle and a signature. */
	static const char *const tests[] = { "HMAC", "SHA2", "AES_GCM", "TLS12_PRF", "RSA" };
	char command[2 * PATH_MAX], other[PATH_MAX];
	struct fips_place place = { other, config, written, NULL };

	(void)state;
	path_make(other, "spoiled.so");
	snprintf(command, sizeof(command), "cp %s %s", module, other);
	run(command);
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		pid_t child = fork();
		int status;

		assert_true(child >= 0);
		if (!child) {
			place.spoil = tests[i];
			_exit(is_refused(&place, REASON_FIPS_SELF_TEST, tests[i]) ? 0 : 1);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status)
			fail_msg("%s: %d", tests[i], status);
	}
}

static void every_needed_algorithm_is_of_the_provider(void **state)
{
	(void)state;
	for (const struct fips_algorithm *one = fips_needed; one->name; one++)
		if (!fips_provider_has(shared.library, one->kind, one->name))
			fail_msg("%s", one->name);
	assert_true(*shared.version);
}

static void algorithm_refused(const char *name)
{
	size_t found = 0;

	for (const struct fips_algorithm *one = fips_refused; one->name; one++) {
		if (strcmp(one->name, name))
			continue;
		found++;
		assert_false(fips_provider_has(shared.library, one->kind, name));
	}
	assert_true(found > 0);
}

#define REFUSED(test, name) \
	static void test##_is_refused(void **state) \
	{ \
		(void)state; \
		algorithm_refused(name); \
	}
REFUSED(md5, "MD5")
REFUSED(md4, "MD4")
REFUSED(md5_sha1, "MD5-SHA1")
REFUSED(ripemd160, "RIPEMD160")
REFUSED(sm3, "SM3")
REFUSED(rc4, "RC4")
REFUSED(des, "DES-CBC")
REFUSED(chacha20, "CHACHA20-POLY1305")
REFUSED(camellia, "CAMELLIA-128-CBC")
REFUSED(poly1305, "POLY1305")
REFUSED(scrypt, "SCRYPT")
REFUSED(x25519, "X25519")
REFUSED(x448, "X448")
REFUSED(sm2, "SM2")

static void des_ede3_encrypts_nothing(void **state)
{
	static const char *const names[] = { "DES-EDE3-CBC", "DES-EDE3-ECB" };
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_true(fips_provider_encrypts(library, names[i]));
		assert_false(fips_provider_encrypts(shared.library, names[i]));
	}
	assert_true(fips_provider_encrypts(shared.library, "AES-256-CBC"));
	OSSL_LIB_CTX_free(library);
}

static void default_provider_is_noticed(void **state)
{
	/* The table would be no help if everything were refused anyhow. */
	OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
	EVP_MD *md5 = EVP_MD_fetch(library, "MD5", NULL);

	(void)state;
	assert_non_null(md5);
	assert_false(fips_provider_has(library, FIPS_DIGEST, "SHA256"));
	EVP_MD_free(md5);
	OSSL_LIB_CTX_free(library);
}

static void file_put(const char *name, const char *text)
{
	FILE *stream = fopen(name, "w");

	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
}

static void kernel_without_fips_is_refused(void **state)
{
	struct refusal why = { 0 };
	char other[PATH_MAX];

	(void)state;
	path_make(other, "fips_enabled");
	assert_true(fips_kernel_check("/nonexistent/fips_enabled", &why) < 0);
	assert_int_equal(why.code, REASON_FIPS_KERNEL);
	file_put(other, "0\n");
	assert_true(fips_kernel_check(other, &why) < 0);
	file_put(other, "odd\n");
	assert_true(fips_kernel_check(other, &why) < 0);
	file_put(other, "1\n");
	assert_int_equal(fips_kernel_check(other, &why), 0);
}

static EVP_PKEY *rsa_make(size_t bits)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits);
}

static void lsc_put(const char *name, EVP_PKEY *key)
{
	X509 *certificate = X509_new();
	FILE *stream = fopen(name, "w");

	assert_non_null(stream);
	assert_true(X509_set_pubkey(certificate, key));
	X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	assert_true(PEM_write_X509(stream, certificate));
	assert_true(PEM_write_PrivateKey(stream, key, NULL, NULL, 0, NULL, NULL));
	fclose(stream);
	X509_free(certificate);
}

static void lsc_below_2048_bits_prevents_it(void **state)
{
	static struct settings settings;
	EVP_PKEY *weak = rsa_make(1024), *good = rsa_make(2048);
	struct refusal why = { 0 };

	(void)state;
	snprintf(settings.lsc.certificate, sizeof(settings.lsc.certificate), "%s/lsc.pem", folder);
	assert_int_equal(fips_want(&settings, folder, true, &why), 0);
	assert_int_equal(fips_want(&settings, folder, false, &why), 0);
	lsc_put(settings.lsc.certificate, weak);
	assert_true(fips_want(&settings, folder, true, &why) < 0);
	assert_int_equal(why.code, REASON_FIPS_LSC);
	assert_false(fips_is_wanted(&settings, folder));
	lsc_put(settings.lsc.certificate, good);
	assert_int_equal(fips_want(&settings, folder, true, &why), 0);
	assert_true(fips_is_wanted(&settings, folder));
	/* The file's word holds whatever the site says. */
	settings.fips_mode = true;
	assert_int_equal(fips_want(&settings, folder, false, &why), 0);
	assert_true(fips_is_wanted(&settings, folder));
	settings.fips_mode = false;
	assert_false(fips_is_wanted(&settings, folder));
	EVP_PKEY_free(weak);
	EVP_PKEY_free(good);
}

static void unsigned_configuration_never_ends_it(void **state)
{
	static struct settings settings;
	EVP_PKEY *weak = rsa_make(1024);

	(void)state;
	fips_follow(&settings, folder, false, true);
	assert_false(fips_is_wanted(&settings, folder));
	fips_follow(&settings, folder, true, false);
	assert_true(fips_is_wanted(&settings, folder));
	fips_follow(&settings, folder, false, false);
	assert_true(fips_is_wanted(&settings, folder));
	fips_follow(&settings, folder, false, true);
	assert_false(fips_is_wanted(&settings, folder));
	snprintf(settings.lsc.certificate, sizeof(settings.lsc.certificate), "%s/short.pem",
		 folder);
	lsc_put(settings.lsc.certificate, weak);
	fips_follow(&settings, folder, true, true);
	assert_false(fips_is_wanted(&settings, folder));
	EVP_PKEY_free(weak);
}

static void private_keys_no(void **state)
{
	(void)state;
	assert_false(fips_keys_policy(true, FIPS_KEYS_NO));
	assert_true(fips_keys_policy(false, FIPS_KEYS_NO));
}

static void private_keys_approved(void **state)
{
	EVP_PKEY *held = EVP_PKEY_Q_keygen(shared.library, NULL, "EC", "P-256");
	EVP_PKEY *elsewhere = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	EVP_PKEY *weak = rsa_make(1024);
	struct refusal why = { 0 };

	(void)state;
	assert_true(fips_keys_policy(true, FIPS_KEYS_APPROVED));
	assert_int_equal(fips_key_check(held, "mic", &why), 0);
	assert_true(fips_key_check(elsewhere, "mic", &why) < 0);
	assert_int_equal(why.code, REASON_FIPS_KEY_WEAK);
	assert_true(fips_key_check(weak, "mic", &why) < 0);
	assert_non_null(strstr(why.detail, "RSA 1024"));
	EVP_PKEY_free(held);
	EVP_PKEY_free(elsewhere);
	EVP_PKEY_free(weak);
}

static void dot1x_without_md4(void **state)
{
	struct refusal why = { 0 };

	(void)state;
	assert_int_equal(fips_dot1x_check(&(struct fips_dot1x){ .is_fast = false }, &why), 0);
	assert_int_equal(fips_dot1x_check(&(struct fips_dot1x){ true, false, true }, &why), 0);
	assert_true(fips_dot1x_check(&(struct fips_dot1x){ true, true, true }, &why) < 0);
	assert_true(fips_dot1x_check(&(struct fips_dot1x){ true, false, false }, &why) < 0);
	assert_int_equal(why.code, REASON_FIPS_DOT1X);
}

static void preflight_tells_what_would_stop(void **state)
{
	static struct settings settings = { .sha1_files = true };
	struct fips_row rows[FIPS_ROWS_MAX];
	size_t count, stops = 0, missing;

	(void)state;
	strcpy(settings.fips_module, module);
	strcpy(settings.fips_config, config);
	count = fips_check(&settings, folder, rows, FIPS_ROWS_MAX);
	for (size_t i = 0; i < count; i++) {
		stops += rows[i].verdict == FIPS_STOPS;
		assert_true((rows[i].verdict == FIPS_OK) == !*rows[i].detail);
	}
	/* MSCHAPv2, and registration with a key. */
	assert_int_equal(stops, 2);
	strcpy(settings.fips_module, "/nonexistent/fips.so");
	missing = fips_check(&settings, folder, rows, FIPS_ROWS_MAX);
	assert_true(missing < count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tampered_provider_is_refused),
		cmocka_unit_test(missing_provider_is_refused),
		cmocka_unit_test(provider_without_checksum_is_refused),
		cmocka_unit_test(failed_self_test_is_refused),
		cmocka_unit_test(every_needed_algorithm_is_of_the_provider),
		cmocka_unit_test(md5_is_refused), cmocka_unit_test(md4_is_refused),
		cmocka_unit_test(md5_sha1_is_refused), cmocka_unit_test(ripemd160_is_refused),
		cmocka_unit_test(sm3_is_refused), cmocka_unit_test(rc4_is_refused),
		cmocka_unit_test(des_is_refused),
		cmocka_unit_test(chacha20_is_refused), cmocka_unit_test(camellia_is_refused),
		cmocka_unit_test(poly1305_is_refused), cmocka_unit_test(scrypt_is_refused),
		cmocka_unit_test(x25519_is_refused), cmocka_unit_test(x448_is_refused),
		cmocka_unit_test(sm2_is_refused),
		cmocka_unit_test(des_ede3_encrypts_nothing),
		cmocka_unit_test(default_provider_is_noticed),
		cmocka_unit_test(kernel_without_fips_is_refused),
		cmocka_unit_test(lsc_below_2048_bits_prevents_it),
		cmocka_unit_test(unsigned_configuration_never_ends_it),
		cmocka_unit_test(private_keys_no), cmocka_unit_test(private_keys_approved),
		cmocka_unit_test(dot1x_without_md4),
		cmocka_unit_test(preflight_tells_what_would_stop),
	};

	if (!fips_site_find(module)) {
		puts("skipped: there is no FIPS provider here");
		return 0;
	}
	return cmocka_run_group_tests(tests, provider_up, provider_down);
}
