/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of the PC's frames the bridge of this phone lets pass: a table of nft's family bridge,
 * replaced as a whole, which outlives the daemon.
 */
#ifndef PHONESECD_PC_RULES_H
#define PHONESECD_PC_RULES_H

#include <systemd/sd-event.h>

#include "pc_port.h"

/**
 * struct pc_rules_events - what becomes of the rules
 * @told: they are in force (@why is REASON_NONE, and nothing comes any more), or could not be put
 *	  in force: those of before are, and it is tried again
 */
struct pc_rules_events {
	void (*told)(void *owner, const struct refusal *why);
};

struct pc_rules;

/* Whether exactly these rules are in force, as a daemon before this one may have left them. */
bool pc_rules_are(const char *port, const struct pc_port_policy *policy);

/**
 * pc_rules_put - have rules in force
 * @rules: result, the caller's until pc_rules_free()
 * @event: the loop
 * @settings: of the program that puts them
 * @port: interface of the PC; empty to have no rules any more
 * @policy: what the PC may do
 * @events: must stay. Nobody is told before this returns
 * @owner: for @events
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int pc_rules_put(struct pc_rules **rules, sd_event *event, const struct settings *settings,
		 const char *port, const struct pc_port_policy *policy,
		 const struct pc_rules_events *events, void *owner, struct refusal *why);

/* Nothing is tried any more; what is in force stays. NULL is nothing. Not to be called by @told. */
void pc_rules_free(struct pc_rules *rules);

#endif
