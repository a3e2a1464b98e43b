/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors quote the packet that they are about. One about a received
 * packet would carry its payload back to the wire, decrypted by then.
 */
#ifndef NF_SRTP_QUOTE_H
#define NF_SRTP_QUOTE_H

#include "session.h"

/**
 * nf_srtp_quote_pair - the address pair of the datagram that an ICMP error quotes
 * @skb: a packet that is no UDP datagram
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @pair: result, seen from whoever received the datagram
 *
 * Return: false when the packet is no ICMP error about a UDP datagram.
 */
bool nf_srtp_quote_pair(const struct sk_buff *skb, u8 family, struct nf_srtp_pair *pair);

#endif
