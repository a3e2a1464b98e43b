/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that nft puts in force in the kernel: all of a script, or nothing of it. */
#ifndef PHONESECD_NFT_SCRIPT_H
#define PHONESECD_NFT_SCRIPT_H

#include "child.h"

/**
 * struct nft_script - what it is to do
 * @program: its absolute path
 * @text: in its own language
 * @is_tried_again: after a failure, and then seldomer and seldomer, until the child is freed
 */
struct nft_script {
	const char *program;
	const char *text;
	bool is_tried_again;
};

/**
 * nft_script_run - have it done
 * @child: result, the caller's until child_free()
 * @event: the loop
 * @script: copied
 * @events: told of its end as child_new() says, which comes within half a minute; must stay
 * @owner: handed to @events
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int nft_script_run(struct child **child, sd_event *event, const struct nft_script *script,
		   const struct child_events *events, void *owner, struct refusal *why);

#endif
