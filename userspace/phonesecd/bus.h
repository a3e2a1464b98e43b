/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon on the message bus: what it knows as objects with properties, what
 * happens as signals, what may be asked of it as methods. Calls do not depend on it.
 */
#ifndef PHONESECD_BUS_H
#define PHONESECD_BUS_H

#include <systemd/sd-event.h>

#include "device.h"
#include "guard.h"

struct bus;

/**
 * bus_new - offer the service on the system bus
 * @bus: result, the caller's until bus_free()
 * @event: the loop
 * @guard: what is shown; watched from here on, and must stay
 * @device: the same
 * @reload: reads the configuration again; 0, or the -errno of the reason that it leaves
 * @owner: first argument of @reload
 * @why: on refusal the reason
 *
 * A bus that is missing, lost or does not give away the name is logged once and tried
 * again, after a longer time each time. Nothing here waits for it.
 *
 * Return: 0, or the -errno of the reason; a missing bus is none.
 */
int bus_new(struct bus **bus, sd_event *event, struct guard *guard, struct device *device,
	    int (*reload)(void *owner, struct refusal *why), void *owner, struct refusal *why);

/* Leaves the bus and watches guard and device no more. NULL is fine. */
void bus_free(struct bus *bus);

/* Other settings are in use, on whosever wish. */
void bus_reloaded(struct bus *bus);

#endif
