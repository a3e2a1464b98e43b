// SPDX-License-Identifier: Apache-2.0
/* Index guessing and the window, against models that are slow and plain: kmod/core/replay. */
#include <stdlib.h>

#include "replay.h"
#include "unit.h"

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/*
 * RFC 3711 section 3.3.1 in its own words: of the counters one below, equal and
 * one above, the one that brings the index closest; appendix A stays with the
 * present one where two are equally close.
 */
static u64 guess_model(u64 highest, u16 seq)
{
	u64 roc = highest >> 16;
	u64 best = roc << 16 | seq;

	if (roc && distance((roc - 1) << 16 | seq, highest) < distance(best, highest))
		best = (roc - 1) << 16 | seq;
	if (distance((roc + 1) << 16 | seq, highest) < distance(best, highest))
		best = (roc + 1) << 16 | seq;
	return best;
}

static void check_all_sequence_numbers(u64 highest)
{
	u32 seq;

	for (seq = 0; seq <= 0xffff; seq++) {
		u64 guess = srtp_index_guess(highest, (u16)seq);

		if (guess != guess_model(highest, (u16)seq))
			fail_msg("highest %llx seq %x: %llx", (unsigned long long)highest, seq,
				 (unsigned long long)guess);
	}
}

/*
 * T1: an index is guessed as the RFC says, whatever came before.
 * Break: in srtp_index_guess() leave out the (s16).
 */
static void t1_guess_is_the_closest(void **state)
{
	static const u16 lows[] = {
		0, 1, 2, 100, 32766, 32767, 32768, 32769, 40000, 65533, 65534, 65535,
	};
	static const u32 counters[] = { 0, 1, 2, 0x7fff, 0x8000, 0xfffffffe, 0xffffffff };
	u64 random = 0x243f6a8885a308d3;
	u32 i, k;

	(void)state;
	for (i = 0; i < COUNT_OF(counters); i++) {
		for (k = 0; k < COUNT_OF(lows); k++)
			check_all_sequence_numbers((u64)counters[i] << 16 | lows[k]);
	}
	for (i = 0; i < 2000000; i++) {
		u64 highest = unit_random(&random) & SRTP_INDEX_MAX;
		u16 seq = (u16)unit_random(&random);

		assert_true(srtp_index_guess(highest, seq) == guess_model(highest, seq));
	}
}

/*
 * T1: half-way round, forward from the lower half and back from the upper one.
 * Break: in srtp_index_guess() leave out the first "if".
 */
static void t1_half_way_round(void **state)
{
	(void)state;
	assert_true(srtp_index_guess(0x50000, 0x8000) == 0x58000);
	assert_true(srtp_index_guess(0x57fff, 0xffff) == 0x5ffff);
	assert_true(srtp_index_guess(0x58000, 0x0000) == 0x50000);
	assert_true(srtp_index_guess(0x5ffff, 0x7fff) == 0x57fff);
}

/* Break: in srtp_index_guess() leave out the second "if". */
static void never_below_zero(void **state)
{
	(void)state;
	assert_true(srtp_index_guess(0, 0xffff) == 0xffff);
	assert_true(srtp_index_guess(10, 0xfff0) == 0xfff0);
	assert_true(srtp_index_guess(0x10000, 0xffff) == 0xffff);
}

static void last_counter(void **state)
{
	(void)state;
	assert_true(srtp_index_guess(SRTP_INDEX_MAX, 0) > SRTP_INDEX_MAX);
	assert_true(srtp_index_guess(SRTP_INDEX_MAX, 0xfffe) == SRTP_INDEX_MAX - 1);
}

enum {
	MODEL_STEPS = 1000000,
	MODEL_INDICES = 1 << 24,
};

/* Every index ever marked, one byte each. */
struct model {
	u8 *used;
	u64 highest;
};

static enum srtp_window_verdict model_check(const struct model *model, u32 count, u64 index)
{
	if (index + count <= model->highest)
		return SRTP_WINDOW_OLD;
	return model->used[index] ? SRTP_WINDOW_SEEN : SRTP_WINDOW_FRESH;
}

static u64 next_index(u64 highest, u32 count, u64 *random)
{
	u64 dice = unit_random(random);
	u64 back = (dice >> 32) % (count + 16);

	if (dice % 512 == 0)
		return highest + (dice >> 32) % (count * 3ULL);
	if (dice % 4 == 0)
		return highest + 1 + (dice >> 32) % 8;
	return back < highest ? highest - back : 0;
}

static void walk_window(u64 *bits, u32 count, bool slides)
{
	struct model model = { .used = calloc(1, MODEL_INDICES) };
	u64 random = 0x13198a2e03707344;
	u64 highest = 0;
	u32 step;

	assert_non_null(model.used);
	for (step = 0; step < MODEL_STEPS; step++) {
		u64 index = next_index(highest, count, &random);
		enum srtp_window_verdict verdict = srtp_window_check(bits, count, highest, index);

		assert_in_range(index, 0, MODEL_INDICES - 1);
		assert_int_equal(verdict, model_check(&model, count, index));
		if (verdict != SRTP_WINDOW_FRESH)
			continue;
		if (index > model.highest)
			model.highest = index;
		if (slides && random % 16 == 0) {
			srtp_window_slide(bits, count, &highest, index);
		} else {
			srtp_window_mark(bits, count, &highest, index);
			model.used[index] = 1;
		}
		assert_true(highest == model.highest);
	}
	free(model.used);
}

/* Break: in srtp_window_slide() leave out the "for". */
static void window_is_a_set(void **state)
{
	u64 rtp[SRTP_WINDOW_WORDS] = { 0 };
	u64 rtcp[SRTP_RTCP_WINDOW_WORDS] = { 0 };

	(void)state;
	walk_window(rtp, SRTP_WINDOW_BITS, false);
	walk_window(rtcp, SRTP_RTCP_WINDOW_BITS, false);
}

static void window_slides_without_marking(void **state)
{
	u64 bits[SRTP_WINDOW_WORDS] = { 0 };

	(void)state;
	walk_window(bits, SRTP_WINDOW_BITS, true);
}

/*
 * T15: the oldest index in the window and the one before it.
 * Break: in srtp_window_check() write ">" for ">=".
 */
static void t15_window_edges(void **state)
{
	u64 bits[SRTP_WINDOW_WORDS] = { 0 };
	u64 highest = 0;

	(void)state;
	srtp_window_mark(bits, SRTP_WINDOW_BITS, &highest, 5000);
	assert_int_equal(srtp_window_check(bits, SRTP_WINDOW_BITS, highest, 5000),
			 SRTP_WINDOW_SEEN);
	assert_int_equal(srtp_window_check(bits, SRTP_WINDOW_BITS, highest, 5001),
			 SRTP_WINDOW_FRESH);
	assert_int_equal(srtp_window_check(bits, SRTP_WINDOW_BITS, highest, 5000 - 1023),
			 SRTP_WINDOW_FRESH);
	assert_int_equal(srtp_window_check(bits, SRTP_WINDOW_BITS, highest, 5000 - 1024),
			 SRTP_WINDOW_OLD);
	assert_int_equal(srtp_window_check(bits, SRTP_WINDOW_BITS, highest, 0), SRTP_WINDOW_OLD);
	srtp_window_mark(bits, SRTP_WINDOW_BITS, &highest, 5000 - 1023);
	assert_int_equal(srtp_window_check(bits, SRTP_WINDOW_BITS, highest, 5000 - 1023),
			 SRTP_WINDOW_SEEN);
	assert_true(highest == 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_guess_is_the_closest),
		cmocka_unit_test(t1_half_way_round),
		cmocka_unit_test(never_below_zero),
		cmocka_unit_test(last_counter),
		cmocka_unit_test(window_is_a_set),
		cmocka_unit_test(window_slides_without_marking),
		cmocka_unit_test(t15_window_edges),
	};

	return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
