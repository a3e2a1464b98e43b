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

/* An address of the other family says nothing about this connection. */
static int end_bind(int fd, int family, const struct media_address *local, uint16_t port)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	bool has_address = local->len == (family == AF_INET6 ? sizeof(ipv6.sin6_addr) :
							       sizeof(ipv4.sin_addr));

	if (!port && !has_address)
		return 0;
	if (has_address && family == AF_INET6)
		memcpy(&ipv6.sin6_addr, local->bytes, sizeof(ipv6.sin6_addr));
	else if (has_address)
		memcpy(&ipv4.sin_addr, local->bytes, sizeof(ipv4.sin_addr));
	return family == AF_INET6 ? bind(fd, (struct sockaddr *)&ipv6, sizeof(ipv6)) :
				    bind(fd, (struct sockaddr *)&ipv4, sizeof(ipv4));
}

/* The socket, or -errno. */
static int socket_from(const struct stream_target *target, const struct media_address *local,
		       uint16_t port)
{
	int family = target->address.ss_family, fd, err;

	fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	options_set(fd);
	if (end_bind(fd, family, local, port) < 0 ||
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
	static const struct media_address any;
	const struct media_address *local = &target->local;
	int fd = socket_from(target, local, target->local_port);

	if (local->len && fd == -EADDRNOTAVAIL) {
		local = &any;
		fd = socket_from(target, local, target->local_port);
	}
	/* The server still knows a connection from this port: another one does as well. */
	if (target->local_port && (fd == -EADDRINUSE || fd == -EADDRNOTAVAIL))
		fd = socket_from(target, local, 0);
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
