/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel module: whether it is there, its policy, its events. */
#ifndef PHONESECD_KERNEL_H
#define PHONESECD_KERNEL_H

#include <systemd/sd-event.h>

#include "../lib/media_netlink.h"
#include "settings.h"

/**
 * struct kernel_events - what the owner is told
 * @changed: the module came or went
 * @media: what the module says of a session
 * @lost: some of that was lost: look at sessions again
 */
struct kernel_events {
	void (*changed)(void *owner);
	void (*media)(void *owner, const struct media_event *event);
	void (*lost)(void *owner);
};

struct kernel;

/**
 * kernel_new - look for the module
 * @kernel: result, the caller's until kernel_free()
 * @event: the loop
 * @settings: media policy and ports; stay until kernel_reload()
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason; a module that is absent is none, it is looked for again
 *
 * The policy of the network namespace follows the settings from the moment the module is
 * found, and stays when this ends.
 *
 * Return: 0, or the -errno of the reason.
 */
int kernel_new(struct kernel **kernel, sd_event *event, const struct settings *settings,
	       const struct kernel_events *events, void *owner, struct refusal *why);
void kernel_free(struct kernel *kernel);

/*
 * Sets the policy of other settings; those before may be freed afterwards. On refusal they
 * stay in use.
 */
int kernel_reload(struct kernel *kernel, const struct settings *settings, struct refusal *why);

/* Whether sessions can be made; looks again when not. */
bool kernel_ready(struct kernel *kernel, struct refusal *why);

/* The link for requests, or NULL and a reason. */
struct media_link *kernel_link(struct kernel *kernel, struct refusal *why);

#endif
