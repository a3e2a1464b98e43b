/* SPDX-License-Identifier: Apache-2.0 */
/* The indication tones of protected phones, as audio. */
#ifndef PHONESEC_TONE_H
#define PHONESEC_TONE_H

#include <stdint.h>

#include "call_security.h"

enum tone_form {
	TONE_RATE = 8000, /* samples a second, one channel */
	TONE_HERTZ = 500,
	TONE_LONG_MS = 500, /* three of these for a secure call */
	TONE_LONG_PAUSE_MS = 300,
	TONE_SHORT_MS = 120, /* six of these for a nonsecure one */
	TONE_SHORT_PAUSE_MS = 80,
	TONE_WAV_HEADER_LEN = 44,
};

/* Samples of a tone, 0 for %CALL_TONE_NONE. */
size_t tone_len(enum call_tone tone);

/**
 * tone_render - the samples of a tone
 * @tone: which one
 * @samples: result, tone_len() of them, 16 bit in host byte order
 */
void tone_render(enum call_tone tone, int16_t *samples);

/**
 * tone_wav_header - what stands before samples in a WAV file
 * @count: samples that follow, little endian
 * @header: result
 */
void tone_wav_header(size_t count, uint8_t header[TONE_WAV_HEADER_LEN]);

#endif
