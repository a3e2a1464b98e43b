/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The call managers in the order of their priority and the SRST router last: which
 * one is in use, why the others are not, fail-over and fail-back.
 */
#ifndef PHONESECD_SERVERS_H
#define PHONESECD_SERVERS_H

#include "stream.h"

enum server_role {
	SERVER_PRIMARY,
	SERVER_SECONDARY,
	SERVER_TERTIARY,
	SERVER_SRST,
	SERVER_ROLES,
};

enum server_state {
	SERVER_ABSENT, /* not configured */
	SERVER_IDLE, /* not needed now */
	SERVER_CONNECTING,
	SERVER_ACTIVE, /* in use */
	SERVER_STANDBY, /* answers, and is to be used after the fail-back time */
	SERVER_FAILED, /* tried again later */
};

/**
 * struct server_status - what is known of one server
 * @role: which one
 * @state: in which state
 * @host, @port: as configured
 * @last: why it was left or could not be used last, REASON_NONE when never
 * @facts: of the present connection
 */
struct server_status {
	enum server_role role;
	enum server_state state;
	const char *host;
	uint16_t port;
	struct refusal last;
	struct stream_facts facts;
};

/**
 * struct servers_events - what the owner is told
 * @up: a server is in use; for a fail-back, in place of another one
 * @down: none is in use; @why is the last one's reason
 * @message: one whole message of the server in use
 * @changed: the status of a server is another one
 *
 * None of them may free the servers; @up and @message may reject the one in use.
 */
struct servers_events {
	void (*up)(void *owner, const struct server_status *status);
	void (*down)(void *owner, const struct refusal *why);
	void (*message)(void *owner, const char *data, const struct sip_frame *frame);
	void (*changed)(void *owner, const struct server_status *status);
};

struct servers;

/**
 * servers_new - begin to look for a server
 * @servers: result, the caller's until servers_free()
 * @event: the loop
 * @settings: stay as long as this
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * With a secure profile every connection is TLS; the SRST router's too, with its pinned
 * certificate, and without one it is not used. Connections are made one after the other
 * by priority; each server has its time, and after a failure waits longer each time, with
 * some chance in it, up to a minute. A server of better priority takes over when it has
 * answered pings for the fail-back time, or kept the connection as long if it knows no
 * pings. Names are resolved without blocking, with all their addresses tried, and for
 * servers without a port by SRV records (RFC 3263). What is wrong with certificates is the
 * reason of each server that needs them, and is tried again like everything else.
 *
 * Return: 0, or the -errno of the reason.
 */
int servers_new(struct servers **servers, sd_event *event, const struct settings *settings,
		const struct servers_events *events, void *owner, struct refusal *why);
void servers_free(struct servers *servers);

/*
 * Uses other settings: certificates and lists at the next connection, servers at once. A
 * connection whose server is the same goes on. The settings before may be freed afterwards;
 * on refusal they stay in use. That there is no certificate yet, or nobody to trust, is none unless
 * a server is in use: it is the reason of each server that needs them.
 */
int servers_reload(struct servers *servers, const struct settings *settings, struct refusal *why);

/*
 * Whom to ask about certificates of call managers that nobody vouches for; NULL for nobody. Until
 * the answer is there the server has failed for that; with a good one it is tried again at once.
 * @asker must outlive the servers, or another one be told before it goes.
 */
void servers_trust_by(struct servers *servers, const struct trust_asker *asker);

/*
 * Who is vouched for has changed: certificates are judged by that at the next connection, and
 * servers that failed are tried at once.
 */
void servers_trust_changed(struct servers *servers);

/*
 * This phone has another certificate: connections are made anew with it, that in use too. Calls
 * go on.
 */
void servers_identity_changed(struct servers *servers);

/* Whether one is in use, or will be known to be or not to be soon. */
bool servers_ready(const struct servers *servers);
bool servers_trying(const struct servers *servers);

/* Sends messages to the server in use. */
int servers_send(struct servers *servers, struct span text, struct refusal *why);

/* Connects to all that failed now, without waiting. */
void servers_retry(struct servers *servers);

/* The server in use cannot be used (it refused the registration): take the next one. */
void servers_reject(struct servers *servers, const struct refusal *why);

/* Whether there is any other server than the one in use. */
bool servers_has_other(const struct servers *servers);

/* Has what is wrong with the server in use shown; it stays in use. */
void servers_blame(struct servers *servers, const struct refusal *why);

/* The status of a role; stays until the next call of the loop. */
const struct server_status *servers_status(const struct servers *servers, enum server_role role);

/* The one in use, or NULL. */
const struct server_status *servers_active(const struct servers *servers);

/* Words of the bus. */
const char *server_role_word(enum server_role role);
const char *server_state_word(enum server_state state);

#endif
