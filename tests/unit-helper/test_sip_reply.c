// SPDX-License-Identifier: Apache-2.0
/* What is said here instead of by those who were asked, or in their place. */
#include "unit.h"

#include "sip_follow.h"
#include "sip_reply.h"

static struct refusal why;

static const struct sip_message *parsed(const char *text)
{
	static struct sip_message message;
	struct sip_frame frame;

	assert_int_equal(sip_frame_datagram(&frame, text, strlen(text), &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	return &message;
}

static const char request[] =
	"INVITE sip:1002@cm SIP/2.0\r\n"
	"Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\n"
	"v: SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK0\r\n"
	"Route: <sip:127.0.0.1:5060;lr>\r\n"
	"Route: <sip:cm;lr>\r\n"
	"f: \"One\" <sip:1001@cm>;tag=1\r\n"
	"t: <sip:1002@cm>\r\n"
	"i: c@p\r\n"
	"CSeq: 7 INVITE\r\n"
	"Max-Forwards: 70\r\n"
	"Content-Length: 0\r\n\r\n";

static void expect_reply(const struct sip_reply *reply, const char *wanted)
{
	struct span text;

	assert_int_equal(sip_reply_write(parsed(request), reply, &text), 0);
	assert_string_equal(text.at, wanted);
	assert_int_equal(text.len, strlen(wanted));
	text_free(&text);
}

#define SAME "Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\n" \
	"Via: SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK0\r\n" \
	"From: \"One\" <sip:1001@cm>;tag=1\r\nCall-ID: c@p\r\nCSeq: 7 INVITE\r\n"

/* Every Via in its order, and a tag of ours but for a 100. */
static void reply_has_the_request(void **state)
{
	(void)state;
	expect_reply(&(struct sip_reply){ .status = 100, .phrase = "Trying" },
		     "SIP/2.0 100 Trying\r\n" SAME "To: <sip:1002@cm>\r\n"
		     "Content-Length: 0\r\n\r\n");
	expect_reply(&(struct sip_reply){ .status = 503, .phrase = "Service Unavailable",
					  .tag = "ours", .retry_after_s = 5 },
		     "SIP/2.0 503 Service Unavailable\r\n" SAME "To: <sip:1002@cm>;tag=ours\r\n"
		     "Retry-After: 5\r\nContent-Length: 0\r\n\r\n");
}

/* A tag that is there stays, since the dialog is another's. */
static void reply_keeps_a_tag(void **state)
{
	static const char inside[] =
		"BYE sip:1002@cm SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
		"From: <sip:1001@cm>;tag=1\r\nTo: <sip:1002@cm>;tag=2\r\nCall-ID: c\r\n"
		"CSeq: 8 BYE\r\nContent-Length: 0\r\n\r\n";
	const struct sip_reply reply = { .status = 481, .phrase = "No", .tag = "ours" };
	struct span text;

	(void)state;
	assert_int_equal(sip_reply_write(parsed(inside), &reply, &text), 0);
	assert_non_null(strstr(text.at, "To: <sip:1002@cm>;tag=2\r\n"));
	assert_null(strstr(text.at, "ours"));
	text_free(&text);
}

/* What somebody sent comes back in words, and ends neither the words nor the line. */
static void warning_is_one_string(void **state)
{
	const struct sip_reply reply = { .status = 488, .phrase = "Not Acceptable Here",
					 .tag = "t", .why = &why };
	const char *warning, *end;
	struct span text;

	(void)state;
	refusal_set(&why, REASON_MEDIA_CHOICE, "%s", "tag \"9\\\r\nEvil: yes\x80");
	assert_int_equal(sip_reply_write(parsed(request), &reply, &text), 0);
	warning = strstr(text.at, "Warning: 399 phonesec \"media-choice: ");
	assert_non_null(warning);
	end = strstr(warning, "\r\n");
	assert_null(strstr(text.at, "\nEvil"));
	assert_non_null(strstr(warning, "(tag 9Evil: yes) "));
	assert_int_equal(end[-1], '"');
	text_free(&text);
}

static void cancel_has_the_branch_of_its_invite(void **state)
{
	const struct sip_message *invite = parsed(request);
	struct span text;

	(void)state;
	assert_int_equal(sip_follow_write(invite, "CANCEL",
					  sip_field_first(invite, SIP_FIELD_TO)->value, &text), 0);
	assert_string_equal(text.at,
			    "CANCEL sip:1002@cm SIP/2.0\r\n"
			    "Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK1\r\n"
			    "Route: <sip:127.0.0.1:5060;lr>\r\nRoute: <sip:cm;lr>\r\n"
			    "Max-Forwards: 70\r\nFrom: \"One\" <sip:1001@cm>;tag=1\r\n"
			    "To: <sip:1002@cm>\r\nCall-ID: c@p\r\nCSeq: 7 CANCEL\r\n"
			    "Content-Length: 0\r\n\r\n");
	text_free(&text);
}

static void ack_has_the_tag_of_the_response(void **state)
{
	static const char to[] = "<sip:1002@cm>;tag=far";
	struct span text;

	(void)state;
	assert_int_equal(sip_follow_write(parsed(request), "ACK", (struct span){ to, strlen(to) },
					  &text), 0);
	assert_non_null(strstr(text.at, "ACK sip:1002@cm SIP/2.0\r\n"));
	assert_non_null(strstr(text.at, "To: <sip:1002@cm>;tag=far\r\n"));
	assert_non_null(strstr(text.at, "CSeq: 7 ACK\r\n"));
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reply_has_the_request),
		cmocka_unit_test(reply_keeps_a_tag),
		cmocka_unit_test(warning_is_one_string),
		cmocka_unit_test(cancel_has_the_branch_of_its_invite),
		cmocka_unit_test(ack_has_the_tag_of_the_response),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
