// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sdp.h"

#define SESSION "v=0\r\no=- 20518 0 IN IP4 192.0.2.4\r\ns= \r\nt=0 0\r\n"
#define CRYPTO "a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256 "\r\n"

static struct sdp sdp;
static struct refusal why;

static int parse(const char *text)
{
	return sdp_parse(&sdp, (struct span){ text, strlen(text) }, &why);
}

static void expect_span(struct span span, const char *wanted)
{
	assert_int_equal(span.len, strlen(wanted));
	assert_memory_equal(span.at, wanted, span.len);
}

/* The example of RFC 4566 section 5. */
static void example_of_the_rfc(void **state)
{
	(void)state;
	assert_int_equal(parse("v=0\r\no=jdoe 2890844526 2890842807 IN IP4 10.47.16.5\r\n"
			       "s=SDP Seminar\r\ni=A Seminar on the session description protocol\r\n"
			       "u=http://www.example.com/seminars/sdp.pdf\r\n"
			       "e=j.doe@example.com (Jane Doe)\r\nc=IN IP4 224.2.17.12/127\r\n"
			       "t=2873397496 2873404696\r\na=recvonly\r\n"
			       "m=audio 49170 RTP/AVP 0\r\nm=video 51372/2 RTP/AVP 99\r\n"
			       "a=rtpmap:99 h263-1998/90000\r\n"), 0);
	assert_int_equal(sdp.media_count, 2);
	expect_span(sdp.origin, "10.47.16.5");
	expect_span(sdp.media[0].kind, "audio");
	assert_int_equal(sdp.media[0].port_number, 49170);
	assert_int_equal(sdp.media[0].profile, SDP_PROFILE_RTP_AVP);
	assert_int_equal(sdp.media[0].direction, SDP_RECVONLY);
	expect_span(sdp.media[0].connection.address, "224.2.17.12");
	expect_span(sdp.media[1].port, "51372");
	expect_span(sdp.media[1].whole,
		    "m=video 51372/2 RTP/AVP 99\r\na=rtpmap:99 h263-1998/90000\r\n");
}

static void media_lines(void **state)
{
	(void)state;
	assert_int_equal(parse(SESSION "c=IN IP4 192.0.2.4\r\n"
			       "m=audio 5004 RTP/SAVP 0\r\na=rtcp-mux\r\na=rtcp:5005 IN IP4 192.0.2.4\r\n"
			       "a=inactive\r\n" CRYPTO "a=crypto:2 x\r\n"
			       "m=video 0 udp/tls/rtp/savpf 96\nc=IN IP6 2001:db8::1\n"
			       "m=audio 6000 rtp/avpf 8\r\n"), 0);
	assert_int_equal(sdp.media_count, 3);
	assert_true(sdp.media[0].rtcp_mux);
	assert_int_equal(sdp.media[0].rtcp_port, 5005);
	assert_int_equal(sdp.media[0].direction, SDP_INACTIVE);
	assert_int_equal(sdp.media[0].crypto_count, 2);
	expect_span(sdp.media[0].crypto[0], CRYPTO);
	expect_span(sdp_crypto_value(sdp.media[0].crypto[1]), "a=crypto:2 x");
	assert_int_equal(sdp.media[1].profile, SDP_PROFILE_OTHER);
	assert_int_equal(sdp.media[1].port_number, 0);
	assert_int_equal(sdp.media[1].connection.family, 6);
	expect_span(sdp.media[1].connection.address, "2001:db8::1");
	assert_int_equal(sdp.media[2].profile, SDP_PROFILE_RTP_AVPF);
	assert_int_equal(sdp.media[2].direction, SDP_SENDRECV);
	expect_span(sdp.media[2].connection.address, "192.0.2.4");
}

static void expect_refusal(const char *text, enum reason_code code)
{
	assert_int_equal(parse(text), -reason_words(code)->error);
	assert_int_equal(why.code, code);
}

static void what_is_not_understood_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "v=1\r\n", "o=- 1 1 IN IP4 a\r\n", "v=0\r\n", "v=0\r\ns=-\r\n",
		SESSION "x\r\n", SESSION "\r\n", SESSION "=a\r\nm\r\n", SESSION "a=b\rc\r\n",
		SESSION "m=audio RTP/AVP 0\r\n", SESSION "m=audio 65536 RTP/AVP 0\r\n",
		SESSION "m=audio -1 RTP/AVP 0\r\n", SESSION "m=audio 5004 RTP/AVP\r\n",
		SESSION "m= 5004 RTP/AVP 0\r\n", SESSION "c=IN IP5 1\r\n",
		SESSION "c=IN IP4 1 2\r\n", SESSION "c=IN IP4\r\n", SESSION "c=TN IP4 1\r\n",
		SESSION CRYPTO, SESSION "m=audio 5004 RTP/AVP 0\r\na=rtcp:x\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_refusal(bad[i], REASON_SDP_LINE);
}

static char *repeat(const char *start, const char *line, size_t times)
{
	char *text = calloc(1, strlen(start) + times * strlen(line) + 1);

	strcpy(text, start);
	for (size_t i = 0; i < times; i++)
		strcat(text, line);
	return text;
}

static void caps(void **state)
{
	char *lines = repeat(SESSION, "a=x\r\n", SDP_LINES_MAX);
	char *media = repeat(SESSION, "m=audio 1 RTP/AVP 0\r\n", SDP_MEDIA_MAX + 1);
	char *crypto = repeat(SESSION "m=audio 1 RTP/SAVP 0\r\n", "a=crypto:1 x\r\n",
			      SDP_CRYPTO_MAX + 1);

	(void)state;
	expect_refusal(lines, REASON_SDP_TOO_LONG);
	expect_refusal(media, REASON_SDP_TOO_LONG);
	expect_refusal(crypto, REASON_SDP_LINE);
	free(lines);
	free(media);
	free(crypto);
}

static void profiles(void **state)
{
	(void)state;
	assert_int_equal(sdp_profile_secured(SDP_PROFILE_RTP_AVP), SDP_PROFILE_RTP_SAVP);
	assert_int_equal(sdp_profile_secured(SDP_PROFILE_RTP_AVPF), SDP_PROFILE_RTP_SAVPF);
	assert_int_equal(sdp_profile_secured(SDP_PROFILE_RTP_SAVP), SDP_PROFILE_RTP_SAVP);
	assert_int_equal(sdp_profile_secured(SDP_PROFILE_OTHER), SDP_PROFILE_OTHER);
	assert_int_equal(sdp_profile_cleared(SDP_PROFILE_RTP_SAVP), SDP_PROFILE_RTP_AVP);
	assert_int_equal(sdp_profile_cleared(SDP_PROFILE_RTP_SAVPF), SDP_PROFILE_RTP_AVPF);
	assert_int_equal(sdp_profile_cleared(SDP_PROFILE_RTP_AVP), SDP_PROFILE_RTP_AVP);
	assert_true(sdp_profile_is_secure(SDP_PROFILE_RTP_SAVPF));
	assert_false(sdp_profile_is_secure(SDP_PROFILE_RTP_AVPF));
	assert_string_equal(sdp_profile_name(SDP_PROFILE_RTP_SAVP), "RTP/SAVP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_of_the_rfc),
		cmocka_unit_test(media_lines),
		cmocka_unit_test(what_is_not_understood_is_refused),
		cmocka_unit_test(caps),
		cmocka_unit_test(profiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
