// SPDX-License-Identifier: Apache-2.0
/* Calls between two phones: what each program says, and what the guards make of it. */
#include "unit.h"

#include "call_media.h"

#define SESSION "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
#define AUDIO "m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"

static struct call_media phone, peer;
static struct refusal why;
/* What was last said outside, and to the program of the other side. */
static char outside[4096], inside[4096];

typedef int step(struct call_media *media, const struct sdp *sdp, struct splice *splice,
		 struct refusal *why);

static int take(step *one, struct call_media *media, const char *text, char *result)
{
	struct span from = { text, strlen(text) }, to;
	struct splice *splice = splice_new(from);
	static struct sdp sdp;
	int err;

	assert_int_equal(sdp_parse(&sdp, from, &why), 0);
	err = one(media, &sdp, splice, &why);
	if (!err) {
		assert_int_equal(splice_finish(splice, &to), 0);
		assert_true(to.len < sizeof(outside));
		memmove(result, to.at, to.len + 1);
		text_free(&to);
	}
	splice_free(splice);
	return err;
}

static struct media_address ip(const char *text)
{
	struct media_address address;

	assert_true(media_address_parse(&address, text));
	return address;
}

static int start(void **state)
{
	(void)state;
	call_media_clear(&phone);
	call_media_clear(&peer);
	phone.policy = peer.policy = CALL_MEDIA_REQUIRED;
	phone.rekey = peer.rekey = false;
	phone.phone = ip("192.0.2.1:9");
	peer.phone = ip("192.0.2.2:9");
	return 0;
}

/* What a program says; good until it is asked twice more. */
static const char *say(const char *address, int port)
{
	static char texts[2][1024];
	static int turn;
	char *text = texts[turn ^= 1];

	snprintf(text, sizeof(texts[0]), SESSION AUDIO, address, address, port);
	return text;
}

/* @from offers and @to answers; both programs get RTP without keys. */
static void exchange(struct call_media *from, const char *offer, struct call_media *to,
		     const char *answer)
{
	assert_int_equal(take(call_media_offer_out, from, offer, outside), 0);
	assert_non_null(strstr(outside, " RTP/SAVP "));
	assert_int_equal(take(call_media_offer_in, to, outside, inside), 0);
	assert_null(strstr(inside, "crypto"));
	assert_null(strstr(inside, "SAVP"));
	assert_int_equal(take(call_media_answer_out, to, answer, outside), 0);
	assert_non_null(strstr(outside, "a=crypto:1 AEAD_AES_256_GCM inline:"));
	assert_int_equal(take(call_media_answer_in, from, outside, inside), 0);
	assert_string_equal(inside, answer);
}

static void expect_agreed(const struct call_media_line *a, const struct call_media_line *b)
{
	assert_true(a->secure && b->secure && a->active && b->active);
	assert_int_equal(a->tx.suite, b->rx.suite);
	assert_true(secret_equal(a->tx.master, b->rx.master));
	assert_true(secret_equal(a->rx.master, b->tx.master));
	assert_false(secret_equal(a->tx.master, a->rx.master));
	assert_memory_equal(a->local.bytes, b->remote.bytes, 4);
	assert_int_equal(a->local.port, b->remote.port);
	assert_int_equal(a->local.rtcp_port, b->remote.rtcp_port);
	assert_memory_equal(a->remote.bytes, b->local.bytes, 4);
	assert_int_equal(a->remote.port, b->local.port);
}

static void call(void **state)
{
	const struct call_media_line *line = &phone.lines[0];
	char offer[1024];

	(void)state;
	strcpy(offer, say("192.0.2.1", 5004));
	exchange(&phone, offer, &peer, say("192.0.2.2", 6004));
	expect_agreed(line, &peer.lines[0]);
	assert_true(line->tx_new && line->rx_new && line->moved);
	assert_int_equal(line->tx.suite, NF_SRTP_SUITE_AEAD_AES_256_GCM);
	assert_int_equal(line->local.rtcp_port, 5005);
	/* Hold and resume: nothing is new, from either side. */
	exchange(&phone, offer, &peer, say("192.0.2.2", 6004));
	assert_false(line->tx_new || line->rx_new || line->moved);
	exchange(&peer, say("192.0.2.2", 6004), &phone, offer);
	assert_false(line->tx_new || line->rx_new || line->moved);
	expect_agreed(line, &peer.lines[0]);
}

static void new_keys_when_told_or_moved(void **state)
{
	const struct call_media_line *line = &phone.lines[0];
	char offer[1024];

	(void)state;
	strcpy(offer, say("192.0.2.1", 5004));
	exchange(&phone, offer, &peer, say("192.0.2.2", 6004));
	phone.rekey = true;
	exchange(&phone, offer, &peer, say("192.0.2.2", 6004));
	/* The peer sees another key, so it answers with another one, too. */
	assert_true(line->tx_new && line->rx_new && !line->moved);
	phone.rekey = false;
	strcpy(offer, say("192.0.2.1", 5010));
	exchange(&phone, offer, &peer, say("192.0.2.2", 6004));
	assert_true(line->tx_new && line->rx_new && line->moved);
	expect_agreed(line, &peer.lines[0]);
}

static void loopback_becomes_the_phone(void **state)
{
	(void)state;
	assert_int_equal(take(call_media_offer_out, &phone, say("127.0.0.1", 5004), outside), 0);
	assert_null(strstr(outside, "127.0.0.1"));
	assert_non_null(strstr(outside, "c=IN IP4 192.0.2.1\r\n"));
	assert_non_null(strstr(outside, "o=- 1 1 IN IP4 192.0.2.1\r\n"));
	phone.phone = ip("[2001:db8::1]:9");
	assert_int_equal(take(call_media_offer_out, &phone, say("127.0.0.1", 5004), outside), 0);
	assert_non_null(strstr(outside, "c=IN IP6 2001:db8::1\r\n"));
}

static void rtcp_mux(void **state)
{
	char offer[1024], answer[1024];

	(void)state;
	strcat(strcpy(offer, say("192.0.2.1", 5004)), "a=rtcp-mux\r\n");
	strcpy(answer, say("192.0.2.2", 6004));
	exchange(&phone, offer, &peer, answer);
	assert_false(phone.lines[0].rtcp_mux || peer.lines[0].rtcp_mux);
	assert_int_equal(phone.lines[0].local.rtcp_port, 5005);
	strcat(answer, "a=rtcp-mux\r\n");
	exchange(&phone, offer, &peer, answer);
	assert_true(phone.lines[0].rtcp_mux && peer.lines[0].rtcp_mux);
	assert_int_equal(phone.lines[0].local.rtcp_port, 0);
	assert_int_equal(phone.lines[0].remote.rtcp_port, 0);
	assert_false(phone.lines[0].tx_new);
	/* Back on a port of its own RTCP would begin its indices anew under the same keys. */
	exchange(&phone, say("192.0.2.1", 5004), &peer, say("192.0.2.2", 6004));
	assert_true(phone.lines[0].tx_new && peer.lines[0].tx_new);
}

static void hold_without_an_address(void **state)
{
	(void)state;
	exchange(&phone, say("192.0.2.1", 5004), &peer, say("192.0.2.2", 6004));
	exchange(&peer, say("0.0.0.0", 6004), &phone, say("192.0.2.1", 5004));
	assert_int_equal(phone.lines[0].remote.bytes[3], 2);
	assert_false(phone.lines[0].rx_new);
}

static const char *from_far_end(const char *profile, const char *attributes)
{
	static char text[2048];

	snprintf(text, sizeof(text), SESSION "m=audio 6004 %s 0\r\n%s", "192.0.2.2", "192.0.2.2",
		 profile, attributes);
	return text;
}

static void expect_refused(int err, enum reason_code code)
{
	assert_int_equal(err, -reason_words(code)->error);
	assert_int_equal(why.code, code);
	assert_false(phone.lines[0].active);
}

static void offers_that_are_not_secure(void **state)
{
	static const struct {
		const char *profile;
		const char *attributes;
		enum reason_code code;
	} bad[] = {
		{ "RTP/AVP", "", REASON_MEDIA_NOT_SECURE },
		{ "RTP/SAVP", "", REASON_MEDIA_NOT_SECURE },
		{ "RTP/SAVP", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		  "inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n",
		  REASON_SDES_SUITE_WEAK },
		{ "RTP/SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256
		  " UNENCRYPTED_SRTP\r\n", REASON_SDES_UNENCRYPTED_SRTP },
		{ "RTP/SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256
		  " UNAUTHENTICATED_SRTP\r\n", REASON_SDES_UNAUTHENTICATED_SRTP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refused(take(call_media_offer_in, &phone,
				    from_far_end(bad[i].profile, bad[i].attributes), inside),
			       bad[i].code);
}

static void answers_that_are_not_secure(void **state)
{
	static const struct {
		const char *profile;
		const char *attributes;
		enum reason_code code;
	} bad[] = {
		{ "RTP/AVP", "", REASON_MEDIA_NOT_SECURE },
		{ "RTP/SAVP", "", REASON_MEDIA_CHOICE },
		{ "RTP/SAVP", "a=crypto:3 AEAD_AES_256_GCM inline:" KEY_256 "\r\n",
		  REASON_MEDIA_CHOICE },
		{ "RTP/SAVP", "a=crypto:2 AEAD_AES_256_GCM inline:" KEY_256 "\r\n",
		  REASON_MEDIA_CHOICE },
		{ "RTP/SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256 "\r\n"
		  "a=crypto:2 AEAD_AES_128_GCM inline:" KEY_128 "\r\n", REASON_MEDIA_CHOICE },
		{ "RTP/SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256
		  " UNENCRYPTED_SRTP\r\n", REASON_SDES_UNENCRYPTED_SRTP },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(take(call_media_offer_out, &phone, say("192.0.2.1", 5004),
				      outside), 0);
		expect_refused(take(call_media_answer_in, &phone,
				    from_far_end(bad[i].profile, bad[i].attributes), inside),
			       bad[i].code);
	}
	/* The far end sends under our own key. */
	assert_int_equal(take(call_media_offer_out, &phone, say("192.0.2.1", 5004), outside), 0);
	*strstr(outside, "a=crypto:2") = '\0';
	expect_refused(take(call_media_answer_in, &phone, outside, inside),
		       REASON_MEDIA_KEY_RETURNED);
}

static void the_best_suite_is_taken(void **state)
{
	(void)state;
	assert_int_equal(take(call_media_offer_in, &phone, from_far_end("RTP/SAVP",
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
			"inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
			"a=crypto:2 AEAD_AES_128_GCM inline:" KEY_128 "\r\n"
			"a=crypto:3 AEAD_AES_256_GCM inline:" KEY_256 "\r\n"), inside), 0);
	assert_int_equal(take(call_media_answer_out, &phone, say("192.0.2.1", 5004), outside), 0);
	assert_non_null(strstr(outside, "a=crypto:3 AEAD_AES_256_GCM inline:"));
	assert_null(strstr(outside, "a=crypto:1"));
	assert_null(strstr(outside, "a=crypto:2"));
}

static void falling_back(void **state)
{
	(void)state;
	phone.policy = CALL_MEDIA_PREFERRED;
	assert_int_equal(take(call_media_offer_out, &phone, say("192.0.2.1", 5004), outside), 0);
	assert_int_equal(take(call_media_answer_in, &phone, from_far_end("RTP/AVP", ""),
			      inside), 0);
	assert_true(phone.lines[0].active);
	assert_false(phone.lines[0].secure);
	/* Keys beside RTP: either is offered, and the better one is taken. */
	assert_int_equal(take(call_media_offer_in, &phone, from_far_end("RTP/AVP",
			"a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256 "\r\n"), inside), 0);
	assert_int_equal(take(call_media_answer_out, &phone, say("192.0.2.1", 5004), outside), 0);
	assert_non_null(strstr(outside, " RTP/AVP "));
	assert_non_null(strstr(outside, "a=crypto:1 AEAD_AES_256_GCM inline:"));
	assert_true(phone.lines[0].secure);
	phone.policy = CALL_MEDIA_OFF;
	assert_int_equal(take(call_media_offer_out, &phone, say("192.0.2.1", 5004), outside), 0);
	assert_string_equal(outside, say("192.0.2.1", 5004));
}

static void lines_that_cannot_be_secured_are_switched_off(void **state)
{
	char text[2048];

	(void)state;
	strcat(strcpy(text, say("192.0.2.1", 5004)), "m=image 5006 udptl t38\r\n");
	assert_int_equal(take(call_media_offer_out, &phone, text, outside), 0);
	assert_non_null(strstr(outside, "m=image 0 udptl t38\r\n"));
	start(NULL);
	strcat(strcpy(text, from_far_end("RTP/SAVP", "a=crypto:1 AEAD_AES_256_GCM inline:"
			KEY_256 "\r\n")), "m=video 6006 RTP/AVP 99\r\n");
	assert_int_equal(take(call_media_offer_in, &phone, text, inside), 0);
	assert_non_null(strstr(inside, "m=video 0 RTP/AVP 99\r\n"));
	strcat(strcpy(text, say("192.0.2.1", 5004)), "m=video 5006 RTP/AVP 99\r\n");
	assert_int_equal(take(call_media_answer_out, &phone, text, outside),
			 -reason_words(REASON_MEDIA_NOT_SECURE)->error);
}

static void programs_that_encrypt(void **state)
{
	(void)state;
	expect_refused(take(call_media_offer_out, &phone, from_far_end("RTP/SAVP", ""), outside),
		       REASON_MEDIA_SECURE_INSIDE);
}

static void answers_of_other_lines(void **state)
{
	char text[2048];

	(void)state;
	assert_int_equal(take(call_media_offer_out, &phone, say("192.0.2.1", 5004), outside), 0);
	strcat(strcpy(text, say("192.0.2.2", 6004)), "m=audio 6006 RTP/AVP 0\r\n");
	expect_refused(take(call_media_answer_in, &phone, text, inside), REASON_MEDIA_LINES);
	start(NULL);
	expect_refused(take(call_media_answer_in, &phone, say("192.0.2.2", 6004), inside),
		       REASON_MEDIA_LINES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(call, start, start),
		cmocka_unit_test_setup_teardown(new_keys_when_told_or_moved, start, start),
		cmocka_unit_test_setup_teardown(loopback_becomes_the_phone, start, start),
		cmocka_unit_test_setup_teardown(rtcp_mux, start, start),
		cmocka_unit_test_setup_teardown(hold_without_an_address, start, start),
		cmocka_unit_test_setup_teardown(offers_that_are_not_secure, start, start),
		cmocka_unit_test_setup_teardown(answers_that_are_not_secure, start, start),
		cmocka_unit_test_setup_teardown(the_best_suite_is_taken, start, start),
		cmocka_unit_test_setup_teardown(falling_back, start, start),
		cmocka_unit_test_setup_teardown(lines_that_cannot_be_secured_are_switched_off,
						start, start),
		cmocka_unit_test_setup_teardown(programs_that_encrypt, start, start),
		cmocka_unit_test_setup_teardown(answers_of_other_lines, start, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
