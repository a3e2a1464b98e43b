// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sip_body.h"

#define VIA "Via: SIP/2.0/TLS 192.0.2.4:5061;branch=z9hG4bK77ef4c2312983.1;rport\r\n"
#define DIALOG "From: \"A, b\" <sip:alice@example.com;transport=tls>;tag=9fxced76sl\r\n" \
	"To: Bob <sip:bob@example.com>\r\nCall-ID: 3848276298220188511@example.com\r\n"
#define INVITE "INVITE sip:bob@example.com SIP/2.0\r\n" VIA DIALOG "CSeq: 2 INVITE\r\n"
#define END "Content-Length: 0\r\n\r\n"

static struct sip_message message;
static struct refusal why;

static int parse(const char *text)
{
	struct sip_frame frame;
	int err = sip_frame_datagram(&frame, text, strlen(text), &why);

	return err ?: sip_message_parse(&message, text, &frame, &why);
}

static void expect_span(struct span span, const char *wanted)
{
	assert_int_equal(span.len, strlen(wanted));
	assert_memory_equal(span.at, wanted, span.len);
}

static struct span value_of(enum sip_field_id id)
{
	const struct sip_field *field = sip_field_first(&message, id);

	assert_non_null(field);
	return field->value;
}

static void request(void **state)
{
	(void)state;
	assert_int_equal(parse(INVITE END), 0);
	assert_true(message.is_request);
	expect_span(message.method, "INVITE");
	expect_span(message.uri, "sip:bob@example.com");
	assert_int_equal(message.cseq, 2);
	assert_int_equal(message.fields_count, 6);
	expect_span(value_of(SIP_FIELD_CALL_ID), "3848276298220188511@example.com");
	expect_span(message.body, "");
	expect_span(message.fields[1].name, "From");
	assert_null(sip_field_first(&message, SIP_FIELD_ROUTE));
}

static void response(void **state)
{
	(void)state;
	assert_int_equal(parse("SIP/2.0 486 Busy Here\r\n" VIA DIALOG
			       "cseq:  7  INVITE \r\n" END), 0);
	assert_false(message.is_request);
	assert_int_equal(message.status, 486);
	expect_span(message.method, "INVITE");
	assert_int_equal(message.cseq, 7);
}

static void compact_names_and_folding(void **state)
{
	(void)state;
	assert_int_equal(parse("MESSAGE sip:b@c SIP/2.0\r\nv: SIP/2.0/UDP a\r\nf: <sip:a@b>\r\n"
			       "t: <sip:b@c>\r\ni: x\r\nm: <sip:a@b>,\r\n\t<sip:c@d>\r\n"
			       "CSeq: 1\r\n MESSAGE\r\nl: 2\r\n\r\nhi"), 0);
	expect_span(value_of(SIP_FIELD_CONTACT), "<sip:a@b>,\r\n\t<sip:c@d>");
	expect_span(message.method, "MESSAGE");
	expect_span(message.body, "hi");
}

static void fields_of_one_kind(void **state)
{
	const struct sip_field *via;

	(void)state;
	assert_int_equal(parse(INVITE "v: SIP/2.0/UDP b\r\nX: y\r\nVIA: SIP/2.0/UDP c\r\n" END), 0);
	via = sip_field_first(&message, SIP_FIELD_VIA);
	via = sip_field_next(&message, via);
	expect_span(via->value, "SIP/2.0/UDP b");
	via = sip_field_next(&message, via);
	expect_span(via->value, "SIP/2.0/UDP c");
	expect_span(via->whole, "VIA: SIP/2.0/UDP c\r\n");
	assert_null(sip_field_next(&message, via));
}

static void expect_refusal(const char *text, enum reason_code code)
{
	assert_int_equal(parse(text), -reason_words(code)->error);
	assert_int_equal(why.code, code);
}

static void what_cannot_be_told_apart_is_refused(void **state)
{
	(void)state;
	expect_refusal("INVITE sip:b@c SIP/2.0\r\n" DIALOG "CSeq: 1 INVITE\r\n" END,
		       REASON_SIP_FIELD_MISSING);
	assert_string_equal(why.detail, "Via");
	expect_refusal("INVITE sip:b@c SIP/2.0\r\n" VIA "CSeq: 1 INVITE\r\n" END,
		       REASON_SIP_FIELD_MISSING);
	expect_refusal(INVITE "t: <sip:c@d>\r\n" END, REASON_SIP_FIELD_REPEATED);
	expect_refusal(INVITE "i: other\r\n" END, REASON_SIP_FIELD_REPEATED);
	expect_refusal("BYE sip:b@c SIP/2.0\r\n" VIA DIALOG "CSeq: 1 INVITE\r\n" END,
		       REASON_SIP_CSEQ);
	expect_refusal("INVITE sip:b@c SIP/2.0\r\n" VIA DIALOG "CSeq: 1 invite\r\n" END,
		       REASON_SIP_CSEQ);
	expect_refusal("BYE sip:b@c SIP/2.0\r\n" VIA DIALOG "CSeq: 4294967296 BYE\r\n" END,
		       REASON_SIP_CSEQ);
	expect_refusal("BYE sip:b@c SIP/2.0\r\n" VIA DIALOG "CSeq: BYE\r\n" END, REASON_SIP_CSEQ);
	expect_refusal("BYE sip:b@c SIP/2.0\r\n" VIA DIALOG "CSeq: 1BYE\r\n" END, REASON_SIP_CSEQ);
	expect_refusal("BYE sip:b@c HTTP/1.1\r\n" VIA DIALOG "CSeq: 1 BYE\r\n" END,
		       REASON_SIP_START_LINE);
	expect_refusal("BYE  sip:b@c SIP/2.0\r\n" VIA DIALOG "CSeq: 1 BYE\r\n" END,
		       REASON_SIP_START_LINE);
	expect_refusal("SIP/2.0 99 No\r\n" VIA DIALOG "CSeq: 1 BYE\r\n" END,
		       REASON_SIP_START_LINE);
	expect_refusal("SIP/2.0 700 No\r\n" VIA DIALOG "CSeq: 1 BYE\r\n" END,
		       REASON_SIP_START_LINE);
	expect_refusal("SIP/2.0 2000 No\r\n" VIA DIALOG "CSeq: 1 BYE\r\n" END,
		       REASON_SIP_START_LINE);
}

static void list_elements(void **state)
{
	struct span rest = { "<sip:a@b;x=\",\">, \"c, \\\"d\" <sip:e,f@g> ,, h", 42 }, element;

	(void)state;
	rest.len = strlen(rest.at);
	assert_true(sip_list_next(&rest, &element));
	expect_span(element, "<sip:a@b;x=\",\">");
	assert_true(sip_list_next(&rest, &element));
	expect_span(element, "\"c, \\\"d\" <sip:e,f@g>");
	expect_span(sip_address_uri(element), "sip:e,f@g");
	assert_true(sip_list_next(&rest, &element));
	expect_span(element, "h");
	assert_false(sip_list_next(&rest, &element));
}

static bool param(const char *value, const char *name, struct span *found)
{
	return sip_param_find((struct span){ value, strlen(value) }, name, found);
}

static void parameters(void **state)
{
	struct span found;

	(void)state;
	assert_true(param("<sip:a@b;tag=no>;TAG=yes", "tag", &found));
	expect_span(found, "yes");
	assert_true(param("SIP/2.0/TLS a;rport;branch = z9", "branch", &found));
	expect_span(found, "z9");
	assert_true(param("SIP/2.0/TLS a;rport;branch=z9", "rport", &found));
	expect_span(found, "");
	assert_true(param("<urn:x>; security= Encrypted; a=\"b;c\"", "security", &found));
	expect_span(found, "Encrypted");
	assert_true(param("<urn:x>; security= Encrypted; a=\"b;c\"", "a", &found));
	expect_span(found, "b;c");
	assert_false(param("\"x;tag=1\" <sip:a@b>", "tag", &found));
	assert_false(param("a;;=;", "tag", &found));
}

static bool uri(struct sip_uri *parts, const char *text)
{
	return sip_uri_parse(parts, (struct span){ text, strlen(text) });
}

static void uris(void **state)
{
	struct sip_uri parts;

	(void)state;
	assert_true(uri(&parts, "sips:a;b?c:pw@[2001:db8::1]:5061;transport=tls;lr?x=y"));
	expect_span(parts.scheme, "sips");
	expect_span(parts.user, "a;b?c:pw");
	expect_span(parts.host, "[2001:db8::1]");
	assert_int_equal(parts.port, 5061);
	expect_span(parts.host_port, "[2001:db8::1]:5061");
	expect_span(parts.params, ";transport=tls;lr");
	assert_true(uri(&parts, "sip:example.com"));
	expect_span(parts.user, "");
	expect_span(parts.host, "example.com");
	assert_int_equal(parts.port, 0);
	expect_span(parts.params, "");
	assert_false(uri(&parts, "tel:+1"));
	assert_false(uri(&parts, "sip:"));
	assert_false(uri(&parts, "sip:a@"));
	assert_false(uri(&parts, "sip:a@b:"));
	assert_false(uri(&parts, "sip:a@b:0"));
	assert_false(uri(&parts, "sip:a@b:65536"));
	assert_false(uri(&parts, "sip:a@[2001:db8::1"));
	assert_false(uri(&parts, ""));
}

static void new_body(const char *text, const char *wanted)
{
	struct splice *splice;
	struct span found;

	assert_int_equal(parse(text), 0);
	splice = splice_new(message.text);
	sip_body_put(splice, &message, message.body, (struct span){ "0123456789", 10 });
	assert_int_equal(splice_finish(splice, &found), 0);
	assert_string_equal(found.at, wanted);
	text_free(&found);
	splice_free(splice);
}

static void body_and_its_length(void **state)
{
	(void)state;
	new_body(INVITE "Content-Length:  2 \r\nX: y\r\n\r\nhi",
		 INVITE "Content-Length:  10 \r\nX: y\r\n\r\n0123456789");
	new_body(INVITE "X: y\r\n\r\nhi", INVITE "X: y\r\nContent-Length: 10\r\n\r\n0123456789");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(request),
		cmocka_unit_test(response),
		cmocka_unit_test(compact_names_and_folding),
		cmocka_unit_test(fields_of_one_kind),
		cmocka_unit_test(what_cannot_be_told_apart_is_refused),
		cmocka_unit_test(list_elements),
		cmocka_unit_test(parameters),
		cmocka_unit_test(uris),
		cmocka_unit_test(body_and_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
