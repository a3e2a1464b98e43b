// SPDX-License-Identifier: Apache-2.0
#include "media_socket.h"

#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>

static void namespace_enter(const char *namespace)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(2, "%s", path);
}

static struct addrinfo *address_of(const char *host, uint16_t port)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM,
	};
	struct addrinfo *found;
	char service[8];

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &found))
		errx(2, "%s is no address", host);
	return found;
}

static int socket_between(const char *local, const char *remote, uint16_t port)
{
	struct addrinfo *near = address_of(local, port), *far = address_of(remote, port);
	int fd = socket(near->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, near->ai_addr, near->ai_addrlen) ||
	    connect(fd, far->ai_addr, far->ai_addrlen))
		err(2, "%s to %s, port %u", local, remote, port);
	freeaddrinfo(near);
	freeaddrinfo(far);
	return fd;
}

void media_socket_open(struct media_socket *end, const char *namespace, const char *local,
		       const char *remote, uint16_t port, bool mux)
{
	namespace_enter(namespace);
	end->rtp = socket_between(local, remote, port);
	end->rtcp = mux ? end->rtp : socket_between(local, remote, (uint16_t)(port + 1));
}

bool media_socket_send(int fd, const void *packet, size_t len)
{
	return send(fd, packet, len, 0) == (ssize_t)len;
}

int media_socket_receive(int fd, void *packet, size_t room)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	if (poll(&wait, 1, 1000) != 1)
		return -1;
	return (int)recv(fd, packet, room, MSG_DONTWAIT);
}

bool media_socket_is_silent(int fd)
{
	char byte;

	return recv(fd, &byte, sizeof(byte), MSG_DONTWAIT | MSG_PEEK) < 0;
}
