// SPDX-License-Identifier: Apache-2.0
#include "nft_script.h"

#include <linux/capability.h>
#include <string.h>

/* Rules are set in milliseconds; whoever waits for more has a port closed meanwhile. */
enum { LIMIT_S = 25 };

int nft_script_run(struct child **child, sd_event *event, const struct nft_script *script,
		   const struct child_events *events, void *owner, struct refusal *why)
{
	const char *const arguments[] = { script->program, "-f", "-", NULL };
	const struct child_plan plan = {
		.arguments = arguments,
		.capabilities = 1ULL << CAP_NET_ADMIN,
		.input = { (const uint8_t *)script->text, strlen(script->text) },
		.restarts = script->is_tried_again,
		.limit_s = LIMIT_S,
	};

	return child_new(child, event, &plan, events, owner, why);
}
