// SPDX-License-Identifier: Apache-2.0
#include "address_watch.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 8192 };

/**
 * struct address_watch - where the kernel tells of addresses
 * @fd, @source: the socket
 * @changed, @owner: as given
 */
struct address_watch {
	int fd;
	sd_event_source *source;
	void (*changed)(void *owner);
	void *owner;
};

/* What the messages say, and what of them was lost, is found by looking: they only wake us. */
static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct address_watch *watch = userdata;
	uint8_t bytes[READ_SIZE];

	(void)source;
	(void)revents;
	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		errno = 0;
	watch->changed(watch->owner);
	return 0;
}

static int socket_open(struct address_watch *watch)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};

	watch->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (watch->fd < 0 || bind(watch->fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

int address_watch_new(struct address_watch **watch, sd_event *event,
		      void (*changed)(void *owner), void *owner, struct refusal *why)
{
	struct address_watch *made = calloc(1, sizeof(*made));
	int err;

	*watch = NULL;
	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->changed = changed;
	made->owner = owner;
	err = socket_open(made);
	if (!err)
		err = sd_event_add_io(event, &made->source, made->fd, EPOLLIN, on_readable, made);
	if (err < 0) {
		address_watch_free(made);
		return refusal_set(why, REASON_SYSTEM, "addresses: %s", strerror(-err));
	}
	*watch = made;
	return 0;
}

void address_watch_free(struct address_watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}

static bool address_take(const struct sockaddr *from, struct media_address *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		*address = (struct media_address){ .len = sizeof(v4.sin_addr) };
		memcpy(address->bytes, &v4.sin_addr, sizeof(v4.sin_addr));
		return true;
	}
	if (from->sa_family != AF_INET6 || address->len)
		return false;
	memcpy(&v6, from, sizeof(v6));
	if (IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr))
		return false;
	address->len = sizeof(v6.sin6_addr);
	memcpy(address->bytes, &v6.sin6_addr, sizeof(v6.sin6_addr));
	return false;
}

bool address_find(const char *interface, struct media_address *address)
{
	struct ifaddrs *all = NULL, *one;

	*address = (struct media_address){ 0 };
	if (getifaddrs(&all))
		return false;
	for (one = all; one; one = one->ifa_next)
		if (one->ifa_addr && !strcmp(one->ifa_name, interface) &&
		    address_take(one->ifa_addr, address))
			break;
	freeifaddrs(all);
	return address->len;
}
