/* SPDX-License-Identifier: Apache-2.0 */
/* The IP addresses of this phone's interfaces, which the system gives and takes. */
#ifndef PHONESECD_ADDRESS_WATCH_H
#define PHONESECD_ADDRESS_WATCH_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "../lib/media.h"
#include "../lib/reason.h"

struct address_watch;

/**
 * address_watch_new - be told when an address comes or goes, on whatever interface
 * @watch: result, the caller's until address_watch_free()
 * @event: the loop
 * @changed: is called with @owner; several changes may be one call
 * @owner: for @changed
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int address_watch_new(struct address_watch **watch, sd_event *event,
		      void (*changed)(void *owner), void *owner, struct refusal *why);

/* Not to be called from @changed. NULL is nothing. */
void address_watch_free(struct address_watch *watch);

/**
 * address_find - an address of an interface that others can reach
 * @interface: its name
 * @address: result, without ports; IPv4 is preferred. Its len is 0 when there is none
 *
 * Return: whether there is one.
 */
bool address_find(const char *interface, struct media_address *address);

#endif
