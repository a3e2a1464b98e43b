/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One direction of a session: its keys, the SSRCs seen, its counters and what
 * is known about failures. All of it is changed under @lock; packets read keys
 * and streams under RCU.
 */
#ifndef NF_SRTP_DIRECTION_H
#define NF_SRTP_DIRECTION_H

#include <linux/jiffies.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>

#include "core/stream.h"
#include "counters.h"
#include "key.h"

enum nf_srtp_direction_limits {
	NF_SRTP_STREAMS_MAX = 32,
	/* Rejects in a row after which the next rollover counter is tried too. */
	NF_SRTP_RESYNC_AFTER = 16,
	/* Seconds for which packets under the previous key may be overtaken. */
	NF_SRTP_PREVIOUS_SECONDS = 2,
};

/**
 * struct nf_srtp_stream - one SSRC
 * @core: its indices
 * @packets: RTP packets that passed
 * @usual_len: payload bytes in clear of the last one
 * @rejects: packets refused in a row since the last one that passed
 */
struct nf_srtp_stream {
	struct hlist_node node;
	struct srtp_stream core;
	u64 packets;
	u32 usual_len;
	u32 rejects;
	struct rcu_head rcu;
};

/**
 * struct nf_srtp_trouble - what a direction knows about packets it refused
 * @failures: authentication failures in a row
 * @plain: how many of them looked like media in clear
 * @failures_told: jiffies of the last event about them, 0 for none
 * @replays: replayed packets since @replays_since
 * @replays_since: jiffies
 * @replays_told: jiffies of the last event about them, 0 for none
 */
struct nf_srtp_trouble {
	u32 failures;
	u32 plain;
	unsigned long failures_told;
	u32 replays;
	unsigned long replays_since;
	unsigned long replays_told;
};

/**
 * struct nf_srtp_direction - see above
 * @keys: by slot, packed from the front
 * @active: protects what is sent; received, is tried first without MKI
 * @previous: received without MKI, the key before @active
 * @previous_until: jiffies when @previous ends, 0 while no packet has come
 *                  under @active yet
 * @mki_len: of all keys of the direction; read without @lock to make room
 * @drops: by reason
 */
struct nf_srtp_direction {
	spinlock_t lock; /* of everything here that changes */
	u8 mki_len;
	bool passed_any;
	struct nf_srtp_key __rcu *active;
	struct nf_srtp_key __rcu *previous;
	unsigned long previous_until;
	struct hlist_head streams;
	struct nf_srtp_passed passed;
	unsigned long last_passed;
	struct nf_srtp_key __rcu *keys[NF_SRTP_KEYS_MAX];
	u32 last_ssrc;
	u16 streams_count;
	struct nf_srtp_trouble trouble;
	atomic_t other_packets;
	atomic_t drops[NF_SRTP_DROP_REASONS];
};

void nf_srtp_direction_init(struct nf_srtp_direction *direction);

/* Give back all keys and streams. Nobody else uses the direction any more. */
void nf_srtp_direction_exit(struct nf_srtp_direction *direction);

struct nf_srtp_stream *nf_srtp_stream_alloc(u32 ssrc, gfp_t gfp);
void nf_srtp_stream_free(struct nf_srtp_stream *stream);

/* Look an SSRC up, under the lock of the direction or RCU. */
static inline struct nf_srtp_stream *
nf_srtp_stream_find(const struct nf_srtp_direction *direction, u32 ssrc)
{
	struct nf_srtp_stream *stream;

	hlist_for_each_entry_rcu(stream, &direction->streams, node,
				 lockdep_is_held(&direction->lock)) {
		if (likely(stream->core.ssrc == ssrc))
			return stream;
	}
	return NULL;
}

/* Add a stream; under the lock of the direction. */
void nf_srtp_stream_link(struct nf_srtp_direction *direction, struct nf_srtp_stream *stream);

/* Forget all streams: a new context. Under the lock of the direction. */
void nf_srtp_direction_forget(struct nf_srtp_direction *direction);

/**
 * nf_srtp_direction_key_by_mki - the key that an MKI names
 * @direction: the direction, under RCU
 * @mki: identifier
 * @len: its length in bytes
 *
 * Return: the key, or NULL.
 */
struct nf_srtp_key *nf_srtp_direction_key_by_mki(const struct nf_srtp_direction *direction,
						 const u8 *mki, u8 len);

/**
 * nf_srtp_direction_install - put a key into its slot
 * @direction: the direction, locked
 * @key: the key; its reference moves to the direction
 * @replace_all: all other keys go, as in a new context
 * @activate: send under it, or expect it first
 * @keep_previous: keep the key that was active for packets under way
 *
 * A key with the same MKI is replaced, else the oldest inactive one when all
 * slots are taken.
 */
void nf_srtp_direction_install(struct nf_srtp_direction *direction, struct nf_srtp_key *key,
			       bool replace_all, bool activate, bool keep_previous);

/* Send under a key that the direction holds, or expect it first; locked. */
void nf_srtp_direction_select(struct nf_srtp_direction *direction, struct nf_srtp_key *key);

/* Replace a key wherever the direction holds it; locked. Moves one reference. */
void nf_srtp_direction_swap(struct nf_srtp_direction *direction, struct nf_srtp_key *old,
			    struct nf_srtp_key *stone);

/* Whether packets under the previous key may still come; locked or RCU. */
static inline bool nf_srtp_direction_expects_previous(const struct nf_srtp_direction *direction)
{
	unsigned long until = READ_ONCE(direction->previous_until);

	return !until || time_before(jiffies, until);
}

/* Whether the direction holds a key, beside the one in use; locked. */
bool nf_srtp_direction_holds_other(const struct nf_srtp_direction *direction,
				   const struct nf_srtp_key *key);

static inline bool nf_srtp_direction_holds(const struct nf_srtp_direction *direction,
					   const struct nf_srtp_key *key)
{
	return likely(key == rcu_access_pointer(direction->active)) ||
	       nf_srtp_direction_holds_other(direction, key);
}

void nf_srtp_direction_promote(struct nf_srtp_direction *direction, struct nf_srtp_key *key);

/**
 * nf_srtp_direction_authenticated - a received packet authenticated under a key
 * @direction: the direction, locked
 * @key: the key, which may have been taken out of its slot meanwhile
 *
 * The key becomes the active one, and the one before it is expected for late
 * packets only.
 */
static inline void nf_srtp_direction_authenticated(struct nf_srtp_direction *direction,
						   struct nf_srtp_key *key)
{
	if (unlikely(key != rcu_access_pointer(direction->active) ||
		     rcu_access_pointer(direction->previous)))
		nf_srtp_direction_promote(direction, key);
}

/* Whether any key of the direction comes from the same master key; locked or RCU. */
bool nf_srtp_direction_knows(const struct nf_srtp_direction *direction,
			     const struct nf_srtp_key *key);

#endif
