/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the files enroll*.c: one procedure, of which enroll.c has the course,
 * enroll_link.c the connection and enroll_steps.c what the server asks for.
 */
#ifndef PHONESECD_ENROLL_IMPL_H
#define PHONESECD_ENROLL_IMPL_H

#include "../lib/capf_session.h"
#include "enroll.h"
#include "server_names.h"
#include "stream.h"
#include "tls.h"

/**
 * struct enroll - one procedure
 * @asker: whom to ask about servers that nobody vouches for, or NULL
 * @asked: servers that were asked about, a bit each
 * @is_asking: it is asked about the present one
 * @string: authentication string, or NULL
 * @server: which server is tried
 * @tries: rounds through the servers that were begun
 * @waits: times that a server asked to be asked later
 * @why: why the last server of this round failed; that nobody vouches for one goes before others
 * @names: while addresses are looked for
 * @addresses, @count, @next: what was found, and which one is tried next
 * @tls, @stream: the connection
 * @timer: calls @late
 * @late: what a time that is over means
 * @session: with the server
 * @maker: while a key is made
 * @key: that was made
 * @certificate: that the server issued for it
 * @fault: what this phone finds wrong with what the server wants; goes before what the
 *         server then says
 */
struct enroll {
	sd_event *event;
	const struct settings *settings;
	struct keystore *keystore;
	const struct enroll_events *events;
	void *owner;
	const struct trust_asker *asker;
	unsigned int asked;
	bool is_asking;
	struct secret *string;
	size_t server;
	unsigned int tries;
	unsigned int waits;
	struct refusal why;
	struct server_names *names;
	struct server_address addresses[SERVER_ADDRESSES_MAX];
	size_t count;
	size_t next;
	struct tls *tls;
	struct stream *stream;
	sd_event_source *timer;
	void (*late)(struct enroll *enroll);
	struct capf_session session;
	struct key_maker *maker;
	EVP_PKEY *key;
	X509 *certificate;
	struct refusal fault;
};

/* enroll.c */

/* Tells the owner how far it is. */
__attribute__((format(printf, 2, 3)))
void enroll_progress(struct enroll *enroll, const char *format, ...);

/* Calls @late in this time, unless it is set anew or stopped before. */
void enroll_timer(struct enroll *enroll, unsigned int seconds,
		  void (*late)(struct enroll *enroll));
void enroll_timer_stop(struct enroll *enroll);

/* This server cannot be used: the next one is, or all of them later. Must be the last call. */
void enroll_failed(struct enroll *enroll, const struct refusal *why);

/* The server wants to be asked later. Must be the last call. */
void enroll_wait(struct enroll *enroll, unsigned int seconds);

/* It is over. Must be the last call: the owner may free it. */
void enroll_finish(struct enroll *enroll, enum enroll_outcome outcome, const struct refusal *why);

/* enroll_link.c */

/* Begins to connect to the present server; ends in enroll_failed() or in records. */
void enroll_link_open(struct enroll *enroll);
/* Ends the connection, and with it the session and what it made. */
void enroll_link_close(struct enroll *enroll);
/* The server is to send something in its time. */
void enroll_expect(struct enroll *enroll);
/* Sends what was written. Returns 0, or the -errno of the reason. */
int enroll_send(struct enroll *enroll, const struct tlv_writer *answer, struct refusal *why);

/* enroll_steps.c */

/* A message of the server. Must be the last call. */
void enroll_take(struct enroll *enroll, struct octets record);

#endif
