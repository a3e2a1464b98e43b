// SPDX-License-Identifier: Apache-2.0
/* What servers are shown and offered, and when a session is resumed. */
#include "handshake.h"

static enum tls_identity shown(struct settings *settings)
{
	struct tls *tls = handshake_tls(settings);
	enum tls_identity identity = tls_identity(tls);

	tls_free(tls);
	return identity;
}

static void tls_refused(const struct settings *settings, enum reason_code code)
{
	struct refusal why = { 0 };
	struct trust *trust;
	struct tls *tls;

	assert_int_equal(trust_load(&trust, settings, TRUST_USE_CALL_MANAGER, &why), 0);
	assert_int_equal(tls_new(&tls, settings, TRUST_USE_CALL_MANAGER, trust, NULL, &why),
			 -reason_words(code)->error);
	assert_int_equal(why.code, code);
	trust_free(trust);
}

static void mutual(void **state)
{
	struct settings settings = handshake_settings();
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
	struct settings settings = handshake_settings();

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

static void identity_write(const char *name, long from_s, long to_s)
{
	struct site_identity made = site_issue(&(struct site_wish){
		.name = name, .issuer = &authority, .from_s = from_s, .to_s = to_s });

	site_write(name, &made, true);
	site_identity_free(&made);
}

/* An LSC that is not in its time makes way for a MIC that is. */
static void identity_out_of_time(void **state)
{
	struct settings settings = handshake_settings();
	struct site_wants wants = { .identity = &good, .clients = &stranger };

	(void)state;
	identity_write("expired.pem", -7200, -3600);
	identity_write("early.pem", 3600, 7200);
	strcpy(settings.mic.certificate, site_path("mic.pem"));
	strcpy(settings.mic.key, site_path("mic-key.pem"));
	assert_int_equal(shown(&settings), TLS_IDENTITY_LSC);
	strcpy(settings.lsc.certificate, site_path("expired.pem"));
	assert_int_equal(shown(&settings), TLS_IDENTITY_MIC);
	/* And it is what the server sees. */
	expect(&wants, &settings, "cucm.example", REASON_NONE, "");
	strcpy(settings.lsc.certificate, site_path("early.pem"));
	assert_int_equal(shown(&settings), TLS_IDENTITY_MIC);
	/* Whether it is too late or the clock is wrong, the server knows. */
	strcpy(settings.mic.certificate, site_path("expired.pem"));
	settings.mic.key[0] = '\0';
	assert_int_equal(shown(&settings), TLS_IDENTITY_LSC);
	settings.mic.certificate[0] = '\0';
	assert_int_equal(shown(&settings), TLS_IDENTITY_LSC);
	strcpy(settings.mic.certificate, site_path("expired.pem"));
	settings.lsc.certificate[0] = '\0';
	assert_int_equal(shown(&settings), TLS_IDENTITY_MIC);
	/* One that cannot be used is not passed over for it. */
	strcpy(settings.lsc.certificate, site_path("early.pem"));
	strcpy(settings.mic.certificate, site_path("mic.pem"));
	tls_refused(&settings, REASON_IDENTITY_UNUSABLE);
}

static void client_refused(void **state)
{
	struct settings settings = handshake_settings();
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
	struct site_stream stream = handshake_once(server, tls, name);

	assert_true(stream.up);
	return stream.facts.resumed;
}

static void resumption(void **state)
{
	const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct settings settings = handshake_settings();
	struct site_server *server;
	struct tls *tls;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		server = site_start(&(struct site_wants){ .identity = &good, .max = versions[i] });
		settings.resumption_s = 2;
		tls = handshake_tls(&settings);
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
		tls = handshake_tls(&settings);
		assert_false(resumed(server, tls, "cucm.example"));
		assert_false(resumed(server, tls, "cucm.example"));
		tls_free(tls);
		site_stop(server);
	}
}

/* The first certificate of the chain that ends is the end of the session. */
static void resumption_after_the_end(void **state)
{
	struct settings settings = handshake_settings();
	struct site_identity brief = site_issue(&(struct site_wish){ .name = "Brief",
		.is_authority = true, .from_s = -60, .to_s = 2 });
	struct site_identity leaf = site_issue(&(struct site_wish){ .name = "cucm.example",
		.issuer = &brief });
	struct site_server *server = site_start(&(struct site_wants){ .identity = &leaf });
	struct site_stream stream;
	struct tls *tls;

	(void)state;
	strcpy(settings.anchors, site_write("brief.pem", &brief, false));
	tls = handshake_tls(&settings);
	assert_false(resumed(server, tls, "cucm.example"));
	assert_true(resumed(server, tls, "cucm.example"));
	site_run(event, 2500);
	stream = handshake_once(server, tls, "cucm.example");
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
	struct settings settings = handshake_settings();
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good });
	struct tls *tls = handshake_tls(&settings);
	const unsigned char *at = server->hello, *end;
	unsigned int type, len, i;
	bool named = false;

	(void)state;
	(void)handshake_once(server, tls, "cucm.example");
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
	(void)handshake_once(server, tls, "127.0.0.1");
	assert_null(memmem(server->hello, server->hello_len, "127.0.0.1", 9));
	tls_free(tls);
	site_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutual),
		cmocka_unit_test(identities),
		cmocka_unit_test(identity_out_of_time),
		cmocka_unit_test(client_refused),
		cmocka_unit_test(resumption),
		cmocka_unit_test(resumption_after_the_end),
		cmocka_unit_test(client_hello),
	};

	return cmocka_run_group_tests(tests, handshake_set_up, handshake_clear);
}
