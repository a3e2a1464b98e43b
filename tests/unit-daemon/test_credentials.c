// SPDX-License-Identifier: Apache-2.0
/* The local settings password: its rules, its lock-out, and for whom it unlocks. */
#include <sys/stat.h>
#include <time.h>

#include "credentials_site.h"

#define GOOD "Blue-Tiger7"
#define BETTER "Green-Otter8"

/* Clocks that the test sets forth and back, in the place of those of the system. */
static int64_t boot_ahead, clock_ahead;

int64_t __real_boot_clock_s(void);
int64_t __wrap_boot_clock_s(void);
time_t __real_time(time_t *result);
time_t __wrap_time(time_t *result);

int64_t __wrap_boot_clock_s(void)
{
	return __real_boot_clock_s() + boot_ahead;
}

time_t __wrap_time(time_t *result)
{
	time_t now = __real_time(NULL) + clock_ahead;

	if (result)
		*result = now;
	return now;
}

static int phone_new(void **state)
{
	(void)state;
	boot_ahead = clock_ahead = 0;
	phone_make();
	return 0;
}

static const char *judged(enum credentials_kind kind, const char *text)
{
	struct secret *secret = secret_of(text);
	int err;

	why = (struct refusal){ 0 };
	err = credentials_judge(&settings, kind, secret, &why);
	secret_free(secret);
	assert_int_equal(why.code, err ? REASON_PASSWORD_POLICY : REASON_NONE);
	return err ? why.detail : "";
}

#define LESS "it has less than 8 characters"
#define TWO "it is one or two characters repeated"
#define RUN "its characters are neighbours, as in 1234 or dcba"
#define NAME "the name of the phone is in it, or it in that name"
#define EMAN "the name of the phone is in it backwards, or it in that name"

static void rules_of_passwords(void **state)
{
	static const struct {
		const char *text;
		const char *fault;
		bool trivial; /* and no rule against it where trivial ones are allowed */
	} passwords[] = {
		{ GOOD, "" }, { "correct horse", "" }, { "12345679", "" }, { "aaaabbbc", "" },
		{ "", LESS }, { "sevenxx", LESS }, { "\xC3\xA4\xC3\xB6\xC3\xBC""abcz", LESS },
		{ "\xC3\xA4\xC3\xB6\xC3\xBC""abcxz", "" },
		{ "tab\there", "it has characters that cannot be typed" },
		{ "delete\x7Fit", "it has characters that cannot be typed" },
		{ "aaaaaaaa", TWO, true }, { "abababab", TWO, true }, { "AaAaAabB", TWO, true },
		{ "00110101", TWO, true }, { "12345678", RUN, true }, { "87654321", RUN, true },
		{ "aBcDeFgH", RUN, true }, { "67890123", RUN, true }, { "32109876", RUN, true },
		{ "12341234", RUN, true }, { "abcabcab", RUN, true }, { "xyzxyzxyz", RUN, true },
		{ "xxSEP001122334455", NAME, true }, { "sep001122334455", NAME, true },
		{ "001122334455", NAME, true }, { "554433221100PES!", EMAN, true },
		{ "5544332211", EMAN, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(passwords) / sizeof(*passwords); i++) {
		settings.trivial = false;
		assert_string_equal(judged(CREDENTIALS_PASSWORD, passwords[i].text),
				    passwords[i].fault);
		settings.trivial = true;
		assert_string_equal(judged(CREDENTIALS_PASSWORD, passwords[i].text),
				    passwords[i].trivial ? "" : passwords[i].fault);
	}
}

static void rules_of_lengths(void **state)
{
	char text[CREDENTIALS_PASSWORD_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "tq7-"[i % 4];
	text[CREDENTIALS_PASSWORD_MAX + 1] = '\0';
	assert_string_equal(judged(CREDENTIALS_PASSWORD, text), "it has more than 128 bytes");
	text[CREDENTIALS_PASSWORD_MAX] = '\0';
	assert_string_equal(judged(CREDENTIALS_PASSWORD, text), "");
	settings.password_length = 20;
	assert_string_equal(judged(CREDENTIALS_PASSWORD, GOOD),
			    "it has less than 20 characters");
}

static void rules_of_strings(void **state)
{
	static const char *const strings[][2] = {
		{ "4711", "" }, { "2580", "" }, { "9362518407139265", "" },
		{ "471", "it has less than 4 characters" },
		{ "93625184071392651", "it has more than 16 bytes" },
		{ "47a1", "it has other characters than digits" },
		{ "1212", TWO }, { "1234", RUN }, { "8901", RUN }, { "1122", TWO },
		{ "2233", TWO }, { "12233", NAME }, { "33221", EMAN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++)
		assert_string_equal(judged(CREDENTIALS_CAPF_STRING, strings[i][0]),
				    strings[i][1]);
}

static void nothing_without_a_password(void **state)
{
	(void)state;
	assert_false(status().is_set);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_PASSWORD_MISSING);
	assert_int_equal(change(NULL, GOOD, false), REASON_PASSWORD_MISSING);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	/* Root needs none, and unlocks for all. */
	assert_int_equal(unlock(0, NULL), REASON_NONE);
	assert_true(credentials_is_unlocked(credentials, SOMEBODY));
	assert_int_equal(access(file, F_OK), -1);
}

static void unlocks_for_who_asks(void **state)
{
	struct credentials_status now;

	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_true(status().is_set);
	assert_int_equal(unlock(SOMEBODY, NULL), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	assert_true(credentials_is_unlocked(credentials, SOMEBODY));
	assert_false(credentials_is_unlocked(credentials, SOMEBODY_ELSE));
	assert_false(credentials_is_unlocked(credentials, 0));
	now = status();
	assert_true(now.is_unlocked);
	assert_in_range(now.unlocked_until, time(NULL) + 295, time(NULL) + 300);
	boot_ahead = 299;
	assert_true(credentials_is_unlocked(credentials, SOMEBODY));
	boot_ahead = 301;
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	assert_false(status().is_unlocked);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	credentials_lock(credentials);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	restart();
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	for (uid_t user = 1; user < CREDENTIALS_UNLOCKS_MAX + 3; user++)
		assert_int_equal(unlock(user, GOOD), REASON_NONE);
	assert_false(credentials_is_unlocked(credentials, 2));
	assert_true(credentials_is_unlocked(credentials, 3));
}

static void tells_when_it_locks(void **state)
{
	unsigned int before;

	(void)state;
	settings.unlock_s = 1;
	credentials_reload(credentials, &settings);
	assert_int_equal(unlock(0, NULL), REASON_NONE);
	before = told;
	for (int i = 0; told == before && i < 50; i++)
		assert_true(sd_event_run(event, 100000) >= 0);
	assert_int_equal(told, before + 1);
	assert_false(status().is_unlocked);
}

static void changes_and_remembers(void **state)
{
	(void)state;
	assert_int_equal(change(NULL, "short", true), REASON_PASSWORD_POLICY);
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	assert_int_equal(change(BETTER, "Third-Lynx9", false), REASON_PASSWORD_WRONG);
	assert_int_equal(change(GOOD, GOOD, false), REASON_PASSWORD_POLICY);
	assert_string_equal(why.detail, "it is one of the last passwords");
	assert_int_equal(change(GOOD, "7regiT-eulB", false), REASON_PASSWORD_POLICY);
	assert_string_equal(why.detail, "it is the password of now backwards");
	assert_true(credentials_is_unlocked(credentials, SOMEBODY));
	assert_int_equal(change(GOOD, BETTER, false), REASON_NONE);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, BETTER), REASON_NONE);
	restart();
	assert_int_equal(change(BETTER, GOOD, false), REASON_PASSWORD_POLICY);
	assert_int_equal(change(BETTER, "Third-Lynx9", false), REASON_NONE);
	/* Root is held to the rules too. Two before the one of now are remembered. */
	assert_int_equal(change(NULL, GOOD, true), REASON_PASSWORD_POLICY);
	assert_int_equal(change(NULL, BETTER, true), REASON_PASSWORD_POLICY);
	assert_int_equal(change(NULL, "Fourth-Elk0", true), REASON_NONE);
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(change(GOOD, NULL, false), REASON_NONE);
	assert_false(status().is_set);
	assert_int_equal(change(NULL, GOOD, true), REASON_PASSWORD_POLICY);
	settings.password_history = 0;
	credentials_reload(credentials, &settings);
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
}

static void wrong_three_times(void)
{
	for (int i = 0; i < 3; i++)
		assert_int_equal(unlock(SOMEBODY, BETTER), REASON_PASSWORD_WRONG);
}

/* Seconds until a password is looked at again, as the refusal says. */
static long long locked_for(void)
{
	long long seconds;

	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_PASSWORD_LOCKED);
	assert_int_equal(sscanf(why.detail, "for another %lld seconds", &seconds), 1);
	return seconds;
}

static void locks_out_and_backs_off(void **state)
{
	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(unlock(SOMEBODY, BETTER), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	/* The right one has the wrong ones forgotten. */
	assert_int_equal(status().failures, 0);
	wrong_three_times();
	assert_in_range(locked_for(), 58, 60);
	assert_in_range(status().locked_until, time(NULL) + 57, time(NULL) + 60);
	assert_int_equal(change(GOOD, "Third-Lynx9", false), REASON_PASSWORD_LOCKED);
	assert_int_equal(unlock(0, NULL), REASON_NONE);
	for (long long seconds = 120; seconds < 200000; seconds *= 2) {
		boot_ahead += 86401;
		assert_int_equal(unlock(SOMEBODY, BETTER), REASON_PASSWORD_WRONG);
		assert_in_range(locked_for(), (seconds < 86400 ? seconds : 86400) - 2,
				seconds < 86400 ? seconds : 86400);
	}
	boot_ahead += 86401;
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	wrong_three_times();
	assert_in_range(locked_for(), 58, 60);
}

static void locked_over_a_restart(void **state)
{
	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	wrong_three_times();
	boot_ahead = 20;
	restart();
	assert_int_equal(status().failures, 3);
	assert_in_range(locked_for(), 37, 40);
	boot_ahead = 61;
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
}

/* The clock of the day says nothing, in either direction. */
static void locked_with_a_wrong_clock(void **state)
{
	static const int64_t years[] = { -50, 50 };

	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	wrong_three_times();
	for (size_t i = 0; i < 2; i++) {
		clock_ahead = years[i] * 31557600;
		assert_in_range(locked_for(), 57, 60);
		restart();
		assert_in_range(locked_for(), 57, 60);
	}
	boot_ahead = 61;
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
}

static void file_change(const char *from, const char *to)
{
	char text[8192] = "", *at;
	FILE *stream = fopen(file, "r+");
	size_t len;

	assert_non_null(stream);
	len = fread(text, 1, sizeof(text) - 1, stream);
	at = strstr(text, from);
	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	rewind(stream);
	assert_int_equal(fwrite(text, 1, len, stream), len);
	fclose(stream);
}

/* Then the wait begins anew, once. */
static void locked_over_a_boot(void **state)
{
	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	wrong_three_times();
	boot_ahead = 50;
	file_change("-", "x");
	restart();
	assert_in_range(locked_for(), 58, 60);
	boot_ahead = 90;
	restart();
	assert_in_range(locked_for(), 18, 20);
}

static void one_at_a_time(void **state)
{
	struct secret *good = secret_of(GOOD);

	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	why = (struct refusal){ 0 };
	is_ended = false;
	assert_int_equal(credentials_unlock(credentials, good, SOMEBODY, on_done, &is_ended, &why),
			 0);
	(void)credentials_unlock(credentials, good, SOMEBODY_ELSE, on_done, &is_ended, &why);
	assert_int_equal(why.code, REASON_DEVICE_BUSY);
	/* Who goes is not told, and what was asked counts. */
	credentials_forget(credentials, &is_ended);
	for (int i = 0; !credentials_is_unlocked(credentials, SOMEBODY) && i < 1000; i++)
		assert_true(sd_event_run(event, 10000) >= 0);
	assert_false(is_ended);
	/* Killed while it is looked at: it counts as wrong. */
	assert_int_equal(credentials_unlock(credentials, good, SOMEBODY, on_done, &is_ended, &why),
			 0);
	restart();
	assert_int_equal(status().failures, 1);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	secret_free(good);
}

static void nothing_in_clear(void **state)
{
	char text[8192] = "";
	struct stat found;
	FILE *stream;

	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(change(NULL, BETTER, true), REASON_NONE);
	assert_int_equal(stat(file, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0600);
	stream = fopen(file, "r");
	assert_true(fread(text, 1, sizeof(text) - 1, stream) > 400);
	fclose(stream);
	assert_null(strstr(text, "Tiger"));
	assert_null(strstr(text, "Otter"));
	assert_non_null(strstr(text, "\"rounds\":1000"));
}

/* A file that is not as it was written opens nothing. */
static void broken_files(void **state)
{
	static const char *const changes[][2] = {
		{ "\"rounds\":1000", "\"rounds\":   0" }, { "\"salt\":\"", "\"solt\":\"" },
		{ "\"set\"", "\"sit\"" }, { "{", "[" }, { "\"wait\":0", "\"wait\":x" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		phone_make();
		assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
		file_change(changes[i][0], changes[i][1]);
		credentials_free(credentials);
		credentials = NULL;
		assert_int_not_equal(credentials_read(), 0);
		assert_int_equal(why.code, REASON_SYSTEM);
		assert_null(credentials);
	}
	phone_make();
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(chmod(file, 0640), 0);
	credentials_free(credentials);
	credentials = NULL;
	assert_int_not_equal(credentials_read(), 0);
	assert_int_equal(truncate(file, 0), 0);
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_not_equal(credentials_read(), 0);
}

/* What cannot be kept does not count: neither a password nor that one was right. */
static void a_folder_that_is_gone(void **state)
{
	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_SYSTEM);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	assert_int_equal(change(NULL, BETTER, true), REASON_SYSTEM);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(unlock(SOMEBODY, BETTER), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
}

static void site_name(const char *password, bool is_signed)
{
	struct phone_config *config = calloc(1, sizeof(*config));

	config->phone_password = password ? secret_of(password) : NULL;
	credentials_site(credentials, config, is_signed);
	secret_free(config->phone_password);
	free(config);
	/* Until a password is looked at again. */
	for (int i = 0; i < 30; i++)
		assert_true(sd_event_run(event, 10000) >= 0);
}

static void password_of_the_site(void **state)
{
	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	site_name("site", false);
	assert_false(status().is_of_site);
	assert_int_equal(unlock(SOMEBODY, "site"), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
	site_name("site", true);
	assert_true(status().is_of_site);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, "site"), REASON_NONE);
	assert_int_equal(change(NULL, BETTER, true), REASON_SETTINGS_LOCKED);
	/* The same once more changes nothing, and it is there after a restart. */
	site_name("site", true);
	assert_true(credentials_is_unlocked(credentials, SOMEBODY));
	restart();
	assert_int_equal(unlock(SOMEBODY, "site"), REASON_NONE);
	site_name(NULL, false);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_PASSWORD_WRONG);
	site_name("other", true);
	assert_int_equal(unlock(SOMEBODY, "site"), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, "other"), REASON_NONE);
	site_name(NULL, true);
	assert_false(status().is_of_site);
	assert_int_equal(unlock(SOMEBODY, "other"), REASON_PASSWORD_WRONG);
	assert_int_equal(unlock(SOMEBODY, GOOD), REASON_NONE);
}

/* The site's word waits for what a user has asked, and does not get lost. */
static void site_while_busy(void **state)
{
	struct secret *good = secret_of(GOOD);

	(void)state;
	assert_int_equal(change(NULL, GOOD, true), REASON_NONE);
	assert_int_equal(credentials_unlock(credentials, good, SOMEBODY, NULL, NULL, &why), 0);
	site_name("site", true);
	assert_true(status().is_of_site);
	assert_int_equal(unlock(SOMEBODY, "site"), REASON_NONE);
	secret_free(good);
}

/* A password that the site withdraws while it is looked at opens nothing any more. */
static void site_withdrawn_while_busy(void **state)
{
	struct secret *site = secret_of("site");

	(void)state;
	site_name("site", true);
	assert_int_equal(unlock(SOMEBODY, "site"), REASON_NONE);
	credentials_lock(credentials);
	why = (struct refusal){ 0 };
	is_ended = false;
	assert_int_equal(credentials_unlock(credentials, site, SOMEBODY, on_done, &is_ended, &why),
			 0);
	site_name(NULL, true);
	assert_true(is_ended);
	assert_int_equal(why.code, REASON_DEVICE_BUSY);
	assert_false(credentials_is_unlocked(credentials, SOMEBODY));
	secret_free(site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(rules_of_passwords, phone_new),
		cmocka_unit_test_setup(rules_of_lengths, phone_new),
		cmocka_unit_test_setup(rules_of_strings, phone_new),
		cmocka_unit_test_setup(nothing_without_a_password, phone_new),
		cmocka_unit_test_setup(unlocks_for_who_asks, phone_new),
		cmocka_unit_test_setup(tells_when_it_locks, phone_new),
		cmocka_unit_test_setup(changes_and_remembers, phone_new),
		cmocka_unit_test_setup(locks_out_and_backs_off, phone_new),
		cmocka_unit_test_setup(locked_over_a_restart, phone_new),
		cmocka_unit_test_setup(locked_with_a_wrong_clock, phone_new),
		cmocka_unit_test_setup(locked_over_a_boot, phone_new),
		cmocka_unit_test_setup(one_at_a_time, phone_new),
		cmocka_unit_test_setup(nothing_in_clear, phone_new),
		cmocka_unit_test_setup(broken_files, phone_new),
		cmocka_unit_test_setup(a_folder_that_is_gone, phone_new),
		cmocka_unit_test_setup(password_of_the_site, phone_new),
		cmocka_unit_test_setup(site_while_busy, phone_new),
		cmocka_unit_test_setup(site_withdrawn_while_busy, phone_new),
	};

	return cmocka_run_group_tests(tests, site_set_up, site_clear);
}
