/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations split into do and dump came to generic netlink in Linux 6.2. For
 * older kernels the same table is joined into the operations that they know.
 */
#ifndef NF_SRTP_COMPAT_GENETLINK_H
#define NF_SRTP_COMPAT_GENETLINK_H

#include <net/genetlink.h>

#ifdef NF_SRTP_HAVE_GENL_SPLIT_OPS

#define nf_srtp_genl_operations(family, split, count) do {	\
	(family)->split_ops = (split);				\
	(family)->n_split_ops = (count);			\
} while (0)

#else

#define GENL_CMD_CAP_SPLIT (GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP)

struct genl_split_ops {
	union {
		struct {
			int (*doit)(struct sk_buff *skb, struct genl_info *info);
		};
		struct {
			int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
		};
	};
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

static inline void nf_srtp_genl_operation(struct genl_ops *op, const struct genl_split_ops *split)
{
	op->cmd = split->cmd;
	op->flags |= split->flags & ~GENL_CMD_CAP_SPLIT;
	if (split->flags & GENL_CMD_CAP_DUMP) {
		op->dumpit = split->dumpit;
		return;
	}
	op->doit = split->doit;
	op->policy = split->policy;
	op->maxattr = split->maxattr;
}

#define nf_srtp_genl_operations(family, split, count) do {			\
	static struct genl_ops joined[count];					\
	unsigned int from, to = 0;						\
										\
	for (from = 0; from < (count); from++) {				\
		if (from && (split)[from].cmd != (split)[from - 1].cmd)		\
			to++;							\
		nf_srtp_genl_operation(&joined[to], &(split)[from]);		\
	}									\
	(family)->ops = joined;							\
	(family)->n_ops = to + 1;						\
} while (0)

#endif
#endif
