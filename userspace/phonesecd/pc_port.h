/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port for a PC behind the phone. Both ports are in one bridge; the PC authenticates itself
 * to the switch (IEEE 802.1X) through it, and is logged off there when its cable is pulled,
 * which the switch cannot see. Rules of the policy stay in force when the daemon ends.
 */
#ifndef PHONESECD_PC_PORT_H
#define PHONESECD_PC_PORT_H

#include <systemd/sd-event.h>

#include "link.h"
#include "settings.h"

/**
 * struct pc_port_policy - what the PC may do, from the hardening settings
 * @is_enabled: the port is on; off, it is down and stays so, and nothing would pass were it up
 * @has_voice_vlan: frames with a VLAN tag pass to and from the PC. What would be taken for the
 *		    phone's own word at the switch (LLDP, CDP, DTP and the like) never does
 * @has_span: what this phone sends and receives is copied to the PC, as it is on the wire
 */
struct pc_port_policy {
	bool is_enabled;
	bool has_voice_vlan;
	bool has_span;
};

enum pc_port_state {
	PC_PORT_NONE, /* no such port is configured */
	PC_PORT_MISSING, /* it is configured, and not there */
	PC_PORT_OFF, /* the policy says so */
	PC_PORT_EMPTY, /* no carrier */
	PC_PORT_CONNECTED,
};

/**
 * struct pc_port_status - how it stands
 * @state: as above
 * @policy: what is in force
 * @passes_eapol: the bridge lets frames of IEEE 802.1X through
 * @supplicants: stations behind the port that spoke IEEE 802.1X and have not logged off
 * @logoffs: how often one was logged off in its place since the daemon began
 * @why: what could not be put in force, or REASON_NONE; the port is down then. It is tried again
 *	 when a link changes, and what nft refuses ever more seldom. Rules that somebody else has
 *	 taken away are missed within half a minute, and put again
 */
struct pc_port_status {
	enum pc_port_state state;
	struct pc_port_policy policy;
	bool passes_eapol;
	unsigned int supplicants;
	unsigned int logoffs;
	struct refusal why;
};

/**
 * struct pc_port_events - what happened
 * @changed: the status is another one
 */
struct pc_port_events {
	void (*changed)(void *owner);
};

struct pc_port;

/**
 * pc_port_new - put the policy in force and look after the PC
 * @port: result, the caller's until pc_port_free()
 * @event: the loop
 * @settings: stay as long as this, or until pc_port_reload(); [network] is used
 * @policy: copied
 * @events, @owner: who is told
 * @why: on refusal the reason
 *
 * What cannot be put in force takes the port down, and is told in the status; it is no refusal.
 * A port stays up whose rules are in force already, so that a restart does not log the PC off.
 *
 * Return: 0, or the -errno of the reason.
 */
int pc_port_new(struct pc_port **port, sd_event *event, const struct settings *settings,
		const struct pc_port_policy *policy, const struct pc_port_events *events,
		void *owner, struct refusal *why);

/* The rules stay in force. NULL is nothing. */
void pc_port_free(struct pc_port *port);

/* Other settings, another policy: in force when this returns, or the port is down. */
void pc_port_reload(struct pc_port *port, const struct settings *settings,
		    const struct pc_port_policy *policy);

/* A link is another one: to be told of every event of a link_watch. */
void pc_port_link_changed(struct pc_port *port, const struct link *link);

/* Copies how it stands. */
void pc_port_status(const struct pc_port *port, struct pc_port_status *status);

/* The word of a state for the bus. */
const char *pc_port_state_word(enum pc_port_state state);

#endif
