/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CDP at the port towards the switch: the phone asks for its voice VLAN and hears what is told.
 * Only frames that come in at that port count, whatever bridge it belongs to.
 */
#ifndef PHONESECD_CDP_PORT_H
#define PHONESECD_CDP_PORT_H

#include <systemd/sd-event.h>

#include "../lib/cdp.h"
#include "link.h"

/**
 * struct cdp_events - what happened
 * @told: a neighbour told this; its @has_voice is false when none does any more
 */
struct cdp_events {
	void (*told)(void *owner, const struct cdp_message *message);
};

struct cdp_port;

/**
 * cdp_port_new - ask at a port, at once and every minute, and listen there
 * @cdp: result, the caller's until cdp_port_free()
 * @event: the loop
 * @port: name of the interface; one that comes later is used from then on
 * @device: name of the phone, at most %CDP_TEXT_MAX - 1 bytes
 * @events, @owner: who is told
 * @why: on refusal the reason
 *
 * Needs CAP_NET_RAW among the permitted capabilities, in effect only while the socket is made.
 *
 * Return: 0, or the -errno of the reason.
 */
int cdp_port_new(struct cdp_port **cdp, sd_event *event, const char *port, const char *device,
		 const struct cdp_events *events, void *owner, struct refusal *why);

/* Not to be called from an event of its own. NULL is nothing. */
void cdp_port_free(struct cdp_port *cdp);

/* A link is another one; when it is the port, it is asked at anew. */
void cdp_port_link_changed(struct cdp_port *cdp, const struct link *link);

#endif
