/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stations behind the PC port that may be authenticated at the switch (IEEE 802.1X), to log
 * them off there when they are gone.
 */
#ifndef PHONESECD_PC_STATIONS_H
#define PHONESECD_PC_STATIONS_H

#include <systemd/sd-event.h>

#include "link.h"

struct pc_stations;

/**
 * struct pc_stations_place - where they are
 * @port: the PC port, as it is now
 * @bridge: whose port it is; what has its address is the phone
 * @to: name of the interface of the switch
 */
struct pc_stations_place {
	struct link port;
	struct link bridge;
	char to[IFNAMSIZ];
};

/**
 * pc_stations_new - learn them from what they send
 * @stations: result, the caller's until pc_stations_free()
 * @event: the loop
 * @place: copied
 * @changed: is told that pc_stations_count() is another one
 * @owner: for @changed
 * @why: on refusal the reason
 *
 * Whoever the bridge has heard behind the port counts as one, as it may have authenticated
 * before this. Needs CAP_NET_RAW in the permitted set.
 *
 * Return: 0, or the -errno of the reason.
 */
int pc_stations_new(struct pc_stations **stations, sd_event *event,
		    const struct pc_stations_place *place, void (*changed)(void *owner),
		    void *owner, struct refusal *why);

/* Logs nobody off. NULL is nothing. */
void pc_stations_free(struct pc_stations *stations);

/* How many spoke IEEE 802.1X and have not logged off. NULL has none. */
unsigned int pc_stations_count(const struct pc_stations *stations);

/**
 * pc_stations_end - log all of them off in their place, and know none any more
 * @stations: NULL has none
 *
 * A switch that has no link to this phone closes its port by itself.
 *
 * Return: how many of those that spoke IEEE 802.1X the switch was told of.
 */
unsigned int pc_stations_end(struct pc_stations *stations);

#endif
