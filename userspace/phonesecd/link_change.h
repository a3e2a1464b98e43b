/* SPDX-License-Identifier: Apache-2.0 */
/* Interfaces of this phone are made, removed and changed; needs CAP_NET_ADMIN. */
#ifndef PHONESECD_LINK_CHANGE_H
#define PHONESECD_LINK_CHANGE_H

#include <stdint.h>

#include "link.h"

/**
 * link_vlan_make - make an interface for a VLAN, and bring it up
 * @name: its name
 * @parent: number of the interface that the tagged frames use
 * @id: the VLAN, 1 to 4094
 * @group: number that its maker knows it by again
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int link_vlan_make(const char *name, int parent, uint16_t id, uint32_t group,
		   struct refusal *why);

/* Removes an interface that somebody made, by number. */
int link_remove(int index, struct refusal *why);

/* Brings an interface up, or takes it down. */
int link_up_set(int index, bool is_up, struct refusal *why);

/**
 * link_bridge_pass - which frames of link-local groups a bridge forwards
 * @index: the bridge
 * @groups: a bit for each of 01-80-C2-00-00-00 to -0F, the lowest for -00; those that a bridge
 *	    must never forward (IEEE 802.1D) the kernel refuses
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int link_bridge_pass(int index, uint16_t groups, struct refusal *why);

/**
 * link_mirror - have what an interface receives and sends copied to another one
 * @from: the interface
 * @to: where copies leave, or 0 for none any more
 * @why: on refusal the reason
 *
 * What somebody else mirrors there stays.
 *
 * Return: 0, or the -errno of the reason.
 */
int link_mirror(int from, int to, struct refusal *why);

#endif
