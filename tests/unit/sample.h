/* SPDX-License-Identifier: Apache-2.0 */
/* RTP and RTCP packets to test with. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "packet.h"

enum {
	SAMPLE_SSRC = 0x11223344,
	SAMPLE_OTHER_SSRC = 0x55667788,
	/* Header extensions of one and of two byte elements (RFC 8285). */
	SAMPLE_ONE_BYTE = 0xbede,
	SAMPLE_TWO_BYTE = 0x1000,
	SAMPLE_RTCP_LEN = 28 + 12,
};

/**
 * struct sample_rtp - what an RTP packet is to look like
 * @seq: sequence number
 * @ssrc: synchronization source
 * @csrc_count: contributing sources, up to 15
 * @profile: of the header extension, 0 for none
 * @extension_words: 32 bit words of it, without its own header
 * @payload_len: bytes after the header
 */
struct sample_rtp {
	u16 seq;
	u32 ssrc;
	u32 csrc_count;
	u16 profile;
	u16 extension_words;
	u32 payload_len;
};

/**
 * sample_rtp_write - write an RTP packet, its payload counted through
 * @packet: result
 * @sample: what it is to look like
 *
 * The first element of an extension has the ID 15 of RFC 8285, on which parsers
 * have stumbled.
 *
 * Return: its length in bytes.
 */
u32 sample_rtp_write(u8 *packet, const struct sample_rtp *sample);

/**
 * sample_rtcp_write - write a sender report and a source description
 * @packet: result, %SAMPLE_RTCP_LEN bytes
 * @ssrc: synchronization source of both
 *
 * Return: its length in bytes.
 */
u32 sample_rtcp_write(u8 *packet, u32 ssrc);

#endif
