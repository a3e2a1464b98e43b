/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to packets that no session vouches for. */
#ifndef NF_SRTP_POLICY_H
#define NF_SRTP_POLICY_H

#include <linux/nf_srtp.h>
#include <linux/rcupdate.h>

#include "core/packet.h"

struct nf_srtp_netns;

enum nf_srtp_policy_defaults {
	NF_SRTP_AUTH_FAILURE_THRESHOLD = 50,
	NF_SRTP_REPLAY_THRESHOLD = 50,
};

struct nf_srtp_range {
	u16 first;
	u16 last;
};

/**
 * struct nf_srtp_policy - replaced whole under RCU
 * @pass: NF_SRTP_PASS_ flags
 * @ranges: protected UDP ports of the phone, @ranges_count of them
 */
struct nf_srtp_policy {
	enum nf_srtp_policy_mode mode;
	u32 pass;
	u32 auth_failure_threshold;
	u32 replay_threshold;
	u32 ranges_count;
	struct nf_srtp_range ranges[NF_SRTP_RANGES_MAX];
	struct rcu_head rcu;
};

/* The policy of a new namespace, or NULL without memory. */
struct nf_srtp_policy *nf_srtp_policy_alloc(void);

/* Free a policy that never came into force. */
void nf_srtp_policy_free(struct nf_srtp_policy *policy);

/**
 * nf_srtp_policy_replace - bring a policy into force
 * @ns: the namespace, locked
 * @policy: the new policy, owned by the namespace from here on
 *
 * Return: 0, or -EBUSY when the module is being unloaded; then nothing changed.
 */
int nf_srtp_policy_replace(struct nf_srtp_netns *ns, struct nf_srtp_policy *policy);

/* Free the policy of a namespace that ends. */
void nf_srtp_policy_exit(struct nf_srtp_netns *ns);

static inline bool nf_srtp_policy_protects(const struct nf_srtp_policy *policy, u16 port)
{
	u32 i;

	for (i = 0; i < policy->ranges_count; i++) {
		if (port >= policy->ranges[i].first && port <= policy->ranges[i].last)
			return true;
	}
	return false;
}

/* Whether the policy cares what passes on a port of the phone. */
static inline bool nf_srtp_policy_minds(const struct nf_srtp_policy *policy, u16 port)
{
	return policy && policy->mode != NF_SRTP_POLICY_MODE_OFF &&
	       nf_srtp_policy_protects(policy, port);
}

/**
 * nf_srtp_pass_reason - whether a packet that is no media passes
 * @pass: NF_SRTP_PASS_ flags in force
 * @class: what the packet is, not RTP or RTCP
 *
 * Return: %NF_SRTP_DROP_REASON_NONE when it passes, else why not.
 */
enum nf_srtp_drop_reason nf_srtp_pass_reason(u32 pass, enum srtp_class class);

#endif
