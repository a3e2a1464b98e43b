// SPDX-License-Identifier: Apache-2.0
/* The configuration pipeline against a server that does what it is told. */
#include "provision_site.h"

static void list_then_signed(void **state)
{
	struct provision_site *site = *state;
	struct provision_status status;
	struct stat file;
	char path[128];

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("one", ""), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_int_equal(site->lists, 1);
	assert_int_equal(site->configured, 1);
	assert_string_equal(site->load, "one");
	assert_string_equal(site->asked, "{\"asked\": [\"http CTL" PHONE ".tlv\", "
			    "\"http ITL" PHONE ".tlv\", \"http " PHONE SIGNED "\"]}\n");
	status = status_of(site);
	assert_true(status.is_signed);
	assert_false(status.is_stored);
	assert_in_range(status.next_s, 3590, 3600 * 9 / 8 + 1);
	snprintf(path, sizeof(path), "%s/config/config.xml", site->folder);
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 07777, 0600);

	/* The same once more is no news. */
	phone_turn(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_int_equal(site->configured, 1);
	assert_int_equal(site->lists, 1);
	order(site, PUT("signed", SIGNED, CONFIG("two", ""), ""));
	phone_turn(site);
	assert_int_equal(site->configured, 2);
	assert_string_equal(site->load, "two");
}

static void common_list_when_there_is_no_own(void **state)
{
	struct provision_site *site = *state;

	order(site, "{\"put\": {\"name\": \"ITLFile.tlv\", \"kind\": \"list\"}}");
	order(site, PUT("signed", SIGNED, CONFIG("one", ""), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_true(was_asked(site, "http ITLFile.tlv"));
	assert_int_equal(site->lists, 1);
}

/* What was good last is there when nobody answers, and is as it was. */
static void stored_when_servers_are_away(void **state)
{
	struct provision_site *site = *state;
	struct provision_status status;

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("kept", ""), ""));
	phone_start(site);
	order(site, "{\"behave\": {\"http\": \"close\", \"tftp\": \"error\"}}");
	site->load[0] = '\0';
	phone_start(site);
	assert_string_equal(site->load, "kept");
	assert_int_equal(status_of(site).state, PROVISION_FAILED);
	status = status_of(site);
	assert_true(status.is_signed);
	assert_true(status.is_stored);
	assert_true(status.fetched > 0);
	assert_in_range(status.next_s, 1, 17);
	assert_true(was_asked(site, "tftp CTL"));

	/* They come back. */
	order(site, "{\"behave\": {\"http\": \"ok\"}}");
	phone_turn(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_false(status_of(site).is_stored);
}

/* Each is refused with its reason, and the configuration of before stays. */
static void refused_files(void **state)
{
	static const struct {
		const char *put;
		enum reason_code code;
	} files[] = {
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"fault\": \"tampered\""),
		  REASON_FILE_SIGNATURE },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"fault\": \"truncated\""),
		  REASON_FILE_LAYOUT },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"fault\": \"garbage\""),
		  REASON_FILE_UNSIGNED },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"fault\": \"huge\""),
		  REASON_FETCH_LONG },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"fault\": \"empty\""),
		  REASON_FILE_UNSIGNED },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"signer\": \"stranger\""),
		  REASON_FILE_SIGNER },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"as\": \"SEP000000000000.cnf.xml.sgn\""),
		  REASON_FILE_NAME },
		{ PUT("signed", SIGNED, CONFIG("bad", ""), ", \"time\": 1000000000"),
		  REASON_FILE_OLDER },
		{ PUT("plain", SIGNED, CONFIG("bad", ""), ""), REASON_FILE_UNSIGNED },
		{ PUT("signed", SIGNED, "<!DOCTYPE device>" CONFIG("bad", ""), ""),
		  REASON_CONFIG_SYNTAX },
		{ PUT("signed", SIGNED, "<device><load", ""), REASON_CONFIG_SYNTAX },
		{ PUT("signed", SIGNED, "<device><fullConfig>false</fullConfig></device>", ""),
		  REASON_CONFIG_MISSING },
	};
	struct provision_site *site = *state;

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("good", ""), ""));
	phone_start(site);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		order(site, "%s", files[i].put);
		phone_turn(site);
		expect_state(site, PROVISION_FAILED, files[i].code);
		assert_int_equal(site->configured, 1);
		assert_string_equal(provision_config(site->provision)->load, "good");
		assert_false(was_asked(site, "http " PHONE PLAIN "\""));
	}
	order(site, "{\"remove\": \"" PHONE SIGNED "\"}");
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_CONFIG_MISSING);
	/* With a list in force nobody is asked for a file without signature. */
	assert_false(was_asked(site, "http " PHONE PLAIN "\""));
	order(site, PUT("signed", SIGNED, CONFIG("better", ""), ""));
	phone_turn(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_string_equal(site->load, "better");
}

/* A forged list changes nothing, and is told; the configuration is judged by the old one. */
static void forged_list(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("one", ""), ""));
	phone_start(site);
	order(site, PUT_LIST, ", \"signer\": \"stranger\", \"records\": [[\"stranger\", \"SAST\"], "
	      "[\"stranger\", \"CCM+TFTP\"]]");
	order(site, PUT("signed", SIGNED, CONFIG("two", ""), ""));
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_FILE_SIGNER);
	assert_string_equal(status_of(site).file, "ITL" PHONE ".tlv");
	assert_int_equal(site->lists, 1);
	assert_string_equal(site->load, "two");
	order(site, PUT("signed", SIGNED, CONFIG("forged", ""), ", \"signer\": \"stranger\""));
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_FILE_SIGNER);
	assert_string_equal(site->load, "two");
}

/* Without a list a refused one must not open the way for what has no signature. */
static void bad_first_list(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT_LIST, ", \"fault\": \"tampered\"");
	order(site, PUT("plain", PLAIN, CONFIG("plain", ""), ""));
	phone_start(site);
	expect_state(site, PROVISION_FAILED, REASON_CONFIG_UNSIGNED);
	assert_int_equal(site->configured, 0);
}

#define MINIMAL(hash) "<device><fullConfig>false</fullConfig><certHash>" hash "</certHash>" \
	"<capfList><capf><processNodeName>capf</processNodeName></capf></capfList>" \
	"<encrConfig>true</encrConfig></device>"

static void minimal_then_encrypted(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, MINIMAL("{hash}"), ""));
	order(site, PUT("encrypted", ENCRYPTED, CONFIG("secret", ""), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_string_equal(site->load, "secret");
	assert_int_equal(site->enrolments, 0);
	/* For the key of somebody else: CAPF, and the one of before stays. */
	order(site, PUT("encrypted", ENCRYPTED, CONFIG("other", ""), ", \"key\": \"other\""));
	phone_turn(site);
	expect_state(site, PROVISION_ENROLLING, REASON_FILE_KEY);
	assert_int_equal(site->enrolments, 1);
	assert_int_equal(site->enrolment, PROVISION_ENROL_DECRYPTION);
	assert_string_equal(provision_minimal(site->provision)->capfs[0].host, "capf");
	assert_string_equal(provision_config(site->provision)->load, "secret");
	/* It is decrypted only after the signature holds. */
	order(site, PUT("encrypted", ENCRYPTED, CONFIG("forged", ""),
			", \"key\": \"other\", \"signer\": \"stranger\""));
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_FILE_SIGNER);
	assert_int_equal(site->enrolments, 1);
	/* No certificate mends one that is not encrypted at all. */
	order(site, PUT("signed", ENCRYPTED, CONFIG("clear", ""), ""));
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_FILE_VERSION);
	assert_int_equal(site->enrolments, 1);
	order(site, "{\"remove\": \"" PHONE ENCRYPTED "\"}");
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_CONFIG_MISSING);
	assert_string_equal(site->load, "secret");
}

static void certificate_is_wanted(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, MINIMAL(""), ""));
	phone_start(site);
	expect_state(site, PROVISION_ENROLLING, REASON_CONFIG_ENROL);
	assert_int_equal(site->enrolment, PROVISION_ENROL_MISSING);
	order(site, PUT("signed", SIGNED, MINIMAL("00112233445566778899aabbccddeeff"), ""));
	phone_turn(site);
	expect_state(site, PROVISION_ENROLLING, REASON_CONFIG_ENROL);
	assert_int_equal(site->enrolments, 2);
	assert_int_equal(site->enrolment, PROVISION_ENROL_MISMATCH);
	assert_false(was_asked(site, "http " PHONE ENCRYPTED));
	assert_int_equal(site->configured, 0);
}

/* A server without encryption for this phone has a whole file with the word encrConfig. */
static void whole_without_encrypted(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("whole", "<encrConfig>true</encrConfig>"
						 "<certHash>{hash}</certHash>"), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_true(was_asked(site, "http " PHONE ENCRYPTED));
	assert_string_equal(site->load, "whole");
}

static void tftp_when_http_fails(void **state)
{
	static const char *const ways[] = { "close", "error", "drop", "slow", "huge" };
	struct provision_site *site = *state;
	char path[128];

	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("by tftp", ""), ""));
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		order(site, "{\"behave\": {\"http\": \"%s\"}}", ways[i]);
		snprintf(path, sizeof(path), "%s/config/config.xml", site->folder);
		(void)unlink(path);
		site->load[0] = '\0';
		phone_start(site);
		expect_state(site, PROVISION_IDLE, REASON_NONE);
		assert_string_equal(site->load, "by tftp");
		assert_true(was_asked(site, "tftp " PHONE SIGNED));
		/* Who answered is asked first for the rest. */
		assert_false(was_asked(site, "http " PHONE SIGNED));
	}
	/* What TFTP lacks is missing, not unreachable. */
	order(site, "{\"remove\": \"" PHONE SIGNED "\"}");
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_CONFIG_MISSING);
}

static void nobody_is_reached(void **state)
{
	struct provision_site *site = *state;

	site->settings.provisioning_servers[0].port = 1;
	site->settings.provisioning_tftp = 0;
	phone_start(site);
	expect_state(site, PROVISION_FAILED, REASON_SERVER_UNREACHABLE);
	assert_int_equal(site->configured, 0);
}

static void second_server(void **state)
{
	struct provision_site *site = *state;

	site->settings.provisioning_servers[1] = site->settings.provisioning_servers[0];
	site->settings.provisioning_servers[0].port = 1;
	order(site, PUT_LIST, "");
	order(site, PUT("signed", SIGNED, CONFIG("second", ""), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_string_equal(site->load, "second");
}

static void https_of_newer_lists(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT_LIST, ", \"signer-version\": [1, 1]");
	order(site, PUT("plain", SIGNED, CONFIG("by https", ""), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_true(was_asked(site, "https " PHONE SIGNED " certificate"));
	assert_true(status_of(site).is_signed);
	assert_string_equal(site->load, "by https");
	/* A server that no list names is as good as none; its twin by HTTP needs a signature. */
	order(site, PUT_LIST, ", \"signer-version\": [1, 1], \"records\": [[\"signer\", \"SAST\"], "
	      "[\"signer\", \"CCM+TFTP\"]]");
	phone_turn(site);
	expect_state(site, PROVISION_FAILED, REASON_FILE_UNSIGNED);
	assert_false(was_asked(site, "https"));
	order(site, PUT("signed", SIGNED, CONFIG("signed", ""), ""));
	phone_turn(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_string_equal(site->load, "signed");
}

static void token_over_https_only(void **state)
{
	struct provision_site *site = *state;

	site->settings.oauth = true;
	site->token = secret_new(32);
	for (const char *at = "access.abc"; *at; at++)
		secret_append(site->token, (unsigned char)*at);
	order(site, PUT_LIST, "");
	order(site, PUT("plain", PLAIN, CONFIG("oauth", "<encrConfig>true</encrConfig>"), ""));
	phone_start(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_true(was_asked(site, "https " PHONE PLAIN " Bearer access.abc\""));
	assert_false(was_asked(site, "http " PHONE));
	assert_false(was_asked(site, "https " PHONE ENCRYPTED));
	order(site, "{\"behave\": {\"https\": \"close\"}}");
	phone_turn(site);
	assert_int_equal(status_of(site).state, PROVISION_FAILED);
	assert_false(was_asked(site, "http " PHONE));
	assert_false(was_asked(site, "tftp " PHONE));
}

static void unsigned_is_a_choice(void **state)
{
	struct provision_site *site = *state;

	order(site, PUT("plain", PLAIN, CONFIG("plain", ""), ""));
	site->settings.provisioning_unsigned = false;
	phone_start(site);
	expect_state(site, PROVISION_FAILED, REASON_CONFIG_UNSIGNED);
	site->settings.provisioning_unsigned = true;
	phone_turn(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
	assert_string_equal(site->load, "plain");
	assert_false(status_of(site).is_signed);
}

static void off_is_off(void **state)
{
	struct provision_site *site = *state;
	struct refusal why;

	site->settings.provisioning = false;
	phone_start(site);
	expect_state(site, PROVISION_OFF, REASON_NONE);
	assert_string_equal(site->asked, "{\"asked\": []}\n");
	order(site, PUT("plain", PLAIN, CONFIG("plain", ""), ""));
	site->settings.provisioning = true;
	assert_int_equal(provision_settings(site->provision, &site->settings, &why), 0);
	site_wait(site);
	expect_state(site, PROVISION_IDLE, REASON_NONE);
}

#define SITE_TEST(function) cmocka_unit_test_setup_teardown(function, site_setup, site_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SITE_TEST(list_then_signed),
		SITE_TEST(common_list_when_there_is_no_own),
		SITE_TEST(stored_when_servers_are_away),
		SITE_TEST(refused_files),
		SITE_TEST(forged_list),
		SITE_TEST(bad_first_list),
		SITE_TEST(minimal_then_encrypted),
		SITE_TEST(certificate_is_wanted),
		SITE_TEST(whole_without_encrypted),
		SITE_TEST(tftp_when_http_fails),
		SITE_TEST(nobody_is_reached),
		SITE_TEST(second_server),
		SITE_TEST(https_of_newer_lists),
		SITE_TEST(token_over_https_only),
		SITE_TEST(unsigned_is_a_choice),
		SITE_TEST(off_is_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
