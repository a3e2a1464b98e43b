// SPDX-License-Identifier: GPL-2.0-only
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "quote.h"

static bool ports_read(const struct sk_buff *skb, u32 at, struct nf_srtp_pair *pair)
{
	const struct udphdr *udp;
	struct udphdr copy;

	udp = skb_header_pointer(skb, at, sizeof(copy), &copy);
	if (!udp)
		return false;
	pair->local_port = udp->dest;
	pair->remote_port = udp->source;
	return true;
}

static bool ipv4_quote(const struct sk_buff *skb, struct nf_srtp_pair *pair)
{
	u32 at = ip_hdrlen(skb);
	const struct icmphdr *icmp;
	const struct iphdr *ip;
	struct icmphdr icmp_copy;
	struct iphdr ip_copy;

	if (ip_hdr(skb)->protocol != IPPROTO_ICMP || ip_is_fragment(ip_hdr(skb)))
		return false;
	icmp = skb_header_pointer(skb, at, sizeof(icmp_copy), &icmp_copy);
	if (!icmp || !icmp_is_err(icmp->type))
		return false;
	at += sizeof(*icmp);
	ip = skb_header_pointer(skb, at, sizeof(ip_copy), &ip_copy);
	if (!ip || ip->protocol != IPPROTO_UDP)
		return false;
	pair->local.ip = ip->daddr;
	pair->remote.ip = ip->saddr;
	return ports_read(skb, at + ip->ihl * 4, pair);
}

static bool ipv6_quote(const struct sk_buff *skb, struct nf_srtp_pair *pair)
{
	u8 protocol = ipv6_hdr(skb)->nexthdr;
	const struct icmp6hdr *icmp;
	const struct ipv6hdr *ip;
	struct icmp6hdr icmp_copy;
	struct ipv6hdr ip_copy;
	__be16 fragment;
	int at;

	at = ipv6_skip_exthdr(skb, sizeof(struct ipv6hdr), &protocol, &fragment);
	if (at < 0 || protocol != IPPROTO_ICMPV6)
		return false;
	icmp = skb_header_pointer(skb, at, sizeof(icmp_copy), &icmp_copy);
	if (!icmp || icmp->icmp6_type & ICMPV6_INFOMSG_MASK)
		return false;
	at += sizeof(*icmp);
	ip = skb_header_pointer(skb, at, sizeof(ip_copy), &ip_copy);
	if (!ip)
		return false;
	pair->local.in6 = ip->daddr;
	pair->remote.in6 = ip->saddr;
	protocol = ip->nexthdr;
	at = ipv6_skip_exthdr(skb, at + sizeof(*ip), &protocol, &fragment);
	return at >= 0 && protocol == IPPROTO_UDP && ports_read(skb, at, pair);
}

bool nf_srtp_quote_pair(const struct sk_buff *skb, u8 family, struct nf_srtp_pair *pair)
{
	pair->family = family;
	return family == NFPROTO_IPV4 ? ipv4_quote(skb, pair) : ipv6_quote(skb, pair);
}
