/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * RTP and RTCP as they stand in a UDP payload: what a packet is, how long its
 * header is, whether it can have been sent in clear.
 */
#ifndef SRTP_CORE_PACKET_H
#define SRTP_CORE_PACKET_H

#include "types.h"

enum srtp_packet_limits {
	SRTP_RTP_HEADER_MIN = 12,
	SRTP_RTCP_HEADER_LEN = 8,
	SRTP_TAG_LEN = 16,
	SRTP_RTCP_INDEX_LEN = 4,
	/* 12 + 15 CSRCs + extension header + 65,535 words of extension. */
	SRTP_RTP_HEADER_MAX = 12 + 15 * 4 + 4 + 65535 * 4,
};

/* What shares a port with RTP (RFC 7983 section 7). */
enum srtp_class {
	SRTP_CLASS_RTP,
	SRTP_CLASS_RTCP,
	SRTP_CLASS_STUN,
	SRTP_CLASS_DTLS,
	SRTP_CLASS_OTHER,
};

/* What a port of a session carries. */
enum srtp_port {
	SRTP_PORT_RTP,
	SRTP_PORT_RTCP,
	SRTP_PORT_MUX,
};

/* The same for a port that RTP and RTCP share, and for what is neither. */
enum srtp_class srtp_packet_class_shared(const u8 *data, u32 len);

/**
 * srtp_packet_class - tell what a UDP payload is by its first two bytes
 * @data: the payload
 * @len: its length in bytes, may be 0
 * @port: what the port carries; only on %SRTP_PORT_MUX the second byte decides
 *        between RTP and RTCP (RFC 5761 section 4)
 *
 * Return: the class; too short for a class is %SRTP_CLASS_OTHER.
 */
static inline enum srtp_class srtp_packet_class(const u8 *data, u32 len, enum srtp_port port)
{
	/* Version 2 on a port of its own needs no second look. */
	if (len >= 2 && data[0] >> 6 == 2 && port != SRTP_PORT_MUX)
		return port == SRTP_PORT_RTP ? SRTP_CLASS_RTP : SRTP_CLASS_RTCP;
	return srtp_packet_class_shared(data, len);
}

/* The same for a header with CSRCs or an extension, or a packet too short. */
u32 srtp_rtp_header_len_long(const u8 *data, u32 len);

/**
 * srtp_rtp_header_len - length of an RTP header (RFC 3550 section 5.1)
 * @data: the packet, of class RTP
 * @len: its length in bytes
 *
 * Return: the header with its CSRCs and its extension in bytes, or 0 when the
 * packet is shorter than that.
 */
static inline u32 srtp_rtp_header_len(const u8 *data, u32 len)
{
	if (len >= SRTP_RTP_HEADER_MIN && !(data[0] & 0x1f))
		return SRTP_RTP_HEADER_MIN;
	return srtp_rtp_header_len_long(data, len);
}

/**
 * srtp_rtcp_is_compound - whether the payload is RTCP in clear, whole
 * @data: the payload
 * @len: its length in bytes
 *
 * The lengths of the packets of a compound RTCP packet add up to the payload
 * exactly. SRTCP is longer by its tag and index, which look like one more
 * packet once in about two million times.
 *
 * Return: true for RTCP in clear.
 */
bool srtp_rtcp_is_compound(const u8 *data, u32 len);

/**
 * srtp_rtp_looks_plain - guess whether an RTP packet was sent in clear
 * @data: a packet that failed to authenticate
 * @len: its length in bytes
 * @header_len: what srtp_rtp_header_len() told
 * @usual_len: payload bytes in clear of the last packet of this stream that
 *             authenticated, 0 when there was none
 *
 * Nothing but diagnosis may follow from the answer. It compares the payload
 * with the one expected, and with the frame sizes of static payload types
 * (RFC 3551 table 4), which a tag of 16 bytes never leaves intact.
 *
 * Return: true when the packet is most likely plain RTP.
 */
bool srtp_rtp_looks_plain(const u8 *data, u32 len, u32 header_len, u32 usual_len);

static inline u16 srtp_rtp_seq(const u8 *data)
{
	return get_unaligned_be16(data + 2);
}

static inline u32 srtp_rtp_ssrc(const u8 *data)
{
	return get_unaligned_be32(data + 8);
}

static inline u32 srtp_rtcp_ssrc(const u8 *data)
{
	return get_unaligned_be32(data + 4);
}

#endif
