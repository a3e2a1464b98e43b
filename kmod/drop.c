// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netfilter.h>

#include "drop.h"
#include "netns.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static const char * const names[NF_SRTP_DROP_REASONS] = {
	[NF_SRTP_DROP_REASON_NONE] = "none",
	[NF_SRTP_DROP_REASON_NO_SESSION] = "no-session",
	[NF_SRTP_DROP_REASON_WRONG_ADDRESS] = "wrong-address",
	[NF_SRTP_DROP_REASON_PLAIN_RTP] = "plain-rtp",
	[NF_SRTP_DROP_REASON_PLAIN_RTCP] = "plain-rtcp",
	[NF_SRTP_DROP_REASON_AUTH_FAILED] = "auth-failed",
	[NF_SRTP_DROP_REASON_REPLAYED] = "replayed",
	[NF_SRTP_DROP_REASON_TOO_OLD] = "too-old",
	[NF_SRTP_DROP_REASON_KEY_EXPIRED] = "key-expired",
	[NF_SRTP_DROP_REASON_NO_KEY] = "no-key",
	[NF_SRTP_DROP_REASON_UNKNOWN_MKI] = "unknown-mki",
	[NF_SRTP_DROP_REASON_MALFORMED] = "malformed",
	[NF_SRTP_DROP_REASON_FRAGMENT] = "fragment",
	[NF_SRTP_DROP_REASON_STUN] = "stun",
	[NF_SRTP_DROP_REASON_DTLS] = "dtls",
	[NF_SRTP_DROP_REASON_OTHER_PROTOCOL] = "other-protocol",
	[NF_SRTP_DROP_REASON_UNENCRYPTED_SRTCP] = "unencrypted-srtcp",
	[NF_SRTP_DROP_REASON_HELD] = "held",
	[NF_SRTP_DROP_REASON_SSRC_LIMIT] = "ssrc-limit",
	[NF_SRTP_DROP_REASON_TOO_BIG] = "too-big",
	[NF_SRTP_DROP_REASON_NO_MEMORY] = "no-memory",
	[NF_SRTP_DROP_REASON_CIPHER_ERROR] = "cipher-error",
	[NF_SRTP_DROP_REASON_SELF_TEST_FAILED] = "self-test-failed",
	[NF_SRTP_DROP_REASON_QUOTED_MEDIA] = "quoted-media",
};

const char *nf_srtp_drop_name(enum nf_srtp_drop_reason reason)
{
	return (u32)reason < NF_SRTP_DROP_REASONS && names[reason] ? names[reason] : "unknown";
}

/* The kernel's drop monitor knows reasons of its own; these say the same. */
static enum skb_drop_reason kernel_reason(enum nf_srtp_drop_reason reason)
{
	switch (reason) {
	case NF_SRTP_DROP_REASON_NO_MEMORY:
		return SKB_DROP_REASON_NOMEM;
	case NF_SRTP_DROP_REASON_TOO_BIG:
		return SKB_DROP_REASON_PKT_TOO_BIG;
	default:
		return SKB_DROP_REASON_NETFILTER_DROP;
	}
}

void nf_srtp_drop_note(struct nf_srtp_netns *ns, const struct sk_buff *skb, enum nf_srtp_way way,
		       enum nf_srtp_drop_reason reason, bool monitored)
{
	nf_srtp_counters_add_drop(ns->counters, way, reason, monitored);
	trace_nf_srtp_drop(skb, way, reason, monitored);
}

unsigned int nf_srtp_drop(struct nf_srtp_netns *ns, struct sk_buff *skb, enum nf_srtp_way way,
			  enum nf_srtp_drop_reason reason)
{
	u32 err = reason == NF_SRTP_DROP_REASON_TOO_BIG ? EMSGSIZE : EPERM;

	nf_srtp_drop_note(ns, skb, way, reason, false);
	return NF_DROP_REASON(skb, kernel_reason(reason), err);
}
