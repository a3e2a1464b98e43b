/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets in socket buffers of every shape that the stack hands out. */
#ifndef NF_SRTP_KUNIT_PACKET_H
#define NF_SRTP_KUNIT_PACKET_H

#include <linux/nf_srtp.h>
#include <linux/skbuff.h>

#include "core/packet.h"

enum packet_limits {
	PACKET_TEXT_MAX = 1400,
	/* Sealed, with tag, index and the longest MKI. */
	PACKET_MAX = SRTP_RTP_HEADER_MIN + PACKET_TEXT_MAX +
		     SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN + NF_SRTP_MKI_MAX,
};

/* Where the bytes of a buffer are. */
enum packet_shape {
	PACKET_LINEAR,
	PACKET_WITHOUT_ROOM, /* behind the last byte */
	PACKET_CLONED,
	PACKET_PAGED, /* the payload in pages of its own */
	PACKET_LISTED, /* the second half in a buffer of its own */
	PACKET_SHAPES,
};

/**
 * struct packet - a datagram and the bytes that its payload was made of
 * @skb: the buffer, its data at the IP header
 * @clone: a clone of it, or NULL
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @len: bytes of payload
 * @payload: what the payload was when the packet was made
 */
struct packet {
	struct sk_buff *skb;
	struct sk_buff *clone;
	u8 family;
	u32 len;
	u8 payload[PACKET_MAX];
};

/**
 * packet_write - the payload of a packet, RTP or RTCP with any text
 * @packet: @packet->payload and @packet->len are set
 * @class: %SRTP_CLASS_RTP or %SRTP_CLASS_RTCP
 * @ssrc: synchronization source, host byte order
 * @seq: sequence number of RTP
 * @text_len: bytes after the header
 */
void packet_write(struct packet *packet, enum srtp_class class, u32 ssrc, u16 seq, u32 text_len);

/**
 * packet_build - a buffer with the payload
 * @packet: with payload and family
 * @shape: where the buffer has it
 *
 * Return: false without memory; then nothing is to be freed.
 */
bool packet_build(struct packet *packet, enum packet_shape shape);

void packet_free(struct packet *packet);

/* Make the buffer's present contents shared, as a capture does. */
bool packet_clone(struct packet *packet);

/* Whether all lengths and checksums of headers say that the payload has @len bytes. */
bool packet_agrees(const struct packet *packet, u32 len);

/* The payload, which must be linear. */
u8 *packet_payload(const struct packet *packet);

/* Bytes of headers before the payload. */
u32 packet_headers(u8 family);

#endif
