/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Initialization vectors of AEAD SRTP and SRTCP (RFC 7714 sections 8.1 and 9.1). */
#ifndef SRTP_CORE_NONCE_H
#define SRTP_CORE_NONCE_H

#include "types.h"

enum srtp_nonce_size {
	SRTP_NONCE_LEN = 12,
	SRTP_SALT_LEN = 12,
};

/**
 * srtp_nonce_rtp - the IV of an RTP packet
 * @iv: result, 12 bytes
 * @salt: session salt, 12 bytes
 * @ssrc: synchronization source, host byte order
 * @index: packet index, 48 bits: rollover counter and sequence number
 */
static inline void srtp_nonce_rtp(u8 *iv, const u8 *salt, u32 ssrc, u64 index)
{
	put_unaligned_be64(get_unaligned_be64(salt) ^ ((u64)ssrc << 16 | index >> 32), iv);
	put_unaligned_be32(get_unaligned_be32(salt + 8) ^ (u32)index, iv + 8);
}

/**
 * srtp_nonce_rtcp - the IV of an RTCP packet
 * @iv: result, 12 bytes
 * @salt: session salt for SRTCP, 12 bytes
 * @ssrc: synchronization source of the first packet of the compound
 * @index: SRTCP index, 31 bits, without the E flag
 */
static inline void srtp_nonce_rtcp(u8 *iv, const u8 *salt, u32 ssrc, u32 index)
{
	put_unaligned_be64(get_unaligned_be64(salt) ^ (u64)ssrc << 16, iv);
	put_unaligned_be32(get_unaligned_be32(salt + 8) ^ index, iv + 8);
}

#endif
