// SPDX-License-Identifier: Apache-2.0
/*
 * Power cuts in each change of the keystore: the store is opened again and must hold what was
 * before or what comes after, whole.
 */
#include <unistd.h>

#include "keystore_unit.h"
#include "power_cut.h"

static struct site_identity first, second, third;
static struct settings settings;
static struct refusal why;

static int set_up(void **state)
{
	struct site_wish wish = { .name = "phone" };

	(void)state;
	first = site_issue(&wish);
	second = site_issue(&wish);
	third = site_issue(&wish);
	settings = store_settings("store");
	return 0;
}

static int clear(void **state)
{
	(void)state;
	site_identity_free(&first);
	site_identity_free(&second);
	site_identity_free(&third);
	return 0;
}

/* A change of the store. */
typedef void (*change)(struct keystore *keystore);

static void install_first(struct keystore *keystore)
{
	store_install_good(keystore, &first);
}

static void install_second(struct keystore *keystore)
{
	store_install_good(keystore, &second);
}

static void install_third(struct keystore *keystore)
{
	store_install_good(keystore, &third);
}

static void confirm(struct keystore *keystore)
{
	expect_done(keystore_lsc_confirm(keystore, &why));
}

static void revert(struct keystore *keystore)
{
	expect_done(keystore_lsc_revert(keystore, &why));
}

static void delete(struct keystore *keystore)
{
	expect_done(keystore_lsc_delete(keystore, &why));
}

static void provision(struct keystore *keystore)
{
	struct octets pem = store_pem(&first, true, true);

	expect_done(keystore_mic_provision(keystore, pem, NULL, &why));
	free((void *)pem.at);
}

static void import_second(struct keystore *keystore)
{
	struct octets pem = store_pem(&second, true, true);

	expect_done(keystore_import(keystore, "wlan", pem, NULL, &why));
	free((void *)pem.at);
}

static void import_third(struct keystore *keystore)
{
	struct octets pem = store_pem(&third, true, true);

	expect_done(keystore_import(keystore, "wlan", pem, NULL, &why));
	free((void *)pem.at);
}

/* What the child does. */
static void change_run(const void *data)
{
	struct keystore *keystore = store_open(&settings);

	power_begin();
	(*(const change *)data)(keystore);
}

/* Runs a change that is cut before a step; false when it came to its end before that. */
static bool run_cut(change change, unsigned int cut, bool half)
{
	return power_run(change_run, &change, cut, half);
}

/* What is left has a state of its own; no key lies about beside the files that count. */
static void leftovers_check(void)
{
	power_leftovers_check(settings.identity_folder);
}

/**
 * struct outcome - what a store may hold
 * @lsc: its LSC, NULL for none
 * @reverted: what it goes back to, NULL for none
 * @confirmed: it does not go back
 */
struct outcome {
	const struct site_identity *lsc;
	const struct site_identity *reverted;
	bool confirmed;
};

static bool lsc_is(const struct keystore *keystore, const char *name,
		   const struct site_identity *wanted)
{
	unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN];
	struct keystore_certificate shown;

	keystore_show(keystore, name, &shown);
	if (!wanted)
		return shown.state == CERTIFICATE_MISSING;
	assert_true(crypto_fingerprint(wanted->certificate, fingerprint));
	return shown.state == CERTIFICATE_VALID &&
	       !memcmp(fingerprint, shown.fingerprint, sizeof(fingerprint));
}

static bool outcome_is(const struct outcome *outcome)
{
	struct keystore *keystore = store_open(&settings);
	bool is = lsc_is(keystore, "lsc", outcome->lsc) &&
		  keystore_lsc_is_unconfirmed(keystore) == !outcome->confirmed;

	keystore_free(keystore);
	return is;
}

/* After that the store must work on as if nothing had been. */
static void goes_on(const struct outcome *outcome)
{
	struct keystore *keystore = store_open(&settings);

	/* A key that is not gone back to is not kept. */
	if (outcome->confirmed)
		assert_int_equal(access(store_file(&settings, "lsc-old.pem"), F_OK), -1);
	if (!outcome->confirmed) {
		revert(keystore);
		assert_true(lsc_is(keystore, "lsc", outcome->reverted));
	}
	install_third(keystore);
	assert_true(lsc_is(keystore, "lsc", &third));
	confirm(keystore);
	assert_false(keystore_lsc_is_unconfirmed(keystore));
	keystore_free(keystore);
}

static void prepare(const change *before)
{
	struct keystore *keystore;

	store_empty(&settings);
	keystore = store_open(&settings);
	for (; *before; before++)
		(*before)(keystore);
	keystore_free(keystore);
}

/* Cuts @change at each step, whole writes and halves, from the state that @before leads to. */
static void cut_everywhere(const change *before, change change, const struct outcome *old,
			   const struct outcome *new)
{
	unsigned int cut = 1, as_before = 0;
	bool was_cut = true;

	for (; was_cut; cut++) {
		for (int half = 0; half < 2; half++) {
			prepare(before);
			was_cut = run_cut(change, cut, half);
			if (was_cut && outcome_is(old)) {
				as_before++;
				leftovers_check();
				goes_on(old);
				continue;
			}
			if (!outcome_is(new))
				fail_msg("cut %u: neither the old state nor the new one", cut);
			leftovers_check();
			goes_on(new);
		}
	}
	/* Else nothing was cut, or nothing was looked at. */
	assert_true(cut > 3);
	assert_true(as_before >= 2);
}

#define BEFORE(...) ((const change[]){ __VA_ARGS__ __VA_OPT__(,) NULL })

static void installing(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(), install_first, &(struct outcome){ NULL, NULL, true },
		       &(struct outcome){ &first, NULL, false });
	cut_everywhere(BEFORE(install_first, confirm), install_second,
		       &(struct outcome){ &first, NULL, true },
		       &(struct outcome){ &second, &first, false });
	cut_everywhere(BEFORE(install_third, confirm, install_first), install_second,
		       &(struct outcome){ &first, &third, false },
		       &(struct outcome){ &second, &third, false });
}

static void confirming(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(install_first), confirm, &(struct outcome){ &first, NULL, false },
		       &(struct outcome){ &first, NULL, true });
	cut_everywhere(BEFORE(install_first, confirm, install_second), confirm,
		       &(struct outcome){ &second, &first, false },
		       &(struct outcome){ &second, NULL, true });
}

static void reverting(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(install_first), revert, &(struct outcome){ &first, NULL, false },
		       &(struct outcome){ NULL, NULL, true });
	cut_everywhere(BEFORE(install_first, confirm, install_second), revert,
		       &(struct outcome){ &second, &first, false },
		       &(struct outcome){ &first, NULL, true });
}

static void deleting(void **state)
{
	(void)state;
	cut_everywhere(BEFORE(install_first, confirm), delete,
		       &(struct outcome){ &first, NULL, true },
		       &(struct outcome){ NULL, NULL, true });
}

/* The one before goes first; in between there is the one in force, which has to stay. */
static void deleting_unconfirmed(void **state)
{
	static const struct outcome old = { &second, &first, false };
	static const struct outcome between = { &second, NULL, true };
	static const struct outcome new = { NULL, NULL, true };
	unsigned int seen[3] = { 0 };
	bool was_cut = true;

	(void)state;
	for (unsigned int cut = 1; was_cut; cut++) {
		prepare(BEFORE(install_first, confirm, install_second));
		was_cut = run_cut(delete, cut, false);
		if (was_cut && outcome_is(&old))
			seen[0]++;
		else if (was_cut && outcome_is(&between))
			seen[1]++;
		else if (outcome_is(&new))
			seen[2]++;
		else
			fail_msg("cut %u: neither", cut);
		leftovers_check();
	}
	assert_true(seen[0] && seen[1] && seen[2]);
}

/* A file of its own each, which is there or is not. */
static void cut_file(const change *before, change change, const char *name,
		     const struct site_identity *old, const struct site_identity *new)
{
	unsigned int as_before = 0, cut = 1;
	struct keystore *keystore;
	bool was_cut = true;

	for (; was_cut; cut++) {
		prepare(before);
		was_cut = run_cut(change, cut, true);
		keystore = store_open(&settings);
		if (was_cut && lsc_is(keystore, name, old))
			as_before++;
		else
			assert_true(lsc_is(keystore, name, new));
		keystore_free(keystore);
		leftovers_check();
	}
	assert_true(as_before >= 2);
}

static void provisioning_and_importing(void **state)
{
	(void)state;
	cut_file(BEFORE(), provision, "mic", NULL, &first);
	cut_file(BEFORE(), import_second, "wlan", NULL, &second);
	cut_file(BEFORE(import_second), import_third, "wlan", &second, &third);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(installing),
		cmocka_unit_test(confirming),
		cmocka_unit_test(reverting),
		cmocka_unit_test(deleting),
		cmocka_unit_test(deleting_unconfirmed),
		cmocka_unit_test(provisioning_and_importing),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
