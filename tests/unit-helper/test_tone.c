// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <math.h>

#include "tone.h"

/* Samples of 10 ms at a time: how loud they are at the tone's frequency (Goertzel). */
enum { BLOCK = TONE_RATE / 100 };

static bool is_beep(const int16_t *samples)
{
	double coefficient = 2 * cos(2 * M_PI * TONE_HERTZ / TONE_RATE), now, last = 0, before = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		now = samples[i] + coefficient * last - before;
		before = last;
		last = now;
	}
	return last * last + before * before - coefficient * last * before > 1e8 * BLOCK;
}

/* Beeps, and the length of each and of the pauses after them, in blocks. */
static void expect_beeps(enum call_tone tone, unsigned int beeps, unsigned int beep_ms,
			 unsigned int pause_ms)
{
	size_t len = tone_len(tone), count = 0, run = 0;
	int16_t *samples = calloc(len, sizeof(*samples));
	bool last = false;

	tone_render(tone, samples);
	assert_int_equal(len, (size_t)beeps * (beep_ms + pause_ms) * TONE_RATE / 1000);
	for (size_t at = 0; at + BLOCK <= len; at += BLOCK, run++) {
		bool beep = is_beep(samples + at);

		if (beep == last)
			continue;
		if (at)
			assert_int_equal(run, (last ? beep_ms : pause_ms) / 10);
		count += beep;
		last = beep;
		run = 0;
	}
	assert_int_equal(count, beeps);
	assert_false(last);
	free(samples);
}

static void secure_is_three_long_beeps(void **state)
{
	(void)state;
	expect_beeps(CALL_TONE_SECURE, 3, TONE_LONG_MS, TONE_LONG_PAUSE_MS);
}

static void nonsecure_is_six_short_beeps(void **state)
{
	(void)state;
	expect_beeps(CALL_TONE_NONSECURE, 6, TONE_SHORT_MS, TONE_SHORT_PAUSE_MS);
	assert_int_equal(tone_len(CALL_TONE_NONE), 0);
}

static void wav_header(void **state)
{
	static const uint8_t wanted[TONE_WAV_HEADER_LEN] =
		"RIFF\x2c\x02\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
		"data\x08\x02\0";
	uint8_t header[TONE_WAV_HEADER_LEN];

	(void)state;
	tone_wav_header(260, header);
	assert_memory_equal(header, wanted, sizeof(header));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secure_is_three_long_beeps),
		cmocka_unit_test(nonsecure_is_six_short_beeps),
		cmocka_unit_test(wav_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
