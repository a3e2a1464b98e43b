// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "recovery.h"

/* Media that both ends have agreed on is heard within this time, or something is wrong. */
enum { SETTLE_S = 4 };

static void call_changed(struct guard *guard, struct call *call)
{
	recovery_save_call(guard, call);
	guard_capture_media(guard, call->status.number);
	guard_tell(guard, call_changed, call->status.number);
}

/* What this phone knows of its own leg. */
static void leg_update(struct guard *guard, struct call *call)
{
	const struct server_status *server = servers_active(guard->servers);
	const struct call_media *media = call->current ? &call->current->media : NULL;
	struct call_leg *leg = &call->status.leg;

	leg->signalling_secure = server && *server->facts.version;
	leg->media = leg->media_secure = leg->heard = 0;
	for (size_t i = 0; media && i < media->count; i++) {
		leg->media += media->lines[i].active;
		leg->media_secure += media->lines[i].active && call->sessions[i].id;
		leg->heard += call->sessions[i].id && call->sessions[i].heard &&
			      call->sessions[i].sent;
	}
	if (leg->media && leg->heard == leg->media)
		leg->settled = true;
}

void guard_call_update(struct guard *guard, struct call *call)
{
	const struct call_phone phone = {
		.is_protected = guard->settings->is_protected,
		.plays_tone = guard->settings->plays_tone,
	};
	struct call_state *state = &call->status.state;
	enum call_tone tone;

	leg_update(guard, call);
	state->connected = call->status.progress == CALL_CONNECTED;
	if (call_state_update(state, &call->status.leg, &phone, &tone))
		log_tell(LOG_CALL_STATE, "call %u is now %s", call->status.number,
			 call_security_name(state->shown));
	call_changed(guard, call);
	if (tone == CALL_TONE_NONE)
		return;
	log_tell(LOG_TONE, "call %u: %s", call->status.number,
		 tone == CALL_TONE_SECURE ? "secure" : "nonsecure");
	guard_tell(guard, tone, call->status.number, tone);
}

static int on_settled(sd_event_source *source, uint64_t now, void *userdata)
{
	struct guard *guard = userdata;
	struct call *call = guard->calls.first;

	(void)now;
	while (call && call->settle != source)
		call = call->next;
	if (!call)
		return 0;
	/* Nobody answers, and nobody says so: neither end waits any more. */
	if (call->status.progress < CALL_CONNECTED) {
		guard_call_end_both(guard, call, 480, NULL);
		return 0;
	}
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		if (call->sessions[i].id)
			call_session_refresh(&call->sessions[i], guard->kernel);
	call->status.leg.settled = true;
	guard_call_update(guard, call);
	return 0;
}

void guard_call_await(struct guard *guard, struct call *call, unsigned int seconds)
{
	call->settle = sd_event_source_disable_unref(call->settle);
	call->status.leg.settled = false;
	(void)sd_event_add_time_relative(guard->event, &call->settle, CLOCK_MONOTONIC,
					 (uint64_t)seconds * 1000000, 0, on_settled, guard);
}

static void call_connected(struct guard *guard, struct guard_passage *passage)
{
	struct call *call = passage->call;
	bool first = call->status.progress < CALL_CONNECTED;
	struct refusal why;

	passage->fork->confirmed = true;
	if (!first)
		return;
	/* Its answer may have come early, and another one's after that. */
	if (passage->fork->media.count && guard_media_use(guard, call, passage->fork, &why)) {
		guard_call_end_both(guard, call, 488, &why);
		return;
	}
	call->status.progress = CALL_CONNECTED;
	call->status.begun = time(NULL);
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		if (call->sessions[i].id)
			log_tell(LOG_CALL_SECURED, "call %u: %s", call->status.number,
				 sdes_suite_name(call->sessions[i].suite));
	guard_call_await(guard, call, SETTLE_S);
}

/* A far end that hangs up leaves those that answered beside it. */
static void fork_ended(struct guard *guard, struct guard_passage *passage)
{
	struct call *call = passage->call;
	struct call_fork *left = call->forks;
	struct refusal why;

	if (!passage->fork)
		return;
	while (left && (left == passage->fork || !left->confirmed))
		left = left->next;
	if (!left) {
		guard_call_over(guard, call);
		return;
	}
	if (call->current == passage->fork && guard_media_use(guard, call, left, &why)) {
		guard_call_end_both(guard, call, 488, &why);
		return;
	}
	call_fork_remove(call, passage->fork);
	passage->fork = NULL;
}

/* The far end's words for why there is no call, for the phone's display. */
static void refusal_display(struct guard *guard, const struct call *call,
			    const struct sip_message *response)
{
	struct span words = sip_response_text(response);
	char text[128];

	/* A password that is asked for, and what the program itself has cancelled. */
	if (response->status == 401 || response->status == 407 || response->status == 487)
		return;
	snprintf(text, sizeof(text), "%.*s", (int)words.len, words.at);
	log_tell(LOG_CALL_REFUSED, "call %u: %u %s", call->status.number, response->status, text);
	if (call->status.outgoing)
		guard_tell(guard, display, call->status.number, text);
}

static void invite_answered(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *response = &passage->message;
	struct call *call = passage->call;

	if (response->status > 100 && response->status < 200 &&
	    call->status.progress < CALL_CONNECTED) {
		call->status.progress = CALL_RINGING;
		guard_call_await(guard, call, GUARD_UNANSWERED_S);
	}
	if (response->status < 200)
		return;
	call_invite_clear(&call->invites[sip_end_other(passage->from)]);
	if (response->status < 300 && passage->fork) {
		call_connected(guard, passage);
	} else if (call->status.progress < CALL_CONNECTED) {
		refusal_display(guard, call, response);
		guard_call_over(guard, call);
	}
}

void guard_call_progress(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;
	struct call *call = passage->call;

	if (passage->from == SIP_END_FAR)
		call_security_told(message, &call->status.state.told);
	if (!message->is_request && span_is(message->method, "INVITE"))
		invite_answered(guard, passage);
	else if (message->is_request && span_is(message->method, "BYE"))
		fork_ended(guard, passage);
	else if (message->is_request && span_is(message->method, "CANCEL") &&
		 call->status.progress < CALL_CONNECTED)
		guard_call_await(guard, call, GUARD_CANCELLED_S);
	if (!call->ended)
		guard_call_update(guard, call);
}

static const struct reason *event_cause(const struct media_event *event)
{
	if (event->command == NF_SRTP_CMD_AUTH_FAILURES_NTF && event->has_cause)
		return reason_cause_words(event->cause);
	return reason_event_words(event->command);
}

static struct call_session *session_of(struct call *call, uint32_t id)
{
	size_t i = 0;

	while (call->sessions[i].id != id)
		i++;
	return &call->sessions[i];
}

void guard_call_media_event(struct guard *guard, const struct media_event *event)
{
	struct call *call = calls_find_session(&guard->calls, event->session_id);
	const struct reason *cause = event_cause(event);
	struct call_session *session;

	if (!call || !event->session_id)
		return;
	session = session_of(call, event->session_id);
	switch (event->command) {
	case NF_SRTP_CMD_FIRST_PACKET_NTF:
		if (event->direction == MEDIA_TX)
			session->sent = true;
		else
			session->heard = true;
		break;
	case NF_SRTP_CMD_SESSION_DEL_NTF:
		*session = (struct call_session){ 0 };
		break;
	case NF_SRTP_CMD_KEY_SOFT_NTF:
		guard_rekey_soon(guard, call, 0);
		return;
	case NF_SRTP_CMD_AUTH_FAILURES_NTF:
	case NF_SRTP_CMD_REPLAY_FLOOD_NTF:
	case NF_SRTP_CMD_KEY_HARD_NTF:
		log_tell(LOG_MEDIA_SUSPECT, "call %u: %s %s", call->status.number, cause->text,
			 cause->mend);
		break;
	default:
		return;
	}
	guard_call_update(guard, call);
}

void guard_calls_refresh(struct guard *guard)
{
	for (struct call *call = guard->calls.first; call; call = call->next) {
		if (call->ended)
			continue;
		for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
			if (call->sessions[i].id &&
			    !call_session_refresh(&call->sessions[i], guard->kernel))
				call->sessions[i] = (struct call_session){ 0 };
		guard_call_update(guard, call);
	}
}
