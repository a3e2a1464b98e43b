// SPDX-License-Identifier: Apache-2.0
/* By which rules trust lists take each other's place. */
#include "trust_site.h"

#include <sys/stat.h>
#include <unistd.h>

#include "file_times.h"
#include "trust_folder.h"
#include "vouched.h"

#define WISH(...) &(struct list_wish){ __VA_ARGS__ }
#define CTL .name = "CTLFile.tlv"

/* Whether a list in force is exactly the one that such a wish makes. */
static void assert_in_force(const struct settings *settings, const char *name,
			    const struct list_wish *wish)
{
	struct octets is = stored(settings, name), made = list_make(wish);

	assert_int_equal(is.len, made.len);
	assert_memory_equal(is.at, made.at, made.len);
	free((void *)is.at);
	free((void *)made.at);
}

static bool is_stored(const struct settings *settings, const char *name)
{
	struct octets bytes = stored(settings, name);

	free((void *)bytes.at);
	return bytes.at;
}

static void expect_refused(const struct settings *settings, enum trust_list_kind kind,
			   const struct list_wish *wish, enum reason_code code)
{
	assert_int_equal(list_offer(settings, kind, wish), -1);
	if (last_why.code != code)
		fail_msg("%s: %s", reason_words(last_why.code)->code, last_why.detail);
}

static void first_list(void **state)
{
	struct settings settings = trust_site_settings();
	struct stat status;

	(void)state;
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, WISH(0)), TRUST_LIST_FIRST);
	assert_int_equal(last_verdict.voucher, FILE_VOUCHER_ITSELF);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(0));
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, WISH(0)), TRUST_LIST_SAME);
	assert_int_equal(file_times_newest(&settings, "ITLFile.tlv"), SITE_TIME);
	assert_int_equal(stat(settings.lists, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
}

static void first_list_forbidden(void **state)
{
	struct settings settings = trust_site_settings();
	struct trust_pending pending;
	struct refusal why;

	(void)state;
	settings.first_list = false;
	expect_refused(&settings, TRUST_LIST_ITL, WISH(0), REASON_TRUST_FIRST);
	assert_false(is_stored(&settings, TRUST_FILE_ITL));
	assert_int_equal(trust_pending_load(&pending, &settings, &why), 0);
	assert_int_equal(trust_lists_approve(&settings, pending.fingerprint, &why), 0);
	trust_pending_clear(&pending);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(0));
}

static void first_list_damaged(void **state)
{
	struct settings settings = trust_site_settings();
	struct octets file = list_make(WISH(0));
	enum trust_list_outcome outcome;
	struct refusal why;

	(void)state;
	((uint8_t *)file.at)[file.len - 9] ^= 1;
	assert_true(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv", file, &outcome,
				      NULL, &why) < 0);
	free((void *)file.at);
	assert_int_equal(why.code, REASON_FILE_SIGNATURE);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.signer = &outsider), REASON_FILE_CONTENT);
	assert_false(is_stored(&settings, TRUST_FILE_ITL));
	assert_false(is_stored(&settings, TRUST_FILE_PENDING));
}

static void later_list(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, WISH(.later_s = 1)),
			 TRUST_LIST_REPLACED);
	assert_int_equal(last_verdict.voucher, FILE_VOUCHER_ITL);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.later_s = 2, .signer = &token)), TRUST_LIST_REPLACED);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(.later_s = 2, .signer = &token));
}

/* A list that somebody made who is in none: it changes nothing, and waits. */
static void forged_list(void **state)
{
	struct settings settings = trust_site_settings();
	struct file_build_record mine[] = {
		{ TRUST_ROLE_SAST, outsider.certificate, "" },
		{ TRUST_ROLE_CCM_TFTP, outsider.certificate, "" },
	};

	(void)state;
	list_begin(&settings);
	expect_refused(&settings, TRUST_LIST_ITL,
		       WISH(.later_s = 5, .signer = &outsider, .records = mine, .count = 2),
		       REASON_FILE_SIGNER);
	assert_non_null(strstr(last_why.detail, "Stranger"));
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(0));
	assert_true(is_stored(&settings, TRUST_FILE_PENDING));
	assert_true(last_verdict.may_ask);
	assert_int_equal(last_verdict.use, TRUST_USE_LISTS);
	/* A first CTL is a later list when there is an ITL. */
	expect_refused(&settings, TRUST_LIST_CTL,
		       WISH(CTL, .signer = &outsider, .records = mine, .count = 2),
		       REASON_FILE_SIGNER);
	assert_false(is_stored(&settings, TRUST_FILE_CTL));
}

static void list_by_another_role(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 1, .signer = &manager),
		       REASON_FILE_ROLE);
	assert_non_null(strstr(last_why.detail, "CCM+TFTP"));
	assert_false(is_stored(&settings, TRUST_FILE_PENDING));
}

static void changed_list(void **state)
{
	struct settings settings = trust_site_settings();
	struct octets file = list_make(WISH(.later_s = 1));
	enum trust_list_outcome outcome;
	struct refusal why;

	(void)state;
	list_begin(&settings);
	((uint8_t *)file.at)[file.len - 9] ^= 1;
	assert_true(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv", file, &outcome,
				      NULL, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_SIGNATURE);
	assert_true(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv",
				      (struct octets){ file.at, file.len / 2 }, &outcome, NULL,
				      &why) < 0);
	free((void *)file.at);
	assert_int_equal(why.code, REASON_FILE_LAYOUT);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(0));
}

static void older_list(void **state)
{
	struct settings settings = trust_site_settings();
	struct refusal why;

	(void)state;
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, WISH(.later_s = 9)),
			 TRUST_LIST_FIRST);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 8), REASON_FILE_OLDER);
	/* Nor when the times were lost: the list in force has its own. */
	assert_int_equal(trust_folder_remove(&settings, TRUST_FILE_TIMES, &why), 0);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 8), REASON_FILE_OLDER);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(.later_s = 9));
}

static void wrong_name(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(CTL, .later_s = 1), REASON_FILE_NAME);
	expect_refused(&settings, TRUST_LIST_CTL, WISH(.later_s = 1), REASON_FILE_NAME);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.name = "ITLSEP00.tlv", .later_s = 1),
		       REASON_FILE_NAME);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.name = "ITLSEP001122334455.tlv", .later_s = 1)),
			 TRUST_LIST_REPLACED);
}

/* With a CTL its tokens decide about both lists. */
static void ctl_governs(void **state)
{
	struct settings settings = trust_site_settings();
	struct file_build_record records[] = {
		{ TRUST_ROLE_SAST, token.certificate, "" },
		{ TRUST_ROLE_CCM_TFTP, manager.certificate, "" },
	};
	struct list_wish wish = { CTL, .signer = &token, .records = records, .count = 2 };

	(void)state;
	list_begin(&settings);
	assert_int_equal(list_offer(&settings, TRUST_LIST_CTL, &wish), TRUST_LIST_REPLACED);
	/* The signer that the ITL alone names counts no more, for neither. */
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 1), REASON_FILE_SIGNER);
	expect_refused(&settings, TRUST_LIST_CTL, WISH(CTL, .later_s = 1), REASON_FILE_SIGNER);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.later_s = 1, .signer = &token)), TRUST_LIST_REPLACED);
	assert_int_equal(last_verdict.voucher, FILE_VOUCHER_CTL);
}

/* A cluster that was taken back from secure mode: its records have lost their certificates. */
static void insecure_ctl(void **state)
{
	struct settings settings = trust_site_settings();
	struct octets file = list_make(WISH(CTL));
	unsigned char *der = NULL, *at;
	struct trust_lists lists;
	struct refusal why;
	int len;

	(void)state;
	assert_int_equal(list_offer(&settings, TRUST_LIST_CTL, WISH(CTL)), TRUST_LIST_FIRST);
	len = i2d_X509(manager.certificate, &der);
	at = memmem(file.at, file.len, der, (size_t)len);
	OPENSSL_free(der);
	assert_non_null(at);
	/* The element becomes one that nobody knows. */
	at[-3] = 99;
	assert_int_equal(trust_folder_write(&settings, TRUST_FILE_CTL, file, &why), 0);
	free((void *)file.at);
	assert_int_equal(trust_lists_load(&lists, &settings, &why), 0);
	/* Its tokens still decide. */
	assert_ptr_equal(trust_lists_governing(&lists), &lists.files[TRUST_LIST_CTL]);
	trust_lists_clear(&lists);
}

static void empty_lists(void **state)
{
	struct settings settings = trust_site_settings();
	enum trust_list_outcome outcome;
	struct octets none = { NULL, 0 }, text = { (const uint8_t *)"nothing", 7 };
	struct refusal why;

	(void)state;
	assert_int_equal(trust_lists_offer(&settings, TRUST_LIST_CTL, "CTLFile.tlv", none,
					   &outcome, NULL, &why), 0);
	assert_int_equal(outcome, TRUST_LIST_NONE);
	assert_int_equal(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv", text,
					   &outcome, NULL, &why), 0);
	assert_int_equal(outcome, TRUST_LIST_NONE);
	list_begin(&settings);
	/* There may be an ITL alone. */
	assert_int_equal(trust_lists_offer(&settings, TRUST_LIST_CTL, "CTLFile.tlv", none,
					   &outcome, NULL, &why), 0);
	assert_int_equal(outcome, TRUST_LIST_NONE);
	assert_true(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv", none, &outcome,
				      NULL, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_UNSIGNED);
	assert_true(trust_lists_offer(&settings, TRUST_LIST_CTL, "CTLFile.tlv", text, &outcome,
				      NULL, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_UNSIGNED);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(0));
	expect_refused(&settings, TRUST_LIST_ITL,
		       WISH(.later_s = 1, .records = list_records(), .count = 0),
		       REASON_FILE_CONTENT);
}

static void too_much(void **state)
{
	struct file_build_record records[TRUST_LISTS_SIGNERS_MAX + 1];
	struct settings settings = trust_site_settings();
	size_t len = PHONESEC_TRUST_LIST_MAX + 1, i;
	enum trust_list_outcome outcome;
	struct octets list = list_make(WISH(.later_s = 1));
	uint8_t *file = calloc(1, len);
	struct refusal why;

	(void)state;
	list_begin(&settings);
	memcpy(file, list.at, list.len);
	assert_true(trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv",
				      (struct octets){ file, len }, &outcome, NULL, &why) < 0);
	assert_int_equal(why.code, REASON_TRUST_LIST_TOO_LONG);
	free(file);
	free((void *)list.at);
	for (i = 0; i <= TRUST_LISTS_SIGNERS_MAX; i++)
		records[i] = (struct file_build_record){ TRUST_ROLE_SAST, sast.certificate, "" };
	expect_refused(&settings, TRUST_LIST_ITL,
		       WISH(.later_s = 1, .records = records, .count = i),
		       REASON_TRUST_LIST_TOO_LONG);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.later_s = 1, .records = records, .count = i - 1)),
			 TRUST_LIST_REPLACED);
}

static void sha1_policy(void **state)
{
	struct settings settings = trust_site_settings();

	(void)state;
	list_begin(&settings);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.later_s = 1, .digest = FILE_DIGEST_SHA1)),
			 TRUST_LIST_REPLACED);
	assert_true(last_verdict.is_sha1);
	settings.sha1_files = false;
	expect_refused(&settings, TRUST_LIST_ITL,
		       WISH(.later_s = 2, .digest = FILE_DIGEST_SHA1), REASON_FILE_DIGEST);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.later_s = 2, .digest = FILE_DIGEST_SHA256)),
			 TRUST_LIST_REPLACED);
}

static void weak_signer(void **state)
{
	struct site_identity weak = site_issue(&(struct site_wish){ .name = "Old token",
		.key = SITE_RSA_1024 });
	struct file_build_record records[] = { { TRUST_ROLE_SAST, weak.certificate, "" } };
	struct list_wish wish = { .signer = &weak, .records = records, .count = 1 };
	struct settings settings = trust_site_settings();

	(void)state;
	settings.sha1_files = false;
	expect_refused(&settings, TRUST_LIST_ITL, &wish, REASON_FILE_WEAK);
	settings.sha1_files = true;
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, &wish), TRUST_LIST_FIRST);
	site_identity_free(&weak);
}

static void revoked_signer(void **state)
{
	struct settings settings = trust_site_settings();
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	char text[2 * CRYPTO_FINGERPRINT_LEN + 1];

	(void)state;
	list_begin(&settings);
	assert_true(crypto_fingerprint(sast.certificate, digest));
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	strcpy(settings.revoked, site_text("revoked", text));
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 1), REASON_SERVER_REVOKED);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL,
				    WISH(.later_s = 1, .signer = &token)), TRUST_LIST_REPLACED);
}

static void vouched_signer(void **state)
{
	struct settings settings = trust_site_settings();
	struct list_wish wish = { .later_s = 1, .signer = &outsider };
	struct refusal why;

	(void)state;
	list_begin(&settings);
	assert_int_equal(vouched_add(&settings, outsider.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_TFTP), 3600, "tvs", &why), 0);
	expect_refused(&settings, TRUST_LIST_ITL, &wish, REASON_FILE_ROLE);
	assert_int_equal(vouched_add(&settings, outsider.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_SAST), 3600, "tvs", &why), 0);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, &wish), TRUST_LIST_REPLACED);
	assert_int_equal(last_verdict.voucher, FILE_VOUCHER_TVS);
	/* It was said under the list of before. */
	assert_false(is_stored(&settings, TRUST_FILE_VOUCHED));
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 2, .signer = &outsider),
		       REASON_FILE_SIGNER);
}

static void approval(void **state)
{
	struct file_build_record mine[] = { { TRUST_ROLE_SAST, outsider.certificate, "" } };
	struct list_wish wish = { .later_s = 5, .signer = &outsider, .records = mine, .count = 1 };
	struct settings settings = trust_site_settings();
	struct trust_pending pending;
	struct refusal why;
	char spaced[100];

	(void)state;
	list_begin(&settings);
	assert_true(trust_lists_approve(&settings, "00", &why) < 0);
	assert_int_equal(why.code, REASON_TRUST_PENDING);
	expect_refused(&settings, TRUST_LIST_ITL, &wish, REASON_FILE_SIGNER);
	assert_int_equal(trust_pending_load(&pending, &settings, &why), 0);
	assert_int_equal(pending.kind, TRUST_LIST_ITL);
	assert_int_equal(strlen(pending.fingerprint), 64);
	assert_int_equal(strlen(pending.sha1), 40);
	assert_true(trust_lists_approve(&settings, "", &why) < 0);
	snprintf(spaced, sizeof(spaced), "%.2s:%s", pending.sha1, pending.sha1 + 2);
	pending.sha1[0] ^= 1;
	assert_true(trust_lists_approve(&settings, pending.sha1, &why) < 0);
	assert_int_equal(why.code, REASON_TRUST_PENDING);
	assert_in_force(&settings, TRUST_FILE_ITL, WISH(0));
	assert_int_equal(trust_lists_approve(&settings, spaced, &why), 0);
	trust_pending_clear(&pending);
	assert_in_force(&settings, TRUST_FILE_ITL, &wish);
	assert_false(is_stored(&settings, TRUST_FILE_PENDING));
	assert_int_equal(file_times_newest(&settings, "ITLFile.tlv"), SITE_TIME + 5);
}

/* What is approved must not be older than what came meanwhile. */
static void approval_too_late(void **state)
{
	struct file_build_record mine[] = { { TRUST_ROLE_SAST, outsider.certificate, "" } };
	struct settings settings = trust_site_settings();
	struct trust_pending pending;
	struct refusal why;

	(void)state;
	list_begin(&settings);
	expect_refused(&settings, TRUST_LIST_ITL,
		       WISH(.later_s = 5, .signer = &outsider, .records = mine, .count = 1),
		       REASON_FILE_SIGNER);
	assert_int_equal(trust_pending_load(&pending, &settings, &why), 0);
	assert_int_equal(file_times_accept(&settings, "ITLFile.tlv", SITE_TIME + 6, &why), 0);
	assert_true(trust_lists_approve(&settings, pending.fingerprint, &why) < 0);
	assert_int_equal(why.code, REASON_FILE_OLDER);
	trust_pending_clear(&pending);
}

static void reset(void **state)
{
	struct settings settings = trust_site_settings();
	struct refusal why;

	(void)state;
	assert_int_equal(trust_lists_reset(&settings, &why), 0);
	list_begin(&settings);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.signer = &outsider), REASON_FILE_SIGNER);
	assert_int_equal(vouched_add(&settings, web.certificate, 1, 3600, "tvs", &why), 0);
	assert_int_equal(trust_lists_reset(&settings, &why), 0);
	assert_false(is_stored(&settings, TRUST_FILE_ITL));
	assert_false(is_stored(&settings, TRUST_FILE_PENDING));
	assert_false(is_stored(&settings, TRUST_FILE_VOUCHED));
	assert_false(is_stored(&settings, TRUST_FILE_TIMES));
	list_begin(&settings);
}

/* A list that is there and cannot be read is not as if there were none. */
static void damaged_store(void **state)
{
	struct settings settings = trust_site_settings();
	struct octets junk = { (const uint8_t *)"junk", 4 };
	struct trust_lists lists;
	char path[PATH_MAX + 16];
	struct refusal why;

	(void)state;
	list_begin(&settings);
	snprintf(path, sizeof(path), "%s/itl.tlv", settings.lists);
	assert_int_equal(chmod(path, 0666), 0);
	assert_true(trust_lists_load(&lists, &settings, &why) < 0);
	assert_int_equal(why.code, REASON_TRUST_FILE);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 1), REASON_TRUST_FILE);
	assert_int_equal(trust_folder_write(&settings, TRUST_FILE_ITL, junk, &why), 0);
	expect_refused(&settings, TRUST_LIST_ITL, WISH(.later_s = 1), REASON_TRUST_FILE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_list),
		cmocka_unit_test(first_list_forbidden),
		cmocka_unit_test(first_list_damaged),
		cmocka_unit_test(later_list),
		cmocka_unit_test(forged_list),
		cmocka_unit_test(list_by_another_role),
		cmocka_unit_test(changed_list),
		cmocka_unit_test(older_list),
		cmocka_unit_test(wrong_name),
		cmocka_unit_test(ctl_governs),
		cmocka_unit_test(insecure_ctl),
		cmocka_unit_test(empty_lists),
		cmocka_unit_test(too_much),
		cmocka_unit_test(sha1_policy),
		cmocka_unit_test(weak_signer),
		cmocka_unit_test(revoked_signer),
		cmocka_unit_test(vouched_signer),
		cmocka_unit_test(approval),
		cmocka_unit_test(approval_too_late),
		cmocka_unit_test(reset),
		cmocka_unit_test(damaged_store),
	};

	return cmocka_run_group_tests(tests, trust_site_set_up, trust_site_clear);
}
