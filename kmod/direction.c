// SPDX-License-Identifier: GPL-2.0-only
#include "direction.h"
#include "objects.h"

/* Keys change under the lock of the direction, or when nobody else is left. */
#define locked_key(direction, slot) \
	rcu_dereference_protected(slot, lockdep_is_held(&(direction)->lock))

void nf_srtp_direction_init(struct nf_srtp_direction *direction)
{
	spin_lock_init(&direction->lock);
	INIT_HLIST_HEAD(&direction->streams);
}

struct nf_srtp_stream *nf_srtp_stream_alloc(u32 ssrc, gfp_t gfp)
{
	struct nf_srtp_stream *stream = nf_srtp_object_alloc(NF_SRTP_OBJECT_STREAM, gfp);

	if (stream)
		stream->core.ssrc = ssrc;
	return stream;
}

void nf_srtp_stream_free(struct nf_srtp_stream *stream)
{
	nf_srtp_object_free(NF_SRTP_OBJECT_STREAM, stream);
}

static void stream_free_rcu(struct rcu_head *head)
{
	nf_srtp_stream_free(container_of(head, struct nf_srtp_stream, rcu));
}

void nf_srtp_stream_link(struct nf_srtp_direction *direction, struct nf_srtp_stream *stream)
{
	hlist_add_head_rcu(&stream->node, &direction->streams);
	direction->streams_count++;
}

void nf_srtp_direction_forget(struct nf_srtp_direction *direction)
{
	struct nf_srtp_stream *stream;
	struct hlist_node *next;

	hlist_for_each_entry_safe(stream, next, &direction->streams, node) {
		hlist_del_rcu(&stream->node);
		call_rcu(&stream->rcu, stream_free_rcu);
	}
	direction->streams_count = 0;
}

struct nf_srtp_key *nf_srtp_direction_key_by_mki(const struct nf_srtp_direction *direction,
						 const u8 *mki, u8 len)
{
	int i;

	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		struct nf_srtp_key *key = rcu_dereference(direction->keys[i]);

		if (key && nf_srtp_key_has_mki(key, mki, len))
			return key;
	}
	return NULL;
}

static void slot_set(struct nf_srtp_direction *direction, int slot, struct nf_srtp_key *key)
{
	struct nf_srtp_key *old = locked_key(direction, direction->keys[slot]);

	rcu_assign_pointer(direction->keys[slot], key);
	nf_srtp_key_put(old);
}

/* The slot for a key: the one with its MKI, a free one, or the oldest inactive. */
static int slot_for(struct nf_srtp_direction *direction, const struct nf_srtp_key *key)
{
	struct nf_srtp_key *active = locked_key(direction, direction->active);
	int i, oldest = -1, empty = -1;

	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		struct nf_srtp_key *held = locked_key(direction, direction->keys[i]);

		if (!held) {
			empty = empty < 0 ? i : empty;
			continue;
		}
		if (nf_srtp_key_has_mki(held, key->mki, key->mki_len))
			return i;
		if (held != active &&
		    (oldest < 0 || held->set_at <
		     locked_key(direction, direction->keys[oldest])->set_at))
			oldest = i;
	}
	return empty >= 0 ? empty : oldest;
}

static void previous_retire(struct nf_srtp_direction *direction)
{
	struct nf_srtp_key *previous = locked_key(direction, direction->previous);

	RCU_INIT_POINTER(direction->previous, NULL);
	WRITE_ONCE(direction->previous_until, 0);
	nf_srtp_key_put(previous);
}

bool nf_srtp_direction_holds_other(const struct nf_srtp_direction *direction,
				   const struct nf_srtp_key *key)
{
	int i;

	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		if (locked_key(direction, direction->keys[i]) == key)
			return true;
	}
	return locked_key(direction, direction->previous) == key;
}

void nf_srtp_direction_promote(struct nf_srtp_direction *direction, struct nf_srtp_key *key)
{
	if (key == locked_key(direction, direction->previous) ||
	    !nf_srtp_direction_holds_other(direction, key))
		return;
	rcu_assign_pointer(direction->active, key);
	if (!direction->previous_until)
		WRITE_ONCE(direction->previous_until,
			   (jiffies + NF_SRTP_PREVIOUS_SECONDS * HZ) ?: 1);
	else if (!nf_srtp_direction_expects_previous(direction))
		previous_retire(direction);
}

void nf_srtp_direction_install(struct nf_srtp_direction *direction, struct nf_srtp_key *key,
			       bool replace_all, bool activate, bool keep_previous)
{
	struct nf_srtp_key *active = locked_key(direction, direction->active);
	int i, slot;

	previous_retire(direction);
	if (keep_previous && active && !active->expired) {
		nf_srtp_key_get(active);
		rcu_assign_pointer(direction->previous, active);
	}
	direction->mki_len = key->mki_len;
	slot = replace_all ? 0 : slot_for(direction, key);
	if (activate || replace_all || active == locked_key(direction, direction->keys[slot]))
		rcu_assign_pointer(direction->active, key);
	slot_set(direction, slot, key);
	for (i = 1; replace_all && i < NF_SRTP_KEYS_MAX; i++)
		slot_set(direction, i, NULL);
}

void nf_srtp_direction_select(struct nf_srtp_direction *direction, struct nf_srtp_key *key)
{
	rcu_assign_pointer(direction->active, key);
}

void nf_srtp_direction_swap(struct nf_srtp_direction *direction, struct nf_srtp_key *old,
			    struct nf_srtp_key *stone)
{
	int i;

	if (locked_key(direction, direction->previous) == old)
		previous_retire(direction);
	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		if (locked_key(direction, direction->keys[i]) != old)
			continue;
		if (locked_key(direction, direction->active) == old)
			rcu_assign_pointer(direction->active, stone);
		slot_set(direction, i, stone);
		return;
	}
	/* The slot got another key meanwhile. */
	nf_srtp_key_put(stone);
}

bool nf_srtp_direction_knows(const struct nf_srtp_direction *direction,
			     const struct nf_srtp_key *key)
{
	bool known = false;
	int i;

	rcu_read_lock();
	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		struct nf_srtp_key *held = rcu_dereference(direction->keys[i]);

		if (held)
			known |= nf_srtp_key_equal(held, key);
	}
	rcu_read_unlock();
	return known;
}

void nf_srtp_direction_exit(struct nf_srtp_direction *direction)
{
	int i;

	spin_lock_bh(&direction->lock);
	previous_retire(direction);
	RCU_INIT_POINTER(direction->active, NULL);
	for (i = 0; i < NF_SRTP_KEYS_MAX; i++)
		slot_set(direction, i, NULL);
	nf_srtp_direction_forget(direction);
	spin_unlock_bh(&direction->lock);
}
