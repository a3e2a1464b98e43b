// SPDX-License-Identifier: Apache-2.0
/* sources: kmod/core/stream.c */
/*
 * A stream against a model that keeps every index ever used in a list: no index
 * is let through twice, none that is fresh and within the window is refused.
 */
#include "fuzz_input.h"
#include "stream.h"

enum { STEPS_MAX = 2000 };

/* What a step of the input does. */
enum step {
	STEP_NEAR,
	STEP_ANY,
	STEP_FORGED,
	STEP_TELL,
	STEP_RTCP,
	STEP_KINDS,
};

struct model {
	u64 used[STEPS_MAX];
	u32 count;
	u64 highest;
};

static struct model rtp, rtcp;

static bool model_used(const struct model *model, u64 index)
{
	u32 i;

	for (i = model->count; i > 0; i--) {
		if (model->used[i - 1] == index)
			return true;
	}
	return false;
}

static void model_use(struct model *model, u64 index)
{
	fuzz_assert(!model_used(model, index));
	model->used[model->count++] = index;
	if (index > model->highest)
		model->highest = index;
}

static enum nf_srtp_drop_reason model_check(const struct model *model, u64 index, u64 last,
					    u32 window)
{
	if (index > last)
		return NF_SRTP_DROP_REASON_KEY_EXPIRED;
	if (!model->count)
		return NF_SRTP_DROP_REASON_NONE;
	if (index + window <= model->highest)
		return NF_SRTP_DROP_REASON_TOO_OLD;
	return model_used(model, index) ? NF_SRTP_DROP_REASON_REPLAYED : NF_SRTP_DROP_REASON_NONE;
}

static void receive_rtp(struct srtp_stream *stream, u16 seq, bool genuine)
{
	const struct srtp_stream before = *stream;
	u64 index = srtp_stream_rtp_index(stream, seq);
	enum nf_srtp_drop_reason reason = srtp_rtp_check(stream, index);

	fuzz_assert((u16)index == seq);
	fuzz_assert(!memcmp(&before, stream, sizeof(before)));
	fuzz_assert(reason == model_check(&rtp, index, SRTP_INDEX_MAX, SRTP_WINDOW_BITS));
	if (reason != NF_SRTP_DROP_REASON_NONE || !genuine)
		return;
	srtp_rtp_commit(stream, index);
	model_use(&rtp, index);
	fuzz_assert(stream->rtp_highest == rtp.highest);
}

static void tell_roc(struct srtp_stream *stream, u32 ahead)
{
	u64 roc = (stream->rtp_highest >> 16) + ahead % 4 - 1;
	int result;

	if (roc > SRTP_INDEX_MAX >> 16)
		return;
	result = srtp_stream_set_roc(stream, (u32)roc);
	fuzz_assert(result == (rtp.count && roc < rtp.highest >> 16 ? -ERANGE : 0));
	/* A told counter moves the window up, as its first packet would. */
	if (!result && (roc << 16 > rtp.highest || !rtp.count))
		rtp.highest = roc << 16;
}

static void receive_rtcp(struct srtp_stream *stream, u32 index)
{
	enum nf_srtp_drop_reason reason = srtp_rtcp_check(stream, index);

	fuzz_assert(reason == model_check(&rtcp, index, SRTP_RTCP_INDEX_MAX,
					  SRTP_RTCP_WINDOW_BITS));
	if (reason != NF_SRTP_DROP_REASON_NONE)
		return;
	srtp_rtcp_commit(stream, index);
	model_use(&rtcp, index);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	struct fuzz_input input = { data, len };
	struct srtp_stream stream = { 0 };
	u32 step;

	rtp.count = 0;
	rtp.highest = 0;
	rtcp.count = 0;
	rtcp.highest = 0;
	for (step = 0; step < STEPS_MAX && input.len; step++) {
		u8 kind = fuzz_u8(&input);
		u16 near = (u16)(stream.rtp_highest - 128);

		switch ((enum step)(kind % STEP_KINDS)) {
		case STEP_NEAR:
			receive_rtp(&stream, (u16)(near + fuzz_u8(&input)), true);
			break;
		case STEP_ANY:
			receive_rtp(&stream, (u16)fuzz_u32(&input), true);
			break;
		case STEP_FORGED:
			receive_rtp(&stream, (u16)fuzz_u32(&input), false);
			break;
		case STEP_TELL:
			tell_roc(&stream, kind / STEP_KINDS);
			break;
		default:
			receive_rtcp(&stream, kind & 0x80 ? fuzz_u32(&input) & SRTP_RTCP_INDEX_MAX :
				     (u32)stream.rtcp_highest / 2 + fuzz_u8(&input));
			break;
		}
	}
	return 0;
}
