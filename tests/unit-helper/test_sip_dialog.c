// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sip_dialog.h"

#define IDS "From: <sip:1001@cm>;tag=p\r\nTo: <sip:1002@cm>;tag=f\r\nCall-ID: c@p\r\n"
#define VIA "Via: SIP/2.0/TLS 192.0.2.4:5061;branch=z9hG4bK1\r\n"
#define PROGRAM "Contact: <sip:1001@192.0.2.4:5061;transport=tls>\r\n"
#define FAR "Contact: <sip:1002@192.0.2.9:5061;transport=tls>\r\n"
#define END "Content-Length: 0\r\n\r\n"

static struct sip_dialog dialog;

static void learn(const char *text, enum sip_end from)
{
	struct sip_message message;
	struct sip_frame frame;
	struct refusal why;

	assert_int_equal(sip_frame_datagram(&frame, text, strlen(text), &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	assert_int_equal(sip_dialog_learn(&dialog, &message, from), 0);
}

/* Proxies that leave Record-Route out of what is said later have no say in the route. */
static void route_stays(void **state)
{
	(void)state;
	learn("INVITE sip:1002@cm SIP/2.0\r\n" VIA PROGRAM IDS "CSeq: 1 INVITE\r\n" END,
	      SIP_END_PROGRAM);
	learn("SIP/2.0 180 Ringing\r\n" VIA FAR IDS "CSeq: 1 INVITE\r\n" END, SIP_END_FAR);
	assert_null(dialog.route);
	learn("SIP/2.0 200 OK\r\n" VIA "Record-Route: <sip:b;lr>, <sip:a;lr>\r\n" FAR IDS
	      "CSeq: 1 INVITE\r\n" END, SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:a;lr>, <sip:b;lr>");
	learn("INVITE sip:1002@192.0.2.9 SIP/2.0\r\n" VIA PROGRAM IDS "CSeq: 2 INVITE\r\n" END,
	      SIP_END_PROGRAM);
	learn("SIP/2.0 200 OK\r\n" VIA FAR IDS "CSeq: 2 INVITE\r\n" END, SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:a;lr>, <sip:b;lr>");
	sip_dialog_clear(&dialog);
}

/* The same for who is called: the route came with the request. */
static void route_of_called_stays(void **state)
{
	(void)state;
	learn("INVITE sip:1001@cm SIP/2.0\r\n" VIA "Record-Route: <sip:b;lr>, <sip:a;lr>\r\n" FAR
	      IDS "CSeq: 1 INVITE\r\n" END, SIP_END_FAR);
	learn("SIP/2.0 200 OK\r\n" VIA FAR IDS "CSeq: 7 INVITE\r\n" END, SIP_END_FAR);
	assert_string_equal(dialog.route, "<sip:b;lr>, <sip:a;lr>");
	sip_dialog_clear(&dialog);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(route_stays),
		cmocka_unit_test(route_of_called_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
