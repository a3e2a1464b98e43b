// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../lib/sip_follow.h"
#include "log.h"
#include "recovery.h"

/* So long may an INVITE that was refused here still be answered (64 times T1). */
enum { ANSWER_US = 32 * 1000 * 1000 };

static int on_remove(sd_event_source *source, uint64_t now, void *userdata)
{
	struct guard *guard = userdata;
	struct call *call = guard->calls.first;

	(void)now;
	while (call && call->remove != source)
		call = call->next;
	if (call)
		calls_remove(&guard->calls, call);
	return 0;
}

/* Its answers have numbers of ours, and who repeats a BYE does not know them. */
static bool is_renumbered(const struct call *call)
{
	for (const struct call_fork *fork = call->forks; fork; fork = fork->next)
		if (fork->dialog.added[SIP_END_PROGRAM] || fork->dialog.added[SIP_END_FAR])
			return true;
	return false;
}

static uint64_t linger_us(const struct call *call)
{
	if (is_renumbered(call))
		return ANSWER_US;
	for (enum sip_end end = 0; end < SIP_ENDS; end++)
		if (call->invites[end].refused)
			return ANSWER_US;
	return 0;
}

void guard_call_over(struct guard *guard, struct call *call)
{
	if (call->status.progress == CALL_ENDING)
		return;
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		call_session_end(&call->sessions[i], guard->kernel, CALL_SESSION_DRAIN_MS);
	call->status.progress = CALL_ENDING;
	call->ended = true;
	call_wipe(call);
	call->settle = sd_event_source_disable_unref(call->settle);
	call->rekey_timer = sd_event_source_disable_unref(call->rekey_timer);
	recovery_save_call(guard, call);
	captures_call_over(&guard->captures, call->status.number);
	log_tell(LOG_CALL_ENDED, "call %u after %lld s", call->status.number,
		 call->status.begun ? (long long)(time(NULL) - call->status.begun) : 0);
	guard_tell(guard, call_removed, call->status.number);
	/* Not at once: a message of the call may be on its way through. */
	(void)sd_event_add_time_relative(guard->event, &call->remove, CLOCK_MONOTONIC,
					 linger_us(call), 0, on_remove, guard);
}

void guard_follow_send(struct guard *guard, enum sip_end to, struct span invite,
		       const char *method, const struct span *to_value)
{
	struct sip_message message;
	struct refusal why;
	struct span text;

	if (!invite.len || sip_message_read(&message, invite, &why) ||
	    sip_follow_write(&message, method,
			     to_value ? *to_value : sip_field_first(&message, SIP_FIELD_TO)->value,
			     &text))
		return;
	guard_send(guard, to, text);
	text_free(&text);
}

void guard_dialog_send(struct guard *guard, struct call *call, struct call_fork *fork,
		       enum sip_end to, const char *method, unsigned long cseq)
{
	char via[GUARD_VIA_MAX];
	const struct sip_dialog_request request = {
		.method = method,
		.cseq = cseq,
		.via = via,
	};
	struct span text;

	guard_own_via(guard, to, GUARD_OWN_END, call->status.number, via, sizeof(via));
	if (sip_dialog_write(&fork->dialog, to, &request, &text))
		return;
	guard_send(guard, to, text);
	text_free(&text);
}

void guard_invite_end(struct guard *guard, struct call *call, enum sip_end from,
		      unsigned int status, const struct refusal *why)
{
	struct call_invite *invite = &call->invites[from];
	struct sip_message message;
	struct refusal unused;

	if (invite->refused || !invite->received.len ||
	    sip_message_read(&message, invite->received, &unused))
		return;
	invite->refused = true;
	guard_reply(guard, &message, from, status, why);
	if (from == SIP_END_FAR || servers_ready(guard->servers))
		guard_follow_send(guard, sip_end_other(from), invite->sent, "CANCEL", NULL);
}

void guard_call_end_both(struct guard *guard, struct call *call, unsigned int status,
			 const struct refusal *why)
{
	for (enum sip_end end = 0; end < SIP_ENDS; end++)
		guard_invite_end(guard, call, end, status, why);
	for (struct call_fork *fork = call->forks; fork; fork = fork->next) {
		if (!fork->confirmed)
			continue;
		guard_dialog_send(guard, call, fork, SIP_END_FAR, "BYE", 0);
		guard_dialog_send(guard, call, fork, SIP_END_PROGRAM, "BYE", 0);
	}
	if (why)
		log_refusal(LOG_CALL_REFUSED, why, "call %u", call->status.number);
	guard_call_over(guard, call);
}

void guard_call_ended_response(struct guard *guard, struct call *call,
			       const struct sip_message *response, enum sip_end from)
{
	struct call_invite *invite = &call->invites[sip_end_other(from)];
	struct call_fork *fork;

	if (!invite->refused || !span_is(response->method, "INVITE") || response->status < 200)
		return;
	if (response->status >= 300) {
		guard_follow_send(guard, from, invite->sent, "ACK",
				  &sip_field_first(response, SIP_FIELD_TO)->value);
		if (!call->ended)
			call_invite_clear(invite);
		return;
	}
	/* It was answered before the refusal came there. */
	fork = call_fork(call, response, from);
	if (!fork)
		return;
	guard_dialog_send(guard, call, fork, from, "ACK", response->cseq);
	if (!fork->confirmed)
		guard_dialog_send(guard, call, fork, from, "BYE", 0);
}
