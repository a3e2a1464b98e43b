// SPDX-License-Identifier: Apache-2.0
#include "sample.h"

static void put_be16(u8 *at, u16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static u8 *write_extension(u8 *at, u16 profile, u16 words)
{
	put_be16(at, profile);
	put_be16(at + 2, words);
	memset(at + 4, 0, words * 4U);
	if (words)
		at[4] = profile == SAMPLE_ONE_BYTE ? 0xf2 : 15;
	return at + 4 + words * 4U;
}

u32 sample_rtp_write(u8 *packet, const struct sample_rtp *sample)
{
	u8 *at = packet + SRTP_RTP_HEADER_MIN;
	u32 i;

	packet[0] = (u8)(0x80 | (sample->profile ? 0x10 : 0) | sample->csrc_count);
	packet[1] = 0;
	put_be16(packet + 2, sample->seq);
	put_unaligned_be32(160U * sample->seq, packet + 4);
	put_unaligned_be32(sample->ssrc, packet + 8);
	for (i = 0; i < sample->csrc_count; i++, at += 4)
		put_unaligned_be32(0xc0c0c000 + i, at);
	if (sample->profile)
		at = write_extension(at, sample->profile, sample->extension_words);
	for (i = 0; i < sample->payload_len; i++)
		*at++ = (u8)i;
	return (u32)(at - packet);
}

u32 sample_rtcp_write(u8 *packet, u32 ssrc)
{
	static const u8 cname[] = { 1, 2, 'p', 'h' };
	u8 *description = packet + 28;

	memset(packet, 0, SAMPLE_RTCP_LEN);
	packet[0] = 0x80;
	packet[1] = 200;
	put_be16(packet + 2, 28 / 4 - 1);
	put_unaligned_be32(ssrc, packet + 4);
	put_unaligned_be32(0xdeadbeef, packet + 16);
	description[0] = 0x81;
	description[1] = 202;
	put_be16(description + 2, 12 / 4 - 1);
	put_unaligned_be32(ssrc, description + 4);
	memcpy(description + 8, cname, sizeof(cname));
	return SAMPLE_RTCP_LEN;
}
