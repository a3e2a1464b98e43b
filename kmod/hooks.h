/* SPDX-License-Identifier: GPL-2.0-only */
/* The netfilter hooks of a namespace. */
#ifndef NF_SRTP_HOOKS_H
#define NF_SRTP_HOOKS_H

#include "netns.h"

/**
 * nf_srtp_hooks_register - put the hooks in place, and the defragmenter before them
 * @ns: namespace, locked
 *
 * Return: 0 or a negative error; then nothing is in place.
 */
int nf_srtp_hooks_register(struct nf_srtp_netns *ns);
void nf_srtp_hooks_unregister(struct nf_srtp_netns *ns);

#endif
