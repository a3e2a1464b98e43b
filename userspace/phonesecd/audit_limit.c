// SPDX-License-Identifier: Apache-2.0
#include "audit_limit.h"

enum { US_PER_S = 1000000 };

static const uint64_t every_us = (uint64_t)AUDIT_LIMIT_EVERY_S * US_PER_S;
static const uint64_t wait_max_us = (uint64_t)AUDIT_LIMIT_WAIT_MAX_S * US_PER_S;

enum audit_limit_answer audit_limit_take(struct audit_limit *limit, uint64_t now_us)
{
	uint64_t from_us = limit->made_up_us > now_us ? limit->made_up_us : now_us;

	if (!limit->wait_us && from_us + every_us <= now_us + AUDIT_LIMIT_BURST * every_us) {
		limit->made_up_us = from_us + every_us;
		return AUDIT_LIMIT_TELL;
	}
	limit->counted++;
	if (limit->wait_us)
		return AUDIT_LIMIT_COUNT;
	limit->wait_us = (uint64_t)AUDIT_LIMIT_WAIT_S * US_PER_S;
	limit->due_us = now_us + limit->wait_us;
	return AUDIT_LIMIT_BEGIN;
}

uint64_t audit_limit_end(struct audit_limit *limit, uint64_t now_us)
{
	uint64_t counted = limit->counted, twice_us = 2 * limit->wait_us;

	limit->counted = 0;
	limit->wait_us = !counted ? 0 : twice_us < wait_max_us ? twice_us : wait_max_us;
	limit->due_us = now_us + limit->wait_us;
	return counted;
}
