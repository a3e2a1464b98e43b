// SPDX-License-Identifier: GPL-2.0-only
/* The core as the kernel's compiler has made it: suite nf_srtp_core. */
#include <crypto/aes.h>
#include <kunit/test.h>

#include "core/kdf.h"
#include "core/stream.h"

#define INDEX(roc, seq) ((u64)(roc) << 16 | (seq))

static void index_guess(struct kunit *test)
{
	static const struct {
		u64 highest;
		u16 seq;
		u64 wanted;
	} table[] = {
		/* Around the wrap, both ways. */
		{ INDEX(0, 0xffff), 0, INDEX(1, 0) },
		{ INDEX(1, 0), 0xffff, INDEX(0, 0xffff) },
		{ INDEX(1, 2), 0xfffe, INDEX(0, 0xfffe) },
		/* Never below zero. */
		{ INDEX(0, 0), 0xffff, INDEX(0, 0xffff) },
		{ INDEX(0, 5), 0x8006, INDEX(0, 0x8006) },
		/* Just short of half way, forward and back. */
		{ INDEX(3, 0x1000), 0x8fff, INDEX(3, 0x8fff) },
		{ INDEX(3, 0x9000), 0x1001, INDEX(3, 0x1001) },
		/* Just past half way. */
		{ INDEX(3, 0x1000), 0x9001, INDEX(2, 0x9001) },
		{ INDEX(3, 0x9000), 0x0fff, INDEX(4, 0x0fff) },
		/* Half way: forward from the lower half, back from the upper one. */
		{ INDEX(3, 0x1000), 0x9000, INDEX(3, 0x9000) },
		{ INDEX(3, 0x7fff), 0xffff, INDEX(3, 0xffff) },
		{ INDEX(3, 0x8000), 0x0000, INDEX(3, 0x0000) },
		{ INDEX(3, 0xffff), 0x7fff, INDEX(3, 0x7fff) },
		/* The counter ends. */
		{ SRTP_INDEX_MAX, 0, SRTP_INDEX_MAX + 1 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		KUNIT_EXPECT_EQ_MSG(test, srtp_index_guess(table[i].highest, table[i].seq),
				    table[i].wanted, "row %d", i);
}

static enum nf_srtp_drop_reason receive(struct srtp_stream *stream, u16 seq)
{
	u64 index = srtp_stream_rtp_index(stream, seq);
	enum nf_srtp_drop_reason reason = srtp_rtp_check(stream, index);

	if (reason == NF_SRTP_DROP_REASON_NONE)
		srtp_rtp_commit(stream, index);
	return reason;
}

/* T1: late packets around the wrap do not move the counter twice. */
static void t1_reorder_at_the_wrap(struct kunit *test)
{
	static const u16 order[] = { 65533, 65535, 0, 1, 65534, 2 };
	struct srtp_stream stream = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(order); i++) {
		KUNIT_EXPECT_EQ(test, receive(&stream, order[i]), NF_SRTP_DROP_REASON_NONE);
		KUNIT_EXPECT_EQ(test, receive(&stream, order[i]), NF_SRTP_DROP_REASON_REPLAYED);
	}
	KUNIT_EXPECT_EQ(test, stream.rtp_highest, INDEX(1, 2));
}

/* T15: the last index in the window, and the first one out of it. */
static void t15_window_edges(struct kunit *test)
{
	static const u32 sizes[] = { SRTP_WINDOW_BITS, SRTP_RTCP_WINDOW_BITS };
	u64 bits[SRTP_WINDOW_WORDS];
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u32 size = sizes[i];
		u64 highest = 5 * size + 7, first = highest;

		memset(bits, 0, sizeof(bits));
		srtp_window_mark(bits, size, &highest, highest);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, highest),
				SRTP_WINDOW_SEEN);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, highest + 1),
				SRTP_WINDOW_FRESH);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, highest - size + 1),
				SRTP_WINDOW_FRESH);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, highest - size),
				SRTP_WINDOW_OLD);
		/* At the far end it is still remembered, one step later it is too old. */
		srtp_window_mark(bits, size, &highest, highest + size - 1);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, first),
				SRTP_WINDOW_SEEN);
		srtp_window_mark(bits, size, &highest, highest + 1);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, first),
				SRTP_WINDOW_OLD);
		KUNIT_EXPECT_EQ(test, srtp_window_check(bits, size, highest, first + 1),
				SRTP_WINDOW_FRESH);
	}
}

/* A jump farther than the window leaves nothing of it marked but the new end. */
static void window_jump(struct kunit *test)
{
	u64 bits[SRTP_WINDOW_WORDS] = {};
	u64 highest = 0, index;
	int fresh = 0;

	for (index = 0; index < SRTP_WINDOW_BITS; index++)
		srtp_window_mark(bits, SRTP_WINDOW_BITS, &highest, index);
	srtp_window_mark(bits, SRTP_WINDOW_BITS, &highest, highest + SRTP_WINDOW_BITS);
	for (index = highest - SRTP_WINDOW_BITS + 1; index <= highest; index++)
		fresh += srtp_window_check(bits, SRTP_WINDOW_BITS, highest, index) ==
			 SRTP_WINDOW_FRESH;
	KUNIT_EXPECT_EQ(test, fresh, SRTP_WINDOW_BITS - 1);
}

/* RFC 7714 sections 16.1.1 and 17.1, and a rollover counter, which these lack. */
static void nonce(struct kunit *test)
{
	static const u8 salt[] = "Quid pro quo";
	static const u8 rtp[] = {
		0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14,
	};
	static const u8 rtcp[] = {
		0x51, 0x75, 0x24, 0x05, 0x52, 0x03, 0x72, 0x6f, 0x20, 0x71, 0x70, 0xbb,
	};
	static const u8 zero_salt[SRTP_SALT_LEN];
	static const u8 counted[] = {
		0x00, 0x00, 0x11, 0x22, 0x33, 0x44, 0xa1, 0xa2, 0xa3, 0xa4, 0xb1, 0xb2,
	};
	u8 iv[SRTP_NONCE_LEN];

	srtp_nonce_rtp(iv, salt, 0x5501a0b2, 0xf17b);
	KUNIT_EXPECT_MEMEQ(test, iv, rtp, sizeof(iv));
	srtp_nonce_rtcp(iv, salt, 0x4d617273, 0x5d4);
	KUNIT_EXPECT_MEMEQ(test, iv, rtcp, sizeof(iv));
	srtp_nonce_rtp(iv, zero_salt, 0x11223344, INDEX(0xa1a2a3a4, 0xb1b2));
	KUNIT_EXPECT_MEMEQ(test, iv, counted, sizeof(iv));
}

static void block_encrypt(const void *key, u8 *out, const u8 *in)
{
	aes_encrypt(key, out, in);
}

/* RFC 3711 appendix B.3, RFC 6188 section 7.2, and the short salt of RFC 7714. */
static void kdf_vectors(struct kunit *test)
{
	static const struct {
		const char *key, *salt, *wanted;
		enum srtp_kdf_label label;
	} table[] = {
		{ "e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6",
		  "c61e7a93744f39ee10734afe3ff7a087", SRTP_LABEL_RTP_KEY },
		{ "e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6",
		  "30cbbc08863d8c85d49db34a9ae1", SRTP_LABEL_RTP_SALT },
		{ "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
		  "3b04803de51ee7c96423ab5b78d2",
		  "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
		  SRTP_LABEL_RTP_KEY },
		{ "000102030405060708090a0b0c0d0e0f", "404142434445464748494a4b",
		  "1fcd5d561e66dc49ec1c3ccb", SRTP_LABEL_RTP_SALT },
	};
	u8 key[AES_KEYSIZE_256], salt[SRTP_KDF_SALT_LEN], wanted[32], derived[32];
	struct crypto_aes_ctx aes;
	int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		u32 key_len = strlen(table[i].key) / 2, salt_len = strlen(table[i].salt) / 2;
		u32 len = strlen(table[i].wanted) / 2;

		KUNIT_ASSERT_EQ(test, hex2bin(key, table[i].key, key_len), 0);
		KUNIT_ASSERT_EQ(test, hex2bin(salt, table[i].salt, salt_len), 0);
		KUNIT_ASSERT_EQ(test, hex2bin(wanted, table[i].wanted, len), 0);
		KUNIT_ASSERT_EQ(test, aes_expandkey(&aes, key, key_len), 0);
		srtp_kdf_derive(block_encrypt, &aes, salt, salt_len, table[i].label, derived, len);
		KUNIT_EXPECT_MEMEQ_MSG(test, derived, wanted, len, "row %d", i);
	}
}

static void packet_classes(struct kunit *test)
{
	static const struct {
		u8 data[2];
		u32 len;
		enum srtp_class wanted[3]; /* on a port for RTP, for RTCP, for both */
	} table[] = {
		{ { 0x80, 0 }, 2, { SRTP_CLASS_RTP, SRTP_CLASS_RTCP, SRTP_CLASS_RTP } },
		{ { 0x80, 191 }, 2, { SRTP_CLASS_RTP, SRTP_CLASS_RTCP, SRTP_CLASS_RTP } },
		{ { 0x80, 192 }, 2, { SRTP_CLASS_RTP, SRTP_CLASS_RTCP, SRTP_CLASS_RTCP } },
		{ { 0xbf, 223 }, 2, { SRTP_CLASS_RTP, SRTP_CLASS_RTCP, SRTP_CLASS_RTCP } },
		{ { 0xbf, 224 }, 2, { SRTP_CLASS_RTP, SRTP_CLASS_RTCP, SRTP_CLASS_RTP } },
		{ { 0, 1 }, 2, { SRTP_CLASS_STUN, SRTP_CLASS_STUN, SRTP_CLASS_STUN } },
		{ { 3, 1 }, 2, { SRTP_CLASS_STUN, SRTP_CLASS_STUN, SRTP_CLASS_STUN } },
		{ { 4, 1 }, 2, { SRTP_CLASS_OTHER, SRTP_CLASS_OTHER, SRTP_CLASS_OTHER } },
		{ { 20, 0 }, 2, { SRTP_CLASS_DTLS, SRTP_CLASS_DTLS, SRTP_CLASS_DTLS } },
		{ { 63, 0 }, 2, { SRTP_CLASS_DTLS, SRTP_CLASS_DTLS, SRTP_CLASS_DTLS } },
		{ { 64, 0 }, 2, { SRTP_CLASS_OTHER, SRTP_CLASS_OTHER, SRTP_CLASS_OTHER } },
		{ { 0xc0, 0 }, 2, { SRTP_CLASS_OTHER, SRTP_CLASS_OTHER, SRTP_CLASS_OTHER } },
		{ { 0x80 }, 1, { SRTP_CLASS_OTHER, SRTP_CLASS_OTHER, SRTP_CLASS_OTHER } },
		{ {}, 0, { SRTP_CLASS_OTHER, SRTP_CLASS_OTHER, SRTP_CLASS_OTHER } },
	};
	enum srtp_class class;
	int i, port;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		for (port = SRTP_PORT_RTP; port <= SRTP_PORT_MUX; port++) {
			class = srtp_packet_class(table[i].data, table[i].len, port);
			KUNIT_EXPECT_EQ_MSG(test, class, table[i].wanted[port],
					    "row %d, port %d", i, port);
		}
	}
}

static void rtp_headers(struct kunit *test)
{
	static const struct {
		u8 first;
		u16 words; /* of the extension */
		u32 len;
		u32 wanted;
	} table[] = {
		{ 0x80, 0, 0, 0 }, { 0x80, 0, 11, 0 }, { 0x80, 0, 12, 12 }, { 0x80, 0, 172, 12 },
		{ 0xa0, 0, 12, 12 },
		/* CSRCs */
		{ 0x81, 0, 15, 0 }, { 0x81, 0, 16, 16 }, { 0x8f, 0, 71, 0 }, { 0x8f, 0, 72, 72 },
		/* an extension, empty and of some words */
		{ 0x90, 0, 12, 0 }, { 0x90, 0, 15, 0 }, { 0x90, 0, 16, 16 },
		{ 0x90, 1, 19, 0 }, { 0x90, 1, 20, 20 }, { 0x90, 0xffff, 300, 0 },
		/* both */
		{ 0x9f, 2, 83, 0 }, { 0x9f, 2, 84, 84 },
	};
	u8 *packet = kunit_kzalloc(test, 300, GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, packet);
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		u32 at = SRTP_RTP_HEADER_MIN + 4 * (table[i].first & 0x0f);

		memset(packet, 0, 300);
		packet[0] = table[i].first;
		packet[at + 2] = table[i].words >> 8;
		packet[at + 3] = table[i].words;
		KUNIT_EXPECT_EQ_MSG(test, srtp_rtp_header_len(packet, table[i].len),
				    table[i].wanted, "row %d", i);
	}
}

static void rtcp_compounds(struct kunit *test)
{
	/* A receiver report without blocks and a goodbye. */
	u8 packet[17] = {
		0x80, 201, 0, 1, 1, 2, 3, 4,
		0x81, 203, 0, 1, 1, 2, 3, 4,
	};

	KUNIT_EXPECT_TRUE(test, srtp_rtcp_is_compound(packet, 16));
	KUNIT_EXPECT_TRUE(test, srtp_rtcp_is_compound(packet, 8));
	KUNIT_EXPECT_FALSE(test, srtp_rtcp_is_compound(packet, 4));
	KUNIT_EXPECT_FALSE(test, srtp_rtcp_is_compound(packet, 12));
	KUNIT_EXPECT_FALSE(test, srtp_rtcp_is_compound(packet, 15));
	KUNIT_EXPECT_FALSE(test, srtp_rtcp_is_compound(packet, 17));
	packet[8] = 0x41;
	KUNIT_EXPECT_FALSE(test, srtp_rtcp_is_compound(packet, 16));
	packet[8] = 0x81;
	packet[9] = 100;
	KUNIT_EXPECT_FALSE(test, srtp_rtcp_is_compound(packet, 16));
}

/* T4: a counter that is told counts for the next packet, and never goes back. */
static void t4_told_counter(struct kunit *test)
{
	struct srtp_stream stream = {};

	KUNIT_EXPECT_EQ(test, receive(&stream, 1000), NF_SRTP_DROP_REASON_NONE);
	KUNIT_EXPECT_EQ(test, srtp_stream_set_roc(&stream, 3), 0);
	KUNIT_EXPECT_EQ(test, srtp_stream_rtp_index(&stream, 60000), INDEX(3, 60000));
	KUNIT_EXPECT_EQ(test, srtp_stream_set_roc(&stream, 2), -ERANGE);
	KUNIT_EXPECT_EQ(test, srtp_rtp_check(&stream, 1001), NF_SRTP_DROP_REASON_TOO_OLD);
	KUNIT_EXPECT_EQ(test, receive(&stream, 60000), NF_SRTP_DROP_REASON_NONE);
	KUNIT_EXPECT_EQ(test, stream.rtp_highest, INDEX(3, 60000));
	srtp_stream_reset(&stream);
	KUNIT_EXPECT_EQ(test, receive(&stream, 1000), NF_SRTP_DROP_REASON_NONE);
}

static void indices_end(struct kunit *test)
{
	static const u8 first[SRTP_RTP_HEADER_MIN] = { 0x80 };
	struct srtp_stream stream = {
		.rtp_started = true,
		.rtp_highest = SRTP_INDEX_MAX,
		.rtcp_highest = SRTP_RTCP_INDEX_MAX - 1,
	};
	u32 rtcp;
	u64 rtp;

	KUNIT_EXPECT_EQ(test, srtp_rtp_send(&stream, first, &rtp),
			NF_SRTP_DROP_REASON_KEY_EXPIRED);
	KUNIT_EXPECT_EQ(test, srtp_rtcp_send(&stream, &rtcp), NF_SRTP_DROP_REASON_NONE);
	KUNIT_EXPECT_EQ(test, rtcp, SRTP_RTCP_INDEX_MAX);
	KUNIT_EXPECT_EQ(test, srtp_rtcp_send(&stream, &rtcp), NF_SRTP_DROP_REASON_KEY_EXPIRED);
}

enum { RTCP_LEN = 20, ROOM = 8, RTCP_BUFFER = ROOM + RTCP_LEN + SRTP_TAG_LEN + 4 };

/* A packet of RTCP_LEN bytes with tag and index; every byte is another. */
static void rtcp_fill(u8 *buffer)
{
	int i;

	for (i = 0; i < RTCP_BUFFER; i++)
		buffer[i] = 0x40 + i;
}

static void rtcp_arrange_encrypted(struct kunit *test)
{
	static const u8 salt[SRTP_SALT_LEN];
	u8 buffer[RTCP_BUFFER], before[RTCP_BUFFER];
	u8 *packet = buffer + ROOM;
	struct srtp_operation op;

	rtcp_fill(buffer);
	memcpy(before, buffer, sizeof(before));
	srtp_rtcp_arrange(&op, salt, packet, RTCP_LEN, SRTP_RTCP_E_FLAG | 0x123, true);
	KUNIT_EXPECT_EQ(test, op.lead, 4);
	KUNIT_EXPECT_EQ(test, op.aad_len, 12);
	KUNIT_EXPECT_EQ(test, op.text_len, RTCP_LEN - 8);
	KUNIT_EXPECT_EQ(test, op.index, 0x123);
	/* Header, then E flag and index, then the text where it was. */
	KUNIT_EXPECT_MEMEQ(test, packet - 4, before + ROOM, 8);
	KUNIT_EXPECT_EQ(test, get_unaligned_be32(packet + 4), SRTP_RTCP_E_FLAG | 0x123);
	KUNIT_EXPECT_MEMEQ(test, packet + 8, before + ROOM + 8, RTCP_LEN - 8 + SRTP_TAG_LEN + 4);
	srtp_rtcp_restore(&op, packet);
	KUNIT_EXPECT_MEMEQ(test, buffer, before, sizeof(before));
}

static void rtcp_arrange_clear(struct kunit *test)
{
	static const u8 salt[SRTP_SALT_LEN];
	u8 buffer[RTCP_BUFFER], before[RTCP_BUFFER];
	u8 *packet = buffer + ROOM;
	struct srtp_operation op;

	rtcp_fill(buffer);
	memcpy(before, buffer, sizeof(before));
	srtp_rtcp_arrange(&op, salt, packet, RTCP_LEN, 0x123, true);
	KUNIT_EXPECT_EQ(test, op.lead, 0);
	KUNIT_EXPECT_EQ(test, op.aad_len, RTCP_LEN + 4);
	KUNIT_EXPECT_EQ(test, op.text_len, 0);
	KUNIT_EXPECT_MEMEQ(test, buffer, before, ROOM + RTCP_LEN);
	KUNIT_EXPECT_EQ(test, get_unaligned_be32(packet + RTCP_LEN), 0x123);
	KUNIT_EXPECT_MEMEQ(test, packet + RTCP_LEN + 4, before + ROOM + RTCP_LEN, SRTP_TAG_LEN);
	srtp_rtcp_restore(&op, packet);
	KUNIT_EXPECT_MEMEQ(test, buffer, before, ROOM + RTCP_LEN);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(index_guess),
	KUNIT_CASE(t1_reorder_at_the_wrap),
	KUNIT_CASE(t15_window_edges),
	KUNIT_CASE(window_jump),
	KUNIT_CASE(nonce),
	KUNIT_CASE(kdf_vectors),
	KUNIT_CASE(packet_classes),
	KUNIT_CASE(rtp_headers),
	KUNIT_CASE(rtcp_compounds),
	KUNIT_CASE(t4_told_counter),
	KUNIT_CASE(indices_end),
	KUNIT_CASE(rtcp_arrange_encrypted),
	KUNIT_CASE(rtcp_arrange_clear),
	{}
};

static struct kunit_suite nf_srtp_core = { .name = "nf_srtp_core", .test_cases = cases };
kunit_test_suite(nf_srtp_core);
