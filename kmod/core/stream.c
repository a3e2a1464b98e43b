// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
#include "stream.h"

u64 srtp_stream_rtp_index(const struct srtp_stream *stream, u16 seq)
{
	u64 told = (stream->rtp_highest & ~0xffffULL) | seq;

	if (!stream->rtp_started || (stream->roc_set && told >= stream->rtp_highest))
		return told;
	return srtp_index_guess(stream->rtp_highest, seq);
}

int srtp_stream_set_roc(struct srtp_stream *stream, u32 roc)
{
	u64 first = (u64)roc << 16;

	if (stream->rtp_started && roc < stream->rtp_highest >> 16)
		return -ERANGE;
	/* Indices used before stay marked: late packets may repeat them. */
	if (stream->rtp_started)
		srtp_window_slide(stream->rtp_window, SRTP_WINDOW_BITS,
				  &stream->rtp_highest, first);
	else
		stream->rtp_highest = first;
	stream->roc_set = true;
	return 0;
}

void srtp_stream_reset(struct srtp_stream *stream)
{
	u32 ssrc = stream->ssrc;

	memset(stream, 0, sizeof(*stream));
	stream->ssrc = ssrc;
}

static enum nf_srtp_drop_reason window_reason(enum srtp_window_verdict verdict)
{
	switch (verdict) {
	case SRTP_WINDOW_FRESH:
		return NF_SRTP_DROP_REASON_NONE;
	case SRTP_WINDOW_SEEN:
		return NF_SRTP_DROP_REASON_REPLAYED;
	case SRTP_WINDOW_OLD:
		break;
	}
	return NF_SRTP_DROP_REASON_TOO_OLD;
}

enum nf_srtp_drop_reason srtp_rtp_check(const struct srtp_stream *stream, u64 index)
{
	if (index > SRTP_INDEX_MAX)
		return NF_SRTP_DROP_REASON_KEY_EXPIRED;
	if (!stream->rtp_started)
		return NF_SRTP_DROP_REASON_NONE;
	/* Guessed before the counter was told: committed, it would end the telling. */
	if (stream->roc_set && index >> 16 < stream->rtp_highest >> 16)
		return NF_SRTP_DROP_REASON_TOO_OLD;
	return window_reason(srtp_window_check(stream->rtp_window, SRTP_WINDOW_BITS,
					       stream->rtp_highest, index));
}

void srtp_rtp_commit(struct srtp_stream *stream, u64 index)
{
	/* The first packet ever starts the window, whatever counter was told. */
	if (!stream->rtp_started)
		stream->rtp_highest = index;
	stream->rtp_started = true;
	stream->roc_set = false;
	srtp_window_mark(stream->rtp_window, SRTP_WINDOW_BITS, &stream->rtp_highest, index);
}

enum nf_srtp_drop_reason srtp_rtcp_check(const struct srtp_stream *stream, u32 index)
{
	if (!stream->rtcp_started)
		return NF_SRTP_DROP_REASON_NONE;
	return window_reason(srtp_window_check(stream->rtcp_window, SRTP_RTCP_WINDOW_BITS,
					       stream->rtcp_highest, index));
}

void srtp_rtcp_commit(struct srtp_stream *stream, u32 index)
{
	if (!stream->rtcp_started) {
		stream->rtcp_started = true;
		stream->rtcp_highest = index;
	}
	srtp_window_mark(stream->rtcp_window, SRTP_RTCP_WINDOW_BITS,
			 &stream->rtcp_highest, index);
}

enum nf_srtp_drop_reason srtp_rtp_send_any(struct srtp_stream *stream, const u8 *packet,
					   u64 *index)
{
	enum nf_srtp_drop_reason reason;

	*index = srtp_stream_rtp_index(stream, srtp_rtp_seq(packet));
	reason = srtp_rtp_check(stream, *index);
	if (reason == NF_SRTP_DROP_REASON_NONE)
		srtp_rtp_commit(stream, *index);
	return reason;
}

enum nf_srtp_drop_reason srtp_rtcp_send(struct srtp_stream *stream, u32 *index)
{
	if (stream->rtcp_highest >= SRTP_RTCP_INDEX_MAX)
		return NF_SRTP_DROP_REASON_KEY_EXPIRED;
	stream->rtcp_started = true;
	*index = ++stream->rtcp_highest;
	return NF_SRTP_DROP_REASON_NONE;
}

void srtp_rtcp_arrange(struct srtp_operation *op, const u8 *salt, u8 *packet,
		       u32 len, u32 esrtcp, bool received)
{
	u8 *tag = packet + len;

	srtp_nonce_rtcp(op->iv, salt, srtp_rtcp_ssrc(packet), esrtcp & ~SRTP_RTCP_E_FLAG);
	op->index = esrtcp & ~SRTP_RTCP_E_FLAG;
	if (esrtcp & SRTP_RTCP_E_FLAG) {
		memcpy(op->saved, packet - SRTP_RTCP_INDEX_LEN, sizeof(op->saved));
		memmove(packet - SRTP_RTCP_INDEX_LEN, packet, SRTP_RTCP_HEADER_LEN);
		put_unaligned_be32(esrtcp, packet + SRTP_RTCP_INDEX_LEN);
		op->lead = SRTP_RTCP_INDEX_LEN;
		op->aad_len = SRTP_RTCP_AAD_LEN;
		op->text_len = len - SRTP_RTCP_HEADER_LEN;
		return;
	}
	if (received)
		memmove(tag + SRTP_RTCP_INDEX_LEN, tag, SRTP_TAG_LEN);
	put_unaligned_be32(esrtcp, tag);
	op->lead = 0;
	op->aad_len = len + SRTP_RTCP_INDEX_LEN;
	op->text_len = 0;
}

void srtp_rtcp_restore(const struct srtp_operation *op, u8 *packet)
{
	if (op->lead)
		memcpy(packet - SRTP_RTCP_INDEX_LEN, op->saved, sizeof(op->saved));
}
