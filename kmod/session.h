/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A session vouches for the media of one transport address pair. Packets find
 * it by its endpoints, one a local port; netlink finds it by its id.
 */
#ifndef NF_SRTP_SESSION_H
#define NF_SRTP_SESSION_H

#include <linux/llist.h>
#include <linux/refcount.h>

#include "direction.h"
#include "endpoint.h"
#include "netns.h"

enum nf_srtp_session_limits {
	NF_SRTP_SESSIONS_MAX = 100000,
	NF_SRTP_SPARE_STREAMS = 2,
	NF_SRTP_SILENCE_MIN_MS = 100,
	/* Keys that a session has sent under and recognises when they come back. */
	NF_SRTP_PRINTS_MAX = 16,
	NF_SRTP_DRAIN_MAX_MS = 60000,
};

/* What packets leave to the worker; each is one bit of nf_srtp_session.pending. */
enum nf_srtp_pending {
	NF_SRTP_PENDING_QUEUED,
	NF_SRTP_PENDING_SPARE,
	NF_SRTP_PENDING_KILL_KEY,
	/* Events, one bit for each direction. */
	NF_SRTP_PENDING_FIRST_PACKET,
	NF_SRTP_PENDING_SSRC = NF_SRTP_PENDING_FIRST_PACKET + NF_SRTP_WAYS,
	NF_SRTP_PENDING_AUTH_FAILURES = NF_SRTP_PENDING_SSRC + NF_SRTP_WAYS,
	NF_SRTP_PENDING_REPLAY_FLOOD = NF_SRTP_PENDING_AUTH_FAILURES + NF_SRTP_WAYS,
	NF_SRTP_PENDING_KEY_SOFT = NF_SRTP_PENDING_REPLAY_FLOOD + NF_SRTP_WAYS,
	NF_SRTP_PENDING_KEY_HARD = NF_SRTP_PENDING_KEY_SOFT + NF_SRTP_WAYS,
};

/* What the events of one direction tell, written under the direction's lock. */
struct nf_srtp_report {
	u32 ssrc;
	u32 previous_ssrc;
	bool ssrc_changed;
	u32 count;
	u32 cause;
	u64 remaining;
};

/**
 * struct nf_srtp_session - see above
 * @way: the two directions
 * @pass, @hold, @draining: read by packets without a lock
 * @spare: streams ready for new SSRCs, each taken with xchg()
 * @pending: bits of enum nf_srtp_pending
 * @pending_node: in nf_srtp_netns.pending while NF_SRTP_PENDING_QUEUED is set
 * @tx_prints: fingerprints of the last keys set for sending, a ring
 * @silent_told: a session-silent event was sent since the last packet
 * @endpoints: the second is NULL with RTCP on the RTP port
 */
struct nf_srtp_session {
	struct nf_srtp_netns *ns;
	u32 pass;
	u32 hold;
	struct nf_srtp_direction way[NF_SRTP_WAYS];
	struct nf_srtp_stream *spare[NF_SRTP_SPARE_STREAMS];
	unsigned long pending;
	struct llist_node pending_node;
	struct nf_srtp_report report[NF_SRTP_WAYS];
	refcount_t refs;
	u32 id;
	enum nf_srtp_suite suite;
	struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX];
	u64 tx_prints[NF_SRTP_PRINTS_MAX];
	u8 tx_prints_next;
	u32 silence_ms;
	bool silent_told;
	bool draining;
	bool timed;
	unsigned long drain_until;
	unsigned long made_jiffies;
	time64_t made_at;
	struct rcu_head rcu;
};

/**
 * struct nf_srtp_addresses - the transport addresses of a session
 * @rtp: the RTP pair
 * @local_rtcp_port, @remote_rtcp_port: network byte order, unused with @mux
 * @mux: RTCP shares the RTP ports
 */
struct nf_srtp_addresses {
	struct nf_srtp_pair rtp;
	__be16 local_rtcp_port;
	__be16 remote_rtcp_port;
	bool mux;
};

/**
 * nf_srtp_session_alloc - a session without addresses and keys
 * @ns: its namespace, or NULL for the self-test
 * @suite: protection profile
 *
 * Return: the session with one reference, or NULL without memory.
 */
struct nf_srtp_session *nf_srtp_session_alloc(struct nf_srtp_netns *ns, enum nf_srtp_suite suite);

/**
 * nf_srtp_session_publish - let packets and netlink find a session
 * @session: the session, its namespace locked; the table takes its reference
 * @addresses: its addresses
 *
 * Return: 0, -EEXIST when a session holds the pair, -ENOSPC, -ENOMEM, or -EBUSY
 * when the module is being unloaded.
 */
int nf_srtp_session_publish(struct nf_srtp_session *session,
			    const struct nf_srtp_addresses *addresses);

/**
 * nf_srtp_session_move - change the addresses of a session that is published
 * @session: the session, its namespace locked
 * @addresses: its new addresses, the local ones as before
 * @left: its endpoints of before, to be freed or given to
 *        nf_srtp_session_move_back()
 *
 * Return: 0, -EEXIST or -ENOMEM; after an error the old addresses stay.
 */
int nf_srtp_session_move(struct nf_srtp_session *session,
			 const struct nf_srtp_addresses *addresses,
			 struct nf_srtp_endpoint *left[NF_SRTP_ENDPOINTS_MAX]);

/* Undo a move, which cannot fail; may sleep. The namespace was locked ever since. */
void nf_srtp_session_move_back(struct nf_srtp_session *session,
			       struct nf_srtp_endpoint *left[NF_SRTP_ENDPOINTS_MAX]);

void nf_srtp_session_addresses(const struct nf_srtp_session *session,
			       struct nf_srtp_addresses *addresses);

/* Take a session out of table and ids and give up the table's reference; locked. */
void nf_srtp_session_unpublish(struct nf_srtp_session *session);

/* Let the session end in @ms milliseconds; locked. */
void nf_srtp_session_drain(struct nf_srtp_session *session, u32 ms);

/* Count the session among those that want the tick, or no longer; locked. */
void nf_srtp_session_set_timed(struct nf_srtp_session *session, bool timed);

/* For whoever found it under RCU: false when it is about to be freed. */
static inline bool nf_srtp_session_tryget(struct nf_srtp_session *session)
{
	return refcount_inc_not_zero(&session->refs);
}

void nf_srtp_session_put(struct nf_srtp_session *session);

/**
 * nf_srtp_session_defer - leave something to the worker
 * @session: the session
 * @what: a bit of enum nf_srtp_pending; for events plus the direction
 *
 * Any context. Neither allocates nor takes a lock.
 */
void nf_srtp_session_defer(struct nf_srtp_session *session, unsigned int what);

/* Take a stream for a new SSRC, or NULL without memory. Any context. */
struct nf_srtp_stream *nf_srtp_session_take_spare(struct nf_srtp_session *session, u32 ssrc);

/* Make streams ready again; the namespace locked. */
void nf_srtp_session_fill_spare(struct nf_srtp_session *session);

#endif
