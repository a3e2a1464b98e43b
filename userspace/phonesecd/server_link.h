/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to one server: its addresses tried one after the other, and pings
 * while it is there.
 */
#ifndef PHONESECD_SERVER_LINK_H
#define PHONESECD_SERVER_LINK_H

#include "server_names.h"
#include "stream.h"

/**
 * struct server_link_target - where to connect, and how
 * @names: the addresses
 * @tls: with TLS, or NULL; kept alive
 * @local: our address, or none
 * @local_port: our port, 0 for any
 * @connect_s: seconds for each address
 * @keepalive_s: seconds between pings, 0 for none
 * @frame: finds records, or NULL for SIP
 */
struct server_link_target {
	struct server_names_question names;
	struct tls *tls;
	struct media_address local;
	uint16_t local_port;
	unsigned int connect_s;
	unsigned int keepalive_s;
	stream_frame *frame;
};

/**
 * struct server_link_events - what the owner is told
 * @up: connected
 * @message: one whole message of SIP
 * @record: one whole record of the target's protocol
 * @alive: a ping was answered; or the server answers none, and the connection is there still
 * @failed: no address could be used, or the connection has ended
 *
 * None is called from within server_link_new(). Any of them may free the link, and @failed must.
 */
struct server_link_events {
	void (*up)(void *owner);
	void (*message)(void *owner, const char *data, const struct sip_frame *frame);
	void (*record)(void *owner, struct octets record);
	void (*alive)(void *owner);
	void (*failed)(void *owner, const struct refusal *why);
};

struct server_link;

/**
 * server_link_new - begin to connect
 * @link: result, the caller's until server_link_free()
 * @event: the loop
 * @target: where; copied
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int server_link_new(struct server_link **link, sd_event *event,
		    const struct server_link_target *target,
		    const struct server_link_events *events, void *owner, struct refusal *why);

/* Closes the connection in order. NULL is fine. */
void server_link_free(struct server_link *link);

/* Sends messages. What fails here is told by @failed as well, later. */
int server_link_send(struct server_link *link, struct span text, struct refusal *why);

/*
 * Pings now, and not only when its time has come. Not every server knows pings
 * (RFC 5626 section 4.4.1): only one that has answered some on this connection fails when
 * it answers no more. Of others TCP tells, which has each ping acknowledged in time.
 */
void server_link_ping(struct server_link *link);

/* What is known of the connection. */
void server_link_facts(const struct server_link *link, struct stream_facts *facts);

#endif
