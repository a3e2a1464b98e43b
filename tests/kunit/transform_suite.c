// SPDX-License-Identifier: GPL-2.0-only
/* Packets through the functions that the hooks call: suite nf_srtp_transform. */
#include <net/net_namespace.h>

#include "fixture.h"
#include "packet.h"
#include "transform.h"

enum { SSRC = 0x50000001 };

/**
 * struct bench - what a case works with
 * @session: sends and receives under the same master key
 * @class: what @packet is
 * @planted: error that takes the place of the cipher's result, or 0
 * @attempt: which attempt of a received packet is made
 * @attempts: how many there were
 */
struct bench {
	struct nf_srtp_session *session;
	enum srtp_class class;
	struct packet packet;
	int planted;
	u32 attempt;
	u32 attempts;
};

static void bench_packet_free(void *packet)
{
	packet_free(packet);
}

static struct bench *bench_make(struct kunit *test, enum nf_srtp_suite suite,
				enum srtp_class class, u8 mki)
{
	struct bench *bench = kunit_kzalloc(test, sizeof(*bench), GFP_KERNEL);
	int way;

	if (nf_srtp_driver.asynchronous)
		kunit_skip(test, "the driver is asynchronous");
	KUNIT_ASSERT_NOT_NULL(test, bench);
	KUNIT_ASSERT_EQ(test, kunit_add_action(test, bench_packet_free, &bench->packet), 0);
	bench->session = fixture_session(test, suite);
	bench->class = class;
	bench->packet.family = NFPROTO_IPV4;
	for (way = 0; way < NF_SRTP_WAYS; way++)
		fixture_install(&bench->session->way[way], fixture_key(test, suite, 1, mki),
				true, true, false);
	return bench;
}

static struct nf_srtp_direction *direction(const struct bench *bench, enum nf_srtp_way way)
{
	return &bench->session->way[way];
}

static struct nf_srtp_key *active(const struct bench *bench, enum nf_srtp_way way)
{
	return rcu_access_pointer(bench->session->way[way].active);
}

static int cipher_run(const struct bench *bench, struct nf_srtp_transform *transform)
{
	int err = nf_srtp_transform_run(transform);

	return bench->planted ?: err;
}

static enum nf_srtp_drop_reason send(const struct bench *bench,
				     struct nf_srtp_transform *transform)
{
	enum nf_srtp_drop_reason reason;

	reason = nf_srtp_protect_begin(transform, &init_net, bench->class);
	return reason ?: nf_srtp_protect_end(transform, cipher_run(bench, transform));
}

static enum nf_srtp_drop_reason receive(struct bench *bench, struct nf_srtp_transform *transform)
{
	struct nf_srtp_attempts attempts;
	enum nf_srtp_drop_reason reason;

	reason = nf_srtp_unprotect_begin(transform, bench->class, &attempts);
	if (reason)
		return reason;
	bench->attempts = attempts.count;
	nf_srtp_unprotect_try(transform, &attempts, bench->attempt);
	return nf_srtp_unprotect_end(transform, cipher_run(bench, transform));
}

/* Nothing may end the test in here, with bottom halves disabled. */
static enum nf_srtp_drop_reason transform(struct bench *bench, enum nf_srtp_way way)
{
	struct nf_srtp_transform transform = { .session = bench->session, .way = way };
	enum nf_srtp_drop_reason reason;

	local_bh_disable();
	rcu_read_lock();
	nf_srtp_datagram_parse(&transform.datagram, bench->packet.skb, bench->packet.family);
	reason = way == NF_SRTP_TX ? send(bench, &transform) : receive(bench, &transform);
	rcu_read_unlock();
	local_bh_enable();
	return reason;
}

static void packet_make(struct kunit *test, struct bench *bench, enum packet_shape shape,
			u32 ssrc, u16 seq, u32 text_len)
{
	packet_write(&bench->packet, bench->class, ssrc, seq, text_len);
	KUNIT_ASSERT_TRUE(test, packet_build(&bench->packet, shape));
}

/* A packet that was sent and now arrives. */
static void packet_send(struct kunit *test, struct bench *bench, u32 ssrc, u16 seq)
{
	packet_make(test, bench, PACKET_LINEAR, ssrc, seq, 160);
	KUNIT_ASSERT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_NONE);
}

static u32 header_len(const struct bench *bench)
{
	return bench->class == SRTP_CLASS_RTCP ? SRTP_RTCP_HEADER_LEN : SRTP_RTP_HEADER_MIN;
}

static u32 sealed_len(const struct bench *bench)
{
	return bench->packet.len + SRTP_TAG_LEN + active(bench, NF_SRTP_TX)->mki_len +
	       (bench->class == SRTP_CLASS_RTCP ? SRTP_RTCP_INDEX_LEN : 0);
}

static void expect_sealed(struct kunit *test, const struct bench *bench)
{
	const struct packet *packet = &bench->packet;
	u32 clear = header_len(bench), text_len = packet->len - clear;

	KUNIT_ASSERT_TRUE(test, packet_agrees(packet, sealed_len(bench)));
	KUNIT_EXPECT_MEMEQ(test, packet_payload(packet), packet->payload, clear);
	if (text_len >= 8)
		KUNIT_EXPECT_MEMNEQ(test, packet_payload(packet) + clear,
				    packet->payload + clear, text_len);
}

static void expect_opened(struct kunit *test, const struct bench *bench)
{
	KUNIT_ASSERT_TRUE(test, packet_agrees(&bench->packet, bench->packet.len));
	KUNIT_ASSERT_MEMEQ(test, packet_payload(&bench->packet), bench->packet.payload,
			   bench->packet.len);
}

static const struct media {
	const char *name;
	enum nf_srtp_suite suite;
	enum srtp_class class;
} media[] = {
	{ "RTP, AEAD_AES_128_GCM", NF_SRTP_SUITE_AEAD_AES_128_GCM, SRTP_CLASS_RTP },
	{ "RTP, AEAD_AES_256_GCM", NF_SRTP_SUITE_AEAD_AES_256_GCM, SRTP_CLASS_RTP },
	{ "RTCP, AEAD_AES_128_GCM", NF_SRTP_SUITE_AEAD_AES_128_GCM, SRTP_CLASS_RTCP },
	{ "RTCP, AEAD_AES_256_GCM", NF_SRTP_SUITE_AEAD_AES_256_GCM, SRTP_CLASS_RTCP },
};

KUNIT_ARRAY_PARAM_DESC(media, media, name);

/* T10: every size, the empty payload and those below one block too. */
static void t10_every_size(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	u32 len;

	for (len = 0; len <= PACKET_TEXT_MAX; len++) {
		packet_make(test, bench, PACKET_LINEAR, SSRC, 65000 + len, len);
		KUNIT_ASSERT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_NONE);
		expect_sealed(test, bench);
		KUNIT_ASSERT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
		expect_opened(test, bench);
		packet_free(&bench->packet);
	}
}

static const struct shape {
	const char *name;
	enum packet_shape shape;
	u8 family;
} shapes[] = {
	{ "linear", PACKET_LINEAR, NFPROTO_IPV4 },
	{ "linear, IPv6", PACKET_LINEAR, NFPROTO_IPV6 },
	{ "without room", PACKET_WITHOUT_ROOM, NFPROTO_IPV4 },
	{ "without room, IPv6", PACKET_WITHOUT_ROOM, NFPROTO_IPV6 },
	{ "cloned", PACKET_CLONED, NFPROTO_IPV4 },
	{ "cloned, IPv6", PACKET_CLONED, NFPROTO_IPV6 },
	{ "paged", PACKET_PAGED, NFPROTO_IPV4 },
	{ "paged, IPv6", PACKET_PAGED, NFPROTO_IPV6 },
	{ "listed", PACKET_LISTED, NFPROTO_IPV4 },
	{ "listed, IPv6", PACKET_LISTED, NFPROTO_IPV6 },
};

KUNIT_ARRAY_PARAM_DESC(shapes, shapes, name);

/* Whoever shares the buffer, a capture for one, keeps the bytes that it had. */
static void expect_clone_holds(struct kunit *test, const struct packet *packet,
			       const u8 *payload, u32 len)
{
	const u8 *held = packet->clone->data + packet_headers(packet->family);

	KUNIT_EXPECT_EQ(test, packet->clone->len, packet_headers(packet->family) + len);
	KUNIT_EXPECT_MEMEQ(test, held, payload, len);
}

static void shape_round_trip(struct kunit *test, struct bench *bench, const struct shape *shape,
			     u32 text_len)
{
	struct packet *packet = &bench->packet;
	u8 *sealed = kunit_kmalloc(test, PACKET_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sealed);
	packet_make(test, bench, shape->shape, SSRC, text_len, text_len);
	KUNIT_ASSERT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_NONE);
	if (packet->clone)
		expect_clone_holds(test, packet, packet->payload, packet->len);
	expect_sealed(test, bench);
	if (packet->clone) {
		memcpy(sealed, packet_payload(packet), sealed_len(bench));
		KUNIT_ASSERT_TRUE(test, packet_clone(packet));
	}
	KUNIT_ASSERT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
	if (packet->clone)
		expect_clone_holds(test, packet, sealed, sealed_len(bench));
	expect_opened(test, bench);
	packet_free(packet);
}

static void every_shape(struct kunit *test)
{
	static const u32 lengths[] = { 0, 1, 2, 15, 16, 17, 160, 1200, 1399, 1400 };
	const struct shape *shape = test->param_value;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(media); i++) {
		struct bench *bench = bench_make(test, media[i].suite, media[i].class, 0);

		bench->packet.family = shape->family;
		for (j = 0; j < ARRAY_SIZE(lengths); j++)
			shape_round_trip(test, bench, shape, lengths[j]);
	}
}

/* What the sealed packet of a stack arrives in: the receiver's shapes. */
static void every_shape_received(struct kunit *test)
{
	const struct shape *shape = test->param_value;
	struct bench *bench = bench_make(test, media[0].suite, SRTP_CLASS_RTP, 0);
	struct packet *packet = &bench->packet;

	packet->family = shape->family;
	packet_send(test, bench, SSRC, 1);
	/* The same bytes once more, this time in the shape that is asked for. */
	packet->len = sealed_len(bench);
	memcpy(packet->payload, packet_payload(packet), packet->len);
	packet_free(packet);
	KUNIT_ASSERT_TRUE(test, packet_build(packet, shape->shape));
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
	packet_write(packet, SRTP_CLASS_RTP, SSRC, 1, 160);
	expect_opened(test, bench);
	packet_free(packet);
}

/* A sender that goes without a checksum is left without one. */
static void no_checksum(struct kunit *test)
{
	struct bench *bench = bench_make(test, media[0].suite, SRTP_CLASS_RTP, 0);
	struct udphdr *udp;

	packet_make(test, bench, PACKET_LINEAR, SSRC, 1, 160);
	udp = (struct udphdr *)(packet_payload(&bench->packet) - sizeof(*udp));
	udp->check = 0;
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_NONE);
	KUNIT_EXPECT_EQ(test, udp->check, 0);
	KUNIT_EXPECT_TRUE(test, bench->packet.skb->ip_summed == CHECKSUM_NONE);
	packet_free(&bench->packet);
}

/* All that a packet could change, except the counts of what was refused. */
struct snapshot {
	struct nf_srtp_passed passed;
	u64 used[2];
	u16 streams_count;
	bool passed_any;
	struct srtp_stream stream;
	u64 stream_packets;
	const void *active, *previous;
};

static void snapshot_take(struct snapshot *snapshot, const struct bench *bench,
			  enum nf_srtp_way way)
{
	struct nf_srtp_direction *from = direction(bench, way);
	const struct nf_srtp_stream *stream;

	memset(snapshot, 0, sizeof(*snapshot));
	spin_lock_bh(&from->lock);
	snapshot->passed = from->passed;
	memcpy(snapshot->used, active(bench, way)->used, sizeof(snapshot->used));
	snapshot->streams_count = from->streams_count;
	snapshot->passed_any = from->passed_any;
	stream = nf_srtp_stream_find(from, SSRC);
	if (stream) {
		memcpy(&snapshot->stream, &stream->core, sizeof(stream->core));
		snapshot->stream_packets = stream->packets;
	}
	snapshot->active = rcu_access_pointer(from->active);
	snapshot->previous = rcu_access_pointer(from->previous);
	spin_unlock_bh(&from->lock);
}

static void expect_unchanged(struct kunit *test, const struct snapshot *before,
			     const struct bench *bench, enum nf_srtp_way way)
{
	struct snapshot *after = kunit_kzalloc(test, sizeof(*after), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, after);
	snapshot_take(after, bench, way);
	KUNIT_EXPECT_MEMEQ(test, after, before, sizeof(*after));
	kunit_kfree(test, after);
}

/* T22, T8: one byte changed anywhere, and nothing moves. The genuine one still passes. */
static void forge_each_byte(struct kunit *test, struct bench *bench, u16 seq)
{
	struct snapshot *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	struct packet *packet = &bench->packet;
	u8 *sealed = kunit_kmalloc(test, PACKET_MAX, GFP_KERNEL);
	u32 at, len;

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, sealed);
	packet_send(test, bench, SSRC, seq);
	len = sealed_len(bench);
	memcpy(sealed, packet_payload(packet), len);
	snapshot_take(before, bench, NF_SRTP_RX);
	for (at = 0; at < len; at++) {
		memcpy(packet_payload(packet), sealed, len);
		packet_payload(packet)[at] ^= 1;
		KUNIT_EXPECT_NE_MSG(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE,
				    "byte %u", at);
		expect_unchanged(test, before, bench, NF_SRTP_RX);
	}
	memcpy(packet_payload(packet), sealed, len);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
	expect_opened(test, bench);
	packet_free(packet);
}

static void t22_forged(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);

	/* Before the stream is known, and in the middle of it. */
	forge_each_byte(test, bench, 1000);
	forge_each_byte(test, bench, 1001);
}

static void replayed(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	struct snapshot *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	struct packet *packet = &bench->packet;
	u8 *sealed = kunit_kmalloc(test, PACKET_MAX, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, sealed);
	packet_send(test, bench, SSRC, 1);
	packet->len = sealed_len(bench);
	memcpy(packet->payload, packet_payload(packet), packet->len);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
	packet_free(packet);
	snapshot_take(before, bench, NF_SRTP_RX);
	KUNIT_ASSERT_TRUE(test, packet_build(packet, PACKET_LINEAR));
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_REPLAYED);
	expect_unchanged(test, before, bench, NF_SRTP_RX);
	packet_free(packet);
}

/* Two copies that are in the cipher at the same time, as on two processors. */
static void both_receive(struct bench *bench, struct sk_buff *copy,
			 enum nf_srtp_drop_reason reasons[2])
{
	struct nf_srtp_transform transforms[2] = {};
	struct nf_srtp_attempts attempts;
	int i;

	local_bh_disable();
	rcu_read_lock();
	for (i = 0; i < 2; i++) {
		transforms[i].session = bench->session;
		transforms[i].way = NF_SRTP_RX;
		nf_srtp_datagram_parse(&transforms[i].datagram, i ? copy : bench->packet.skb,
				       bench->packet.family);
		reasons[i] = nf_srtp_unprotect_begin(&transforms[i], bench->class, &attempts);
		if (!reasons[i])
			nf_srtp_unprotect_try(&transforms[i], &attempts, 0);
	}
	for (i = 0; i < 2; i++) {
		if (!reasons[i])
			reasons[i] = nf_srtp_unprotect_end(&transforms[i],
							   cipher_run(bench, &transforms[i]));
	}
	rcu_read_unlock();
	local_bh_enable();
}

static void replayed_in_flight(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	bool rtcp = medium->class == SRTP_CLASS_RTCP;
	enum nf_srtp_drop_reason reasons[2];
	struct sk_buff *copy;
	u16 seq;

	/* The first packet of a stream, the next one, and one that jumps ahead. */
	for (seq = 1; seq <= 12; seq += seq == 1 ? 1 : 10) {
		packet_send(test, bench, SSRC, seq);
		copy = skb_copy(bench->packet.skb, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, copy);
		both_receive(bench, copy, reasons);
		kfree_skb(copy);
		KUNIT_EXPECT_EQ(test, reasons[0], NF_SRTP_DROP_REASON_NONE);
		KUNIT_EXPECT_EQ(test, reasons[1], NF_SRTP_DROP_REASON_REPLAYED);
		packet_free(&bench->packet);
	}
	KUNIT_EXPECT_EQ(test, active(bench, NF_SRTP_RX)->used[rtcp], 3);
}

/* The index is spent and never comes again; what did not leave is not counted as passed. */
static void cipher_error_sent(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	const struct nf_srtp_direction *sent = direction(bench, NF_SRTP_TX);
	bool rtcp = medium->class == SRTP_CLASS_RTCP;

	bench->planted = -EIO;
	packet_make(test, bench, PACKET_LINEAR, SSRC, 7, 160);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_CIPHER_ERROR);
	KUNIT_EXPECT_EQ(test, sent->passed.rtp_packets, 0);
	KUNIT_EXPECT_EQ(test, sent->passed.rtp_bytes, 0);
	KUNIT_EXPECT_EQ(test, sent->passed.rtcp_packets, 0);
	KUNIT_EXPECT_EQ(test, sent->passed.rtcp_bytes, 0);
	KUNIT_EXPECT_EQ(test, active(bench, NF_SRTP_TX)->used[rtcp], 1);
	packet_free(&bench->packet);

	bench->planted = 0;
	packet_make(test, bench, PACKET_LINEAR, SSRC, 7, 160);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_TX),
			rtcp ? NF_SRTP_DROP_REASON_NONE : NF_SRTP_DROP_REASON_REPLAYED);
	if (rtcp)
		KUNIT_EXPECT_EQ(test, get_unaligned_be32(packet_payload(&bench->packet) +
							 sealed_len(bench) - SRTP_RTCP_INDEX_LEN),
				SRTP_RTCP_E_FLAG | 2);
	packet_free(&bench->packet);
}

static void cipher_error_received(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	struct snapshot *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, before);
	snapshot_take(before, bench, NF_SRTP_RX);
	packet_send(test, bench, SSRC, 7);
	bench->planted = -EIO;
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_CIPHER_ERROR);
	expect_unchanged(test, before, bench, NF_SRTP_RX);
	packet_free(&bench->packet);
}

static void lifetime_ends(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	bool rtcp = medium->class == SRTP_CLASS_RTCP;
	u16 seq;

	active(bench, NF_SRTP_TX)->limit[rtcp] = 3;
	active(bench, NF_SRTP_RX)->limit[rtcp] = 2;
	for (seq = 1; seq <= 3; seq++) {
		packet_send(test, bench, SSRC, seq);
		KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX),
				seq <= 2 ? NF_SRTP_DROP_REASON_NONE :
					   NF_SRTP_DROP_REASON_KEY_EXPIRED);
		packet_free(&bench->packet);
	}
	packet_make(test, bench, PACKET_LINEAR, SSRC, seq, 160);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_KEY_EXPIRED);
	KUNIT_EXPECT_EQ(test, active(bench, NF_SRTP_TX)->used[rtcp], 3);
	KUNIT_EXPECT_EQ(test, active(bench, NF_SRTP_RX)->used[rtcp], 2);
	packet_free(&bench->packet);
}

/* T14: a wrong MKI leaves everything as it was, and the right one passes. */
static void t14_mki(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0x71);
	struct snapshot *before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	u8 *mki;

	KUNIT_ASSERT_NOT_NULL(test, before);
	packet_send(test, bench, SSRC, 1);
	expect_sealed(test, bench);
	mki = packet_payload(&bench->packet) + sealed_len(bench) - 1;
	KUNIT_EXPECT_EQ(test, *mki, 0x71);
	*mki = 0x72;
	snapshot_take(before, bench, NF_SRTP_RX);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_UNKNOWN_MKI);
	expect_unchanged(test, before, bench, NF_SRTP_RX);
	*mki = 0x71;
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
	expect_opened(test, bench);
	packet_free(&bench->packet);
}

/* Without MKI a packet under the key before the change passes at the second attempt. */
static void previous_key(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);
	struct nf_srtp_direction *received = direction(bench, NF_SRTP_RX);

	packet_send(test, bench, SSRC, 1);
	fixture_install(received, fixture_key(test, medium->suite, 2, 0), false, true, true);
	bench->attempt = 1;
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
	KUNIT_EXPECT_EQ(test, bench->attempts, 2);
	expect_opened(test, bench);
	KUNIT_EXPECT_EQ(test, active(bench, NF_SRTP_RX)->used[0], 0);
	KUNIT_EXPECT_NOT_NULL(test, rcu_access_pointer(received->previous));
	packet_free(&bench->packet);
}

static void without_key(struct kunit *test)
{
	const struct media *medium = test->param_value;
	struct bench *bench = bench_make(test, medium->suite, medium->class, 0);

	packet_send(test, bench, SSRC, 1);
	bench->session = fixture_session(test, medium->suite);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NO_KEY);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_NO_KEY);
	packet_free(&bench->packet);
}

static void streams_counted(struct kunit *test)
{
	struct bench *bench = bench_make(test, media[0].suite, SRTP_CLASS_RTP, 0);
	u32 ssrc;

	for (ssrc = 1; ssrc <= NF_SRTP_STREAMS_MAX; ssrc++) {
		packet_send(test, bench, ssrc, 1);
		KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_RX), NF_SRTP_DROP_REASON_NONE);
		packet_free(&bench->packet);
	}
	packet_make(test, bench, PACKET_LINEAR, ssrc, 1, 160);
	KUNIT_EXPECT_EQ(test, transform(bench, NF_SRTP_TX), NF_SRTP_DROP_REASON_SSRC_LIMIT);
	packet_free(&bench->packet);
	KUNIT_EXPECT_EQ(test, direction(bench, NF_SRTP_RX)->streams_count, NF_SRTP_STREAMS_MAX);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(t10_every_size, media_gen_params),
	KUNIT_CASE_PARAM(every_shape, shapes_gen_params),
	KUNIT_CASE_PARAM(every_shape_received, shapes_gen_params),
	KUNIT_CASE(no_checksum),
	KUNIT_CASE_PARAM(t22_forged, media_gen_params),
	KUNIT_CASE_PARAM(replayed, media_gen_params),
	KUNIT_CASE_PARAM(replayed_in_flight, media_gen_params),
	KUNIT_CASE_PARAM(cipher_error_sent, media_gen_params),
	KUNIT_CASE_PARAM(cipher_error_received, media_gen_params),
	KUNIT_CASE_PARAM(lifetime_ends, media_gen_params),
	KUNIT_CASE_PARAM(t14_mki, media_gen_params),
	KUNIT_CASE_PARAM(previous_key, media_gen_params),
	KUNIT_CASE_PARAM(without_key, media_gen_params),
	KUNIT_CASE(streams_counted),
	{}
};

static struct kunit_suite nf_srtp_transform = { .name = "nf_srtp_transform", .test_cases = cases };
kunit_test_suite(nf_srtp_transform);
