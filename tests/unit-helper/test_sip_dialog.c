// SPDX-License-Identifier: Apache-2.0
/* A dialog as it is learned from between its ends, and requests of our own in it. */
#include "unit.h"

#include <errno.h>

#include "sip_dialog.h"

static struct sip_dialog dialog;
static struct sip_message message;
static struct refusal why;

static int end(void **state)
{
	(void)state;
	sip_dialog_clear(&dialog);
	return 0;
}

static const struct sip_message *parsed(const char *text)
{
	struct sip_frame frame;

	assert_int_equal(sip_frame_datagram(&frame, text, strlen(text), &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	return &message;
}

static void learn(const char *text, enum sip_end from)
{
	assert_int_equal(sip_dialog_learn(&dialog, parsed(text), from), 0);
}

#define VIA "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
#define INVITE_OUT "INVITE sip:1002@cm SIP/2.0\r\n" VIA "From: <sip:1001@cm>;tag=p\r\n" \
	"To: <sip:1002@cm>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n" \
	"Contact: <sip:1001@127.0.0.1:5062>\r\nContent-Length: 0\r\n\r\n"
#define ANSWER_IN(tag, contact) "SIP/2.0 200 OK\r\n" VIA "From: <sip:1001@cm>;tag=p\r\n" \
	"To: <sip:1002@cm>;tag=" tag "\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n" \
	"Contact: <" contact ">\r\n" \
	"Record-Route: <sip:near;lr>\r\nRecord-Route: <sip:middle;lr>, <sip:far;lr>\r\n" \
	"Content-Length: 0\r\n\r\n"

static void expect_request(enum sip_end to, const char *method, unsigned long cseq,
			   const char *wanted)
{
	const struct sip_dialog_request request = { .method = method, .cseq = cseq,
						    .via = "SIP/2.0/TLS us;branch=b" };
	struct span text;

	assert_int_equal(sip_dialog_write(&dialog, to, &request, &text), 0);
	assert_string_equal(text.at, wanted);
	text_free(&text);
}

/* A response lists its routes from the far end (RFC 3261 section 12.1.2). */
static void caller_learns_the_way(void **state)
{
	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn(ANSWER_IN("f", "sip:1002@192.0.2.9:5061;transport=tls"), SIP_END_FAR);
	expect_request(SIP_END_FAR, "BYE", 0,
		       "BYE sip:1002@192.0.2.9:5061;transport=tls SIP/2.0\r\n"
		       "Via: SIP/2.0/TLS us;branch=b\r\n"
		       "Route: <sip:far;lr>, <sip:middle;lr>, <sip:near;lr>\r\n"
		       "Max-Forwards: 70\r\nFrom: <sip:1001@cm>;tag=p\r\n"
		       "To: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\nCSeq: 8 BYE\r\n"
		       "Content-Length: 0\r\n\r\n");
	/* The program is on this phone: no routes lead there. */
	expect_request(SIP_END_PROGRAM, "BYE", 0,
		       "BYE sip:1001@127.0.0.1:5062 SIP/2.0\r\nVia: SIP/2.0/TLS us;branch=b\r\n"
		       "Max-Forwards: 70\r\nFrom: <sip:1002@cm>;tag=f\r\n"
		       "To: <sip:1001@cm>;tag=p\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n"
		       "Content-Length: 0\r\n\r\n");
}

/* A request lists them from the near end. */
static void called_learns_the_way(void **state)
{
	(void)state;
	learn("INVITE sip:1001@us SIP/2.0\r\n" VIA "From: <sip:1002@cm>;tag=f\r\n"
	      "To: <sip:1001@cm>\r\nCall-ID: c\r\nCSeq: 3 INVITE\r\nContact: <sip:b@far>\r\n"
	      "Record-Route: <sip:near;lr>\r\nRecord-Route: <sip:far;lr>\r\n"
	      "Content-Length: 0\r\n\r\n", SIP_END_FAR);
	learn("SIP/2.0 200 OK\r\n" VIA "From: <sip:1002@cm>;tag=f\r\nTo: <sip:1001@cm>;tag=p\r\n"
	      "Call-ID: c\r\nCSeq: 3 INVITE\r\nContact: <sip:a@127.0.0.1:5062>\r\n"
	      "Content-Length: 0\r\n\r\n", SIP_END_PROGRAM);
	expect_request(SIP_END_FAR, "BYE", 0,
		       "BYE sip:b@far SIP/2.0\r\nVia: SIP/2.0/TLS us;branch=b\r\n"
		       "Route: <sip:near;lr>, <sip:far;lr>\r\nMax-Forwards: 70\r\n"
		       "From: <sip:1001@cm>;tag=p\r\nTo: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\n"
		       "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n");
	expect_request(SIP_END_PROGRAM, "ACK", 3,
		       "ACK sip:a@127.0.0.1:5062 SIP/2.0\r\nVia: SIP/2.0/TLS us;branch=b\r\n"
		       "Max-Forwards: 70\r\nFrom: <sip:1002@cm>;tag=f\r\n"
		       "To: <sip:1001@cm>;tag=p\r\nCall-ID: c\r\nCSeq: 3 ACK\r\n"
		       "Content-Length: 0\r\n\r\n");
}

static void no_way_is_known(void **state)
{
	const struct sip_dialog_request request = { .method = "BYE", .via = "v" };
	struct span text;

	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	assert_int_equal(sip_dialog_write(&dialog, SIP_END_FAR, &request, &text), -ENOENT);
	/* A number that was not sent is not used up. */
	assert_int_equal(dialog.cseq[SIP_END_PROGRAM], 7);
}

/* A far end that moves is reached where it is now, by the route that was fixed at first. */
static void target_is_refreshed(void **state)
{
	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn(ANSWER_IN("f", "sip:old@far"), SIP_END_FAR);
	learn("UPDATE sip:1001@us SIP/2.0\r\n" VIA "From: <sip:1002@cm>;tag=f\r\n"
	      "To: <sip:1001@cm>;tag=p\r\nCall-ID: c\r\nCSeq: 9 UPDATE\r\n"
	      "Contact: <sip:new@far>\r\nRecord-Route: <sip:other;lr>\r\n"
	      "Content-Length: 0\r\n\r\n", SIP_END_FAR);
	assert_string_equal(dialog.target[SIP_END_FAR], "sip:new@far");
	assert_string_equal(dialog.route, "<sip:far;lr>, <sip:middle;lr>, <sip:near;lr>");
	assert_int_equal(dialog.cseq[SIP_END_FAR], 9);
}

#define REROUTED "SIP/2.0 200 OK\r\n" VIA "From: <sip:1001@cm>;tag=p\r\n" \
	"To: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\nCSeq: 8 INVITE\r\nContact: <sip:new@far>\r\n"

/* Answers within a dialog have no Record-Route, or another one, and change no route. */
static void route_stays_after_the_answer(void **state)
{
	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn(ANSWER_IN("f", "sip:old@far"), SIP_END_FAR);
	learn(REROUTED "Content-Length: 0\r\n\r\n", SIP_END_FAR);
	assert_string_equal(dialog.target[SIP_END_FAR], "sip:new@far");
	assert_string_equal(dialog.route, "<sip:far;lr>, <sip:middle;lr>, <sip:near;lr>");
	learn(REROUTED "Record-Route: <sip:other;lr>\r\nContent-Length: 0\r\n\r\n", SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:far;lr>, <sip:middle;lr>, <sip:near;lr>");
}

/* The phone was called: its own answer is what fixes the route. */
static void route_stays_after_our_answer(void **state)
{
	(void)state;
	learn("INVITE sip:1001@us SIP/2.0\r\n" VIA "From: <sip:1002@cm>;tag=f\r\n"
	      "To: <sip:1001@cm>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:old@far>\r\n"
	      "Record-Route: <sip:near;lr>\r\nContent-Length: 0\r\n\r\n", SIP_END_FAR);
	learn("SIP/2.0 200 OK\r\n" VIA "From: <sip:1002@cm>;tag=f\r\n"
	      "To: <sip:1001@cm>;tag=p\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n"
	      "Contact: <sip:1001@127.0.0.1:5062>\r\nContent-Length: 0\r\n\r\n",
	      SIP_END_PROGRAM);
	learn(REROUTED "Content-Length: 0\r\n\r\n", SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:near;lr>");
}

/* The answer to an early UPDATE is not that to the INVITE. */
static void route_stays_after_an_update(void **state)
{
	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn("SIP/2.0 183 Progress\r\n" VIA "From: <sip:1001@cm>;tag=p\r\n"
	      "To: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n"
	      "Contact: <sip:old@far>\r\nRecord-Route: <sip:near;lr>\r\n"
	      "Content-Length: 0\r\n\r\n", SIP_END_FAR);
	learn("SIP/2.0 200 OK\r\n" VIA "From: <sip:1001@cm>;tag=p\r\n"
	      "To: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\nCSeq: 8 UPDATE\r\n"
	      "Contact: <sip:old@far>\r\nContent-Length: 0\r\n\r\n", SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:near;lr>");
	learn(ANSWER_IN("f", "sip:old@far"), SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:far;lr>, <sip:middle;lr>, <sip:near;lr>");
}

/* It would become a part of a start line. */
static void target_with_a_blank_is_none(void **state)
{
	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn(ANSWER_IN("f", "sip:b@far SIP/2.0"), SIP_END_FAR);
	assert_null(dialog.target[SIP_END_FAR]);
}

static void target_loses_its_headers(void **state)
{
	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn(ANSWER_IN("f", "sip:b?c@far;transport=tls?Replaces=x"), SIP_END_FAR);
	assert_string_equal(dialog.target[SIP_END_FAR], "sip:b?c@far;transport=tls");
}

static void expect_renumbered(const char *text, enum sip_end from, const char *field,
			      const char *wanted)
{
	const struct sip_message *found = parsed(text);
	struct splice *splice = splice_new(found->text);
	const char *line;
	struct span new;

	sip_dialog_renumber(&dialog, found, from, splice);
	assert_int_equal(splice_finish(splice, &new), 0);
	line = strstr(new.at, field);
	assert_non_null(line);
	assert_memory_equal(line, wanted, strlen(wanted));
	text_free(&new);
	splice_free(splice);
}

#define IN_DIALOG(method, cseq, more) method " sip:x SIP/2.0\r\n" VIA \
	"From: <sip:1001@cm>;tag=p\r\nTo: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\nCSeq: " cseq " " \
	method "\r\n" more "Content-Length: 0\r\n\r\n"
#define RESPONSE(cseq) "SIP/2.0 200 OK\r\n" VIA "From: <sip:1001@cm>;tag=p\r\n" \
	"To: <sip:1002@cm>;tag=f\r\nCall-ID: c\r\nCSeq: " cseq "\r\nContent-Length: 0\r\n\r\n"

/* After an INVITE of ours the program's own numbers go on one higher, and come back lower. */
static void numbers_make_room(void **state)
{
	const struct sip_dialog_request request = { .method = "INVITE", .via = "v" };
	struct span text;

	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	learn(ANSWER_IN("f", "sip:b@far"), SIP_END_FAR);
	expect_renumbered(IN_DIALOG("UPDATE", "8", ""), SIP_END_PROGRAM, "CSeq", "CSeq: 8 UPDATE");
	assert_int_equal(sip_dialog_write(&dialog, SIP_END_FAR, &request, &text), 0);
	assert_non_null(strstr(text.at, "CSeq: 8 INVITE\r\n"));
	text_free(&text);
	expect_renumbered(IN_DIALOG("BYE", "8", ""), SIP_END_PROGRAM, "CSeq", "CSeq: 9 BYE");
	expect_renumbered(RESPONSE("9 BYE"), SIP_END_FAR, "CSeq", "CSeq: 8 BYE");
	/* What was asked before is answered under its own number. */
	expect_renumbered(RESPONSE("7 INVITE"), SIP_END_FAR, "CSeq", "CSeq: 7 INVITE");
	expect_renumbered(IN_DIALOG("PRACK", "9", "RAck: 776 8 INVITE\r\n"), SIP_END_PROGRAM,
			  "RAck", "RAck: 776 9 INVITE");
	/* The far end's numbers are its own. */
	expect_renumbered(IN_DIALOG("INFO", "4", ""), SIP_END_FAR, "CSeq", "CSeq: 4 INFO");
	learn(IN_DIALOG("INFO", "8", ""), SIP_END_PROGRAM);
	assert_int_equal(dialog.cseq[SIP_END_PROGRAM], 9);
}

/* Forks share what the caller said, and differ in what each of them says. */
static void forks_are_copies(void **state)
{
	struct sip_dialog copy;

	(void)state;
	learn(INVITE_OUT, SIP_END_PROGRAM);
	assert_int_equal(sip_dialog_copy(&copy, &dialog), 0);
	learn(ANSWER_IN("f", "sip:b@far"), SIP_END_FAR);
	assert_string_equal(copy.call_id, "c");
	assert_string_equal(copy.target[SIP_END_PROGRAM], "sip:1001@127.0.0.1:5062");
	assert_null(copy.target[SIP_END_FAR]);
	assert_string_equal(copy.address[SIP_END_FAR], "<sip:1002@cm>");
	sip_dialog_clear(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(caller_learns_the_way, end),
		cmocka_unit_test_teardown(called_learns_the_way, end),
		cmocka_unit_test_teardown(no_way_is_known, end),
		cmocka_unit_test_teardown(target_is_refreshed, end),
		cmocka_unit_test_teardown(route_stays_after_the_answer, end),
		cmocka_unit_test_teardown(route_stays_after_our_answer, end),
		cmocka_unit_test_teardown(route_stays_after_an_update, end),
		cmocka_unit_test_teardown(target_with_a_blank_is_none, end),
		cmocka_unit_test_teardown(target_loses_its_headers, end),
		cmocka_unit_test_teardown(numbers_make_room, end),
		cmocka_unit_test_teardown(forks_are_copies, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
