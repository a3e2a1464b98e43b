// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>

#include "compat/genetlink.h"
#include "endpoint.h"
#include "hooks.h"
#include "netlink.h"
#include "netlink_gen.c"
#include "policy.h"
#include "prints.h"
#include "reply.h"

struct genl_family nf_srtp_family __ro_after_init = {
	.name = NF_SRTP_FAMILY_NAME,
	.version = NF_SRTP_FAMILY_VERSION,
	.maxattr = NF_SRTP_A_SESSION_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.mcgrps = nf_srtp_nl_mcgrps,
	.n_mcgrps = ARRAY_SIZE(nf_srtp_nl_mcgrps),
	.resv_start_op = NF_SRTP_CMD_SESSION_NEW,
};

int nf_srtp_netlink_hook(struct nf_srtp_netns *ns, struct netlink_ext_ack *extack)
{
	int err;

	if (ns->hooked)
		return 0;
	err = nf_srtp_endpoint_table_init(ns);
	if (!err)
		err = nf_srtp_prints_init(ns);
	if (!err)
		err = nf_srtp_hooks_register(ns);
	if (err) {
		NL_SET_ERR_MSG(extack, "the packet hooks could not be registered: out of memory?");
		return err;
	}
	ns->hooked = true;
	return 0;
}

static int range_parse(struct nf_srtp_policy *policy, const struct nlattr *attribute,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[NF_SRTP_A_RANGE_LAST + 1];
	struct nf_srtp_range *range;
	int err;

	err = nla_parse_nested(attrs, NF_SRTP_A_RANGE_LAST, attribute, nf_srtp_range_nl_policy,
			       extack);
	if (err)
		return err;
	if (policy->ranges_count == NF_SRTP_RANGES_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "too many ranges: a policy has sixteen, join some");
		return -E2BIG;
	}
	if (!attrs[NF_SRTP_A_RANGE_FIRST] || !attrs[NF_SRTP_A_RANGE_LAST]) {
		NL_SET_ERR_MSG_ATTR(extack, attribute, "range needs both first and last");
		return -EINVAL;
	}
	range = &policy->ranges[policy->ranges_count++];
	range->first = nla_get_u16(attrs[NF_SRTP_A_RANGE_FIRST]);
	range->last = nla_get_u16(attrs[NF_SRTP_A_RANGE_LAST]);
	if (range->first <= range->last)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attribute, "range.first is above range.last: exchange them");
	return -EINVAL;
}

static int policy_parse(struct nf_srtp_policy *policy, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct nlattr *each;
	int left, err;

	if (attrs[NF_SRTP_A_POLICY_MODE])
		policy->mode = nla_get_u32(attrs[NF_SRTP_A_POLICY_MODE]);
	if (attrs[NF_SRTP_A_POLICY_PASS])
		policy->pass = nla_get_u32(attrs[NF_SRTP_A_POLICY_PASS]);
	if (attrs[NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD])
		policy->auth_failure_threshold =
			nla_get_u32(attrs[NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD]);
	if (attrs[NF_SRTP_A_POLICY_REPLAY_THRESHOLD])
		policy->replay_threshold = nla_get_u32(attrs[NF_SRTP_A_POLICY_REPLAY_THRESHOLD]);
	if (attrs[NF_SRTP_A_POLICY_RANGE])
		policy->ranges_count = 0;
	nlmsg_for_each_attr(each, info->nlhdr, GENL_HDRLEN, left) {
		if (nla_type(each) != NF_SRTP_A_POLICY_RANGE)
			continue;
		err = range_parse(policy, each, info->extack);
		if (err)
			return err;
	}
	return 0;
}

static int policy_change(struct nf_srtp_netns *ns, struct genl_info *info)
{
	struct nf_srtp_policy *policy = nf_srtp_policy_alloc();
	const struct nf_srtp_policy *old;
	int err;

	if (!policy) {
		GENL_SET_ERR_MSG(info, "out of memory for the policy, try again");
		return -ENOMEM;
	}
	old = rcu_dereference_protected(ns->policy, lockdep_is_held(&ns->lock));
	*policy = *old;
	memset(&policy->rcu, 0, sizeof(policy->rcu));
	err = policy_parse(policy, info);
	if (!err)
		err = nf_srtp_netlink_hook(ns, info->extack);
	if (!err) {
		err = nf_srtp_policy_replace(ns, policy);
		if (err)
			GENL_SET_ERR_MSG(info, "the module is being unloaded: load it again");
	}
	if (err)
		nf_srtp_policy_free(policy);
	return err;
}

int nf_srtp_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(genl_info_net(info));
	int err;

	mutex_lock(&ns->lock);
	err = policy_change(ns, info);
	mutex_unlock(&ns->lock);
	return err;
}

/* A reply that one function fills from the namespace. */
static int netns_reply(struct genl_info *info, u8 command,
		       int (*put)(struct sk_buff *msg, struct nf_srtp_netns *ns))
{
	struct nf_srtp_netns *ns = nf_srtp_netns(genl_info_net(info));
	struct sk_buff *msg = genlmsg_new(NF_SRTP_REPLY_BYTES, GFP_KERNEL);
	void *header;
	int err;

	if (!msg)
		return -ENOMEM;
	header = genlmsg_put_reply(msg, info, &nf_srtp_family, 0, command);
	mutex_lock(&ns->lock);
	err = header ? put(msg, ns) : -EMSGSIZE;
	mutex_unlock(&ns->lock);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

static int policy_put(struct sk_buff *msg, struct nf_srtp_netns *ns)
{
	return nf_srtp_reply_put_policy(msg, rcu_dereference_protected(ns->policy,
						lockdep_is_held(&ns->lock)));
}

int nf_srtp_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netns_reply(info, NF_SRTP_CMD_POLICY_GET, policy_put);
}

int nf_srtp_nl_counters_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netns_reply(info, NF_SRTP_CMD_COUNTERS_GET, nf_srtp_reply_put_counters);
}

static int module_put_reply(struct sk_buff *msg, struct nf_srtp_netns *ns)
{
	return nf_srtp_reply_put_module(msg, ns);
}

int nf_srtp_nl_module_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return netns_reply(info, NF_SRTP_CMD_MODULE_GET, module_put_reply);
}

void nf_srtp_netlink_event(struct nf_srtp_session *session, u8 command, enum nf_srtp_way way)
{
	struct net *net = session->ns->net;
	struct sk_buff *msg;
	void *header;

	if (!genl_has_listeners(&nf_srtp_family, net, NF_SRTP_NLGRP_EVENTS))
		return;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return;
	header = genlmsg_put(msg, 0, 0, &nf_srtp_family, 0, command);
	if (!header || nf_srtp_reply_put_event(msg, session, command, way)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, header);
	genlmsg_multicast_netns(&nf_srtp_family, net, msg, 0, NF_SRTP_NLGRP_EVENTS, GFP_KERNEL);
}

int __init nf_srtp_netlink_init(void)
{
	nf_srtp_genl_operations(&nf_srtp_family, nf_srtp_nl_ops, ARRAY_SIZE(nf_srtp_nl_ops));
	return genl_register_family(&nf_srtp_family);
}

void nf_srtp_netlink_exit(void)
{
	genl_unregister_family(&nf_srtp_family);
}
