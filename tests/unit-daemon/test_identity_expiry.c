// SPDX-License-Identifier: Apache-2.0
/* Certificates that end: what is told of it, and when. */
#include <unistd.h>

#include "calendar.h"
#include "identity_expiry.h"
#include "keystore_unit.h"

enum { DAY = 86400 };

static const unsigned char earliest[CRYPTO_FINGERPRINT_LEN];
static const unsigned char latest[CRYPTO_FINGERPRINT_LEN] = { 0xFF, 0xFF };
static struct refusal why;
static sd_event *event;
static unsigned int renewals, changes;
static char said[16384];

static void renew(void *owner)
{
	(void)owner;
	renewals++;
}

static void changed(void *owner)
{
	(void)owner;
	changes++;
}

static const struct identity_expiry_events events = { renew, changed };

static void renewal_time(void **state)
{
	(void)state;
	assert_int_equal(identity_expiry_renewal(0, 300 * DAY, earliest), 200 * DAY);
	assert_in_range(identity_expiry_renewal(0, 300 * DAY, latest), 214 * DAY, 215 * DAY);
	assert_int_equal(identity_expiry_renewal(1000, 1000, latest), 1000);
	assert_int_equal(identity_expiry_renewal(1000, 0, latest), 1000);
	/* From year 1 to 9999: no overflow on the way. */
	assert_in_range(identity_expiry_renewal(0, 253402300799, latest), 253402300799 / 3 * 2,
			253402300799 / 10 * 8);
}

static void warning_days(void **state)
{
	static const struct {
		int64_t life;
		int64_t left;
		int warning;
	} cases[] = {
		{ 365, 91, -1 }, { 365, 90, 90 }, { 365, 31, 90 }, { 365, 30, 30 },
		{ 365, 8, 30 }, { 365, 7, 7 }, { 365, 0, 0 }, { 365, -1, 0 },
		/* Short lives are not warned of from their first day on. */
		{ 180, 90, 90 }, { 179, 90, -1 }, { 60, 30, 30 }, { 59, 30, -1 }, { 14, 7, 7 },
		{ 13, 7, -1 }, { 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(identity_expiry_warning(0, cases[i].life * DAY,
							 (cases[i].life - cases[i].left) * DAY),
				 cases[i].warning);
	assert_int_equal(identity_expiry_warning(0, 365 * DAY, 365 * DAY - 1), 7);
}

/* What is told while looking. */
static void look(struct identity_expiry *expiry, int64_t now_s)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t len;

	renewals = changes = 0;
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	identity_expiry_look(expiry, now_s);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	close(kept);
	close(ends[1]);
	len = read(ends[0], said, sizeof(said) - 1);
	said[len > 0 ? len : 0] = '\0';
	close(ends[0]);
}

static struct identity_expiry *watch(const struct keystore *keystore)
{
	struct identity_expiry *expiry = NULL;

	expect_done(identity_expiry_new(&expiry, event, keystore, &events, NULL, &why));
	return expiry;
}

static void expect_said(const char *words)
{
	if (words && !strstr(said, words))
		fail_msg("'%s' lacks '%s'", said, words);
	if (!words)
		assert_string_equal(said, "");
}

/* A year from yesterday on. */
static struct site_identity year_long(void)
{
	return site_issue(&(struct site_wish){ .name = "phone", .from_s = -DAY,
		.to_s = 364 * DAY });
}

static void each_warning_once(void **state)
{
	struct settings settings = store_settings("warnings");
	struct keystore *keystore = store_open(&settings);
	struct identity_expiry *expiry = watch(keystore);
	struct site_identity lsc = year_long();
	int64_t until = calendar_now() + 364 * DAY;

	(void)state;
	store_install_good(keystore, &lsc);
	look(expiry, until - 200 * DAY);
	expect_said(NULL);
	assert_int_equal(changes, 1);
	look(expiry, until - 89 * DAY);
	expect_said("lsc, O=Site, CN=phone, ends 20");
	expect_said("in 89 days\n");
	look(expiry, until - 88 * DAY);
	assert_null(strstr(said, "ends soon"));
	assert_int_equal(changes, 0);
	look(expiry, until - 30 * DAY);
	expect_said("in 30 days\n");
	look(expiry, until - DAY);
	expect_said("in 1 day\n");
	look(expiry, until - 100);
	assert_null(strstr(said, "ends soon"));
	look(expiry, until + DAY);
	expect_said("The certificate of this phone is not valid now");
	look(expiry, until + 2 * DAY);
	assert_null(strstr(said, "not valid now"));
	identity_expiry_free(expiry);
	keystore_free(keystore);
	site_identity_free(&lsc);
}

static void renewal_each_day(void **state)
{
	struct settings settings = store_settings("renewal");
	struct keystore *keystore = store_open(&settings);
	struct identity_expiry *expiry = watch(keystore);
	struct site_identity lsc = year_long(), next = year_long();
	struct keystore_certificate shown;

	(void)state;
	store_install_good(keystore, &lsc);
	keystore_show(keystore, "lsc", &shown);
	look(expiry, shown.renew_s - 1);
	assert_int_equal(renewals, 0);
	look(expiry, shown.renew_s);
	assert_int_equal(renewals, 1);
	expect_said("A new LSC is due");
	look(expiry, shown.renew_s + DAY - 1);
	assert_int_equal(renewals, 0);
	look(expiry, shown.renew_s + DAY);
	assert_int_equal(renewals, 1);
	store_install_good(keystore, &next);
	keystore_show(keystore, "lsc", &shown);
	look(expiry, shown.renew_s - 1);
	assert_int_equal(renewals, 0);
	assert_int_equal(changes, 1);
	look(expiry, shown.renew_s);
	assert_int_equal(renewals, 1);
	expect_done(keystore_lsc_delete(keystore, &why));
	look(expiry, shown.renew_s + 2 * DAY);
	assert_int_equal(renewals, 0);
	assert_int_equal(changes, 1);
	identity_expiry_free(expiry);
	keystore_free(keystore);
	site_identity_free(&lsc);
	site_identity_free(&next);
}

/* MIC and imported ones are warned of, and nobody renews them; nor an LSC that is elsewhere. */
static void others_are_not_renewed(void **state)
{
	struct settings settings = store_settings("others");
	struct site_identity identity = year_long();
	struct octets pem = store_pem(&identity, true, true);
	int64_t until = calendar_now() + 364 * DAY;
	struct identity_expiry *expiry;
	struct keystore *keystore;

	(void)state;
	strcpy(settings.lsc.certificate, site_write("elsewhere.pem", &identity, true));
	keystore = store_open(&settings);
	expiry = watch(keystore);
	expect_done(keystore_mic_provision(keystore, pem, NULL, &why));
	expect_done(keystore_import(keystore, "wlan", pem, NULL, &why));
	look(expiry, until - 5 * DAY);
	expect_said("mic, O=Site");
	expect_said("lsc, O=Site");
	expect_said("wlan, O=Site");
	assert_int_equal(renewals, 0);
	expect_done(keystore_delete(keystore, "wlan", &why));
	look(expiry, until - 5 * DAY);
	assert_int_equal(changes, 1);
	expect_said(NULL);
	identity_expiry_free(expiry);
	keystore_free(keystore);
	site_identity_free(&identity);
	free((void *)pem.at);
}

static void wrong_clock(void **state)
{
	struct settings settings = store_settings("clock");
	struct keystore *keystore = store_open(&settings);
	struct identity_expiry *expiry = watch(keystore);
	struct site_identity lsc = year_long();

	(void)state;
	store_install_good(keystore, &lsc);
	look(expiry, calendar_now());
	look(expiry, 0);
	expect_said("The clock of this phone is wrong");
	expect_said("(clock-wrong; ");
	assert_int_equal(changes, 1);
	look(expiry, 60);
	expect_said(NULL);
	assert_int_equal(changes, 0);
	look(expiry, calendar_now());
	expect_said(NULL);
	assert_int_equal(changes, 1);
	identity_expiry_free(expiry);
	keystore_free(keystore);
	site_identity_free(&lsc);
}

static void looks_from_the_loop(void **state)
{
	struct site_identity lsc = site_issue(&(struct site_wish){ .name = "phone",
		.from_s = -300 * DAY, .to_s = 10 * DAY });
	struct settings settings = store_settings("loop");
	struct keystore *keystore = store_open(&settings);
	struct identity_expiry *expiry;

	(void)state;
	store_install_good(keystore, &lsc);
	renewals = 0;
	expiry = watch(keystore);
	assert_int_equal(renewals, 0);
	site_until(event, renewals);
	site_run(event, 50);
	assert_int_equal(renewals, 1);
	identity_expiry_free(expiry);
	keystore_free(keystore);
	site_identity_free(&lsc);
}

static int set_up(void **state)
{
	(void)state;
	return sd_event_new(&event) < 0;
}

static int clear(void **state)
{
	(void)state;
	sd_event_unref(event);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renewal_time),
		cmocka_unit_test(warning_days),
		cmocka_unit_test(each_warning_once),
		cmocka_unit_test(renewal_each_day),
		cmocka_unit_test(others_are_not_renewed),
		cmocka_unit_test(wrong_clock),
		cmocka_unit_test(looks_from_the_loop),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
