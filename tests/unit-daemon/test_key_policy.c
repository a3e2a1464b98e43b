// SPDX-License-Identifier: Apache-2.0
/* Which RSA and which digests are taken for what. */
#include "key_policy.h"
#include "unit.h"

static void sizes(void **state)
{
	(void)state;
	for (enum key_use use = 0; use < KEY_USES; use++) {
		assert_true(key_policy_rsa(use, 4096, false));
		assert_true(key_policy_rsa(use, 3072, false));
		assert_true(key_policy_rsa(use, 2048, false));
		assert_false(key_policy_rsa(use, 2047, false));
		assert_false(key_policy_rsa(use, 1024, false));
		assert_true(key_policy_rsa(use, 2048, true));
		assert_false(key_policy_rsa(use, 511, true));
	}
	assert_true(key_policy_rsa(KEY_USE_OWN, 512, true));
	assert_false(key_policy_rsa(KEY_USE_SERVER, 2047, true));
	assert_true(key_policy_rsa(KEY_USE_FILE, 1024, true));
	assert_false(key_policy_rsa(KEY_USE_FILE, 1023, true));
}

static void digests(void **state)
{
	(void)state;
	for (enum key_use use = KEY_USE_SERVER; use < KEY_USES; use++) {
		assert_true(key_policy_digest(use, "SHA256", false));
		assert_true(key_policy_digest(use, "SHA512", false));
		assert_false(key_policy_digest(use, "SHA1", false));
		assert_false(key_policy_digest(use, "SHA224", true));
		assert_false(key_policy_digest(use, "MD5", true));
		assert_false(key_policy_digest(use, "SHA2", true));
		assert_false(key_policy_digest(use, "", true));
		assert_false(key_policy_digest(use, NULL, true));
	}
	assert_true(key_policy_digest(KEY_USE_SERVER, "SHA384", false));
	assert_false(key_policy_digest(KEY_USE_SERVER, "SHA1", true));
	assert_true(key_policy_digest(KEY_USE_FILE, "SHA1", true));
	assert_false(key_policy_digest(KEY_USE_FILE, "SHA384", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
