// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "../lib/sip_reply.h"
#include "log.h"

/* Tells branches of our own requests from those that follow from somebody else's. */
static const char own_cookie[] = "z9hG4bKphonesec";

static const struct phrase {
	unsigned int status;
	const char *phrase;
} phrases[] = {
	{ 100, "Trying" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 480, "Temporarily Unavailable" },
	{ 481, "Call/Transaction Does Not Exist" },
	{ 486, "Busy Here" },
	{ 487, "Request Terminated" },
	{ 488, "Not Acceptable Here" },
	{ 491, "Request Pending" },
	{ 503, "Service Unavailable" },
};

static const char *phrase_of(unsigned int status)
{
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Refused";
}

bool guard_send(struct guard *guard, enum sip_end to, struct span text)
{
	struct refusal why;
	int err;

	if (to == SIP_END_PROGRAM)
		captures_sip(&guard->captures, SIP_END_FAR, text);
	if (to == SIP_END_PROGRAM)
		err = program_send(guard->program, text, &why);
	else
		err = servers_send(guard->servers, text, &why);
	if (err)
		log_refusal(LOG_MESSAGE_REFUSED, &why, "%s",
			    to == SIP_END_PROGRAM ? "to the program" : "to the call manager");
	return !err;
}

void guard_reply(struct guard *guard, const struct sip_message *request, enum sip_end from,
		 unsigned int status, const struct refusal *why)
{
	enum { RETRY_S = 5 };
	char tag[SIP_RELAY_TAG_MAX];
	struct sip_reply reply = {
		.status = status,
		.phrase = phrase_of(status),
		.tag = status > 100 ? tag : NULL,
		.why = why,
		.retry_after_s = status == 503 ? RETRY_S : 0,
	};
	struct span text;

	if (span_is(request->method, "ACK") || !sip_relay_tag(&guard->relay, request, tag) ||
	    sip_reply_write(request, &reply, &text))
		return;
	if (status >= 300 && span_is(request->method, "INVITE")) {
		memcpy(guard->refused[guard->refused_at], tag, sizeof(tag));
		guard->refused_at = (guard->refused_at + 1) % GUARD_REFUSED_MAX;
	}
	guard_send(guard, from, text);
	text_free(&text);
}

bool guard_reply_is_acked(struct guard *guard, const struct sip_message *ack)
{
	char own[SIP_RELAY_TAG_MAX];
	struct span tag;

	if (!sip_relay_tag(&guard->relay, ack, own))
		return false;
	if (sip_param_find(sip_field_first(ack, SIP_FIELD_TO)->value, "tag", &tag) &&
	    span_is(tag, own))
		return true;
	/* Within a dialog the tag is that of its other end. */
	for (size_t i = 0; i < GUARD_REFUSED_MAX; i++)
		if (!strcmp(guard->refused[i], own))
			return true;
	return false;
}

/* Our address inside and outside as "HOST:PORT". */
static const char *host_port(const struct guard *guard, enum sip_end to)
{
	return to == SIP_END_PROGRAM ? guard->relay.inside : guard->relay.outside;
}

static const char *transport_word(const struct guard *guard, enum sip_end to)
{
	if (to == SIP_END_PROGRAM)
		return program_transport(guard->program) == SIP_RELAY_TCP ? "TCP" : "UDP";
	return guard->relay.outside_clear ? "TCP" : "TLS";
}

void guard_own_via(struct guard *guard, enum sip_end to, enum guard_own kind, uint32_t call,
		   char *via, size_t size)
{
	struct guard_own_request *own = &guard->own[guard->own_at];
	uint64_t random = 0;

	/* Whoever guessed it could answer in another's place; it is no key. */
	RAND_bytes((unsigned char *)&random, sizeof(random));
	*own = (struct guard_own_request){ .kind = kind, .call = call };
	snprintf(own->branch, sizeof(own->branch), "%s%016llx", own_cookie,
		 (unsigned long long)random);
	snprintf(via, size, "SIP/2.0/%s %s;branch=%s", transport_word(guard, to),
		 host_port(guard, to), own->branch);
	guard->own_at = (guard->own_at + 1) % GUARD_OWN_MAX;
}

static bool own_branch(const struct sip_message *response, struct span *branch)
{
	const struct sip_field *via = sip_field_first(response, SIP_FIELD_VIA);

	return via && sip_param_find(via->value, "branch", branch) &&
	       branch->len >= sizeof(own_cookie) &&
	       !memcmp(branch->at, own_cookie, sizeof(own_cookie) - 1);
}

bool guard_own_like(const struct sip_message *response)
{
	struct span branch;

	return own_branch(response, &branch);
}

enum guard_own guard_own_find(struct guard *guard, const struct sip_message *response,
			      uint32_t *call)
{
	enum guard_own kind;
	struct span branch;

	if (!own_branch(response, &branch))
		return GUARD_OWN_NONE;
	for (size_t i = 0; i < GUARD_OWN_MAX; i++) {
		struct guard_own_request *own = &guard->own[i];

		if (own->kind == GUARD_OWN_NONE || !span_is(branch, own->branch))
			continue;
		kind = own->kind;
		*call = own->call;
		if (response->status >= 200)
			own->kind = GUARD_OWN_NONE;
		return kind;
	}
	return GUARD_OWN_NONE;
}
