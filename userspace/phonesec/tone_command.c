// SPDX-License-Identifier: Apache-2.0
/* The tones of protected phones as files, for phones that play them and for those who listen. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/tone.h"
#include "phone_commands.h"

struct tone_file {
	const char *tone;
	const char *file;
	uint32_t rate;
	uint32_t samples;
};

static const struct output_field tone_fields[] = {
	{ "tone", "tone", OUTPUT_STRING, offsetof(struct tone_file, tone) },
	{ "file", "file", OUTPUT_STRING, offsetof(struct tone_file, file) },
	{ "rate", "rate", OUTPUT_U32, offsetof(struct tone_file, rate) },
	{ "samples", "samples", OUTPUT_U32, offsetof(struct tone_file, samples) },
	{ 0 },
};

static bool wav_write(FILE *file, const int16_t *samples, size_t count)
{
	uint8_t header[TONE_WAV_HEADER_LEN];

	tone_wav_header(count, header);
	if (fwrite(header, sizeof(header), 1, file) != 1)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint16_t sample = htole16((uint16_t)samples[i]);

		if (fwrite(&sample, sizeof(sample), 1, file) != 1)
			return false;
	}
	return !fflush(file);
}

static int file_write(const char *name, enum call_tone tone, struct refusal *why)
{
	int16_t *samples = calloc(tone_len(tone), sizeof(*samples));
	FILE *file = samples ? fopen(name, "we") : NULL;
	bool written = false;
	int err;

	if (file) {
		tone_render(tone, samples);
		written = wav_write(file, samples, tone_len(tone));
	}
	err = written ? 0 : refusal_set(why, REASON_OUTPUT, "%.150s: %s", name, strerror(errno));
	if (file)
		fclose(file);
	free(samples);
	return err;
}

int tone_write(const struct arguments *a, struct output *out, struct refusal *why)
{
	bool secure = !strcmp(a->command->verb, "secure");
	enum call_tone tone = secure ? CALL_TONE_SECURE : CALL_TONE_NONSECURE;
	const struct tone_file written = { a->command->verb, a->file, TONE_RATE,
					   (uint32_t)tone_len(tone) };
	int err = file_write(a->file, tone, why);

	if (err)
		return err;
	output_remark(out, "the tone of a %s call is in %s", written.tone, written.file);
	if (out->json)
		output_object(out, "tone", NULL, tone_fields, &written);
	return 0;
}
