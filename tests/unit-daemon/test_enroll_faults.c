// SPDX-License-Identifier: Apache-2.0
/*
 * Enrolment with a CAPF server that breaks off or misbehaves at each of its messages: the LSC
 * of before stays in use, byte for byte, and nothing else is left behind.
 */
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "capf_site.h"

static struct capf_site site;

enum {
	/* Messages of the server: AuthRequest, KeyGenRequest, StoreCertRequest, EndSession. */
	INSTALL_MESSAGES = 4,
	/* AuthRequest, DeleteCertRequest, EndSession. */
	DELETE_MESSAGES = 3,
};

static char *lsc_before;
static size_t lsc_before_len;

static int set_up(void **state)
{
	struct refusal why;

	(void)state;
	capf_site_open(&site);
	capf_site_mic(&site, "rsa");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_int_equal(keystore_lsc_confirm(site.keystore, &why), 0);
	lsc_before = capf_site_file(&site, "identity/lsc.pem", &lsc_before_len);
	assert_non_null(lsc_before);
	/* So that a session takes each way through the keystore. */
	site.settings.capf_auth = CAPF_AUTH_LSC;
	return 0;
}

static int clear(void **state)
{
	(void)state;
	free(lsc_before);
	capf_site_close(&site);
	return 0;
}

static void lsc_is_as_before(void)
{
	char path[128], *bytes;
	struct dirent *entry;
	size_t len;
	DIR *folder;

	bytes = capf_site_file(&site, "identity/lsc.pem", &len);
	assert_non_null(bytes);
	assert_int_equal(len, lsc_before_len);
	assert_memory_equal(bytes, lsc_before, len);
	free(bytes);
	assert_false(keystore_lsc_is_unconfirmed(site.keystore));
	snprintf(path, sizeof(path), "%s/identity", site.folder);
	folder = opendir(path);
	while ((entry = readdir(folder)))
		if (*entry->d_name != '.' && entry->d_type == DT_REG &&
		    strcmp(entry->d_name, "lsc.pem") && strcmp(entry->d_name, "mic.pem"))
			fail_msg("%s is left", entry->d_name);
	closedir(folder);
}

/* It must fail for this reason, in one session. */
static void failed(const char *operation, const char *fault, int at, enum reason_code code)
{
	capf_site_order(&site, "\"operation\": \"%s\", \"fault\": \"%s\", \"at\": %d", operation,
			fault, at);
	capf_site_enroll(&site, NULL);
	if (site.result.why.code != code)
		print_error("%s at %d of %s\n", fault, at, operation);
	capf_site_ended(&site, ENROLL_FAILED, code);
	lsc_is_as_before();
}

static void cuts(void **state)
{
	(void)state;
	for (int at = 0; at < INSTALL_MESSAGES; at++) {
		failed("install", "cut", at, REASON_SERVER_CLOSED);
		failed("install", "half", at, REASON_SERVER_CLOSED);
		failed("install", "reset", at, REASON_SERVER_CLOSED);
	}
	for (int at = 0; at < DELETE_MESSAGES; at++) {
		failed("delete", "cut", at, REASON_SERVER_CLOSED);
		failed("delete", "half", at, REASON_SERVER_CLOSED);
		failed("fetch", "reset", at, REASON_SERVER_CLOSED);
	}
	/* The server may accept connections and do no more, or be gone. */
	site.settings.capf_answer_s = 1;
	for (int at = 0; at < INSTALL_MESSAGES; at++)
		failed("install", "silent", at, REASON_SERVER_SILENT);
	site.settings.capf[0].port = 1;
	failed("install", "", 0, REASON_SERVER_UNREACHABLE);
}

static void broken_messages(void **state)
{
	static const struct {
		const char *fault;
		int from; /* first message of the server at which it is one */
		enum reason_code code;
	} faults[] = {
		{ "garbage", 0, REASON_CAPF_MESSAGE }, { "huge", 0, REASON_CAPF_MESSAGE },
		{ "length", 0, REASON_CAPF_MESSAGE }, { "twice", 0, REASON_CAPF_MESSAGE },
		{ "session", 1, REASON_CAPF_MESSAGE }, { "command", 0, REASON_CAPF_UNSUPPORTED },
		{ "abort", 0, REASON_CAPF_REFUSED }, { "flood", 0, REASON_CAPF_MESSAGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++)
		for (int at = faults[i].from; at < INSTALL_MESSAGES; at++)
			failed("install", faults[i].fault, at, faults[i].code);
	failed("install", "empty", 1, REASON_CAPF_KEY);
	failed("install", "empty", 2, REASON_CAPF_MESSAGE);
	failed("install", "empty", 3, REASON_CAPF_MESSAGE);
	for (int at = 0; at < INSTALL_MESSAGES - 1; at++)
		failed("install", "again", at, REASON_CAPF_MESSAGE);
}

static void bad_certificates(void **state)
{
	static const char *const faults[] = { "other-key", "expired", "no-certificate",
					      "trailing" };

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		failed("install", faults[i], -1, REASON_CAPF_CERTIFICATE);
		/* The server is told. */
		assert_string_equal(capf_site_told(&site, "stored"), "false");
	}
	failed("install", "mic-type", -1, REASON_CAPF_UNSUPPORTED);
	/* A server that ends the session well nevertheless changes nothing. */
	capf_site_order(&site, "\"reason\": 1");
	failed("install", "other-key", -1, REASON_CAPF_CERTIFICATE);
}

/* What is unusual and right, at each message. */
static void harmless(void **state)
{
	static const char *const faults[] = { "pieces", "unknown", "order", "busy", "drip" };
	struct refusal why;

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		/* What trickles in is slow: one message that is not the certificate will do. */
		int end = !strcmp(faults[i], "drip") ? 2 : INSTALL_MESSAGES;

		for (int at = 0; at < end; at++) {
			capf_site_order(&site, "\"fault\": \"%s\", \"at\": %d", faults[i], at);
			capf_site_enroll(&site, NULL);
			capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
			assert_int_equal(keystore_lsc_confirm(site.keystore, &why), 0);
		}
	}
}

static void put_off(void **state)
{
	(void)state;
	capf_site_order(&site, "\"retry\": 2, \"retry_value\": \"01\", \"fault\": \"\"");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_int_equal(capf_site_sessions(&site), 3);
	capf_site_order(&site, "\"retry\": 100");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FAILED, REASON_CAPF_BUSY);
	assert_int_equal(capf_site_sessions(&site), 9);
}

static void several_servers(void **state)
{
	size_t tries = 0;

	(void)state;
	/* The first one is not there, the second one is none; and so is an empty entry. */
	site.settings.capf[3] = site.settings.capf[0];
	site.settings.capf[1] = site.settings.capf[0];
	site.settings.capf[0].port = 1;
	strcpy(site.settings.capf[1].host, "capf.invalid");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_int_equal(capf_site_sessions(&site), 2);
	/* All are tried again, after a wait that grows. */
	site.settings.capf[3].port = 1;
	*site.settings.capf[1].host = '\0';
	site.settings.capf_tries = 3;
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FAILED, REASON_SERVER_UNREACHABLE);
	for (size_t i = 0; i < site.texts_count; i++)
		tries += !strcmp(site.texts[i], "Connecting to CAPF server 127.0.0.1");
	assert_int_equal(tries, 6);
	assert_string_equal(site.texts[2], "Try 1 of 3 failed, the next one is in 1 s");
	assert_string_equal(site.texts[5], "Try 2 of 3 failed, the next one is in 2 s");
}

/* A server that fails once is good for the next try. */
static void second_try(void **state)
{
	struct refusal why;

	(void)state;
	site.settings.capf_tries = 2;
	capf_site_order(&site, "\"fault\": \"cut\", \"at\": 2");
	assert_int_equal(capf_site_begin(&site, CAPF_SITE_STRING, &why), 0);
	site_until(site.event, site.texts_count &&
			       !strncmp(site.texts[site.texts_count - 1], "Try 1", 5));
	capf_site_order(&site, "\"fault\": \"\"");
	site_until(site.event, site.done);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
}

/* The owner ends it at each of its steps. */
static void ended_early(void **state)
{
	struct refusal why;
	size_t steps;

	(void)state;
	capf_site_order(&site, "\"key\": \"rsa-2048\"");
	for (steps = 0; steps < 6; steps++) {
		assert_int_equal(capf_site_begin(&site, NULL, &why), 0);
		site_until(site.event, site.texts_count >= steps);
		enroll_free(site.enroll);
		site.enroll = NULL;
		site_run(site.event, 20);
		assert_false(site.done);
		lsc_is_as_before();
	}
}

/* The string is in nothing that is told to people, whatever happens. */
static void string_is_not_logged(void **state)
{
	char path[128], *log;
	int saved, file;
	size_t len;

	(void)state;
	snprintf(path, sizeof(path), "%s/log", site.folder);
	saved = dup(STDERR_FILENO);
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(file, STDERR_FILENO);
	capf_site_order(&site, "\"mode\": \"string\", \"string\": \"4711\"");
	capf_site_enroll(&site, CAPF_SITE_STRING);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(file);
	capf_site_ended(&site, ENROLL_FAILED, REASON_CAPF_REFUSED);
	assert_string_equal(capf_site_told(&site, "has_string"), "true");
	log = capf_site_file(&site, "log", &len);
	assert_non_null(strstr(log, "127.0.0.1"));
	assert_null(strstr(log, CAPF_SITE_STRING));
	assert_null(strstr(site.result.why.detail, CAPF_SITE_STRING));
	free(log);
}

int main(void)
{
#define CAPF_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, clear)
	const struct CMUnitTest tests[] = {
		CAPF_TEST(cuts),
		CAPF_TEST(broken_messages),
		CAPF_TEST(bad_certificates),
		CAPF_TEST(harmless),
		CAPF_TEST(put_off),
		CAPF_TEST(several_servers),
		CAPF_TEST(second_try),
		CAPF_TEST(ended_early),
		CAPF_TEST(string_is_not_logged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
