/* SPDX-License-Identifier: GPL-2.0-only */
/* State as netlink attributes. Nothing here ever puts a key. */
#ifndef NF_SRTP_REPLY_H
#define NF_SRTP_REPLY_H

#include <net/netlink.h>

#include "session.h"

struct nf_srtp_policy;

/* SSRCs of one direction that a reply about a single session lists, and a dump. */
enum {
	NF_SRTP_REPLY_STREAMS = NF_SRTP_STREAMS_MAX,
	NF_SRTP_DUMP_STREAMS = 4,
};

/* Each returns 0 or -EMSGSIZE. */

int nf_srtp_reply_put_session(struct sk_buff *msg, struct nf_srtp_session *session, u32 streams);
int nf_srtp_reply_put_session_counters(struct sk_buff *msg, struct nf_srtp_session *session);
int nf_srtp_reply_put_counters(struct sk_buff *msg, struct nf_srtp_netns *ns);
int nf_srtp_reply_put_policy(struct sk_buff *msg, const struct nf_srtp_policy *policy);
int nf_srtp_reply_put_module(struct sk_buff *msg, const struct nf_srtp_netns *ns);
int nf_srtp_reply_put_event(struct sk_buff *msg, struct nf_srtp_session *session, u8 command,
			    enum nf_srtp_way way);

#endif
