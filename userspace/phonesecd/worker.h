/* SPDX-License-Identifier: Apache-2.0 */
/* Work that takes long, beside the event loop in a thread of its own, so that calls go on. */
#ifndef PHONESECD_WORKER_H
#define PHONESECD_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "../lib/reason.h"

/**
 * struct worker_work - what is to be done with some data
 * @name: as refusals have it
 * @run: does it, in the thread; may end early once *@unwanted, as nobody is told any more
 * @done: told once, from the loop, when @run has ended. The worker may be freed in it; the data
 *        stays until it returns
 * @drop: frees the data, when neither the loop nor the thread needs it any more; from either
 */
struct worker_work {
	const char *name;
	void (*run)(void *data, const atomic_bool *unwanted);
	void (*done)(void *owner, void *data);
	void (*drop)(void *data);
};

struct worker;

/**
 * worker_start - begin some work
 * @worker: result, the caller's until worker_free(), which it needs after @done as well
 * @event: the loop
 * @work: what is done; must stay
 * @data: what it is done with; the worker's from now on, on refusal dropped at once
 * @owner: handed to @done, which is never called from within worker_start()
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int worker_start(struct worker **worker, sd_event *event, const struct worker_work *work,
		 void *data, void *owner, struct refusal *why);

/* Goes without waiting for the work, whose end is not told any more. NULL is allowed. */
void worker_free(struct worker *worker);

#endif
