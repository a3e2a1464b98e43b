/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes in the head of a message on its way between a program on this
 * phone ("inside", plain SIP on loopback) and a call manager ("outside", SIP over
 * TLS): Via, Contact, Route, Record-Route, Max-Forwards (RFC 3261 section 16).
 *
 * No state is kept for a transaction: the branch of our Via follows from the one
 * below it, or from the call where that one is not unique (RFC 2543), so that a
 * CANCEL, an ACK or a repeated request finds its transaction, and a response that
 * nobody asked for is told from the others.
 */
#ifndef PHONESEC_SIP_RELAY_H
#define PHONESEC_SIP_RELAY_H

#include <stdint.h>

#include "sip_message.h"

enum sip_relay_limits {
	SIP_RELAY_HOST_PORT_MAX = 64,
	SIP_RELAY_SECRET_LEN = 32,
	SIP_RELAY_MAX_FORWARDS = 70,
	SIP_RELAY_TAG_MAX = 33,
};

enum sip_relay_transport {
	SIP_RELAY_UDP,
	SIP_RELAY_TCP,
};

/**
 * struct sip_relay - the two sides; texts are "HOST:PORT" with brackets for IPv6
 * @inside: where the program reaches us
 * @transport: how
 * @program: where the program is reached, learned from its Contact; empty at first
 * @names_transport: its Contact has a parameter for the transport, which others compare
 * @outside: our end of the connection to the call manager
 * @outside_clear: that connection is TCP without TLS
 * @secret: random bytes that branches and tags depend on
 */
struct sip_relay {
	char inside[SIP_RELAY_HOST_PORT_MAX];
	enum sip_relay_transport transport;
	char program[SIP_RELAY_HOST_PORT_MAX];
	bool names_transport;
	char outside[SIP_RELAY_HOST_PORT_MAX];
	bool outside_clear;
	uint8_t secret[SIP_RELAY_SECRET_LEN];
};

/**
 * sip_relay_out - a message of the program
 * @relay: the two sides; @program is learned
 * @message: a request, or the response to one that sip_relay_in() has seen
 * @splice: of its text; what is to be changed is added
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int sip_relay_out(struct sip_relay *relay, const struct sip_message *message,
		  struct splice *splice, struct refusal *why);

/* Only what it does to the Contact of a request: to register in the program's place. */
void sip_relay_contacts(const struct sip_relay *relay, const struct sip_message *message,
			struct splice *splice);

/* A message of the call manager; likewise, and the program must be known. */
int sip_relay_in(const struct sip_relay *relay, const struct sip_message *message,
		 struct splice *splice, struct refusal *why);

/**
 * sip_relay_tag - the To tag of an answer that we give ourselves
 * @relay: the two sides
 * @request: what is answered, or an ACK, which has the branch of what it acknowledges
 * @tag: result
 *
 * An ACK with this tag is meant for us alone (RFC 3261 section 17.1.1.3).
 *
 * Return: false without a Via.
 */
bool sip_relay_tag(const struct sip_relay *relay, const struct sip_message *request,
		   char tag[SIP_RELAY_TAG_MAX]);

#endif
