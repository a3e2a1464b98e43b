// SPDX-License-Identifier: Apache-2.0
/* The certificates of the phone: LSC, MIC, and which one is for what. */
#include <sys/stat.h>
#include <unistd.h>

#include "calendar.h"
#include "keystore_unit.h"

static struct site_identity authority, first, second, mic, rsa, weak, late, early;
static struct refusal why;

static int set_up(void **state)
{
	struct site_wish wish = { .name = "Authority", .is_authority = true };

	(void)state;
	authority = site_issue(&wish);
	wish = (struct site_wish){ .name = "SEP001122334455", .issuer = &authority };
	first = site_issue(&wish);
	second = site_issue(&wish);
	mic = site_issue(&(struct site_wish){ .name = "MIC", .key = SITE_RSA_2048 });
	wish.key = SITE_RSA_2048;
	rsa = site_issue(&wish);
	wish.key = SITE_RSA_1024;
	weak = site_issue(&wish);
	wish.key = SITE_EC_256;
	wish.from_s = -7200;
	wish.to_s = -3600;
	late = site_issue(&wish);
	wish.from_s = 3600;
	wish.to_s = 7200;
	early = site_issue(&wish);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	site_identity_free(&authority);
	site_identity_free(&first);
	site_identity_free(&second);
	site_identity_free(&mic);
	site_identity_free(&rsa);
	site_identity_free(&weak);
	site_identity_free(&late);
	site_identity_free(&early);
	return 0;
}

static unsigned int mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static int provision(struct keystore *keystore, const struct site_identity *identity)
{
	struct octets pem = store_pem(identity, true, true);
	int err = keystore_mic_provision(keystore, pem, NULL, &why);

	free((void *)pem.at);
	return err;
}

static void empty_store(void **state)
{
	struct settings settings = store_settings("empty");
	struct keystore *keystore = store_open(&settings);
	char names[KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX];
	struct keystore_certificate shown;
	struct identity identity;

	(void)state;
	assert_int_equal(mode_of(settings.identity_folder), 0700);
	assert_int_equal(mode_of(store_file(&settings, "imported")), 0700);
	keystore_show(keystore, "lsc", &shown);
	assert_int_equal(shown.state, CERTIFICATE_MISSING);
	assert_int_equal(shown.why.code, REASON_IDENTITY_MISSING);
	assert_int_equal(keystore_list(keystore, names), 0);
	expect_refused(keystore_identity_for(keystore, IDENTITY_USE_LSC_FIRST, NULL, &identity,
					     NULL, &why), REASON_IDENTITY_MISSING);
	assert_non_null(strstr(why.detail, "lsc.pem is not there"));
	expect_refused(keystore_lsc_revert(keystore, &why), REASON_IDENTITY_CONFIRMED);
	expect_refused(keystore_lsc_delete(keystore, &why), REASON_IDENTITY_MISSING);
	expect_done(keystore_lsc_confirm(keystore, &why));
	keystore_free(keystore);
}

static void what_is_shown(void **state)
{
	struct settings settings = store_settings("shown");
	struct keystore *keystore = store_open(&settings);
	struct keystore_certificate shown;

	(void)state;
	store_install_good(keystore, &rsa);
	keystore_show(keystore, "lsc", &shown);
	assert_string_equal(shown.name, "lsc");
	assert_int_equal(shown.state, CERTIFICATE_VALID);
	assert_string_equal(shown.subject, "O=Site, CN=SEP001122334455");
	assert_string_equal(shown.issuer, "O=Site, CN=Authority");
	assert_string_equal(shown.key, "RSA 2048");
	assert_string_equal(shown.place, "file");
	assert_string_equal(shown.serial, "05");
	assert_int_equal(shown.until_s - shown.from_s, 2 * 86400);
	assert_true(shown.renew_s >= shown.from_s + 2 * 86400 / 3 * 2);
	assert_true(shown.own && shown.unconfirmed);
	assert_int_equal(mode_of(store_file(&settings, "lsc.pem")), 0600);
	keystore_free(keystore);
}

/* Each step is looked at through a store that was opened anew, as after a restart. */
static struct keystore *reopen(struct keystore *keystore, const struct settings *settings)
{
	keystore_free(keystore);
	return store_open(settings);
}

static void lsc_goes_its_way(void **state)
{
	struct settings settings = store_settings("way");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	store_install_good(keystore, &first);
	keystore = reopen(keystore, &settings);
	store_expect(keystore, "lsc", &first, CERTIFICATE_VALID);
	assert_true(keystore_lsc_is_unconfirmed(keystore));
	expect_done(keystore_lsc_confirm(keystore, &why));
	assert_false(keystore_lsc_is_unconfirmed(keystore));
	expect_refused(keystore_lsc_revert(keystore, &why), REASON_IDENTITY_CONFIRMED);

	store_install_good(keystore, &second);
	keystore = reopen(keystore, &settings);
	store_expect(keystore, "lsc", &second, CERTIFICATE_VALID);
	/* A third one in between does not become what is gone back to. */
	store_install_good(keystore, &rsa);
	expect_done(keystore_lsc_revert(keystore, &why));
	keystore = reopen(keystore, &settings);
	store_expect(keystore, "lsc", &first, CERTIFICATE_VALID);
	assert_false(keystore_lsc_is_unconfirmed(keystore));

	store_install_good(keystore, &second);
	expect_done(keystore_lsc_confirm(keystore, &why));
	assert_true(access(store_file(&settings, "lsc-old.pem"), F_OK) < 0);
	store_install_good(keystore, &first);
	expect_done(keystore_lsc_delete(keystore, &why));
	assert_true(access(store_file(&settings, "lsc-old.pem"), F_OK) < 0);
	assert_true(access(store_file(&settings, "lsc.pem"), F_OK) < 0);
	keystore_free(keystore);
}

static void first_one_reverts_to_none(void **state)
{
	struct settings settings = store_settings("none");
	struct keystore *keystore = store_open(&settings);
	struct keystore_certificate shown;

	(void)state;
	store_install_good(keystore, &first);
	expect_done(keystore_lsc_revert(keystore, &why));
	keystore_show(keystore, "lsc", &shown);
	assert_int_equal(shown.state, CERTIFICATE_MISSING);
	assert_true(access(store_file(&settings, "lsc-old.pem"), F_OK) < 0);
	keystore_free(keystore);
}

static void lsc_refused(void **state)
{
	struct settings settings = store_settings("refused");
	struct keystore *keystore = store_open(&settings);
	struct site_identity mixed = { first.certificate, second.key };

	(void)state;
	store_install_good(keystore, &first);
	expect_refused(store_install(keystore, &mixed, &why), REASON_IDENTITY_MISMATCH);
	expect_refused(store_install(keystore, &weak, &why), REASON_IDENTITY_KEY_WEAK);
	expect_refused(store_install(keystore, &late, &why), REASON_IDENTITY_EXPIRED);
	store_expect(keystore, "lsc", &first, CERTIFICATE_VALID);
	/* One of a server whose clock is ahead is taken. */
	store_install_good(keystore, &early);
	store_expect(keystore, "lsc", &early, CERTIFICATE_EARLY);
	settings.weak_keys = true;
	expect_done(keystore_reload(keystore, &settings, &why));
	store_install_good(keystore, &weak);
	store_expect(keystore, "lsc", &weak, CERTIFICATE_VALID);
	keystore_free(keystore);
}

static void lsc_elsewhere(void **state)
{
	struct settings settings = store_settings("elsewhere");
	struct keystore_certificate shown;
	struct keystore *keystore;

	(void)state;
	strcpy(settings.lsc.certificate, site_write("other.pem", &first, true));
	keystore = store_open(&settings);
	store_expect(keystore, "lsc", &first, CERTIFICATE_VALID);
	keystore_show(keystore, "lsc", &shown);
	assert_false(shown.own);
	expect_refused(store_install(keystore, &second, &why), REASON_IDENTITY_ELSEWHERE);
	expect_refused(keystore_delete(keystore, "lsc", &why), REASON_IDENTITY_ELSEWHERE);
	assert_int_equal(access(settings.lsc.certificate, F_OK), 0);
	keystore_free(keystore);
}

static void damaged_lsc(void **state)
{
	struct settings settings = store_settings("damaged");
	struct keystore *keystore = store_open(&settings);
	struct keystore_certificate shown;
	struct identity identity;

	(void)state;
	expect_done(provision(keystore, &mic));
	store_install_good(keystore, &first);
	assert_int_equal(truncate(store_file(&settings, "lsc.pem"), 300), 0);
	keystore_show(keystore, "lsc", &shown);
	assert_int_equal(shown.state, CERTIFICATE_UNUSABLE);
	/* Nobody would notice that the MIC is shown. */
	expect_refused(keystore_identity_for(keystore, IDENTITY_USE_LSC_FIRST, NULL, &identity,
					     NULL, &why), REASON_IDENTITY_UNUSABLE);
	expect_done(keystore_lsc_revert(keystore, &why));
	keystore_free(keystore);
}

/* A key that others could read is none, even below a folder of the daemon's own. */
static void readable_old_one(void **state)
{
	struct settings settings = store_settings("readable");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	store_install_good(keystore, &first);
	assert_int_equal(chmod(store_file(&settings, "lsc.pem"), 0644), 0);
	expect_refused(store_install(keystore, &second, &why), REASON_IDENTITY_UNUSABLE);
	assert_non_null(strstr(why.detail, "other users may read"));
	keystore_free(keystore);
}

static void mic_once(void **state)
{
	struct settings settings = store_settings("mic");
	struct keystore *keystore = store_open(&settings);
	struct site_identity mixed = { first.certificate, second.key };

	(void)state;
	expect_refused(provision(keystore, &mixed), REASON_IDENTITY_MISMATCH);
	expect_refused(provision(keystore, &weak), REASON_IDENTITY_KEY_WEAK);
	expect_done(provision(keystore, &mic));
	assert_int_equal(mode_of(store_file(&settings, "mic.pem")), 0400);
	expect_refused(provision(keystore, &rsa), REASON_IDENTITY_PERMANENT);
	expect_refused(provision(keystore, &mic), REASON_IDENTITY_PERMANENT);
	expect_refused(keystore_delete(keystore, "mic", &why), REASON_IDENTITY_PERMANENT);
	keystore = reopen(keystore, &settings);
	store_expect(keystore, "mic", &mic, CERTIFICATE_VALID);
	/* One that is damaged is nobody's to replace either. */
	assert_int_equal(chmod(store_file(&settings, "mic.pem"), 0600), 0);
	assert_int_equal(truncate(store_file(&settings, "mic.pem"), 0), 0);
	expect_refused(provision(keystore, &rsa), REASON_IDENTITY_PERMANENT);
	keystore_free(keystore);
}

/* Which one a use gets; NULL for a refusal of this reason. */
static void use(struct keystore *keystore, enum identity_use use, const char *name,
		const struct site_identity *wanted, enum reason_code code)
{
	struct settings_identity named;
	struct identity identity;
	int err = keystore_identity_for(keystore, use, name, &identity, &named, &why);

	assert_string_equal(reason_words(err ? why.code : REASON_NONE)->code,
			    reason_words(code)->code);
	if (err)
		return;
	assert_int_equal(X509_cmp(identity.certificate, wanted->certificate), 0);
	assert_true(EVP_PKEY_eq(identity.key, wanted->key) == 1);
	assert_int_equal(access(named.certificate, F_OK), 0);
	identity_clear(&identity);
}

static void import(struct keystore *keystore, const char *name,
		   const struct site_identity *identity)
{
	struct octets pem = store_pem(identity, true, true);

	expect_done(keystore_import(keystore, name, pem, NULL, &why));
	free((void *)pem.at);
}

static void uses(void **state)
{
	struct settings settings = store_settings("uses");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	use(keystore, IDENTITY_USE_WLAN, NULL, NULL, REASON_IDENTITY_MISSING);
	use(keystore, IDENTITY_USE_WLAN, "lsc", NULL, REASON_IDENTITY_WLAN);
	expect_done(provision(keystore, &mic));
	use(keystore, IDENTITY_USE_LSC_FIRST, NULL, &mic, REASON_NONE);
	store_install_good(keystore, &first);
	use(keystore, IDENTITY_USE_LSC_FIRST, NULL, &first, REASON_NONE);
	use(keystore, IDENTITY_USE_MIC_FIRST, NULL, &mic, REASON_NONE);
	/* Encryption of files is for RSA keys alone. */
	use(keystore, IDENTITY_USE_FILES, NULL, &mic, REASON_NONE);
	use(keystore, IDENTITY_USE_FILES, "lsc", NULL, REASON_FILE_KEY);
	use(keystore, IDENTITY_USE_LAN, NULL, &first, REASON_NONE);
	use(keystore, IDENTITY_USE_LAN, "nobody", NULL, REASON_IDENTITY_UNKNOWN);
	use(keystore, IDENTITY_USE_LAN, "../mic", NULL, REASON_IDENTITY_NAME);
	store_install_good(keystore, &rsa);
	use(keystore, IDENTITY_USE_FILES, NULL, &rsa, REASON_NONE);
	keystore_free(keystore);
}

static void never_the_lsc_in_a_wlan(void **state)
{
	struct settings settings = store_settings("wlan");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	store_install_good(keystore, &first);
	use(keystore, IDENTITY_USE_WLAN, NULL, NULL, REASON_IDENTITY_MISSING);
	use(keystore, IDENTITY_USE_WLAN, "lsc", NULL, REASON_IDENTITY_WLAN);
	import(keystore, "wlan", &second);
	use(keystore, IDENTITY_USE_WLAN, "wlan", &second, REASON_NONE);
	/* Not under another name either. */
	import(keystore, "wlan", &first);
	use(keystore, IDENTITY_USE_WLAN, "wlan", NULL, REASON_IDENTITY_WLAN);
	use(keystore, IDENTITY_USE_LAN, "wlan", &first, REASON_NONE);
	expect_done(provision(keystore, &mic));
	use(keystore, IDENTITY_USE_WLAN, NULL, &mic, REASON_NONE);
	keystore_free(keystore);
}

static void timely_one_first(void **state)
{
	struct settings settings = store_settings("timely");
	struct keystore *keystore;

	(void)state;
	strcpy(settings.lsc.certificate, site_write("late.pem", &late, true));
	keystore = store_open(&settings);
	store_expect(keystore, "lsc", &late, CERTIFICATE_EXPIRED);
	use(keystore, IDENTITY_USE_LSC_FIRST, NULL, &late, REASON_NONE);
	expect_done(provision(keystore, &mic));
	use(keystore, IDENTITY_USE_LSC_FIRST, NULL, &mic, REASON_NONE);
	use(keystore, IDENTITY_USE_LSC_FIRST, "lsc", &late, REASON_NONE);
	/* Better one that is over than none: whose clock is right is the server's to say. */
	strcpy(settings.mic.certificate, settings.lsc.certificate);
	strcpy(settings.lsc.certificate, site_path("absent.pem"));
	expect_done(keystore_reload(keystore, &settings, &why));
	use(keystore, IDENTITY_USE_LSC_FIRST, NULL, &late, REASON_NONE);
	keystore_free(keystore);
}

/* The last test, as the calendar learns for the life of the process. */
static void wrong_clock(void **state)
{
	struct settings settings = store_settings("clock");
	struct keystore *keystore = store_open(&settings);
	int64_t now = calendar_now();
	struct keystore_certificate shown;

	(void)state;
	assert_int_equal(calendar_check(now, &why), 0);
	expect_refused(calendar_check(0, &why), REASON_CLOCK_WRONG);
	assert_non_null(strstr(why.detail, "it says 1970-01-01 00:00 UTC, and "));
	store_install_good(keystore, &early);
	keystore_show(keystore, "lsc", &shown);
	assert_int_equal(shown.why.code, REASON_IDENTITY_EXPIRED);
	calendar_learn(CALENDAR_FILE, now + 86400 - 60);
	assert_int_equal(calendar_check(now, &why), 0);
	calendar_learn(CALENDAR_FILE, now + 86400 + 60);
	/* What is earlier makes it no earlier. */
	calendar_learn(CALENDAR_FILE, now);
	expect_refused(calendar_check(now, &why), REASON_CLOCK_WRONG);
	keystore_show(keystore, "lsc", &shown);
	assert_int_equal(shown.state, CERTIFICATE_EARLY);
	assert_int_equal(shown.why.code, REASON_CLOCK_WRONG);
	expect_refused(store_install(keystore, &late, &why), REASON_CLOCK_WRONG);
	/* By a wrong clock the MIC is no better than the LSC. */
	expect_done(provision(keystore, &mic));
	use(keystore, IDENTITY_USE_LSC_FIRST, NULL, &early, REASON_NONE);
	keystore_free(keystore);
}

static void mic_tells_the_time(void **state)
{
	struct site_identity future = site_issue(&(struct site_wish){ .name = "MIC",
		.from_s = 40L * 86400, .to_s = 80L * 86400 });
	struct settings settings = store_settings("future");
	struct keystore *keystore = store_open(&settings);

	(void)state;
	expect_done(provision(keystore, &future));
	expect_refused(calendar_check(calendar_now() + 2 * 86400, &why), REASON_CLOCK_WRONG);
	assert_non_null(strstr(why.detail, "the MIC is valid from"));
	keystore_free(keystore);
	site_identity_free(&future);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_store),
		cmocka_unit_test(what_is_shown),
		cmocka_unit_test(lsc_goes_its_way),
		cmocka_unit_test(first_one_reverts_to_none),
		cmocka_unit_test(lsc_refused),
		cmocka_unit_test(lsc_elsewhere),
		cmocka_unit_test(damaged_lsc),
		cmocka_unit_test(readable_old_one),
		cmocka_unit_test(mic_once),
		cmocka_unit_test(uses),
		cmocka_unit_test(never_the_lsc_in_a_wlan),
		cmocka_unit_test(timely_one_first),
		cmocka_unit_test(wrong_clock),
		cmocka_unit_test(mic_tells_the_time),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
