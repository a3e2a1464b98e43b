/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has to be on disk after a loss of power is written there at most a second later, all that
 * came together at once, in a thread: a slow disk holds up nobody.
 */
#ifndef PHONESECD_AUDIT_SYNC_H
#define PHONESECD_AUDIT_SYNC_H

#include <systemd/sd-event.h>

#include "audit_spool.h"

struct audit_sync;

/**
 * struct audit_sync_events - what the owner is asked and told
 * @begin: what is to be written; false when there is nothing
 * @done: it was written, or it was not, for this reason
 */
struct audit_sync_events {
	bool (*begin)(void *owner, struct audit_spool_sync *work);
	void (*done)(void *owner, const struct audit_spool_sync *work, const struct refusal *why);
};

/* Makes one, the caller's until audit_sync_free(). Returns 0 or the reason's -errno. */
int audit_sync_new(struct audit_sync **sync, sd_event *event,
		   const struct audit_sync_events *events, void *owner, struct refusal *why);

/* There is something to be written. */
void audit_sync_want(struct audit_sync *sync);

/* Waits for what is being written; nothing is told of it. */
void audit_sync_wait(struct audit_sync *sync);

/* Waits as well. NULL is fine. */
void audit_sync_free(struct audit_sync *sync);

#endif
