// SPDX-License-Identifier: Apache-2.0
/* Captures of calls in clear, for root alone, which bus and caller have made sure of. */
#include "guard_state.h"

#include "crypto.h"

static void on_ended(void *owner, uint32_t number)
{
	struct guard *guard = owner;

	guard_tell(guard, call_changed, number);
}

int guard_call_capture(struct guard *guard, uint32_t number, unsigned int seconds,
		       uint32_t process, int *end, struct refusal *why)
{
	struct call_status call;
	int err;

	if (crypto_is_fips())
		return refusal_set(why, REASON_CAPTURE_FIPS, "%s", "");
	if (!guard_call(guard, number, &call))
		return refusal_set(why, REASON_CALL_MISSING, "%u", number);
	guard->captures.ended = on_ended;
	guard->captures.owner = guard;
	err = capture_begin(&guard->captures, guard->event, &call, seconds, process, end, why);
	if (!err)
		guard_tell(guard, call_changed, number);
	return err;
}

void guard_capture_media(struct guard *guard, uint32_t number)
{
	struct call_status call;

	if (captures_have(&guard->captures, number) && guard_call(guard, number, &call))
		captures_media(&guard->captures, &call);
}
