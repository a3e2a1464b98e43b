/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses of a server: SRV records, then addresses of their targets, asked
 * for without blocking (RFC 3263 section 4, RFC 2782).
 */
#ifndef PHONESECD_SERVER_NAMES_H
#define PHONESECD_SERVER_NAMES_H

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "../lib/reason.h"

enum { SERVER_ADDRESSES_MAX = 16 };

struct server_address {
	struct sockaddr_storage address;
	socklen_t len;
};

struct server_names;

/**
 * struct server_names_question - what is asked
 * @host: name, or address, for which nobody is asked
 * @service: of the SRV records, as "_sips._tcp"; NULL for a known port
 * @port: with @service the one that is taken when there are no SRV records
 */
struct server_names_question {
	const char *host;
	const char *service;
	uint16_t port;
};

/**
 * struct server_names_events - what the owner is told, once, never from within the call
 * @found: at least one address, in the order in which they are to be tried
 * @failed: there is none
 *
 * Afterwards the owner frees the question, which it may do in here.
 */
struct server_names_events {
	void (*found)(void *owner, const struct server_address *addresses, size_t count);
	void (*failed)(void *owner, const struct refusal *why);
};

/**
 * server_names_ask - begin to look for addresses
 * @names: result, the caller's until server_names_free()
 * @event: the loop
 * @question: what is asked; copied
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * Which name servers there are is read anew each time: the network may be another one.
 *
 * Return: 0, or the -errno of the reason.
 */
int server_names_ask(struct server_names **names, sd_event *event,
		     const struct server_names_question *question,
		     const struct server_names_events *events, void *owner, struct refusal *why);
void server_names_free(struct server_names *names);

#endif
