// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"

enum { RETRY_US = 2 * 1000 * 1000 };

struct kernel {
	sd_event *event;
	const struct settings *settings;
	const struct kernel_events *events;
	void *owner;
	struct media_link *link;
	struct media_link *listener;
	sd_event_source *listener_source;
	sd_event_source *retry;
	struct refusal why;
};

static void disconnect(struct kernel *kernel)
{
	kernel->listener_source = sd_event_source_disable_unref(kernel->listener_source);
	if (kernel->listener)
		media_close(kernel->listener);
	if (kernel->link)
		media_close(kernel->link);
	kernel->listener = NULL;
	kernel->link = NULL;
}

/* Media that may be in clear is only counted: a session of its own stays strict. */
static uint32_t policy_mode(const struct settings *settings)
{
	switch (settings->media) {
	case CALL_MEDIA_REQUIRED:
		return NF_SRTP_POLICY_MODE_ENFORCE;
	case CALL_MEDIA_PREFERRED:
		return NF_SRTP_POLICY_MODE_MONITOR;
	case CALL_MEDIA_OFF:
		break;
	}
	return NF_SRTP_POLICY_MODE_OFF;
}

static int policy_set(struct kernel *kernel, struct refusal *why)
{
	struct media_policy_change change = { .has_mode = true };

	change.mode = policy_mode(kernel->settings);
	change.range_count = kernel->settings->ports_count;
	memcpy(change.ranges, kernel->settings->ports, sizeof(change.ranges));
	return media_policy_set(kernel->link, &change, why);
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct kernel *kernel = userdata;
	struct media_event event;
	struct refusal why;

	(void)source;
	(void)fd;
	(void)revents;
	if (!media_event_next(kernel->listener, &event, &why))
		kernel->events->media(kernel->owner, &event);
	else if (why.code == REASON_EVENTS_LOST)
		kernel->events->lost(kernel->owner);
	else
		log_refusal(LOG_FAILED, &why, "an event of the kernel module");
	return 0;
}

static int listener_open(struct kernel *kernel, struct refusal *why)
{
	int err = media_open(&kernel->listener, why);

	if (err)
		return err;
	err = media_subscribe(kernel->listener, why);
	if (!err && sd_event_add_io(kernel->event, &kernel->listener_source,
				    media_fd(kernel->listener), EPOLLIN, on_event, kernel) < 0)
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return err;
}

static int module_check(struct kernel *kernel, struct refusal *why)
{
	struct media_module module;
	int err = media_module_get(kernel->link, &module, why);

	if (!err && !module.self_test)
		err = refusal_set(why, REASON_KERNEL_FAILED, "the module's self-test failed");
	return err;
}

/* Without protected media the module is not needed, and its absence is no fault. */
static bool needed(const struct settings *settings)
{
	return settings->media != CALL_MEDIA_OFF;
}

static int connect_module(struct kernel *kernel)
{
	enum reason_code before = kernel->why.code;
	int err = media_open(&kernel->link, &kernel->why);

	if (!err)
		err = module_check(kernel, &kernel->why);
	if (!err)
		err = policy_set(kernel, &kernel->why);
	if (!err)
		err = listener_open(kernel, &kernel->why);
	if (!err) {
		kernel->why = (struct refusal){ 0 };
		log_tell(LOG_MODULE_UP, "%s", "");
		kernel->events->changed(kernel->owner);
		return 0;
	}
	disconnect(kernel);
	if (kernel->why.code != before && needed(kernel->settings)) {
		log_refusal(LOG_MODULE_DOWN, &kernel->why, "%s", "");
		kernel->events->changed(kernel->owner);
	}
	return err;
}

static int on_retry(sd_event_source *source, uint64_t now, void *userdata)
{
	struct kernel *kernel = userdata;

	(void)now;
	if (kernel->link || !connect_module(kernel))
		return 0;
	sd_event_source_set_time_relative(source, RETRY_US);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

int kernel_new(struct kernel **result, sd_event *event, const struct settings *settings,
	       const struct kernel_events *events, void *owner, struct refusal *why)
{
	struct kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	kernel->event = sd_event_ref(event);
	kernel->settings = settings;
	kernel->events = events;
	kernel->owner = owner;
	if (sd_event_add_time_relative(event, &kernel->retry, CLOCK_MONOTONIC, 0, 0, on_retry,
				       kernel) < 0) {
		kernel_free(kernel);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	*result = kernel;
	return 0;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	disconnect(kernel);
	sd_event_source_disable_unref(kernel->retry);
	sd_event_unref(kernel->event);
	free(kernel);
}

int kernel_reload(struct kernel *kernel, const struct settings *settings, struct refusal *why)
{
	const struct settings *before = kernel->settings;
	int err;

	kernel->settings = settings;
	err = kernel->link ? policy_set(kernel, why) : 0;
	if (err)
		kernel->settings = before;
	return err;
}

struct media_link *kernel_link(struct kernel *kernel, struct refusal *why)
{
	if (!kernel->link && connect_module(kernel)) {
		*why = kernel->why;
		return NULL;
	}
	return kernel->link;
}

bool kernel_ready(struct kernel *kernel, struct refusal *why)
{
	return !needed(kernel->settings) || kernel_link(kernel, why);
}
