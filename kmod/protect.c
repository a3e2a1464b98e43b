// SPDX-License-Identifier: GPL-2.0-only
/* Packets that leave: RTP to SRTP, RTCP to SRTCP (RFC 7714 sections 8 and 9). */
#include "events.h"
#include "transform.h"

static enum nf_srtp_drop_reason stream_start(struct nf_srtp_transform *transform,
					     struct nf_srtp_direction *direction,
					     struct nf_srtp_stream **stream)
{
	if (direction->streams_count >= NF_SRTP_STREAMS_MAX)
		return NF_SRTP_DROP_REASON_SSRC_LIMIT;
	*stream = nf_srtp_session_take_spare(transform->session, transform->ssrc);
	if (!*stream)
		return NF_SRTP_DROP_REASON_NO_MEMORY;
	nf_srtp_stream_link(direction, *stream);
	nf_srtp_event_ssrc(transform->session, NF_SRTP_TX, transform->ssrc);
	return NF_SRTP_DROP_REASON_NONE;
}

static enum nf_srtp_drop_reason index_take(struct nf_srtp_transform *transform,
					   struct nf_srtp_direction *direction, u64 *index)
{
	struct nf_srtp_stream *stream = nf_srtp_stream_find(direction, transform->ssrc);
	enum nf_srtp_drop_reason reason;
	u32 rtcp_index = 0;

	if (unlikely(!stream)) {
		reason = stream_start(transform, direction, &stream);
		if (reason)
			return reason;
	}
	if (transform->rtcp) {
		reason = srtp_rtcp_send(&stream->core, &rtcp_index);
		*index = rtcp_index;
		return reason;
	}
	reason = srtp_rtp_send(&stream->core, nf_srtp_datagram_payload(&transform->datagram),
			       index);
	if (likely(reason == NF_SRTP_DROP_REASON_NONE))
		stream->packets++;
	return reason;
}

static u32 protect_growth(u8 mki_len, bool rtcp)
{
	return SRTP_TAG_LEN + mki_len + (rtcp ? SRTP_RTCP_INDEX_LEN : 0);
}

/*
 * Key, index and lifetime in one section, so that no nonce serves twice. The
 * key may have changed since room was made, to one whose MKI needs more.
 */
static enum nf_srtp_drop_reason transform_admit(struct nf_srtp_transform *transform, u32 room,
						u64 *index)
{
	struct nf_srtp_direction *direction = &transform->session->way[NF_SRTP_TX];
	enum nf_srtp_drop_reason reason;
	struct nf_srtp_key *key;

	spin_lock(&direction->lock);
	key = rcu_dereference_protected(direction->active, lockdep_is_held(&direction->lock));
	if (unlikely(!key))
		reason = NF_SRTP_DROP_REASON_NO_KEY;
	else if (unlikely(protect_growth(key->mki_len, transform->rtcp) > room))
		reason = NF_SRTP_DROP_REASON_NO_MEMORY;
	else if (unlikely(key->used[transform->rtcp] >= key->limit[transform->rtcp] ||
			  key->expired))
		reason = NF_SRTP_DROP_REASON_KEY_EXPIRED;
	else
		reason = index_take(transform, direction, index);
	if (likely(reason == NF_SRTP_DROP_REASON_NONE)) {
		transform->key = key;
		nf_srtp_event_used(transform->session, NF_SRTP_TX, key, transform->rtcp,
				   transform->ssrc);
		nf_srtp_passed_add(&direction->passed, transform->rtcp, transform->clear_len);
		direction->last_passed = jiffies;
		direction->passed_any = true;
	}
	spin_unlock(&direction->lock);
	return reason;
}

static bool header_parse(struct nf_srtp_transform *transform)
{
	const u8 *packet = nf_srtp_datagram_payload(&transform->datagram);
	u32 len = transform->datagram.len;

	if (transform->rtcp) {
		if (len < SRTP_RTCP_HEADER_LEN)
			return false;
		transform->header_len = SRTP_RTCP_HEADER_LEN;
		transform->ssrc = srtp_rtcp_ssrc(packet);
		return true;
	}
	transform->header_len = srtp_rtp_header_len(packet, len);
	if (!transform->header_len)
		return false;
	transform->ssrc = srtp_rtp_ssrc(packet);
	return true;
}

enum nf_srtp_drop_reason nf_srtp_protect_begin(struct nf_srtp_transform *transform,
					       struct net *net, enum srtp_class class)
{
	struct nf_srtp_direction *direction = &transform->session->way[NF_SRTP_TX];
	enum nf_srtp_drop_reason reason;
	u32 growth;
	u64 index;
	u8 *packet;

	transform->rtcp = class == SRTP_CLASS_RTCP;
	transform->clear_len = transform->datagram.len;
	growth = protect_growth(READ_ONCE(direction->mki_len), transform->rtcp);
	if (unlikely(!nf_srtp_datagram_fits(&transform->datagram, net, growth)))
		return NF_SRTP_DROP_REASON_TOO_BIG;
	if (unlikely(nf_srtp_datagram_prepare(&transform->datagram, growth)))
		return NF_SRTP_DROP_REASON_NO_MEMORY;
	/* Only now the whole header is sure to be in one piece. */
	if (unlikely(!header_parse(transform)))
		return NF_SRTP_DROP_REASON_MALFORMED;

	reason = transform_admit(transform, growth, &index);
	if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
		return reason;
	packet = nf_srtp_datagram_payload(&transform->datagram);
	if (transform->rtcp)
		srtp_rtcp_arrange(&transform->op, transform->key->rtcp_salt, packet,
				  transform->clear_len, SRTP_RTCP_E_FLAG | (u32)index, false);
	else
		srtp_rtp_operation(&transform->op, transform->key->rtp_salt, packet,
				   transform->header_len,
				   transform->clear_len - transform->header_len, index);
	return NF_SRTP_DROP_REASON_NONE;
}

/* The packet was counted when its index was taken and did not leave after all. */
static void transform_uncount(struct nf_srtp_transform *transform)
{
	struct nf_srtp_direction *direction = &transform->session->way[NF_SRTP_TX];
	struct nf_srtp_stream *stream;

	spin_lock(&direction->lock);
	stream = nf_srtp_stream_find(direction, transform->ssrc);
	if (stream && !transform->rtcp)
		stream->packets--;
	if (transform->rtcp) {
		direction->passed.rtcp_packets--;
		direction->passed.rtcp_bytes -= transform->clear_len;
	} else {
		direction->passed.rtp_packets--;
		direction->passed.rtp_bytes -= transform->clear_len;
	}
	spin_unlock(&direction->lock);
}

enum nf_srtp_drop_reason nf_srtp_protect_end(struct nf_srtp_transform *transform, int err)
{
	const struct nf_srtp_key *key = transform->key;
	u8 *packet = nf_srtp_datagram_payload(&transform->datagram);
	u32 len = transform->clear_len + SRTP_TAG_LEN;

	if (unlikely(err)) {
		transform_uncount(transform);
		return nf_srtp_transform_failure(err);
	}
	if (transform->rtcp) {
		srtp_rtcp_restore(&transform->op, packet);
		put_unaligned_be32(SRTP_RTCP_E_FLAG | (u32)transform->op.index, packet + len);
		len += SRTP_RTCP_INDEX_LEN;
	}
	if (key->mki_len) {
		memcpy(packet + len, key->mki, key->mki_len);
		len += key->mki_len;
	}
	nf_srtp_datagram_resize(&transform->datagram, len, true);
	return NF_SRTP_DROP_REASON_NONE;
}
