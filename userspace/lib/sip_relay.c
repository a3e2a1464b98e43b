// SPDX-License-Identifier: Apache-2.0
#include "sip_relay.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* The cookie of RFC 3261 section 8.1.1.7 and half of an HMAC in hexadecimal. */
enum { HASH_LEN = 32, BRANCH_MAX = 7 + SIP_RELAY_TAG_MAX };

/* Where in the HMAC the half begins; a tag does not give the branch away. */
enum half {
	HALF_BRANCH = 0,
	HALF_TAG = HASH_LEN / 2,
};

static const char *const inside_transports[] = {
	[SIP_RELAY_UDP] = "UDP",
	[SIP_RELAY_TCP] = "TCP",
};

/* The first element of a field: alone, or before a comma that goes with it. */
static struct span first_element(const struct sip_field *field, struct span *with_comma)
{
	struct span rest = field->value, element = { field->value.at, 0 };

	sip_list_next(&rest, &element);
	rest = span_trim(rest);
	*with_comma = rest.len ? (struct span){ field->value.at,
						(size_t)(rest.at - field->value.at) } :
				 field->whole;
	return element;
}

/* The n-th Via element of a message, counted from 0. */
static bool via_find(const struct sip_message *message, unsigned int number, struct span *via)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_VIA);

	for (; field; field = sip_field_next(message, field)) {
		struct span rest = field->value;

		while (sip_list_next(&rest, via))
			if (!number--)
				return true;
	}
	return false;
}

/* Whether a branch tells transactions apart (RFC 3261 section 8.1.1.7). */
static bool branch_is_unique(struct span branch)
{
	static const char cookie[] = "z9hG4bK";

	return branch.len > strlen(cookie) && !strncasecmp(branch.at, cookie, strlen(cookie));
}

/*
 * What only we can make of a Via, in hexadecimal. Where its branch says nothing of the
 * transaction the call and its sequence number do (section 16.11).
 */
static void via_mark(const struct sip_relay *relay, const struct sip_message *message,
		     struct span via, enum half half, char mark[SIP_RELAY_TAG_MAX])
{
	struct span call = sip_field_first(message, SIP_FIELD_CALL_ID)->value, below;
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (!sip_param_find(via, "branch", &below))
		below.len = 0;
	HMAC(EVP_sha256(), relay->secret, sizeof(relay->secret),
	     (const unsigned char *)below.at, below.len, hash, NULL);
	if (!branch_is_unique(below)) {
		HMAC(EVP_sha256(), hash, HASH_LEN, (const unsigned char *)call.at, call.len, hash,
		     NULL);
		HMAC(EVP_sha256(), hash, HASH_LEN, (const unsigned char *)&message->cseq,
		     sizeof(message->cseq), hash, NULL);
	}
	for (size_t i = 0; i < HASH_LEN / 2; i++)
		len += (size_t)snprintf(mark + len, SIP_RELAY_TAG_MAX - len, "%02x",
					hash[half + i]);
}

/* Our branch above a Via. */
static void branch_make(const struct sip_relay *relay, const struct sip_message *message,
			struct span via, char branch[BRANCH_MAX])
{
	char mark[SIP_RELAY_TAG_MAX];

	via_mark(relay, message, via, HALF_BRANCH, mark);
	snprintf(branch, BRANCH_MAX, "z9hG4bK%s", mark);
}

static int via_push(const struct sip_relay *relay, const struct sip_message *message,
		    const char *transport, const char *sent_by, struct splice *splice,
		    struct refusal *why)
{
	const struct sip_field *top = sip_field_first(message, SIP_FIELD_VIA);
	char branch[BRANCH_MAX];
	struct span via;

	if (!via_find(message, 0, &via))
		return refusal_set(why, REASON_SIP_FIELD_MISSING, "Via");
	branch_make(relay, message, via, branch);
	splice_replace(splice, (struct span){ top->whole.at, 0 },
		       "Via: SIP/2.0/%s %s;branch=%s\r\n", transport, sent_by, branch);
	return 0;
}

/* Take our Via off a response; without it the response is no answer to anything of ours. */
static int via_pop(const struct sip_relay *relay, const struct sip_message *message,
		   struct splice *splice, struct refusal *why)
{
	char branch[BRANCH_MAX];
	struct span top, below, ours, with_comma;

	if (!via_find(message, 0, &top) || !via_find(message, 1, &below) ||
	    !sip_param_find(top, "branch", &ours))
		return refusal_set(why, REASON_SIP_NOT_OURS, "%s", "");
	branch_make(relay, message, below, branch);
	if (!span_is(ours, branch))
		return refusal_set(why, REASON_SIP_NOT_OURS, "%s", "");
	first_element(sip_field_first(message, SIP_FIELD_VIA), &with_comma);
	splice_put(splice, with_comma, (struct span){ "", 0 });
	return 0;
}

static int max_forwards_lower(const struct sip_message *message, struct splice *splice,
			      struct refusal *why)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_MAX_FORWARDS);
	unsigned long hops;

	if (!field) {
		splice_replace(splice, message->fields_end, "Max-Forwards: %d\r\n",
			       SIP_RELAY_MAX_FORWARDS);
		return 0;
	}
	if (!span_number(field->value, 255, &hops))
		return refusal_set(why, REASON_SIP_FIELD, "Max-Forwards");
	if (!hops)
		return refusal_set(why, REASON_SIP_HOPS, "%s", "");
	splice_replace(splice, field->value, "%lu", hops - 1);
	return 0;
}

static bool is_at(struct span address, const char *host_port)
{
	struct sip_uri uri;

	return sip_uri_parse(&uri, sip_address_uri(address)) && span_is(uri.host_port, host_port);
}

/* The program's way to us is no part of the way that lies ahead. */
static void route_pop(const struct sip_relay *relay, const struct sip_message *message,
		      struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_ROUTE);
	struct span with_comma;

	if (field && is_at(first_element(field, &with_comma), relay->inside))
		splice_put(splice, with_comma, (struct span){ "", 0 });
}

/* From here on the program sends what belongs to the dialog to us. */
static void record_route_insert(const struct sip_relay *relay, struct span at,
				struct splice *splice)
{
	splice_replace(splice, at, "Record-Route: <sip:%s;%slr>\r\n", relay->inside,
		       relay->transport == SIP_RELAY_TCP ? "transport=tcp;" : "");
}

/* What the program copied of it goes no further. */
static void record_route_remove(const struct sip_relay *relay, const struct sip_message *message,
				struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_RECORD_ROUTE);
	struct span with_comma;

	for (; field; field = sip_field_next(message, field)) {
		if (!is_at(first_element(field, &with_comma), relay->inside))
			continue;
		splice_put(splice, with_comma, (struct span){ "", 0 });
		return;
	}
}

/* A parameter with its name and its semicolon is not there any more. */
static void transport_remove(struct span found, struct splice *splice)
{
	static const size_t before = sizeof(";transport=") - 1;

	splice_put(splice, (struct span){ found.at - before, found.len + before },
		   (struct span){ "", 0 });
}

/* A URI gets another place, and that transport instead of its own; NULL for none. */
static void uri_move(const struct sip_uri *uri, const char *host_port, const char *transport,
		     struct splice *splice)
{
	struct span params = uri->params, found, end = { params.at, 0 };

	splice_replace(splice, uri->host_port, "%s", host_port);
	/* sip_param_find() looks behind an element; here that is nothing but parameters. */
	if (sip_param_find(params, "transport", &found)) {
		if (transport)
			splice_replace(splice, found, "%s", transport);
		else
			transport_remove(found, splice);
	} else if (transport) {
		splice_replace(splice, end, ";transport=%s", transport);
	}
}

/*
 * The same for the URI of an address. Parameters behind one without brackets are the
 * address's (RFC 3261 section 20), so it gets some.
 */
static void address_move(struct span address, const struct sip_uri *uri, const char *host_port,
			 const char *transport, struct splice *splice)
{
	struct span text = sip_address_uri(address), end = { text.at + text.len, 0 };
	bool bare = text.at == address.at;

	if (bare)
		splice_put(splice, (struct span){ text.at, 0 }, (struct span){ "<", 1 });
	uri_move(uri, host_port, transport, splice);
	if (bare)
		splice_put(splice, end, (struct span){ ">", 1 });
}

/* Outside, the program is reached over our connection; whom it redirects to is not. */
void sip_relay_contacts(const struct sip_relay *relay, const struct sip_message *message,
			struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_CONTACT);
	bool redirects = message->status >= 300;

	for (; field; field = sip_field_next(message, field)) {
		struct span rest = field->value, element;
		struct sip_uri uri;

		while (sip_list_next(&rest, &element)) {
			if (!sip_uri_parse(&uri, sip_address_uri(element)) ||
			    (redirects && !span_is(uri.host_port, relay->program)))
				continue;
			address_move(element, &uri, relay->outside,
				     relay->outside_clear ? "tcp" : "tls", splice);
		}
	}
}

/* The program says where it is wherever it gives a Contact of its own. */
static void program_learn(struct sip_relay *relay, const struct sip_message *message)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_CONTACT);
	struct span rest, element, found;
	struct sip_uri uri;

	if (!field || message->status >= 300)
		return;
	rest = field->value;
	if (!sip_list_next(&rest, &element) || !sip_uri_parse(&uri, sip_address_uri(element)) ||
	    uri.host_port.len >= sizeof(relay->program))
		return;
	memcpy(relay->program, uri.host_port.at, uri.host_port.len);
	relay->program[uri.host_port.len] = '\0';
	relay->names_transport = sip_param_find(uri.params, "transport", &found);
}

/*
 * A registrar repeats our Contact, in which the program looks for its own. One with a
 * transport is another URI than one without (RFC 3261 section 19.1.4).
 */
static void contacts_in(const struct sip_relay *relay, const struct sip_message *message,
			struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_CONTACT);
	const char *transport = relay->transport == SIP_RELAY_TCP ? "tcp" : "udp";

	if (message->status && span_is(message->method, "REGISTER") && !relay->names_transport)
		transport = NULL;
	for (; field && *relay->program; field = sip_field_next(message, field)) {
		struct span rest = field->value, element;
		struct sip_uri uri;

		while (sip_list_next(&rest, &element)) {
			if (sip_uri_parse(&uri, sip_address_uri(element)) &&
			    span_is(uri.host_port, relay->outside))
				address_move(element, &uri, relay->program, transport, splice);
		}
	}
}

static int request_out(struct sip_relay *relay, const struct sip_message *message,
		       struct splice *splice, struct refusal *why)
{
	int err = via_push(relay, message, relay->outside_clear ? "TCP" : "TLS", relay->outside,
			   splice, why);

	if (err)
		return err;
	route_pop(relay, message, splice);
	program_learn(relay, message);
	sip_relay_contacts(relay, message, splice);
	return max_forwards_lower(message, splice, why);
}

static int response_out(struct sip_relay *relay, const struct sip_message *message,
			struct splice *splice, struct refusal *why)
{
	int err = via_pop(relay, message, splice, why);

	if (err)
		return err;
	record_route_remove(relay, message, splice);
	program_learn(relay, message);
	sip_relay_contacts(relay, message, splice);
	return 0;
}

static int request_in(const struct sip_relay *relay, const struct sip_message *message,
		      struct splice *splice, struct refusal *why)
{
	const struct sip_field *top = sip_field_first(message, SIP_FIELD_RECORD_ROUTE);
	struct sip_uri uri;
	int err;

	if (!*relay->program)
		return refusal_set(why, REASON_SIP_NO_PROGRAM, "%s", "");
	/* Other proxies' may stand before every Via, and the nearest one's comes first. */
	if (!top)
		top = sip_field_first(message, SIP_FIELD_VIA);
	record_route_insert(relay, (struct span){ top->whole.at, 0 }, splice);
	err = via_push(relay, message, inside_transports[relay->transport], relay->inside,
		       splice, why);
	if (err)
		return err;
	if (sip_uri_parse(&uri, message->uri) && span_is(uri.host_port, relay->outside))
		uri_move(&uri, relay->program,
			 relay->transport == SIP_RELAY_TCP ? "tcp" : "udp", splice);
	return max_forwards_lower(message, splice, why);
}

/* The last Record-Route of a response is the first hop of whoever asked. */
static void record_route_append(const struct sip_relay *relay, const struct sip_message *message,
				struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_RECORD_ROUTE);
	struct span at = message->fields_end;

	for (; field; field = sip_field_next(message, field))
		at = (struct span){ field->whole.at + field->whole.len, 0 };
	record_route_insert(relay, at, splice);
}

static int response_in(const struct sip_relay *relay, const struct sip_message *message,
		       struct splice *splice, struct refusal *why)
{
	int err = via_pop(relay, message, splice, why);
	struct span tag;

	if (err)
		return err;
	if (span_is(message->method, "REGISTER"))
		contacts_in(relay, message, splice);
	else if (message->status > 100 && message->status < 300 &&
		 sip_field_first(message, SIP_FIELD_CONTACT) &&
		 sip_param_find(sip_field_first(message, SIP_FIELD_TO)->value, "tag", &tag))
		record_route_append(relay, message, splice);
	return 0;
}

bool sip_relay_tag(const struct sip_relay *relay, const struct sip_message *request,
		   char tag[SIP_RELAY_TAG_MAX])
{
	struct span via;

	if (!via_find(request, 0, &via))
		return false;
	via_mark(relay, request, via, HALF_TAG, tag);
	return true;
}

int sip_relay_out(struct sip_relay *relay, const struct sip_message *message,
		  struct splice *splice, struct refusal *why)
{
	return message->is_request ? request_out(relay, message, splice, why) :
				     response_out(relay, message, splice, why);
}

int sip_relay_in(const struct sip_relay *relay, const struct sip_message *message,
		 struct splice *splice, struct refusal *why)
{
	return message->is_request ? request_in(relay, message, splice, why) :
				     response_in(relay, message, splice, why);
}
