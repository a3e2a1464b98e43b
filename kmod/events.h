/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is worth telling userspace. Packets only note it; a worker of the
 * namespace sends it, makes streams ready and ends keys and sessions.
 */
#ifndef NF_SRTP_EVENTS_H
#define NF_SRTP_EVENTS_H

#include "session.h"

/* Packets before the end of a key's life when userspace is told, at most. */
enum { NF_SRTP_SOFT_LEAD = 65536 };

/* All but the last two run under the lock of the direction. */

/* An SSRC was seen for the first time. */
void nf_srtp_event_ssrc(struct nf_srtp_session *session, enum nf_srtp_way way, u32 ssrc);

/* What nf_srtp_event_used() does on the first packet and near the end of a key. */
void nf_srtp_event_key(struct nf_srtp_session *session, enum nf_srtp_way way,
		       struct nf_srtp_key *key, bool rtcp, u32 ssrc);

/**
 * nf_srtp_event_used - count one packet on a key's lifetime
 * @session: the session
 * @way: sent or received
 * @key: the key that protected or authenticated the packet
 * @rtcp: which of its limits counts
 * @ssrc: of the packet
 */
static inline void nf_srtp_event_used(struct nf_srtp_session *session, enum nf_srtp_way way,
				      struct nf_srtp_key *key, bool rtcp, u32 ssrc)
{
	u64 used = ++key->used[rtcp];

	if (unlikely(used == 1 || used + NF_SRTP_SOFT_LEAD >= key->limit[rtcp]))
		nf_srtp_event_key(session, way, key, rtcp, ssrc);
}

/**
 * nf_srtp_event_refused - note a packet of a session that was dropped
 * @session: the session
 * @way: sent or received
 * @reason: why
 *
 * Takes the lock of the direction itself, with bottom halves disabled.
 */
void nf_srtp_event_refused(struct nf_srtp_session *session, enum nf_srtp_way way,
			   enum nf_srtp_drop_reason reason);

/* The workers of a namespace. */
void nf_srtp_events_work(struct work_struct *work);
void nf_srtp_events_tick(struct work_struct *work);

#endif
