/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to a syslog server: TCP with octet counting (RFC 6587 section 3.4.1), TLS with the
 * same framing (RFC 5425), or UDP (RFC 5426). It takes events from its owner one by one, as fast
 * as the server's system acknowledges them, and never holds more than a few.
 */
#ifndef PHONESECD_AUDIT_LINK_H
#define PHONESECD_AUDIT_LINK_H

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "audit_spool.h"
#include "tls.h"

struct audit_link;

/**
 * struct audit_link_events - what the owner is asked and told
 * @next: the first event behind @after; as audit_spool_read()
 * @up: connected and, with TLS, verified
 * @moved: audit_link_sent(), audit_link_delivered() or audit_link_is_healthy() say something new
 * @down: the connection has ended for this reason, and frees itself when this returns; not called
 *        for audit_link_free(). It does not free it
 */
struct audit_link_events {
	size_t (*next)(void *owner, uint64_t after, char record[AUDIT_RECORD_MAX],
		       uint64_t *number);
	void (*up)(void *owner);
	void (*moved)(void *owner);
	void (*down)(void *owner, const struct refusal *why);
};

/**
 * struct audit_link_target - where to
 * @address, @address_len: of the server
 * @peer: it in words, for refusals; must stay
 * @is_datagram: UDP
 * @tls: with TLS, or NULL; kept alive
 * @server: name that the server's certificate must be issued for
 * @after: number of the event behind which to begin
 */
struct audit_link_target {
	const struct sockaddr_storage *address;
	socklen_t address_len;
	const char *peer;
	bool is_datagram;
	struct tls *tls;
	const char *server;
	uint64_t after;
};

/**
 * audit_link_new - begin a connection
 * @link: result, the caller's until audit_link_free() or @down
 * @event: the loop
 * @target: where to; what it points to may go, but for @peer
 * @events: whom to ask and tell, never from within this; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * Unlike other connections it is not reset when the daemon dies: what it took is delivered.
 *
 * Return: 0, or the -errno of the reason.
 */
int audit_link_new(struct audit_link **link, sd_event *event,
		   const struct audit_link_target *target, const struct audit_link_events *events,
		   void *owner, struct refusal *why);

/* There is another event; it is asked for in the next turn of the loop. */
void audit_link_poke(struct audit_link *link);

/* Number of the last event that the kernel has whole, and of the last one that it got rid of. */
uint64_t audit_link_sent(const struct audit_link *link);
uint64_t audit_link_delivered(const struct audit_link *link);

/* Ports at both ends of a TCP connection that is up, in host byte order. */
void audit_link_ports(const struct audit_link *link, uint16_t *local, uint16_t *remote);

/* Whether it is up and the server's system acknowledges what is sent. */
bool audit_link_is_healthy(const struct audit_link *link);

/* Whether the server ended it in order, having everything: for @down. */
bool audit_link_is_drained(const struct audit_link *link);

/* Ends it in order; what it took is the kernel's to deliver. NULL is fine. */
void audit_link_free(struct audit_link *link);

#endif
