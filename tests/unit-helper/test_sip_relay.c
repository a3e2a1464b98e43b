// SPDX-License-Identifier: Apache-2.0
/* Messages there and back: what is not named here stays as it was, to the byte. */
#include "unit.h"

#include "sip_relay.h"

static struct sip_relay relay;
static struct refusal why;

static int start(void **state)
{
	(void)state;
	relay = (struct sip_relay){
		.inside = "127.0.0.1:5060", .outside = "192.0.2.1:40000", .secret = { 1, 2, 3 },
	};
	return 0;
}

static char result[4096];

static int take(const char *text)
{
	static struct sip_message message;
	struct sip_frame frame;
	struct splice *splice;
	struct span new;
	bool out;
	int err;

	assert_int_equal(sip_frame_datagram(&frame, text, strlen(text), &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	splice = splice_new(message.text);
	/* The tests' messages from outside come from TLS. */
	out = !strstr(text, "X-From: outside");
	err = out ? sip_relay_out(&relay, &message, splice, &why) :
		    sip_relay_in(&relay, &message, splice, &why);
	if (!err) {
		assert_int_equal(splice_finish(splice, &new), 0);
		assert_true(new.len < sizeof(result));
		memmove(result, new.at, new.len + 1);
		text_free(&new);
	}
	splice_free(splice);
	return err;
}

/* The branch of the topmost Via of the result. */
static const char *branch(void)
{
	static char text[64];

	assert_int_equal(sscanf(strstr(result, "branch="), "branch=%60[^;\r,]", text), 1);
	return text;
}

#define DIALOG "From: <sip:1001@cm>;tag=1\r\nTo: <sip:1002@cm>%s\r\nCall-ID: c@p\r\n" \
	"CSeq: 7 %s\r\n"

static void expect(const char *format, ...)
{
	char wanted[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(wanted, sizeof(wanted), format, arguments);
	va_end(arguments);
	assert_string_equal(result, wanted);
}

static const char *text_of(const char *format, ...)
{
	static char text[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return text;
}

static void call_from_the_program(void **state)
{
	char ours[64];

	(void)state;
	assert_int_equal(take(text_of("INVITE sip:1002@cm SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport\r\n"
		"Contact: <sip:1001-0x1@127.0.0.1:5070>;expires=3\r\nMax-Forwards: 70\r\n"
		"Route: <sip:127.0.0.1:5060;lr>\r\n" DIALOG "l:0\r\n\r\n", "", "INVITE")), 0);
	strcpy(ours, branch());
	expect("INVITE sip:1002@cm SIP/2.0\r\n"
	       "Via: SIP/2.0/TLS 192.0.2.1:40000;branch=%s\r\n"
	       "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport\r\n"
	       "Contact: <sip:1001-0x1@192.0.2.1:40000;transport=tls>;expires=3\r\n"
	       "Max-Forwards: 69\r\n" DIALOG "l:0\r\n\r\n", ours, "", "INVITE");
	assert_string_equal(relay.program, "127.0.0.1:5070");
	/* Its answer, with a route that leads to us. */
	assert_int_equal(take(text_of("SIP/2.0 200 OK\r\nX-From: outside\r\n"
		"Via: SIP/2.0/TLS 192.0.2.1:40000;branch=%s;received=192.0.2.1\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport\r\n"
		"Record-Route: <sip:cm;lr>\r\nContact: <sip:1002@192.0.2.9:5061;transport=tls>\r\n"
		DIALOG "l:0\r\n\r\n", ours, ";tag=2", "INVITE")), 0);
	expect("SIP/2.0 200 OK\r\nX-From: outside\r\n"
	       "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport\r\n"
	       "Record-Route: <sip:cm;lr>\r\nRecord-Route: <sip:127.0.0.1:5060;lr>\r\n"
	       "Contact: <sip:1002@192.0.2.9:5061;transport=tls>\r\n"
	       DIALOG "l:0\r\n\r\n", ";tag=2", "INVITE");
	/* The same again, and its CANCEL, have the same branch; another request has not. */
	take(text_of("CANCEL sip:1002@cm SIP/2.0\r\n"
		     "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKa;rport\r\n" DIALOG
		     "l:0\r\n\r\n", "", "CANCEL"));
	assert_string_equal(branch(), ours);
	take(text_of("BYE sip:1002@cm SIP/2.0\r\n"
		     "Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKb;rport\r\n" DIALOG
		     "l:0\r\n\r\n", "", "BYE"));
	assert_string_not_equal(branch(), ours);
	assert_non_null(strstr(result, "Max-Forwards: 70\r\n"));
}

static void call_to_the_program(void **state)
{
	static const char invite[] = "INVITE sip:1001-0x1@192.0.2.1:40000;transport=tls SIP/2.0\r\n"
		"X-From: outside\r\nVia: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n"
		"Record-Route: <sip:cm;lr>\r\n" DIALOG "l:0\r\n\r\n";
	char ours[64];

	(void)state;
	assert_int_equal(take(text_of(invite, "", "INVITE")), -reason_words(
			 REASON_SIP_NO_PROGRAM)->error);
	strcpy(relay.program, "127.0.0.1:5070");
	assert_int_equal(take(text_of(invite, "", "INVITE")), 0);
	strcpy(ours, branch());
	expect("INVITE sip:1001-0x1@127.0.0.1:5070;transport=udp SIP/2.0\r\nX-From: outside\r\n"
	       "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=%s\r\n"
	       "Via: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n"
	       "Record-Route: <sip:127.0.0.1:5060;lr>\r\nRecord-Route: <sip:cm;lr>\r\n" DIALOG
	       "l:0\r\nMax-Forwards: 70\r\n\r\n", ours, "", "INVITE");
}

/* Some proxies write theirs at the top, before every Via. */
static void route_to_us_comes_first(void **state)
{
	char ours[64];

	(void)state;
	strcpy(relay.program, "127.0.0.1:5070");
	assert_int_equal(take(text_of("INVITE sip:1001@192.0.2.1:40000 SIP/2.0\r\n"
		"Record-Route: <sip:b;lr>\r\nRecord-Route: <sip:a;lr>\r\n"
		"Via: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\nX-From: outside\r\n" DIALOG
		"l:0\r\n\r\n", "", "INVITE")), 0);
	strcpy(ours, branch());
	expect("INVITE sip:1001@127.0.0.1:5070;transport=udp SIP/2.0\r\n"
	       "Record-Route: <sip:127.0.0.1:5060;lr>\r\n"
	       "Record-Route: <sip:b;lr>\r\nRecord-Route: <sip:a;lr>\r\n"
	       "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=%s\r\n"
	       "Via: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\nX-From: outside\r\n" DIALOG
	       "l:0\r\nMax-Forwards: 70\r\n\r\n", ours, "", "INVITE");
}

static void answer_of_the_program(void **state)
{
	char ours[64];

	(void)state;
	strcpy(relay.program, "127.0.0.1:5070");
	take(text_of("INVITE sip:1001@192.0.2.1:40000 SIP/2.0\r\nX-From: outside\r\n"
		     "v: SIP/2.0/TLS cm:5061;branch=z9hG4bKq, SIP/2.0/TLS x\r\n" DIALOG
		     "l:0\r\n\r\n", "", "INVITE"));
	strcpy(ours, branch());
	assert_int_equal(take(text_of("SIP/2.0 200 OK\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=%s , SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n"
		"Record-Route: <sip:127.0.0.1:5060;lr>, <sip:cm;lr>\r\n"
		"Contact: <sip:1001@127.0.0.1:5070;transport=udp>\r\n" DIALOG "l:0\r\n\r\n",
		ours, ";tag=2", "INVITE")), 0);
	expect("SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n"
	       "Record-Route: <sip:cm;lr>\r\n"
	       "Contact: <sip:1001@192.0.2.1:40000;transport=tls>\r\n" DIALOG "l:0\r\n\r\n",
	       ";tag=2", "INVITE");
}

static void registration(void **state)
{
	char ours[64];

	(void)state;
	take(text_of("REGISTER sip:cm SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKr\r\n"
		     "Contact: <sip:1001@127.0.0.1:5070>, *\r\n" DIALOG "l:0\r\n\r\n", "",
		     "REGISTER"));
	strcpy(ours, branch());
	assert_non_null(strstr(result, "Contact: <sip:1001@192.0.2.1:40000;transport=tls>, *\r\n"));
	assert_int_equal(take(text_of("SIP/2.0 200 OK\r\nX-From: outside\r\n"
		"Via: SIP/2.0/TLS 192.0.2.1:40000;branch=%s\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKr\r\n"
		"Contact: <sip:1001@192.0.2.1:40000;transport=tls>;expires=60, <sip:1001@other>\r\n"
		DIALOG "l:0\r\n\r\n", ours, ";tag=2", "REGISTER")), 0);
	/* To the byte, or the program does not know it for its own. */
	assert_non_null(strstr(result, "Contact: <sip:1001@127.0.0.1:5070>;expires=60, "
			       "<sip:1001@other>\r\n"));
	assert_null(strstr(result, "Record-Route"));
	take(text_of("REGISTER sip:cm SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKs\r\n"
		     "Contact: <sip:1001@127.0.0.1:5070;transport=udp;x=y>\r\n" DIALOG "l:0\r\n\r\n",
		     "", "REGISTER"));
	strcpy(ours, branch());
	assert_int_equal(take(text_of("SIP/2.0 200 OK\r\nX-From: outside\r\n"
		"Via: SIP/2.0/TLS 192.0.2.1:40000;branch=%s\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKs\r\n"
		"Contact: <sip:1001@192.0.2.1:40000;transport=tls;x=y>;expires=60\r\n"
		DIALOG "l:0\r\n\r\n", ours, ";tag=2", "REGISTER")), 0);
	assert_non_null(strstr(result, "Contact: <sip:1001@127.0.0.1:5070;transport=udp;x=y>;"));
}

/* Whom the program redirects to is another one, and is not reached over us. */
static void redirection(void **state)
{
	char ours[64];

	(void)state;
	strcpy(relay.program, "127.0.0.1:5070");
	take(text_of("INVITE sip:1001@192.0.2.1:40000 SIP/2.0\r\nX-From: outside\r\n"
		     "Via: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n" DIALOG "l:0\r\n\r\n", "",
		     "INVITE"));
	strcpy(ours, branch());
	assert_int_equal(take(text_of("SIP/2.0 302 Moved Temporarily\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=%s\r\n"
		"Via: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n"
		"Contact: <sip:1003@cm>, <sip:1001@127.0.0.1:5070>\r\n" DIALOG "l:0\r\n\r\n",
		ours, ";tag=2", "INVITE")), 0);
	expect("SIP/2.0 302 Moved Temporarily\r\n"
	       "Via: SIP/2.0/TLS cm:5061;branch=z9hG4bKq\r\n"
	       "Contact: <sip:1003@cm>, <sip:1001@192.0.2.1:40000;transport=tls>\r\n" DIALOG
	       "l:0\r\n\r\n", ";tag=2", "INVITE");
	assert_string_equal(relay.program, "127.0.0.1:5070");
}

static void answers_to_nothing(void **state)
{
	static const char *const vias[] = {
		"Via: SIP/2.0/TLS 192.0.2.1:40000;branch=z9hG4bKguessed\r\nVia: SIP/2.0/UDP a;branch=b\r\n",
		"Via: SIP/2.0/TLS 192.0.2.1:40000\r\nVia: SIP/2.0/UDP a;branch=b\r\n",
		"Via: SIP/2.0/TLS 192.0.2.1:40000;branch=z9hG4bKguessed\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++) {
		assert_int_equal(take(text_of("SIP/2.0 200 OK\r\nX-From: outside\r\n%s" DIALOG
					      "l:0\r\n\r\n", vias[i], "", "INVITE")),
				 -reason_words(REASON_SIP_NOT_OURS)->error);
	}
}

static void no_hop_at_all(void **state)
{
	(void)state;
	assert_int_equal(take(text_of("BYE sip:b SIP/2.0\r\nVia: \r\n" DIALOG "l:0\r\n\r\n", "",
				      "BYE")), -reason_words(REASON_SIP_FIELD_MISSING)->error);
}

static void too_many_hops(void **state)
{
	(void)state;
	assert_int_equal(take(text_of("BYE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=b\r\n"
				      "Max-Forwards: 0\r\n" DIALOG "l:0\r\n\r\n", "", "BYE")),
			 -reason_words(REASON_SIP_HOPS)->error);
	assert_int_equal(take(text_of("BYE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=b\r\n"
				      "Max-Forwards: many\r\n" DIALOG "l:0\r\n\r\n", "", "BYE")),
			 -reason_words(REASON_SIP_FIELD)->error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(call_from_the_program, start),
		cmocka_unit_test_setup(call_to_the_program, start),
		cmocka_unit_test_setup(route_to_us_comes_first, start),
		cmocka_unit_test_setup(answer_of_the_program, start),
		cmocka_unit_test_setup(registration, start),
		cmocka_unit_test_setup(redirection, start),
		cmocka_unit_test_setup(answers_to_nothing, start),
		cmocka_unit_test_setup(no_hop_at_all, start),
		cmocka_unit_test_setup(too_many_hops, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
