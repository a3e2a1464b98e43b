/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * One SSRC of one direction, and what protecting or unprotecting a packet of
 * it takes: an index, an IV, and where in the packet the cipher works.
 *
 * Sending takes its index for good before the cipher runs. Receiving changes
 * nothing until the cipher has authenticated the packet and the caller commits.
 * Nothing here takes a lock: whoever calls with a stream holds the stream's.
 */
#ifndef SRTP_CORE_STREAM_H
#define SRTP_CORE_STREAM_H

#include <linux/nf_srtp.h>

#include "nonce.h"
#include "packet.h"
#include "replay.h"

/* The cipher's associated data for SRTCP: header and E flag with index. */
enum srtp_rtcp_aad { SRTP_RTCP_AAD_LEN = SRTP_RTCP_HEADER_LEN + SRTP_RTCP_INDEX_LEN };

#define SRTP_RTCP_E_FLAG 0x80000000U

/**
 * struct srtp_stream - indices of one SSRC in one direction
 * @ssrc: synchronization source, host byte order
 * @rtp_started: @rtp_highest was used by a packet, not only set
 * @rtcp_started: the same for @rtcp_highest
 * @roc_set: the rollover counter in @rtp_highest was told and no packet has come
 *           since: the next one above @rtp_highest takes that counter as it is,
 *           however far its sequence number has jumped
 * @rtp_highest: highest index used or told, 48 bits
 * @rtcp_highest: highest SRTCP index used, 31 bits
 * @rtp_window: indices used, ring of %SRTP_WINDOW_BITS
 * @rtcp_window: SRTCP indices used, ring of %SRTP_RTCP_WINDOW_BITS
 */
struct srtp_stream {
	u32 ssrc;
	bool rtp_started;
	bool rtcp_started;
	bool roc_set;
	u64 rtp_highest;
	u64 rtcp_highest;
	u64 rtp_window[SRTP_WINDOW_WORDS];
	u64 rtcp_window[SRTP_RTCP_WINDOW_WORDS];
};

/**
 * struct srtp_operation - one run of the cipher over one packet
 * @iv: initialization vector
 * @saved: bytes that srtp_rtcp_arrange() covered up
 * @lead: bytes before the payload at which the cipher starts
 * @aad_len: associated data from there, in bytes
 * @text_len: bytes to encrypt or decrypt after it, without the tag
 * @index: the packet's index, RTP or SRTCP
 */
struct srtp_operation {
	u8 iv[SRTP_NONCE_LEN];
	u8 saved[SRTP_RTCP_AAD_LEN];
	u32 lead;
	u32 aad_len;
	u32 text_len;
	u64 index;
};

/**
 * srtp_stream_rtp_index - the index that the next packet of a stream stands for
 * @stream: the stream
 * @seq: sequence number, host byte order
 *
 * Return: the index; above %SRTP_INDEX_MAX when the counter is exhausted.
 */
u64 srtp_stream_rtp_index(const struct srtp_stream *stream, u16 seq);

/**
 * srtp_stream_set_roc - tell the rollover counter of the next packet
 * @stream: the stream
 * @roc: the counter
 *
 * Frees no index that was used: telling the present counter again only lets
 * the next packet jump ahead by more than half a turn (after a burst loss).
 *
 * Return: 0, or -ERANGE when that would go back behind what was used or told.
 */
int srtp_stream_set_roc(struct srtp_stream *stream, u32 roc);

/**
 * srtp_stream_reset - forget every index: a new cryptographic context
 * @stream: the stream, its SSRC stays
 */
void srtp_stream_reset(struct srtp_stream *stream);

/**
 * srtp_rtp_check - whether an index may be used by a packet of this stream
 * @stream: the stream
 * @index: the index
 *
 * Return: %NF_SRTP_DROP_REASON_NONE, _REPLAYED, _TOO_OLD or, past the last
 * index, _KEY_EXPIRED.
 */
enum nf_srtp_drop_reason srtp_rtp_check(const struct srtp_stream *stream, u64 index);

/**
 * srtp_rtp_commit - remember an index that srtp_rtp_check() let through
 * @stream: the stream
 * @index: the index
 */
void srtp_rtp_commit(struct srtp_stream *stream, u64 index);

/* The same for SRTCP indices of received packets. */
enum nf_srtp_drop_reason srtp_rtcp_check(const struct srtp_stream *stream, u32 index);
void srtp_rtcp_commit(struct srtp_stream *stream, u32 index);

/* The same for a packet that is not the next one in order. */
enum nf_srtp_drop_reason srtp_rtp_send_any(struct srtp_stream *stream, const u8 *packet,
					   u64 *index);

/**
 * srtp_rtp_is_next - whether a sequence number follows the highest one
 * @stream: the stream
 * @seq: sequence number, host byte order
 *
 * Nearly every packet does. Its index is fresh without a look at the window.
 */
static inline bool srtp_rtp_is_next(const struct srtp_stream *stream, u16 seq)
{
	return stream->rtp_started && !stream->roc_set &&
	       (u16)(seq - (u16)stream->rtp_highest) == 1 &&
	       stream->rtp_highest < SRTP_INDEX_MAX;
}

/* The same for an index that was found to be one of RTP, that is of 48 bits. */
static inline bool srtp_rtp_index_is_next(const struct srtp_stream *stream, u64 index)
{
	return stream->rtp_started && !stream->roc_set && index == stream->rtp_highest + 1;
}

/* Take the index after the highest one: its bit is the oldest of the ring. */
static inline u64 srtp_rtp_step(struct srtp_stream *stream)
{
	u64 index = ++stream->rtp_highest;

	stream->rtp_window[index % SRTP_WINDOW_BITS / 64] |= 1ULL << (index & 63);
	return index;
}

/**
 * srtp_rtp_send - take the index for an RTP packet that is to be sent
 * @stream: the stream of its SSRC
 * @packet: the packet in clear
 * @index: the index taken
 *
 * The index is used up whatever happens to the packet afterwards.
 *
 * Return: %NF_SRTP_DROP_REASON_NONE, or why the packet must not be sent.
 */
static inline enum nf_srtp_drop_reason srtp_rtp_send(struct srtp_stream *stream,
						     const u8 *packet, u64 *index)
{
	if (srtp_rtp_is_next(stream, srtp_rtp_seq(packet))) {
		*index = srtp_rtp_step(stream);
		return NF_SRTP_DROP_REASON_NONE;
	}
	return srtp_rtp_send_any(stream, packet, index);
}

/**
 * srtp_rtcp_send - take the index for an RTCP packet that is to be sent
 * @stream: the stream of its SSRC
 * @index: the index taken, from 1 on
 *
 * Return: %NF_SRTP_DROP_REASON_NONE, or _KEY_EXPIRED after the last index.
 */
enum nf_srtp_drop_reason srtp_rtcp_send(struct srtp_stream *stream, u32 *index);

/**
 * srtp_rtp_operation - describe the cipher's work on an RTP packet
 * @op: result
 * @salt: session salt
 * @packet: the packet
 * @header_len: what srtp_rtp_header_len() told
 * @text_len: bytes after the header, without tag and MKI
 * @index: packet index
 */
static inline void srtp_rtp_operation(struct srtp_operation *op, const u8 *salt, const u8 *packet,
				      u32 header_len, u32 text_len, u64 index)
{
	srtp_nonce_rtp(op->iv, salt, srtp_rtp_ssrc(packet), index);
	op->lead = 0;
	op->aad_len = header_len;
	op->text_len = text_len;
	op->index = index;
}

/**
 * srtp_rtcp_arrange - describe the cipher's work on an RTCP packet and bring
 *                     the bytes of associated data and text in a row
 * @op: result
 * @salt: session salt for SRTCP
 * @packet: the packet, with 4 writable bytes before it, room for the tag after
 *          it and, received, all of tag and index
 * @len: its length in bytes without tag and index
 * @esrtcp: E flag and index; received, as read from the packet
 * @received: whether tag and index follow the packet
 *
 * On the wire the index comes last, for the cipher it stands between header
 * and text, so the header moves back by 4 bytes. srtp_rtcp_restore() undoes it.
 * Without the E flag the whole packet is associated data, followed by the
 * index, and tag and index change places.
 */
void srtp_rtcp_arrange(struct srtp_operation *op, const u8 *salt, u8 *packet,
		       u32 len, u32 esrtcp, bool received);

/**
 * srtp_rtcp_restore - put back what srtp_rtcp_arrange() moved
 * @op: the operation, after the cipher ran
 * @packet: the packet
 */
void srtp_rtcp_restore(const struct srtp_operation *op, u8 *packet);

#endif
