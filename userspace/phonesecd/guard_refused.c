// SPDX-License-Identifier: Apache-2.0
/*
 * Servers that refuse a registration or do not answer it, and requests that a lost
 * connection leaves behind.
 */
#include "guard_state.h"

#include <string.h>
#include <time.h>

#include "log.h"

enum {
	/* Half of what a program waits (RFC 3261 timer F), so that it is answered in time. */
	ANSWER_S = 16,
	US_PER_S = 1000000,
};

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void timer_set(struct guard *guard, int64_t seconds)
{
	sd_event_source_set_time_relative(guard->register_timer, (uint64_t)seconds * US_PER_S);
	sd_event_source_set_enabled(guard->register_timer, SD_EVENT_ONESHOT);
}

void guard_register_asked(struct guard *guard, struct registration *registration)
{
	int enabled = SD_EVENT_OFF;

	if (!registration->asked)
		registration->asked = now_s();
	if (sd_event_source_get_enabled(guard->register_timer, &enabled) <= 0)
		timer_set(guard, ANSWER_S);
}

/* The first one that is asked and not answered, or NULL. */
static struct registration *first_asked(struct guard *guard)
{
	struct registration *first = NULL;

	for (size_t i = 0; i < guard->registrations.count; i++) {
		struct registration *one = &guard->registrations.list[i];

		if (one->asked && (!first || one->asked < first->asked))
			first = one;
	}
	return first;
}

static int on_register_time(sd_event_source *source, uint64_t time, void *owner)
{
	const struct server_status *server;
	struct guard *guard = owner;
	struct registration *first = first_asked(guard);
	struct refusal why;
	int64_t left;

	(void)source, (void)time;
	server = servers_active(guard->servers);
	if (!first || !server)
		return 0;
	left = first->asked + ANSWER_S - now_s();
	if (left > 0) {
		timer_set(guard, left);
		return 0;
	}
	refusal_set(&why, REASON_SERVER_SILENT, "%s: no answer to REGISTER within %d seconds",
		    server->host, ANSWER_S);
	servers_reject(guard->servers, &why);
	return 0;
}

int guard_refused_open(struct guard *guard, struct refusal *why)
{
	int err = sd_event_add_time_relative(guard->event, &guard->register_timer,
					     CLOCK_MONOTONIC, 0, 0, on_register_time, guard);

	if (err >= 0)
		err = sd_event_source_set_enabled(guard->register_timer, SD_EVENT_OFF);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

/* The server itself has failed, so that another one may not (RFC 3261 section 21.5). */
static bool is_unavailable(const struct sip_message *response)
{
	return response->status == 500 || response->status == 503 || response->status == 504;
}

bool guard_register_turned_away(struct guard *guard, const struct sip_message *response)
{
	const struct server_status *server = servers_active(guard->servers);
	struct refusal why;

	if (!span_is(response->method, "REGISTER") || !is_unavailable(response) || !server ||
	    !servers_has_other(guard->servers))
		return false;
	refusal_set(&why, REASON_SERVER_REFUSED, "%s answered REGISTER with %u", server->host,
		    response->status);
	servers_reject(guard->servers, &why);
	return true;
}

void guard_register_blame(struct guard *guard, const struct registration_status *status)
{
	struct refusal why;

	if (!strcasestr(status->text, "OAuth") || !strcasestr(status->text, "port mismatch"))
		return;
	refusal_set(&why, REASON_TOKEN_PORT, "%s", status->text);
	log_refusal(LOG_REGISTRATION_REFUSED, &why, "%s", status->aor);
	servers_blame(guard->servers, &why);
}

bool guard_register_repeated(struct guard *guard, const struct sip_message *request)
{
	struct registration *registration;

	if (!span_is(request->method, "REGISTER"))
		return false;
	registration = registrations_find(&guard->registrations, request);
	return registration && registration->waits && registration->cseq == request->cseq;
}

/* There is no server left to ask: the program that waits is told. */
void guard_register_hopeless(struct guard *guard, const struct refusal *why)
{
	struct sip_message message;
	struct refusal unused;

	for (size_t i = 0; i < guard->registrations.count; i++) {
		struct registration *one = &guard->registrations.list[i];

		if (!one->waits)
			continue;
		one->waits = false;
		if (!sip_message_read(&message, one->request, &unused))
			guard_reply(guard, &message, SIP_END_PROGRAM, 503, why);
	}
}

/* A change of a call that nobody answers any more; the call itself stays as it was. */
static void change_lost(struct guard *guard, struct call *call, const struct refusal *why)
{
	struct call_invite *invite = &call->invites[SIP_END_PROGRAM];
	struct sip_message message;
	struct refusal unused;

	if (!sip_message_read(&message, invite->received, &unused))
		guard_reply(guard, &message, SIP_END_PROGRAM, 503, why);
	call_invite_clear(invite);
}

void guard_calls_cut(struct guard *guard, const struct refusal *why)
{
	struct call *next;

	for (struct call *call = guard->calls.first; call; call = next) {
		const struct call_invite *invite = &call->invites[SIP_END_PROGRAM];

		next = call->next;
		if (call->ended)
			continue;
		text_free(&call->rekey);
		if (!invite->received.len || invite->refused)
			continue;
		if (call->status.progress == CALL_CONNECTED)
			change_lost(guard, call, why);
		else
			guard_call_end_both(guard, call, 503, why);
	}
}
