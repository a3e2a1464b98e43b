// SPDX-License-Identifier: Apache-2.0
/*
 * Messages of real programs (baresip 1.0.0, Kamailio 5.6.3, Linphone 5.1.65, SIPp 3.6.1,
 * recorded between network addresses for documentation), and such as a call manager and its
 * phones write, on their way: what is not named here stays as it was, to the byte.
 */
#include "sip_vector.h"

#include "call_media.h"

#define HOPS(from, to) { "Max-Forwards: " #from "\r\n", "Max-Forwards: " #to "\r\n" }
#define PHONE(behind) { "@192.0.2.1:5062" behind, "@" OUTSIDE ";transport=tls" behind }
#define PEER(behind) { "@192.0.2.2:5064" behind, "@" OUTSIDE ";transport=tls" behind }
#define LOOPBACK " 127.0.0.1"
#define UDP_PHONE { "@192.0.2.1:5062;transport=udp", "@" OUTSIDE ";transport=tls" }
#define CALL_MANAGER { "@192.0.2.3:5061;transport=tls", "@" OUTSIDE ";transport=tls" }
#define ROUTE_BEHIND(text) { text, text ROUTE_TO_US }
#define ROUTE_BEFORE_BODY { "\r\n\r\nv=0", "\r\n" ROUTE_TO_US "\r\nv=0" }
#define KAMAILIO "Record-Route: <sip:192.0.2.3;lr;ftag=de413067c28aba94>\r\n"
/* The program has its own Contact back, and requests for us go to it. */
#define TO_PROGRAM { "@" OUTSIDE ";transport=tls", "@" PROGRAM ";transport=udp" }
#define UNMOVED { "@" OUTSIDE ";transport=tls", "@" OUTSIDE ";transport=tls" }

static const struct message {
	const char *name;
	struct vector_edit both;
	struct vector_edit out;
	struct vector_edit in;
} messages[] = {
	{ "real/baresip_register", HOPS(70, 69), .out = PHONE(">") },
	{ "real/kamailio_register_200", .out = PHONE(">") },
	{ "real/baresip_invite", HOPS(70, 69), .out = PHONE(">\r\nMax") },
	{ "real/kamailio_invite_100" },
	{ "real/kamailio_invite", HOPS(69, 68), .out = PHONE(">\r\nMax") },
	{ "real/baresip_invite_180", .out = PEER(">\r\n"), .in = ROUTE_BEHIND(KAMAILIO) },
	{ "real/kamailio_invite_180", .out = PEER(">\r\n"), .in = ROUTE_BEHIND(KAMAILIO) },
	{ "real/baresip_invite_200", .out = PEER(">\r\n"), .in = ROUTE_BEHIND(KAMAILIO) },
	{ "real/kamailio_invite_200", .out = PEER(">\r\n"), .in = ROUTE_BEHIND(KAMAILIO) },
	{ "real/baresip_ack", HOPS(70, 69) },
	{ "real/kamailio_ack", HOPS(69, 68) },
	{ "real/baresip_hold", HOPS(70, 69), .out = PHONE(">\r\nMax") },
	{ "real/kamailio_hold", HOPS(69, 68), .out = PHONE(">\r\nMax") },
	{ "real/baresip_hold_200", .out = PEER(">\r\n"), .in = ROUTE_BEFORE_BODY },
	{ "real/kamailio_hold_200", .out = PEER(">\r\n"), .in = ROUTE_BEFORE_BODY },
	{ "real/baresip_resume", HOPS(70, 69), .out = PHONE(">\r\nMax") },
	{ "real/baresip_bye", HOPS(70, 69) },
	{ "real/kamailio_bye", HOPS(69, 68) },
	{ "real/baresip_bye_200" },
	{ "real/kamailio_bye_200" },
	{ "real/baresip_unregister", HOPS(70, 69), .out = PHONE(">") },
	{ "real/linphone_register", HOPS(70, 69), .out = UDP_PHONE },
	{ "real/linphone_invite", HOPS(70, 69), .out = UDP_PHONE },
	{ "real/linphone_ack", HOPS(70, 69) },
	{ "real/linphone_hold", HOPS(70, 69), .out = UDP_PHONE },
	{ "real/linphone_resume", HOPS(70, 69), .out = UDP_PHONE },
	{ "real/linphone_bye", HOPS(70, 69) },
	{ "real/sipp_invite", HOPS(70, 69),
	  .out = { "Contact: sip:sipp@192.0.2.4:5066",
		   "Contact: <sip:sipp@" OUTSIDE ";transport=tls>" } },
	{ "real/sipp_ack", HOPS(70, 69),
	  .out = { "Contact: sip:sipp@192.0.2.4:5066",
		   "Contact: <sip:sipp@" OUTSIDE ";transport=tls>" } },
	{ "real/sipp_bye", HOPS(70, 69),
	  .out = { "Contact: sip:sipp@192.0.2.4:5066",
		   "Contact: <sip:sipp@" OUTSIDE ";transport=tls>" } },
	{ "cisco/invite", HOPS(69, 68), .out = CALL_MANAGER, .in = TO_PROGRAM },
	{ "cisco/invite_200", .out = CALL_MANAGER,
	  .in = ROUTE_BEFORE_BODY },
	{ "cisco/reinvite_hold", HOPS(70, 69), .out = CALL_MANAGER, .in = TO_PROGRAM },
	{ "cisco/register", HOPS(70, 69),
	  .out = UDP_PHONE },
	{ "cisco/register_200", .out = UNMOVED, .in = TO_PROGRAM },
	{ "cisco/register_407" },
	{ "cisco/register_oauth", HOPS(70, 69),
	  .out = UDP_PHONE },
	{ "cisco/compact", HOPS(70, 69),
	  .out = UDP_PHONE },
};

static const size_t messages_count = sizeof(messages) / sizeof(messages[0]);

static void message_read(struct vector *vector, const struct message *message)
{
	char name[64];

	snprintf(name, sizeof(name), "%s.dat", message->name);
	vector_read(vector, name);
}

static void forwarded_as_they_are(void **state)
{
	static struct vector vector;

	(void)state;
	for (const struct message *m = messages; m < messages + messages_count; m++) {
		message_read(&vector, m);
		for (int out = 0; out < 2; out++) {
			struct vector_edit edits[VECTOR_EDITS] = { 0 };
			size_t count = 0;

			if (m->both.from)
				edits[count++] = m->both;
			edits[count] = out ? m->out : m->in;
			vector_check(m->name, &vector, out, edits);
		}
	}
}

static const char *body_of(const struct vector *vector)
{
	const char *body = strstr(vector->text, "\r\n\r\n");

	assert_non_null(body);
	return body + 4;
}

static void crypto_remove(struct vector *body)
{
	char *line;

	while ((line = strstr(body->text, "a=crypto:")))
		vector_put(body, (size_t)(line - body->text),
			   (size_t)(strstr(line, "\r\n") + 2 - line), "");
}

/* A description from @vector to the other side; keys and profile are all that changes. */
static void description_check(const char *name, const struct vector *vector)
{
	static struct vector body, wanted, found;
	bool secure = strstr(body_of(vector), "RTP/SAVP") != NULL;
	static struct call_media media;
	struct refusal why = { 0 };
	struct splice *splice;
	static struct sdp sdp;
	struct span new;

	body.len = strlen(body_of(vector));
	memcpy(body.text, body_of(vector), body.len + 1);
	assert_int_equal(sdp_parse(&sdp, (struct span){ body.text, body.len }, &why), 0);
	call_media_clear(&media);
	assert_true(media_address_parse(&media.phone, "192.0.2.1:9"));
	splice = splice_new(sdp.text);
	if ((secure ? call_media_offer_in : call_media_offer_out)(&media, &sdp, splice, &why))
		fail_msg("%s: %s", name, reason_words(why.code)->code);
	assert_int_equal(splice_finish(splice, &new), 0);
	memcpy(found.text, new.at, new.len + 1);
	found.len = new.len;
	wanted = body;
	assert_int_equal(strstr(found.text, "a=crypto:") != NULL, !secure);
	crypto_remove(secure ? &wanted : &found);
	/* Nobody outside reaches the program at its loopback address. */
	while (strstr(wanted.text, LOOPBACK))
		vector_edit(&wanted, &(struct vector_edit){ LOOPBACK, " 192.0.2.1" });
	vector_edit(&wanted, secure ? &(struct vector_edit){ "RTP/SAVP", "RTP/AVP" } :
				      &(struct vector_edit){ "RTP/AVP", "RTP/SAVP" });
	vector_equal(name, &found, &wanted);
	text_free(&new);
	splice_free(splice);
	call_media_clear(&media);
}

static void descriptions(void **state)
{
	static struct vector vector;
	size_t count = 0;

	(void)state;
	for (const struct message *m = messages; m < messages + messages_count; m++) {
		message_read(&vector, m);
		if (strncmp(body_of(&vector), "v=0", 3))
			continue;
		description_check(m->name, &vector);
		count++;
	}
	assert_int_equal(count, 17);
}

/* All of them in one stream, in pieces of every size: the same messages. */
static void cut_into_segments(void **state)
{
	static char stream[VECTOR_MAX * 4];
	static size_t starts[64];
	static struct vector vector;
	size_t len = 0, whole = 0;

	(void)state;
	for (size_t i = 0; i < messages_count; i++) {
		message_read(&vector, &messages[i]);
		/* What Linphone sends in datagrams is no message of a stream. */
		if (!strcasestr(vector.text, "\r\nContent-Length:") &&
		    !strcasestr(vector.text, "\r\nl:"))
			continue;
		starts[whole++] = len;
		memcpy(stream + len, vector.text, vector.len);
		len += vector.len;
		assert_true(len < sizeof(stream));
	}
	assert_int_equal(whole, messages_count - 3);
	for (size_t piece = 1; piece < 3000; piece += piece < 20 ? 1 : 97) {
		size_t at = 0, count = 0;

		for (size_t end = 0; end < len;) {
			struct sip_frame frame = { .kind = SIP_FRAME_MESSAGE };
			struct refusal why;

			end = end + piece < len ? end + piece : len;
			while (frame.kind != SIP_FRAME_INCOMPLETE) {
				assert_int_equal(sip_frame_stream(&frame, stream + at, end - at,
								  false, &why), 0);
				if (frame.kind == SIP_FRAME_INCOMPLETE)
					break;
				assert_int_equal(frame.kind, SIP_FRAME_MESSAGE);
				assert_int_equal(at, starts[count++]);
				at += frame.len;
			}
		}
		assert_int_equal(at, len);
		assert_int_equal(count, whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwarded_as_they_are),
		cmocka_unit_test(descriptions),
		cmocka_unit_test(cut_into_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
