/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A UDP datagram in a socket buffer as netfilter hooks see it: the data starts
 * at the IP header, the rest may be shared, fragmented or without room.
 */
#ifndef NF_SRTP_DATAGRAM_H
#define NF_SRTP_DATAGRAM_H

#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/udp.h>

#include "session.h"

/* The least path MTU that Linux believes for IPv4 (net.ipv4.route.min_pmtu). */
enum { NF_SRTP_IPV4_LEAST_MTU = 552 };

enum nf_srtp_datagram_kind {
	NF_SRTP_DATAGRAM_UDP,
	NF_SRTP_DATAGRAM_NOT_UDP,
	NF_SRTP_DATAGRAM_FRAGMENT,
	NF_SRTP_DATAGRAM_MALFORMED,
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

/**
 * nf_srtp_datagram_parse - find the UDP header
 * @datagram: result
 * @skb: buffer whose data starts at the IP header
 * @family: its family
 *
 * IPv6 extension headers are walked. May reallocate the head of @skb.
 */
enum nf_srtp_datagram_kind nf_srtp_datagram_parse(struct nf_srtp_datagram *datagram,
						  struct sk_buff *skb, u8 family);

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
void nf_srtp_datagram_pair(const struct nf_srtp_datagram *datagram, bool sent,
			   struct nf_srtp_pair *pair);

/* Whether the UDP length agrees with the buffer. */
bool nf_srtp_datagram_is_whole(const struct nf_srtp_datagram *datagram);

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
int nf_srtp_datagram_prepare(struct nf_srtp_datagram *datagram, u32 growth);

/**
 * nf_srtp_datagram_resize - make lengths and checksums right
 * @datagram: the datagram, after its payload was changed
 * @len: new length of the payload in bytes; room for it is there
 *
 * The UDP checksum is left to the device or to whoever delivers the packet, as
 * for any packet of the local stack. A sender that chose to send without one
 * keeps its choice when @sent is true.
 */
void nf_srtp_datagram_resize(struct nf_srtp_datagram *datagram, u32 len, bool sent);

bool nf_srtp_datagram_fits_path(const struct nf_srtp_datagram *datagram, struct net *net,
				u32 growth);

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
	return nf_srtp_datagram_fits_path(datagram, net, growth);
}

#endif
