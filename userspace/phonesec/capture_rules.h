/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of the kernel's packet filter that hand out copies of a call's media in clear:
 * received packets are decrypted before them, sent ones encrypted behind them.
 */
#ifndef PHONESEC_CAPTURE_RULES_H
#define PHONESEC_CAPTURE_RULES_H

#include "../lib/media.h"
#include "../lib/reason.h"

struct capture_rules;

/**
 * capture_rules_open - a table of rules that ends with the process
 * @rules: result, the caller's until capture_rules_close()
 * @group: where copies go to: a group of NFLOG
 * @why: on refusal the reason
 *
 * The table belongs to a socket, with which the kernel removes it however the process ends.
 *
 * Return: 0, or the -errno of the reason.
 */
int capture_rules_open(struct capture_rules **rules, uint16_t group, struct refusal *why);
void capture_rules_close(struct capture_rules *rules);

/* Copies go for these addresses of this host, and no others any more. 0, or as above. */
int capture_rules_set(struct capture_rules *rules, const struct media_address *addresses,
		      size_t count, struct refusal *why);

#endif
