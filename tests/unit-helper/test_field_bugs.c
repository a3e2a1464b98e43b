// SPDX-License-Identifier: Apache-2.0
/*
 * Faults that users of such systems reported in the field, named by what they suffered
 * from: what of them a library can prove.
 */
#include "sip_vector.h"

#include "call_media.h"

#define SESSION "v=0\r\no=- 1 1 IN IP4 192.0.2.%d\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
#define KEY_256_UNPADDED "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis"
#define KEY_128_UNPADDED "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw"

static struct call_media media;
static struct refusal why;
static char said[4096];

typedef int step(struct call_media *media, const struct sdp *sdp, struct splice *splice,
		 struct refusal *why);

static int start(void **state)
{
	(void)state;
	call_media_clear(&media);
	media = (struct call_media){ .policy = CALL_MEDIA_REQUIRED };
	assert_true(media_address_parse(&media.phone, "192.0.2.1:9"));
	return 0;
}

static enum reason_code take(step *one, const char *text)
{
	struct span from = { text, strlen(text) }, to;
	struct splice *splice = splice_new(from);
	static struct sdp sdp;
	int err;

	assert_int_equal(sdp_parse(&sdp, from, &why), 0);
	err = one(&media, &sdp, splice, &why);
	if (!err) {
		assert_int_equal(splice_finish(splice, &to), 0);
		assert_true(to.len < sizeof(said));
		memcpy(said, to.at, to.len + 1);
		text_free(&to);
	}
	splice_free(splice);
	return err ? why.code : REASON_NONE;
}

/* What the program says, and what the far end says; both stay until said again. */
static const char *program(const char *attributes)
{
	static char text[1024];

	snprintf(text, sizeof(text), SESSION "m=audio 5004 RTP/AVP 0\r\n%s", 1, "192.0.2.1",
		 attributes);
	return text;
}

static const char *far_end(const char *address, int port, const char *profile, const char *key,
			   const char *attributes)
{
	static char text[2048];

	snprintf(text, sizeof(text), SESSION "m=audio %d %s 0\r\n%s%s%s%s", 2, address, port,
		 profile, *key ? "a=crypto:1 " : "", key, *key ? "\r\n" : "", attributes);
	return text;
}

#define GCM "AEAD_AES_256_GCM inline:"

static void call_up(void)
{
	assert_int_equal(take(call_media_offer_out, program("")), REASON_NONE);
	assert_int_equal(take(call_media_answer_in, far_end("192.0.2.2", 6004, "RTP/SAVP",
							    GCM KEY_256, "")), REASON_NONE);
	assert_true(media.lines[0].secure && media.lines[0].tx_new && media.lines[0].rx_new);
}

static void pain_2_unpadded_gcm_key(void **state)
{
	static const char *const keys[] = {
		GCM KEY_256, GCM KEY_256_UNPADDED,
		"AEAD_AES_128_GCM inline:" KEY_128, "AEAD_AES_128_GCM inline:" KEY_128_UNPADDED,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const unsigned char *key;

		assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/SAVP",
								   keys[i], "")), REASON_NONE);
		assert_int_equal(take(call_media_answer_out, program("")), REASON_NONE);
		key = secret_bytes(media.lines[0].rx.master);
		for (size_t at = 0; at < secret_len(media.lines[0].rx.master); at++)
			assert_int_equal(key[at], at);
		/* Ours has its padding, whatever the peer's has. */
		assert_non_null(strstr(said, i < 2 ? "=\r\n" : "==\r\n"));
	}
}

static void pain_2_the_cause_is_named(void **state)
{
	static const size_t lengths[] = { 42, 44 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char key[128] = GCM;

		memset(key + strlen(GCM), 'A', lengths[i]);
		assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/SAVP",
								   key, "")),
				 REASON_SDES_KEY_LENGTH);
	}
}

/* Hold as programs write it, from either side, and resume: the streams go on. */
static void pain_3_hold_keeps_key(void **state)
{
	static const char *const holds[] = { "a=sendonly\r\n", "a=inactive\r\n", "a=recvonly\r\n", "" };
	const struct call_media_line *line = &media.lines[0];

	(void)state;
	call_up();
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(take(call_media_offer_out, program(holds[i])), REASON_NONE);
		assert_int_equal(take(call_media_answer_in,
				      far_end("192.0.2.2", 6004, "RTP/SAVP", GCM KEY_256, "")),
				 REASON_NONE);
		assert_false(line->tx_new || line->rx_new || line->moved);
		assert_int_equal(take(call_media_offer_in,
				      far_end(i % 2 ? "0.0.0.0" : "192.0.2.2", 6004, "RTP/SAVP",
					      GCM KEY_256, holds[i])), REASON_NONE);
		assert_int_equal(take(call_media_answer_out, program("")), REASON_NONE);
		assert_true(line->secure && line->active);
		assert_false(line->tx_new || line->rx_new || line->moved);
	}
}

/* What begins a new context is told: another key, or another address of the far end. */
static void pain_3_new_key_or_address_is_told(void **state)
{
	const struct call_media_line *line = &media.lines[0];

	(void)state;
	call_up();
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/SAVP",
							   GCM KEY_256_OTHER, "")), REASON_NONE);
	assert_int_equal(take(call_media_answer_out, program("")), REASON_NONE);
	assert_true(line->rx_new && line->tx_new && !line->moved);
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6006, "RTP/SAVP",
							   GCM KEY_256_OTHER, "")), REASON_NONE);
	assert_int_equal(take(call_media_answer_out, program("")), REASON_NONE);
	assert_true(!line->rx_new && line->tx_new && line->moved);
}

static void pain_4_no_silent_downgrade(void **state)
{
	static const char *const profiles[] = { "RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		start(NULL);
		assert_int_not_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004,
								       profiles[i], "", "")), 0);
		assert_int_equal(why.code, REASON_MEDIA_NOT_SECURE);
		assert_int_equal(take(call_media_offer_out, program("")), REASON_NONE);
		assert_null(strstr(said, " RTP/AVP"));
		assert_int_not_equal(take(call_media_answer_in, far_end("192.0.2.2", 6004,
									profiles[i], "", "")), 0);
		assert_false(media.lines[0].active || media.lines[0].secure);
	}
}

/* Nor within a call: it goes on under the keys that it had. */
static void pain_4_no_downgrade_by_a_reinvite(void **state)
{
	const struct call_media_line *line = &media.lines[0];

	(void)state;
	call_up();
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/AVP", "", "")),
			 REASON_MEDIA_NOT_SECURE);
	assert_true(line->secure && line->active && line->tx.master && line->rx.master);
	assert_int_equal(take(call_media_offer_out, program("")), REASON_NONE);
	assert_int_equal(take(call_media_answer_in, far_end("192.0.2.2", 6004, "RTP/AVP", "", "")),
			 REASON_MEDIA_NOT_SECURE);
	assert_true(line->secure && line->active && line->tx.master && line->rx.master);
}

static void pain_6_unencrypted_srtcp_refused(void **state)
{
	const char *key = GCM KEY_256 " UNENCRYPTED_SRTCP";

	(void)state;
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/SAVP", key, "")),
			 REASON_SDES_UNENCRYPTED_SRTCP);
	assert_int_equal(take(call_media_offer_out, program("")), REASON_NONE);
	assert_int_equal(take(call_media_answer_in, far_end("192.0.2.2", 6004, "RTP/SAVP", key, "")),
			 REASON_SDES_UNENCRYPTED_SRTCP);
	assert_false(media.lines[0].secure);
	/* A key without it is taken instead where one is offered. */
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/SAVP", key,
							   "a=crypto:2 AEAD_AES_128_GCM inline:"
							   KEY_128 "\r\n")), REASON_NONE);
	assert_int_equal(take(call_media_answer_out, program("")), REASON_NONE);
	assert_non_null(strstr(said, "a=crypto:2 AEAD_AES_128_GCM inline:"));
	assert_null(strstr(said, "UNENCRYPTED"));
}

/* What one side sends under, the other side cannot come to send under as well. */
static void our_key_is_not_taken_back(void **state)
{
	char back[2048], key[128];

	(void)state;
	call_up();
	assert_int_equal(take(call_media_offer_out, program("")), REASON_NONE);
	assert_int_equal(sscanf(strstr(said, "a=crypto:1 "), "a=crypto:1 %127[^\r]", key), 1);
	strcpy(back, far_end("192.0.2.2", 6004, "RTP/SAVP", key, ""));
	assert_int_equal(take(call_media_answer_in, back), REASON_MEDIA_KEY_RETURNED);
	assert_int_equal(take(call_media_offer_in, back), REASON_MEDIA_KEY_RETURNED);
}

/* What was switched off in an offer, or is something else than RTP, comes on in no answer. */
static void answers_switch_nothing_on(void **state)
{
	static const char offer[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
		"c=IN IP4 192.0.2.1\r\nm=audio 0 RTP/AVP 0\r\n";
	static const char image[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
		"c=IN IP4 192.0.2.1\r\nm=audio 5004 udptl t38\r\n";

	(void)state;
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "udptl", GCM KEY_256,
							   "")), REASON_MEDIA_NOT_SECURE);
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 6004, "RTP/SAVP",
							   GCM KEY_256, "")), REASON_NONE);
	assert_int_equal(take(call_media_answer_out, image), REASON_MEDIA_LINES);
	media.policy = CALL_MEDIA_PREFERRED;
	assert_int_equal(take(call_media_offer_out, offer), REASON_NONE);
	assert_int_equal(take(call_media_answer_in, far_end("192.0.2.2", 6004, "RTP/AVP", "", "")),
			 REASON_MEDIA_LINES);
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 0, "RTP/AVP", "", "")),
			 REASON_NONE);
	assert_int_equal(take(call_media_answer_out, program("")), REASON_MEDIA_LINES);
	assert_false(media.lines[0].active);
}

static void no_port_for_rtcp(void **state)
{
	(void)state;
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 65535, "RTP/SAVP",
							   GCM KEY_256, "")),
			 REASON_MEDIA_ADDRESS);
	assert_int_equal(take(call_media_offer_in, far_end("192.0.2.2", 65535, "RTP/SAVP",
							   GCM KEY_256, "a=rtcp:65534\r\n")),
			 REASON_NONE);
}

/* A registration that ends and one that only keeps alive pass as they are, without a judgement. */
static void pain_20_keep_alive_registrations(void **state)
{
	static const struct vector_edit edits[VECTOR_EDITS] = {
		{ "Max-Forwards: 70", "Max-Forwards: 69" },
		{ "@" PROGRAM, "@" OUTSIDE ";transport=tls" },
	};
	static const char *const tails[] = { "Expires: 0\r\n", "Expires: 120\r\n", "" };
	static struct vector vector;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		vector.len = (size_t)snprintf(vector.text, sizeof(vector.text),
			"REGISTER sip:192.0.2.3 SIP/2.0\r\n"
			"Via: SIP/2.0/UDP " PROGRAM ";branch=z9hG4bKr%zu\r\nMax-Forwards: 70\r\n"
			"From: <sip:1001@192.0.2.3>;tag=1\r\nTo: <sip:1001@192.0.2.3>\r\n"
			"Call-ID: keep-alive\r\nCSeq: %zu REGISTER\r\n"
			"Contact: <sip:1001@" PROGRAM ">;expires=0\r\n%s"
			"Content-Length: 0\r\n\r\n", i, i + 1, tails[i]);
		vector_check(tails[i], &vector, true, edits);
	}
}

#define MESSAGE(number, body, length) "OPTIONS sip:a@192.0.2.3 SIP/2.0\r\n" \
	"Via: SIP/2.0/TLS 192.0.2.3;branch=z9hG4bK" #number "\r\n" \
	"Content-Length: " length "\r\n\r\n" body

static void pain_24_many_messages_in_a_segment(void **state)
{
	static const char segment[] = MESSAGE(1, "", "0") MESSAGE(2, "body", "4")
		"\r\n\r\n" MESSAGE(3, "", "0") MESSAGE(4, MESSAGE(5, "", "0"), "98")
		MESSAGE(6, "", "0");
	static const char found[] = "12p346";
	size_t at = 0, count = 0;

	(void)state;
	assert_int_equal(strlen(MESSAGE(5, "", "0")), 98);
	while (at < sizeof(segment) - 1) {
		struct sip_frame frame;

		assert_int_equal(sip_frame_stream(&frame, segment + at, sizeof(segment) - 1 - at,
						  true, &why), 0);
		if (frame.kind == SIP_FRAME_PING)
			assert_int_equal(found[count], 'p');
		else
			assert_int_equal(strstr(segment + at, "z9hG4bK")[7], found[count]);
		at += frame.len;
		count++;
	}
	assert_int_equal(count, strlen(found));
}

static void pain_24_bogus_content_length(void **state)
{
	static const struct {
		const char *text;
		enum reason_code code;
	} bad[] = {
		{ MESSAGE(1, "body", "-4"), REASON_SIP_LENGTH },
		{ MESSAGE(1, "body", "4\r\nContent-Length: 4"), REASON_SIP_LENGTH_REPEATED },
		{ MESSAGE(1, "body", "4\r\nl: 0"), REASON_SIP_LENGTH_REPEATED },
		{ MESSAGE(1, "body", "4 4"), REASON_SIP_LENGTH },
		{ MESSAGE(1, "body", "\r\n 4"), REASON_SIP_LENGTH },
		{ MESSAGE(1, "body", "99999999999999999999"), REASON_SIP_TOO_LONG },
		{ MESSAGE(1, "body", "5"), REASON_SIP_CUT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sip_frame frame;

		assert_int_not_equal(sip_frame_stream(&frame, bad[i].text, strlen(bad[i].text),
						      true, &why), 0);
		assert_int_equal(why.code, bad[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pain_2_unpadded_gcm_key, start, start),
		cmocka_unit_test_setup_teardown(pain_2_the_cause_is_named, start, start),
		cmocka_unit_test_setup_teardown(pain_3_hold_keeps_key, start, start),
		cmocka_unit_test_setup_teardown(pain_3_new_key_or_address_is_told, start, start),
		cmocka_unit_test_setup_teardown(pain_4_no_silent_downgrade, start, start),
		cmocka_unit_test_setup_teardown(pain_4_no_downgrade_by_a_reinvite, start, start),
		cmocka_unit_test_setup_teardown(pain_6_unencrypted_srtcp_refused, start, start),
		cmocka_unit_test_setup_teardown(our_key_is_not_taken_back, start, start),
		cmocka_unit_test_setup_teardown(answers_switch_nothing_on, start, start),
		cmocka_unit_test_setup_teardown(no_port_for_rtcp, start, start),
		cmocka_unit_test(pain_20_keep_alive_registrations),
		cmocka_unit_test(pain_24_many_messages_in_a_segment),
		cmocka_unit_test(pain_24_bogus_content_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
