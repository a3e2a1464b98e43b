// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "request.h"

static const char ciphers[] = "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+AES-128-GCM:+AEAD:"
	"+ECDHE-ECDSA:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-X25519:+SIGN-ECDSA-SHA256:"
	"+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SECP256R1-SHA256:+CTYPE-X509:+COMP-NULL:%SERVER_PRECEDENCE";

/**
 * struct server - one port
 * @http: the library's server
 * @socket: that listens, until the library has it
 * @io: something has happened
 * @timer: when the library wants to be run again
 */
struct server {
	sd_event *event;
	struct snapshot *snapshot;
	struct MHD_Daemon *http;
	int socket;
	sd_event_source *io;
	sd_event_source *timer;
};

static int server_run(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG wait_ms;

	(void)MHD_run(server->http);
	if (MHD_get_timeout(server->http, &wait_ms) != MHD_YES)
		return sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
	(void)sd_event_source_set_time_relative(server->timer, wait_ms * 1000);
	return sd_event_source_set_enabled(server->timer, SD_EVENT_ONESHOT);
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	return server_run(data);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	return server_run(data);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct server *server = data;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	return request_answer(connection, method, path, server->snapshot);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *data)
{
	(void)usec;
	(void)data;
	/* The library notices the end itself, and frees what is its own. */
	(void)shutdown((int)(intptr_t)sd_event_source_get_userdata(source), SHUT_RDWR);
	return 0;
}

/* The library ends connections that are idle, not those that trickle. */
static void on_connection(void *data, struct MHD_Connection *connection, void **state,
			  enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	sd_event_source *deadline = *state;
	struct server *server = data;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		*state = sd_event_source_disable_unref(deadline);
		return;
	}
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info)
		return;
	if (sd_event_add_time_relative(server->event, &deadline, CLOCK_BOOTTIME,
				       SERVER_ALL_S * UINT64_C(1000000), 1, on_deadline,
				       (void *)(intptr_t)info->connect_fd) < 0)
		(void)shutdown(info->connect_fd, SHUT_RDWR);
	else
		*state = deadline;
}

/* A socket of IPv6, which takes IPv4 too, or of IPv4 where there is no other. */
static int socket_listen(uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr *address = (const struct sockaddr *)&six;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(six);
	int on = 1, off = 0, err;

	if (fd < 0) {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		address = (const struct sockaddr *)&four;
		len = sizeof(four);
	}
	if (fd < 0)
		return -errno;
	if (len == sizeof(six))
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, address, len) && !listen(fd, SERVER_CONNECTIONS_MAX))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static bool http_start(struct server *server, const struct server_identity *identity)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, identity ? identity->certificate : NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0,
		  identity ? (void *)secret_bytes(identity->key) : NULL },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)ciphers },
		{ MHD_OPTION_END, 0, NULL },
	};

	server->http = MHD_start_daemon(MHD_USE_EPOLL | (identity ? MHD_USE_TLS : 0), 0, NULL,
		NULL, on_request, server,
		MHD_OPTION_LISTEN_SOCKET, server->socket,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)SERVER_CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned int)SERVER_CONNECTIONS_OF_ONE_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_MEMORY_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SERVER_IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		identity ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls, MHD_OPTION_END);
	if (server->http)
		server->socket = -1;
	return server->http;
}

static int loop_join(struct server *server, struct refusal *why)
{
	const union MHD_DaemonInfo *info;
	int err;

	info = MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD);
	err = info ? sd_event_add_io(server->event, &server->io, info->epoll_fd, EPOLLIN, on_io,
				     server) : -ENOSYS;
	if (err >= 0)
		err = sd_event_add_time_relative(server->event, &server->timer, CLOCK_MONOTONIC,
						 0, 1, on_timer, server);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) : 0;
}

int server_open(struct server **result, sd_event *event, uint16_t port,
		const struct server_identity *identity, struct snapshot *snapshot,
		struct refusal *why)
{
	struct server *server = calloc(1, sizeof(*server));
	int err = 0;

	if (!server)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	server->event = sd_event_ref(event);
	server->snapshot = snapshot;
	server->socket = socket_listen(port);
	if (server->socket < 0)
		err = refusal_set(why, REASON_SYSTEM, "port %u: %s", port,
				  strerror(-server->socket));
	else if (!http_start(server, identity))
		err = refusal_set(why, REASON_SYSTEM, "port %u: no server", port);
	if (!err)
		err = loop_join(server, why);
	if (err) {
		server_close(server);
		return err;
	}
	*result = server;
	return 0;
}

void server_close(struct server *server)
{
	if (!server)
		return;
	sd_event_source_disable_unref(server->io);
	sd_event_source_disable_unref(server->timer);
	if (server->http)
		MHD_stop_daemon(server->http);
	if (server->socket >= 0)
		close(server->socket);
	sd_event_unref(server->event);
	free(server);
}
