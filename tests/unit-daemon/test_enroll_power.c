// SPDX-License-Identifier: Apache-2.0
/*
 * Power cuts while a CAPF server renews the certificate of this phone: after each there is the old
 * one or the new one, with the key that it was issued for.
 */
#include <unistd.h>

#include "capf_site.h"
#include "identity.h"
#include "power_cut.h"

static struct capf_site site;

static int set_up(void **state)
{
	(void)state;
	capf_site_open(&site);
	capf_site_mic(&site, "rsa");
	return 0;
}

static int clear(void **state)
{
	(void)state;
	capf_site_close(&site);
	return 0;
}

static void keystore_reopen(void)
{
	struct refusal why;

	keystore_free(site.keystore);
	site.keystore = NULL;
	if (keystore_new(&site.keystore, &site.settings, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
}

/* Runs in the child, which has a loop of its own. */
static void enroll_run(const void *data)
{
	(void)data;
	assert_true(sd_event_new(&site.event) >= 0);
	power_begin();
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
}

static void lsc_usable(void)
{
	struct identity identity;
	struct refusal why;

	if (identity_load(&identity, &site.settings.lsc, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	assert_int_equal(X509_check_private_key(identity.certificate, identity.key), 1);
	identity_clear(&identity);
}

/* A phone without LSC, or with one that is in use. */
static void prepare(bool has_lsc, char before[80])
{
	struct refusal why;

	keystore_reopen();
	if (keystore_lsc_is_unconfirmed(site.keystore))
		(void)keystore_lsc_confirm(site.keystore, &why);
	if (!has_lsc && *capf_site_lsc(&site))
		assert_int_equal(keystore_lsc_delete(site.keystore, &why), 0);
	if (has_lsc && !*capf_site_lsc(&site)) {
		capf_site_enroll(&site, NULL);
		capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
		assert_int_equal(keystore_lsc_confirm(site.keystore, &why), 0);
	}
	strcpy(before, capf_site_lsc(&site));
	capf_site_order(&site, "\"operation\": \"install\", \"mode\": \"null-string\", "
			"\"key\": \"p-256\", \"type\": null");
}

static void renewed(bool has_lsc)
{
	unsigned int kept = 0, installed = 0, cut = 1;
	char before[80], issued[80];
	bool was_cut = true;

	for (; was_cut; cut++) {
		prepare(has_lsc, before);
		was_cut = power_run(enroll_run, NULL, cut, cut % 2);
		snprintf(issued, sizeof(issued), "%s", capf_site_told(&site, "issued"));
		keystore_reopen();
		if (!strcmp(capf_site_lsc(&site), before)) {
			assert_true(was_cut);
			kept++;
		} else {
			assert_true(*issued);
			assert_string_equal(capf_site_lsc(&site), issued);
			assert_true(keystore_lsc_is_unconfirmed(site.keystore));
			installed++;
		}
		power_leftovers_check(site.settings.identity_folder);
		if (*capf_site_lsc(&site))
			lsc_usable();
	}
	/* Cut before it took the place, after it did, and not at all. */
	assert_true(kept >= 3);
	assert_true(installed >= 2);
}

static void first_certificate(void **state)
{
	(void)state;
	renewed(false);
}

static void renewed_certificate(void **state)
{
	(void)state;
	renewed(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_certificate),
		cmocka_unit_test(renewed_certificate),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
