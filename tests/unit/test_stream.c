// SPDX-License-Identifier: Apache-2.0
/* Indices of a stream, sent and received, without a cipher: kmod/core/stream. */
#include <stdlib.h>

#include "sample.h"
#include "stream.h"
#include "unit.h"

#define INDEX(roc, seq) ((u64)(roc) << 16 | (seq))

static enum nf_srtp_drop_reason receive(struct srtp_stream *stream, u16 seq)
{
	u64 index = srtp_stream_rtp_index(stream, seq);
	enum nf_srtp_drop_reason reason = srtp_rtp_check(stream, index);

	if (reason == NF_SRTP_DROP_REASON_NONE)
		srtp_rtp_commit(stream, index);
	return reason;
}

static enum nf_srtp_drop_reason send(struct srtp_stream *stream, u16 seq, u64 *index)
{
	u8 packet[SRTP_RTP_HEADER_MIN];
	const struct sample_rtp sample = { .seq = seq, .ssrc = stream->ssrc };

	sample_rtp_write(packet, &sample);
	return srtp_rtp_send(stream, packet, index);
}

static void expect_sent(struct srtp_stream *stream, u16 seq, u64 expected)
{
	u64 index;

	assert_int_equal(send(stream, seq, &index), NF_SRTP_DROP_REASON_NONE);
	assert_true(index == expected);
}

/*
 * T1: late packets around the wrap do not move the counter twice.
 * Break: in srtp_stream_rtp_index() return "told" always.
 */
static void t1_reorder_at_the_wrap(void **state)
{
	static const struct {
		u16 seq;
		u64 index;
	} steps[] = {
		{ 65533, 65533 }, { 65535, 65535 }, { 0, 65536 }, { 1, 65537 },
		{ 65534, 65534 }, { 2, 65538 },
	};
	struct srtp_stream stream = { 0 };
	u32 i;

	(void)state;
	for (i = 0; i < COUNT_OF(steps); i++) {
		assert_true(srtp_stream_rtp_index(&stream, steps[i].seq) == steps[i].index);
		assert_int_equal(receive(&stream, steps[i].seq), NF_SRTP_DROP_REASON_NONE);
	}
	assert_true(stream.rtp_highest == 65538);
}

/* T1, at random: three turns, each packet up to 500 places late, one in ten lost. */
static void t1_random_reorder(void **state)
{
	enum { PACKETS = 3 * 65536, REACH = 500, FIRST = 40000 };
	struct srtp_stream stream = { 0 };
	u64 random = 0x082efa98ec4e6c89;
	u64 *order = calloc(PACKETS, sizeof(*order));
	u32 i;

	(void)state;
	assert_non_null(order);
	for (i = 0; i < PACKETS; i++)
		order[i] = FIRST + i;
	for (i = 1; i + REACH < PACKETS; i += REACH) {
		u32 k;

		for (k = 0; k < REACH; k++) {
			u32 other = i + unit_random(&random) % REACH;
			u64 swap = order[i + k];

			order[i + k] = order[other];
			order[other] = swap;
		}
	}
	for (i = 0; i < PACKETS; i++) {
		u64 index = srtp_stream_rtp_index(&stream, (u16)order[i]);

		assert_true(index == order[i]);
		if (i && unit_random(&random) % 10 == 0)
			continue;
		assert_int_equal(receive(&stream, (u16)order[i]), NF_SRTP_DROP_REASON_NONE);
		assert_int_equal(receive(&stream, (u16)order[i]), NF_SRTP_DROP_REASON_REPLAYED);
	}
	free(order);
}

/*
 * T3: a gap beyond half a turn is passed when the counter is told, again if
 * need be (12, then 82630, then 115999).
 * Break: in srtp_stream_rtp_index() leave out "stream->roc_set && ...".
 */
static void t3_gaps_beyond_half_a_turn(void **state)
{
	struct srtp_stream stream = { 0 };

	(void)state;
	assert_int_equal(receive(&stream, 12), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(srtp_stream_set_roc(&stream, 82630 >> 16), 0);
	assert_true(srtp_stream_rtp_index(&stream, (u16)82630) == 82630);
	assert_int_equal(receive(&stream, (u16)82630), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(srtp_stream_set_roc(&stream, 115999 >> 16), 0);
	assert_true(srtp_stream_rtp_index(&stream, (u16)115999) == 115999);
	assert_int_equal(receive(&stream, (u16)115999), NF_SRTP_DROP_REASON_NONE);
	assert_true(stream.rtp_highest == 115999);
}

/*
 * T4: a counter told in mid-stream counts for the next packet, whatever its
 * sequence number, and lasts until a packet has authenticated.
 * Break: in srtp_stream_set_roc() leave out "stream->roc_set = true".
 */
static void t4_told_counter_is_taken(void **state)
{
	static const u16 seqs[] = { 0, 1, 999, 1000, 1001, 32768, 40000, 65535 };
	u32 started, i;

	(void)state;
	for (started = 0; started < 2; started++) {
		for (i = 0; i < COUNT_OF(seqs); i++) {
			struct srtp_stream stream = { 0 };

			if (started)
				receive(&stream, 1000);
			assert_int_equal(srtp_stream_set_roc(&stream, 7), 0);
			/* Nothing authenticates in between, so nothing is committed. */
			assert_true(srtp_stream_rtp_index(&stream, 5) == INDEX(7, 5));
			assert_true(srtp_stream_rtp_index(&stream, seqs[i]) == INDEX(7, seqs[i]));
			assert_int_equal(receive(&stream, seqs[i]), NF_SRTP_DROP_REASON_NONE);
			assert_true(stream.rtp_highest == INDEX(7, seqs[i]));
		}
	}
}

/* Break: in srtp_stream_set_roc() leave out "return -ERANGE". */
static void t4_counter_never_goes_back(void **state)
{
	struct srtp_stream stream = { 0 };

	(void)state;
	assert_int_equal(srtp_stream_set_roc(&stream, 9), 0);
	assert_int_equal(srtp_stream_set_roc(&stream, 3), 0);
	receive(&stream, 100);
	assert_int_equal(srtp_stream_set_roc(&stream, 2), -ERANGE);
	assert_int_equal(srtp_stream_set_roc(&stream, 5), 0);
	assert_int_equal(srtp_stream_set_roc(&stream, 4), -ERANGE);
	assert_true(srtp_stream_rtp_index(&stream, 100) == INDEX(5, 100));
}

/* The counter that is valid anyway frees no index and does not end a wrap. */
static void t4_same_counter_told_again(void **state)
{
	struct srtp_stream stream = { 0 };
	u64 index;

	(void)state;
	expect_sent(&stream, 65534, 65534);
	expect_sent(&stream, 65535, 65535);
	assert_int_equal(srtp_stream_set_roc(&stream, 0), 0);
	assert_int_equal(send(&stream, 65534, &index), NF_SRTP_DROP_REASON_REPLAYED);
	assert_int_equal(send(&stream, 65535, &index), NF_SRTP_DROP_REASON_REPLAYED);
	expect_sent(&stream, 0, 65536);
}

/*
 * T12: telling the next counter leaves the indices of the one before used up.
 * Break: in srtp_stream_set_roc() clear stream->rtp_window.
 */
static void t12_told_counter_frees_no_index(void **state)
{
	struct srtp_stream stream = { 0 };
	u64 index;

	(void)state;
	expect_sent(&stream, 65534, 65534);
	expect_sent(&stream, 65535, 65535);
	assert_int_equal(srtp_stream_set_roc(&stream, 1), 0);
	expect_sent(&stream, 0, 65536);
	assert_int_equal(send(&stream, 65535, &index), NF_SRTP_DROP_REASON_REPLAYED);
	assert_int_equal(send(&stream, 65534, &index), NF_SRTP_DROP_REASON_REPLAYED);
	expect_sent(&stream, 1, 65537);
}

/* A packet whose index was guessed before the counter was told comes too late. */
static void t4_packet_in_flight_while_told(void **state)
{
	struct srtp_stream stream = { 0 };
	u64 index;

	(void)state;
	receive(&stream, 65535);
	index = srtp_stream_rtp_index(&stream, 65534);
	assert_int_equal(srtp_stream_set_roc(&stream, 1), 0);
	assert_int_equal(srtp_rtp_check(&stream, index), NF_SRTP_DROP_REASON_TOO_OLD);
	assert_true(srtp_stream_rtp_index(&stream, 50000) == INDEX(1, 50000));
}

/*
 * T5: the counter belongs to one SSRC.
 * Break: in srtp_stream_rtp_index() guess from the highest index of all streams.
 */
static void t5_counter_of_one_source(void **state)
{
	struct srtp_stream one = { .ssrc = SAMPLE_SSRC };
	struct srtp_stream other = { .ssrc = SAMPLE_OTHER_SSRC };
	u32 i;

	(void)state;
	expect_sent(&other, 300, 300);
	for (i = 65000; i < 66000; i++) {
		expect_sent(&one, (u16)i, i);
		expect_sent(&other, (u16)(i - 65000 + 301), i - 65000 + 301);
	}
	assert_true(one.rtp_highest >> 16 == 1);
	assert_true(other.rtp_highest >> 16 == 0);
}

/*
 * T15: an old packet that comes first locks nobody out, and the window ends
 * where it should.
 * Break: in srtp_window_check() write ">" for ">=".
 */
static void t15_window_and_stray_first_packet(void **state)
{
	struct srtp_stream stream = { 0 };

	(void)state;
	assert_int_equal(receive(&stream, 100), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(receive(&stream, 30000), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(receive(&stream, 30001), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(receive(&stream, 101), NF_SRTP_DROP_REASON_TOO_OLD);
	assert_int_equal(receive(&stream, 30001 - 1024), NF_SRTP_DROP_REASON_TOO_OLD);
	assert_int_equal(receive(&stream, 30001 - 1023), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(receive(&stream, 30001 - 1023), NF_SRTP_DROP_REASON_REPLAYED);
	assert_int_equal(receive(&stream, 30002), NF_SRTP_DROP_REASON_NONE);
}

/*
 * T16: a program that starts its sequence numbers again is refused until the
 * context is new.
 * Break: in srtp_rtp_send() take _NONE for what srtp_rtp_check() says.
 */
static void t16_restart_is_refused(void **state)
{
	struct srtp_stream stream = { .ssrc = SAMPLE_SSRC };
	u64 index;
	u32 seq;

	(void)state;
	for (seq = 1000; seq < 4000; seq++)
		expect_sent(&stream, (u16)seq, seq);
	for (seq = 1000; seq < 4000; seq++)
		assert_int_equal(send(&stream, (u16)seq, &index), seq < 4000 - 1024 ?
				 NF_SRTP_DROP_REASON_TOO_OLD : NF_SRTP_DROP_REASON_REPLAYED);
	srtp_stream_reset(&stream);
	assert_int_equal(stream.ssrc, SAMPLE_SSRC);
	expect_sent(&stream, 1000, 1000);
}

/*
 * T18: SRTCP indices have one owner and only go up, to the last one.
 * Break: in srtp_rtcp_send() set rtcp_highest to 0 instead of returning _KEY_EXPIRED.
 */
static void t18_rtcp_index_only_goes_up(void **state)
{
	struct srtp_stream stream = { 0 };
	u32 i, index;

	(void)state;
	for (i = 1; i < 1000; i++) {
		assert_int_equal(srtp_rtcp_send(&stream, &index), NF_SRTP_DROP_REASON_NONE);
		assert_int_equal(index, i);
		if (i == 500)
			assert_int_equal(srtp_stream_set_roc(&stream, 4), 0);
	}
	stream.rtcp_highest = SRTP_RTCP_INDEX_MAX - 1;
	assert_int_equal(srtp_rtcp_send(&stream, &index), NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(index, SRTP_RTCP_INDEX_MAX);
	for (i = 0; i < 3; i++)
		assert_int_equal(srtp_rtcp_send(&stream, &index), NF_SRTP_DROP_REASON_KEY_EXPIRED);
}

static void received_rtcp_indices(void **state)
{
	static const u32 firsts[] = { 0, 1, 500, SRTP_RTCP_INDEX_MAX };
	u32 i;

	(void)state;
	for (i = 0; i < COUNT_OF(firsts); i++) {
		struct srtp_stream stream = { 0 };

		assert_int_equal(srtp_rtcp_check(&stream, firsts[i]), NF_SRTP_DROP_REASON_NONE);
		srtp_rtcp_commit(&stream, firsts[i]);
		assert_int_equal(srtp_rtcp_check(&stream, firsts[i]), NF_SRTP_DROP_REASON_REPLAYED);
		if (firsts[i] < 128)
			continue;
		assert_int_equal(srtp_rtcp_check(&stream, firsts[i] - 127),
				 NF_SRTP_DROP_REASON_NONE);
		assert_int_equal(srtp_rtcp_check(&stream, firsts[i] - 128),
				 NF_SRTP_DROP_REASON_TOO_OLD);
	}
}

static void last_rtp_index(void **state)
{
	struct srtp_stream stream = { 0 };
	u64 index;

	(void)state;
	assert_int_equal(srtp_stream_set_roc(&stream, 0xffffffff), 0);
	expect_sent(&stream, 65535, SRTP_INDEX_MAX);
	assert_int_equal(send(&stream, 0, &index), NF_SRTP_DROP_REASON_KEY_EXPIRED);
	assert_int_equal(send(&stream, 65535, &index), NF_SRTP_DROP_REASON_REPLAYED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_reorder_at_the_wrap),
		cmocka_unit_test(t1_random_reorder),
		cmocka_unit_test(t3_gaps_beyond_half_a_turn),
		cmocka_unit_test(t4_told_counter_is_taken),
		cmocka_unit_test(t4_counter_never_goes_back),
		cmocka_unit_test(t4_same_counter_told_again),
		cmocka_unit_test(t4_packet_in_flight_while_told),
		cmocka_unit_test(t5_counter_of_one_source),
		cmocka_unit_test(t12_told_counter_frees_no_index),
		cmocka_unit_test(t15_window_and_stray_first_packet),
		cmocka_unit_test(t16_restart_is_refused),
		cmocka_unit_test(t18_rtcp_index_only_goes_up),
		cmocka_unit_test(received_rtcp_indices),
		cmocka_unit_test(last_rtp_index),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
