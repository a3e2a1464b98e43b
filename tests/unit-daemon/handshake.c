// SPDX-License-Identifier: Apache-2.0
#include "handshake.h"

sd_event *event;
struct site_identity authority, stranger, good, lsc, mic;

struct settings handshake_settings(void)
{
	struct settings settings = site_settings();

	strcpy(settings.anchors, site_path("authority.pem"));
	strcpy(settings.lsc.certificate, site_path("lsc.pem"));
	return settings;
}

int handshake_set_up(void **state)
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

int handshake_clear(void **state)
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

struct tls *handshake_tls(const struct settings *settings)
{
	struct refusal why = { 0 };
	struct trust *trust;
	struct tls *tls = NULL;

	if (trust_load(&trust, settings, TRUST_USE_CALL_MANAGER, &why) ||
	    tls_new(&tls, settings, TRUST_USE_CALL_MANAGER, trust, NULL, &why))
		fail_msg("%s: %s", reason_words(why.code)->code, why.detail);
	trust_free(trust);
	return tls;
}

/* Connects once; the result is what was told. */
struct site_stream handshake_once(struct site_server *server, struct tls *tls, const char *name)
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

void expect(const struct site_wants *wants, const struct settings *settings,
		   const char *name, enum reason_code code, const char *detail)
{
	struct site_server *server = site_start(wants);
	struct tls *tls = handshake_tls(settings);
	struct site_stream stream = handshake_once(server, tls, name);

	if (stream.why.code != code)
		fail_msg("%s: %s", reason_words(stream.why.code)->code, stream.why.detail);
	assert_int_equal(stream.down, code != REASON_NONE);
	if (!strstr(stream.why.detail, detail))
		fail_msg("'%s' is not in '%s'", detail, stream.why.detail);
	tls_free(tls);
	site_stop(server);
}
