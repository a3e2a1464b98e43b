/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet that left its hook: an asynchronous cipher has it, or it is a
 * segment of a larger one. It comes back through the same hook, which lets it
 * pass the second time.
 */
#ifndef NF_SRTP_JOB_H
#define NF_SRTP_JOB_H

#include <linux/netfilter.h>
#include <linux/percpu.h>

#include "transform.h"

/**
 * nf_srtp_job_submit - hand a packet to an asynchronous cipher
 * @transform: the packet, ready for the cipher
 * @state: of the hook
 *
 * Return: NF_STOLEN when the packet was taken, NF_ACCEPT when the cipher was
 * done at once and the packet may go on, NF_DROP with @reason set.
 */
unsigned int nf_srtp_job_submit(struct nf_srtp_transform *transform,
				const struct nf_hook_state *state,
				enum nf_srtp_drop_reason *reason);

/* Bytes of one job with the driver chosen. */
size_t nf_srtp_job_size(void);

/* Send a packet through its hook again, past this module. */
void nf_srtp_job_continue(struct sk_buff *skb, const struct nf_hook_state *state);

/* The packet that nf_srtp_job_continue() is sending on this processor. */
DECLARE_PER_CPU(const struct sk_buff *, nf_srtp_job_returning);

/* Whether nf_srtp_job_continue() sent this packet; true once. */
static inline bool nf_srtp_job_came_back(const struct sk_buff *skb)
{
	if (likely(this_cpu_read(nf_srtp_job_returning) != skb))
		return false;
	this_cpu_write(nf_srtp_job_returning, NULL);
	return true;
}

#endif
