// SPDX-License-Identifier: Apache-2.0
/* Captures of calls in clear, for root alone, which bus and caller have made sure of. */
#include "guard_state.h"

#include <openssl/evp.h>

#include "../lib/fips.h"
#include "crypto.h"

/* The kernel says it for all, its configuration for OpenSSL alone. */
static bool fips_anywhere(void)
{
	OSSL_LIB_CTX *library;
	struct refusal why;

	return fips_enabled(FIPS_FILE) || crypto_library(&library, &why) ||
	       EVP_default_properties_is_fips_enabled(library);
}

static void on_ended(void *owner, uint32_t number)
{
	struct guard *guard = owner;

	if (guard->events)
		guard->events->call_changed(guard->owner, number);
}

int guard_call_capture(struct guard *guard, uint32_t number, unsigned int seconds,
		       uint32_t process, int *end, struct refusal *why)
{
	struct call_status call;
	int err;

	if (fips_anywhere())
		return refusal_set(why, REASON_CAPTURE_FIPS, "%s", "");
	if (!guard_call(guard, number, &call))
		return refusal_set(why, REASON_CALL_MISSING, "%u", number);
	guard->captures.ended = on_ended;
	guard->captures.owner = guard;
	err = capture_begin(&guard->captures, guard->event, &call, seconds, process, end, why);
	if (!err && guard->events)
		guard->events->call_changed(guard->owner, number);
	return err;
}

void guard_capture_media(struct guard *guard, uint32_t number)
{
	struct call_status call;

	if (captures_have(&guard->captures, number) && guard_call(guard, number, &call))
		captures_media(&guard->captures, &call);
}
