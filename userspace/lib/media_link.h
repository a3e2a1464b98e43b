/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection under the typed client: one request, its reply, its refusal.
 * For media_netlink.c only.
 */
#ifndef PHONESEC_MEDIA_LINK_H
#define PHONESEC_MEDIA_LINK_H

#include <netlink/msg.h>

#include "media_netlink.h"

/**
 * struct media_exchange - what one exchange collects
 * @take: called for every message of the reply, returns 0 or -errno; may be NULL
 * @into: its first argument
 * @decode_error: what @take returned first
 * @kernel_error: -errno of the kernel
 * @single: one message is all that will come, no acknowledgement follows
 * @done: everything has come
 * @text: words of the kernel
 */
struct media_exchange {
	int (*take)(void *into, struct nlmsghdr *message);
	void *into;
	int decode_error;
	int kernel_error;
	bool single;
	bool done;
	char text[200];
};

/* A request with its header, or NULL and a reason. Ends with media_request_send() or _drop(). */
struct nl_msg *media_request_new(const struct media_link *link, uint8_t command, int flags,
				 struct refusal *why);

/* Sends a request, wipes it and collects the reply up to its end. */
int media_request_send(struct media_link *link, struct nl_msg *msg, struct media_exchange *exchange,
		       struct refusal *why);

/* Wipes a request that got more attributes than it has room for. */
int media_request_drop(struct nl_msg *msg, struct refusal *why);

/* Waits for one message that nobody asked for. */
int media_message_await(struct media_link *link, struct media_exchange *exchange,
			struct refusal *why);

#endif
