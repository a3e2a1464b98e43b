// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stream_impl.h"

enum {
	/* A server that is gone is noticed after this while something waits to be sent. */
	UNANSWERED_MS = 30000,
	PROBE_IDLE_S = 30,
	PROBE_INTERVAL_S = 10,
	PROBE_COUNT = 3,
};

static void option_set(int fd, int level, int name, int value)
{
	/* What the kernel does not know, the pings notice, later. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void stream_socket_linger(int fd, bool reset)
{
	struct linger linger = { .l_onoff = reset };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

static void options_set(int fd)
{
	option_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	option_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS);
	option_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_IDLE_S);
	option_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_INTERVAL_S);
	option_set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBE_COUNT);
	option_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	/* Killed, the process lets go of its port at once, and the server learns of it. */
	stream_socket_linger(fd, true);
}

static int port_bind(int fd, int family, uint16_t port)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (!port)
		return 0;
	return family == AF_INET6 ? bind(fd, (struct sockaddr *)&ipv6, sizeof(ipv6)) :
				    bind(fd, (struct sockaddr *)&ipv4, sizeof(ipv4));
}

/* The socket, or -errno. */
static int socket_from(const struct stream_target *target, uint16_t port)
{
	int family = target->address.ss_family, fd, err;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	options_set(fd);
	if (port_bind(fd, family, port) < 0 ||
	    (connect(fd, (const struct sockaddr *)&target->address, target->address_len) < 0 &&
	     errno != EINPROGRESS)) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int stream_socket(const struct stream_target *target, const char *peer, struct refusal *why)
{
	int fd = socket_from(target, target->local_port);

	/* The server still knows a connection from this port: another one does as well. */
	if (target->local_port && (fd == -EADDRINUSE || fd == -EADDRNOTAVAIL))
		fd = socket_from(target, 0);
	if (fd < 0)
		return refusal_set(why, REASON_SERVER_UNREACHABLE, "%s: %s", peer, strerror(-fd));
	return fd;
}

void stream_address_text(const struct sockaddr_storage *address, char *text, size_t size)
{
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	char host[INET6_ADDRSTRLEN] = "";

	if (address->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &ipv6->sin6_addr, host, sizeof(host));
		snprintf(text, size, "[%s]:%u", host, ntohs(ipv6->sin6_port));
	} else {
		inet_ntop(AF_INET, &ipv4->sin_addr, host, sizeof(host));
		snprintf(text, size, "%s:%u", host, ntohs(ipv4->sin_port));
	}
}
