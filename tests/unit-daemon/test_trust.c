// SPDX-License-Identifier: Apache-2.0
/* Which servers are believed: handshakes with real ones. */
#include "handshake.h"

#include <sys/stat.h>

#include "calendar.h"
#include "crypto.h"

static void fingerprint_file(const char *name, X509 *certificate)
{
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	char text[256] = "# not to be used any more\n\n", *at = text + strlen(text);
	size_t i;

	assert_true(crypto_fingerprint(certificate, digest));
	for (i = 0; i < sizeof(digest); i++)
		at += sprintf(at, "%s%02X", i ? ":" : "", digest[i]);
	strcpy(at, " # lost\n");
	site_text(name, text);
}

/* A server with a certificate of its own kind. */
static void expect_of(const struct site_wish *wish, const char *name, enum reason_code code,
		      const char *detail)
{
	struct site_identity identity = site_issue(wish);
	struct settings settings = handshake_settings();

	expect(&(struct site_wants){ .identity = &identity }, &settings, name, code, detail);
	site_identity_free(&identity);
}

static void good_server(void **state)
{
	struct settings settings = handshake_settings();
	struct site_wants wants = { .identity = &good };

	(void)state;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	expect(&wants, &settings, "CUCM.example.", REASON_NONE, "");
	wants.max = TLS1_2_VERSION;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
}

static void facts(void **state)
{
	struct settings settings = handshake_settings();
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good,
		.max = TLS1_2_VERSION });
	struct tls *tls = handshake_tls(&settings);
	struct site_stream stream = handshake_once(server, tls, "cucm.example");

	(void)state;
	assert_string_equal(stream.facts.version, "TLSv1.2");
	assert_string_equal(stream.facts.suite, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
	assert_string_equal(stream.facts.subject, "O=Site, CN=cucm");
	assert_int_equal(strlen(stream.facts.fingerprint), 64);
	assert_true(stream.facts.expires > time(NULL));
	assert_int_equal(stream.facts.local.len, 4);
	assert_true(stream.facts.local.port);
	tls_free(tls);
	site_stop(server);
}

static void wrong_authority(void **state)
{
	(void)state;
	expect_of(&(struct site_wish){ .name = "cucm", .alternatives = "DNS:cucm.example",
		.issuer = &stranger }, "cucm.example", REASON_SERVER_UNTRUSTED,
		"CN=cucm, issued by O=Site, CN=Stranger");
	expect_of(&(struct site_wish){ .name = "cucm", .alternatives = "DNS:cucm.example" },
		  "cucm.example", REASON_SERVER_UNTRUSTED, "CN=cucm");
}

static void wrong_time(void **state)
{
	struct site_wish wish = { .name = "cucm", .alternatives = "DNS:cucm.example",
		.issuer = &authority, .from_s = -7200, .to_s = -3600 };

	(void)state;
	expect_of(&wish, "cucm.example", REASON_SERVER_EXPIRED, "valid until 20");
	wish.from_s = 3600;
	wish.to_s = 7200;
	expect_of(&wish, "cucm.example", REASON_SERVER_EARLY, "valid from 20");
}

static void wrong_name(void **state)
{
	struct site_wish wish = { .name = "cucm.example", .issuer = &authority };
	struct settings settings = handshake_settings();
	struct site_wants wants = { .identity = &good };

	(void)state;
	expect(&wants, &settings, "other.example", REASON_SERVER_NAME, "CN=cucm");
	/* Without alternative names the common name counts. */
	expect_of(&wish, "cucm.example", REASON_NONE, "");
	wish.alternatives = "DNS:*.site.example";
	expect_of(&wish, "a.site.example", REASON_NONE, "");
	expect_of(&wish, "a.b.site.example", REASON_SERVER_NAME, "");
	wish.alternatives = "DNS:a*.site.example";
	expect_of(&wish, "ab.site.example", REASON_SERVER_NAME, "");
}

static void address_as_name(void **state)
{
	struct settings settings = handshake_settings();
	struct site_wants wants = { .identity = &good };

	(void)state;
	expect(&wants, &settings, "127.0.0.1", REASON_NONE, "");
	expect(&wants, &settings, "127.0.0.2", REASON_SERVER_NAME, "");
	expect(&wants, &settings, "::1", REASON_SERVER_NAME, "");
	expect_of(&(struct site_wish){ .name = "127.0.0.1", .issuer = &authority,
		.alternatives = "DNS:127.0.0.1" }, "127.0.0.1", REASON_SERVER_NAME, "");
}

static void no_name(void **state)
{
	struct settings settings = handshake_settings();
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good });
	struct tls *tls = handshake_tls(&settings);
	struct site_stream stream = { 0 };

	(void)state;
	assert_true(site_connect(&stream, event, server, tls, "", 0) < 0);
	assert_int_equal(stream.why.code, REASON_SERVER_NAME);
	tls_free(tls);
	site_stop(server);
}

static void revoked(void **state)
{
	struct settings settings = handshake_settings();
	struct site_wants wants = { .identity = &good };

	(void)state;
	fingerprint_file("revoked", mic.certificate);
	strcpy(settings.revoked, site_path("revoked"));
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	fingerprint_file("revoked", good.certificate);
	expect(&wants, &settings, "cucm.example", REASON_SERVER_REVOKED, "CN=cucm");
	fingerprint_file("revoked", authority.certificate);
	expect(&wants, &settings, "cucm.example", REASON_SERVER_REVOKED, "CN=Authority");
	/* Revoked is what it is called even where it is not trusted either. */
	wants.identity = &mic;
	fingerprint_file("revoked", mic.certificate);
	expect(&wants, &settings, "cucm.example", REASON_SERVER_REVOKED, "CN=MIC");
}

static void trust_refused(struct settings *settings, enum reason_code code, unsigned int line)
{
	struct refusal why = { 0 };
	struct trust *trust = NULL;

	assert_int_equal(trust_load(&trust, settings, TRUST_USE_CALL_MANAGER, &why),
			 -reason_words(code)->error);
	assert_int_equal(why.code, code);
	assert_int_equal(why.line, line);
}

static void trust_files(void **state)
{
	struct settings settings = handshake_settings();
	char folder[PATH_MAX], command[2 * PATH_MAX];

	(void)state;
	strcpy(settings.revoked, site_text("bad", "# x\n00:11\n"));
	trust_refused(&settings, REASON_TRUST_FILE, 2);
	strcpy(settings.revoked, site_path("absent"));
	trust_refused(&settings, REASON_TRUST_FILE, 0);
	settings.revoked[0] = '\0';
	strcpy(settings.anchors, site_text("empty.pem", "nothing\n"));
	trust_refused(&settings, REASON_TRUST_FILE, 0);
	strcpy(settings.anchors, site_text("cut.pem",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
	trust_refused(&settings, REASON_TRUST_FILE, 0);
	settings.anchors[0] = '\0';
	trust_refused(&settings, REASON_TRUST_EMPTY, 0);
	strcpy(folder, site_path("anchors"));
	strcpy(settings.anchors, folder);
	trust_refused(&settings, REASON_TRUST_FILE, 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	trust_refused(&settings, REASON_TRUST_EMPTY, 0);
	snprintf(command, sizeof(command), "cp %s %s/a.crt; echo note >%s/README",
		 site_path("authority.pem"), folder, folder);
	assert_int_equal(system(command), 0);
	expect(&(struct site_wants){ .identity = &good }, &settings, "cucm.example", REASON_NONE,
	       "");
}

static void own_certificate_in_store(void **state)
{
	struct settings settings = handshake_settings();

	(void)state;
	strcpy(settings.anchors, site_write("server.pem", &good, false));
	expect(&(struct site_wants){ .identity = &good }, &settings, "cucm.example", REASON_NONE,
	       "");
}

static void keys(void **state)
{
	struct site_wish wish = { .name = "cucm.example", .issuer = &authority };

	(void)state;
	wish.key = SITE_RSA_2048;
	expect_of(&wish, "cucm.example", REASON_NONE, "");
	wish.key = SITE_RSA_PSS;
	expect_of(&wish, "cucm.example", REASON_NONE, "");
	wish.key = SITE_RSA_1024;
	expect_of(&wish, "cucm.example", REASON_SERVER_WEAK, "CN=cucm.example");
	wish.key = SITE_EC_256;
	wish.is_sha1 = true;
	expect_of(&wish, "cucm.example", REASON_SERVER_WEAK, "CN=cucm.example");
	/* The library would take it. */
	wish.is_sha1 = false;
	wish.is_sha224 = true;
	expect_of(&wish, "cucm.example", REASON_SERVER_WEAK, "CN=cucm.example");
}

/* A curve that the ClientHello does not name is not even shown; the check stands behind. */
static void weak_curve(void **state)
{
	struct site_identity weak = site_issue(&(struct site_wish){ .name = "cucm.example",
		.issuer = &authority, .key = SITE_EC_224 });
	struct settings settings = handshake_settings();
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct refusal why;
	struct trust *trust;

	(void)state;
	assert_int_equal(trust_load(&trust, &settings, TRUST_USE_CALL_MANAGER, &why), 0);
	assert_int_equal(trust_apply(trust, context, &why), 0);
	assert_true(trust_still(context, good.certificate));
	assert_false(trust_still(context, weak.certificate));
	trust_free(trust);
	SSL_CTX_free(context);
	expect(&(struct site_wants){ .identity = &weak }, &settings, "cucm.example",
	       REASON_TLS_SUITES, "");
	site_identity_free(&weak);
}

static void old_servers(void **state)
{
	struct settings settings = handshake_settings();
	struct site_wants wants = { .identity = &good, .max = TLS1_2_VERSION,
		.suites = "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" };

	(void)state;
	expect(&wants, &settings, "cucm.example", REASON_TLS_SUITES, "handshake failure");
	wants.suites = "DEFAULT:@SECLEVEL=0";
	wants.max = TLS1_1_VERSION;
	expect(&wants, &settings, "cucm.example", REASON_TLS_SUITES, "");
}

static void no_tls(void **state)
{
	struct settings settings = handshake_settings();

	(void)state;
	expect(&(struct site_wants){ 0 }, &settings, "cucm.example", REASON_TLS_HANDSHAKE, "");
}

/* The SRST router's certificate. */

static struct refusal pinned(struct site_identity *shown, const char *path, const char *revoked)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = shown });
	struct settings settings = handshake_settings();
	struct site_stream stream;
	struct refusal why;
	struct tls *tls;

	strcpy(settings.revoked, revoked);
	if (tls_new(&tls, &settings, TRUST_USE_CALL_MANAGER, NULL, path, &why))
		fail_msg("%s", why.detail);
	stream = handshake_once(server, tls, "192.0.2.7");
	tls_free(tls);
	site_stop(server);
	return stream.why;
}

static void pinned_certificate(void **state)
{
	struct site_wish wish = { .name = "router" };
	struct site_identity router = site_issue(&wish), other = site_issue(&wish), old, weak;
	const char *path = site_write("router.pem", &router, false);
	struct settings settings = handshake_settings();
	struct refusal why;
	struct tls *tls;

	(void)state;
	assert_int_equal(pinned(&router, path, "").code, REASON_NONE);
	assert_int_equal(pinned(&other, path, "").code, REASON_SERVER_PINNED);
	/* Not even one that a trusted authority has issued. */
	assert_int_equal(pinned(&good, path, "").code, REASON_SERVER_PINNED);
	fingerprint_file("revoked", router.certificate);
	assert_int_equal(pinned(&router, path, site_path("revoked")).code,
			 REASON_SERVER_REVOKED);
	wish.from_s = -7200;
	wish.to_s = -3600;
	old = site_issue(&wish);
	assert_int_equal(pinned(&old, site_write("old.pem", &old, false), "").code,
			 REASON_SERVER_EXPIRED);
	weak = site_issue(&(struct site_wish){ .name = "router", .key = SITE_RSA_1024 });
	assert_int_equal(pinned(&weak, site_write("weak.pem", &weak, false), "").code,
			 REASON_SERVER_WEAK);
	assert_int_equal(tls_new(&tls, &settings, TRUST_USE_CALL_MANAGER, NULL,
				 site_path("absent"), &why),
			 -reason_words(REASON_TRUST_FILE)->error);
	site_identity_free(&router);
	site_identity_free(&other);
	site_identity_free(&old);
	site_identity_free(&weak);
}

/* The policy is on this phone's own key, and on nobody else's. */
static void weak_key_of_our_own(void **state)
{
	struct site_identity weak = site_issue(&(struct site_wish){ .name = "SEP001122334455",
		.issuer = &authority, .key = SITE_RSA_1024 });
	struct site_identity old = site_issue(&(struct site_wish){ .name = "cucm.example",
		.issuer = &authority, .is_sha1 = true });
	struct site_wants wants = { .identity = &good, .clients = &authority };
	struct settings settings = handshake_settings();
	struct trust *trust;
	struct refusal why;
	struct tls *tls;

	(void)state;
	strcpy(settings.lsc.certificate, site_write("weak-lsc.pem", &weak, true));
	assert_int_equal(trust_load(&trust, &settings, TRUST_USE_CALL_MANAGER, &why), 0);
	assert_true(tls_new(&tls, &settings, TRUST_USE_CALL_MANAGER, trust, NULL, &why) < 0);
	assert_int_equal(why.code, REASON_IDENTITY_UNUSABLE);
	trust_free(trust);
	settings.weak_keys = true;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	wants.max = TLS1_2_VERSION;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	wants.identity = &weak;
	expect(&wants, &settings, "SEP001122334455", REASON_SERVER_WEAK, "");
	wants.identity = &old;
	expect(&wants, &settings, "cucm.example", REASON_SERVER_WEAK, "");
	site_identity_free(&weak);
	site_identity_free(&old);
}

/* The last test, as the calendar learns for the life of the process. */
static void wrong_clock(void **state)
{
	struct site_wish wish = { .name = "cucm", .alternatives = "DNS:cucm.example",
		.issuer = &authority, .from_s = 3600, .to_s = 7200 };

	(void)state;
	expect_of(&wish, "cucm.example", REASON_SERVER_EARLY, "valid from 20");
	calendar_learn(CALENDAR_FILE, calendar_now() + 2 * 86400);
	expect_of(&wish, "cucm.example", REASON_CLOCK_WRONG, "it says 20");
	/* What is over was over before. */
	wish.from_s = -7200;
	wish.to_s = -3600;
	expect_of(&wish, "cucm.example", REASON_SERVER_EXPIRED, "valid until 20");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_server),
		cmocka_unit_test(facts),
		cmocka_unit_test(wrong_authority),
		cmocka_unit_test(wrong_time),
		cmocka_unit_test(wrong_name),
		cmocka_unit_test(address_as_name),
		cmocka_unit_test(no_name),
		cmocka_unit_test(revoked),
		cmocka_unit_test(trust_files),
		cmocka_unit_test(own_certificate_in_store),
		cmocka_unit_test(keys),
		cmocka_unit_test(weak_curve),
		cmocka_unit_test(old_servers),
		cmocka_unit_test(no_tls),
		cmocka_unit_test(pinned_certificate),
		cmocka_unit_test(weak_key_of_our_own),
		cmocka_unit_test(wrong_clock),
	};

	return cmocka_run_group_tests(tests, handshake_set_up, handshake_clear);
}
