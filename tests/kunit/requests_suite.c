// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a request may do to the keys of a session: suite nf_srtp_requests. Each rule
 * keeps a nonce from serving twice or a replay from passing.
 */
#include "fixture.h"
#include "request.h"

enum { NO_CONTEXT = -1 };

static const enum nf_srtp_suite suite = NF_SRTP_SUITE_AEAD_AES_128_GCM;

static struct nf_srtp_request_ways *request_make(struct kunit *test)
{
	struct nf_srtp_request_ways *ways = kunit_kzalloc(test, sizeof(*ways), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ways);
	return ways;
}

static void way_add_key(struct kunit *test, struct nf_srtp_request_ways *ways,
			enum nf_srtp_way way, u8 seed, u8 mki, int context)
{
	struct nf_srtp_way_request *request = &ways->way[way];

	request->keys[request->keys_count] = fixture_key(test, suite, seed, mki);
	request->activate[request->keys_count++] = true;
	request->has_context = context != NO_CONTEXT;
	request->context = request->has_context ? context : NF_SRTP_CONTEXT_NEW;
}

/* Apply and free a request; a refusal must have a text. */
static int request_end(struct kunit *test, struct nf_srtp_request_ways *ways,
		       struct nf_srtp_session *session)
{
	struct netlink_ext_ack extack = {};
	int err = nf_srtp_request_apply(ways, session, &extack);

	nf_srtp_request_free(ways);
	KUNIT_EXPECT_EQ(test, !err, !extack._msg);
	return err;
}

static int key_set(struct kunit *test, struct nf_srtp_session *session, enum nf_srtp_way way,
		   u8 seed, u8 mki, int context)
{
	struct nf_srtp_request_ways *ways = request_make(test);

	way_add_key(test, ways, way, seed, mki, context);
	return request_end(test, ways, session);
}

static int roc_set(struct kunit *test, struct nf_srtp_session *session, enum nf_srtp_way way,
		   u32 ssrc, u32 roc)
{
	struct nf_srtp_request_ways *ways = request_make(test);
	struct nf_srtp_way_request *request = &ways->way[way];

	request->streams[0] = nf_srtp_stream_alloc(ssrc, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, request->streams[0]);
	request->rocs[0] = roc;
	request->streams_count = 1;
	return request_end(test, ways, session);
}

static int key_select(struct kunit *test, struct nf_srtp_session *session, enum nf_srtp_way way,
		      u8 mki)
{
	struct nf_srtp_request_ways *ways = request_make(test);

	ways->way[way].select[0] = mki;
	ways->way[way].select_len = 1;
	return request_end(test, ways, session);
}

static struct nf_srtp_key *active_of(struct nf_srtp_session *session, enum nf_srtp_way way)
{
	return rcu_access_pointer(session->way[way].active);
}

/* As the worker does at the end of a key's life. */
static void active_expire(struct kunit *test, struct nf_srtp_session *session,
			  enum nf_srtp_way way)
{
	struct nf_srtp_direction *direction = &session->way[way];
	struct nf_srtp_key *stone = nf_srtp_key_tombstone(active_of(session, way));

	KUNIT_ASSERT_NOT_NULL(test, stone);
	spin_lock_bh(&direction->lock);
	nf_srtp_direction_swap(direction, active_of(session, way), stone);
	spin_unlock_bh(&direction->lock);
}

/* A key that packets were sent under stays spent, whatever came in between. */
static void spent_key(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_key *active;
	u8 seed;

	for (seed = 1; seed <= NF_SRTP_PRINTS_MAX; seed++)
		KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, seed, 0,
					      NF_SRTP_CONTEXT_NEW), 0);
	active = active_of(session, NF_SRTP_TX);
	for (seed = 1; seed <= NF_SRTP_PRINTS_MAX; seed++) {
		KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, seed, 0,
					      NF_SRTP_CONTEXT_NEW), -EKEYREJECTED);
		KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, seed, 0,
					      NF_SRTP_CONTEXT_SAME), -EKEYREJECTED);
	}
	KUNIT_EXPECT_PTR_EQ(test, active_of(session, NF_SRTP_TX), active);
}

/* The other MKI and the end of its life do not make a key a new one. */
static void spent_key_in_disguise(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 1, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 2, NF_SRTP_CONTEXT_SAME),
			-EKEYREJECTED);
	active_expire(test, session, NF_SRTP_TX);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 1, NF_SRTP_CONTEXT_NEW),
			-EKEYREJECTED);
}

/* Received, the window of the same context still knows what came under the key. */
static void received_key_again(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 1, 0, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 1, 0, NF_SRTP_CONTEXT_SAME),
			-EKEYREJECTED);
	active_expire(test, session, NF_SRTP_RX);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 1, 0, NF_SRTP_CONTEXT_SAME),
			-EKEYREJECTED);
}

static void directions_differ(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_request_ways *ways = request_make(test);

	way_add_key(test, ways, NF_SRTP_TX, 1, 0, NF_SRTP_CONTEXT_NEW);
	way_add_key(test, ways, NF_SRTP_RX, 1, 0, NF_SRTP_CONTEXT_NEW);
	KUNIT_EXPECT_EQ(test, request_end(test, ways, session), -EKEYREJECTED);
	KUNIT_EXPECT_NULL(test, active_of(session, NF_SRTP_TX));
	KUNIT_EXPECT_NULL(test, active_of(session, NF_SRTP_RX));

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 0, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 1, 0, NF_SRTP_CONTEXT_NEW),
			-EKEYREJECTED);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 2, 0, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 2, 0, NF_SRTP_CONTEXT_NEW),
			-EKEYREJECTED);
}

static void key_twice(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_request_ways *ways = request_make(test);

	way_add_key(test, ways, NF_SRTP_TX, 1, 1, NF_SRTP_CONTEXT_NEW);
	way_add_key(test, ways, NF_SRTP_TX, 1, 2, NF_SRTP_CONTEXT_NEW);
	KUNIT_EXPECT_EQ(test, request_end(test, ways, session), -EKEYREJECTED);
	KUNIT_EXPECT_NULL(test, active_of(session, NF_SRTP_TX));
}

static void context_said(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 0, NO_CONTEXT), 0);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 2, 0, NO_CONTEXT), -EINVAL);
	/* In the same context the identifiers stay as long as they were. */
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 2, 2, NF_SRTP_CONTEXT_SAME),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 2, 2, NF_SRTP_CONTEXT_NEW), 0);
}

/* Only a new context forgets the streams, and with them what a replay is. */
static void context_and_streams(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_direction *direction = &session->way[NF_SRTP_RX];

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 1, 0, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_RX, 77, 5), 0);
	KUNIT_EXPECT_EQ(test, direction->streams_count, 1);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 2, 0, NF_SRTP_CONTEXT_SAME), 0);
	KUNIT_EXPECT_EQ(test, direction->streams_count, 1);
	KUNIT_EXPECT_NOT_NULL(test, rcu_access_pointer(direction->previous));
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_RX, 3, 0, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, direction->streams_count, 0);
	KUNIT_EXPECT_NULL(test, rcu_access_pointer(direction->previous));
}

/* T4: a counter that goes back is refused once packets have used it. */
static void t4_counter_back(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_direction *direction = &session->way[NF_SRTP_TX];
	static const u8 packet[SRTP_RTP_HEADER_MIN] = { 0x80, 0, 0, 9, [11] = 77 };
	struct nf_srtp_stream *stream;
	u64 index;

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 0, NF_SRTP_CONTEXT_NEW), 0);
	KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_TX, 77, 5), 0);
	spin_lock_bh(&direction->lock);
	stream = nf_srtp_stream_find(direction, 77);
	srtp_rtp_send(&stream->core, packet, &index);
	spin_unlock_bh(&direction->lock);
	KUNIT_EXPECT_EQ(test, index, 5ULL << 16 | 9);
	KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_TX, 77, 4), -ERANGE);
	KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_TX, 77, 6), 0);
	KUNIT_EXPECT_EQ(test, stream->core.rtp_highest, 6ULL << 16);
}

static void streams_counted(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	u32 ssrc;

	for (ssrc = 1; ssrc <= NF_SRTP_STREAMS_MAX; ssrc++)
		KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_TX, ssrc, 1), 0);
	KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_TX, ssrc, 1), -E2BIG);
	KUNIT_EXPECT_EQ(test, roc_set(test, session, NF_SRTP_TX, 1, 2), 0);
	KUNIT_EXPECT_EQ(test, session->way[NF_SRTP_TX].streams_count, NF_SRTP_STREAMS_MAX);
}

static void select_held_key(struct kunit *test)
{
	struct nf_srtp_session *session = fixture_session(test, suite);
	struct nf_srtp_key *first;

	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 1, 1, NF_SRTP_CONTEXT_NEW), 0);
	first = active_of(session, NF_SRTP_TX);
	KUNIT_EXPECT_EQ(test, key_set(test, session, NF_SRTP_TX, 2, 2, NF_SRTP_CONTEXT_SAME), 0);
	KUNIT_EXPECT_EQ(test, key_select(test, session, NF_SRTP_TX, 3), -ENOKEY);
	KUNIT_EXPECT_PTR_NE(test, active_of(session, NF_SRTP_TX), first);
	KUNIT_EXPECT_EQ(test, key_select(test, session, NF_SRTP_TX, 1), 0);
	KUNIT_EXPECT_PTR_EQ(test, active_of(session, NF_SRTP_TX), first);
	/* A key at the end of its life cannot be called back. */
	active_expire(test, session, NF_SRTP_TX);
	KUNIT_EXPECT_EQ(test, key_select(test, session, NF_SRTP_TX, 2), 0);
	KUNIT_EXPECT_EQ(test, key_select(test, session, NF_SRTP_TX, 1), -ENOKEY);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(spent_key),
	KUNIT_CASE(spent_key_in_disguise),
	KUNIT_CASE(received_key_again),
	KUNIT_CASE(directions_differ),
	KUNIT_CASE(key_twice),
	KUNIT_CASE(context_said),
	KUNIT_CASE(context_and_streams),
	KUNIT_CASE(t4_counter_back),
	KUNIT_CASE(streams_counted),
	KUNIT_CASE(select_held_key),
	{}
};

static struct kunit_suite nf_srtp_requests = { .name = "nf_srtp_requests", .test_cases = cases };
kunit_test_suite(nf_srtp_requests);
