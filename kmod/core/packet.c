// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
#include "packet.h"

enum {
	RTP_VERSION = 2,
	RTP_HAS_EXTENSION = 0x10,
	RTP_CSRC_COUNT = 0x0f,
	RTP_PAYLOAD_TYPE = 0x7f,
	/* Second byte of RTCP on a shared port (RFC 5761 section 4). */
	RTCP_TYPE_FIRST = 192,
	RTCP_TYPE_LAST = 223,
};

enum srtp_class srtp_packet_class_shared(const u8 *data, u32 len)
{
	if (len < 2)
		return SRTP_CLASS_OTHER;
	if (data[0] >> 6 == RTP_VERSION) {
		if (data[1] >= RTCP_TYPE_FIRST && data[1] <= RTCP_TYPE_LAST)
			return SRTP_CLASS_RTCP;
		return SRTP_CLASS_RTP;
	}
	if (data[0] < 4)
		return SRTP_CLASS_STUN;
	if (data[0] >= 20 && data[0] < 64)
		return SRTP_CLASS_DTLS;
	return SRTP_CLASS_OTHER;
}

u32 srtp_rtp_header_len_long(const u8 *data, u32 len)
{
	u32 header;

	if (len < SRTP_RTP_HEADER_MIN)
		return 0;
	header = SRTP_RTP_HEADER_MIN + 4 * (data[0] & RTP_CSRC_COUNT);
	if (data[0] & RTP_HAS_EXTENSION) {
		if (len < header + 4)
			return 0;
		header += 4 + 4 * get_unaligned_be16(data + header + 2);
	}
	return header <= len ? header : 0;
}

bool srtp_rtcp_is_compound(const u8 *data, u32 len)
{
	u32 at = 0;

	if (len < SRTP_RTCP_HEADER_LEN)
		return false;
	while (len - at >= 4) {
		u32 part = 4 * (get_unaligned_be16(data + at + 2) + 1);

		if (data[at] >> 6 != RTP_VERSION || data[at + 1] < RTCP_TYPE_FIRST ||
		    data[at + 1] > RTCP_TYPE_LAST || part > len - at)
			return false;
		at += part;
	}
	return at == len;
}

/* Bytes of the shortest frame of static audio payload types, 0 for the rest. */
static u32 static_frame_len(u8 payload_type)
{
	switch (payload_type) {
	case 0: /* PCMU */
	case 8: /* PCMA */
	case 9: /* G722 */
		return 80;
	case 18: /* G729 */
		return 10;
	case 4: /* G723 */
		return 24;
	case 3: /* GSM */
		return 33;
	default:
		return 0;
	}
}

bool srtp_rtp_looks_plain(const u8 *data, u32 len, u32 header_len, u32 usual_len)
{
	u32 payload = len - header_len;
	u32 frame = static_frame_len(data[1] & RTP_PAYLOAD_TYPE);

	if (payload < SRTP_TAG_LEN)
		return true;
	if (usual_len)
		return payload == usual_len;
	return frame && payload % frame == 0;
}
