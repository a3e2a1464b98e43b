// SPDX-License-Identifier: Apache-2.0
#include "server_link.h"

#include <stdio.h>
#include <string.h>

enum {
	PONG_WAIT_S = 10, /* RFC 5626 section 4.4.1 */
	US_PER_S = 1000000,
};

/**
 * struct server_link - one server
 * @names: while its addresses are looked for
 * @addresses, @count, @next: what was found, and which one is tried next
 * @stream: the connection
 * @is_up: it is more than an attempt
 * @timer: next ping, or the end of the wait for its pong
 * @waits: for a pong
 * @answers: it has answered a ping on this connection
 */
struct server_link {
	sd_event *event;
	const struct server_link_events *events;
	void *owner;
	struct server_link_target target;
	char host[SETTINGS_HOST_MAX];
	struct server_names *names;
	struct server_address addresses[SERVER_ADDRESSES_MAX];
	size_t count;
	size_t next;
	struct stream *stream;
	bool is_up;
	sd_event_source *timer;
	bool waits;
	bool answers;
};

static void timer_set(struct server_link *link, unsigned int seconds)
{
	if (!link->target.keepalive_s)
		return;
	sd_event_source_set_time_relative(link->timer, (uint64_t)seconds * US_PER_S);
	sd_event_source_set_enabled(link->timer, SD_EVENT_ONESHOT);
}

static unsigned int pong_wait(const struct server_link *link)
{
	return link->target.keepalive_s < PONG_WAIT_S ? link->target.keepalive_s : PONG_WAIT_S;
}

/* Anything that the server says shows that it lives, not the pong alone. */
static void link_heard(struct server_link *link)
{
	if (!link->waits)
		return;
	link->waits = false;
	timer_set(link, link->target.keepalive_s);
}

static void link_failed(struct server_link *link, const struct refusal *why)
{
	sd_event_source_set_enabled(link->timer, SD_EVENT_OFF);
	link->events->failed(link->owner, why);
}

static void stream_is_up(void *owner)
{
	struct server_link *link = owner;

	link->is_up = true;
	timer_set(link, link->target.keepalive_s);
	link->events->up(link->owner);
}

static void stream_has_message(void *owner, const char *data, const struct sip_frame *frame)
{
	struct server_link *link = owner;

	link_heard(link);
	link->events->message(link->owner, data, frame);
}

static void stream_has_record(void *owner, struct octets record)
{
	struct server_link *link = owner;

	link->events->record(link->owner, record);
}

static void stream_has_pong(void *owner)
{
	struct server_link *link = owner;

	link->answers = true;
	link_heard(link);
	link->events->alive(link->owner);
}

static void link_try(struct server_link *link, const struct refusal *before);

static void stream_is_down(void *owner, const struct refusal *why)
{
	struct server_link *link = owner;

	link->stream = NULL;
	if (link->is_up)
		link_failed(link, why);
	else
		link_try(link, why);
}

static const struct stream_events stream_events = {
	.up = stream_is_up,
	.message = stream_has_message,
	.record = stream_has_record,
	.pong = stream_has_pong,
	.down = stream_is_down,
};

/* Connects to the next address; without any left the link has failed for what was @before. */
static void link_try(struct server_link *link, const struct refusal *before)
{
	struct refusal why = *before;
	struct stream_target target = {
		.local = link->target.local,
		.local_port = link->target.local_port,
		.tls = link->target.tls,
		.server = link->host,
		.timeout_s = link->target.connect_s,
		.frame = link->target.frame,
	};

	while (link->next < link->count) {
		target.address = link->addresses[link->next].address;
		target.address_len = link->addresses[link->next].len;
		link->next++;
		if (!stream_connect(&link->stream, link->event, &target, &stream_events, link,
				    &why))
			return;
	}
	link_failed(link, &why);
}

static void names_found(void *owner, const struct server_address *addresses, size_t count)
{
	struct refusal none = { .code = REASON_NONE };
	struct server_link *link = owner;

	memcpy(link->addresses, addresses, count * sizeof(*addresses));
	link->count = count;
	server_names_free(link->names);
	link->names = NULL;
	link_try(link, &none);
}

static void names_failed(void *owner, const struct refusal *why)
{
	struct refusal copy = *why;

	link_failed(owner, &copy);
}

static const struct server_names_events names_events = {
	.found = names_found,
	.failed = names_failed,
};

static int link_time(sd_event_source *source, uint64_t time, void *data)
{
	struct server_link *link = data;
	struct refusal why;

	(void)source, (void)time;
	if (!link->waits) {
		server_link_ping(link);
	} else if (link->answers) {
		refusal_set(&why, REASON_SERVER_SILENT, "%s: no pong within %u seconds",
			    link->host, pong_wait(link));
		link_failed(link, &why);
	} else {
		link_heard(link);
		link->events->alive(link->owner);
	}
	return 0;
}

int server_link_new(struct server_link **link, sd_event *event,
		    const struct server_link_target *target,
		    const struct server_link_events *events, void *owner, struct refusal *why)
{
	struct server_link *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	made->target = *target;
	if (target->tls)
		tls_ref(target->tls);
	snprintf(made->host, sizeof(made->host), "%s", target->names.host);
	err = sd_event_add_time_relative(event, &made->timer, CLOCK_MONOTONIC, 0, 0, link_time,
					 made);
	if (err >= 0)
		err = sd_event_source_set_enabled(made->timer, SD_EVENT_OFF);
	err = err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) :
	      server_names_ask(&made->names, event, &target->names, &names_events, made, why);
	if (err) {
		server_link_free(made);
		return err;
	}
	*link = made;
	return 0;
}

void server_link_free(struct server_link *link)
{
	if (!link)
		return;
	server_names_free(link->names);
	stream_close(link->stream);
	sd_event_source_disable_unref(link->timer);
	tls_free(link->target.tls);
	sd_event_unref(link->event);
	free(link);
}

int server_link_send(struct server_link *link, struct span text, struct refusal *why)
{
	if (!link->stream)
		return refusal_set(why, REASON_SERVER_CLOSED, "%s", link->host);
	return stream_send(link->stream, text, why);
}

void server_link_ping(struct server_link *link)
{
	struct refusal why;

	if (!link->stream || stream_ping(link->stream, &why))
		return;
	link->waits = true;
	timer_set(link, pong_wait(link));
}

void server_link_facts(const struct server_link *link, struct stream_facts *facts)
{
	*facts = (struct stream_facts){ 0 };
	if (link->stream)
		stream_facts(link->stream, facts);
}
