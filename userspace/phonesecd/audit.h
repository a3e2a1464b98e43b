/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit log: every security event of this phone, in order, at a server of the site: each once,
 * but for what was on its way when the daemon or the server died, which a server knows again by its
 * number. What a far end can cause as often as it likes is only counted when there are many.
 *
 * An event is written into a spool on disk before the call that tells it returns, and leaves the
 * spool when the server has it. The spool has a cap; what happens when it is full is policy.
 */
#ifndef PHONESECD_AUDIT_H
#define PHONESECD_AUDIT_H

#include <systemd/sd-event.h>

#include "../lib/reason.h"
#include "settings.h"
#include "trust.h"

enum {
	AUDIT_PEER_MAX = 320,
};

enum audit_state {
	AUDIT_OFF, /* nothing is kept */
	AUDIT_INTERNAL, /* kept on this phone */
	AUDIT_CONNECTING, /* the server is being reached */
	AUDIT_SENDING, /* the server is connected; events are on their way or there are none */
	AUDIT_WAITING, /* the server cannot be reached now; it is tried again */
	AUDIT_FAILED, /* the spool cannot be written */
	AUDIT_STATES,
};

/**
 * struct audit_status - the audit log as it is now
 * @mode: where events go
 * @transport: how, with a mode that names a server
 * @state: what it is doing
 * @server: host and port that events go to; empty for none
 * @newest: number of the last event, from 1; 0 for none
 * @delivered: number of the last event that the server's system has; 0 for none
 * @waiting: events that it does not have yet
 * @spool_bytes: bytes of the spool on disk
 * @spool_max: its cap in bytes
 * @lost: events since the spool was made that could not be kept, as it was full
 * @is_full: there is no room for another event
 * @is_halted: the phone is out of service because of it
 * @last: why the server could not be reached, or the spool not be written, the last time;
 *        %REASON_NONE when that is over
 */
struct audit_status {
	enum audit_mode mode;
	enum audit_transport transport;
	enum audit_state state;
	char server[AUDIT_PEER_MAX];
	uint64_t newest;
	uint64_t delivered;
	uint64_t waiting;
	uint64_t spool_bytes;
	uint64_t spool_max;
	uint64_t lost;
	bool is_full;
	bool is_halted;
	struct refusal last;
};

/**
 * struct audit_events - what the owner is told, never from within a call of the owner's
 * @changed: audit_status() tells something new; for events that are merely counted it is not told
 * @halted: the phone is out of service, since no event can be kept, for this reason; or it is in
 *          service again, and then @why is NULL. No new call may begin in between. May be NULL
 */
struct audit_events {
	void (*changed)(void *owner);
	void (*halted)(void *owner, const struct refusal *why);
};

/**
 * struct audit_actor - who asked for something over the bus
 * @uid: user, by the bus daemon's word
 * @pid: process, 0 when it is not known
 */
struct audit_actor {
	uint32_t uid;
	uint32_t pid;
};

struct audit;

/**
 * audit_new - begin the audit log
 * @audit: result, the caller's until audit_free(). Until then it hears what log_tell() and
 *         log_refusal() are told; there is one at a time
 * @event: the loop
 * @settings: section [audit], name of the phone, trust and identity; copied
 * @state: the state folder; the spool is in its folder "audit"
 * @asker: who is asked about certificates of servers that nobody vouches for; may be NULL
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * A spool that cannot be used is no refusal: it counts as full, is told, and is tried again.
 *
 * Return: 0, or the -errno of the reason.
 */
int audit_new(struct audit **audit, sd_event *event, const struct settings *settings,
	      const char *state, const struct trust_asker *asker,
	      const struct audit_events *events, void *owner, struct refusal *why);

/* Takes other settings; what waits goes to the new server. Returns 0 or the reason's -errno. */
int audit_reload(struct audit *audit, const struct settings *settings, struct refusal *why);

/* What is on its way to the server is left to the kernel; what waits, to the next start. */
void audit_free(struct audit *audit);

/**
 * audit_request - somebody asked this phone for something
 * @audit: the log; NULL is fine
 * @actor: who
 * @method: what, as "org.phonesec.Phone1.Trust.Reset"
 * @changes: it is for changing something
 * @result: NULL when it was done, else why not
 *
 * What was changed is always told. Of the rest there may be any number, so that it is only
 * counted when there is too much of it (audit_limit.h).
 */
void audit_request(struct audit *audit, const struct audit_actor *actor, const char *method,
		   bool changes, const struct refusal *result);

/* An event of its own to see whether events arrive; @actor wants to see it. */
void audit_test(struct audit *audit, const struct audit_actor *actor);

/* What is known of it. */
void audit_status(const struct audit *audit, struct audit_status *status);

/* The word for people and for the bus. */
const char *audit_state_word(enum audit_state state);

/* Writes every message with what is told of it in the audit log, or why it is not (mdoc). */
void audit_manual(FILE *stream);

#endif
