// SPDX-License-Identifier: GPL-2.0-only
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>

#include "datagram.h"

static enum nf_srtp_datagram_kind ipv4_parse(struct nf_srtp_datagram *datagram)
{
	const struct iphdr *ip = ip_hdr(datagram->skb);

	if (ip->protocol != IPPROTO_UDP)
		return NF_SRTP_DATAGRAM_NOT_UDP;
	if (unlikely(ip_is_fragment(ip)))
		return NF_SRTP_DATAGRAM_FRAGMENT;
	/* A raw socket may send any header. */
	if (unlikely(ip->ihl < 5))
		return NF_SRTP_DATAGRAM_MALFORMED;
	datagram->udp_at = ip->ihl * 4;
	return NF_SRTP_DATAGRAM_UDP;
}

/* What a fragment header says to come first behind it. */
static u8 ipv6_fragment_protocol(const struct sk_buff *skb, int at)
{
	const u8 *protocol;
	u8 copy;

	protocol = skb_header_pointer(skb, at, sizeof(copy), &copy);
	return protocol ? *protocol : IPPROTO_UDP;
}

static enum nf_srtp_datagram_kind ipv6_parse(struct nf_srtp_datagram *datagram)
{
	u8 protocol = ipv6_hdr(datagram->skb)->nexthdr;
	__be16 fragment = 0;
	int at;

	if (likely(protocol == IPPROTO_UDP)) {
		datagram->udp_at = sizeof(struct ipv6hdr);
		return NF_SRTP_DATAGRAM_UDP;
	}
	if (!ipv6_ext_hdr(protocol))
		return NF_SRTP_DATAGRAM_NOT_UDP;
	at = ipv6_skip_exthdr(datagram->skb, sizeof(struct ipv6hdr), &protocol, &fragment);
	if (at < 0)
		return NF_SRTP_DATAGRAM_MALFORMED;
	/* In all but the first fragment the walk ends at the fragment header. */
	if (protocol == NEXTHDR_FRAGMENT)
		protocol = ipv6_fragment_protocol(datagram->skb, at);
	if (fragment && (protocol == IPPROTO_UDP || ipv6_ext_hdr(protocol)))
		return NF_SRTP_DATAGRAM_FRAGMENT;
	if (protocol != IPPROTO_UDP)
		return NF_SRTP_DATAGRAM_NOT_UDP;
	datagram->udp_at = at;
	return NF_SRTP_DATAGRAM_UDP;
}

enum nf_srtp_datagram_kind nf_srtp_datagram_parse_any(struct nf_srtp_datagram *datagram,
						      u8 family)
{
	struct sk_buff *skb = datagram->skb;
	enum nf_srtp_datagram_kind kind;
	u32 needed;

	kind = family == NFPROTO_IPV4 ? ipv4_parse(datagram) : ipv6_parse(datagram);
	if (kind != NF_SRTP_DATAGRAM_UDP)
		return kind;
	needed = datagram->udp_at + sizeof(struct udphdr);
	if (skb->len < needed)
		return NF_SRTP_DATAGRAM_MALFORMED;
	if (!pskb_may_pull(skb, needed))
		return NF_SRTP_DATAGRAM_NO_MEMORY;
	datagram->len = skb->len - datagram->udp_at - sizeof(struct udphdr);
	return NF_SRTP_DATAGRAM_UDP;
}

int nf_srtp_datagram_reallocate(struct sk_buff *skb, u32 growth)
{
	u32 room;

	if (skb_linearize(skb))
		return -ENOMEM;
	room = skb_tailroom(skb);
	if (!skb_cloned(skb) && room >= growth)
		return 0;
	return pskb_expand_head(skb, 0, room < growth ? growth - room : 0, GFP_ATOMIC);
}

/* A packet of this host is fragmented; one without an id gets one for that. */
static void local_allow_fragments(struct sk_buff *skb, struct net *net, u8 family)
{
	struct iphdr *ip = ip_hdr(skb);

	skb->ignore_df = 1;
	if (family != NFPROTO_IPV4 || ip->id || !(ip->frag_off & htons(IP_DF)))
		return;
	__ip_select_ident(net, ip, 1);
	ip_send_check(ip);
}

/* What this host sends never came in by an interface. */
static bool is_forwarded(const struct sk_buff *skb)
{
	return skb->skb_iif;
}

static bool ipv4_fits(struct sk_buff *skb, struct net *net, u32 mtu, u32 growth)
{
	if (!is_forwarded(skb)) {
		local_allow_fragments(skb, net, NFPROTO_IPV4);
		return true;
	}
	if (skb->ignore_df || !(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return true;
	icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu - growth));
	return false;
}

static bool ipv6_fits(struct sk_buff *skb, struct net *net, u32 mtu, u32 growth)
{
	if (!is_forwarded(skb)) {
		local_allow_fragments(skb, net, NFPROTO_IPV6);
		return true;
	}
	/* The sender fragmented it, or cannot be told less than every IPv6 link carries. */
	if (skb->ignore_df || mtu - growth < IPV6_MIN_MTU) {
		skb->ignore_df = 1;
		return true;
	}
	icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu - growth);
	return false;
}

bool nf_srtp_datagram_fits_path(const struct nf_srtp_datagram *datagram, struct net *net,
				u32 growth)
{
	struct sk_buff *skb = datagram->skb;
	u32 mtu;

	if (unlikely(datagram->len + sizeof(struct udphdr) + growth > U16_MAX ||
		     skb->len + growth > IP_MAX_MTU))
		return false;
	if (unlikely(!skb_dst(skb)))
		return true;
	mtu = datagram->family == NFPROTO_IPV4 ? ip_skb_dst_mtu(skb->sk, skb) :
						 ip6_skb_dst_mtu(skb);
	if (likely(skb->len + growth <= mtu))
		return true;
	if (datagram->family == NFPROTO_IPV4)
		return ipv4_fits(skb, net, mtu, growth);
	return ipv6_fits(skb, net, mtu, growth);
}
