// SPDX-License-Identifier: GPL-2.0-only
/* Packets that arrive: SRTP to RTP, SRTCP to RTCP (RFC 7714 sections 8 and 9). */
#include "events.h"
#include "transform.h"

static struct nf_srtp_direction *received(const struct nf_srtp_transform *transform)
{
	return &transform->session->way[NF_SRTP_RX];
}

static enum nf_srtp_drop_reason key_usable(const struct nf_srtp_key *key, bool rtcp)
{
	if (unlikely(!key))
		return NF_SRTP_DROP_REASON_NO_KEY;
	if (unlikely(key->expired || key->used[rtcp] >= key->limit[rtcp]))
		return NF_SRTP_DROP_REASON_KEY_EXPIRED;
	return NF_SRTP_DROP_REASON_NONE;
}

/*
 * The keys to try: the one that the MKI names, or the active one and, after a
 * change of keys, the one before it. A plain packet ends in no known MKI.
 */
static inline enum nf_srtp_drop_reason
keys_choose(const struct nf_srtp_transform *transform, u8 mki_len,
	    struct nf_srtp_attempts *attempts)
{
	const struct nf_srtp_direction *direction = received(transform);
	const struct nf_srtp_datagram *datagram = &transform->datagram;
	struct nf_srtp_key *key, *previous;

	attempts->at[1].key = NULL;
	if (unlikely(mki_len)) {
		key = nf_srtp_direction_key_by_mki(direction, nf_srtp_datagram_payload(datagram) +
						   datagram->len - mki_len, mki_len);
		attempts->at[0].key = key;
		return key ? key_usable(key, transform->rtcp) : NF_SRTP_DROP_REASON_UNKNOWN_MKI;
	}
	key = rcu_dereference(direction->active);
	previous = rcu_dereference(direction->previous);
	attempts->at[0].key = key;
	if (unlikely(previous) && !key_usable(previous, transform->rtcp) &&
	    nf_srtp_direction_expects_previous(direction))
		attempts->at[1].key = previous;
	return key_usable(key, transform->rtcp);
}

static void attempts_add(struct nf_srtp_attempts *attempts, struct nf_srtp_key *key, u64 index)
{
	attempts->at[attempts->count].key = key;
	attempts->at[attempts->count].index = index;
	attempts->count++;
}

/*
 * The indices to try: the likely one, and where nothing has authenticated yet
 * or nothing has for a while, the one with the next rollover counter. That is
 * how a stream whose wrap was lost comes back (RFC 3711 section 3.3.1 leaves
 * it to the receiver); two attempts a packet bound what a forger can cost.
 */
static noinline enum nf_srtp_drop_reason attempts_plan_any(struct nf_srtp_transform *transform,
							   struct nf_srtp_attempts *attempts,
							   u16 seq)
{
	struct nf_srtp_direction *direction = received(transform);
	struct nf_srtp_key *key = attempts->at[0].key, *previous = attempts->at[1].key;
	enum nf_srtp_drop_reason reason = NF_SRTP_DROP_REASON_NONE;
	struct nf_srtp_stream *stream;
	bool resync = seq < 0x8000;
	u64 index = seq;

	attempts->count = 0;
	spin_lock(&direction->lock);
	stream = nf_srtp_stream_find(direction, transform->ssrc);
	if (likely(stream)) {
		index = srtp_stream_rtp_index(&stream->core, seq);
		reason = srtp_rtp_check(&stream->core, index);
		if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
			stream->rejects++;
		if (likely(stream->core.rtp_started))
			resync = stream->rejects >= NF_SRTP_RESYNC_AFTER;
		if (resync && srtp_rtp_check(&stream->core, index + 0x10000))
			resync = false;
	}
	spin_unlock(&direction->lock);

	if (likely(reason == NF_SRTP_DROP_REASON_NONE))
		attempts_add(attempts, key, index);
	if (unlikely(previous) && attempts->count == 1)
		attempts_add(attempts, previous, index);
	if (unlikely(resync) && attempts->count < 2)
		attempts_add(attempts, key, index + 0x10000);
	transform->suspicion = reason;
	return attempts->count ? NF_SRTP_DROP_REASON_NONE : reason;
}

/*
 * Nearly every packet is the next one of a stream in good order. It is looked
 * at without the lock; should it be wrong by the time the cipher is done, the
 * commit finds out under the lock.
 */
static inline enum nf_srtp_drop_reason attempts_plan(struct nf_srtp_transform *transform,
						     struct nf_srtp_attempts *attempts)
{
	u16 seq = srtp_rtp_seq(nf_srtp_datagram_payload(&transform->datagram));
	const struct nf_srtp_stream *stream;
	u64 highest;

	stream = nf_srtp_stream_find(received(transform), transform->ssrc);
	if (IS_ENABLED(CONFIG_64BIT) && likely(stream) && likely(!attempts->at[1].key) &&
	    !READ_ONCE(stream->core.roc_set) && READ_ONCE(stream->core.rtp_started)) {
		highest = READ_ONCE(stream->core.rtp_highest);
		if (likely((u16)(seq - (u16)highest) == 1 && highest < SRTP_INDEX_MAX &&
			   READ_ONCE(stream->rejects) < NF_SRTP_RESYNC_AFTER)) {
			attempts->count = 1;
			attempts->at[0].index = highest + 1;
			transform->suspicion = NF_SRTP_DROP_REASON_NONE;
			return NF_SRTP_DROP_REASON_NONE;
		}
	}
	return attempts_plan_any(transform, attempts, seq);
}

static enum nf_srtp_drop_reason rtcp_plan(struct nf_srtp_transform *transform, u32 esrtcp,
					  struct nf_srtp_attempts *attempts)
{
	struct nf_srtp_direction *direction = received(transform);
	struct nf_srtp_key *previous = attempts->at[1].key;
	enum nf_srtp_drop_reason reason = NF_SRTP_DROP_REASON_NONE;
	struct nf_srtp_stream *stream;

	spin_lock(&direction->lock);
	stream = nf_srtp_stream_find(direction, transform->ssrc);
	if (likely(stream))
		reason = srtp_rtcp_check(&stream->core, esrtcp & ~SRTP_RTCP_E_FLAG);
	spin_unlock(&direction->lock);
	attempts->at[0].index = esrtcp;
	attempts->at[1].index = esrtcp;
	attempts->count = previous ? 2 : 1;
	return reason;
}

static enum nf_srtp_drop_reason rtp_begin(struct nf_srtp_transform *transform, u8 mki_len,
					  struct nf_srtp_attempts *attempts)
{
	const struct nf_srtp_datagram *datagram = &transform->datagram;
	const u8 *packet = nf_srtp_datagram_payload(datagram);
	enum nf_srtp_drop_reason reason;

	transform->header_len = srtp_rtp_header_len(packet, datagram->len);
	if (unlikely(!transform->header_len))
		return NF_SRTP_DROP_REASON_MALFORMED;
	if (unlikely(datagram->len < transform->header_len + SRTP_TAG_LEN + mki_len))
		return NF_SRTP_DROP_REASON_PLAIN_RTP;
	transform->ssrc = srtp_rtp_ssrc(packet);
	transform->clear_len = datagram->len - SRTP_TAG_LEN - mki_len;
	reason = keys_choose(transform, mki_len, attempts);
	if (unlikely(reason == NF_SRTP_DROP_REASON_UNKNOWN_MKI &&
		     srtp_rtp_looks_plain(packet, datagram->len, transform->header_len, 0)))
		return NF_SRTP_DROP_REASON_PLAIN_RTP;
	if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
		return reason;
	return attempts_plan(transform, attempts);
}

static enum nf_srtp_drop_reason rtcp_begin(struct nf_srtp_transform *transform, u8 mki_len,
					   struct nf_srtp_attempts *attempts)
{
	const struct nf_srtp_datagram *datagram = &transform->datagram;
	const u8 *packet = nf_srtp_datagram_payload(datagram);
	u32 trailer = SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN + mki_len;
	enum nf_srtp_drop_reason reason;
	u32 esrtcp;
	bool plain;

	/* SRTCP has the shape of a compound in clear once in two million packets. */
	plain = srtp_rtcp_is_compound(packet, datagram->len);
	transform->suspicion = plain ? NF_SRTP_DROP_REASON_PLAIN_RTCP : NF_SRTP_DROP_REASON_NONE;
	if (unlikely(datagram->len < SRTP_RTCP_HEADER_LEN + trailer))
		return plain ? NF_SRTP_DROP_REASON_PLAIN_RTCP : NF_SRTP_DROP_REASON_MALFORMED;
	transform->header_len = SRTP_RTCP_HEADER_LEN;
	transform->ssrc = srtp_rtcp_ssrc(packet);
	transform->clear_len = datagram->len - trailer;
	esrtcp = get_unaligned_be32(packet + transform->clear_len + SRTP_TAG_LEN);
	if (!(esrtcp & SRTP_RTCP_E_FLAG) &&
	    !(READ_ONCE(transform->session->pass) & NF_SRTP_PASS_UNENCRYPTED_SRTCP))
		return plain ? NF_SRTP_DROP_REASON_PLAIN_RTCP :
			       NF_SRTP_DROP_REASON_UNENCRYPTED_SRTCP;
	reason = keys_choose(transform, mki_len, attempts);
	if (likely(reason == NF_SRTP_DROP_REASON_NONE))
		reason = rtcp_plan(transform, esrtcp, attempts);
	return unlikely(reason && plain) ? NF_SRTP_DROP_REASON_PLAIN_RTCP : reason;
}

enum nf_srtp_drop_reason nf_srtp_unprotect_begin(struct nf_srtp_transform *transform,
						 enum srtp_class class,
						 struct nf_srtp_attempts *attempts)
{
	u8 mki_len = READ_ONCE(received(transform)->mki_len);

	if (unlikely(nf_srtp_datagram_prepare(&transform->datagram, 0)))
		return NF_SRTP_DROP_REASON_NO_MEMORY;
	transform->rtcp = class == SRTP_CLASS_RTCP;
	if (transform->rtcp)
		return rtcp_begin(transform, mki_len, attempts);
	return rtp_begin(transform, mki_len, attempts);
}

/* The packet is genuine, and only now the stream may change; under the lock. */
static __always_inline enum nf_srtp_drop_reason
stream_commit(struct nf_srtp_transform *transform, struct nf_srtp_direction *direction, bool rtcp)
{
	struct nf_srtp_stream *stream = nf_srtp_stream_find(direction, transform->ssrc);
	enum nf_srtp_drop_reason reason;

	if (unlikely(!stream)) {
		if (direction->streams_count >= NF_SRTP_STREAMS_MAX)
			return NF_SRTP_DROP_REASON_SSRC_LIMIT;
		stream = nf_srtp_session_take_spare(transform->session, transform->ssrc);
		if (!stream)
			return NF_SRTP_DROP_REASON_NO_MEMORY;
		nf_srtp_stream_link(direction, stream);
		nf_srtp_event_ssrc(transform->session, NF_SRTP_RX, transform->ssrc);
	}
	if (rtcp) {
		reason = srtp_rtcp_check(&stream->core, transform->op.index);
		if (likely(reason == NF_SRTP_DROP_REASON_NONE))
			srtp_rtcp_commit(&stream->core, transform->op.index);
		return reason;
	}
	if (likely(srtp_rtp_index_is_next(&stream->core, transform->op.index))) {
		srtp_rtp_step(&stream->core);
	} else {
		/* Another processor may have had the same packet meanwhile. */
		reason = srtp_rtp_check(&stream->core, transform->op.index);
		if (unlikely(reason != NF_SRTP_DROP_REASON_NONE))
			return reason;
		srtp_rtp_commit(&stream->core, transform->op.index);
	}
	stream->packets++;
	stream->rejects = 0;
	stream->usual_len = transform->clear_len - transform->header_len;
	return NF_SRTP_DROP_REASON_NONE;
}

/* Media and control have code of their own; that for media is short. */
static __always_inline enum nf_srtp_drop_reason
transform_commit(struct nf_srtp_transform *transform, bool rtcp)
{
	struct nf_srtp_direction *direction = received(transform);
	enum nf_srtp_drop_reason reason;

	spin_lock(&direction->lock);
	reason = key_usable(transform->key, rtcp);
	/* The context may be a new one by now, in which an old index would mislead. */
	if (unlikely(!nf_srtp_direction_holds(direction, transform->key)))
		reason = NF_SRTP_DROP_REASON_NO_KEY;
	if (likely(reason == NF_SRTP_DROP_REASON_NONE))
		reason = stream_commit(transform, direction, rtcp);
	if (likely(reason == NF_SRTP_DROP_REASON_NONE)) {
		nf_srtp_event_used(transform->session, NF_SRTP_RX, transform->key, rtcp,
				   transform->ssrc);
		nf_srtp_passed_add(&direction->passed, rtcp, transform->clear_len);
		direction->last_passed = jiffies;
		direction->passed_any = true;
		direction->trouble.failures = 0;
		direction->trouble.plain = 0;
		nf_srtp_direction_authenticated(direction, transform->key);
	}
	spin_unlock(&direction->lock);
	return reason;
}

/* Tell media in clear from a bad tag. Diagnosis only; either way it is dropped. */
static enum nf_srtp_drop_reason failure_name(struct nf_srtp_transform *transform)
{
	const u8 *packet = nf_srtp_datagram_payload(&transform->datagram);
	struct nf_srtp_direction *direction = received(transform);
	struct nf_srtp_stream *stream;
	u32 usual_len = 0;

	if (transform->rtcp)
		return transform->suspicion ?: NF_SRTP_DROP_REASON_AUTH_FAILED;
	spin_lock(&direction->lock);
	stream = nf_srtp_stream_find(direction, transform->ssrc);
	if (stream) {
		usual_len = stream->usual_len;
		stream->rejects++;
	}
	spin_unlock(&direction->lock);
	if (transform->suspicion)
		return transform->suspicion;
	if (srtp_rtp_looks_plain(packet, transform->datagram.len, transform->header_len,
				 usual_len))
		return NF_SRTP_DROP_REASON_PLAIN_RTP;
	return NF_SRTP_DROP_REASON_AUTH_FAILED;
}

enum nf_srtp_drop_reason nf_srtp_unprotect_end(struct nf_srtp_transform *transform, int err)
{
	enum nf_srtp_drop_reason reason;

	if (unlikely(err == -EBADMSG))
		return failure_name(transform);
	if (unlikely(err))
		return nf_srtp_transform_failure(err);
	if (unlikely(transform->rtcp)) {
		srtp_rtcp_restore(&transform->op, nf_srtp_datagram_payload(&transform->datagram));
		reason = transform_commit(transform, true);
	} else {
		reason = transform_commit(transform, false);
	}
	if (likely(reason == NF_SRTP_DROP_REASON_NONE))
		nf_srtp_datagram_resize(&transform->datagram, transform->clear_len, false);
	return reason;
}
