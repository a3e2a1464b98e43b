// SPDX-License-Identifier: Apache-2.0
#include "server_names.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

/* The calls that newer releases prefer do not exist in older ones. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "settings.h"

enum {
	TARGETS_MAX = 8,
	SOCKETS_MAX = 16,
	ASK_MS = 2000,
	ASK_TRIES = 2,
	US_PER_MS = 1000,
};

/* A host with its port, as an SRV record names it. */
struct target {
	char host[SETTINGS_HOST_MAX];
	uint16_t port;
	unsigned int priority;
	uint32_t chance;
};

/**
 * struct server_names - a question on its way
 * @later: event source that gives the answer
 * @timer: event source for c-ares, which wants to repeat what was not answered
 * @sockets: event sources of its sockets
 * @targets: whose addresses are asked for
 * @asking: target that is asked for now
 */
struct server_names {
	sd_event *event;
	sd_event_source *later;
	sd_event_source *timer;
	struct {
		ares_socket_t fd;
		sd_event_source *source;
	} sockets[SOCKETS_MAX];
	ares_channel channel;
	const struct server_names_events *events;
	void *owner;
	char host[SETTINGS_HOST_MAX];
	uint16_t port;
	struct target targets[TARGETS_MAX];
	size_t targets_count;
	size_t asking;
	struct server_address addresses[SERVER_ADDRESSES_MAX];
	size_t count;
	bool is_freed;
	struct refusal why;
};

static void answer(struct server_names *names)
{
	sd_event_source_set_enabled(names->later, SD_EVENT_ONESHOT);
}

static int names_later(sd_event_source *source, void *data)
{
	struct server_names *names = data;

	(void)source;
	if (names->count)
		names->events->found(names->owner, names->addresses, names->count);
	else
		names->events->failed(names->owner, &names->why);
	return 0;
}

static void timer_set(struct server_names *names);

static int names_ready(sd_event_source *source, int fd, uint32_t happened, void *data)
{
	struct server_names *names = data;
	bool read = happened & ~EPOLLOUT;

	(void)source;
	ares_process_fd(names->channel, read ? fd : ARES_SOCKET_BAD,
			happened & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	timer_set(names);
	return 0;
}

static int names_time(sd_event_source *source, uint64_t time, void *data)
{
	struct server_names *names = data;

	(void)source, (void)time;
	ares_process_fd(names->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	timer_set(names);
	return 0;
}

/* The time after which c-ares wants to be called even when nothing came. */
static void timer_set(struct server_names *names)
{
	struct timeval wait, *next = ares_timeout(names->channel, NULL, &wait);

	if (!next) {
		sd_event_source_set_enabled(names->timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time_relative(names->timer, (uint64_t)next->tv_sec * 1000 * US_PER_MS +
					  (uint64_t)next->tv_usec);
	sd_event_source_set_enabled(names->timer, SD_EVENT_ONESHOT);
}

/* c-ares has opened a socket, waits for something else on it, or is about to close it. */
static void socket_changed(void *data, ares_socket_t fd, int readable, int writable)
{
	uint32_t wanted = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);
	struct server_names *names = data;
	size_t i, empty = SOCKETS_MAX;

	for (i = 0; i < SOCKETS_MAX; i++) {
		if (names->sockets[i].source && names->sockets[i].fd == fd)
			break;
		if (!names->sockets[i].source)
			empty = i;
	}
	if (i < SOCKETS_MAX && wanted) {
		sd_event_source_set_io_events(names->sockets[i].source, wanted);
	} else if (i < SOCKETS_MAX) {
		names->sockets[i].source = sd_event_source_disable_unref(names->sockets[i].source);
	} else if (wanted && empty < SOCKETS_MAX) {
		/* What cannot be watched ends by its time. */
		names->sockets[empty].fd = fd;
		(void)sd_event_add_io(names->event, &names->sockets[empty].source, fd, wanted,
				      names_ready, names);
	}
}

static void address_add(struct server_names *names, const struct sockaddr *address, socklen_t len)
{
	struct server_address *place = &names->addresses[names->count];

	if (names->count == SERVER_ADDRESSES_MAX || len > sizeof(place->address))
		return;
	*place = (struct server_address){ .len = len };
	memcpy(&place->address, address, len);
	names->count++;
}

/* An address in place of a name, with or without brackets. */
static bool literal_add(struct server_names *names, const char *host, uint16_t port)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	char bare[SETTINGS_HOST_MAX];
	size_t len = strlen(host);

	if (inet_pton(AF_INET, host, &ipv4.sin_addr) == 1) {
		address_add(names, (struct sockaddr *)&ipv4, sizeof(ipv4));
		return true;
	}
	if (len > 2 && *host == '[' && host[len - 1] == ']')
		snprintf(bare, sizeof(bare), "%.*s", (int)len - 2, host + 1);
	else
		snprintf(bare, sizeof(bare), "%s", host);
	if (inet_pton(AF_INET6, bare, &ipv6.sin6_addr) != 1)
		return false;
	address_add(names, (struct sockaddr *)&ipv6, sizeof(ipv6));
	return true;
}

static void target_ask(struct server_names *names);

static void target_answered(void *data, int status, int timeouts, struct ares_addrinfo *result)
{
	const struct ares_addrinfo_node *node;
	struct server_names *names = data;

	(void)timeouts;
	for (node = result ? result->nodes : NULL; node; node = node->ai_next)
		address_add(names, node->ai_addr, node->ai_addrlen);
	ares_freeaddrinfo(result);
	if (names->is_freed)
		return;
	if (status != ARES_SUCCESS)
		refusal_set(&names->why, REASON_SERVER_UNKNOWN, "%s: %s",
			    names->targets[names->asking].host, ares_strerror(status));
	names->asking++;
	target_ask(names);
}

/* One target after the other, so that their order is that of the addresses. */
static void target_ask(struct server_names *names)
{
	struct ares_addrinfo_hints hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	const struct target *target = &names->targets[names->asking];
	char service[8];

	if (names->asking == names->targets_count) {
		answer(names);
		return;
	}
	snprintf(service, sizeof(service), "%u", target->port);
	hints.ai_flags = ARES_AI_NUMERICSERV;
	ares_getaddrinfo(names->channel, target->host, service, &hints, target_answered, names);
}

static void target_add(struct server_names *names, const char *host, uint16_t port,
		       unsigned int priority, uint32_t chance)
{
	struct target *target = &names->targets[names->targets_count];

	if (names->targets_count == TARGETS_MAX || strlen(host) >= sizeof(target->host))
		return;
	snprintf(target->host, sizeof(target->host), "%s", host);
	target->port = port;
	target->priority = priority;
	target->chance = chance;
	names->targets_count++;
}

static uint32_t random_below(uint32_t limit)
{
	uint32_t number = 0;

	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return limit ? number % limit : 0;
}

static int target_compare(const void *a, const void *b)
{
	const struct target *left = a, *right = b;

	if (left->priority != right->priority)
		return left->priority < right->priority ? -1 : 1;
	return (left->chance < right->chance) - (left->chance > right->chance);
}

/* RFC 2782: by priority, and among equals by chance, the larger weight more often first. */
static void services_take(struct server_names *names, const struct ares_srv_reply *list)
{
	const struct ares_srv_reply *at;

	for (at = list; at; at = at->next)
		target_add(names, at->host, at->port, at->priority,
			   random_below((uint32_t)at->weight * 16 + 16));
	qsort(names->targets, names->targets_count, sizeof(*names->targets), target_compare);
}

/* A single record with the root as its target says that there is no such service. */
static bool is_no_service(const struct ares_srv_reply *list)
{
	return list && !list->next && (!*list->host || !strcmp(list->host, "."));
}

static void services_answered(void *data, int status, int timeouts, unsigned char *answer_data,
			      int len)
{
	struct ares_srv_reply *list = NULL;
	struct server_names *names = data;

	(void)timeouts;
	if (names->is_freed)
		return;
	if (status == ARES_SUCCESS)
		status = ares_parse_srv_reply(answer_data, len, &list);
	if (is_no_service(list)) {
		refusal_set(&names->why, REASON_SERVER_UNKNOWN,
			    "%s: its SRV record says that there is no such service", names->host);
		answer(names);
	} else {
		services_take(names, list);
		if (!names->targets_count)
			target_add(names, names->host, names->port, 0, 0);
		target_ask(names);
	}
	ares_free_data(list);
}

static int channel_open(struct server_names *names, struct refusal *why)
{
	struct ares_options options = {
		.timeout = ASK_MS,
		.tries = ASK_TRIES,
		.sock_state_cb = socket_changed,
		.sock_state_cb_data = names,
	};
	int status;

	status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status == ARES_SUCCESS)
		status = ares_init_options(&names->channel, &options, ARES_OPT_TIMEOUTMS |
					   ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
	return status == ARES_SUCCESS ? 0 : refusal_set(why, REASON_SERVER_UNKNOWN, "%s: %s",
							names->host, ares_strerror(status));
}

static int sources_add(struct server_names *names, struct refusal *why)
{
	int err;

	err = sd_event_add_defer(names->event, &names->later, names_later, names);
	if (err >= 0)
		err = sd_event_source_set_enabled(names->later, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_add_time_relative(names->event, &names->timer, CLOCK_MONOTONIC, 0,
						 0, names_time, names);
	if (err >= 0)
		err = sd_event_source_set_enabled(names->timer, SD_EVENT_OFF);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

static void ask(struct server_names *names, const char *service)
{
	char name[2 * SETTINGS_HOST_MAX];

	if (literal_add(names, names->host, names->port)) {
		answer(names);
		return;
	}
	if (service) {
		snprintf(name, sizeof(name), "%s.%s", service, names->host);
		ares_query(names->channel, name, ns_c_in, ns_t_srv, services_answered, names);
	} else {
		target_add(names, names->host, names->port, 0, 0);
		target_ask(names);
	}
	timer_set(names);
}

int server_names_ask(struct server_names **names, sd_event *event,
		     const struct server_names_question *question,
		     const struct server_names_events *events, void *owner, struct refusal *why)
{
	struct server_names *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	made->port = question->port;
	snprintf(made->host, sizeof(made->host), "%s", question->host);
	refusal_set(&made->why, REASON_SERVER_UNKNOWN, "%s", made->host);
	err = sources_add(made, why);
	if (!err)
		err = channel_open(made, why);
	if (err) {
		server_names_free(made);
		return err;
	}
	ask(made, question->service);
	*names = made;
	return 0;
}

void server_names_free(struct server_names *names)
{
	size_t i;

	if (!names)
		return;
	/* The answers that c-ares gives now are of no interest. */
	names->is_freed = true;
	if (names->channel)
		ares_destroy(names->channel);
	for (i = 0; i < SOCKETS_MAX; i++)
		sd_event_source_disable_unref(names->sockets[i].source);
	sd_event_source_disable_unref(names->timer);
	sd_event_source_disable_unref(names->later);
	sd_event_unref(names->event);
	free(names);
}
