// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <string.h>

#include "../lib/boot_clock.h"

uint32_t guard_call_next(const struct guard *guard, uint32_t number)
{
	uint32_t next = 0;

	for (const struct call *call = guard->calls.first; call; call = call->next)
		if (!call->ended && call->status.number > number &&
		    (!next || call->status.number < next))
			next = call->status.number;
	return next;
}

static void line_show(const struct call *call, size_t index, struct call_line_status *shown)
{
	const struct call_media_line *line = &call->current->media.lines[index];
	const struct call_session *session = &call->sessions[index];

	*shown = (struct call_line_status){
		.active = line->active,
		.secure = line->active && session->id,
		.session = session->id,
		.suite = session->suite,
		.heard = session->heard,
		.sent = session->sent,
		.local = line->local,
		.remote = line->remote,
		.key_age_s = session->id ? (unsigned int)(boot_clock_s() - session->keyed) : 0,
	};
	memcpy(shown->kind, call->kinds[index], sizeof(shown->kind));
}

bool guard_call(const struct guard *guard, uint32_t number, struct call_status *status)
{
	const struct call *call = calls_find_number(&guard->calls, number);

	if (!call || call->ended)
		return false;
	*status = call->status;
	status->captured = captures_have(&guard->captures, number);
	status->lines_count = call->current ? call->current->media.count : 0;
	for (size_t i = 0; i < status->lines_count; i++)
		line_show(call, i, &status->lines[i]);
	return true;
}

int guard_call_end(struct guard *guard, uint32_t number, struct refusal *why)
{
	struct call *call = calls_find_number(&guard->calls, number);

	if (!call || call->ended)
		return refusal_set(why, REASON_CALL_MISSING, "%u", number);
	guard_call_end_both(guard, call, call->status.outgoing ? 487 : 480, NULL);
	return 0;
}

bool guard_registration(const struct guard *guard, size_t index,
			struct registration_status *status)
{
	const struct registration *registration = &guard->registrations.list[index];
	int64_t left = 0;

	if (index >= guard->registrations.count)
		return false;
	*status = registration->status;
	if (status->state == REGISTRATION_ACTIVE)
		left = registration->until - boot_clock_s();
	status->expires_s = left > 0 ? (unsigned int)left : 0;
	return true;
}

const char *registration_state_word(enum registration_state state)
{
	switch (state) {
	case REGISTRATION_TRYING:
		return "trying";
	case REGISTRATION_ACTIVE:
		return "active";
	case REGISTRATION_REFUSED:
		return "refused";
	case REGISTRATION_LOST:
		break;
	}
	return "lost";
}

const char *call_progress_word(enum call_progress progress)
{
	switch (progress) {
	case CALL_TRYING:
		return "trying";
	case CALL_RINGING:
		return "ringing";
	case CALL_CONNECTED:
		return "connected";
	case CALL_ENDING:
		break;
	}
	return "ending";
}

bool guard_module(const struct guard *guard, struct refusal *why)
{
	return kernel_ready(guard->kernel, why);
}

struct servers *guard_servers(struct guard *guard)
{
	return guard->servers;
}

struct oauth *guard_oauth(struct guard *guard)
{
	return guard->oauth;
}

const struct settings *guard_settings(const struct guard *guard)
{
	return guard->settings;
}
