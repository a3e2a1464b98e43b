// SPDX-License-Identifier: Apache-2.0
/* Whole packets through kmod/core and OpenSSL's AES-GCM, there and back. */
#include <stdlib.h>

#include "sample.h"
#include "srtp_evp.h"
#include "unit.h"

enum {
	BUFFER_LEN = 2048,
	NONCE_PACKETS = 100000,
	FORGED_PACKETS = 1000000,
};

static const u32 key_lens[] = { 16, 32 };

/* Both ends of one direction. */
struct leg {
	struct srtp_evp evp;
	struct srtp_stream tx;
	struct srtp_stream rx;
	u8 buffer[BUFFER_LEN];
	u8 *packet;
	u32 len;
};

static void leg_open(struct leg *leg, u32 key_len)
{
	u8 master[SRTP_EVP_KEY_MAX + SRTP_SALT_LEN];
	u32 i;

	memset(leg, 0, sizeof(*leg));
	for (i = 0; i < sizeof(master); i++)
		master[i] = (u8)(i * 7 + key_len);
	srtp_evp_set(&leg->evp, master, key_len);
	leg->tx.ssrc = SAMPLE_SSRC;
	leg->rx.ssrc = SAMPLE_SSRC;
	leg->packet = leg->buffer + SRTP_EVP_HEADROOM;
}

static void leg_write_rtp(struct leg *leg, u16 seq, u32 payload_len)
{
	const struct sample_rtp sample = {
		.seq = seq, .ssrc = leg->tx.ssrc, .payload_len = payload_len,
	};

	leg->len = sample_rtp_write(leg->packet, &sample);
}

static void leg_send_rtp(struct leg *leg, u16 seq, u32 payload_len)
{
	leg_write_rtp(leg, seq, payload_len);
	assert_int_equal(srtp_evp_protect_rtp(&leg->evp, &leg->tx, leg->packet, &leg->len),
			 NF_SRTP_DROP_REASON_NONE);
}

static enum nf_srtp_drop_reason leg_receive_rtp(struct leg *leg)
{
	return srtp_evp_unprotect_rtp(&leg->evp, &leg->rx, leg->packet, &leg->len);
}

static void expect_received(struct leg *leg)
{
	assert_int_equal(leg_receive_rtp(leg), NF_SRTP_DROP_REASON_NONE);
}

/* Protect what stands in the leg, look at the wire, unprotect, compare. */
static void expect_round_trip(struct leg *leg, u32 header_len)
{
	u8 plain[BUFFER_LEN];
	u32 plain_len = leg->len;

	memcpy(plain, leg->packet, plain_len);
	assert_int_equal(srtp_evp_protect_rtp(&leg->evp, &leg->tx, leg->packet, &leg->len),
			 NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(leg->len, plain_len + SRTP_TAG_LEN);
	assert_memory_equal(leg->packet, plain, header_len);
	/* Short texts may stay the same by chance; eight bytes do not. */
	if (plain_len >= header_len + 8)
		assert_memory_not_equal(leg->packet + header_len, plain + header_len,
					plain_len - header_len);
	expect_received(leg);
	assert_int_equal(leg->len, plain_len);
	assert_memory_equal(leg->packet, plain, plain_len);
}

/*
 * T2: everything before the wrap is lost, so the receiver never saw it. It
 * stays shut, and opens with the first packet after the counter was told.
 * Break: in srtp_stream_set_roc() leave out "stream->roc_set = true".
 */
static void t2_wrap_never_seen(void **state)
{
	struct leg leg;
	u32 seq;

	(void)state;
	leg_open(&leg, 32);
	for (seq = 65530; seq < 65536 + 20; seq++) {
		leg_send_rtp(&leg, (u16)seq, 160);
		if (seq >= 65536)
			assert_int_equal(leg_receive_rtp(&leg), NF_SRTP_DROP_REASON_AUTH_FAILED);
	}
	assert_false(leg.rx.rtp_started);
	assert_int_equal(srtp_stream_set_roc(&leg.rx, 1), 0);
	for (; seq < 65536 + 40; seq++) {
		leg_send_rtp(&leg, (u16)seq, 160);
		expect_received(&leg);
	}
	srtp_evp_free(&leg.evp);
}

/*
 * T6: after a wrap, a new key in the same context keeps the counter, a new
 * context begins at 0; ends that do not agree understand nothing.
 * Break: empty srtp_stream_reset().
 */
static void t6_new_key_and_the_counter(void **state)
{
	struct leg leg, other;
	enum nf_srtp_drop_reason reason;
	u32 new_tx, new_rx;

	(void)state;
	for (new_tx = 0; new_tx < 2; new_tx++) {
		for (new_rx = 0; new_rx < 2; new_rx++) {
			leg_open(&leg, 16);
			leg_send_rtp(&leg, 65535, 160);
			expect_received(&leg);
			leg_send_rtp(&leg, 0, 160);
			expect_received(&leg);
			leg_open(&other, 32);
			srtp_evp_free(&leg.evp);
			leg.evp = other.evp;
			if (new_tx)
				srtp_stream_reset(&leg.tx);
			if (new_rx)
				srtp_stream_reset(&leg.rx);
			leg_send_rtp(&leg, 1, 160);
			assert_true(leg.tx.rtp_highest >> 16 == !new_tx);
			reason = leg_receive_rtp(&leg);
			assert_int_equal(reason, new_tx == new_rx ? NF_SRTP_DROP_REASON_NONE :
					 NF_SRTP_DROP_REASON_AUTH_FAILED);
			srtp_evp_free(&leg.evp);
		}
	}
}

/*
 * T7: both ends stay together over three turns with loss and repeats.
 * Break: in srtp_index_guess() leave out the (s16).
 */
static void t7_three_turns(void **state)
{
	u64 random = 0x452821e638d01377;
	struct leg leg;
	u32 seq;

	(void)state;
	leg_open(&leg, 16);
	for (seq = 60000; seq < 60000 + 3 * 65536 + 10; seq++) {
		leg_send_rtp(&leg, (u16)seq, 20);
		if (unit_random(&random) % 20)
			expect_received(&leg);
	}
	assert_true(leg.tx.rtp_highest >> 16 == 3);
	assert_true(leg.rx.rtp_highest >> 16 == 3);
	srtp_evp_free(&leg.evp);
}

static void rtcp_send(struct leg *leg, u32 esrtcp)
{
	leg->len = sample_rtcp_write(leg->packet, SAMPLE_SSRC);
	srtp_evp_seal_rtcp(&leg->evp.rtcp, leg->packet, &leg->len, esrtcp);
}

static enum nf_srtp_drop_reason rtcp_receive(struct leg *leg)
{
	return srtp_evp_unprotect_rtcp(&leg->evp, &leg->rx, leg->packet, &leg->len);
}

/*
 * T9: SRTCP without the E flag is authenticated like the rest of it.
 * Break: in srtp_rtcp_arrange() leave out the memmove() of the tag.
 */
static void t9_unencrypted_rtcp(void **state)
{
	u8 plain[SAMPLE_RTCP_LEN];
	struct leg leg;
	u32 i;

	(void)state;
	for (i = 0; i < COUNT_OF(key_lens); i++) {
		leg_open(&leg, key_lens[i]);
		sample_rtcp_write(plain, SAMPLE_SSRC);
		rtcp_send(&leg, 5);
		assert_memory_equal(leg.packet, plain, sizeof(plain));
		assert_int_equal(rtcp_receive(&leg), NF_SRTP_DROP_REASON_NONE);
		assert_int_equal(leg.len, sizeof(plain));
		assert_memory_equal(leg.packet, plain, sizeof(plain));
		rtcp_send(&leg, 5);
		assert_int_equal(rtcp_receive(&leg), NF_SRTP_DROP_REASON_REPLAYED);
		srtp_evp_free(&leg.evp);
	}
}

/*
 * T9: every bit that is turned, of either form, is noticed, the E flag too.
 * Break: in srtp_rtcp_arrange() put 0 for esrtcp into IV and associated data.
 */
static void t9_forged_rtcp(void **state)
{
	static const u32 flags[] = { 0, SRTP_RTCP_E_FLAG };
	struct leg leg;
	u32 f, bit;

	(void)state;
	leg_open(&leg, 32);
	for (f = 0; f < COUNT_OF(flags); f++) {
		const u32 bits = 8 * (SAMPLE_RTCP_LEN + SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN);

		for (bit = 0; bit < bits; bit++) {
			rtcp_send(&leg, 77 | flags[f]);
			leg.packet[bit / 8] ^= (u8)(1U << bit % 8);
			assert_int_equal(rtcp_receive(&leg), NF_SRTP_DROP_REASON_AUTH_FAILED);
			assert_false(leg.rx.rtcp_started);
		}
		rtcp_send(&leg, (77 + f) | flags[f]);
		assert_int_equal(rtcp_receive(&leg), NF_SRTP_DROP_REASON_NONE);
		srtp_stream_reset(&leg.rx);
	}
	srtp_evp_free(&leg.evp);
}

/* T9: cut short, in memory that ends where the packet ends. */
static void t9_truncated_rtcp(void **state)
{
	static const u32 flags[] = { 0, SRTP_RTCP_E_FLAG };
	enum nf_srtp_drop_reason reason;
	struct leg leg;
	u32 f, cut;

	(void)state;
	leg_open(&leg, 16);
	for (f = 0; f < COUNT_OF(flags); f++) {
		rtcp_send(&leg, 3 | flags[f]);
		for (cut = 0; cut < leg.len; cut++) {
			u8 *copy = malloc(SRTP_EVP_HEADROOM + cut);
			u32 len = cut;

			assert_non_null(copy);
			memcpy(copy + SRTP_EVP_HEADROOM, leg.packet, cut);
			reason = srtp_evp_unprotect_rtcp(&leg.evp, &leg.rx,
							 copy + SRTP_EVP_HEADROOM, &len);
			assert_int_not_equal(reason, NF_SRTP_DROP_REASON_NONE);
			free(copy);
		}
		assert_false(leg.rx.rtcp_started);
	}
	srtp_evp_free(&leg.evp);
}

/*
 * What stood before the packet and the header itself come back, accepted or not.
 * Break: empty srtp_rtcp_restore().
 */
static void restored_around_the_cipher(void **state)
{
	u8 plain[SAMPLE_RTCP_LEN];
	struct leg leg;
	u32 damage;

	(void)state;
	leg_open(&leg, 32);
	sample_rtcp_write(plain, SAMPLE_SSRC);
	for (damage = 0; damage < 2; damage++) {
		memcpy(leg.buffer, "head", SRTP_EVP_HEADROOM);
		rtcp_send(&leg, 1 | SRTP_RTCP_E_FLAG);
		assert_memory_equal(leg.buffer, "head", SRTP_EVP_HEADROOM);
		assert_memory_equal(leg.packet, plain, SRTP_RTCP_HEADER_LEN);
		leg.packet[leg.len - 10] ^= (u8)damage;
		assert_int_equal(rtcp_receive(&leg), damage ? NF_SRTP_DROP_REASON_AUTH_FAILED :
				 NF_SRTP_DROP_REASON_NONE);
		assert_memory_equal(leg.buffer, "head", SRTP_EVP_HEADROOM);
		assert_memory_equal(leg.packet, plain, SRTP_RTCP_HEADER_LEN);
		srtp_stream_reset(&leg.rx);
	}
	srtp_evp_free(&leg.evp);
}

/*
 * T10: short and empty payloads are encrypted and authenticated like long ones.
 * Break: in srtp_rtp_operation() let text_len be 0 below 16.
 */
static void t10_short_payloads(void **state)
{
	struct leg leg;
	u32 i, payload;

	(void)state;
	for (i = 0; i < COUNT_OF(key_lens); i++) {
		u32 changed = 0;

		leg_open(&leg, key_lens[i]);
		for (payload = 0; payload <= 20; payload++) {
			leg_write_rtp(&leg, (u16)(payload + 1), payload);
			expect_round_trip(&leg, SRTP_RTP_HEADER_MIN);
		}
		/* One byte is the same by chance once in 256; of sixteen hardly three are. */
		for (payload = 1; payload < 16; payload++) {
			leg_send_rtp(&leg, (u16)(payload + 100), payload);
			changed += leg.packet[SRTP_RTP_HEADER_MIN] != 0;
		}
		assert_in_range(changed, 13, 15);
		srtp_evp_free(&leg.evp);
	}
}

/*
 * T11: the whole header is authenticated and none of it encrypted.
 * Break: in srtp_rtp_header_len() leave out the CSRCs.
 */
static void t11_header_is_authenticated(void **state)
{
	static const u16 profiles[] = { 0, SAMPLE_ONE_BYTE, SAMPLE_TWO_BYTE };
	struct leg leg;
	u32 csrc, p, words, at;
	u16 seq = 0;

	(void)state;
	leg_open(&leg, 32);
	for (csrc = 0; csrc <= 15; csrc++) {
		for (p = 0; p < COUNT_OF(profiles); p++) {
			for (words = 0; words < (profiles[p] ? 5 : 1); words++) {
				struct sample_rtp sample = {
					.seq = seq++, .ssrc = SAMPLE_SSRC, .csrc_count = csrc,
					.profile = profiles[p], .extension_words = (u16)words,
					.payload_len = 30,
				};

				leg.len = sample_rtp_write(leg.packet, &sample);
				expect_round_trip(&leg, leg.len - 30);
			}
		}
	}
	for (at = SRTP_RTP_HEADER_MIN; at < SRTP_RTP_HEADER_MIN + 4 * 15 + 4 + 8; at++) {
		struct sample_rtp sample = {
			.seq = seq++, .ssrc = SAMPLE_SSRC, .csrc_count = 15,
			.profile = SAMPLE_ONE_BYTE, .extension_words = 2, .payload_len = 30,
		};

		leg.len = sample_rtp_write(leg.packet, &sample);
		srtp_evp_protect_rtp(&leg.evp, &leg.tx, leg.packet, &leg.len);
		leg.packet[at] ^= 1;
		assert_int_not_equal(leg_receive_rtp(&leg), NF_SRTP_DROP_REASON_NONE);
	}
	srtp_evp_free(&leg.evp);
}

struct nonce {
	u8 iv[SRTP_NONCE_LEN];
};

static int nonce_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nonce));
}

static void expect_unique(struct nonce *nonces, u32 count)
{
	u32 i;

	qsort(nonces, count, sizeof(*nonces), nonce_compare);
	for (i = 1; i < count; i++)
		assert_int_not_equal(nonce_compare(&nonces[i - 1], &nonces[i]), 0);
}

/* A program at its worst: repeats, jumps, restarts and counters told at random. */
static bool wild_send(struct srtp_stream *stream, const u8 *salt, u64 *random, u8 *iv)
{
	u8 packet[SRTP_RTP_HEADER_MIN];
	struct sample_rtp sample = { .ssrc = stream->ssrc };
	struct srtp_operation op;
	u64 dice = unit_random(random);
	u64 index;

	sample.seq = (u16)(stream->rtp_highest + dice % 8 - 2);
	if (dice >> 16 & 0x80 && dice >> 32 & 1)
		sample.seq = (u16)(dice >> 40);
	if ((dice >> 8) % 1000 == 0)
		srtp_stream_set_roc(stream, (u32)(stream->rtp_highest >> 16) + (dice >> 24 & 1));
	sample_rtp_write(packet, &sample);
	if (srtp_rtp_send(stream, packet, &index) != NF_SRTP_DROP_REASON_NONE)
		return false;
	srtp_rtp_operation(&op, salt, packet, sizeof(packet), 0, index);
	memcpy(iv, op.iv, SRTP_NONCE_LEN);
	return true;
}

/*
 * T12: under one session key no nonce is used twice, RTP and RTCP, both key sizes.
 * Break: in srtp_rtp_send() leave out the commit.
 */
static void t12_nonces_are_unique(void **state)
{
	struct nonce *nonces = calloc(NONCE_PACKETS, sizeof(*nonces));
	u64 random = 0xbe5466cf34e90c6c;
	u32 k, count, esrtcp;

	(void)state;
	assert_non_null(nonces);
	for (k = 0; k < COUNT_OF(key_lens); k++) {
		struct srtp_stream streams[2] = {
			{ .ssrc = SAMPLE_SSRC }, { .ssrc = SAMPLE_SSRC + 1 },
		};
		struct srtp_operation op;
		struct leg leg;

		leg_open(&leg, key_lens[k]);
		assert_memory_not_equal(leg.evp.rtp.salt, leg.evp.rtcp.salt, SRTP_SALT_LEN);
		for (count = 0; count < NONCE_PACKETS; )
			count += wild_send(&streams[random & 1], leg.evp.rtp.salt, &random,
					   nonces[count].iv);
		expect_unique(nonces, count);
		for (count = 0; count < NONCE_PACKETS; count++) {
			struct srtp_stream *stream = &streams[count % 2];

			sample_rtcp_write(leg.packet, stream->ssrc);
			assert_int_equal(srtp_rtcp_send(stream, &esrtcp), NF_SRTP_DROP_REASON_NONE);
			srtp_rtcp_arrange(&op, leg.evp.rtcp.salt, leg.packet, SAMPLE_RTCP_LEN,
					  esrtcp | SRTP_RTCP_E_FLAG, false);
			srtp_rtcp_restore(&op, leg.packet);
			memcpy(nonces[count].iv, op.iv, SRTP_NONCE_LEN);
		}
		expect_unique(nonces, count);
		srtp_evp_free(&leg.evp);
	}
	free(nonces);
}

/*
 * T22: forged packets with any sequence number change nothing in a live stream.
 * Break: in srtp_stream_rtp_index() store the guess in stream->rtp_highest.
 */
static void t22_forged_flood(void **state)
{
	u64 random = 0xc0ac29b7c97c50dd;
	struct srtp_stream before;
	struct leg leg;
	u32 i, forged = 0;

	(void)state;
	leg_open(&leg, 16);
	leg_send_rtp(&leg, 65000, 160);
	expect_received(&leg);
	before = leg.rx;
	for (i = 0; i < FORGED_PACKETS; i++) {
		leg_write_rtp(&leg, (u16)unit_random(&random), 20);
		forged += leg_receive_rtp(&leg) == NF_SRTP_DROP_REASON_AUTH_FAILED;
		if (memcmp(&leg.rx, &before, sizeof(before)))
			fail_msg("forged packet %u changed the stream", i);
	}
	/* Most come through to the cipher, or the flood would prove nothing. */
	assert_in_range(forged, FORGED_PACKETS / 3, FORGED_PACKETS);
	leg_send_rtp(&leg, 65001, 160);
	expect_received(&leg);
	srtp_evp_free(&leg.evp);
}

static void malformed(void **state)
{
	struct leg leg;
	u32 len;

	(void)state;
	leg_open(&leg, 16);
	for (len = 0; len < SRTP_RTP_HEADER_MIN + SRTP_TAG_LEN; len++) {
		leg_write_rtp(&leg, 1, 160);
		leg.len = len;
		assert_int_equal(leg_receive_rtp(&leg), NF_SRTP_DROP_REASON_MALFORMED);
	}
	srtp_evp_free(&leg.evp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t2_wrap_never_seen),
		cmocka_unit_test(t6_new_key_and_the_counter),
		cmocka_unit_test(t7_three_turns),
		cmocka_unit_test(t9_unencrypted_rtcp),
		cmocka_unit_test(t9_forged_rtcp),
		cmocka_unit_test(t9_truncated_rtcp),
		cmocka_unit_test(restored_around_the_cipher),
		cmocka_unit_test(t10_short_payloads),
		cmocka_unit_test(t11_header_is_authenticated),
		cmocka_unit_test(t12_nonces_are_unique),
		cmocka_unit_test(t22_forged_flood),
		cmocka_unit_test(malformed),
	};

	return cmocka_run_group_tests_name("protect", tests, NULL, NULL);
}
