// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where packets meet the module:
 *
 *   PRE_ROUTING, right after defragmentation: what arrives is unprotected or
 *   dropped, before connection tracking or any rule spends time on it.
 *
 *   POST_ROUTING, after address translation: what leaves is protected or
 *   dropped, before ip_finish_output() fragments it.
 *
 * Both see the addresses of the wire.
 */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/l3mdev.h>
#include <net/netfilter/ipv4/nf_defrag_ipv4.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "compat/gso.h"
#include "drop.h"
#include "events.h"
#include "frame.h"
#include "hooks.h"
#include "job.h"
#include "netns.h"
#include "policy.h"
#include "quote.h"
#include "selftest.h"
#include "transform.h"

/* Segmentation starts at the MAC header of what was received, and leaves it there. */
static u32 mac_header_len(const struct sk_buff *skb, enum nf_srtp_way way)
{
	if (way == NF_SRTP_TX || !skb_mac_header_was_set(skb))
		return 0;
	return skb->network_header - skb->mac_header;
}

/* A VRF device shows each packet twice, once for itself; the real device counts. */
static bool is_vrf(const struct nf_hook_state *state, enum nf_srtp_way way)
{
	return netif_is_l3_master(way == NF_SRTP_TX ? state->out : state->in);
}

/* The first bytes tell the class; without memory for a look at them there is none. */
static inline bool datagram_class(const struct nf_srtp_datagram *datagram, enum srtp_port port,
				  enum srtp_class *class)
{
	u32 needed = datagram->udp_at + sizeof(struct udphdr) + min_t(u32, datagram->len, 2);
	struct sk_buff *skb = datagram->skb;

	if (unlikely(skb_headlen(skb) < needed && !pskb_may_pull(skb, needed)))
		return false;
	*class = srtp_packet_class(nf_srtp_datagram_payload(datagram), datagram->len, port);
	return true;
}

/* The packet goes the other way through a gateway: our session is at its far side. */
static bool pair_is_vouched(const struct nf_srtp_netns *ns, const struct nf_srtp_pair *pair)
{
	struct nf_srtp_pair turned = {
		.local = pair->remote,
		.remote = pair->local,
		.local_port = pair->remote_port,
		.remote_port = pair->local_port,
		.family = pair->family,
	};
	bool taken;

	return nf_srtp_endpoint_find(ns, &turned, &taken);
}

/*
 * No session vouches for the packet. On protected ports the policy decides; a
 * port that has a session speaks to the far end of that session alone, whatever
 * the policy.
 */
static noinline unsigned int stranger_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
					    u32 udp_at, u8 family, enum nf_srtp_way way,
					    bool port_taken)
{
	const struct nf_srtp_policy *policy = rcu_dereference(ns->policy);
	struct nf_srtp_datagram datagram = nf_srtp_datagram_at(skb, udp_at, family);
	struct nf_srtp_pair pair nf_srtp_uninitialized;
	enum nf_srtp_drop_reason reason = port_taken ? NF_SRTP_DROP_REASON_WRONG_ADDRESS :
						       NF_SRTP_DROP_REASON_NO_SESSION;
	enum srtp_class class;

	nf_srtp_datagram_pair(&datagram, way == NF_SRTP_TX, &pair);
	if (pair_is_vouched(ns, &pair))
		return NF_ACCEPT;
	if (!datagram_class(&datagram, SRTP_PORT_MUX, &class))
		return nf_srtp_drop(ns, skb, way, NF_SRTP_DROP_REASON_NO_MEMORY);
	if (class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP &&
	    !nf_srtp_pass_reason(policy->pass, class))
		reason = NF_SRTP_DROP_REASON_NONE;
	if (reason == NF_SRTP_DROP_REASON_NONE) {
		nf_srtp_counters_add_other(ns->counters, way);
		return NF_ACCEPT;
	}
	if (!port_taken && policy->mode == NF_SRTP_POLICY_MODE_MONITOR) {
		nf_srtp_drop_note(ns, skb, way, reason, true);
		return NF_ACCEPT;
	}
	return nf_srtp_drop(ns, skb, way, reason);
}

/* A fragment hides its ports, so where some are protected or a session is, none passes. */
static unsigned int fragment_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
				   enum nf_srtp_way way, enum nf_srtp_drop_reason reason)
{
	const struct nf_srtp_policy *policy = rcu_dereference(ns->policy);

	if (READ_ONCE(ns->sessions_count))
		return nf_srtp_drop(ns, skb, way, reason);
	if (!policy || policy->mode == NF_SRTP_POLICY_MODE_OFF || !policy->ranges_count)
		return NF_ACCEPT;
	if (policy->mode == NF_SRTP_POLICY_MODE_MONITOR) {
		nf_srtp_drop_note(ns, skb, way, reason, true);
		return NF_ACCEPT;
	}
	return nf_srtp_drop(ns, skb, way, reason);
}

/* An ICMP error about media that was decrypted here would show it to the wire. */
static unsigned int quote_judge(struct nf_srtp_netns *ns, struct sk_buff *skb, u8 family)
{
	struct nf_srtp_pair pair;
	bool taken;

	if (!nf_srtp_quote_pair(skb, family, &pair) ||
	    !nf_srtp_endpoint_find(ns, &pair, &taken))
		return NF_ACCEPT;
	return nf_srtp_drop(ns, skb, NF_SRTP_TX, NF_SRTP_DROP_REASON_QUOTED_MEDIA);
}

/*
 * A received packet is opened where it lies. Where there are two things to try
 * it is kept aside first, since a failed attempt spoils it.
 */
static inline int attempts_run(struct nf_srtp_transform *transform,
			       const struct nf_srtp_attempts *attempts)
{
	u8 *start = nf_srtp_datagram_payload(&transform->datagram) - SRTP_RTCP_INDEX_LEN;
	u32 len = transform->datagram.len + SRTP_RTCP_INDEX_LEN;
	bool twice = attempts->count > 1 && len <= NF_SRTP_ASIDE_MAX;
	int err;

	if (unlikely(twice))
		memcpy(nf_srtp_aead_aside(), start, len);
	nf_srtp_unprotect_try(transform, attempts, 0);
	err = nf_srtp_transform_run(transform);
	if (likely(err != -EBADMSG) || !twice)
		return err;
	memcpy(start, nf_srtp_aead_aside(), len);
	nf_srtp_unprotect_try(transform, attempts, 1);
	err = nf_srtp_transform_run(transform);
	return err;
}

static unsigned int transform_refuse(struct nf_srtp_transform *transform,
				     enum nf_srtp_drop_reason reason)
{
	struct nf_srtp_session *session = transform->session;

	nf_srtp_event_refused(session, transform->way, reason);
	return nf_srtp_drop(session->ns, transform->datagram.skb, transform->way, reason);
}

static inline unsigned int transform_pass(struct nf_srtp_transform *transform)
{
	nf_srtp_counters_add_passed(transform->session->ns->counters, transform->way,
				    transform->rtcp, transform->clear_len);
	return NF_ACCEPT;
}

static unsigned int transform_submit(struct nf_srtp_transform *transform,
				     const struct nf_hook_state *state)
{
	enum nf_srtp_drop_reason reason;
	unsigned int verdict;

	verdict = nf_srtp_job_submit(transform, state, &reason);
	if (verdict == NF_ACCEPT)
		return transform_pass(transform);
	if (verdict == NF_DROP)
		return transform_refuse(transform, reason);
	return verdict;
}

static unsigned int packet_protect(struct nf_srtp_transform *transform,
				   const struct nf_hook_state *state, enum srtp_class class)
{
	enum nf_srtp_drop_reason reason;
	int err;

	reason = nf_srtp_protect_begin(transform, state->net, class);
	if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
		return transform_refuse(transform, reason);
	if (unlikely(nf_srtp_driver.asynchronous))
		return transform_submit(transform, state);
	err = nf_srtp_transform_run(transform);
	reason = nf_srtp_protect_end(transform, err);
	if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
		return transform_refuse(transform, reason);
	return transform_pass(transform);
}

static unsigned int packet_unprotect(struct nf_srtp_transform *transform,
				     const struct nf_hook_state *state, enum srtp_class class)
{
	struct nf_srtp_attempts attempts nf_srtp_uninitialized;
	enum nf_srtp_drop_reason reason;

	reason = nf_srtp_unprotect_begin(transform, class, &attempts);
	if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
		return transform_refuse(transform, reason);
	if (unlikely(nf_srtp_driver.asynchronous)) {
		const struct nf_srtp_direction *direction = &transform->session->way[NF_SRTP_RX];
		u32 turn = READ_ONCE(direction->trouble.failures);

		/* One attempt a packet; failures take turns between the two. */
		nf_srtp_unprotect_try(transform, &attempts, turn & (attempts.count - 1));
		return transform_submit(transform, state);
	}
	reason = nf_srtp_unprotect_end(transform, attempts_run(transform, &attempts));
	if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
		return transform_refuse(transform, reason);
	return transform_pass(transform);
}

/* A packet on a port of a session: protected, unprotected, passed or dropped. */
static __always_inline unsigned int session_packet(const struct nf_srtp_endpoint *endpoint,
						   struct sk_buff *skb, u32 udp_at, u8 family,
						   enum nf_srtp_way way,
						   const struct nf_hook_state *state)
{
	struct nf_srtp_transform transform nf_srtp_uninitialized;
	struct nf_srtp_session *session = endpoint->session;
	enum nf_srtp_drop_reason reason;
	enum srtp_class class;

	transform.datagram = nf_srtp_datagram_at(skb, udp_at, family);
	transform.session = session;
	transform.way = way;
	if (unlikely(!datagram_class(&transform.datagram, endpoint->port, &class)))
		return transform_refuse(&transform, NF_SRTP_DROP_REASON_NO_MEMORY);
	if (unlikely(class != SRTP_CLASS_RTP && class != SRTP_CLASS_RTCP)) {
		reason = nf_srtp_pass_reason(READ_ONCE(session->pass), class);
		if (reason != NF_SRTP_DROP_REASON_NONE)
			return transform_refuse(&transform, reason);
		atomic_inc(&session->way[way].other_packets);
		nf_srtp_counters_add_other(session->ns->counters, way);
		return NF_ACCEPT;
	}
	if (unlikely(!nf_srtp_selftest_passed))
		return transform_refuse(&transform, NF_SRTP_DROP_REASON_SELF_TEST_FAILED);
	if (unlikely(READ_ONCE(session->hold) & (way == NF_SRTP_TX ? NF_SRTP_HOLD_TX :
								     NF_SRTP_HOLD_RX)))
		return transform_refuse(&transform, NF_SRTP_DROP_REASON_HELD);
	if (unlikely(!nf_srtp_datagram_is_whole(&transform.datagram)))
		return transform_refuse(&transform, NF_SRTP_DROP_REASON_MALFORMED);
	if (way == NF_SRTP_TX)
		return packet_protect(&transform, state, class);
	return packet_unprotect(&transform, state, class);
}

static noinline unsigned int session_sends(const struct nf_srtp_endpoint *endpoint,
					   struct sk_buff *skb, u32 udp_at, u8 family,
					   const struct nf_hook_state *state)
{
	return session_packet(endpoint, skb, udp_at, family, NF_SRTP_TX, state);
}

static noinline unsigned int session_receives(const struct nf_srtp_endpoint *endpoint,
					      struct sk_buff *skb, u32 udp_at, u8 family,
					      const struct nf_hook_state *state)
{
	return session_packet(endpoint, skb, udp_at, family, NF_SRTP_RX, state);
}

static unsigned int packet_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
				 const struct nf_hook_state *state, enum nf_srtp_way way);

/*
 * Segments of a large packet of UDP_SEGMENT or of receive offload become
 * packets of their own, each through the hook again.
 */
static unsigned int segments_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
				   const struct nf_hook_state *state, enum nf_srtp_way way)
{
	struct sk_buff *segments, *segment, *next;
	u32 mac_header = mac_header_len(skb, way);

	__skb_push(skb, mac_header);
	segments = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(segments))
		return nf_srtp_drop(ns, skb, way, NF_SRTP_DROP_REASON_NO_MEMORY);
	consume_skb(skb);
	skb_list_walk_safe(segments, segment, next) {
		skb_mark_not_on_list(segment);
		__skb_pull(segment, mac_header);
		if (!nf_srtp_frame_unshare(segment))
			nf_srtp_drop(ns, segment, way, NF_SRTP_DROP_REASON_NO_MEMORY);
		else if (packet_judge(ns, segment, state, way) == NF_ACCEPT)
			nf_srtp_job_continue(segment, state);
	}
	return NF_STOLEN;
}

static unsigned int no_datagram_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
				      const struct nf_hook_state *state, enum nf_srtp_way way,
				      enum nf_srtp_datagram_kind kind)
{
	switch (kind) {
	case NF_SRTP_DATAGRAM_FRAGMENT:
		return fragment_judge(ns, skb, way, NF_SRTP_DROP_REASON_FRAGMENT);
	case NF_SRTP_DATAGRAM_MALFORMED:
		return fragment_judge(ns, skb, way, NF_SRTP_DROP_REASON_MALFORMED);
	case NF_SRTP_DATAGRAM_NO_MEMORY:
		return nf_srtp_drop(ns, skb, way, NF_SRTP_DROP_REASON_NO_MEMORY);
	case NF_SRTP_DATAGRAM_NOT_UDP:
		return way == NF_SRTP_TX ? quote_judge(ns, skb, state->pf) : NF_ACCEPT;
	case NF_SRTP_DATAGRAM_UDP:
		break;
	}
	return NF_ACCEPT;
}

static inline bool port_is_minded(const struct nf_srtp_netns *ns, const struct nf_srtp_pair *pair)
{
	return nf_srtp_policy_minds(rcu_dereference(ns->policy), ntohs(pair->local_port));
}

/* Whose datagram it is, once it is known to be one and where its UDP header is. */
static __always_inline unsigned int datagram_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
						   u32 udp_at, u8 family,
						   const struct nf_hook_state *state,
						   enum nf_srtp_way way, bool may_be_large)
{
	struct nf_srtp_datagram datagram = { .skb = skb, .udp_at = udp_at, .family = family };
	struct nf_srtp_pair pair nf_srtp_uninitialized;
	struct nf_srtp_endpoint *endpoint;
	bool port_taken;

	nf_srtp_datagram_pair(&datagram, way == NF_SRTP_TX, &pair);
	endpoint = nf_srtp_endpoint_find(ns, &pair, &port_taken);
	if (may_be_large && skb_is_gso(skb) &&
	    (endpoint || port_taken || port_is_minded(ns, &pair))) {
		if (!(skb_shinfo(skb)->gso_type & SKB_GSO_UDP))
			return segments_judge(ns, skb, state, way);
		/* One datagram that a guest or tap left to be fragmented, as it will be. */
		if (skb_unclone(skb, GFP_ATOMIC))
			return nf_srtp_drop(ns, skb, way, NF_SRTP_DROP_REASON_NO_MEMORY);
		skb_gso_reset(skb);
	}
	if (endpoint && way == NF_SRTP_TX)
		return session_sends(endpoint, skb, udp_at, family, state);
	if (endpoint)
		return session_receives(endpoint, skb, udp_at, family, state);
	if (!port_taken && !port_is_minded(ns, &pair))
		return NF_ACCEPT;
	return stranger_judge(ns, skb, udp_at, family, way, port_taken);
}

/* Whoever sends it, no session vouches for what was not sent to this host. */
static unsigned int stray_judge(struct nf_srtp_netns *ns, const struct nf_srtp_datagram *datagram)
{
	struct nf_srtp_endpoint *endpoint;
	struct nf_srtp_pair pair;
	bool port_taken;

	nf_srtp_datagram_pair(datagram, false, &pair);
	endpoint = nf_srtp_endpoint_find(ns, &pair, &port_taken);
	if (!endpoint && !port_taken && !port_is_minded(ns, &pair))
		return NF_ACCEPT;
	return stranger_judge(ns, datagram->skb, datagram->udp_at, datagram->family, NF_SRTP_RX,
			      endpoint || port_taken);
}

/* Any packet: options, extension headers, segments, frames of a bridge, no UDP at all. */
static noinline unsigned int packet_judge(struct nf_srtp_netns *ns, struct sk_buff *skb,
					  const struct nf_hook_state *state,
					  enum nf_srtp_way way)
{
	enum nf_srtp_frame frame = nf_srtp_frame_kind(skb, state, way);
	struct nf_srtp_datagram datagram;
	enum nf_srtp_datagram_kind kind;

	if (frame == NF_SRTP_FRAME_DONE || frame == NF_SRTP_FRAME_SWITCHED)
		return NF_ACCEPT;
	kind = nf_srtp_datagram_parse(&datagram, skb, state->pf);
	if (kind != NF_SRTP_DATAGRAM_UDP)
		return no_datagram_judge(ns, skb, state, way, kind);
	if (frame == NF_SRTP_FRAME_STRAY)
		return stray_judge(ns, &datagram);
	if (is_vrf(state, way))
		return NF_ACCEPT;
	return datagram_judge(ns, skb, datagram.udp_at, state->pf, state, way, true);
}

/*
 * The packets that media consists of, in little code: family and direction are
 * constants, so each hook has a copy of its own, and everything else is left to
 * packet_judge().
 */
static __always_inline unsigned int packet_hook(struct nf_srtp_netns *ns, struct sk_buff *skb,
						const struct nf_hook_state *state,
						enum nf_srtp_way way, u8 family)
{
	u32 udp_at = family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);

	if (unlikely(nf_srtp_job_came_back(skb)))
		return NF_ACCEPT;
	if (unlikely(skb_headlen(skb) < udp_at + sizeof(struct udphdr) ||
		     !nf_srtp_datagram_is_common(skb_network_header(skb), family) ||
		     skb_is_gso(skb) || nf_srtp_frame_is_one(skb) || is_vrf(state, way)))
		return packet_judge(ns, skb, state, way);
	return datagram_judge(ns, skb, udp_at, family, state, way, false);
}

/*
 * What a local program sends comes here in process context, and so does what a
 * queue of userspace gives back, in either direction.
 */
static __always_inline unsigned int packet_meets(struct nf_srtp_netns *ns, struct sk_buff *skb,
						 const struct nf_hook_state *state,
						 enum nf_srtp_way way, u8 family)
{
	unsigned int verdict;

	if (likely(softirq_count()))
		return packet_hook(ns, skb, state, way, family);
	local_bh_disable();
	verdict = way == NF_SRTP_TX ? packet_hook(ns, skb, state, way, family) :
				      packet_judge(ns, skb, state, way);
	local_bh_enable();
	return verdict;
}

static unsigned int ipv4_arrives(void *ns, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return packet_meets(ns, skb, state, NF_SRTP_RX, NFPROTO_IPV4);
}

static unsigned int ipv4_leaves(void *ns, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return packet_meets(ns, skb, state, NF_SRTP_TX, NFPROTO_IPV4);
}

static unsigned int ipv6_arrives(void *ns, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return packet_meets(ns, skb, state, NF_SRTP_RX, NFPROTO_IPV6);
}

static unsigned int ipv6_leaves(void *ns, struct sk_buff *skb, const struct nf_hook_state *state)
{
	return packet_meets(ns, skb, state, NF_SRTP_TX, NFPROTO_IPV6);
}

static const struct nf_hook_ops hook_ops[] = {
	{
		.hook = ipv4_arrives,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP_PRI_CONNTRACK_DEFRAG + 1,
	},
	{
		.hook = ipv4_leaves,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP_PRI_LAST - 1,
	},
	{
		.hook = ipv6_arrives,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_PRE_ROUTING,
		.priority = NF_IP6_PRI_CONNTRACK_DEFRAG + 1,
	},
	{
		.hook = ipv6_leaves,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_POST_ROUTING,
		.priority = NF_IP6_PRI_LAST - 1,
	},
};

/* The namespace is what the hooks get, so each namespace has operations of its own. */
static void hooks_fill(struct nf_srtp_netns *ns)
{
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(hook_ops) != NF_SRTP_HOOKS);
	memcpy(ns->hooks, hook_ops, sizeof(hook_ops));
	for (i = 0; i < NF_SRTP_HOOKS; i++)
		ns->hooks[i].priv = ns;
}

int nf_srtp_hooks_register(struct nf_srtp_netns *ns)
{
	struct net *net = ns->net;
	int err;

	hooks_fill(ns);
	err = nf_defrag_ipv4_enable(net);
	if (err)
		return err;
	err = nf_defrag_ipv6_enable(net);
	if (err)
		goto disable_ipv4;
	err = nf_register_net_hooks(net, ns->hooks, NF_SRTP_HOOKS);
	if (err)
		goto disable_ipv6;
	return 0;

disable_ipv6:
	nf_defrag_ipv6_disable(net);
disable_ipv4:
	nf_defrag_ipv4_disable(net);
	return err;
}

void nf_srtp_hooks_unregister(struct nf_srtp_netns *ns)
{
	nf_unregister_net_hooks(ns->net, ns->hooks, NF_SRTP_HOOKS);
	nf_defrag_ipv6_disable(ns->net);
	nf_defrag_ipv4_disable(ns->net);
}
