/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The network interfaces of this phone as the kernel has them (rtnetlink), and whoever wants
 * to know when one is another. Programs that run on an interface learn nothing of its carrier.
 */
#ifndef PHONESECD_LINK_H
#define PHONESECD_LINK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "../lib/reason.h"

enum {
	LINK_MAC_SIZE = 6,
	LINK_KIND_MAX = 16,
};

/**
 * struct link - one interface
 * @name: its name
 * @index: its number, 0 when there is none of this name any more
 * @mac: its address as on the wire; zeros where it is no Ethernet
 * @is_up: it was brought up
 * @has_carrier: it is up, and the other end of its cable is there
 * @carrier_losses: how often the other end went away, also when that was too short to be told
 * @master: number of the bridge whose port it is, 0 for none
 * @parent: number of the interface that it lies upon, 0 for none
 * @vlan: ID of its VLAN, 0 when it is none
 * @kind: "vlan", "bridge" and the like, empty for hardware
 * @group: number that whoever made it gave it, 0 for none
 */
struct link {
	char name[IFNAMSIZ];
	int index;
	uint8_t mac[LINK_MAC_SIZE];
	bool is_up;
	bool has_carrier;
	uint32_t carrier_losses;
	int master;
	int parent;
	uint16_t vlan;
	char kind[LINK_KIND_MAX];
	uint32_t group;
};

/**
 * struct link_events - what happened
 * @changed: a link is new, another one, or gone (its index is 0 and nothing is up then); one that
 *	     gets another name is gone under the old one first. @link is good during the call
 */
struct link_events {
	void (*changed)(void *owner, const struct link *link);
};

struct link_watch;

/**
 * link_watch_new - watch the interfaces of this network namespace
 * @watch: result, the caller's until link_watch_free(); there may be several
 * @event: the loop
 * @events: stay as long as the watch; NULL when nobody is to be told. What is there already is
 *	    no event: look with link_find()
 * @owner: for @events
 * @why: on refusal the reason
 *
 * Needs no rights. Changes that the kernel had no room to tell are found by looking at all again.
 *
 * Return: 0, or the -errno of the reason.
 */
int link_watch_new(struct link_watch **watch, sd_event *event, const struct link_events *events,
		   void *owner, struct refusal *why);

/* Nobody is told any more; NULL is nothing. Not to be called from @changed. */
void link_watch_free(struct link_watch *watch);

/* Copies the interface of that name. Returns false, and all zeros, when there is none. */
bool link_find(const struct link_watch *watch, const char *name, struct link *link);

/**
 * link_ask - ask the kernel about one interface, so that the answer is no older than this
 * @link: result, all zeros on refusal
 * @name: its name
 * @why: on refusal the reason, REASON_LINK_MISSING where there is none of this name
 *
 * Return: 0, or the -errno of the reason.
 */
int link_ask(struct link *link, const char *name, struct refusal *why);

/* The same as link_find() by number. */
bool link_find_index(const struct link_watch *watch, int index, struct link *link);

#endif
