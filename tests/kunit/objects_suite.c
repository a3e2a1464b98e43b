// SPDX-License-Identifier: GPL-2.0-only
/* Keys, directions and sessions, and who holds whom: suite nf_srtp_objects. */
#include <linux/delay.h>
#include <net/net_namespace.h>

#include "fixture.h"
#include "objects.h"

static const enum nf_srtp_suite suite = NF_SRTP_SUITE_AEAD_AES_128_GCM;

static struct nf_srtp_direction *direction_of(struct kunit *test)
{
	return &fixture_session(test, suite)->way[NF_SRTP_RX];
}

static struct nf_srtp_key *key_named(const struct nf_srtp_direction *direction, u8 mki)
{
	struct nf_srtp_key *key;

	rcu_read_lock();
	key = nf_srtp_direction_key_by_mki(direction, &mki, sizeof(mki));
	rcu_read_unlock();
	return key;
}

static void authenticated(struct nf_srtp_direction *direction, struct nf_srtp_key *key)
{
	spin_lock_bh(&direction->lock);
	nf_srtp_direction_authenticated(direction, key);
	spin_unlock_bh(&direction->lock);
}

static void swap_for_stone(struct kunit *test, struct nf_srtp_direction *direction,
			   struct nf_srtp_key *key, struct nf_srtp_key **stone)
{
	*stone = nf_srtp_key_tombstone(key);
	KUNIT_ASSERT_NOT_NULL(test, *stone);
	spin_lock_bh(&direction->lock);
	nf_srtp_direction_swap(direction, key, *stone);
	spin_unlock_bh(&direction->lock);
}

static void *active(const struct nf_srtp_direction *direction)
{
	return rcu_access_pointer(direction->active);
}

static void *previous(const struct nf_srtp_direction *direction)
{
	return rcu_access_pointer(direction->previous);
}

/* Session keys and salts differ between RTP and RTCP and between master keys. */
static void key_derivation(struct kunit *test)
{
	struct nf_srtp_key *key = fixture_key(test, suite, 1, 0);
	struct nf_srtp_key *same = fixture_key(test, suite, 1, 9);
	struct nf_srtp_key *other = fixture_key(test, suite, 2, 0);

	KUNIT_EXPECT_EQ(test, refcount_read(&key->refs), 1);
	KUNIT_EXPECT_MEMNEQ(test, key->rtp_salt, key->rtcp_salt, SRTP_SALT_LEN);
	KUNIT_EXPECT_TRUE(test, nf_srtp_key_equal(key, same));
	KUNIT_EXPECT_FALSE(test, nf_srtp_key_equal(key, other));
	KUNIT_EXPECT_EQ(test, nf_srtp_key_print(key), nf_srtp_key_print(same));
	KUNIT_EXPECT_NE(test, nf_srtp_key_print(key), nf_srtp_key_print(other));
	KUNIT_EXPECT_EQ(test, key->limit[0], NF_SRTP_LIFETIME_MAX);
	KUNIT_EXPECT_EQ(test, key->limit[1], NF_SRTP_RTCP_LIFETIME_MAX);
	nf_srtp_key_put(key);
	nf_srtp_key_put(same);
	nf_srtp_key_put(other);
}

static void suite_lengths(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, nf_srtp_suite_master_len(NF_SRTP_SUITE_AEAD_AES_128_GCM), 28);
	KUNIT_EXPECT_EQ(test, nf_srtp_suite_master_len(NF_SRTP_SUITE_AEAD_AES_256_GCM), 44);
	KUNIT_EXPECT_EQ(test, nf_srtp_suite_master_len(0x7fff), 0);
}

static void tombstone(struct kunit *test)
{
	struct nf_srtp_key *key = fixture_key(test, suite, 1, 5), *stone;

	key->used[0] = 17;
	key->used[1] = 3;
	key->limit[0] = 17;
	key->set_at = 42;
	stone = nf_srtp_key_tombstone(key);
	KUNIT_ASSERT_NOT_NULL(test, stone);
	KUNIT_EXPECT_TRUE(test, stone->expired);
	KUNIT_EXPECT_NULL(test, stone->rtp.tfm);
	KUNIT_EXPECT_NULL(test, stone->rtcp.tfm);
	KUNIT_EXPECT_TRUE(test, nf_srtp_key_equal(key, stone));
	KUNIT_EXPECT_EQ(test, nf_srtp_key_print(key), nf_srtp_key_print(stone));
	KUNIT_EXPECT_MEMEQ(test, stone->used, key->used, sizeof(key->used));
	KUNIT_EXPECT_MEMEQ(test, stone->limit, key->limit, sizeof(key->limit));
	KUNIT_EXPECT_EQ(test, stone->set_at, 42);
	KUNIT_EXPECT_TRUE(test, nf_srtp_key_has_mki(stone, key->mki, key->mki_len));
	nf_srtp_key_put(key);
	nf_srtp_key_put(stone);
}

static void install_with_mki(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *first = fixture_key(test, suite, 1, 1);
	struct nf_srtp_key *standby = fixture_key(test, suite, 2, 2);
	struct nf_srtp_key *again = fixture_key(test, suite, 3, 1);

	fixture_install(direction, first, true, true, false);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), first);
	KUNIT_EXPECT_EQ(test, direction->mki_len, 1);
	fixture_install(direction, standby, false, false, false);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), first);
	KUNIT_EXPECT_PTR_EQ(test, key_named(direction, 1), first);
	KUNIT_EXPECT_PTR_EQ(test, key_named(direction, 2), standby);
	KUNIT_EXPECT_NULL(test, key_named(direction, 3));

	/* The same MKI takes the slot, and stays active where the key in it was. */
	nf_srtp_key_get(first);
	fixture_install(direction, again, false, false, false);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), again);
	KUNIT_EXPECT_PTR_EQ(test, key_named(direction, 1), again);
	KUNIT_EXPECT_EQ(test, refcount_read(&first->refs), 1);
	nf_srtp_key_put(first);
}

static void install_into_full_slots(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *key;
	u8 mki;

	/* The oldest of all is active, so the oldest of the others goes. */
	for (mki = 1; mki <= NF_SRTP_KEYS_MAX; mki++) {
		key = fixture_key(test, suite, mki, mki);
		key->set_at = mki == 3 ? 1 : mki == 1 ? 0 : 10 + mki;
		fixture_install(direction, key, false, mki == 1, false);
	}
	fixture_install(direction, fixture_key(test, suite, 9, 9), false, false, false);
	KUNIT_EXPECT_NOT_NULL(test, key_named(direction, 1));
	KUNIT_EXPECT_NOT_NULL(test, key_named(direction, 2));
	KUNIT_EXPECT_NULL(test, key_named(direction, 3));
	KUNIT_EXPECT_NOT_NULL(test, key_named(direction, 4));
	KUNIT_EXPECT_NOT_NULL(test, key_named(direction, 9));
	KUNIT_EXPECT_PTR_EQ(test, active(direction), key_named(direction, 1));
}

static void install_new_context(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *key = fixture_key(test, suite, 7, 7);
	u8 mki;

	for (mki = 1; mki <= NF_SRTP_KEYS_MAX; mki++)
		fixture_install(direction, fixture_key(test, suite, mki, mki), false, true, false);
	fixture_install(direction, key, true, false, false);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), key);
	for (mki = 1; mki <= NF_SRTP_KEYS_MAX; mki++)
		KUNIT_EXPECT_NULL(test, key_named(direction, mki));
	KUNIT_EXPECT_TRUE(test, nf_srtp_direction_knows(direction, key));
}

/* Without MKI the key before serves packets under way, and late ones for a while. */
static void install_without_mki(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *before = fixture_key(test, suite, 1, 0);
	struct nf_srtp_key *after = fixture_key(test, suite, 2, 0);

	nf_srtp_key_get(before);
	fixture_install(direction, before, true, true, false);
	KUNIT_EXPECT_NULL(test, previous(direction));
	fixture_install(direction, after, false, true, true);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), after);
	KUNIT_EXPECT_PTR_EQ(test, previous(direction), before);
	KUNIT_EXPECT_FALSE(test, nf_srtp_direction_knows(direction, before));
	KUNIT_EXPECT_EQ(test, refcount_read(&before->refs), 2);

	authenticated(direction, before);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), after);
	KUNIT_EXPECT_PTR_EQ(test, previous(direction), before);
	authenticated(direction, after);
	KUNIT_EXPECT_PTR_EQ(test, previous(direction), before);
	msleep(NF_SRTP_PREVIOUS_SECONDS * MSEC_PER_SEC + 100);
	KUNIT_EXPECT_FALSE(test, nf_srtp_direction_expects_previous(direction));
	authenticated(direction, after);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), after);
	KUNIT_EXPECT_NULL(test, previous(direction));
	KUNIT_EXPECT_EQ(test, refcount_read(&before->refs), 1);
	nf_srtp_key_put(before);
}

static void promote_by_mki(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *first = fixture_key(test, suite, 1, 1);
	struct nf_srtp_key *standby = fixture_key(test, suite, 2, 2);
	struct nf_srtp_key *stranger = fixture_key(test, suite, 3, 3);

	fixture_install(direction, first, true, true, false);
	fixture_install(direction, standby, false, false, false);
	authenticated(direction, standby);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), standby);
	/* A key that was taken out while its packet was in the cipher changes nothing. */
	authenticated(direction, stranger);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), standby);
	nf_srtp_key_put(stranger);
}

static void select_by_request(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *first = fixture_key(test, suite, 1, 1);
	struct nf_srtp_key *standby = fixture_key(test, suite, 2, 2);

	fixture_install(direction, first, true, true, false);
	fixture_install(direction, standby, false, false, false);
	spin_lock_bh(&direction->lock);
	nf_srtp_direction_select(direction, standby);
	spin_unlock_bh(&direction->lock);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), standby);
	KUNIT_EXPECT_PTR_EQ(test, key_named(direction, 1), first);
}

static void swap_active(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *key = fixture_key(test, suite, 1, 1), *stone;

	nf_srtp_key_get(key);
	fixture_install(direction, key, true, true, false);
	swap_for_stone(test, direction, key, &stone);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), stone);
	KUNIT_EXPECT_PTR_EQ(test, key_named(direction, 1), stone);
	KUNIT_EXPECT_TRUE(test, nf_srtp_direction_knows(direction, key));
	KUNIT_EXPECT_EQ(test, refcount_read(&key->refs), 1);
	nf_srtp_key_put(key);
}

static void swap_previous(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *before = fixture_key(test, suite, 1, 0), *stone;
	struct nf_srtp_key *after = fixture_key(test, suite, 2, 0);

	nf_srtp_key_get(before);
	fixture_install(direction, before, true, true, false);
	fixture_install(direction, after, false, true, true);
	/* Its slot has the key after it, so the stone is freed at once. */
	swap_for_stone(test, direction, before, &stone);
	KUNIT_EXPECT_PTR_EQ(test, active(direction), after);
	KUNIT_EXPECT_NULL(test, previous(direction));
	KUNIT_EXPECT_EQ(test, refcount_read(&before->refs), 1);
	nf_srtp_key_put(before);
}

/* An expired key is no key to keep for packets under way. */
static void install_after_expiry(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	struct nf_srtp_key *key = fixture_key(test, suite, 1, 0), *stone;

	fixture_install(direction, key, true, true, false);
	swap_for_stone(test, direction, key, &stone);
	fixture_install(direction, fixture_key(test, suite, 2, 0), false, true, true);
	KUNIT_EXPECT_NULL(test, previous(direction));
}

static void session_references(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_stream *stream;
	int i, spare;

	KUNIT_EXPECT_EQ(test, refcount_read(&session->refs), 1);
	KUNIT_EXPECT_TRUE(test, nf_srtp_session_tryget(session));
	nf_srtp_session_put(session);
	KUNIT_EXPECT_EQ(test, refcount_read(&session->refs), 1);
	KUNIT_EXPECT_NULL(test, active(&session->way[NF_SRTP_TX]));
	KUNIT_EXPECT_NULL(test, active(&session->way[NF_SRTP_RX]));

	nf_srtp_session_fill_spare(session);
	for (i = 0; i <= NF_SRTP_SPARE_STREAMS; i++) {
		for (spare = 0; spare < NF_SRTP_SPARE_STREAMS - i; spare++)
			KUNIT_EXPECT_NOT_NULL(test, session->spare[spare + i]);
		stream = nf_srtp_session_take_spare(session, 100 + i);
		KUNIT_ASSERT_NOT_NULL(test, stream);
		KUNIT_EXPECT_EQ(test, stream->core.ssrc, 100 + i);
		nf_srtp_stream_free(stream);
	}
	KUNIT_EXPECT_NULL(test, session->spare[0]);
}

static void streams_forgotten(struct kunit *test)
{
	struct nf_srtp_direction *direction = direction_of(test);
	u32 ssrc;

	spin_lock_bh(&direction->lock);
	for (ssrc = 1; ssrc <= 3; ssrc++)
		nf_srtp_stream_link(direction, nf_srtp_stream_alloc(ssrc, GFP_ATOMIC));
	spin_unlock_bh(&direction->lock);
	KUNIT_EXPECT_EQ(test, direction->streams_count, 3);
	spin_lock_bh(&direction->lock);
	KUNIT_EXPECT_NOT_NULL(test, nf_srtp_stream_find(direction, 2));
	nf_srtp_direction_forget(direction);
	KUNIT_EXPECT_NULL(test, nf_srtp_stream_find(direction, 2));
	spin_unlock_bh(&direction->lock);
	KUNIT_EXPECT_EQ(test, direction->streams_count, 0);
}

static int publish(struct kunit *test, struct nf_srtp_session **session,
		   const struct nf_srtp_addresses *addresses)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(&init_net);
	int err;

	*session = nf_srtp_session_alloc(ns, suite);
	KUNIT_ASSERT_NOT_NULL(test, *session);
	mutex_lock(&ns->lock);
	err = nf_srtp_endpoint_table_init(ns);
	if (!err)
		err = nf_srtp_session_publish(*session, addresses);
	mutex_unlock(&ns->lock);
	if (err)
		nf_srtp_session_put(*session);
	return err;
}

static void unpublish(struct nf_srtp_session *session)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(&init_net);

	mutex_lock(&ns->lock);
	nf_srtp_session_unpublish(session);
	mutex_unlock(&ns->lock);
}

static struct nf_srtp_session *found_by(const struct nf_srtp_pair *pair, u8 *port, bool *taken)
{
	struct nf_srtp_endpoint *endpoint;
	struct nf_srtp_session *session = NULL;

	rcu_read_lock();
	endpoint = nf_srtp_endpoint_find(nf_srtp_netns(&init_net), pair, taken);
	if (endpoint) {
		session = endpoint->session;
		*port = endpoint->port;
	}
	rcu_read_unlock();
	return session;
}

static void endpoints_found(struct kunit *test)
{
	struct nf_srtp_addresses addresses = {
		.rtp = {
			.local.ip = htonl(0x0a070001), .remote.ip = htonl(0x0a070002),
			.local_port = htons(4000), .remote_port = htons(5000),
			.family = NFPROTO_IPV4,
		},
		.local_rtcp_port = htons(4001),
		.remote_rtcp_port = htons(5001),
	};
	struct nf_srtp_session *session, *second;
	struct nf_srtp_pair pair = addresses.rtp;
	bool taken;
	u8 port;

	KUNIT_ASSERT_EQ(test, publish(test, &session, &addresses), 0);
	KUNIT_EXPECT_PTR_EQ(test, found_by(&pair, &port, &taken), session);
	KUNIT_EXPECT_EQ(test, port, SRTP_PORT_RTP);
	pair.local_port = htons(4001);
	pair.remote_port = htons(5001);
	KUNIT_EXPECT_PTR_EQ(test, found_by(&pair, &port, &taken), session);
	KUNIT_EXPECT_EQ(test, port, SRTP_PORT_RTCP);
	/* The far end's other port is not vouched for, and the local port is taken. */
	pair.remote_port = htons(5000);
	KUNIT_EXPECT_NULL(test, found_by(&pair, &port, &taken));
	KUNIT_EXPECT_TRUE(test, taken);

	addresses.mux = true;
	KUNIT_EXPECT_EQ(test, publish(test, &second, &addresses), -EEXIST);
	addresses.rtp.remote_port = htons(6000);
	KUNIT_EXPECT_EQ(test, publish(test, &second, &addresses), 0);
	KUNIT_EXPECT_PTR_EQ(test, found_by(&addresses.rtp, &port, &taken), second);
	KUNIT_EXPECT_EQ(test, port, SRTP_PORT_MUX);
	unpublish(second);
	unpublish(session);
	KUNIT_EXPECT_NULL(test, found_by(&addresses.rtp, &port, &taken));
	KUNIT_EXPECT_FALSE(test, taken);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(key_derivation),
	KUNIT_CASE(suite_lengths),
	KUNIT_CASE(tombstone),
	KUNIT_CASE(install_with_mki),
	KUNIT_CASE(install_into_full_slots),
	KUNIT_CASE(install_new_context),
	KUNIT_CASE(install_without_mki),
	KUNIT_CASE(promote_by_mki),
	KUNIT_CASE(select_by_request),
	KUNIT_CASE(swap_active),
	KUNIT_CASE(swap_previous),
	KUNIT_CASE(install_after_expiry),
	KUNIT_CASE(session_references),
	KUNIT_CASE(streams_forgotten),
	KUNIT_CASE(endpoints_found),
	{}
};

static struct kunit_suite nf_srtp_objects = { .name = "nf_srtp_objects", .test_cases = cases };
kunit_test_suite(nf_srtp_objects);
