// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "netns.h"
#include "objects.h"
#include "policy.h"

struct nf_srtp_policy *nf_srtp_policy_alloc(void)
{
	struct nf_srtp_policy *policy = nf_srtp_object_alloc(NF_SRTP_OBJECT_POLICY, GFP_KERNEL);

	if (!policy)
		return NULL;
	policy->auth_failure_threshold = NF_SRTP_AUTH_FAILURE_THRESHOLD;
	policy->replay_threshold = NF_SRTP_REPLAY_THRESHOLD;
	return policy;
}

void nf_srtp_policy_free(struct nf_srtp_policy *policy)
{
	nf_srtp_object_free(NF_SRTP_OBJECT_POLICY, policy);
}

static void policy_free_rcu(struct rcu_head *head)
{
	nf_srtp_policy_free(container_of(head, struct nf_srtp_policy, rcu));
}

/* Unloading the module would open protected ports, so a policy in force holds it. */
static int policy_hold_module(const struct nf_srtp_policy *old, const struct nf_srtp_policy *new)
{
	bool held = old && old->mode != NF_SRTP_POLICY_MODE_OFF;
	bool hold = new && new->mode != NF_SRTP_POLICY_MODE_OFF;

	if (hold && !held && !try_module_get(THIS_MODULE))
		return -EBUSY;
	if (held && !hold)
		module_put(THIS_MODULE);
	return 0;
}

int nf_srtp_policy_replace(struct nf_srtp_netns *ns, struct nf_srtp_policy *policy)
{
	struct nf_srtp_policy *old = rcu_dereference_protected(ns->policy, true);
	int err = policy_hold_module(old, policy);

	if (err)
		return err;
	rcu_assign_pointer(ns->policy, policy);
	if (old)
		call_rcu(&old->rcu, policy_free_rcu);
	return 0;
}

void nf_srtp_policy_exit(struct nf_srtp_netns *ns)
{
	nf_srtp_policy_replace(ns, NULL);
}

enum nf_srtp_drop_reason nf_srtp_pass_reason(u32 pass, enum srtp_class class)
{
	switch (class) {
	case SRTP_CLASS_STUN:
		return pass & NF_SRTP_PASS_STUN ? NF_SRTP_DROP_REASON_NONE :
						  NF_SRTP_DROP_REASON_STUN;
	case SRTP_CLASS_DTLS:
		return pass & NF_SRTP_PASS_DTLS ? NF_SRTP_DROP_REASON_NONE :
						  NF_SRTP_DROP_REASON_DTLS;
	case SRTP_CLASS_OTHER:
		return pass & NF_SRTP_PASS_OTHER ? NF_SRTP_DROP_REASON_NONE :
						   NF_SRTP_DROP_REASON_OTHER_PROTOCOL;
	case SRTP_CLASS_RTP:
	case SRTP_CLASS_RTCP:
		break;
	}
	return NF_SRTP_DROP_REASON_NO_SESSION;
}
