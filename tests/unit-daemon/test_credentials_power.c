// SPDX-License-Identifier: Apache-2.0
/*
 * Power cuts while the local settings password is looked at or changed: it is the old one or the
 * new one, and no wrong one is forgotten.
 */
#include "credentials_site.h"
#include "power_cut.h"

#define GOOD "Blue-Tiger7"
#define BETTER "Green-Otter8"

/* What the child does; on its own loop, as a loop does not go over a fork. */
static void child_begin(void)
{
	credentials = NULL;
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(credentials_read(), 0);
	power_begin();
}

static void changes(const void *data)
{
	(void)data;
	child_begin();
	assert_int_equal(change(GOOD, BETTER, false), REASON_NONE);
}

static void is_wrong(const void *data)
{
	(void)data;
	child_begin();
	assert_int_equal(unlock(SOMEBODY, BETTER), REASON_PASSWORD_WRONG);
}

static void prepare(void)
{
	phone_make();
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	credentials_free(credentials);
	credentials = NULL;
}

/* Whether the password of now is the new one; just one of both is. */
static bool is_changed(void)
{
	bool old, new;

	assert_int_equal(credentials_read(), 0);
	old = unlock(SOMEBODY, GOOD) == REASON_NONE;
	new = unlock(SOMEBODY, BETTER) == REASON_NONE;
	assert_true(old != new);
	credentials_free(credentials);
	credentials = NULL;
	return new;
}

static void changing(void **state)
{
	unsigned int seen[2] = { 0 };
	bool was_cut = true;

	(void)state;
	for (unsigned int cut = 1; was_cut; cut++) {
		for (int half = 0; half < 2; half++) {
			prepare();
			was_cut = power_run(changes, NULL, cut, half);
			seen[is_changed()]++;
			power_leftovers_check(folder);
		}
	}
	assert_true(seen[0] > 4);
	assert_true(seen[1] >= 2);
}

/* Before the answer the failure is on the disk: when it was cut later than that, it counts. */
static void counting(void **state)
{
	unsigned int before = 0, after = 0;
	bool was_cut = true;

	(void)state;
	for (unsigned int cut = 1; was_cut; cut++) {
		prepare();
		was_cut = power_run(is_wrong, NULL, cut, false);
		assert_int_equal(credentials_read(), 0);
		/* Once counted it stays so. */
		assert_true(!after || status().failures == 1);
		if (status().failures)
			after++;
		else
			before++;
		assert_true(was_cut || status().failures == 1);
	}
	assert_true(before >= 3 && after >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changing),
		cmocka_unit_test(counting),
	};

	return cmocka_run_group_tests(tests, site_set_up, site_clear);
}
