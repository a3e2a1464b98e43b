// SPDX-License-Identifier: Apache-2.0
/*
 * The torture messages of RFC 4475, as a relay takes them: what is forwarded differs in
 * nothing but what is named here, what is refused is refused for the reason that is named.
 *
 * Where the RFC lets an element choose, what others might read in another way is refused,
 * and what only the ends look at is left to them.
 */
#include "sip_vector.h"

/* Max-Forwards on any way. */
#define HOPS(from, to) { "Max-Forwards: " #from "\r\n", "Max-Forwards: " #to "\r\n" }
/* A host in a Contact, on its way out. */
#define HOST(from, behind) { "@" from behind, "@" OUTSIDE ";transport=tls" behind }

static const struct message {
	const char *name;
	const char *section;
	/* Why it is refused, REASON_NONE when it is forwarded. */
	enum reason_code refused;
	struct vector_edit both;
	struct vector_edit out[3];
	struct vector_edit in;
	/* What starts here is not part of the message. */
	const char *cut;
	/* Why this differs from what the RFC would have, or what it leaves open. */
	const char *decision;
} messages[] = {
	{ "wsinv", "3.1.1.1", .both = { "MaX-fOrWaRdS: 0068", "MaX-fOrWaRdS: 67" },
	  .out = { { "jdrosen@example.com> ; newparam",
		     "jdrosen@" OUTSIDE ";transport=tls> ; newparam" } } },
	{ "intmeth", "3.1.1.2", REASON_SIP_CHARACTER,
	  .decision = "a NUL ends the line for any reader written in C, escaped or not" },
	{ "esc01", "3.1.1.3", .both = HOPS(87, 86), .out = { HOST("host5.example.net", ";%6C") } },
	{ "escnull", "3.1.1.4", .both = HOPS(70, 69),
	  .out = { HOST("host5.example.com", ">\r\nContact"), HOST("host5.example.com", ">\r\nL") } },
	{ "esc02", "3.1.1.5", .both = HOPS(70, 69),
	  .out = { HOST("host1.example.com", ">"), HOST("host3.example.com", ">") } },
	{ "lwsdisp", "3.1.1.6", .both = HOPS(70, 69) },
	{ "longreq", "3.1.1.7", .both = HOPS(70, 69), .out = { HOST("host5.example.net", ">") } },
	{ "dblreq", "3.1.1.8", .both = HOPS(8, 7), .cut = "\r\nINVITE sip:joe",
	  .out = { { "Contact: sip:j.user@host.example.com",
		     "Contact: <sip:j.user@" OUTSIDE ";transport=tls>" } } },
	{ "semiuri", "3.1.1.9", .both = HOPS(3, 2) },
	{ "transports", "3.1.1.10", .both = HOPS(70, 69) },
	{ "mpart01", "3.1.1.11", .both = HOPS(70, 69), .out = { HOST("127.0.0.1:5070", ">") } },
	{ "unreason", "3.1.1.12", .out = { HOST("host198.example.com", ">") },
	  .in = { "host198.example.com>\r\n", "host198.example.com>\r\n" ROUTE_TO_US } },
	{ "noreason", "3.1.1.13", .out = { HOST("host105.example.com", ">") } },

	{ "badinv01", "3.1.2.1", REASON_SIP_FIELD },
	{ "clerr", "3.1.2.2", REASON_SIP_CUT },
	{ "ncl", "3.1.2.3", REASON_SIP_LENGTH },
	{ "scalar02", "3.1.2.4", REASON_SIP_CSEQ },
	{ "scalarlg", "3.1.2.5", REASON_SIP_CSEQ },
	{ "quotbal", "3.1.2.6", REASON_SIP_FIELD },
	{ "ltgtruri", "3.1.2.7", REASON_SIP_START_LINE },
	{ "lwsruri", "3.1.2.8", REASON_SIP_START_LINE },
	{ "lwsstart", "3.1.2.9", REASON_SIP_START_LINE,
	  .decision = "the RFC allows to guess; others could guess another Request-URI" },
	{ "trws", "3.1.2.10", REASON_SIP_START_LINE,
	  .decision = "the RFC allows to guess; others could see another version" },
	{ "escruri", "3.1.2.11", REASON_SIP_START_LINE,
	  .decision = "the RFC allows to ignore the header; others would add it" },
	{ "baddate", "3.1.2.12", .both = HOPS(70, 69), .out = { HOST("host5.example.net", ">") },
	  .decision = "no relay acts on a date" },
	{ "regbadct", "3.1.2.13", REASON_SIP_FIELD },
	{ "badaspec", "3.1.2.14", .both = HOPS(70, 69),
	  .decision = "nobody reads another address for blanks in brackets" },
	{ "baddn", "3.1.2.15", REASON_SIP_FIELD,
	  .decision = "the RFC allows to guess; others could see two senders" },
	{ "badvers", "3.1.2.16", REASON_SIP_START_LINE },
	{ "mismatch01", "3.1.2.17", REASON_SIP_CSEQ },
	{ "mismatch02", "3.1.2.18", REASON_SIP_CSEQ },
	{ "bigcode", "3.1.2.19", REASON_SIP_START_LINE },

	{ "badbranch", "3.2.1", .both = HOPS(3, 2) },

	{ "insuf", "3.3.1", REASON_SIP_FIELD_MISSING },
	{ "unkscm", "3.3.2", .both = HOPS(3, 2),
	  .decision = "the way of a message does not follow from its Request-URI here" },
	{ "novelsc", "3.3.3", .both = HOPS(3, 2), .decision = "as unkscm" },
	{ "unksm2", "3.3.4", .both = HOPS(70, 69), .decision = "the registrar's to judge" },
	{ "bext01", "3.3.5", .both = HOPS(6, 5),
	  .decision = "the proxy that is asked for extensions is the call manager" },
	{ "invut", "3.3.6", .both = HOPS(70, 69), .out = { HOST("host5.example.net", ">") } },
	{ "regaut01", "3.3.7", .both = HOPS(8, 7) },
	{ "multi01", "3.3.8", REASON_SIP_FIELD_REPEATED },
	{ "mcl01", "3.3.9", REASON_SIP_LENGTH_REPEATED },
	{ "bcast", "3.3.10", .out = { HOST("host28.example.com", ">") },
	  .in = { "host28.example.com>\r\n", "host28.example.com>\r\n" ROUTE_TO_US },
	  .decision = "responses go to the program, not where their Via says" },
	{ "zeromf", "3.3.11", REASON_SIP_HOPS },
	{ "cparam01", "3.3.12", .both = HOPS(70, 69),
	  .out = { { "Contact: sip:+19725552222@gw1.example.net;",
		     "Contact: <sip:+19725552222@" OUTSIDE ";transport=tls>;" } } },
	{ "cparam02", "3.3.13", .both = HOPS(70, 69),
	  .out = { HOST("gw1.example.net", ";unknownparam>") } },
	{ "regescrt", "3.3.14", .both = HOPS(70, 69), .out = { HOST("example.com", "?Route=") } },
	{ "sdp01", "3.3.15", .both = HOPS(5, 4), .out = { HOST("host15.example.net", ">") } },

	{ "inv2543", "3.4.1", .both = { "application/sdp\r\n",
					"application/sdp\r\nMax-Forwards: 70\r\n" } },
};

static const size_t messages_count = sizeof(messages) / sizeof(messages[0]);

static void message_read(struct vector *vector, const struct message *message)
{
	char name[64], *cut;

	snprintf(name, sizeof(name), "rfc4475/%s.dat", message->name);
	vector_read(vector, name);
	if (!message->cut)
		return;
	cut = strstr(vector->text, message->cut);
	assert_non_null(cut);
	vector->len = (size_t)(cut - vector->text);
	*cut = '\0';
}

static void refused(void **state)
{
	static struct vector vector, forwarded;
	size_t count = 0;

	(void)state;
	for (const struct message *m = messages; m < messages + messages_count; m++) {
		if (!m->refused)
			continue;
		message_read(&vector, m);
		for (int out = 0; out < 2; out++) {
			enum reason_code code = vector_forward(&vector, out, &forwarded);

			if (code != m->refused)
				fail_msg("%s: %s", m->name, reason_words(code)->code);
		}
		count++;
	}
	assert_int_equal(count, 22);
}

static void edits_gather(const struct message *m, bool out, struct vector_edit edits[VECTOR_EDITS])
{
	memset(edits, 0, VECTOR_EDITS * sizeof(*edits));
	if (m->both.from)
		*edits++ = m->both;
	if (!out)
		*edits = m->in;
	for (size_t i = 0; i < 3 && out && m->out[i].from; i++)
		*edits++ = m->out[i];
}

static void forwarded_as_they_are(void **state)
{
	struct vector_edit edits[VECTOR_EDITS];
	static struct vector vector;
	size_t count = 0;

	(void)state;
	for (const struct message *m = messages; m < messages + messages_count; m++) {
		if (m->refused)
			continue;
		message_read(&vector, m);
		for (int out = 0; out < 2; out++) {
			edits_gather(m, out, edits);
			vector_check(m->name, &vector, out, edits);
		}
		count++;
	}
	assert_int_equal(count, 27);
}

/* What is behind a message in its datagram goes nowhere. */
static void two_requests_in_a_datagram(void **state)
{
	static struct vector vector, forwarded;

	(void)state;
	vector_read(&vector, "rfc4475/dblreq.dat");
	assert_non_null(strstr(vector.text, "sip:joe"));
	assert_int_equal(vector_forward(&vector, true, &forwarded), REASON_NONE);
	assert_null(strstr(forwarded.text, "sip:joe"));
	assert_int_equal(memcmp(forwarded.text + forwarded.len - 4, "\r\n\r\n", 4), 0);
}

/* A stream shows what a datagram shows, or wants a length. */
static void the_same_in_a_stream(void **state)
{
	static struct vector vector;

	(void)state;
	for (const struct message *m = messages; m < messages + messages_count; m++) {
		struct sip_frame in_datagram = { 0 }, in_stream = { 0 };
		struct refusal datagram = { 0 }, stream = { 0 };

		message_read(&vector, m);
		sip_frame_datagram(&in_datagram, vector.text, vector.len, &datagram);
		sip_frame_stream(&in_stream, vector.text, vector.len, true, &stream);
		if (!strcmp(m->name, "inv2543")) {
			assert_int_equal(stream.code, REASON_SIP_LENGTH_MISSING);
			continue;
		}
		assert_int_equal(stream.code, datagram.code);
		if (datagram.code)
			continue;
		assert_int_equal(in_stream.kind, in_datagram.kind);
		assert_int_equal(in_stream.head_len, in_datagram.head_len);
		assert_int_equal(in_stream.body_len, in_datagram.body_len);
	}
}

/* Of requests without a branch that tells them apart, two calls have two of ours. */
static void old_branches(void **state)
{
	static const char *const names[] = { "rfc4475/badbranch.dat", "rfc4475/inv2543.dat" };
	static struct vector vector, forwarded;
	char first[64], second[64];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		vector_read(&vector, names[i]);
		assert_int_equal(vector_forward(&vector, true, &forwarded), REASON_NONE);
		vector_branch(&forwarded, first);
		assert_int_equal(vector_forward(&vector, true, &forwarded), REASON_NONE);
		vector_branch(&forwarded, second);
		assert_string_equal(first, second);
		vector_edit(&vector, &(struct vector_edit){ "Call-ID: ", "Call-ID: other" });
		assert_int_equal(vector_forward(&vector, true, &forwarded), REASON_NONE);
		vector_branch(&forwarded, second);
		assert_string_not_equal(first, second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(forwarded_as_they_are),
		cmocka_unit_test(two_requests_in_a_datagram),
		cmocka_unit_test(the_same_in_a_stream),
		cmocka_unit_test(old_branches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
