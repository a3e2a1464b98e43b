/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A UDP datagram in a socket buffer as netfilter hooks see it: the data starts
 * at the IP header, the rest may be shared, fragmented or without room.
 */
#ifndef NF_SRTP_DATAGRAM_H
#define NF_SRTP_DATAGRAM_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/route.h>

#include "session.h"

/* The least path MTU that Linux believes for IPv4 (net.ipv4.route.min_pmtu). */
enum { NF_SRTP_IPV4_LEAST_MTU = 552 };

enum nf_srtp_datagram_kind {
	NF_SRTP_DATAGRAM_UDP,
	NF_SRTP_DATAGRAM_NOT_UDP,
	NF_SRTP_DATAGRAM_FRAGMENT,
	NF_SRTP_DATAGRAM_MALFORMED,
	NF_SRTP_DATAGRAM_NO_MEMORY, /* what it is could not be looked at */
};

/**
 * struct nf_srtp_datagram - where the parts of a datagram are
 * @skb: the buffer
 * @udp_at: offset of the UDP header from skb->data
 * @len: bytes of UDP payload in the buffer
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
struct nf_srtp_datagram {
	struct sk_buff *skb;
	u32 udp_at;
	u32 len;
	u8 family;
};

/* The datagram whose UDP header is at @udp_at. */
static __always_inline struct nf_srtp_datagram nf_srtp_datagram_at(struct sk_buff *skb,
								   u32 udp_at, u8 family)
{
	struct nf_srtp_datagram datagram = {
		.skb = skb,
		.udp_at = udp_at,
		.len = skb->len - udp_at - sizeof(struct udphdr),
		.family = family,
	};

	return datagram;
}

/* UDP right after an IP header without options, and no fragment. */
static __always_inline bool nf_srtp_datagram_is_common(const u8 *header, u8 family)
{
	const struct iphdr *ip = (const struct iphdr *)header;

	if (family == NFPROTO_IPV6)
		return ((const struct ipv6hdr *)header)->nexthdr == IPPROTO_UDP;
	return *header == 0x45 && ip->protocol == IPPROTO_UDP && !ip_is_fragment(ip);
}

/* nf_srtp_datagram_parse() for everything else. */
enum nf_srtp_datagram_kind nf_srtp_datagram_parse_any(struct nf_srtp_datagram *datagram,
						      u8 family);

/**
 * nf_srtp_datagram_parse - find the UDP header
 * @datagram: result
 * @skb: buffer whose data starts at the IP header
 * @family: its family
 *
 * IPv6 extension headers are walked. May reallocate the head of @skb.
 */
static __always_inline enum nf_srtp_datagram_kind
nf_srtp_datagram_parse(struct nf_srtp_datagram *datagram, struct sk_buff *skb, u8 family)
{
	u32 header = family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	const u8 *ip = skb_network_header(skb);

	*datagram = nf_srtp_datagram_at(skb, header, family);
	if (likely(skb_headlen(skb) >= header + sizeof(struct udphdr) &&
		   nf_srtp_datagram_is_common(ip, family)))
		return NF_SRTP_DATAGRAM_UDP;
	return nf_srtp_datagram_parse_any(datagram, family);
}

static inline struct udphdr *nf_srtp_datagram_udp(const struct nf_srtp_datagram *datagram)
{
	return (struct udphdr *)(datagram->skb->data + datagram->udp_at);
}

static inline u8 *nf_srtp_datagram_payload(const struct nf_srtp_datagram *datagram)
{
	return datagram->skb->data + datagram->udp_at + sizeof(struct udphdr);
}

/**
 * nf_srtp_datagram_pair - the address pair of a datagram, seen from the phone
 * @datagram: the datagram
 * @sent: its source is the phone, else its destination
 * @pair: result
 */
static __always_inline void nf_srtp_datagram_pair(const struct nf_srtp_datagram *datagram,
						  bool sent, struct nf_srtp_pair *pair)
{
	const struct udphdr *udp = nf_srtp_datagram_udp(datagram);

	pair->family = datagram->family;
	pair->local_port = sent ? udp->source : udp->dest;
	pair->remote_port = sent ? udp->dest : udp->source;
	if (datagram->family == NFPROTO_IPV4) {
		const struct iphdr *ip = ip_hdr(datagram->skb);

		pair->local.ip = sent ? ip->saddr : ip->daddr;
		pair->remote.ip = sent ? ip->daddr : ip->saddr;
	} else {
		const struct ipv6hdr *ip = ipv6_hdr(datagram->skb);

		pair->local.in6 = sent ? ip->saddr : ip->daddr;
		pair->remote.in6 = sent ? ip->daddr : ip->saddr;
	}
}

/* Whether the UDP length agrees with the buffer. */
static inline bool nf_srtp_datagram_is_whole(const struct nf_srtp_datagram *datagram)
{
	return ntohs(nf_srtp_datagram_udp(datagram)->len) == datagram->len + sizeof(struct udphdr);
}

int nf_srtp_datagram_reallocate(struct sk_buff *skb, u32 growth);

/**
 * nf_srtp_datagram_prepare - make the payload one writable piece with room behind it
 * @datagram: the datagram
 * @growth: bytes that will be added
 *
 * Costs nothing for a linear buffer of our own with room; else memory is
 * allocated, and pointers into the buffer change.
 *
 * Return: 0 or -ENOMEM.
 */
static inline int nf_srtp_datagram_prepare(struct nf_srtp_datagram *datagram, u32 growth)
{
	struct sk_buff *skb = datagram->skb;

	if (likely(!skb_is_nonlinear(skb) && !skb_cloned(skb) &&
		   skb->end - skb->tail >= growth))
		return 0;
	return nf_srtp_datagram_reallocate(skb, growth);
}

static inline void nf_srtp_datagram_ipv4_resize(struct sk_buff *skb, struct udphdr *udp, u16 len,
						bool checksum)
{
	struct iphdr *ip = ip_hdr(skb);
	__be16 total = htons(skb->len);

	csum_replace2(&ip->check, ip->tot_len, total);
	ip->tot_len = total;
	if (likely(checksum))
		udp->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr, len, IPPROTO_UDP, 0);
}

static inline void nf_srtp_datagram_ipv6_resize(struct sk_buff *skb, struct udphdr *udp, u16 len,
						bool checksum)
{
	struct ipv6hdr *ip = ipv6_hdr(skb);

	ip->payload_len = htons(skb->len - sizeof(*ip));
	if (likely(checksum))
		udp->check = ~csum_ipv6_magic(&ip->saddr, &ip->daddr, len, IPPROTO_UDP, 0);
}

/**
 * nf_srtp_datagram_resize - make lengths and checksums right
 * @datagram: the datagram, after its payload was changed
 * @len: new length of the payload in bytes; room for it is there
 * @sent: the packet leaves
 *
 * The UDP checksum is left to the device or to whoever delivers the packet, as
 * for any packet of the local stack. A sender that chose to send without one
 * keeps its choice.
 */
static inline void nf_srtp_datagram_resize(struct nf_srtp_datagram *datagram, u32 len, bool sent)
{
	struct udphdr *udp = nf_srtp_datagram_udp(datagram);
	struct sk_buff *skb = datagram->skb;
	u16 udp_len = len + sizeof(*udp);
	u32 change = len - datagram->len;
	bool checksum = !sent || udp->check || skb->ip_summed == CHECKSUM_PARTIAL;

	skb->tail += change;
	skb->len += change;
	datagram->len = len;
	udp->len = htons(udp_len);
	if (likely(checksum)) {
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = (u8 *)udp - skb->head;
		skb->csum_offset = offsetof(struct udphdr, check);
	} else {
		skb->ip_summed = CHECKSUM_NONE;
	}
	if (likely(datagram->family == NFPROTO_IPV4))
		nf_srtp_datagram_ipv4_resize(skb, udp, udp_len, checksum);
	else
		nf_srtp_datagram_ipv6_resize(skb, udp, udp_len, checksum);
}

bool nf_srtp_datagram_fits_path(const struct nf_srtp_datagram *datagram, struct net *net,
				u32 growth);

/*
 * Where neither the route nor what was learned about the path says otherwise,
 * the MTU is the device's. What ip_skb_dst_mtu() finds with more steps.
 */
static inline bool nf_srtp_datagram_fits_device(const struct sk_buff *skb, u32 len)
{
	const struct rtable *route = skb_rtable(skb);

	return len <= IP_MAX_MTU && route && !route->rt_pmtu && !route->dst.lwtstate &&
	       !dst_metric_raw(&route->dst, RTAX_MTU) &&
	       len <= READ_ONCE(route->dst.dev->mtu);
}

/**
 * nf_srtp_datagram_fits - whether a datagram can leave once it has grown
 * @datagram: the datagram, routed
 * @net: namespace
 * @growth: bytes that will be added
 *
 * What was sent here and no longer fits will be fragmented. What is forwarded
 * and must not be fragmented does not fit: its sender is told by ICMP.
 *
 * Return: false when the datagram must be dropped.
 */
static inline bool nf_srtp_datagram_fits(const struct nf_srtp_datagram *datagram,
					 struct net *net, u32 growth)
{
	u32 len = datagram->skb->len + growth;

	/* Neither learned nor standard paths are narrower, so the route is not asked. */
	if (likely(len <= (datagram->family == NFPROTO_IPV4 ? NF_SRTP_IPV4_LEAST_MTU :
							      IPV6_MIN_MTU)))
		return true;
	if (datagram->family == NFPROTO_IPV4 && nf_srtp_datagram_fits_device(datagram->skb, len))
		return true;
	return nf_srtp_datagram_fits_path(datagram, net, growth);
}

#endif
