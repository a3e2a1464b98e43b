// SPDX-License-Identifier: Apache-2.0
/* Which servers are believed, and what they are offered: handshakes with real ones. */
#include "site.h"

#include <sys/stat.h>
#include <unistd.h>

#include "crypto.h"

static sd_event *event;
static struct site_identity authority, stranger, good, lsc, mic;

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

static struct settings settings_make(void)
{
	struct settings settings = site_settings();

	strcpy(settings.anchors, site_path("authority.pem"));
	strcpy(settings.lsc.certificate, site_path("lsc.pem"));
	return settings;
}

static int all_set_up(void **state)
{
	(void)state;
	authority = site_issue(&(struct site_wish){ .name = "Authority", .is_authority = true });
	stranger = site_issue(&(struct site_wish){ .name = "Stranger", .is_authority = true });
	good = site_issue(&(struct site_wish){ .name = "cucm", .issuer = &authority,
		.alternatives = "DNS:cucm.example,IP:127.0.0.1" });
	lsc = site_issue(&(struct site_wish){ .name = "SEP001122334455", .issuer = &authority });
	mic = site_issue(&(struct site_wish){ .name = "MIC", .issuer = &stranger });
	site_write("authority.pem", &authority, false);
	site_write("lsc.pem", &lsc, true);
	site_write("mic.pem", &mic, false);
	site_write("mic-key.pem", &mic, true);
	return sd_event_new(&event) < 0;
}

static int all_clear(void **state)
{
	(void)state;
	site_identity_free(&authority);
	site_identity_free(&stranger);
	site_identity_free(&good);
	site_identity_free(&lsc);
	site_identity_free(&mic);
	sd_event_unref(event);
	return 0;
}

static struct tls *tls_make(const struct settings *settings)
{
	struct refusal why = { 0 };
	struct trust *trust;
	struct tls *tls = NULL;

	if (trust_load(&trust, settings, &why) || tls_new(&tls, settings, trust, NULL, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	trust_free(trust);
	return tls;
}

/* Connects once; the result is what was told. */
static struct site_stream once(struct site_server *server, struct tls *tls, const char *name)
{
	struct site_stream stream = { 0 };
	struct refusal why;

	assert_int_equal(site_connect(&stream, event, server, tls, name, 0), 0);
	site_until(event, stream.up || stream.down);
	/* A server may refuse after we believe to be connected (TLS 1.3): it must answer. */
	if (!stream.down && !stream_ping(stream.stream, &why))
		site_until(event, stream.pongs || stream.down);
	stream_close(stream.stream);
	stream.stream = NULL;
	return stream;
}

static void expect(const struct site_wants *wants, const struct settings *settings,
		   const char *name, enum reason_code code, const char *detail)
{
	struct site_server *server = site_start(wants);
	struct tls *tls = tls_make(settings);
	struct site_stream stream = once(server, tls, name);

	if (stream.why.code != code)
		fail_msg("%s: %s", reason_words(stream.why.code)->code, stream.why.detail);
	assert_int_equal(stream.down, code != REASON_NONE);
	if (!strstr(stream.why.detail, detail))
		fail_msg("'%s' is not in '%s'", detail, stream.why.detail);
	tls_free(tls);
	site_stop(server);
}

/* A server with a certificate of its own kind. */
static void expect_of(const struct site_wish *wish, const char *name, enum reason_code code,
		      const char *detail)
{
	struct site_identity identity = site_issue(wish);
	struct settings settings = settings_make();

	expect(&(struct site_wants){ .identity = &identity }, &settings, name, code, detail);
	site_identity_free(&identity);
}

static void good_server(void **state)
{
	struct settings settings = settings_make();
	struct site_wants wants = { .identity = &good };

	(void)state;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	expect(&wants, &settings, "CUCM.example.", REASON_NONE, "");
	wants.max = TLS1_2_VERSION;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
}

static void facts(void **state)
{
	struct settings settings = settings_make();
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good,
		.max = TLS1_2_VERSION });
	struct tls *tls = tls_make(&settings);
	struct site_stream stream = once(server, tls, "cucm.example");

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
	struct settings settings = settings_make();
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
	struct settings settings = settings_make();
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
	struct settings settings = settings_make();
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good });
	struct tls *tls = tls_make(&settings);
	struct site_stream stream = { 0 };

	(void)state;
	assert_true(site_connect(&stream, event, server, tls, "", 0) < 0);
	assert_int_equal(stream.why.code, REASON_SERVER_NAME);
	tls_free(tls);
	site_stop(server);
}

static void revoked(void **state)
{
	struct settings settings = settings_make();
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

	assert_int_equal(trust_load(&trust, settings, &why), -reason_words(code)->error);
	assert_int_equal(why.code, code);
	assert_int_equal(why.line, line);
}

static void trust_files(void **state)
{
	struct settings settings = settings_make();
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
	struct settings settings = settings_make();

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
}

/* A curve that the ClientHello does not name is not even shown; the check stands behind. */
static void weak_curve(void **state)
{
	struct site_identity weak = site_issue(&(struct site_wish){ .name = "cucm.example",
		.issuer = &authority, .key = SITE_EC_224 });
	struct settings settings = settings_make();
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct refusal why;
	struct trust *trust;

	(void)state;
	assert_int_equal(trust_load(&trust, &settings, &why), 0);
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
	struct settings settings = settings_make();
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
	struct settings settings = settings_make();

	(void)state;
	expect(&(struct site_wants){ 0 }, &settings, "cucm.example", REASON_TLS_HANDSHAKE, "");
}

/* Our own certificate. */

static enum tls_identity shown(struct settings *settings)
{
	struct tls *tls = tls_make(settings);
	enum tls_identity identity = tls_identity(tls);

	tls_free(tls);
	return identity;
}

static void tls_refused(const struct settings *settings, enum reason_code code)
{
	struct refusal why = { 0 };
	struct trust *trust;
	struct tls *tls;

	assert_int_equal(trust_load(&trust, settings, &why), 0);
	assert_int_equal(tls_new(&tls, settings, trust, NULL, &why), -reason_words(code)->error);
	assert_int_equal(why.code, code);
	trust_free(trust);
}

static void mutual(void **state)
{
	struct settings settings = settings_make();
	struct site_wants wants = { .identity = &good, .clients = &authority };

	(void)state;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	wants.max = TLS1_2_VERSION;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	/* The MIC where there is no LSC yet. */
	strcpy(settings.lsc.certificate, site_path("absent.pem"));
	strcpy(settings.mic.certificate, site_path("mic.pem"));
	strcpy(settings.mic.key, site_path("mic-key.pem"));
	wants.clients = &stranger;
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	assert_int_equal(shown(&settings), TLS_IDENTITY_MIC);
}

static void identities(void **state)
{
	struct settings settings = settings_make();

	(void)state;
	assert_int_equal(shown(&settings), TLS_IDENTITY_LSC);
	strcpy(settings.lsc.key, site_path("mic-key.pem"));
	tls_refused(&settings, REASON_IDENTITY_UNUSABLE);
	settings.lsc.key[0] = '\0';
	strcpy(settings.lsc.certificate, site_path("mic.pem"));
	tls_refused(&settings, REASON_IDENTITY_UNUSABLE);
	settings.lsc.certificate[0] = '\0';
	tls_refused(&settings, REASON_IDENTITY_MISSING);
	settings.oauth = true;
	assert_int_equal(shown(&settings), TLS_IDENTITY_NONE);
	expect(&(struct site_wants){ .identity = &good }, &settings, "cucm.example", REASON_NONE,
	       "");
	strcpy(settings.lsc.certificate, site_path("lsc.pem"));
	assert_int_equal(shown(&settings), TLS_IDENTITY_NONE);
}

static void client_refused(void **state)
{
	struct settings settings = settings_make();
	struct site_wants wants = { .identity = &good, .clients = &stranger };

	(void)state;
	expect(&wants, &settings, "cucm.example", REASON_TLS_CLIENT_REFUSED, "unknown CA");
	wants.max = TLS1_2_VERSION;
	expect(&wants, &settings, "cucm.example", REASON_TLS_CLIENT_REFUSED, "unknown CA");
	/* None is shown: TLS 1.2 has no better word for it than handshake_failure. */
	settings.oauth = true;
	expect(&wants, &settings, "cucm.example", REASON_TLS_CLIENT_REFUSED, "handshake failure");
	wants.max = 0;
	expect(&wants, &settings, "cucm.example", REASON_TLS_CLIENT_REFUSED,
	       "certificate required");
}

/* Resumption. */

static bool resumed(struct site_server *server, struct tls *tls, const char *name)
{
	struct site_stream stream = once(server, tls, name);

	assert_true(stream.up);
	return stream.facts.resumed;
}

static void resumption(void **state)
{
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct settings settings = settings_make();
	struct site_server *server;
	struct tls *tls;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		server = site_start(&(struct site_wants){ .identity = &good, .max = versions[i] });
		settings.resumption_s = 2;
		tls = tls_make(&settings);
		assert_false(resumed(server, tls, "cucm.example"));
		assert_true(resumed(server, tls, "cucm.example"));
		assert_true(resumed(server, tls, "cucm.example"));
		assert_false(resumed(server, tls, "127.0.0.1"));
		/* Its time counts from the handshake that looked at certificates. */
		site_run(event, 1200);
		assert_true(resumed(server, tls, "cucm.example"));
		site_run(event, 1200);
		assert_false(resumed(server, tls, "cucm.example"));
		tls_free(tls);
		settings.resumption_s = 0;
		tls = tls_make(&settings);
		assert_false(resumed(server, tls, "cucm.example"));
		assert_false(resumed(server, tls, "cucm.example"));
		tls_free(tls);
		site_stop(server);
	}
}

/* The first certificate of the chain that ends is the end of the session. */
static void resumption_after_the_end(void **state)
{
	struct settings settings = settings_make();
	struct site_identity brief = site_issue(&(struct site_wish){ .name = "Brief",
		.is_authority = true, .from_s = -60, .to_s = 2 });
	struct site_identity leaf = site_issue(&(struct site_wish){ .name = "cucm.example",
		.issuer = &brief });
	struct site_server *server = site_start(&(struct site_wants){ .identity = &leaf });
	struct site_stream stream;
	struct tls *tls;

	(void)state;
	strcpy(settings.anchors, site_write("brief.pem", &brief, false));
	tls = tls_make(&settings);
	assert_false(resumed(server, tls, "cucm.example"));
	assert_true(resumed(server, tls, "cucm.example"));
	site_run(event, 2500);
	stream = once(server, tls, "cucm.example");
	assert_int_equal(stream.why.code, REASON_SERVER_EXPIRED);
	assert_non_null(strstr(stream.why.detail, "CN=Brief"));
	tls_free(tls);
	site_stop(server);
	site_identity_free(&leaf);
	site_identity_free(&brief);
}

/* The ClientHello, byte by byte (RFC 8446 section 4.1.2). */

static unsigned int number(const unsigned char *at)
{
	return (unsigned int)(at[0] << 8 | at[1]);
}

static void client_hello(void **state)
{
	/* The last is no suite but a signal (RFC 5746 section 3.3). */
	static const unsigned int expected[] = { 0x1302, 0x1301, 0xc02c, 0xc030, 0xc02b, 0xc02f,
		0x00ff };
	struct settings settings = settings_make();
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good });
	struct tls *tls = tls_make(&settings);
	const unsigned char *at = server->hello, *end;
	unsigned int type, len, i;
	bool named = false;

	(void)state;
	(void)once(server, tls, "cucm.example");
	assert_int_equal(at[0], 22); /* handshake */
	assert_int_equal(number(at + 3) + 5, server->hello_len);
	assert_int_equal(at[5], 1); /* ClientHello */
	at += 5 + 4 + 2 + 32;
	at += 1 + at[0]; /* session */
	assert_int_equal(number(at), sizeof(expected) / sizeof(*expected) * 2);
	for (i = 0; i < sizeof(expected) / sizeof(*expected); i++)
		assert_int_equal(number(at + 2 + 2 * i), expected[i]);
	at += 2 + number(at);
	assert_int_equal(at[0], 1); /* compression: one method, none */
	assert_int_equal(at[1], 0);
	at += 2;
	end = at + 2 + number(at);
	assert_ptr_equal(end, server->hello + server->hello_len);
	for (at += 2; at < end; at += 4 + len) {
		type = number(at);
		len = number(at + 2);
		assert_int_not_equal(type, 42); /* early data */
		if (type == 0) /* server name */
			named = len == 5 + 12 && !memcmp(at + 9, "cucm.example", 12);
		if (type == 43) { /* versions */
			assert_int_equal(len, 5);
			assert_memory_equal(at + 4, "\4\3\4\3\3", 5);
		}
	}
	assert_true(named);
	(void)once(server, tls, "127.0.0.1");
	assert_null(memmem(server->hello, server->hello_len, "127.0.0.1", 9));
	tls_free(tls);
	site_stop(server);
}

/* The SRST router's certificate. */

static struct refusal pinned(struct site_identity *shown, const char *path, const char *revoked)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = shown });
	struct settings settings = settings_make();
	struct site_stream stream;
	struct refusal why;
	struct tls *tls;

	strcpy(settings.revoked, revoked);
	if (tls_new(&tls, &settings, NULL, path, &why))
		fail_msg("%s", why.detail);
	stream = once(server, tls, "192.0.2.7");
	tls_free(tls);
	site_stop(server);
	return stream.why;
}

static void pinned_certificate(void **state)
{
	struct site_wish wish = { .name = "router" };
	struct site_identity router = site_issue(&wish), other = site_issue(&wish), old, weak;
	const char *path = site_write("router.pem", &router, false);
	struct settings settings = settings_make();
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
	assert_int_equal(tls_new(&tls, &settings, NULL, site_path("absent"), &why),
			 -reason_words(REASON_TRUST_FILE)->error);
	site_identity_free(&router);
	site_identity_free(&other);
	site_identity_free(&old);
	site_identity_free(&weak);
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
		cmocka_unit_test(mutual),
		cmocka_unit_test(identities),
		cmocka_unit_test(client_refused),
		cmocka_unit_test(resumption),
		cmocka_unit_test(resumption_after_the_end),
		cmocka_unit_test(client_hello),
		cmocka_unit_test(pinned_certificate),
	};

	return cmocka_run_group_tests(tests, all_set_up, all_clear);
}
