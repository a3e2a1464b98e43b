// SPDX-License-Identifier: Apache-2.0
#include "audit_link.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Events, and bytes, that the server's system has not acknowledged. */
	FLIGHT_MAX = 256,
	FLIGHT_BYTES = 64 * 1024,
	/* How often it is looked whether it has. */
	LOOK_US = 20 * 1000,
	/* Without any for this long the connection is not healthy; later it is given up. */
	HEALTHY_US = 3 * 1000000,
	UNANSWERED_MS = 30 * 1000,
	CONNECT_US = 10 * 1000000,
	PROBE_IDLE_S = 30,
	PROBE_INTERVAL_S = 10,
	PROBE_COUNT = 3,
	/* Datagrams of one look: nobody tells when it is too fast for the server. */
	DATAGRAMS_MAX = 20,
	/* "2048 " before a record. */
	COUNT_MAX = 5,
};

enum link_state {
	LINK_CONNECTING,
	LINK_HANDSHAKE,
	LINK_UP,
	LINK_ENDED,
};

/**
 * struct flight - an event on its way
 * @number: of the event
 * @end: bytes of the connection up to its end
 */
struct flight {
	uint64_t number;
	uint64_t end;
};

/**
 * struct audit_link - a connection
 * @io: its socket
 * @timer: next look at what was acknowledged, or the end of the wait for the connection
 * @later: there is something to send
 * @frame, @frame_len, @frame_at: the event that is being sent, and how much of it is
 * @frame_number: of that one
 * @flights: ring of those that are sent, from @flights_at on @flights_count
 * @wrote: bytes of the connection so far, without TLS
 * @sent, @delivered: numbers of events
 * @moved_us: when the last one was acknowledged, or there was nothing to be; of UDP: was sent
 * @left: datagrams that may be sent until the next look
 * @read_needs_write, @write_needs_read: TLS wants the other one
 * @was_healthy: as the owner was told
 * @is_ended: by the server, in order
 */
struct audit_link {
	sd_event *event;
	const struct audit_link_events *events;
	void *owner;
	const char *peer;
	bool is_datagram;
	enum link_state state;
	int fd;
	SSL *ssl;
	sd_event_source *io;
	sd_event_source *timer;
	sd_event_source *later;
	char frame[COUNT_MAX + AUDIT_RECORD_MAX];
	size_t frame_len;
	size_t frame_at;
	uint64_t frame_number;
	struct flight flights[FLIGHT_MAX];
	size_t flights_at;
	size_t flights_count;
	uint64_t wrote;
	uint64_t sent;
	uint64_t delivered;
	uint64_t moved_us;
	unsigned int left;
	bool read_needs_write;
	bool write_needs_read;
	bool was_healthy;
	bool is_ended;
	struct refusal why;
};

static uint64_t now_us(const struct audit_link *link)
{
	uint64_t now = 0;

	(void)sd_event_now(link->event, CLOCK_MONOTONIC, &now);
	return now;
}

static void option_set(int fd, int level, int name, int value)
{
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

static void link_end(struct audit_link *link)
{
	link->state = LINK_ENDED;
	link->io = sd_event_source_disable_unref(link->io);
	link->timer = sd_event_source_disable_unref(link->timer);
	SSL_free(link->ssl);
	link->ssl = NULL;
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

static void link_drop(struct audit_link *link)
{
	link_end(link);
	sd_event_source_disable_unref(link->later);
	sd_event_unref(link->event);
	free(link);
}

static int link_broken(struct audit_link *link, enum reason_code code, const char *words)
{
	return refusal_set(&link->why, code, "%.160s: %s", link->peer, words);
}

/* Bytes that were given to the socket. */
static uint64_t link_wrote(const struct audit_link *link)
{
	return link->ssl ? BIO_number_written(SSL_get_wbio(link->ssl)) : link->wrote;
}

/* Bytes of them that the server's system has not acknowledged. */
static uint64_t link_unacknowledged(const struct audit_link *link)
{
	int bytes = 0;

	if (ioctl(link->fd, SIOCOUTQ, &bytes) < 0 || bytes < 0)
		return 0;
	return (uint64_t)bytes;
}

/* Returns whether anything is new. */
static bool flights_look(struct audit_link *link)
{
	uint64_t wrote = link_wrote(link), behind = link_unacknowledged(link);
	uint64_t before = link->delivered;
	const struct flight *first = &link->flights[link->flights_at];

	/* No word that a datagram was refused is all that can be known of it. */
	if (link->is_datagram && now_us(link) - link->moved_us >= LOOK_US)
		link->delivered = link->sent;
	while (link->flights_count && first->end + behind <= wrote) {
		link->delivered = first->number;
		link->flights_at = (link->flights_at + 1) % FLIGHT_MAX;
		link->flights_count--;
		first = &link->flights[link->flights_at];
	}
	if (!link->is_datagram && (!link->flights_count || link->delivered != before))
		link->moved_us = now_us(link);
	return link->delivered != before;
}

static bool flights_are_full(const struct audit_link *link)
{
	const struct flight *first = &link->flights[link->flights_at];

	if (link->is_datagram)
		return !link->left;
	return link->flights_count == FLIGHT_MAX ||
	       (link->flights_count && link_wrote(link) - first->end > FLIGHT_BYTES);
}

static void flight_add(struct audit_link *link)
{
	size_t at = (link->flights_at + link->flights_count) % FLIGHT_MAX;

	link->sent = link->frame_number;
	if (link->is_datagram) {
		link->moved_us = now_us(link);
		link->left--;
		return;
	}
	link->flights[at] = (struct flight){ link->frame_number, link_wrote(link) };
	link->flights_count++;
}

/* What TLS said: bytes, 0 when it must wait, or -errno with the reason. */
static int tls_result(struct audit_link *link, int result, bool *other, int other_error)
{
	int error;

	*other = false;
	if (result > 0)
		return result;
	error = SSL_get_error(link->ssl, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		*other = error == other_error;
		return 0;
	}
	return tls_explain(link->ssl, result, &link->why);
}

static int link_write(struct audit_link *link, const char *bytes, size_t len)
{
	ssize_t wrote;

	if (link->ssl) {
		ERR_clear_error();
		errno = 0;
		return tls_result(link, SSL_write(link->ssl, bytes, (int)len),
				  &link->write_needs_read, SSL_ERROR_WANT_READ);
	}
	wrote = send(link->fd, bytes, len, MSG_NOSIGNAL);
	if (wrote >= 0) {
		link->wrote += (uint64_t)wrote;
		return (int)wrote;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)
		return 0;
	return link_broken(link, REASON_SERVER_CLOSED, strerror(errno));
}

/* Has the next event in the frame. Returns false when there is none, or it must wait. */
static bool frame_fill(struct audit_link *link)
{
	char record[AUDIT_RECORD_MAX];
	size_t len;
	int count = 0;

	if (link->frame_at < link->frame_len)
		return true;
	if (flights_are_full(link))
		return false;
	len = link->events->next(link->owner, link->sent, record, &link->frame_number);
	if (!len)
		return false;
	if (!link->is_datagram)
		count = snprintf(link->frame, sizeof(link->frame), "%zu ", len);
	memcpy(link->frame + count, record, len);
	link->frame_len = (size_t)count + len;
	link->frame_at = 0;
	return true;
}

/* Returns 0, or -errno with the reason. */
static int link_send(struct audit_link *link)
{
	int done = 1;

	while (done > 0 && frame_fill(link)) {
		done = link_write(link, link->frame + link->frame_at,
				  link->frame_len - link->frame_at);
		if (done > 0)
			link->frame_at += (size_t)done;
		if (done > 0 && link->frame_at == link->frame_len) {
			flight_add(link);
			link->events->moved(link->owner);
		}
	}
	return done < 0 ? done : 0;
}

/* A syslog server says nothing; what it says nevertheless is passed over. */
static int link_receive(struct audit_link *link)
{
	char unused[512];
	int turns = 16;
	ssize_t got = 1;

	while (got > 0 && turns--) {
		if (link->ssl) {
			ERR_clear_error();
			errno = 0;
			got = tls_result(link, SSL_read(link->ssl, unused, sizeof(unused)),
					 &link->read_needs_write, SSL_ERROR_WANT_WRITE);
			link->is_ended = SSL_get_shutdown(link->ssl) & SSL_RECEIVED_SHUTDOWN;
			continue;
		}
		got = recv(link->fd, unused, sizeof(unused), 0);
		if (!got && !link->is_datagram) {
			link->is_ended = true;
			return link_broken(link, REASON_SERVER_CLOSED, "in order");
		}
		if (got < 0)
			got = errno == EAGAIN || errno == EINTR ?
				0 : link_broken(link, REASON_SERVER_CLOSED, strerror(errno));
	}
	return got < 0 ? (int)got : 0;
}

static int connect_check(struct audit_link *link)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error)
		return link_broken(link, REASON_SERVER_UNREACHABLE, strerror(error));
	link->state = link->ssl ? LINK_HANDSHAKE : LINK_UP;
	return 0;
}

static int link_shake(struct audit_link *link)
{
	int done;

	ERR_clear_error();
	errno = 0;
	done = tls_result(link, SSL_connect(link->ssl), &link->read_needs_write,
			  SSL_ERROR_WANT_WRITE);
	if (done > 0)
		link->state = LINK_UP;
	return done < 0 ? done : 0;
}

static void timer_set(struct audit_link *link, uint64_t us)
{
	(void)sd_event_source_set_time_relative(link->timer, us);
	(void)sd_event_source_set_enabled(link->timer, SD_EVENT_ONESHOT);
}

static void link_watch(struct audit_link *link)
{
	bool waits = link->frame_at < link->frame_len && !link->write_needs_read;
	uint32_t events = EPOLLIN;

	if (link->state == LINK_CONNECTING)
		events = EPOLLOUT;
	else if (link->read_needs_write || (link->state == LINK_UP && waits))
		events |= EPOLLOUT;
	(void)sd_event_source_set_io_events(link->io, events);
	/* When all is delivered nothing is known to change: nobody is woken up for it. */
	if (link->state == LINK_UP && link->delivered != link->sent)
		timer_set(link, LOOK_US);
}

static void health_tell(struct audit_link *link)
{
	bool is_healthy = audit_link_is_healthy(link);

	if (is_healthy == link->was_healthy)
		return;
	link->was_healthy = is_healthy;
	link->events->moved(link->owner);
}

static int link_step(struct audit_link *link)
{
	bool was_up = link->state == LINK_UP;
	int err = 0;

	if (link->state == LINK_CONNECTING)
		err = connect_check(link);
	if (!err && link->state == LINK_HANDSHAKE)
		err = link_shake(link);
	if (err || link->state != LINK_UP)
		return err;
	if (!was_up) {
		(void)sd_event_source_set_enabled(link->timer, SD_EVENT_OFF);
		link->moved_us = now_us(link);
		link->events->up(link->owner);
	}
	err = link_receive(link);
	/* What was acknowledged before the end is not to be sent again. */
	if (flights_look(link))
		link->events->moved(link->owner);
	if (!err)
		err = link_send(link);
	health_tell(link);
	return err;
}

static void link_work(struct audit_link *link)
{
	if (!link_step(link)) {
		link_watch(link);
		return;
	}
	link_end(link);
	link->events->down(link->owner, &link->why);
	link_drop(link);
}

static int link_ready(sd_event_source *source, int fd, uint32_t happened, void *data)
{
	(void)source, (void)fd, (void)happened;
	link_work(data);
	return 0;
}

static int link_later(sd_event_source *source, void *data)
{
	struct audit_link *link = data;

	(void)source;
	if (link->state == LINK_UP)
		link_work(link);
	return 0;
}

static int link_timer(sd_event_source *source, uint64_t time, void *data)
{
	struct audit_link *link = data;

	(void)source, (void)time;
	link->left = DATAGRAMS_MAX;
	if (link->state == LINK_UP) {
		link_work(link);
		return 0;
	}
	(void)link_broken(link, link->state == LINK_CONNECTING ? REASON_SERVER_UNREACHABLE :
			  REASON_SERVER_SILENT, "no answer within 10 seconds");
	link_end(link);
	link->events->down(link->owner, &link->why);
	link_drop(link);
	return 0;
}

static int socket_open(struct audit_link *link, const struct audit_link_target *target)
{
	int type = target->is_datagram ? SOCK_DGRAM : SOCK_STREAM;

	link->fd = socket(target->address->ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (link->fd < 0)
		return -errno;
	if (!target->is_datagram) {
		option_set(link->fd, IPPROTO_TCP, TCP_NODELAY, 1);
		option_set(link->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNANSWERED_MS);
		option_set(link->fd, IPPROTO_TCP, TCP_KEEPIDLE, PROBE_IDLE_S);
		option_set(link->fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_INTERVAL_S);
		option_set(link->fd, IPPROTO_TCP, TCP_KEEPCNT, PROBE_COUNT);
		option_set(link->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	}
	if (connect(link->fd, (const struct sockaddr *)target->address, target->address_len) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	return 0;
}

static int sources_add(struct audit_link *link, struct refusal *why)
{
	int err;

	err = sd_event_add_io(link->event, &link->io, link->fd, EPOLLOUT, link_ready, link);
	if (err >= 0)
		err = sd_event_add_defer(link->event, &link->later, link_later, link);
	if (err >= 0)
		err = sd_event_source_set_enabled(link->later, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_add_time_relative(link->event, &link->timer, CLOCK_MONOTONIC,
						 CONNECT_US, 0, link_timer, link);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

int audit_link_new(struct audit_link **link, sd_event *event,
		   const struct audit_link_target *target, const struct audit_link_events *events,
		   void *owner, struct refusal *why)
{
	struct audit_link *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	made->peer = target->peer;
	made->is_datagram = target->is_datagram;
	made->left = DATAGRAMS_MAX;
	made->sent = made->delivered = target->after;
	err = socket_open(made, target);
	if (err)
		err = refusal_set(why, REASON_SERVER_UNREACHABLE, "%.160s: %s", made->peer,
				  strerror(-err));
	if (!err && target->tls) {
		made->ssl = tls_connect(target->tls, made->fd, target->server, why);
		err = made->ssl ? 0 : -reason_words(why->code)->error;
	}
	if (!err)
		err = sources_add(made, why);
	if (err) {
		link_drop(made);
		return err;
	}
	*link = made;
	return 0;
}

void audit_link_poke(struct audit_link *link)
{
	if (link->state == LINK_UP)
		(void)sd_event_source_set_enabled(link->later, SD_EVENT_ONESHOT);
}

uint64_t audit_link_sent(const struct audit_link *link)
{
	return link->sent;
}

uint64_t audit_link_delivered(const struct audit_link *link)
{
	return link->delivered;
}

static uint16_t port_of(const struct sockaddr_storage *address)
{
	return ntohs(address->ss_family == AF_INET6 ?
		     ((const struct sockaddr_in6 *)address)->sin6_port :
		     ((const struct sockaddr_in *)address)->sin_port);
}

void audit_link_ports(const struct audit_link *link, uint16_t *local, uint16_t *remote)
{
	struct sockaddr_storage here, there;
	socklen_t here_len = sizeof(here), there_len = sizeof(there);

	*local = *remote = 0;
	if (link->is_datagram || getsockname(link->fd, (struct sockaddr *)&here, &here_len) ||
	    getpeername(link->fd, (struct sockaddr *)&there, &there_len))
		return;
	*local = port_of(&here);
	*remote = port_of(&there);
}

bool audit_link_is_healthy(const struct audit_link *link)
{
	return link->state == LINK_UP &&
	       (!link->flights_count || now_us(link) - link->moved_us < HEALTHY_US);
}

bool audit_link_is_drained(const struct audit_link *link)
{
	return link->is_ended && link->sent == link->delivered &&
	       link->frame_at == link->frame_len;
}

void audit_link_free(struct audit_link *link)
{
	if (!link)
		return;
	/* With anything unread the kernel would reset it, and lose what is on its way. */
	if (link->state == LINK_UP) {
		(void)link_receive(link);
		if (link->ssl)
			(void)SSL_shutdown(link->ssl);
	}
	link_drop(link);
}
