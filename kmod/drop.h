/* SPDX-License-Identifier: GPL-2.0-only */
/* Dropping a packet: count it, trace it, and tell the kernel's own drop reason. */
#ifndef NF_SRTP_DROP_H
#define NF_SRTP_DROP_H

#include <linux/nf_srtp.h>
#include <linux/skbuff.h>

#include "counters.h"

struct nf_srtp_netns;

/* The reason as the specification of the netlink family spells it. */
const char *nf_srtp_drop_name(enum nf_srtp_drop_reason reason);

/* Count and trace a packet that is dropped or, @monitored, would have been. */
void nf_srtp_drop_note(struct nf_srtp_netns *ns, const struct sk_buff *skb, enum nf_srtp_way way,
		       enum nf_srtp_drop_reason reason, bool monitored);

/**
 * nf_srtp_drop - drop a packet from a hook
 * @ns: namespace
 * @skb: the packet, freed here
 * @way: a local sender gets EPERM, or EMSGSIZE for a packet too big
 * @reason: why
 *
 * Return: the verdict for netfilter.
 */
unsigned int nf_srtp_drop(struct nf_srtp_netns *ns, struct sk_buff *skb, enum nf_srtp_way way,
			  enum nf_srtp_drop_reason reason);

#endif
