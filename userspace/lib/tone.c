// SPDX-License-Identifier: Apache-2.0
#include "tone.h"

#include <math.h>
#include <string.h>

enum {
	LOUDNESS = 12000, /* of 32,767 */
	/* Beeps come and go within this time, so that they do not click. */
	RAMP_MS = 5,
};

static const struct form {
	unsigned int beeps;
	unsigned int beep_ms;
	unsigned int pause_ms;
} forms[] = {
	[CALL_TONE_NONE] = { 0 },
	[CALL_TONE_SECURE] = { 3, TONE_LONG_MS, TONE_LONG_PAUSE_MS },
	[CALL_TONE_NONSECURE] = { 6, TONE_SHORT_MS, TONE_SHORT_PAUSE_MS },
};

static size_t samples_of(unsigned int ms)
{
	return (size_t)ms * TONE_RATE / 1000;
}

size_t tone_len(enum call_tone tone)
{
	const struct form *form = &forms[tone];

	return form->beeps * samples_of(form->beep_ms + form->pause_ms);
}

static double ramp(size_t i, size_t len)
{
	size_t edge = samples_of(RAMP_MS), from_end = len - 1 - i;
	size_t near = i < from_end ? i : from_end;

	return near < edge ? (double)near / (double)edge : 1;
}

void tone_render(enum call_tone tone, int16_t *samples)
{
	const struct form *form = &forms[tone];
	size_t beep = samples_of(form->beep_ms), pause = samples_of(form->pause_ms);

	for (unsigned int number = 0; number < form->beeps; number++) {
		for (size_t i = 0; i < beep; i++)
			*samples++ = (int16_t)(LOUDNESS * ramp(i, beep) *
					       sin(2 * M_PI * TONE_HERTZ * (double)i / TONE_RATE));
		memset(samples, 0, pause * sizeof(*samples));
		samples += pause;
	}
}

static uint8_t *number_put(uint8_t *to, uint32_t value, unsigned int bytes)
{
	for (; bytes; bytes--, value >>= 8)
		*to++ = (uint8_t)value;
	return to;
}

static uint8_t *word_put(uint8_t *to, const char *word)
{
	memcpy(to, word, 4);
	return to + 4;
}

void tone_wav_header(size_t count, uint8_t header[TONE_WAV_HEADER_LEN])
{
	uint32_t bytes = (uint32_t)(2 * count);

	header = number_put(word_put(header, "RIFF"), bytes + TONE_WAV_HEADER_LEN - 8, 4);
	header = number_put(word_put(word_put(header, "WAVE"), "fmt "), 16, 4);
	header = number_put(number_put(header, 1, 2), 1, 2); /* PCM, one channel */
	header = number_put(number_put(header, TONE_RATE, 4), 2 * TONE_RATE, 4);
	header = number_put(number_put(header, 2, 2), 16, 2); /* bytes and bits a sample */
	number_put(word_put(header, "data"), bytes, 4);
}
