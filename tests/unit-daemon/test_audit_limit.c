// SPDX-License-Identifier: Apache-2.0
/* Events that a far end causes: how many are told, and that none is missing in the counts. */
#include "audit_limit.h"
#include "unit.h"

#define SECOND ((uint64_t)1000000)

static void burst(void **state)
{
	struct audit_limit limit = { 0 };

	(void)state;
	for (int i = 0; i < AUDIT_LIMIT_BURST; i++)
		assert_int_equal(audit_limit_take(&limit, SECOND), AUDIT_LIMIT_TELL);
	assert_int_equal(audit_limit_take(&limit, SECOND), AUDIT_LIMIT_BEGIN);
	assert_int_equal(audit_limit_take(&limit, SECOND), AUDIT_LIMIT_COUNT);
	assert_int_equal(limit.due_us, (1 + AUDIT_LIMIT_WAIT_S) * SECOND);
	/* While it is counted, none is told in between. */
	assert_int_equal(audit_limit_take(&limit, 50 * SECOND), AUDIT_LIMIT_COUNT);
	assert_int_equal(audit_limit_end(&limit, limit.due_us), 3);
}

/* As often as they are made up for they are told for ever. */
static void steady(void **state)
{
	struct audit_limit limit = { 0 };
	uint64_t now = 1000 * SECOND;

	(void)state;
	for (int i = 0; i < 1000; i++, now += AUDIT_LIMIT_EVERY_S * SECOND)
		assert_int_equal(audit_limit_take(&limit, now), AUDIT_LIMIT_TELL);
	/* A rest gives no more than one burst. */
	now += 1000000 * SECOND;
	for (int i = 0; i < AUDIT_LIMIT_BURST; i++)
		assert_int_equal(audit_limit_take(&limit, now), AUDIT_LIMIT_TELL);
	assert_int_equal(audit_limit_take(&limit, now), AUDIT_LIMIT_BEGIN);
}

/* A day of a message each ten milliseconds, then silence. */
static void flood(void **state)
{
	const uint64_t end = 24 * 3600 * SECOND;
	uint64_t told = 0, counted = 0, sent = 0, now;
	struct audit_limit limit = { 0 };

	(void)state;
	for (now = SECOND; now < end; now += SECOND / 100, sent++) {
		if (limit.wait_us && limit.due_us <= now) {
			counted += audit_limit_end(&limit, now);
			told++;
		}
		told += audit_limit_take(&limit, now) != AUDIT_LIMIT_COUNT;
	}
	/* The bound: one in eight minutes, beside the burst and its end. */
	assert_in_range(told, 100, 24 * 3600 / AUDIT_LIMIT_WAIT_MAX_S + AUDIT_LIMIT_BURST + 10);
	counted += audit_limit_end(&limit, end);
	assert_int_equal(counted + AUDIT_LIMIT_BURST, sent);
	assert_int_not_equal(limit.wait_us, 0);
	/* When nothing came for a while each is told again. */
	assert_int_equal(audit_limit_end(&limit, limit.due_us), 0);
	assert_int_equal(limit.wait_us, 0);
	assert_int_equal(audit_limit_take(&limit, end + 3600 * SECOND), AUDIT_LIMIT_TELL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst),
		cmocka_unit_test(steady),
		cmocka_unit_test(flood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
