/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the kernel's rtnetlink, or another one of its netlinks. It answers each before the
 * request returns, so that nobody waits for them in the loop.
 */
#ifndef PHONESECD_ROUTE_REQUEST_H
#define PHONESECD_ROUTE_REQUEST_H

#include <netlink/msg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/reason.h"

enum { ROUTE_NESTING_MAX = 6 };

/**
 * struct route_request - a request that is being written
 * @msg: the message; gone after route_request_send()
 * @nests: attributes that are open, the innermost last
 * @depth: how many
 * @is_short: it had no room
 * @protocol: NETLINK_ROUTE, or set to another one before it is sent
 * @take: is called for each message of the answer, may be NULL
 * @into: its argument
 */
struct route_request {
	struct nl_msg *msg;
	struct nlattr *nests[ROUTE_NESTING_MAX];
	size_t depth;
	bool is_short;
	int protocol;
	int (*take)(struct nl_msg *msg, void *into);
	void *into;
};

/**
 * route_request_begin - begin a request
 * @request: filled in; on success it must be sent
 * @type: RTM_...
 * @flags: NLM_F_... beside those of every request
 * @header: what stands before the attributes, struct ifinfomsg and the like
 * @len: bytes of it
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int route_request_begin(struct route_request *request, uint16_t type, int flags,
			const void *header, size_t len, struct refusal *why);

/* Adds an attribute. */
void route_request_put(struct route_request *request, int type, const void *value, size_t len);
void route_request_put_text(struct route_request *request, int type, const char *text);

/* What is added until the end lies within an attribute. */
void route_request_nest(struct route_request *request, int type);
void route_request_nest_end(struct route_request *request);

/**
 * route_request_send - have it done
 * @request: of no use afterwards, whatever comes of it
 * @why: on refusal the reason, REASON_LINK_REFUSED with the kernel's words
 *
 * Return: 0, or the -errno of the kernel.
 */
int route_request_send(struct route_request *request, struct refusal *why);

#endif
