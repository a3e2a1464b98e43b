/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Packet indices: guessing one from a sequence number, and the window that
 * remembers which were used (RFC 3711 section 3.3.1, 3.3.2 and appendix A).
 *
 * A window takes no lock; its owner does.
 */
#ifndef SRTP_CORE_REPLAY_H
#define SRTP_CORE_REPLAY_H

#include "types.h"

#define SRTP_INDEX_MAX ((1ULL << 48) - 1)
#define SRTP_RTCP_INDEX_MAX 0x7fffffffU

enum srtp_window_size {
	SRTP_WINDOW_BITS = 1024,
	SRTP_WINDOW_WORDS = SRTP_WINDOW_BITS / 64,
	SRTP_RTCP_WINDOW_BITS = 128,
	SRTP_RTCP_WINDOW_WORDS = SRTP_RTCP_WINDOW_BITS / 64,
};

enum srtp_window_verdict {
	SRTP_WINDOW_FRESH,
	SRTP_WINDOW_SEEN,
	SRTP_WINDOW_OLD,
};

/**
 * srtp_index_guess - the index that a sequence number most likely stands for
 * @highest: highest index so far, 48 bits
 * @seq: sequence number of the packet, host byte order
 *
 * Takes the rollover counter that brings the index nearest to @highest, and
 * never one below zero (RFC 3711 appendix A).
 *
 * Return: the index; above %SRTP_INDEX_MAX when the counter would overflow.
 */
static inline u64 srtp_index_guess(u64 highest, u16 seq)
{
	s64 delta = (s16)(seq - (u16)highest);

	/* Half way round the RFC goes forward from the lower half only. */
	if (delta == -32768 && (u16)highest < 32768)
		delta = 32768;
	if (delta < 0 && highest < (u64)-delta)
		delta += 65536;
	return highest + delta;
}

/**
 * srtp_window_check - whether an index may be used
 * @bits: the window, a ring of @count bits
 * @count: its size in bits, a power of two
 * @highest: highest index marked so far
 * @index: the index asked about
 */
static inline enum srtp_window_verdict
srtp_window_check(const u64 *bits, u32 count, u64 highest, u64 index)
{
	if (index > highest)
		return SRTP_WINDOW_FRESH;
	if (highest - index >= count)
		return SRTP_WINDOW_OLD;
	if (bits[(index & (count - 1)) / 64] >> (index & 63) & 1)
		return SRTP_WINDOW_SEEN;
	return SRTP_WINDOW_FRESH;
}

/**
 * srtp_window_slide - move the window up, what is still in it stays remembered
 * @bits: the window
 * @count: its size in bits
 * @highest: upper end of the window, moved up when @index is above it
 * @index: the new upper end, not marked
 */
static inline void srtp_window_slide(u64 *bits, u32 count, u64 *highest, u64 index)
{
	u64 at;

	if (index <= *highest)
		return;
	if (index - *highest >= count) {
		memset(bits, 0, count / 8);
	} else {
		for (at = *highest + 1; at <= index; at++)
			bits[(at & (count - 1)) / 64] &= ~(1ULL << (at & 63));
	}
	*highest = index;
}

/**
 * srtp_window_mark - remember an index that srtp_window_check() found fresh
 * @bits: the window
 * @count: its size in bits
 * @highest: upper end of the window, moved up when @index is above it
 * @index: the index used
 */
static inline void srtp_window_mark(u64 *bits, u32 count, u64 *highest, u64 index)
{
	srtp_window_slide(bits, count, highest, index);
	bits[(index & (count - 1)) / 64] |= 1ULL << (index & 63);
}

#endif
