// SPDX-License-Identifier: Apache-2.0
#include "audit_sync.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WAIT_US = 1000000, STACK_BYTES = 128 * 1024 };

/**
 * struct audit_sync - the writer
 * @timer: the next time
 * @io, @fd: the thread has come to its end
 * @thread: when @is_running
 * @work: the thread's as long as it runs
 * @err, @why: what came of it
 * @is_wanted: there is more since it began
 */
struct audit_sync {
	const struct audit_sync_events *events;
	void *owner;
	sd_event_source *timer;
	sd_event_source *io;
	int fd;
	pthread_t thread;
	struct audit_spool_sync work;
	int err;
	struct refusal why;
	bool is_running;
	bool is_wanted;
};

static void *work_run(void *data)
{
	struct audit_sync *sync = data;

	sync->err = audit_spool_sync_run(&sync->work, &sync->why);
	(void)eventfd_write(sync->fd, 1);
	return NULL;
}

static int thread_start(struct audit_sync *sync)
{
	pthread_attr_t attributes;
	int err;

	err = pthread_attr_init(&attributes);
	if (err)
		return -err;
	(void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
	err = pthread_create(&sync->thread, &attributes, work_run, sync);
	pthread_attr_destroy(&attributes);
	return -err;
}

static int timer_take(sd_event_source *source, uint64_t time, void *data)
{
	struct audit_sync *sync = data;

	(void)source, (void)time;
	sync->is_wanted = false;
	if (!sync->events->begin(sync->owner, &sync->work))
		return 0;
	sync->is_running = !thread_start(sync);
	/* Without a thread it takes the time that it takes. */
	if (!sync->is_running)
		work_run(sync);
	return 0;
}

static int io_take(sd_event_source *source, int fd, uint32_t happened, void *data)
{
	struct audit_sync *sync = data;
	eventfd_t unused;

	(void)source, (void)happened;
	(void)eventfd_read(fd, &unused);
	if (sync->is_running)
		(void)pthread_join(sync->thread, NULL);
	sync->is_running = false;
	sync->events->done(sync->owner, &sync->work, sync->err ? &sync->why : NULL);
	if (sync->is_wanted)
		audit_sync_want(sync);
	return 0;
}

int audit_sync_new(struct audit_sync **sync, sd_event *event,
		   const struct audit_sync_events *events, void *owner, struct refusal *why)
{
	struct audit_sync *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->events = events;
	made->owner = owner;
	made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = made->fd < 0 ? -errno : 0;
	if (err >= 0)
		err = sd_event_add_io(event, &made->io, made->fd, EPOLLIN, io_take, made);
	if (err >= 0)
		err = sd_event_add_time(event, &made->timer, CLOCK_MONOTONIC, 0, 0, timer_take,
					made);
	if (err >= 0)
		err = sd_event_source_set_enabled(made->timer, SD_EVENT_OFF);
	if (err < 0) {
		audit_sync_free(made);
		return refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	}
	*sync = made;
	return 0;
}

void audit_sync_want(struct audit_sync *sync)
{
	int enabled = SD_EVENT_OFF;

	sync->is_wanted = true;
	(void)sd_event_source_get_enabled(sync->timer, &enabled);
	if (sync->is_running || enabled != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(sync->timer, WAIT_US);
	(void)sd_event_source_set_enabled(sync->timer, SD_EVENT_ONESHOT);
}

void audit_sync_wait(struct audit_sync *sync)
{
	eventfd_t unused;

	if (sync->is_running)
		(void)pthread_join(sync->thread, NULL);
	sync->is_running = false;
	sync->is_wanted = false;
	(void)eventfd_read(sync->fd, &unused);
	(void)sd_event_source_set_enabled(sync->timer, SD_EVENT_OFF);
}

void audit_sync_free(struct audit_sync *sync)
{
	if (!sync)
		return;
	if (sync->timer)
		audit_sync_wait(sync);
	sd_event_source_disable_unref(sync->timer);
	sd_event_source_disable_unref(sync->io);
	if (sync->fd >= 0)
		close(sync->fd);
	free(sync);
}
