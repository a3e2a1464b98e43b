/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Session keys from a master key (RFC 3711 section 4.3, RFC 7714 section 11). */
#ifndef SRTP_CORE_KDF_H
#define SRTP_CORE_KDF_H

#include "types.h"

enum srtp_kdf_label {
	SRTP_LABEL_RTP_KEY = 0,
	SRTP_LABEL_RTP_AUTH = 1,
	SRTP_LABEL_RTP_SALT = 2,
	SRTP_LABEL_RTCP_KEY = 3,
	SRTP_LABEL_RTCP_AUTH = 4,
	SRTP_LABEL_RTCP_SALT = 5,
};

enum srtp_kdf_limits {
	SRTP_KDF_SALT_LEN = 14,
	SRTP_KDF_BLOCK_LEN = 16,
};

/**
 * typedef srtp_block_encrypt - AES of one block under the master key
 * @key: the expanded master key, as the caller keeps it
 * @out: result, 16 bytes
 * @in: one block, 16 bytes
 */
typedef void (*srtp_block_encrypt)(const void *key, u8 *out, const u8 *in);

/**
 * srtp_kdf_derive - derive one session key or salt
 * @encrypt: block cipher, AES with the size of the master key (RFC 6188)
 * @key: expanded master key, given to @encrypt
 * @salt: master salt; AEAD's 12 bytes count as the first of 14, the last two zero
 * @salt_len: its length, at most 14 bytes
 * @label: what is derived
 * @out: result
 * @out_len: its length in bytes
 *
 * The key derivation rate is zero, so the packet index takes no part.
 */
void srtp_kdf_derive(srtp_block_encrypt encrypt, const void *key,
		     const u8 *salt, u32 salt_len, enum srtp_kdf_label label,
		     u8 *out, u32 out_len);

#endif
