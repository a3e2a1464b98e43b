// SPDX-License-Identifier: Apache-2.0
/* Initialization vectors: kmod/core/nonce. */
#include "nonce.h"
#include "unit.h"

static const u8 salt[SRTP_SALT_LEN] = "Quid pro quo";

/* RFC 7714 section 8.1 and 9.1, byte by byte. */
static void lay_out(u8 *iv, u32 ssrc, u64 low48)
{
	u32 i;

	memset(iv, 0, SRTP_NONCE_LEN);
	for (i = 0; i < 4; i++)
		iv[2 + i] = (u8)(ssrc >> (24 - 8 * i));
	for (i = 0; i < 6; i++)
		iv[6 + i] = (u8)(low48 >> (40 - 8 * i));
	for (i = 0; i < SRTP_NONCE_LEN; i++)
		iv[i] ^= salt[i];
}

static void rfc7714_values(void **state)
{
	static const u8 rtp[] = {
		0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14,
	};
	static const u8 rtcp[] = {
		0x51, 0x75, 0x24, 0x05, 0x52, 0x03, 0x72, 0x6f, 0x20, 0x71, 0x70, 0xbb,
	};
	u8 iv[SRTP_NONCE_LEN];

	(void)state;
	srtp_nonce_rtp(iv, salt, 0x5501a0b2, 0xf17b);
	assert_memory_equal(iv, rtp, sizeof(rtp));
	srtp_nonce_rtcp(iv, salt, 0x4d617273, 0x5d4);
	assert_memory_equal(iv, rtcp, sizeof(rtcp));
}

/* Break: in srtp_nonce_rtp() leave out "| index >> 32". */
static void every_bit_has_its_place(void **state)
{
	u64 random = 0xa4093822299f31d0;
	u8 iv[SRTP_NONCE_LEN], expected[SRTP_NONCE_LEN];
	u32 i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		u32 ssrc = (u32)unit_random(&random);
		u64 index = unit_random(&random) >> 16;

		if (i < 48)
			index = 1ULL << i;
		lay_out(expected, ssrc, index);
		srtp_nonce_rtp(iv, salt, ssrc, index);
		assert_memory_equal(iv, expected, sizeof(iv));
		lay_out(expected, ssrc, index & 0x7fffffff);
		srtp_nonce_rtcp(iv, salt, ssrc, (u32)index & 0x7fffffff);
		assert_memory_equal(iv, expected, sizeof(iv));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc7714_values),
		cmocka_unit_test(every_bit_has_its_place),
	};

	return cmocka_run_group_tests_name("nonce", tests, NULL, NULL);
}
