// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
#include "kdf.h"

enum {
	/* key_id is label and 48 bits of index, right-aligned in 14 bytes. */
	LABEL_AT = SRTP_KDF_SALT_LEN - 7,
	COUNTER_AT = SRTP_KDF_SALT_LEN,
};

void srtp_kdf_derive(srtp_block_encrypt encrypt, const void *key,
		     const u8 *salt, u32 salt_len, enum srtp_kdf_label label,
		     u8 *out, u32 out_len)
{
	u8 input[SRTP_KDF_BLOCK_LEN] = { 0 };
	u8 stream[SRTP_KDF_BLOCK_LEN];
	u32 counter = 0;

	memcpy(input, salt, salt_len < SRTP_KDF_SALT_LEN ? salt_len : SRTP_KDF_SALT_LEN);
	input[LABEL_AT] ^= label;
	while (out_len) {
		u32 part = out_len < sizeof(stream) ? out_len : sizeof(stream);

		input[COUNTER_AT] = counter >> 8;
		input[COUNTER_AT + 1] = counter;
		encrypt(key, stream, input);
		memcpy(out, stream, part);
		out += part;
		out_len -= part;
		counter++;
	}
	/* The caller cannot reach these bytes to wipe them. */
	memset(stream, 0, sizeof(stream));
	__asm__ volatile("" : : "r"(stream) : "memory");
}
