/* SPDX-License-Identifier: Apache-2.0 */
/* What the switch at a port tells of the voice VLAN by LLDP-MED, as lldpd has received it. */
#ifndef PHONESECD_LLDP_H
#define PHONESECD_LLDP_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "../lib/reason.h"

enum { LLDP_TEXT_MAX = 64 };

/**
 * struct lldp_policy - the policy for voice (ANSI/TIA-1057 section 10.2.3)
 * @is_told: somebody at the port tells one; else all the rest is zero
 * @vlan: the VLAN; 0 when voice is to be in the native one
 * @priority: of IEEE 802.1p, 0 to 7
 * @dscp: 0 to 63
 * @switch_name, @switch_port: what the switch calls itself and its port, printable ASCII
 */
struct lldp_policy {
	bool is_told;
	uint16_t vlan;
	uint8_t priority;
	uint8_t dscp;
	char switch_name[LLDP_TEXT_MAX];
	char switch_port[LLDP_TEXT_MAX];
};

/**
 * struct lldp_events - what happened
 * @told: what is known at the port now; it may be what was known before
 * @lost: lldpd cannot be asked, for this reason; it is tried again. Nothing is known meanwhile
 */
struct lldp_events {
	void (*told)(void *owner, const struct lldp_policy *policy);
	void (*lost)(void *owner, const struct refusal *why);
};

struct lldp;

/**
 * lldp_new - listen to lldpd; the first event comes from the loop
 * @lldp: result, the caller's until lldp_free()
 * @event: the loop
 * @socket: lldpd's, at most 107 bytes
 * @port: name of the interface towards the switch; others are not asked about
 * @events, @owner: who is told
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int lldp_new(struct lldp **lldp, sd_event *event, const char *socket, const char *port,
	     const struct lldp_events *events, void *owner, struct refusal *why);

/* Not to be called from an event of its own. NULL is nothing. */
void lldp_free(struct lldp *lldp);

#endif
