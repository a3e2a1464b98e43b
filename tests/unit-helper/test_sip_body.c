// SPDX-License-Identifier: Apache-2.0
/* Where the session description is in a body, and another one in its place. */
#include "unit.h"

#include "sip_body.h"

static struct sip_message message;
static struct refusal why;
static char text[2048];

static const struct sip_message *with(const char *type, const char *body)
{
	struct sip_frame frame;

	snprintf(text, sizeof(text),
		 "INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
		 type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", strlen(body),
		 body);
	assert_int_equal(sip_frame_datagram(&frame, text, strlen(text), &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	return &message;
}

static void expect(const char *type, const char *body, const char *wanted)
{
	struct span sdp;

	assert_int_equal(sip_body_sdp(with(type, body), &sdp, &why), 0);
	assert_int_equal(sdp.len, strlen(wanted));
	assert_memory_equal(sdp.at, wanted, sdp.len);
}

static void found_alone(void **state)
{
	(void)state;
	expect("application/sdp", "v=0\r\n", "v=0\r\n");
	expect("Application/SDP ; charset=utf-8", "v=0\r\n", "v=0\r\n");
	expect("application\r\n / sdp", "v=0\r\n", "v=0\r\n");
	expect("text/plain", "hello v=0\r\n", "");
	expect(NULL, "hello", "");
	expect("application/sdp", "", "");
}

#define PART(type, body) "\r\n--xx\r\nContent-Type: " type "\r\n\r\n" body

static void found_among_parts(void **state)
{
	(void)state;
	expect("multipart/mixed;boundary=xx",
	       PART("text/plain", "hello") PART("application/sdp", "v=0\r\n") "\r\n--xx--\r\n",
	       "v=0\r\n");
	expect("multipart/mixed; boundary=\"xx\"",
	       "--xx\r\nContent-Disposition: session\r\ncontent-TYPE: application/sdp\r\n\r\nv=0"
	       "\r\n--xx--", "v=0");
	expect("multipart/mixed;boundary=xx", PART("text/plain", "a v=0") "\r\n--xx--", "");
	/* A longer word is another delimiter. */
	expect("multipart/mixed;boundary=xx",
	       PART("application/sdp", "v=0\r\n--xxy\r\ns=") "\r\n--xx--", "v=0\r\n--xxy\r\ns=");
	expect("multipart/mixed;boundary=xx",
	       "\r\n--xx\r\nContent-Type : application/sdp\r\n\r\nv=0\r\n--xx--", "v=0");
}

static void expect_refused(const char *type, const char *body)
{
	struct span sdp;

	assert_int_not_equal(sip_body_sdp(with(type, body), &sdp, &why), 0);
	assert_int_equal(why.code, REASON_SDP_LINE);
}

/* Two readers could each take another one. */
static void refused_when_unclear(void **state)
{
	char long_type[160] = "multipart/mixed;boundary=";

	(void)state;
	expect_refused("multipart/mixed;boundary=xx",
		       PART("application/sdp", "v=0") PART("application/sdp", "v=1")
		       "\r\n--xx--");
	expect_refused("multipart/mixed", "x");
	expect_refused("application/sdpx", "v=0\r\n");
	expect_refused("text/plain", "hello\r\na=crypto:1 x\r\n");
	expect_refused(NULL, "v=0\r\n");
	/* No end, no part, a folded head, one in another. */
	expect_refused("multipart/mixed;boundary=xx", PART("application/sdp", "v=0"));
	expect_refused("multipart/mixed;boundary=xx", "nothing of the kind");
	expect_refused("multipart/mixed;boundary=xx",
		       PART("application/\r\n sdp", "v=0") "\r\n--xx--");
	expect_refused("multipart/mixed;boundary=xx",
		       PART("multipart/mixed;boundary=y", "v") "\r\n--xx--");
	expect_refused("multipart/mixed;boundary=xx", PART("text/plain", "v=0") "\r\n--xx--");
	memset(long_type + strlen(long_type), 'b', 71);
	expect_refused(long_type, "x");
}

static void put_in_place(void **state)
{
	const struct sip_message *found =
		with("multipart/mixed;boundary=xx",
		     PART("application/sdp", "v=0") PART("text/plain", "t") "\r\n--xx--");
	struct splice *splice = splice_new(found->text);
	struct span sdp, new;

	(void)state;
	assert_int_equal(sip_body_sdp(found, &sdp, &why), 0);
	sip_body_put(splice, found, sdp, (struct span){ "v=0\r\ns=longer", 13 });
	assert_int_equal(splice_finish(splice, &new), 0);
	assert_non_null(strstr(new.at, PART("application/sdp", "v=0\r\ns=longer")
			       PART("text/plain", "t") "\r\n--xx--"));
	with("multipart/mixed;boundary=xx", strstr(new.at, "\r\n\r\n") + 4);
	assert_string_equal(new.at, text);
	text_free(&new);
	splice_free(splice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_alone),
		cmocka_unit_test(found_among_parts),
		cmocka_unit_test(refused_when_unclear),
		cmocka_unit_test(put_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
