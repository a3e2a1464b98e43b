// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdio.h>
#include <string.h>

#include "../lib/sip_body.h"
#include "log.h"

/* What a session description in a message is (RFC 3261 section 13.2.1, RFC 3262, RFC 3311). */
enum role {
	ROLE_OFFER,
	ROLE_ANSWER,
	ROLE_NONE,
};

/* The number of a message's transaction as the far end knows it. */
static unsigned long far_cseq(const struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;
	bool raised = message->is_request && passage->from == SIP_END_PROGRAM;

	return message->cseq + (raised ? passage->fork->dialog.added[SIP_END_PROGRAM] : 0);
}

static bool is_of_transaction(const struct call_offer *offer, const struct guard_passage *passage)
{
	return offer->made && offer->cseq == far_cseq(passage) &&
	       span_is(passage->message.method, offer->method);
}

/* Far ends number their requests each for itself; an offer to all of them has no tag. */
static bool is_of_fork(const struct call_offer *offer, const struct guard_passage *passage)
{
	return !*offer->tag || !strcmp(offer->tag, passage->fork->tag);
}

/* An ACK or a PRACK answers an offer that came in a response. */
static enum role role_of_request(const struct call_offer *theirs,
				 const struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;
	bool due = theirs->made && theirs->in_response && !theirs->answered &&
		   is_of_fork(theirs, passage);

	if (span_is(message->method, "ACK"))
		return due ? ROLE_ANSWER : ROLE_NONE;
	if (span_is(message->method, "PRACK") && due)
		return ROLE_ANSWER;
	return ROLE_OFFER;
}

static enum role role_of(const struct call *call, const struct guard_passage *passage)
{
	const struct call_offer *theirs = &call->offers[sip_end_other(passage->from)];

	if (passage->message.is_request)
		return role_of_request(theirs, passage);
	if (is_of_transaction(theirs, passage) && !theirs->in_response)
		return is_of_fork(theirs, passage) ? ROLE_ANSWER : ROLE_NONE;
	return ROLE_OFFER;
}

void guard_phone_address(const struct guard *guard, struct media_address *phone)
{
	const struct server_status *server = servers_active(guard->servers);

	*phone = guard->settings->address;
	if (!phone->len && server)
		*phone = server->facts.local;
}

/* The program's own words a second time: they became the same the first time. */
static bool said_again(const struct call_offer *offer, struct span sdp)
{
	uint8_t own[CALL_SESSION_DIGEST_LEN];

	call_digest(sdp, own);
	return offer->became.len && !memcmp(own, offer->said, sizeof(own));
}

static int offer_take(struct guard *guard, struct guard_passage *passage, const struct sdp *sdp,
		      struct splice *splice, struct refusal *why)
{
	struct call_offer *offer = &passage->call->offers[passage->from];
	struct call_media media;
	int err = call_media_copy(&media, &passage->fork->media, why);

	if (err)
		return err;
	media.policy = guard->settings->media;
	guard_phone_address(guard, &media.phone);
	if (passage->from == SIP_END_PROGRAM)
		err = call_media_offer_out(&media, sdp, splice, why);
	else
		err = call_media_offer_in(&media, sdp, splice, why);
	if (err) {
		call_media_clear(&media);
		return err;
	}
	call_media_clear(&offer->media);
	text_free(&offer->became);
	offer->media = media;
	call_offer_note(offer, passage->fork, passage->message.method, far_cseq(passage),
			!passage->message.is_request);
	return 0;
}

/* Whether what this far end says is what the kernel is to have. */
static bool fork_counts(const struct call *call, const struct guard_passage *passage)
{
	/* Of several that answer the first is the one, after a late offer by the ACK. */
	return call->status.progress < CALL_CONNECTED || passage->fork == call->current ||
	       !call->current || !call->current->confirmed;
}

static int sessions_apply(struct guard *guard, struct call *call, const struct call_media *media,
			  struct refusal *why)
{
	bool spent = false;
	int err = 0;

	for (size_t i = 0; i < SDP_MEDIA_MAX && !err; i++) {
		err = call_session_apply(&call->sessions[i], guard->kernel, &media->lines[i], why);
		spent = spent || call->sessions[i].spent;
	}
	if (spent && !err)
		guard_rekey_soon(guard, call, 0);
	return err;
}

int guard_media_use(struct guard *guard, struct call *call, struct call_fork *fork,
		    struct refusal *why)
{
	int err = 0;

	if (call->current == fork)
		return 0;
	if (fork->media.count)
		err = sessions_apply(guard, call, &fork->media, why);
	if (!err)
		call->current = fork;
	return err;
}

static int answer_take(struct guard *guard, struct guard_passage *passage, const struct sdp *sdp,
		       struct splice *splice, struct refusal *why)
{
	struct call *call = passage->call;
	struct call_offer *offer = &call->offers[sip_end_other(passage->from)];
	struct call_media media;
	int err = call_media_copy(&media, &offer->media, why);

	if (err)
		return err;
	if (passage->from == SIP_END_PROGRAM)
		err = call_media_answer_out(&media, sdp, splice, why);
	else
		err = call_media_answer_in(&media, sdp, splice, why);
	if (!err && fork_counts(call, passage)) {
		err = sessions_apply(guard, call, &media, why);
		call->current = passage->fork;
	}
	if (err) {
		call_media_clear(&media);
		return err;
	}
	call_media_clear(&passage->fork->media);
	passage->fork->media = media;
	offer->answered = true;
	if (offer->described.len)
		(void)call_text_keep(&call->described, offer->described);
	return 0;
}

static void kinds_note(struct call *call, const struct sdp *sdp)
{
	for (size_t i = 0; i < sdp->media_count; i++)
		snprintf(call->kinds[i], sizeof(call->kinds[i]), "%.*s",
			 (int)sdp->media[i].kind.len, sdp->media[i].kind.at);
}

/* What the program said becomes this; it is kept to be said again. */
static void became_note(struct call_offer *offer, struct span sdp, struct span *became)
{
	text_free(&offer->became);
	offer->became = *became;
	call_digest(sdp, offer->said);
	*became = (struct span){ 0 };
}

static int description_pass(struct guard *guard, struct guard_passage *passage, enum role role,
			    struct span text, struct refusal *why)
{
	struct call_offer *offer = &passage->call->offers[role == ROLE_OFFER ?
							  passage->from :
							  sip_end_other(passage->from)];
	struct splice *splice;
	struct span became;
	struct sdp sdp;
	int err;

	if (passage->from == SIP_END_PROGRAM && said_again(offer, text) &&
	    is_of_transaction(offer, passage) && is_of_fork(offer, passage)) {
		sip_body_put(passage->splice, &passage->message, text, offer->became);
		return 0;
	}
	err = sdp_parse(&sdp, text, why);
	if (err)
		return err;
	splice = splice_new(text);
	if (!splice)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (passage->from == SIP_END_PROGRAM)
		guard_rekey_version(passage->call, &sdp, splice);
	if (role == ROLE_OFFER)
		err = offer_take(guard, passage, &sdp, splice, why);
	else
		err = answer_take(guard, passage, &sdp, splice, why);
	if (!err && splice_finish(splice, &became))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	splice_free(splice);
	if (err)
		return err;
	kinds_note(passage->call, &sdp);
	sip_body_put(passage->splice, &passage->message, text, became);
	if (passage->from == SIP_END_PROGRAM) {
		/* An offer may be refused, and then what was said before it still holds. */
		(void)call_text_keep(role == ROLE_OFFER ? &offer->described :
							  &passage->call->described, text);
		became_note(offer, text, &became);
	}
	text_free(&became);
	return 0;
}

/* Other methods carry descriptions too, which offer nothing. */
static bool negotiates(const struct sip_message *message)
{
	static const char *const methods[] = { "INVITE", "ACK", "PRACK", "UPDATE" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (span_is(message->method, methods[i]))
			return message->is_request || message->status < 300;
	return false;
}

int guard_media_pass(struct guard *guard, struct guard_passage *passage, struct refusal *why)
{
	struct span text;
	enum role role;
	int err;

	if (!negotiates(&passage->message))
		return 0;
	err = sip_body_sdp(&passage->message, &text, why);
	if (err || !text.len)
		return err;
	if (!passage->call || passage->call->ended || !passage->fork)
		return refusal_set(why, REASON_CALL_MISSING, "%s", "");
	role = role_of(passage->call, passage);
	if (role == ROLE_NONE)
		return refusal_set(why, REASON_MEDIA_LINES, "an answer that nobody asked for");
	return description_pass(guard, passage, role, text, why);
}
