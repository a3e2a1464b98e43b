/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon tells of the phone, asked for at most once a second. */
#ifndef PHONESEC_WEB_SNAPSHOT_H
#define PHONESEC_WEB_SNAPSHOT_H

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "../lib/reason.h"

enum {
	/* Seconds that the daemon has for one answer. */
	SNAPSHOT_ANSWER_S = 3,
};

struct snapshot;

/* Nothing asked yet; NULL without memory. @bus stays the caller's and must outlive it. */
struct snapshot *snapshot_new(sd_bus *bus);
void snapshot_free(struct snapshot *snapshot);

/**
 * snapshot_get - what the phone is now
 * @snapshot: asks the daemon, unless it did in this second of the clock, however many ask us;
 *            after a failure it waits for three
 * @why: on refusal the reason
 *
 * The object has the properties of each interface under the last word of its name ("Phone1",
 * "Identity", ...), those that the daemon lacks being absent; "Server" is an array, in the order
 * of the roles.
 *
 * Return: it, which stays the snapshot's until the next call, or NULL.
 */
const json_t *snapshot_get(struct snapshot *snapshot, struct refusal *why);

#endif
