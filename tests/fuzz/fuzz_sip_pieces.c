// SPDX-License-Identifier: Apache-2.0
/* seconds: 15 */
/* sources: userspace/lib/sip_frame.c userspace/lib/reason.c */
/*
 * A stream of SIP messages cut into pieces, as a connection delivers it: whatever the cuts,
 * the same messages are found in it, and the same fault.
 */
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/sip_frame.h"
#include "fuzz_input.h"

enum { FRAMES_MAX = 64, CUTS_MAX = 16 };

struct found {
	struct sip_frame frames[FRAMES_MAX];
	size_t count;
	enum reason_code code;
};

/* A stream reader: what has arrived and was not consumed yet. */
struct reader {
	const char *at;
	struct found found;
};

/* Reads on until @end; false when there is nothing more to be read. */
static bool reader_go(struct reader *reader, const char *end, bool at_end)
{
	struct found *found = &reader->found;
	struct refusal why = { 0 };

	while (found->count < FRAMES_MAX) {
		struct sip_frame *frame = &found->frames[found->count];
		/* In memory of exactly its size, so that a byte read too far is seen. */
		size_t len = (size_t)(end - reader->at);
		char *copy = malloc(len ? len : 1);
		int err;

		if (len)
			memcpy(copy, reader->at, len);
		err = sip_frame_stream(frame, copy, len, at_end, &why);
		free(copy);
		if (err) {
			fuzz_assert(err == -reason_words(why.code)->error);
			fuzz_assert(why.position <= len + 1);
			found->code = why.code;
			return false;
		}
		if (frame->kind == SIP_FRAME_INCOMPLETE) {
			fuzz_assert(!frame->len && (!at_end || !len));
			return true;
		}
		fuzz_assert(frame->len && frame->len <= len);
		fuzz_assert(frame->len == frame->head_len + frame->body_len);
		reader->at += frame->len;
		found->count++;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static struct reader whole, cut;
	struct fuzz_input input = { data, len };
	u32 cuts[CUTS_MAX], count = fuzz_u8(&input) % CUTS_MAX, i;
	const char *text, *end;
	bool goes_on = true;

	for (i = 0; i < count; i++)
		cuts[i] = (u32)fuzz_u8(&input) << 8 | fuzz_u8(&input);
	text = (const char *)input.data;
	end = text + input.len;
	for (i = 0; i < count; i++)
		cuts[i] %= (u32)input.len + 1;
	qsort(cuts, count, sizeof(*cuts), compare);

	memset(&whole, 0, sizeof(whole));
	memset(&cut, 0, sizeof(cut));
	whole.at = cut.at = text;
	reader_go(&whole, end, true);
	for (i = 0; i < count && goes_on; i++)
		goes_on = reader_go(&cut, text + cuts[i], false);
	if (goes_on)
		reader_go(&cut, end, true);
	fuzz_assert(cut.found.count == whole.found.count);
	fuzz_assert(cut.at == whole.at);
	for (i = 0; i < whole.found.count; i++) {
		fuzz_assert(cut.found.frames[i].kind == whole.found.frames[i].kind);
		fuzz_assert(cut.found.frames[i].head_len == whole.found.frames[i].head_len);
		fuzz_assert(cut.found.frames[i].body_len == whole.found.frames[i].body_len);
	}
	/* A head that is too long is refused before its other faults have come. */
	fuzz_assert(cut.found.code == whole.found.code || input.len > SIP_FRAME_HEAD_MAX);
	return 0;
}
