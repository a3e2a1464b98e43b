// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "log.h"

enum rekey_times {
	/* As long as an INVITE may be without any answer (64 times T1). */
	ANSWER_US = 32 * 1000 * 1000,
	AGAIN_US = 1000 * 1000,
};

/* Versions are 64 bit numbers of the program's own making; one that is none stays. */
static void version_raise(struct span version, unsigned int by, struct splice *splice)
{
	unsigned long number;

	if (by && span_number(version, UINT64_MAX - by, &number))
		splice_replace(splice, version, "%lu", number + by);
}

void guard_rekey_version(const struct call *call, const struct sdp *sdp, struct splice *splice)
{
	version_raise(sdp->version, call->versions, splice);
}

/* What the program said last, with new keys; and what it comes to, before an answer. */
static int offer_write(const struct call *call, struct call_media *media, struct span *body,
		       struct refusal *why)
{
	struct splice *splice = splice_new(call->described);
	struct sdp sdp;
	int err;

	if (!splice)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = sdp_parse(&sdp, call->described, why);
	if (!err) {
		version_raise(sdp.version, call->versions + 1, splice);
		err = call_media_offer_out(media, &sdp, splice, why);
	}
	if (!err && splice_finish(splice, body))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	splice_free(splice);
	return err;
}

/* The program's own Contact as it is known outside: later requests are to reach it. */
static void contact_write(const struct guard *guard, const struct sip_dialog *dialog,
			  char *contact, size_t size)
{
	const char *target = dialog->target[SIP_END_PROGRAM];
	struct sip_uri uri = { 0 };
	struct span user = { "", 0 };

	if (target && sip_uri_parse(&uri, (struct span){ target, strlen(target) }))
		user = uri.user;
	snprintf(contact, size, "<sip:%.*s%s%s;transport=%s>", (int)user.len, user.at,
		 user.len ? "@" : "", guard->relay.outside,
		 guard->relay.outside_clear ? "tcp" : "tls");
}

static int invite_send(struct guard *guard, struct call *call, struct span body,
		       struct refusal *why)
{
	struct sip_dialog *dialog = &call->current->dialog;
	char via[GUARD_VIA_MAX], contact[CALL_URI_MAX + SIP_RELAY_HOST_PORT_MAX];
	const struct sip_dialog_request request = {
		.method = "INVITE",
		.via = via,
		.contact = contact,
		.type = "application/sdp",
		.body = body,
	};

	contact_write(guard, dialog, contact, sizeof(contact));
	guard_own_via(guard, SIP_END_FAR, GUARD_OWN_REKEY, call->status.number, via, sizeof(via));
	if (sip_dialog_write(dialog, SIP_END_FAR, &request, &call->rekey))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (guard_send(guard, SIP_END_FAR, call->rekey))
		return 0;
	text_free(&call->rekey);
	return refusal_set(why, REASON_SERVER_NONE, "%s", "");
}

/* A direction without a key cannot be heard, so there is no waiting for that. */
static bool has_spent(const struct call *call)
{
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		if (call->sessions[i].spent)
			return true;
	return false;
}

static bool is_quiet(const struct call *call)
{
	return call->status.progress == CALL_CONNECTED &&
	       (call->status.leg.settled || has_spent(call)) && call->current &&
	       call->current->confirmed && call->described.len && !call->rekey.len &&
	       !call->invites[SIP_END_PROGRAM].received.len &&
	       !call->invites[SIP_END_FAR].received.len;
}

int guard_call_rekey(struct guard *guard, uint32_t number, struct refusal *why)
{
	struct call *call = calls_find_number(&guard->calls, number);
	struct call_media media;
	struct span body = { 0 };
	int err;

	if (!call || call->ended)
		return refusal_set(why, REASON_CALL_MISSING, "%u", number);
	if (!is_quiet(call))
		return refusal_set(why, REASON_CALL_BUSY, "%s", "");
	err = call_media_copy(&media, &call->current->media, why);
	if (err)
		return err;
	media.policy = guard->settings->media;
	media.rekey = true;
	guard_phone_address(guard, &media.phone);
	err = offer_write(call, &media, &body, why);
	if (!err)
		err = invite_send(guard, call, body, why);
	text_free(&body);
	if (err) {
		call_media_clear(&media);
		return err;
	}
	media.rekey = false;
	call->versions++;
	call_media_clear(&call->offers[SIP_END_PROGRAM].media);
	text_free(&call->offers[SIP_END_PROGRAM].became);
	call->offers[SIP_END_PROGRAM].media = media;
	text_free(&call->offers[SIP_END_PROGRAM].described);
	call_offer_note(&call->offers[SIP_END_PROGRAM], call->current,
			(struct span){ "INVITE", 6 },
			call->current->dialog.inserted[SIP_END_PROGRAM], false);
	guard_rekey_soon(guard, call, ANSWER_US);
	return 0;
}

/* An offer of ours that nobody answers must not keep others from making theirs. */
static void offer_give_up(struct call *call)
{
	text_free(&call->rekey);
	call->offers[SIP_END_PROGRAM].made = false;
	log_tell(LOG_MEDIA_SUSPECT, "call %u keeps its key: the far end does not answer",
		 call->status.number);
}

static int on_rekey(sd_event_source *source, uint64_t now, void *userdata)
{
	struct guard *guard = userdata;
	struct call *call = guard->calls.first;
	struct refusal why;

	(void)now;
	while (call && call->rekey_timer != source)
		call = call->next;
	if (!call || call->ended)
		return 0;
	if (call->rekey.len)
		offer_give_up(call);
	else if (guard_call_rekey(guard, call->status.number, &why)) {
		if (why.code == REASON_CALL_BUSY || why.code == REASON_SERVER_NONE)
			guard_rekey_soon(guard, call, AGAIN_US);
		else
			log_refusal(LOG_MEDIA_SUSPECT, &why, "call %u needs a new key",
				    call->status.number);
	}
	return 0;
}

void guard_rekey_soon(struct guard *guard, struct call *call, uint64_t delay_us)
{
	/* One that waits for its answer already brings the new key. */
	if (call->rekey.len && delay_us < ANSWER_US)
		return;
	call->rekey_timer = sd_event_source_disable_unref(call->rekey_timer);
	(void)sd_event_add_time_relative(guard->event, &call->rekey_timer, CLOCK_MONOTONIC,
					 delay_us, 0, on_rekey, guard);
}

/* Who has made the Call-ID waits longer, so that both do not meet again (section 14.1). */
static uint64_t glare_us(const struct call *call)
{
	enum { STEP_US = 10000, STEPS = 191, LATER_STEPS = 210 };
	uint8_t random = 0;

	RAND_bytes(&random, sizeof(random));
	return (uint64_t)STEP_US * (random % STEPS + (call->status.outgoing ? LATER_STEPS : 0));
}

/* A new key that cannot be agreed on leaves the old one in force; a false answer does not. */
void guard_rekey_response(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *response = &passage->message;
	struct call *call = passage->call;
	struct refusal why;

	if (response->status < 200 || !call)
		return;
	/* It comes too late: both ends begin again. */
	if (!call->rekey.len) {
		guard_rekey_lost(guard, passage);
		return;
	}
	if (response->status >= 300) {
		guard_follow_send(guard, SIP_END_FAR, call->rekey, "ACK",
				  &sip_field_first(response, SIP_FIELD_TO)->value);
		text_free(&call->rekey);
		call->rekey_timer = sd_event_source_disable_unref(call->rekey_timer);
		if (response->status == 491) {
			guard_rekey_soon(guard, call, glare_us(call));
			return;
		}
		log_tell(LOG_MEDIA_SUSPECT, "call %u keeps its key: the far end answered %u",
			 call->status.number, response->status);
		return;
	}
	text_free(&call->rekey);
	call->rekey_timer = sd_event_source_disable_unref(call->rekey_timer);
	passage->fork = call_fork(call, response, SIP_END_FAR);
	if (!passage->fork)
		return;
	guard_dialog_send(guard, call, passage->fork, SIP_END_FAR, "ACK", response->cseq);
	if (guard_media_pass(guard, passage, &why))
		guard_call_end_both(guard, call, 488, &why);
	else
		guard_call_update(guard, call);
}

void guard_rekey_lost(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *response = &passage->message;
	struct call *call = passage->call;
	struct call_fork *fork;

	if (!call || call->ended || !span_is(response->method, "INVITE") ||
	    response->status < 200 || response->status >= 300)
		return;
	fork = call_fork(call, response, SIP_END_FAR);
	if (!fork)
		return;
	guard_dialog_send(guard, call, fork, SIP_END_FAR, "ACK", response->cseq);
	/*
	 * The keys that it agrees on were given up, or are gone with an earlier daemon. Else
	 * it is the answer once more, whose keys are in force.
	 */
	if (call->status.recovered || !call->offers[SIP_END_PROGRAM].made)
		guard_rekey_soon(guard, call, 0);
}
