/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signalling guard: a SIP program on one side, call managers on the other, and
 * the calls between them.
 */
#ifndef PHONESECD_GUARD_H
#define PHONESECD_GUARD_H

#include <systemd/sd-event.h>

#include "call.h"
#include "oauth.h"
#include "servers.h"
#include "settings.h"

enum { GUARD_CALLS_MAX = 256, GUARD_REGISTRATIONS_MAX = 16, GUARD_WATCHERS_MAX = 2 };

enum registration_state {
	REGISTRATION_TRYING,
	REGISTRATION_ACTIVE,
	REGISTRATION_REFUSED,
	REGISTRATION_LOST, /* the server that held it is gone */
};

/**
 * struct registration_status - one address of record of the program
 * @aor: its URI
 * @state: how it stands
 * @server: which server holds it, %SERVER_ROLES for none
 * @expires_s: seconds that the server still holds it
 * @status: last final response of the server
 * @text: its reason phrase, or the text of its Warning
 */
struct registration_status {
	char aor[CALL_URI_MAX];
	enum registration_state state;
	enum server_role server;
	unsigned int expires_s;
	unsigned int status;
	char text[128];
};

/**
 * struct guard_events - what happened; the flow goes outwards only, nothing comes back
 * @call_added, @call_changed: the call's status is another one
 * @call_removed: its number means nothing any more
 * @tone: a protected phone is to play this now
 * @display: a text for the phone's display about this call; number 0 for the phone itself
 * @registrations_changed, @server_changed, @module_changed: as named
 * @oauth_changed: state or token are another one
 * @service_changed: guard_in_service() has something new
 */
struct guard_events {
	void (*call_added)(void *owner, uint32_t number);
	void (*call_changed)(void *owner, uint32_t number);
	void (*call_removed)(void *owner, uint32_t number);
	void (*tone)(void *owner, uint32_t number, enum call_tone tone);
	void (*display)(void *owner, uint32_t number, const char *text);
	void (*registrations_changed)(void *owner);
	void (*server_changed)(void *owner, enum server_role role);
	void (*module_changed)(void *owner);
	void (*oauth_changed)(void *owner);
	void (*service_changed)(void *owner);
};

struct guard;

/**
 * guard_new - listen for the program and look for a server
 * @guard: result, the caller's until guard_free()
 * @event: the loop
 * @settings: stay as long as this
 * @runtime: folder for the state of calls, emptied by a reboot
 * @state: folder for what outlives one
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int guard_new(struct guard **guard, sd_event *event, const struct settings *settings,
	      const char *runtime, const char *state, struct refusal *why);

/* Ends in order: calls go on in the kernel and are found again. */
void guard_free(struct guard *guard);

/* Whom to tell as well: %GUARD_WATCHERS_MAX at a time. What is NULL is not told. */
void guard_watch(struct guard *guard, const struct guard_events *events, void *owner);
void guard_unwatch(struct guard *guard, const void *owner);

/* Uses other settings, which stay as long as this; calls go on under the old ones. */
int guard_reload(struct guard *guard, const struct settings *settings, struct refusal *why);

/*
 * Takes the phone out of service for a reason, or with NULL into it again. Out of service new
 * calls and registrations are refused with 503, from both sides; calls go on.
 */
void guard_halt(struct guard *guard, const struct refusal *why);

/* Whether the phone is in service, and else why not. */
bool guard_in_service(const struct guard *guard, struct refusal *why);

/* Numbers of calls after @number in rising order, 0 at the end; begin with 0. */
uint32_t guard_call_next(const struct guard *guard, uint32_t number);

/* The status of a call. Returns false when there is none of this number. */
bool guard_call(const struct guard *guard, uint32_t number, struct call_status *status);

/* Ends a call on both sides. */
int guard_call_end(struct guard *guard, uint32_t number, struct refusal *why);

/* Gives a call new keys by an offer of our own. */
int guard_call_rekey(struct guard *guard, uint32_t number, struct refusal *why);

/**
 * guard_call_capture - let root read a call in clear
 * @guard: the guard
 * @number: of the call
 * @seconds: for how long, at most CAPTURE_SECONDS_MAX
 * @process: who reads; it is logged
 * @end: result: a socket with records as capture_record.h has them, the caller's
 * @why: on refusal the reason: FIPS mode among others
 *
 * Return: 0, or the -errno of the reason.
 */
int guard_call_capture(struct guard *guard, uint32_t number, unsigned int seconds,
		       uint32_t process, int *end, struct refusal *why);

/* Registrations by index from 0. Returns false behind the last. */
bool guard_registration(const struct guard *guard, size_t index,
			struct registration_status *status);
const char *registration_state_word(enum registration_state state);

/* Whether the kernel module protects media, and else why not. */
bool guard_module(const struct guard *guard, struct refusal *why);

struct servers *guard_servers(struct guard *guard);
/* NULL when SIP OAuth is off. */
struct oauth *guard_oauth(struct guard *guard);
const struct settings *guard_settings(const struct guard *guard);

#endif
