// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ip.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "core/types.h"
#include "packet.h"

enum {
	HEADERS_MAX = sizeof(struct ipv6hdr) + sizeof(struct udphdr),
	/* More than protecting a packet adds: tag, index and the longest MKI. */
	ROOM = 64,
};

static u32 ip_header_len(u8 family)
{
	return family == NFPROTO_IPV4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
}

u32 packet_headers(u8 family)
{
	return ip_header_len(family) + sizeof(struct udphdr);
}

u8 *packet_payload(const struct packet *packet)
{
	return packet->skb->data + packet_headers(packet->family);
}

void packet_write(struct packet *packet, enum srtp_class class, u32 ssrc, u16 seq, u32 text_len)
{
	u32 header_len = class == SRTP_CLASS_RTCP ? SRTP_RTCP_HEADER_LEN : SRTP_RTP_HEADER_MIN;
	u8 *payload = packet->payload;
	u32 i;

	packet->len = header_len + text_len;
	payload[0] = 0x80;
	if (class == SRTP_CLASS_RTCP) {
		payload[1] = 201;
		put_unaligned_be16(packet->len / 4 - 1, payload + 2);
		put_unaligned_be32(ssrc, payload + 4);
	} else {
		payload[1] = 96;
		put_unaligned_be16(seq, payload + 2);
		put_unaligned_be32(160 * seq, payload + 4);
		put_unaligned_be32(ssrc, payload + 8);
	}
	for (i = header_len; i < packet->len; i++)
		payload[i] = i * 31 + seq;
}

static void headers_write(const struct packet *packet, u8 *at)
{
	u32 udp_len = sizeof(struct udphdr) + packet->len;
	struct udphdr *udp = (struct udphdr *)(at + ip_header_len(packet->family));

	memset(at, 0, packet_headers(packet->family));
	if (packet->family == NFPROTO_IPV4) {
		struct iphdr *ip = (struct iphdr *)at;

		ip->version = 4;
		ip->ihl = 5;
		ip->protocol = IPPROTO_UDP;
		ip->tot_len = htons(sizeof(*ip) + udp_len);
		ip->saddr = htonl(0x0a070001);
		ip->daddr = htonl(0x0a070002);
		ip_send_check(ip);
	} else {
		struct ipv6hdr *ip = (struct ipv6hdr *)at;

		ip->version = 6;
		ip->nexthdr = IPPROTO_UDP;
		ip->payload_len = htons(udp_len);
		ip->saddr.s6_addr[15] = 1;
		ip->daddr.s6_addr[15] = 2;
	}
	udp->source = htons(4000);
	udp->dest = htons(5000);
	udp->len = htons(udp_len);
	udp->check = htons(1);
}

/* A buffer whose first @linear bytes are linear and the others in pages. */
static struct sk_buff *skb_make(const u8 *bytes, u32 linear, u32 len, bool with_room)
{
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(linear + ROOM, len - linear, 0, &err, GFP_KERNEL);
	if (!skb)
		return NULL;
	if (!with_room)
		skb_reserve(skb, skb_tailroom(skb) - linear);
	skb_put(skb, linear);
	skb->data_len = len - linear;
	skb->len = len;
	skb_store_bits(skb, 0, bytes, len);
	skb_reset_network_header(skb);
	return skb;
}

static struct sk_buff *skb_make_listed(const u8 *bytes, u32 first, u32 len)
{
	struct sk_buff *skb = skb_make(bytes, first, first, true);
	struct sk_buff *second = skb_make(bytes + first, len - first, len - first, true);

	if (!skb || !second) {
		kfree_skb(skb);
		kfree_skb(second);
		return NULL;
	}
	skb_shinfo(skb)->frag_list = second;
	skb->len += second->len;
	skb->data_len += second->len;
	skb->truesize += second->truesize;
	return skb;
}

bool packet_build(struct packet *packet, enum packet_shape shape)
{
	u32 headers = packet_headers(packet->family), len = headers + packet->len;
	u8 *bytes = kmalloc(HEADERS_MAX + PACKET_MAX, GFP_KERNEL);

	packet->clone = NULL;
	packet->skb = NULL;
	if (!bytes)
		return false;
	headers_write(packet, bytes);
	memcpy(bytes + headers, packet->payload, packet->len);
	switch (shape) {
	case PACKET_PAGED:
		packet->skb = skb_make(bytes, headers, len, true);
		break;
	case PACKET_LISTED:
		packet->skb = skb_make_listed(bytes, headers + packet->len / 2, len);
		break;
	default:
		packet->skb = skb_make(bytes, len, len, shape != PACKET_WITHOUT_ROOM);
	}
	kfree(bytes);
	if (packet->skb && shape == PACKET_CLONED && !packet_clone(packet))
		packet_free(packet);
	return packet->skb;
}

bool packet_clone(struct packet *packet)
{
	kfree_skb(packet->clone);
	packet->clone = skb_clone(packet->skb, GFP_KERNEL);
	return packet->clone;
}

void packet_free(struct packet *packet)
{
	kfree_skb(packet->skb);
	kfree_skb(packet->clone);
	packet->skb = NULL;
	packet->clone = NULL;
}

static __sum16 udp_sum(const struct packet *packet, u32 udp_len)
{
	__wsum sum = skb_checksum(packet->skb, ip_header_len(packet->family), udp_len, 0);
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)packet->skb->data;
	const struct iphdr *ip = (const struct iphdr *)packet->skb->data;

	if (packet->family == NFPROTO_IPV6)
		return csum_ipv6_magic(&ip6->saddr, &ip6->daddr, udp_len, IPPROTO_UDP, sum);
	return csum_tcpudp_magic(ip->saddr, ip->daddr, udp_len, IPPROTO_UDP, sum);
}

static bool ip_agrees(const struct packet *packet, u32 udp_len)
{
	const u8 *data = packet->skb->data;

	if (packet->family == NFPROTO_IPV4) {
		const struct iphdr *ip = (const struct iphdr *)data;

		return ntohs(ip->tot_len) == sizeof(*ip) + udp_len &&
		       !ip_fast_csum((u8 *)ip, ip->ihl);
	}
	return ntohs(((const struct ipv6hdr *)data)->payload_len) == udp_len;
}

bool packet_agrees(const struct packet *packet, u32 len)
{
	u32 udp_len = sizeof(struct udphdr) + len, at = ip_header_len(packet->family);
	struct sk_buff *skb = packet->skb;
	const struct udphdr *udp = (const struct udphdr *)(skb->data + at);

	if (skb->len != at + udp_len || ntohs(udp->len) != udp_len ||
	    !ip_agrees(packet, udp_len))
		return false;
	/* As a device without offload would complete it. */
	return skb->ip_summed == CHECKSUM_PARTIAL && !skb_checksum_help(skb) &&
	       !udp_sum(packet, udp_len);
}
