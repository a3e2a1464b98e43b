// SPDX-License-Identifier: Apache-2.0
/* The keys of [capf]. */
#include "settings_unit.h"

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(read_text(SERVER), 0);
	for (size_t i = 0; i < SETTINGS_CAPF_MAX; i++)
		assert_string_equal(settings.capf[i].host, "");
	assert_int_equal(settings.capf_auth, CAPF_AUTH_NULL_STRING);
	assert_int_equal(settings.capf_version, 3);
	assert_int_equal(settings.capf_answer_s, 60);
	assert_int_equal(settings.capf_tries, 3);
	assert_int_equal(settings.capf_retry_s, 30);
}

static void every_key(void **state)
{
	static const char text[] = SERVER
		"[capf]\nserver = a\nserver-2 = b:3805\nserver-3 = c\nserver-4 = [2001:db8::1]\n"
		"server-5 = e\nauthentication-mode = mic\nversion = 2\nanswer-timeout = 600\n"
		"tries = 10\nretry-interval = 3600\n";
	static const char *const hosts[] = { "a", "b", "c", "2001:db8::1", "e" };

	(void)state;
	assert_int_equal(read_text(text), 0);
	assert_int_equal(report.count, 0);
	for (size_t i = 0; i < SETTINGS_CAPF_MAX; i++) {
		assert_string_equal(settings.capf[i].host, hosts[i]);
		assert_int_equal(settings.capf[i].port, i == 1 ? 3805 : 0);
	}
	assert_int_equal(settings.capf_auth, CAPF_AUTH_MIC);
	assert_int_equal(settings.capf_version, 2);
	assert_int_equal(settings.capf_answer_s, 600);
	assert_int_equal(settings.capf_tries, 10);
	assert_int_equal(settings.capf_retry_s, 3600);
}

/* The numbers of the modes are those of capfAuthMode. */
static void modes(void **state)
{
	static const char *const words[] = { "none", "string", "null-string", "lsc", "mic" };
	char line[64];

	(void)state;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(*words); i++) {
		snprintf(line, sizeof(line), "authentication-mode = %s", words[i]);
		assert_int_equal(read_line("capf", line), 0);
		assert_int_equal(settings.capf_auth, i);
	}
}

static void refused(void **state)
{
	static const char *const lines[] = {
		"authentication-mode = 3", "version = 1", "version = 4", "answer-timeout = 0",
		"answer-timeout = 601", "tries = 0", "tries = 11", "retry-interval = 0",
		"retry-interval = 3601", "server = a b", "server-5 = a:0",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (!read_line("capf", lines[i]))
			fail_msg("taken: %s", lines[i]);
		assert_int_equal(why.code, REASON_SETTINGS_VALUE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_key),
		cmocka_unit_test(modes),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
