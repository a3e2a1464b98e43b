/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this phone may have a page, as the daemon says on the message bus. */
#ifndef PHONESEC_WEB_POLICY_H
#define PHONESEC_WEB_POLICY_H

#include <stdint.h>
#include <systemd/sd-bus.h>

enum {
	POLICY_RETRY_S = 2, /* seconds between tries to reach the bus */
	POLICY_ANSWER_S = 5, /* seconds that the daemon has to say it */
};

/**
 * struct policy_ports - where there may be a page
 * @http: TCP port of HTTP, 0 for none
 * @https: TCP port of HTTPS, 0 for none
 */
struct policy_ports {
	uint16_t http;
	uint16_t https;
};

struct policy;

/**
 * policy_new - learn it, and each change of it
 * @policy: result, the caller's until policy_free()
 * @event: the loop
 * @changed: told where there may be a page whenever that may have changed: with both ports 0 as
 *	     soon as the bus or the daemon is gone, web access is disabled, or something is said
 *	     that cannot be understood. @bus is connected unless both are 0, and stays so until
 *	     the next call
 * @owner: its first argument
 *
 * Return: 0 or -errno.
 */
int policy_new(struct policy **policy, sd_event *event,
	       void (*changed)(void *owner, const struct policy_ports *ports, sd_bus *bus),
	       void *owner);
void policy_free(struct policy *policy);

#endif
