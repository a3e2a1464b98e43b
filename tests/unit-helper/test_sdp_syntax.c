// SPDX-License-Identifier: Apache-2.0
/* The grammar of RFC 4566 as far as a call depends on it. */
#include "unit.h"

#include "sdp.h"

#define V "v=0\r\n"
#define O "o=- 20518 0 IN IP4 192.0.2.4\r\n"
#define REST "s=-\r\nt=0 0\r\n"
#define C "c=IN IP4 192.0.2.4\r\n"
#define START V O REST C
#define M "m=audio 5004 RTP/AVP 0\r\n"
#define KEY "a=crypto:1 AEAD_AES_256_GCM inline:" KEY_256 "\r\n"

static struct refusal why;

static int parse(struct sdp *sdp, const char *text)
{
	/* In memory of exactly its size, so that a byte read too far is seen. */
	static char *copy;
	size_t len = strlen(text);

	free(copy);
	copy = memcpy(malloc(len + 1), text, len);
	copy = realloc(copy, len ? len : 1);
	return sdp_parse(sdp, (struct span){ copy, len }, &why);
}

static void descriptions(void **state)
{
	static const struct {
		const char *text;
		size_t media;
		size_t crypto;
	} good[] = {
		{ V O, 0, 0 },
		{ START, 0, 0 },
		{ START M, 1, 0 },
		{ START "m=audio 5004 RTP/AVP 0", 1, 0 },
		{ "v=0\no=- 1 1 IN IP6 ::1\ns=-\nt=0 0\nm=audio 1 RTP/AVP 0\n", 1, 0 },
		{ V O "s= \r\nt=0 0\r\n" M, 1, 0 },
		{ V O "s=\r\n" M, 1, 0 },
		{ V O "s=A B\r\ni= blank in front\r\nu=http://192.0.2.1/\r\ne=a@example.com\r\n"
		  "p=+1 617 555-6011\r\n" C "b=AS:64\r\nt=0 0\r\nr=7d 1h 0 25h\r\nz=0 0\r\n" M,
		  1, 0 },
		/* An order that the grammar does not have, but phones do. */
		{ V O "s=-\r\nt=0 0\r\n" C "a=x\r\nb=AS:64\r\n" M "a=ptime:20\r\nb=AS:64\r\n", 1,
		  0 },
		{ START "m=audio 49230/2 RTP/AVP 0\r\n", 1, 0 },
		{ START "m=audio 0 RTP/AVP 0\r\n", 1, 0 },
		{ START "m=audio 65535 RTP/AVP 0\r\n", 1, 0 },
		{ START "m=application 9 UDP/TLS/BFCP *\r\n", 1, 0 },
		{ START M "i=\r\n" C "a=sendrecv\r\n" M C, 2, 0 },
		{ START M "a=sendonly \r\na=\r\na=fmtp:101 0-15 \r\na=x:y:z\r\na=:\r\n", 1, 0 },
		{ START M KEY, 1, 1 },
		{ START M KEY KEY M KEY, 2, 2 },
		{ START M "a=CRYPTO:1 x\r\na=crypto\r\na=crypto \r\na=cryptos:1\r\n", 1, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		static struct sdp sdp;

		if (parse(&sdp, good[i].text))
			fail_msg("refused: %s", good[i].text);
		assert_int_equal(sdp.media_count, good[i].media);
		if (sdp.media_count)
			assert_int_equal(sdp.media[0].crypto_count, good[i].crypto);
	}
}

/* With the line of the fault, counted from 1. */
static void no_descriptions(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
	} bad[] = {
		{ "", 1 }, { "\r\n", 1 }, { "v\r\n", 1 }, { "v=1\r\n" O, 1 }, { "v=0 \r\n" O, 1 },
		{ O V, 1 }, { V, 2 }, { V REST, 4 },
		/* A second description, or a second opinion. */
		{ START M V O REST M, 7 }, { START V, 6 }, { V O O, 3 }, { V O M O, 4 },
		{ START C, 6 }, { START M C C, 8 },
		{ START M "a=rtcp:5\r\na=rtcp:6\r\n", 8 },
		/* Blanks where others could see a key, or none. */
		{ START M "a= crypto:1 x\r\n", 7 }, { START M "a=\tcrypto:1 x\r\n", 7 },
		{ START M "a=crypto :1 x\r\n", 7 }, { START M "a=crypto\t:1 x\r\n", 7 },
		{ START M " a=crypto:1 x\r\n", 7 }, { START M "a =crypto:1 x\r\n", 7 },
		{ START M "A=crypto:1 x\r\n", 7 }, { START "M=audio 1 RTP/AVP 0\r\n", 6 },
		{ START "m= audio 1 RTP/AVP 0\r\n", 6 }, { START "m =audio 1 RTP/AVP 0\r\n", 6 },
		{ START "m=audio  1 RTP/AVP 0\r\n", 6 }, { V O "c= IN IP4 192.0.2.4\r\n", 3 },
		/* Lines. */
		{ START "\r\n" M, 6 }, { START "a=x\ry\r\n", 6 }, { START "a=x\r\r\n", 6 },
		{ START "0=x\r\n", 6 }, { START "{=x\r\n", 6 },
		/* Media. */
		{ START "m=audio 5004 RTP/AVP\r\n", 6 }, { START "m=audio 5004 RTP/AVP \r\n", 6 },
		{ START "m=audio 65536 RTP/AVP 0\r\n", 6 }, { START "m=audio x RTP/AVP 0\r\n", 6 },
		{ START "m=audio +5 RTP/AVP 0\r\n", 6 }, { START "m=audio /2 RTP/AVP 0\r\n", 6 },
		{ START "m=audio\r\n", 6 }, { START "m=\r\n", 6 },
		{ START M "a=rtcp:65536\r\n", 7 }, { START M "a=rtcp:\r\n", 7 },
		{ START M "a=rtcp\r\n", 7 },
		/* Connections and origins. */
		{ V O "c=IN IP4 \r\n", 3 }, { V O "c=IN IP4\r\n", 3 }, { V O "c=IN IP7 a\r\n", 3 },
		{ V O "c=XX IP4 192.0.2.4\r\n", 3 }, { V O "c=IN IP4 192.0.2.4 x\r\n", 3 },
		{ V O "c=IN IP4 /127\r\n", 3 }, { V "o=- 1 1 IN IP4\r\n", 2 },
		{ V "o=- 1 1 IN IP4 \r\n", 2 }, { V "o=-  1 IN IP4 a\r\n", 2 },
		/* A key for everybody. */
		{ V O KEY M, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		static struct sdp sdp;
		unsigned int line = 1;

		if (parse(&sdp, bad[i].text) != -reason_words(REASON_SDP_LINE)->error)
			fail_msg("accepted: %s", bad[i].text);
		for (const char *at = bad[i].text; at < bad[i].text + why.position - 1; at++)
			line += *at == '\n';
		if (why.code != REASON_SDP_LINE || line != bad[i].line)
			fail_msg("line %u of %s", line, bad[i].text);
	}
}

/* Whatever is cut off, nothing is read behind the end. */
static void every_prefix_is_safe(void **state)
{
	static const char text[] = START M KEY "a=rtcp:5005 IN IP4 192.0.2.4\r\n" M C KEY;
	char copy[sizeof(text)];

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		static struct sdp sdp;

		memcpy(copy, text, len);
		copy[len] = '\0';
		parse(&sdp, copy);
	}
}

static void directions(void **state)
{
	static const struct {
		const char *session;
		const char *media;
		enum sdp_direction direction;
	} cases[] = {
		{ "", "", SDP_SENDRECV },
		{ "", "a=sendonly\r\n", SDP_SENDONLY },
		{ "", "a=recvonly \r\n", SDP_RECVONLY },
		{ "a=inactive\r\n", "", SDP_INACTIVE },
		{ "a=inactive\r\n", "a=sendrecv\r\n", SDP_SENDRECV },
		{ "", "a=inactive:x\r\n", SDP_SENDRECV },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static struct sdp sdp;
		char text[512];

		snprintf(text, sizeof(text), START "%s" M "%s", cases[i].session, cases[i].media);
		assert_int_equal(parse(&sdp, text), 0);
		assert_int_equal(sdp.media[0].direction, cases[i].direction);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptions),
		cmocka_unit_test(no_descriptions),
		cmocka_unit_test(every_prefix_is_safe),
		cmocka_unit_test(directions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
