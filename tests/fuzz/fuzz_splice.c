// SPDX-License-Identifier: Apache-2.0
/* seconds: 15 */
/* sources: userspace/lib/splice.c */
/*
 * Exchanges at random places of a text against a model that marks every byte: the same
 * text comes of both, or both say that parts overlap.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../userspace/lib/splice.h"
#include "fuzz_input.h"

enum { TEXT_LEN = 40, STEPS_MAX = 24 };

struct step {
	u32 at;
	u32 remove;
	char with[8];
};

struct model {
	/* The step that removes a byte, counted from 1. */
	u32 owner[TEXT_LEN + 1];
	struct step steps[STEPS_MAX];
	u32 count;
	bool overlap;
};

/* Whether a place is strictly within what one step removes. */
static bool is_within(const struct model *model, u32 at)
{
	return at && at < TEXT_LEN && model->owner[at] && model->owner[at] == model->owner[at - 1];
}

static void model_add(struct model *model, const struct step *step)
{
	u32 i;

	if (!step->remove && is_within(model, step->at))
		model->overlap = true;
	for (i = step->at; i < step->at + step->remove; i++)
		if (model->owner[i])
			model->overlap = true;
	/* What was inserted there has lost its place. */
	for (i = 0; i < model->count; i++)
		if (!model->steps[i].remove && model->steps[i].at > step->at &&
		    model->steps[i].at < step->at + step->remove)
			model->overlap = true;
	if (model->overlap)
		return;
	model->steps[model->count++] = *step;
	for (i = step->at; i < step->at + step->remove; i++)
		model->owner[i] = model->count;
}

static size_t model_write(const struct model *model, const char *text, char *result)
{
	char *to = result;
	u32 at, i;

	for (at = 0; at <= TEXT_LEN; at++) {
		for (i = 0; i < model->count; i++)
			if (model->steps[i].at == at && !model->steps[i].remove)
				to = stpcpy(to, model->steps[i].with);
		for (i = 0; i < model->count; i++)
			if (model->steps[i].at == at && model->steps[i].remove)
				to = stpcpy(to, model->steps[i].with);
		if (at < TEXT_LEN && !model->owner[at])
			*to++ = text[at];
	}
	*to = '\0';
	return (size_t)(to - result);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct fuzz_input input = { data, len };
	char text[TEXT_LEN], wanted[TEXT_LEN + STEPS_MAX * 8 + 1];
	struct splice *splice;
	struct model model;
	struct span found;
	u32 i, number;
	int err;

	memset(&model, 0, sizeof(model));
	for (i = 0; i < TEXT_LEN; i++)
		text[i] = (char)('a' + i % 26);
	splice = splice_new((struct span){ text, TEXT_LEN });
	for (number = 0; number < STEPS_MAX && input.len; number++) {
		struct step step = { .at = fuzz_u8(&input) % (TEXT_LEN + 1) };
		u8 kind = fuzz_u8(&input);
		struct span part;

		step.remove = kind % 3 ? kind / 3 % (TEXT_LEN + 1 - step.at) : 0;
		snprintf(step.with, sizeof(step.with), "%.*s", kind % 7, "ABCDEFG");
		part = (struct span){ text + step.at, step.remove };
		if (kind & 0x80)
			splice_replace(splice, part, "%s", step.with);
		else
			splice_put(splice, part, (struct span){ step.with, strlen(step.with) });
		if (!model.overlap)
			model_add(&model, &step);
	}
	err = splice_finish(splice, &found);
	fuzz_assert(err == (model.overlap ? -EINVAL : 0));
	if (!err) {
		fuzz_assert(found.len == model_write(&model, text, wanted));
		fuzz_assert(!memcmp(found.at, wanted, found.len + 1));
		text_free(&found);
	}
	splice_free(splice);
	return 0;
}
