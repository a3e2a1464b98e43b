/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * With br_netfilter, frames pass the IP hooks of the bridge. What a bridge only
 * switches is none of our media; what it hands up to this host, to deliver or
 * to route, passes PRE_ROUTING as a frame and not again as a packet.
 */
#ifndef NF_SRTP_FRAME_H
#define NF_SRTP_FRAME_H

#include <linux/netfilter_bridge.h>

#include "counters.h"

enum nf_srtp_frame {
	NF_SRTP_FRAME_NONE, /* a packet, or a frame for this host: ours */
	NF_SRTP_FRAME_DONE, /* a frame that was judged, on its way up */
	NF_SRTP_FRAME_SWITCHED, /* for somebody else */
	NF_SRTP_FRAME_STRAY, /* not sent to this host, and it may yet come up to it */
};

#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
static inline bool nf_srtp_frame_is_one(const struct sk_buff *skb)
{
	return nf_bridge_info_exists(skb);
}

/* Whose frame it is; under RCU. */
enum nf_srtp_frame nf_srtp_frame_kind(const struct sk_buff *skb, const struct nf_hook_state *state,
				      enum nf_srtp_way way);

/*
 * The bridge notes in it how far a frame has come, and segments are born sharing
 * the note. Returns false without memory for one of its own.
 */
bool nf_srtp_frame_unshare(struct sk_buff *skb);
#else
static inline bool nf_srtp_frame_is_one(const struct sk_buff *skb)
{
	return false;
}

static inline enum nf_srtp_frame nf_srtp_frame_kind(const struct sk_buff *skb,
						    const struct nf_hook_state *state,
						    enum nf_srtp_way way)
{
	return NF_SRTP_FRAME_NONE;
}

static inline bool nf_srtp_frame_unshare(struct sk_buff *skb)
{
	return true;
}
#endif

#endif
