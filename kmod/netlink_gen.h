/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	include/netlink/nf_srtp.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_NF_SRTP_GEN_H
#define _LINUX_NF_SRTP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/nf_srtp.h>

/* Common nested types */
extern const struct nla_policy nf_srtp_direction_nl_policy[NF_SRTP_A_DIRECTION_PAD + 1];
extern const struct nla_policy nf_srtp_drop_nl_policy[NF_SRTP_A_DROP_PAD + 1];
extern const struct nla_policy nf_srtp_key_nl_policy[NF_SRTP_A_KEY_PAD + 1];
extern const struct nla_policy nf_srtp_range_nl_policy[NF_SRTP_A_RANGE_LAST + 1];
extern const struct nla_policy nf_srtp_stream_nl_policy[NF_SRTP_A_STREAM_PAD + 1];

/* Ops table for nf_srtp */
extern const struct genl_split_ops nf_srtp_nl_ops[10];

int nf_srtp_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_session_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int nf_srtp_nl_policy_set_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_policy_get_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_counters_get_doit(struct sk_buff *skb, struct genl_info *info);
int nf_srtp_nl_counters_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int nf_srtp_nl_module_get_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	NF_SRTP_NLGRP_EVENTS,
};

#endif /* _LINUX_NF_SRTP_GEN_H */
