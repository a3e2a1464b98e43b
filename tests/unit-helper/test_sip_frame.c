// SPDX-License-Identifier: Apache-2.0
/* Framing: the bugs here are those of gopacket#51, mjSIP#39 and libre's and libosip2's parsers. */
#include "unit.h"

#include <errno.h>

#include "sip_frame.h"

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TLS c\r\n"

struct result {
	int err;
	struct sip_frame frame;
	struct refusal why;
};

static struct result frame(const char *text, size_t len, bool stream, bool at_end)
{
	/* A copy of exactly its size, so that the sanitizer sees any byte read behind it. */
	char *copy = malloc(len ? len : 1);
	struct result result = { 0 };

	memcpy(copy, text, len);
	result.err = stream ? sip_frame_stream(&result.frame, copy, len, at_end, &result.why) :
			      sip_frame_datagram(&result.frame, copy, len, &result.why);
	free(copy);
	return result;
}

static struct result stream(const char *text)
{
	return frame(text, strlen(text), true, false);
}

static struct result datagram(const char *text)
{
	return frame(text, strlen(text), false, true);
}

static void expect_message(struct result found, size_t head_len, size_t body_len)
{
	assert_int_equal(found.err, 0);
	assert_int_equal(found.frame.kind, SIP_FRAME_MESSAGE);
	assert_int_equal(found.frame.head_len, head_len);
	assert_int_equal(found.frame.body_len, body_len);
	assert_int_equal(found.frame.len, head_len + body_len);
}

static void expect_refusal(const char *text, enum reason_code code)
{
	struct result found = stream(text);

	assert_int_equal(found.err, -reason_words(code)->error);
	assert_int_equal(found.why.code, code);
	found = datagram(text);
	if (code != REASON_SIP_LENGTH_MISSING)
		assert_int_equal(found.why.code, code);
}

static void one_message(void **state)
{
	static const char text[] = HEAD "Content-Length: 4\r\n\r\nbody";

	(void)state;
	expect_message(stream(text), strlen(text) - 4, 4);
	expect_message(datagram(text), strlen(text) - 4, 4);
	expect_message(stream(HEAD "l:0\r\n\r\n"), strlen(HEAD) + 7, 0);
	expect_message(stream(HEAD "CONTENT-length \t:  00004  \r\n\r\nbody"),
		       strlen(HEAD) + 30, 4);
}

static void many_messages_in_a_segment(void **state)
{
	static const char text[] = HEAD "Content-Length: 4\r\n\r\nbody"
				   "\r\n\r\n" HEAD "l: 0\r\n\r\n" "\r\n" HEAD;
	const char *at = text;
	struct result found;

	(void)state;
	found = stream(at);
	expect_message(found, strlen(HEAD) + 21, 4);
	at += found.frame.len;
	found = stream(at);
	assert_int_equal(found.frame.kind, SIP_FRAME_PING);
	at += found.frame.len;
	found = stream(at);
	expect_message(found, strlen(HEAD) + 8, 0);
	at += found.frame.len;
	found = stream(at);
	assert_int_equal(found.frame.kind, SIP_FRAME_PONG);
	at += found.frame.len;
	found = stream(at);
	assert_int_equal(found.err, 0);
	assert_int_equal(found.frame.kind, SIP_FRAME_INCOMPLETE);
}

static void one_message_in_many_segments(void **state)
{
	static const char text[] = HEAD "Content-Length: 4\r\n\r\nbody";

	(void)state;
	for (size_t len = 0; len < strlen(text); len++) {
		struct result found = frame(text, len, true, false);

		assert_int_equal(found.err, 0);
		assert_int_equal(found.frame.kind, SIP_FRAME_INCOMPLETE);
		assert_int_equal(found.frame.len, 0);
		found = frame(text, len, true, true);
		assert_int_equal(found.err, len ? -EBADMSG : 0);
	}
}

static void content_length(void **state)
{
	(void)state;
	expect_refusal(HEAD "\r\n", REASON_SIP_LENGTH_MISSING);
	expect_refusal(HEAD "Content-Length: -5\r\n\r\n", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length: +5\r\n\r\nhello", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length: 5x\r\n\r\nhello", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length: 0x5\r\n\r\nhello", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length: 5, 5\r\n\r\nhello", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length: 1 0\r\n\r\n", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length:\r\n\r\n", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length:\r\n 0\r\n\r\n", REASON_SIP_LENGTH);
	expect_refusal(HEAD "Content-Length: 1\r\n 0\r\n\r\n0123456789", REASON_SIP_FIELD);
	expect_refusal(HEAD "l: 0\r\nContent-Length: 0\r\n\r\n", REASON_SIP_LENGTH_REPEATED);
	expect_refusal(HEAD "l: 0\r\nl: 0\r\n\r\n", REASON_SIP_LENGTH_REPEATED);
	expect_refusal(HEAD "l: 65537\r\n\r\n", REASON_SIP_TOO_LONG);
	expect_refusal(HEAD "l: 18446744073709551616\r\n\r\n", REASON_SIP_TOO_LONG);
	/* Not a length: another name, or inside another field. */
	expect_refusal(HEAD "X-Content-Length: 0\r\n\r\n", REASON_SIP_LENGTH_MISSING);
	expect_refusal(HEAD "Subject: a\r\n Content-Length: 0\r\n\r\n",
		       REASON_SIP_LENGTH_MISSING);
}

static void lines(void **state)
{
	(void)state;
	expect_refusal("OPTIONS sip:a@b SIP/2.0\nl: 0\n\n", REASON_SIP_LINE_END);
	expect_refusal(HEAD "X: a\rb\r\nl: 0\r\n\r\n", REASON_SIP_LINE_END);
	expect_refusal(HEAD "X: a\001b\r\nl: 0\r\n\r\n", REASON_SIP_CHARACTER);
	expect_refusal(HEAD "no field\r\nl: 0\r\n\r\n", REASON_SIP_FIELD);
	expect_refusal(HEAD ": a\r\nl: 0\r\n\r\n", REASON_SIP_FIELD);
	expect_refusal(HEAD "Content Length: 0\r\nl: 0\r\n\r\n", REASON_SIP_FIELD);
	expect_refusal("OPTIONS\r\nl: 0\r\n\r\n", REASON_SIP_START_LINE);
	expect_refusal(" OPTIONS sip:a@b SIP/2.0\r\nl: 0\r\n\r\n", REASON_SIP_START_LINE);
	expect_refusal("OPTIONS sip:a@b SIP/2.0\r\n Via: x\r\nl: 0\r\n\r\n", REASON_SIP_FIELD);
	assert_int_equal(frame(HEAD "X: a\0b\r\nl: 0\r\n\r\n", strlen(HEAD) + 16, true,
			       false).why.code, REASON_SIP_CHARACTER);
	/* UTF-8 and continuations are fine. */
	expect_message(stream(HEAD "Subject: \xc3\xa4\r\n\tmore\r\nl: 0\r\n\r\n"),
		       strlen(HEAD) + 28, 0);
}

static void too_long(void **state)
{
	size_t len = SIP_FRAME_HEAD_MAX + 100;
	char *text = malloc(len);

	(void)state;
	memset(text, 'x', len);
	memcpy(text, HEAD "X: ", strlen(HEAD) + 3);
	assert_int_equal(frame(text, SIP_FRAME_HEAD_MAX, true, false).err, 0);
	assert_int_equal(frame(text, len, true, false).why.code, REASON_SIP_TOO_LONG);
	free(text);
}

static void keep_alives(void **state)
{
	(void)state;
	assert_int_equal(stream("\r\n\r\n").frame.kind, SIP_FRAME_PING);
	assert_int_equal(stream("\r\n").frame.kind, SIP_FRAME_INCOMPLETE);
	assert_int_equal(stream("\r").frame.kind, SIP_FRAME_INCOMPLETE);
	assert_int_equal(stream("\r\n\r").frame.kind, SIP_FRAME_INCOMPLETE);
	assert_int_equal(frame("\r\n", 2, true, true).frame.kind, SIP_FRAME_PONG);
	assert_int_equal(datagram("\r\n").frame.kind, SIP_FRAME_PONG);
	assert_int_equal(datagram("\r\n\r\n").frame.kind, SIP_FRAME_PING);
	assert_int_equal(datagram("\r").why.code, REASON_SIP_CUT);
	assert_int_equal(datagram("").why.code, REASON_SIP_CUT);
	assert_int_equal(stream("\rX").why.code, REASON_SIP_LINE_END);
	/* What cannot become a ping any more is a pong, now as at the end. */
	assert_int_equal(stream("\r\n\rX").frame.kind, SIP_FRAME_PONG);
	assert_int_equal(datagram("\r\n\rX").frame.kind, SIP_FRAME_PONG);
}

static void datagrams(void **state)
{
	(void)state;
	/* Without a length the body is the rest; with one, what follows is ignored. */
	expect_message(datagram(HEAD "\r\nbody"), strlen(HEAD) + 2, 4);
	expect_message(datagram(HEAD "l: 2\r\n\r\nbody"), strlen(HEAD) + 8, 2);
	assert_int_equal(datagram(HEAD "l: 5\r\n\r\nbody").why.code, REASON_SIP_CUT);
	assert_int_equal(datagram(HEAD).why.code, REASON_SIP_CUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_message),
		cmocka_unit_test(many_messages_in_a_segment),
		cmocka_unit_test(one_message_in_many_segments),
		cmocka_unit_test(content_length),
		cmocka_unit_test(lines),
		cmocka_unit_test(too_long),
		cmocka_unit_test(keep_alives),
		cmocka_unit_test(datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
