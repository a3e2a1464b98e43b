// SPDX-License-Identifier: Apache-2.0
/* Servers that lists name, or that somebody vouched for: handshakes with real ones. */
#include "trust_site.h"

#include <time.h>

#include "file_times.h"
#include "trust_folder.h"
#include "vouched.h"

static sd_event *loop_of_use;

static int set_up(void **state)
{
	return trust_site_set_up(state) || sd_event_new(&loop_of_use) < 0;
}

static int clear(void **state)
{
	sd_event_unref(loop_of_use);
	return trust_site_clear(state);
}

struct outcome {
	struct refusal why;
	bool asked_for; /* the store keeps the certificate, to be asked about */
};

/* A server that shows @shown, under a name that no certificate has. */
static struct outcome connect_once(const struct settings *settings, enum trust_use use,
				   const struct site_identity *shown)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = shown });
	struct site_stream stream = { 0 };
	struct outcome outcome = { 0 };
	struct trust *trust = NULL;
	struct tls *tls = NULL;

	if (trust_load(&trust, settings, use, &outcome.why) ||
	    tls_new(&tls, settings, use, trust, NULL, &outcome.why)) {
		trust_free(trust);
		site_stop(server);
		return outcome;
	}
	trust_free(trust);
	assert_int_equal(site_connect(&stream, loop_of_use, server, tls, "any.example", 0), 0);
	site_until(loop_of_use, stream.up || stream.down);
	outcome.why = stream.why;
	outcome.asked_for = tls_unknown(tls) && !X509_cmp(tls_unknown(tls), shown->certificate);
	site_stream_clear(&stream);
	tls_free(tls);
	site_stop(server);
	return outcome;
}

static void expect_use(const struct settings *settings, enum trust_use use,
		       const struct site_identity *shown, enum reason_code code)
{
	struct outcome outcome = connect_once(settings, use, shown);

	if (outcome.why.code != code)
		fail_msg("use %d: %s: %s", use, reason_words(outcome.why.code)->code,
			 outcome.why.detail);
	assert_int_equal(outcome.asked_for, code == REASON_SERVER_UNTRUSTED &&
			 use != TRUST_USE_TVS);
}

/* To call managers a phone shows a certificate, which is not what is tested here. */
static struct settings use_settings(void)
{
	struct settings settings = trust_site_settings();

	strcpy(settings.lsc.certificate, site_write("use-lsc.pem", &capf, true));
	return settings;
}

static void roles(void **state)
{
	static const struct {
		enum trust_use use;
		struct site_identity *good;
	} uses[] = {
		{ TRUST_USE_CALL_MANAGER, &manager }, { TRUST_USE_CAPF, &capf },
		{ TRUST_USE_TVS, &verifier }, { TRUST_USE_FILES, &manager },
		{ TRUST_USE_WEB, &web },
	};
	struct site_identity *all[] = { &sast, &manager, &capf, &verifier, &web, &outsider };
	struct settings settings = use_settings();

	(void)state;
	list_begin(&settings);
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++)
		for (size_t j = 0; j < sizeof(all) / sizeof(*all); j++)
			expect_use(&settings, uses[i].use, all[j], all[j] == uses[i].good ?
				   REASON_NONE : REASON_SERVER_UNTRUSTED);
	/* With SIP OAuth the certificate is that of the web services. */
	expect_use(&settings, TRUST_USE_CALL_MANAGER, &web, REASON_SERVER_UNTRUSTED);
	settings.oauth = true;
	expect_use(&settings, TRUST_USE_CALL_MANAGER, &web, REASON_NONE);
}

/* The same name and key are not the same certificate. */
static void very_certificate(void **state)
{
	struct site_identity twin = site_issue(&(struct site_wish){ .name = "CAPF" });
	struct settings settings = use_settings();

	(void)state;
	list_begin(&settings);
	expect_use(&settings, TRUST_USE_CAPF, &twin, REASON_SERVER_UNTRUSTED);
	site_identity_free(&twin);
}

/* Whom a listed certificate has issued is not listed. */
static void no_authority(void **state)
{
	struct site_identity top = site_issue(&(struct site_wish){ .name = "Top",
		.is_authority = true, .key = SITE_RSA_2048 });
	struct site_identity below = site_issue(&(struct site_wish){ .name = "any.example",
		.issuer = &top });
	struct file_build_record records[] = {
		{ TRUST_ROLE_SAST, top.certificate, "" }, { TRUST_ROLE_CAPF, top.certificate, "" },
	};
	struct settings settings = use_settings();

	(void)state;
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, &(struct list_wish){
		.signer = &top, .records = records, .count = 2 }), TRUST_LIST_FIRST);
	expect_use(&settings, TRUST_USE_CAPF, &below, REASON_SERVER_UNTRUSTED);
	expect_use(&settings, TRUST_USE_CAPF, &top, REASON_NONE);
	site_identity_free(&top);
	site_identity_free(&below);
}

static void beside_anchors(void **state)
{
	struct site_identity top = site_issue(&(struct site_wish){ .name = "Top",
		.is_authority = true });
	struct site_identity below = site_issue(&(struct site_wish){ .name = "any.example",
		.issuer = &top }), named = site_issue(&(struct site_wish){ .name = "b.example",
		.issuer = &top });
	struct settings settings = use_settings();
	struct outcome outcome;

	(void)state;
	expect_use(&settings, TRUST_USE_CAPF, &capf, REASON_TRUST_EMPTY);
	strcpy(settings.anchors, site_write("top.pem", &top, false));
	expect_use(&settings, TRUST_USE_CAPF, &below, REASON_NONE);
	/* Nobody but a list vouches for TVS. */
	expect_use(&settings, TRUST_USE_TVS, &below, REASON_TRUST_EMPTY);
	list_begin(&settings);
	expect_use(&settings, TRUST_USE_CAPF, &below, REASON_NONE);
	expect_use(&settings, TRUST_USE_CAPF, &capf, REASON_NONE);
	expect_use(&settings, TRUST_USE_TVS, &below, REASON_SERVER_UNTRUSTED);
	outcome = connect_once(&settings, TRUST_USE_CAPF, &named);
	assert_int_equal(outcome.why.code, REASON_SERVER_NAME);
	assert_true(outcome.asked_for);
	site_identity_free(&top);
	site_identity_free(&below);
	site_identity_free(&named);
}

static void vouched_for(void **state)
{
	struct settings settings = use_settings();
	struct refusal why;

	(void)state;
	list_begin(&settings);
	assert_int_equal(vouched_add(&settings, outsider.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_APP_SERVER) |
				     TRUST_ROLE_BIT(TRUST_ROLE_TVS), 3600, "tvs", &why), 0);
	expect_use(&settings, TRUST_USE_WEB, &outsider, REASON_NONE);
	expect_use(&settings, TRUST_USE_CAPF, &outsider, REASON_SERVER_UNTRUSTED);
	expect_use(&settings, TRUST_USE_TVS, &outsider, REASON_SERVER_UNTRUSTED);
}

/* A store that was loaded before the word ran out does not keep it up. */
static void vouched_time_ends(void **state)
{
	struct settings settings = use_settings();
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	json_t *list;
	struct refusal why;
	struct trust *trust;

	(void)state;
	list_begin(&settings);
	assert_int_equal(vouched_add(&settings, outsider.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_CAPF), 3600, "tvs", &why), 0);
	list = trust_folder_json(&settings, TRUST_FILE_VOUCHED);
	json_object_set_new(json_array_get(list, 0), "until", json_integer(time(NULL) + 2));
	assert_int_equal(trust_folder_write_json(&settings, TRUST_FILE_VOUCHED, list, &why), 0);
	assert_int_equal(trust_load(&trust, &settings, TRUST_USE_CAPF, &why), 0);
	assert_int_equal(trust_apply(trust, context, &why), 0);
	assert_true(trust_still(context, outsider.certificate));
	assert_true(trust_still(context, capf.certificate));
	site_run(loop_of_use, 2100);
	assert_false(trust_still(context, outsider.certificate));
	assert_true(trust_still(context, capf.certificate));
	trust_free(trust);
	SSL_CTX_free(context);
	expect_use(&settings, TRUST_USE_CAPF, &outsider, REASON_SERVER_UNTRUSTED);
}

static void revoked_in_list(void **state)
{
	struct settings settings = use_settings();
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	char text[2 * CRYPTO_FINGERPRINT_LEN + 1];

	(void)state;
	list_begin(&settings);
	assert_true(crypto_fingerprint(capf.certificate, digest));
	for (size_t i = 0; i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	strcpy(settings.revoked, site_text("revoked", text));
	expect_use(&settings, TRUST_USE_CAPF, &capf, REASON_SERVER_REVOKED);
}

/* Certificates whose time is not now, under a clock that is right and one that is not. */
static void clocks(void **state)
{
	struct site_identity early = site_issue(&(struct site_wish){ .name = "CAPF",
		.key = SITE_RSA_2048, .from_s = 3600, .to_s = 7200 });
	struct file_build_record records[] = {
		{ TRUST_ROLE_SAST, early.certificate, "" },
		{ TRUST_ROLE_CAPF, early.certificate, "" },
	};
	struct settings settings = use_settings();
	struct outcome outcome;
	struct refusal why;

	(void)state;
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, &(struct list_wish){
		.signer = &early, .records = records, .count = 2 }), TRUST_LIST_FIRST);
	expect_use(&settings, TRUST_USE_CAPF, &early, REASON_SERVER_EARLY);
	/* A file that was made later than the clock believes it to be. */
	assert_int_equal(file_times_accept(&settings, "a.sgn", time(NULL) + 5000, &why), 0);
	outcome = connect_once(&settings, TRUST_USE_CAPF, &early);
	assert_int_equal(outcome.why.code, REASON_CLOCK_WRONG);
	assert_non_null(strstr(outcome.why.detail, "is past"));
	site_identity_free(&early);
}

static void no_identity_needed(void **state)
{
	struct settings settings = use_settings();
	struct trust *trust;
	struct refusal why;
	struct tls *tls;
	enum trust_use use;

	(void)state;
	list_begin(&settings);
	for (use = TRUST_USE_CALL_MANAGER; use <= TRUST_USE_WEB; use++) {
		assert_int_equal(trust_load(&trust, &settings, use, &why), 0);
		assert_int_equal(tls_new(&tls, &settings, use, trust, NULL, &why), 0);
		assert_int_equal(tls_identity(tls), use == TRUST_USE_CAPF ? TLS_IDENTITY_NONE :
				 TLS_IDENTITY_LSC);
		tls_free(tls);
		trust_free(trust);
	}
	settings.lsc.certificate[0] = '\0';
	for (use = TRUST_USE_CALL_MANAGER; use <= TRUST_USE_WEB; use++) {
		assert_int_equal(trust_load(&trust, &settings, use, &why), 0);
		tls = NULL;
		assert_int_equal(!tls_new(&tls, &settings, use, trust, NULL, &why),
				 use != TRUST_USE_CALL_MANAGER);
		tls_free(tls);
		trust_free(trust);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles),
		cmocka_unit_test(very_certificate),
		cmocka_unit_test(no_authority),
		cmocka_unit_test(beside_anchors),
		cmocka_unit_test(vouched_for),
		cmocka_unit_test(vouched_time_ends),
		cmocka_unit_test(revoked_in_list),
		cmocka_unit_test(clocks),
		cmocka_unit_test(no_identity_needed),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
