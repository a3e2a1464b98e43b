// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "prints.h"

int nf_srtp_prints_init(struct nf_srtp_netns *ns)
{
	if (!ns->prints)
		ns->prints = kvzalloc(sizeof(*ns->prints), GFP_KERNEL_ACCOUNT);
	return ns->prints ? 0 : -ENOMEM;
}

void nf_srtp_prints_exit(struct nf_srtp_netns *ns)
{
	kvfree(ns->prints);
}

static u64 *bucket(const struct nf_srtp_netns *ns, u64 print)
{
	return ns->prints->of[hash_64(print, NF_SRTP_PRINTS_BITS)];
}

bool nf_srtp_prints_has(const struct nf_srtp_netns *ns, u64 print)
{
	const u64 *known = bucket(ns, print);
	int i;

	for (i = 0; i < NF_SRTP_PRINTS_DEPTH; i++) {
		if (known[i] == print)
			return true;
	}
	return false;
}

void nf_srtp_prints_add(struct nf_srtp_netns *ns, u64 print)
{
	u64 *known = bucket(ns, print);

	memmove(known + 1, known, (NF_SRTP_PRINTS_DEPTH - 1) * sizeof(*known));
	*known = print;
}
