// SPDX-License-Identifier: Apache-2.0
/* Enrolment with a CAPF server: every mode, kind of key and operation, and how it ends. */
#include <sys/stat.h>

#include "capf_site.h"
#include "file_build.h"

static struct capf_site site;

static int set_up(void **state)
{
	(void)state;
	capf_site_open(&site);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	capf_site_close(&site);
	return 0;
}

static const struct {
	enum capf_auth auth;
	const char *name;
	const char *string;
	const char *shown; /* by which certificate, as JSON has it */
	const char *proofs;
} modes[] = {
	{ CAPF_AUTH_STRING, "string", CAPF_SITE_STRING, "null", "" },
	{ CAPF_AUTH_NULL_STRING, "null-string", NULL, "null", "" },
	{ CAPF_AUTH_LSC, "lsc", NULL, "lsc", "[\"sha1\",\"sha512\",\"sudi\"]" },
	{ CAPF_AUTH_MIC, "mic", NULL, "mic", "[\"sha1\",\"sha512\",\"sudi\"]" },
};

enum { MODES = sizeof(modes) / sizeof(*modes) };

static void mode_set(size_t mode, const char *operation, const char *key)
{
	site.settings.capf_auth = modes[mode].auth;
	capf_site_order(&site, "\"operation\": \"%s\", \"mode\": \"%s\", \"key\": \"%s\", "
			"\"type\": null", operation, modes[mode].name, key);
}

static void mode_was(size_t mode, bool small_lsc)
{
	const char *proofs = modes[mode].proofs;

	assert_string_equal(capf_site_told(&site, "ended"), "Ended: in order");
	assert_string_equal(capf_site_told(&site, "shown"), modes[mode].shown);
	assert_string_equal(capf_site_told(&site, "has_string"),
			    modes[mode].string ? "true" : "false");
	if (small_lsc && modes[mode].auth == CAPF_AUTH_LSC)
		proofs = "[\"sha1\",\"sudi\"]";
	assert_string_equal(capf_site_told(&site, "proofs"), proofs);
}

/* Each installation updates the one before, by whose key it shows itself in mode lsc. */
static void installing(void **state)
{
	static const char *const keys[] = { "p-256", "rsa-512", "p-384", "rsa-1024", "rsa-2048",
					    "p-521", "rsa-3072", "rsa-4096" };
	bool small_lsc = false;
	struct refusal why;

	(void)state;
	capf_site_mic(&site, "rsa");
	for (size_t mode = 0; mode < MODES; mode++) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			mode_set(mode, "install", keys[i]);
			capf_site_enroll(&site, modes[mode].string);
			capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
			mode_was(mode, small_lsc);
			assert_string_equal(capf_site_told(&site, "key"), keys[i]);
			assert_string_equal(capf_site_told(&site, "stored"), "true");
			assert_string_equal(capf_site_lsc(&site),
					    capf_site_told(&site, "issued"));
			assert_int_equal(keystore_lsc_confirm(site.keystore, &why), 0);
			small_lsc = !strcmp(keys[i], "rsa-512");
		}
	}
}

static void fetching(void **state)
{
	char lsc[80], told[100];

	(void)state;
	capf_site_mic(&site, "rsa");
	mode_set(1, "install", "p-256");
	capf_site_enroll(&site, NULL);
	strcpy(lsc, capf_site_lsc(&site));
	snprintf(told, sizeof(told), "[1,\"%s\"]", lsc);
	for (size_t mode = 0; mode < MODES; mode++) {
		mode_set(mode, "fetch", "p-256");
		capf_site_enroll(&site, modes[mode].string);
		capf_site_ended(&site, ENROLL_FETCHED, REASON_NONE);
		mode_was(mode, false);
		assert_string_equal(capf_site_told(&site, "fetched"), told);
		assert_string_equal(capf_site_lsc(&site), lsc);
	}
	/* The MIC when it is asked for, and when there is no LSC. */
	capf_site_order(&site, "\"type\": 2");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FETCHED, REASON_NONE);
	assert_memory_equal(capf_site_told(&site, "fetched"), "[2,", 3);
	assert_non_null(strstr(capf_site_told(&site, "fetched"), "\""));
	assert_null(strstr(capf_site_told(&site, "fetched"), lsc));
	mode_set(1, "delete", "p-256");
	capf_site_enroll(&site, NULL);
	mode_set(1, "fetch", "p-256");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FETCHED, REASON_NONE);
	assert_string_equal(site.result.text, "Not Installed");
	assert_memory_equal(capf_site_told(&site, "fetched"), "[2,", 3);
	/* Nothing at all. */
	capf_site_mic(&site, NULL);
	capf_site_order(&site, "\"type\": 1");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_NOTHING, REASON_CAPF_NOTHING);
	assert_string_equal(capf_site_told(&site, "fetched"), "");
}

static void deleting(void **state)
{
	(void)state;
	capf_site_mic(&site, "rsa");
	for (size_t mode = 0; mode < MODES; mode++) {
		mode_set(mode, "install", "p-256");
		capf_site_enroll(&site, modes[mode].string);
		assert_true(*capf_site_lsc(&site));
		/* The MIC stays, whoever wants it gone. */
		mode_set(mode, "delete", "p-256");
		capf_site_order(&site, "\"type\": 2");
		capf_site_enroll(&site, modes[mode].string);
		capf_site_ended(&site, ENROLL_NOTHING, REASON_CAPF_NOTHING);
		assert_string_equal(capf_site_told(&site, "deleted"), "false");
		assert_true(*capf_site_lsc(&site));
		mode_set(mode, "delete", "p-256");
		capf_site_enroll(&site, modes[mode].string);
		capf_site_ended(&site, ENROLL_DELETED, REASON_NONE);
		mode_was(mode, false);
		assert_string_equal(capf_site_told(&site, "deleted"), "true");
		assert_string_equal(capf_site_lsc(&site), "");
	}
	mode_set(1, "delete", "p-256");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_NOTHING, REASON_CAPF_NOTHING);
}

/* Precedence where there is one certificate alone; without any, nobody is authenticated. */
static void precedence(void **state)
{
	(void)state;
	capf_site_mic(&site, "ec");
	for (size_t mode = 2; mode < MODES; mode++) {
		mode_set(mode, "install", "p-256");
		capf_site_enroll(&site, NULL);
		capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
		assert_string_equal(capf_site_told(&site, "shown"), "mic");
		/* A key of another kind than RSA has no SUDI proof. */
		assert_string_equal(capf_site_told(&site, "proofs"), "[\"sha1\",\"sha512\"]");
		mode_set(1, "delete", "p-256");
		capf_site_enroll(&site, NULL);
	}
	mode_set(1, "install", "p-256");
	capf_site_mic(&site, NULL);
	capf_site_enroll(&site, NULL);
	for (size_t mode = 2; mode < MODES; mode++) {
		mode_set(mode, "install", "p-384");
		capf_site_enroll(&site, NULL);
		capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
		assert_string_equal(capf_site_told(&site, "shown"), "lsc");
	}
	mode_set(1, "delete", "p-256");
	capf_site_enroll(&site, NULL);
	for (size_t mode = 2; mode < MODES; mode++) {
		mode_set(mode, "install", "p-256");
		capf_site_enroll(&site, NULL);
		capf_site_ended(&site, ENROLL_FAILED, REASON_IDENTITY_MISSING);
	}
}

/* What the server asks for goes before what is configured. */
static void modes_of_the_server(void **state)
{
	(void)state;
	capf_site_mic(&site, "rsa");
	capf_site_order(&site, "\"tells\": true, \"mode\": \"mic\", \"operation\": \"install\"");
	site.settings.capf_auth = CAPF_AUTH_NULL_STRING;
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_string_equal(capf_site_told(&site, "shown"), "mic");
	capf_site_order(&site, "\"mode\": \"string\"");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FAILED, REASON_CAPF_STRING);
	capf_site_order(&site, "\"mode\": \"null-string\"");
	capf_site_enroll(&site, CAPF_SITE_STRING);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_string_equal(capf_site_told(&site, "has_string"), "false");
}

static void versions(void **state)
{
	(void)state;
	capf_site_mic(&site, "rsa");
	site.settings.capf_auth = CAPF_AUTH_MIC;
	capf_site_order(&site, "\"version\": 2");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_string_equal(capf_site_told(&site, "version"), "2");
	assert_string_equal(capf_site_told(&site, "proofs"), "[\"sha1\"]");
	capf_site_order(&site, "\"version\": 3");
	site.settings.capf_version = 2;
	capf_site_enroll(&site, NULL);
	assert_string_equal(capf_site_told(&site, "version"), "2");
	capf_site_order(&site, "\"version\": null, \"subject\": \"cucm\"");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	capf_site_order(&site, "\"version\": 1");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FAILED, REASON_CAPF_VERSION);
}

/* A series of texts, of which the last one is that of the end. */
static void progress(void **state)
{
	static const char *const wanted[] = {
		"Connecting to CAPF server 127.0.0.1", "Connected, waiting for the CAPF server",
		"Authenticating", "Making a key pair, EC P-256", "Requesting the certificate",
		"Checking the new certificate", "Installed",
	};

	(void)state;
	capf_site_enroll(&site, CAPF_SITE_STRING);
	assert_int_equal(site.texts_count, sizeof(wanted) / sizeof(*wanted));
	for (size_t i = 0; i < site.texts_count; i++)
		assert_string_equal(site.texts[i], wanted[i]);
}

static void refusals(void **state)
{
	static const struct {
		const char *orders;
		const char *string;
		enum reason_code code;
	} all[] = {
		{ "\"mode\": \"string\"", "0000", REASON_CAPF_REFUSED },
		{ "\"mode\": \"string\"", NULL, REASON_CAPF_REFUSED },
		{ "\"mode\": \"mic\"", NULL, REASON_CAPF_REFUSED },
		{ "\"mode\": \"any\", \"device\": \"SEP000000000000\"", NULL, REASON_CAPF_DEVICE },
		{ "\"device\": \"SEP001122334455\", \"operation\": \"encrypt\"", NULL,
		  REASON_CAPF_UNSUPPORTED },
		{ "\"operation\": \"install\", \"reason\": 42", NULL, REASON_CAPF_REFUSED },
		{ "\"reason\": 7", NULL, REASON_CAPF_REFUSED },
		{ "\"reason\": 9", NULL, REASON_CAPF_DEVICE },
		{ "\"reason\": null, \"key\": \"p-999\"", NULL, REASON_CAPF_KEY },
		{ "\"key\": \"rsa-511\"", NULL, REASON_CAPF_KEY },
		{ "\"key\": \"rsa-2049\"", NULL, REASON_IDENTITY_KEY_KIND },
	};
	char lsc[80];

	(void)state;
	capf_site_enroll(&site, NULL);
	strcpy(lsc, capf_site_lsc(&site));
	site.settings.capf_tries = 3;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		capf_site_order(&site, "%s", all[i].orders);
		if (all[i].code == REASON_CAPF_UNSUPPORTED)
			site.settings.capf_tries = 1;
		capf_site_enroll(&site, all[i].string);
		capf_site_ended(&site, ENROLL_FAILED, all[i].code);
		/* Trying again would use up what the server allows. */
		assert_int_equal(capf_site_sessions(&site), 1);
		assert_string_equal(capf_site_lsc(&site), lsc);
	}
	capf_site_order(&site, "\"key\": \"p-256\", \"operation\": \"none\"");
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_NOTHING, REASON_CAPF_NOTHING);
	capf_site_order(&site, "\"operation\": \"install\", \"key\": \"rsa-1024\"");
	site.settings.weak_keys = false;
	keystore_free(site.keystore);
	assert_int_equal(keystore_new(&site.keystore, &site.settings, &site.result.why), 0);
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_FAILED, REASON_IDENTITY_KEY_WEAK);
	assert_string_equal(capf_site_lsc(&site), lsc);
}

static void wishes(void **state)
{
	static const char *const bad[] = { "", "123", "12345678901234567", "12a4", "1234 ", "-123" };
	static const char *const good[] = { "1234", "1234567890123456" };
	struct refusal why = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_true(capf_site_begin(&site, bad[i], &why) < 0);
		assert_int_equal(why.code, REASON_CAPF_STRING);
		assert_true(!*bad[i] || !strstr(why.detail, bad[i]));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(capf_site_begin(&site, good[i], &why), 0);
		enroll_free(site.enroll);
	}
	site.enroll = NULL;
	site.settings.capf_auth = CAPF_AUTH_STRING;
	assert_true(capf_site_begin(&site, NULL, &why) < 0);
	assert_int_equal(why.code, REASON_CAPF_STRING);
	site.settings.capf_auth = CAPF_AUTH_NONE;
	*site.settings.name = '\0';
	assert_true(capf_site_begin(&site, NULL, &why) < 0);
	assert_int_equal(why.code, REASON_SETTINGS_MISSING);
	strcpy(site.settings.name, CAPF_SITE_DEVICE);
	*site.settings.capf[0].host = '\0';
	assert_true(capf_site_begin(&site, NULL, &why) < 0);
	assert_int_equal(why.code, REASON_SETTINGS_MISSING);
}

/* The list in force names the server with this role, whatever its name; nobody else does. */
static void list_write(uint16_t role)
{
	struct crypto_objects capf, key;
	struct file_build_record record = { .role = role };
	struct file_maker maker = { .digest = FILE_DIGEST_SHA512, .name = "ITLFile.tlv",
				    .timestamp = 1700000000 };
	struct octets list;
	struct refusal why;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/capf.pem", site.folder);
	assert_int_equal(crypto_load(&capf, path, REASON_TRUST_FILE, &why), 0);
	snprintf(path, sizeof(path), "%s/capf.key", site.folder);
	assert_int_equal(crypto_load(&key, path, REASON_TRUST_FILE, &why), 0);
	record.certificate = maker.certificate = sk_X509_value(capf.certificates, 0);
	maker.key = key.key;
	assert_int_equal(file_build_list(&list, &maker, 0, &record, 1, &why), 0);
	snprintf(path, sizeof(path), "%s/itl.tlv", site.folder);
	file = fopen(path, "wb");
	assert_int_equal(fwrite(list.at, 1, list.len, file), list.len);
	fclose(file);
	chmod(path, 0600);
	free((void *)list.at);
	crypto_objects_clear(&capf);
	crypto_objects_clear(&key);
	*site.settings.anchors = '\0';
	strcpy(site.settings.lists, site.folder);
}

static void trust_lists(void **state)
{
	(void)state;
	strcpy(site.settings.capf[0].host, "localhost");
	list_write(TRUST_ROLE_CAPF);
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	/* The role is another one. */
	list_write(TRUST_ROLE_TVS);
	capf_site_order(&site, "\"operation\": \"install\"");
	capf_site_enroll(&site, CAPF_SITE_STRING);
	capf_site_ended(&site, ENROLL_FAILED, REASON_SERVER_UNTRUSTED);
	assert_int_equal(capf_site_sessions(&site), 0);
}

/* Answers what it is told to, in the next turn of the loop. */
static struct {
	unsigned int asked;
	enum reason_code verdict;
	sd_event_source *later;
	trust_answered *done;
	void *owner;
	bool forgotten;
} service;

static int service_answer(sd_event_source *source, void *data)
{
	struct refusal why = { .code = service.verdict };

	(void)source, (void)data;
	if (!service.verdict)
		list_write(TRUST_ROLE_CAPF);
	if (!service.forgotten)
		service.done(service.owner, &why);
	return 0;
}

static int service_ask(void *data, X509 *certificate, enum trust_use use, trust_answered *done,
		       void *owner, struct refusal *why)
{
	(void)data, (void)why;
	assert_non_null(certificate);
	assert_int_equal(use, TRUST_USE_CAPF);
	service.asked++;
	service.done = done;
	service.owner = owner;
	sd_event_source_unref(service.later);
	assert_true(sd_event_add_defer(site.event, &service.later, service_answer, NULL) >= 0);
	return 0;
}

static void service_forget(void *data, void *owner)
{
	(void)data;
	assert_ptr_equal(owner, service.owner);
	service.forgotten = true;
}

static const struct trust_asker asker = { NULL, service_ask, service_forget };

static void verification(void **state)
{
	struct refusal why;

	(void)state;
	site.asker = &asker;
	list_write(TRUST_ROLE_TVS);
	service.verdict = REASON_VERIFY_NO;
	site.settings.capf_tries = 3;
	capf_site_enroll(&site, CAPF_SITE_STRING);
	capf_site_ended(&site, ENROLL_FAILED, REASON_SERVER_UNTRUSTED);
	assert_int_equal(service.asked, 1);
	assert_int_equal(capf_site_sessions(&site), 0);
	/* One that ends while it is asked is forgotten. */
	assert_int_equal(capf_site_begin(&site, NULL, &why), 0);
	site_until(site.event, service.asked == 2);
	enroll_free(site.enroll);
	assert_true(service.forgotten);
	site_run(site.event, 50);
	service.forgotten = false;
	service.verdict = REASON_NONE;
	capf_site_enroll(&site, NULL);
	capf_site_ended(&site, ENROLL_INSTALLED, REASON_NONE);
	assert_int_equal(service.asked, 3);
	sd_event_source_unref(service.later);
}

int main(void)
{
#define CAPF_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, clear)
	const struct CMUnitTest tests[] = {
		CAPF_TEST(installing),
		CAPF_TEST(fetching),
		CAPF_TEST(deleting),
		CAPF_TEST(precedence),
		CAPF_TEST(modes_of_the_server),
		CAPF_TEST(versions),
		CAPF_TEST(progress),
		CAPF_TEST(refusals),
		CAPF_TEST(wishes),
		CAPF_TEST(trust_lists),
		CAPF_TEST(verification),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
