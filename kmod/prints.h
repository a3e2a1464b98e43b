/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys under which sessions of a namespace have sent before they ended, by
 * fingerprint, so that none is set again: indices would start over, and nonces
 * with them.
 */
#ifndef NF_SRTP_PRINTS_H
#define NF_SRTP_PRINTS_H

#include "key.h"
#include "netns.h"

/* Buckets of the newest eight: 32,768 keys, the oldest of a bucket forgotten first. */
enum { NF_SRTP_PRINTS_BITS = 12, NF_SRTP_PRINTS_DEPTH = 8 };

struct nf_srtp_prints {
	u64 of[1 << NF_SRTP_PRINTS_BITS][NF_SRTP_PRINTS_DEPTH];
};

/* Make room unless the namespace has it; locked. Return: 0 or -ENOMEM. */
int nf_srtp_prints_init(struct nf_srtp_netns *ns);
void nf_srtp_prints_exit(struct nf_srtp_netns *ns);

/* Whether a session that ended has sent under a key; the namespace locked. */
bool nf_srtp_prints_has(const struct nf_srtp_netns *ns, u64 print);

/* Remember a key that was sent under; the namespace locked. */
void nf_srtp_prints_add(struct nf_srtp_netns *ns, u64 print);

#endif
