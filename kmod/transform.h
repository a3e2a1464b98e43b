/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet of a session on its way through the cipher. protect.c and
 * unprotect.c say what happens before and after it; hooks.c and job.c bring
 * the packet there and back, now or when an asynchronous cipher is done.
 */
#ifndef NF_SRTP_TRANSFORM_H
#define NF_SRTP_TRANSFORM_H

#include "core/stream.h"
#include "datagram.h"
#include "session.h"

/**
 * struct nf_srtp_transform - one packet between its two halves
 * @datagram: the packet
 * @session: its session; a reference is held only while a job has it
 * @key: the key, likewise
 * @op: what the cipher does
 * @ssrc: synchronization source, host byte order
 * @header_len: bytes of RTP or RTCP header that stay in clear
 * @clear_len: bytes of the packet in clear
 * @way: sent or received
 * @rtcp: RTCP, else RTP
 * @suspicion: received, what the likely index alone would have been refused
 *             for; the packet's name when another index does not hold either
 */
struct nf_srtp_transform {
	struct nf_srtp_datagram datagram;
	struct nf_srtp_session *session;
	struct nf_srtp_key *key;
	struct srtp_operation op;
	u32 ssrc;
	u32 header_len;
	u32 clear_len;
	u8 way;
	bool rtcp;
	u8 suspicion;
};

/**
 * nf_srtp_protect_begin - take an index for a packet that leaves
 * @transform: datagram and session filled in; the rest is filled here
 * @net: namespace
 * @class: %SRTP_CLASS_RTP or %SRTP_CLASS_RTCP
 *
 * Runs under RCU with bottom halves disabled, as does all that follows.
 *
 * Return: %NF_SRTP_DROP_REASON_NONE when the cipher may run, else why not.
 */
enum nf_srtp_drop_reason nf_srtp_protect_begin(struct nf_srtp_transform *transform,
					       struct net *net, enum srtp_class class);

/**
 * nf_srtp_protect_end - finish a packet that leaves
 * @transform: as nf_srtp_protect_begin() left it
 * @err: result of the cipher
 *
 * Return: %NF_SRTP_DROP_REASON_NONE when the packet may leave, else why not.
 */
enum nf_srtp_drop_reason nf_srtp_protect_end(struct nf_srtp_transform *transform, int err);

/**
 * enum nf_srtp_attempts - what a received packet is tried with
 * @count: 1 or 2
 * @key, @index: of each attempt
 */
struct nf_srtp_attempts {
	u32 count;
	struct {
		struct nf_srtp_key *key;
		u64 index;
	} at[2];
};

/**
 * nf_srtp_unprotect_begin - look at a packet that arrives
 * @transform: datagram and session filled in; the rest is filled here
 * @class: %SRTP_CLASS_RTP or %SRTP_CLASS_RTCP
 * @attempts: result, the likely one first
 *
 * Changes no state of the stream.
 *
 * Return: %NF_SRTP_DROP_REASON_NONE when the cipher may run, else why not.
 */
enum nf_srtp_drop_reason nf_srtp_unprotect_begin(struct nf_srtp_transform *transform,
						 enum srtp_class class,
						 struct nf_srtp_attempts *attempts);

/**
 * nf_srtp_unprotect_try - describe the cipher's work for one attempt
 * @transform: the packet
 * @attempts: what nf_srtp_unprotect_begin() told
 * @number: 0 or 1
 */
static inline void nf_srtp_unprotect_try(struct nf_srtp_transform *transform,
					 const struct nf_srtp_attempts *attempts, u32 number)
{
	u8 *packet = nf_srtp_datagram_payload(&transform->datagram);
	u64 index = attempts->at[number].index;

	transform->key = attempts->at[number].key;
	if (unlikely(transform->rtcp))
		srtp_rtcp_arrange(&transform->op, transform->key->rtcp_salt, packet,
				  transform->clear_len, index, true);
	else
		srtp_rtp_operation(&transform->op, transform->key->rtp_salt, packet,
				   transform->header_len,
				   transform->clear_len - transform->header_len, index);
}

/**
 * nf_srtp_unprotect_end - finish a packet that arrives
 * @transform: the packet after its last attempt
 * @err: result of the cipher
 *
 * Only here, and only when @err is 0, the stream's indices move.
 *
 * Return: %NF_SRTP_DROP_REASON_NONE when the packet may be delivered, else why not.
 */
enum nf_srtp_drop_reason nf_srtp_unprotect_end(struct nf_srtp_transform *transform, int err);

/* The cipher that the packet runs through, and where. */
static inline const struct nf_srtp_cipher *
nf_srtp_transform_cipher(const struct nf_srtp_transform *transform)
{
	return transform->rtcp ? &transform->key->rtcp : &transform->key->rtp;
}

/* What a cipher that did not run to its end, or at all, means for the packet. */
static inline enum nf_srtp_drop_reason nf_srtp_transform_failure(int err)
{
	switch (err) {
	case -ENOMEM:
		return NF_SRTP_DROP_REASON_NO_MEMORY;
	case -ENOENT: /* session, key, socket or route went meanwhile */
		return NF_SRTP_DROP_REASON_NO_SESSION;
	default:
		return NF_SRTP_DROP_REASON_CIPHER_ERROR;
	}
}

static inline u8 *nf_srtp_transform_at(const struct nf_srtp_transform *transform)
{
	return nf_srtp_datagram_payload(&transform->datagram) - transform->op.lead;
}

static inline int nf_srtp_transform_run(struct nf_srtp_transform *transform)
{
	return nf_srtp_cipher_run(nf_srtp_transform_cipher(transform),
				  nf_srtp_transform_at(transform), transform->op.aad_len,
				  transform->op.text_len, transform->op.iv,
				  transform->way == NF_SRTP_TX);
}

#endif
