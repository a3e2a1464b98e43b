/* SPDX-License-Identifier: Apache-2.0 */
/* The fuzzer's bytes, taken from the front; zeros once they are used up. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdlib.h>

#include "types.h"

struct fuzz_input {
	const u8 *data;
	size_t len;
};

static inline u8 fuzz_u8(struct fuzz_input *input)
{
	if (!input->len)
		return 0;
	input->len--;
	return *input->data++;
}

static inline u32 fuzz_u32(struct fuzz_input *input)
{
	u32 value = 0;
	int i;

	for (i = 0; i < 4; i++)
		value = value << 8 | fuzz_u8(input);
	return value;
}

/* A failed property ends the run, as a sanitizer's finding does. */
static inline void fuzz_assert(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

#endif
