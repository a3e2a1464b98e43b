// SPDX-License-Identifier: Apache-2.0
#include "pattern.h"

#include <arpa/inet.h>
#include <string.h>

enum {
	FRAME = 160,
	RTP_HEADER = 12,
};

/* Position 15 of a pattern that starts at 65520 is the last packet before the wrap. */
static const struct pattern patterns[] = {
	{ "in-order", .first_seq = 1000 },
	{ "wrap", .first_seq = 65520 },
	{ "wrap-loss", .first_seq = 65520, .lost_first = 13, .lost_count = 6, .lost_every = 5 },
	{ "wrap-reorder", .first_seq = 65520, .block = 6 },
	{ "wrap-loss-reorder", .first_seq = 65520, .lost_first = 15, .lost_count = 2,
	  .lost_every = 7, .block = 6 },
	{ "wrap-unseen", .first_seq = 65528, .lost_first = 0, .lost_count = 9, .one_way = true },
};

const struct pattern *pattern_find(const char *name)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
		if (!strcmp(patterns[i].name, name))
			return &patterns[i];
	return NULL;
}

static bool is_lost(const struct pattern *pattern, unsigned int position)
{
	if (position - pattern->lost_first < pattern->lost_count)
		return true;
	return pattern->lost_every && position % pattern->lost_every == pattern->lost_every - 1;
}

size_t pattern_order(const struct pattern *pattern, unsigned int *order)
{
	size_t count = 0;

	for (unsigned int i = 0; i < PATTERN_PACKETS; i++) {
		unsigned int block = pattern->block, position = i;

		/* The last block may be short, so it stays as it is. */
		if (block && i && (i - 1) / block < (PATTERN_PACKETS - 1) / block)
			position = (i - 1) / block * block + block - (i - 1) % block;
		if (!is_lost(pattern, position))
			order[count++] = position;
	}
	return count;
}

static uint8_t *word_put(uint8_t *at, uint32_t word)
{
	word = htonl(word);
	memcpy(at, &word, sizeof(word));
	return at + sizeof(word);
}

size_t pattern_rtp(const struct pattern *pattern, uint32_t ssrc, unsigned int position,
		   uint8_t *packet)
{
	uint32_t sources = position % 8 == 3 ? 2 : 0;
	bool extended = position % 8 == 5;
	size_t payload = position % 4 ? FRAME : position * 4 % (FRAME + 1);
	uint16_t seq = (uint16_t)(pattern->first_seq + position);
	uint8_t *at = packet;

	at = word_put(at, 0x80000000 | (uint32_t)extended << 28 | sources << 24 | seq);
	at = word_put(at, position * FRAME);
	at = word_put(at, ssrc);
	for (uint32_t i = 0; i < sources; i++)
		at = word_put(at, 0xc5c00000 | i);
	if (extended) {
		/* One word of one-byte elements (RFC 8285 section 4.2). */
		at = word_put(at, 0xbede0001);
		at = word_put(at, 0x10aa0000);
	}
	for (size_t i = 0; i < payload; i++)
		*at++ = (uint8_t)(position * 31 + i * 7 + ssrc);
	return (size_t)(at - packet);
}

size_t pattern_rtcp(uint32_t ssrc, unsigned int position, uint8_t *packet)
{
	uint8_t *at = packet;

	at = word_put(at, 0x80c80006);
	at = word_put(at, ssrc);
	at = word_put(at, 0xe9304c75);
	at = word_put(at, position << 24);
	at = word_put(at, position * FRAME);
	at = word_put(at, position);
	at = word_put(at, position * FRAME);
	/* One chunk: a CNAME of five bytes, and the end of the list. */
	at = word_put(at, 0x81ca0003);
	at = word_put(at, ssrc);
	memcpy(at, "\1\5phone\0", 8);
	return (size_t)(at + 8 - packet);
}
