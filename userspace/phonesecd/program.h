/* SPDX-License-Identifier: Apache-2.0 */
/* Where the SIP program of this phone talks to: one loopback address, UDP and TCP. */
#ifndef PHONESECD_PROGRAM_H
#define PHONESECD_PROGRAM_H

#include <systemd/sd-event.h>

#include "../lib/sip_relay.h"
#include "../lib/media.h"

struct program;

/**
 * struct program_events - what the owner is told
 * @message: one whole message; valid until it returns
 * @refused: bytes that are none
 */
struct program_events {
	void (*message)(void *owner, const char *data, const struct sip_frame *frame);
	void (*refused)(void *owner, const struct refusal *why);
};

/**
 * program_new - listen
 * @program: result, the caller's until program_free()
 * @event: the loop
 * @listen: address and port on loopback
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int program_new(struct program **program, sd_event *event, const struct media_address *listen,
		const struct program_events *events, void *owner, struct refusal *why);
void program_free(struct program *program);

/* Sends a message to where the last one came from, and by the same transport. */
int program_send(struct program *program, struct span text, struct refusal *why);

/*
 * Where it was last heard by datagrams, for the next life of the daemon, and where to
 * expect it again. Of no length when it was never heard so.
 */
void program_address(const struct program *program, struct media_address *address);
void program_expect(struct program *program, const struct media_address *address);

/* That transport. */
enum sip_relay_transport program_transport(const struct program *program);

#endif
