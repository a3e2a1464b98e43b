// SPDX-License-Identifier: Apache-2.0
/* Which signed files may be used, and what is said of the others. */
#include "trust_site.h"

#include "file_site.h"
#include "file_times.h"
#include "trust_folder.h"
#include "vouched.h"

#define WISH(...) &(struct list_wish){ __VA_ARGS__ }
#define NAME "SEP001122334455.cnf.xml.sgn"

static void expect_reason(const struct settings *settings, const char *signed_as,
			  const struct list_wish *wish, enum reason_code code)
{
	enum reason_code is = file_reason(settings, NAME, signed_as, wish);

	if (is != code)
		fail_msg("%s: %s", reason_words(is)->code, last_why.detail);
}

static void good_file(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	expect_reason(&settings, NAME, WISH(0), REASON_NONE);
	assert_int_equal(last_verdict.voucher, FILE_VOUCHER_ITL);
	assert_int_equal(last_verdict.role, TRUST_ROLE_CCM_TFTP);
	assert_true(last_verdict.is_signed);
	assert_false(last_verdict.is_sha1);
}

static void wrong_signer(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	expect_reason(&settings, NAME, WISH(.signer = &outsider), REASON_FILE_SIGNER);
	assert_true(last_verdict.may_ask);
	assert_int_equal(last_verdict.use, TRUST_USE_FILES);
	expect_reason(&settings, NAME, WISH(.signer = &sast), REASON_FILE_ROLE);
	assert_false(last_verdict.may_ask);
}

static void wrong_name(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	expect_reason(&settings, "SEP665544332211.cnf.xml.sgn", WISH(0), REASON_FILE_NAME);
	assert_non_null(strstr(last_why.detail, "SEP665544332211"));
	expect_reason(&settings, "sub/" NAME, WISH(0), REASON_FILE_NAME);
	/* To look at a file it may have any. */
	assert_int_equal(file_reason(&settings, NULL, "other.sgn", WISH(0)), REASON_NONE);
}

static void older_file(void **state)
{
	struct settings settings = trust_site_settings();
	struct refusal why;

	(void)state;
	list_begin(&settings);
	assert_int_equal(file_times_accept(&settings, NAME, SITE_TIME + 5, &why), 0);
	assert_int_equal(file_times_accept(&settings, NAME, SITE_TIME + 1, &why), 0);
	expect_reason(&settings, NAME, WISH(.later_s = 4), REASON_FILE_OLDER);
	expect_reason(&settings, NAME, WISH(.later_s = 5), REASON_NONE);
	assert_int_equal(last_verdict.newest, SITE_TIME + 5);
	expect_reason(&settings, NAME, WISH(.later_s = 6), REASON_NONE);
}

static void digests(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	expect_reason(&settings, NAME, WISH(.digest = FILE_DIGEST_SHA1), REASON_NONE);
	assert_true(last_verdict.is_sha1);
	settings.sha1_files = false;
	expect_reason(&settings, NAME, WISH(.digest = FILE_DIGEST_SHA1), REASON_FILE_DIGEST);
	expect_reason(&settings, NAME, WISH(.digest = FILE_DIGEST_SHA256), REASON_NONE);
}

static void unsigned_file(void **state)
{
	struct octets text = { (const uint8_t *)"<device/>", 9 };
	struct settings settings = trust_site_settings();
	struct file_verdict verdict;
	struct refusal why;

	(void)state;
	assert_int_equal(file_judge(&verdict, &settings, FILE_KIND_SIGNED, "a.xml", text, &why),
			 0);
	assert_false(verdict.has_header);
	assert_int_equal(verdict.body.len, 9);
	/* A signature that nobody can check is worth less than none. */
	expect_reason(&settings, NAME, WISH(0), REASON_FILE_SIGNER);
	list_begin(&settings);
	assert_true(file_judge(&verdict, &settings, FILE_KIND_SIGNED, "a.xml", text, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_UNSIGNED);
}

/* Each byte of a file changed, and each length of it: never accepted. */
static void changed_file(void **state)
{
	struct octets file = signed_make(NAME, WISH(0), "<device/>");
	struct settings settings = trust_site_settings();
	uint8_t *bytes = malloc(file.len);
	struct file_verdict verdict;
	struct refusal why;
	size_t i;

	(void)state;
	list_begin(&settings);
	for (i = 0; i < file.len; i += 3) {
		memcpy(bytes, file.at, file.len);
		bytes[i] ^= (uint8_t)(1 << i % 8);
		assert_true(file_judge(&verdict, &settings, FILE_KIND_SIGNED, NAME,
				       (struct octets){ bytes, file.len }, &why) < 0);
		assert_true(file_judge(&verdict, &settings, FILE_KIND_SIGNED, NAME,
				       (struct octets){ file.at, i }, &why) < 0);
	}
	memcpy(bytes, file.at, file.len);
	bytes[file.len - 1] ^= 1;
	assert_true(file_judge(&verdict, &settings, FILE_KIND_SIGNED, NAME,
			       (struct octets){ bytes, file.len }, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_SIGNATURE);
	free(bytes);
	free((void *)file.at);
}

static void vouched_signer(void **state)
{
	struct settings settings = trust_site_settings();
	struct refusal why;

	(void)state;
	list_begin(&settings);
	assert_int_equal(vouched_add(&settings, outsider.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_APP_SERVER), 3600, "tvs", &why), 0);
	expect_reason(&settings, NAME, WISH(.signer = &outsider), REASON_FILE_ROLE);
	assert_int_equal(vouched_add(&settings, outsider.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_TFTP), 3600, "tvs", &why), 0);
	expect_reason(&settings, NAME, WISH(.signer = &outsider), REASON_NONE);
	assert_int_equal(last_verdict.voucher, FILE_VOUCHER_TVS);
	assert_int_equal(last_verdict.role, TRUST_ROLE_TFTP);
}

/* The files of another implementation, SHA-1 list and all. */
static void golden_files(void **state)
{
	struct settings settings = trust_site_settings();
	enum trust_list_outcome outcome;
	struct file_verdict verdict;
	struct refusal why;

	(void)state;
	assert_int_equal(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLSEP001122334455.tlv",
					   file_vector("ITLFile.tlv"), &outcome, &verdict, &why),
			 0);
	assert_int_equal(outcome, TRUST_LIST_FIRST);
	assert_true(verdict.is_sha1);
	assert_int_equal(file_judge(&verdict, &settings, FILE_KIND_SIGNED, NAME,
				    file_vector(NAME), &why), 0);
	assert_int_equal(verdict.role, TRUST_ROLE_CCM_TFTP);
	assert_int_equal(file_judge(&verdict, &settings, FILE_KIND_SIGNED,
				    "SEP001122334455.cnf.xml.enc.sgn",
				    file_vector("SEP001122334455.cnf.xml.enc.sgn"), &why), 0);
	assert_true(verdict.header.is_encrypted);
}

static void words(void **state)
{
	struct settings settings = trust_site_settings();
	struct octets file = signed_make(NAME, WISH(.signer = &outsider), "x");
	struct file_verdict verdict;
	struct refusal why;
	char text[2048];

	(void)state;
	list_begin(&settings);
	assert_true(file_judge(&verdict, &settings, FILE_KIND_SIGNED, NULL, file, &why) < 0);
	file_verdict_tell(&verdict, text, sizeof(text));
	assert_non_null(strstr(text, "Signer: O=Site;CN=Stranger\n"));
	assert_non_null(strstr(text, "Signed as: " NAME "\n"));
	assert_non_null(strstr(text, "Digest: SHA512\n"));
	assert_non_null(strstr(text, "Known by: nobody"));
	assert_non_null(strstr(text, "(file-signer)\n"));
	assert_non_null(strstr(text, "Mend: "));
	assert_non_null(strstr(text, "may know the signer\n"));
	file_verdict_tell(&verdict, text, 20);
	assert_true(strlen(text) < 20);
	free((void *)file.at);
	assert_int_equal(file_kind_of("ITLSEP001122334455.tlv"), FILE_KIND_ITL);
	assert_int_equal(file_kind_of("/tmp/CTLFile.tlv"), FILE_KIND_CTL);
	assert_int_equal(file_kind_of("CTL.sgn"), FILE_KIND_SIGNED);
	assert_int_equal(file_kind_of("a.tlv"), FILE_KIND_SIGNED);
}

/* Vouched certificates, and times of files, as they are kept. */

static void vouched_limits(void **state)
{
	struct settings settings = trust_site_settings();
	struct vouched vouched;
	struct refusal why;

	(void)state;
	assert_int_equal(vouched_add(&settings, web.certificate, 2, 0, "tvs", &why), 0);
	assert_int_equal(vouched_add(&settings, capf.certificate, 4, UINT32_MAX, "tvs", &why), 0);
	assert_int_equal(vouched_add(&settings, web.certificate, 8, 0, "other", &why), 0);
	assert_int_equal(vouched_load(&vouched, &settings, &why), 0);
	assert_int_equal(vouched.count, 2);
	assert_int_equal(vouched.list[0].roles, 4);
	assert_int_equal(vouched.list[0].until - vouched.list[0].from, VOUCHED_MAX_S);
	assert_int_equal(vouched.list[1].roles, 8);
	assert_int_equal(vouched.list[1].until - vouched.list[1].from, VOUCHED_MIN_S);
	assert_string_equal(vouched.list[1].server, "other");
	assert_int_equal(X509_cmp(vouched.list[1].certificate, web.certificate), 0);
	vouched_clear(&vouched);
}

static void vouched_number(void **state)
{
	struct settings settings = trust_site_settings();
	struct site_identity many[VOUCHED_MAX + 1];
	struct vouched vouched;
	struct refusal why;
	size_t i;

	(void)state;
	for (i = 0; i <= VOUCHED_MAX; i++) {
		many[i] = site_issue(&(struct site_wish){ .name = "one" });
		assert_int_equal(vouched_add(&settings, many[i].certificate, 1,
					     (uint32_t)(i == 7 ? 100 : 1000 + i), "tvs", &why), 0);
	}
	assert_int_equal(vouched_load(&vouched, &settings, &why), 0);
	assert_int_equal(vouched.count, VOUCHED_MAX);
	for (i = 0; i < vouched.count; i++)
		assert_true(X509_cmp(vouched.list[i].certificate, many[7].certificate));
	vouched_clear(&vouched);
	for (i = 0; i <= VOUCHED_MAX; i++)
		site_identity_free(&many[i]);
}

static size_t vouched_count(const struct settings *settings, int64_t from, int64_t until)
{
	json_t *list = trust_folder_json(settings, TRUST_FILE_VOUCHED);
	json_t *entry = json_array_get(list, 0);
	struct vouched vouched;
	struct refusal why;
	size_t count;

	json_object_set_new(entry, "from", json_integer(from));
	json_object_set_new(entry, "until", json_integer(until));
	assert_int_equal(trust_folder_write_json(settings, TRUST_FILE_VOUCHED, list, &why), 0);
	assert_int_equal(vouched_load(&vouched, settings, &why), 0);
	count = vouched.count;
	vouched_clear(&vouched);
	return count;
}

static void vouched_time(void **state)
{
	struct settings settings = trust_site_settings();
	struct octets junk = { (const uint8_t *)"[{", 2 };
	struct vouched vouched;
	struct refusal why;
	int64_t now = time(NULL);

	(void)state;
	assert_int_equal(vouched_add(&settings, web.certificate, 1, 3600, "tvs", &why), 0);
	assert_int_equal(vouched_count(&settings, now - 10, now + 10), 1);
	assert_int_equal(vouched_count(&settings, now - 10, now - 1), 0);
	/* The clock was set back. */
	assert_int_equal(vouched_count(&settings, now + 100, now + 200), 0);
	assert_int_equal(vouched_count(&settings, now - 10, now + VOUCHED_MAX_S + 10), 0);
	assert_int_equal(trust_folder_write(&settings, TRUST_FILE_VOUCHED, junk, &why), 0);
	assert_int_equal(vouched_load(&vouched, &settings, &why), 0);
	assert_int_equal(vouched.count, 0);
	vouched_clear(&vouched);
}

static void times_number(void **state)
{
	struct settings settings = trust_site_settings();
	struct refusal why;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i <= FILE_TIMES_MAX; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		assert_int_equal(file_times_accept(&settings, name, i == 9 ? 1 : 1000 + i, &why),
				 0);
	}
	assert_int_equal(file_times_newest(&settings, "file-9"), 0);
	assert_int_equal(file_times_newest(&settings, "file-0"), 1000);
	assert_int_equal(file_times_last(&settings), 1000 + FILE_TIMES_MAX);
}

/* The policy that takes SHA-1 takes it no more where the library is in FIPS mode. */
static void sha1_policy(void **state)
{
	struct list_wish wish = { .digest = FILE_DIGEST_SHA1 };
	struct settings settings = trust_site_settings();
	OSSL_LIB_CTX *library;
	struct refusal why;

	(void)state;
	list_begin(&settings);
	assert_int_equal(file_reason(&settings, "x.sgn", "x.sgn", &wish), REASON_NONE);
	assert_true(last_verdict.is_sha1);
	settings.sha1_files = false;
	assert_int_equal(file_reason(&settings, "x.sgn", "x.sgn", &wish), REASON_FILE_DIGEST);
	assert_null(strstr(last_why.detail, "FIPS"));
	settings.sha1_files = true;
	assert_int_equal(crypto_library(&library, &why), 0);
	assert_true(EVP_default_properties_enable_fips(library, 1));
	assert_true(crypto_is_fips());
	assert_int_equal(file_reason(&settings, "x.sgn", "x.sgn", &wish), REASON_FILE_DIGEST);
	assert_non_null(strstr(last_why.detail, "FIPS"));
	assert_true(EVP_default_properties_enable_fips(library, 0));
	assert_int_equal(file_reason(&settings, "x.sgn", "x.sgn", &wish), REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file),
		cmocka_unit_test(wrong_signer),
		cmocka_unit_test(wrong_name),
		cmocka_unit_test(older_file),
		cmocka_unit_test(digests),
		cmocka_unit_test(unsigned_file),
		cmocka_unit_test(changed_file),
		cmocka_unit_test(vouched_signer),
		cmocka_unit_test(golden_files),
		cmocka_unit_test(words),
		cmocka_unit_test(vouched_limits),
		cmocka_unit_test(vouched_number),
		cmocka_unit_test(vouched_time),
		cmocka_unit_test(times_number),
		cmocka_unit_test(sha1_policy),
	};

	return cmocka_run_group_tests(tests, trust_site_set_up, trust_site_clear);
}
