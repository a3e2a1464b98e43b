// SPDX-License-Identifier: Apache-2.0
/* The life of a stream: from the socket to its end, whoever ends it. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "crypto.h"
#include "stream_impl.h"

enum { US_PER_S = 1000000 };

void stream_end(struct stream *stream)
{
	/* A network that breaks is no reason to forget the session, which is then needed most. */
	if (stream->state == STREAM_UP && stream->ssl)
		SSL_set_shutdown(stream->ssl, SSL_SENT_SHUTDOWN);
	stream->state = STREAM_ENDED;
	stream->io = sd_event_source_disable_unref(stream->io);
	stream->timer = sd_event_source_disable_unref(stream->timer);
	SSL_free(stream->ssl);
	stream->ssl = NULL;
	if (stream->fd >= 0)
		close(stream->fd);
	stream->fd = -1;
}

static void stream_free(struct stream *stream)
{
	stream_end(stream);
	sd_event_source_disable_unref(stream->later);
	buffer_free(&stream->in);
	buffer_free(&stream->out);
	free(stream);
}

void stream_fail(struct stream *stream)
{
	if (stream->state == STREAM_ENDED)
		return;
	stream_end(stream);
	/* In case nobody is on the stack who tells the owner on the way out. */
	sd_event_source_set_enabled(stream->later, SD_EVENT_ONESHOT);
}

static uint32_t watched(const struct stream *stream)
{
	if (stream->state == STREAM_CONNECTING)
		return EPOLLOUT;
	if (stream->state == STREAM_HANDSHAKE)
		return stream->read_needs_write ? EPOLLOUT : EPOLLIN;
	if (stream->read_needs_write || (stream->out.len && !stream->write_needs_read))
		return EPOLLIN | EPOLLOUT;
	return EPOLLIN;
}

static void stream_watch(struct stream *stream)
{
	if (stream->state != STREAM_ENDED)
		(void)sd_event_source_set_io_events(stream->io, watched(stream));
}

static void stream_hold(struct stream *stream)
{
	stream->users++;
}

/* The last one on the stack tells the owner of the end, and frees what was closed. */
static void stream_release(struct stream *stream)
{
	if (stream->users == 1 && stream->state == STREAM_ENDED && !stream->is_closed) {
		stream->is_closed = true;
		stream->events->down(stream->owner, &stream->why);
	}
	if (--stream->users)
		return;
	if (stream->is_closed)
		stream_free(stream);
	else
		stream_watch(stream);
}

static void connect_check(struct stream *stream)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		refusal_set(&stream->why, REASON_SERVER_UNREACHABLE, "%s: %s", stream->peer,
			    strerror(error));
		stream_fail(stream);
		return;
	}
	stream->state = stream->ssl ? STREAM_HANDSHAKE : STREAM_UP;
}

static void stream_work(struct stream *stream)
{
	bool was_up = stream->state == STREAM_UP;

	if (stream->state == STREAM_CONNECTING)
		connect_check(stream);
	if (stream->state == STREAM_HANDSHAKE)
		stream_shake(stream);
	if (stream->state != STREAM_UP)
		return;
	if (!was_up) {
		stream->timer = sd_event_source_disable_unref(stream->timer);
		stream->events->up(stream->owner);
	}
	stream_flush(stream);
	stream_receive(stream);
}

static int stream_ready(sd_event_source *source, int fd, uint32_t happened, void *data)
{
	struct stream *stream = data;

	(void)source, (void)fd, (void)happened;
	stream_hold(stream);
	stream_work(stream);
	stream_release(stream);
	return 0;
}

static int stream_later(sd_event_source *source, void *data)
{
	struct stream *stream = data;

	(void)source;
	stream_hold(stream);
	stream_work(stream);
	stream_release(stream);
	return 0;
}

static int stream_late(sd_event_source *source, uint64_t time, void *data)
{
	struct stream *stream = data;

	(void)source, (void)time;
	stream_hold(stream);
	if (stream->state == STREAM_CONNECTING)
		refusal_set(&stream->why, REASON_SERVER_UNREACHABLE,
			    "%s: no answer within %u seconds", stream->peer, stream->timeout_s);
	else
		refusal_set(&stream->why, REASON_SERVER_SILENT,
			    "%s: no TLS handshake within %u seconds", stream->peer,
			    stream->timeout_s);
	stream_fail(stream);
	stream_release(stream);
	return 0;
}

static struct stream *stream_new(const struct stream_events *events, void *owner)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->fd = -1;
	stream->events = events;
	stream->owner = owner;
	return stream;
}

static int sources_add(struct stream *stream, sd_event *event, struct refusal *why)
{
	int err;

	err = sd_event_add_io(event, &stream->io, stream->fd, watched(stream), stream_ready,
			      stream);
	if (err >= 0)
		err = sd_event_add_defer(event, &stream->later, stream_later, stream);
	if (err >= 0)
		err = sd_event_source_set_enabled(stream->later, SD_EVENT_OFF);
	if (err >= 0 && stream->timeout_s)
		err = sd_event_add_time_relative(event, &stream->timer, CLOCK_MONOTONIC,
						 (uint64_t)stream->timeout_s * US_PER_S, 0,
						 stream_late, stream);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

int stream_connect(struct stream **stream, sd_event *event, const struct stream_target *target,
		   const struct stream_events *events, void *owner, struct refusal *why)
{
	struct stream *made = stream_new(events, owner);
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->timeout_s = target->timeout_s;
	made->frame = target->frame;
	made->state = STREAM_CONNECTING;
	stream_address_text(&target->address, made->peer, sizeof(made->peer));
	made->fd = stream_socket(target, made->peer, why);
	err = made->fd < 0 ? made->fd : 0;
	if (!err && target->tls) {
		made->ssl = tls_connect(target->tls, made->fd, target->server, why);
		err = made->ssl ? 0 : -reason_words(why->code)->error;
	}
	if (!err)
		err = sources_add(made, event, why);
	if (err) {
		stream_free(made);
		return err;
	}
	*stream = made;
	return 0;
}

int stream_accept(struct stream **stream, sd_event *event, int fd,
		  const struct stream_events *events, void *owner, struct refusal *why)
{
	struct stream *made = stream_new(events, owner);
	struct sockaddr_storage peer = { 0 };
	socklen_t len = sizeof(peer);
	int err, on = 1;

	if (!made) {
		close(fd);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	made->fd = fd;
	made->state = STREAM_UP;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    getpeername(fd, (struct sockaddr *)&peer, &len) < 0) {
		err = refusal_set(why, REASON_SYSTEM, "connection of the program: %s",
				  strerror(errno));
	} else {
		stream_address_text(&peer, made->peer, sizeof(made->peer));
		err = sources_add(made, event, why);
	}
	if (err) {
		stream_free(made);
		return err;
	}
	*stream = made;
	return 0;
}

/* The owner is told of an end in the next turn of the loop, not while it sends. */
int stream_send(struct stream *stream, struct span text, struct refusal *why)
{
	if (stream->state != STREAM_ENDED &&
	    !buffer_reserve(&stream->out, text.len, STREAM_QUEUE_MAX)) {
		refusal_set(&stream->why, REASON_SERVER_SLOW, "%s: %zu bytes wait", stream->peer,
			    stream->out.len);
		stream_fail(stream);
	}
	if (stream->state != STREAM_ENDED && text.len) {
		memcpy(stream->out.bytes + stream->out.at + stream->out.len, text.at, text.len);
		stream->out.len += text.len;
		stream_flush(stream);
	}
	if (stream->state == STREAM_ENDED) {
		*why = stream->why;
		return -reason_words(why->code)->error;
	}
	stream_watch(stream);
	return 0;
}

int stream_ping(struct stream *stream, struct refusal *why)
{
	stream->pinged = true;
	return stream_send(stream, (struct span){ "\r\n\r\n", 4 }, why);
}

static void address_fill(struct media_address *address, int fd)
{
	struct sockaddr_storage local = { 0 };
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&local;
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&local;
	socklen_t len = sizeof(local);

	if (getsockname(fd, (struct sockaddr *)&local, &len) < 0)
		return;
	if (local.ss_family == AF_INET6) {
		address->len = sizeof(ipv6->sin6_addr);
		memcpy(address->bytes, &ipv6->sin6_addr, address->len);
		address->port = ntohs(ipv6->sin6_port);
	} else {
		address->len = sizeof(ipv4->sin_addr);
		memcpy(address->bytes, &ipv4->sin_addr, address->len);
		address->port = ntohs(ipv4->sin_port);
	}
}

static void fingerprint_text(const X509 *certificate, char text[65])
{
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	size_t i;

	for (i = 0; crypto_fingerprint(certificate, digest) && i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}

void stream_facts(const struct stream *stream, struct stream_facts *facts)
{
	X509 *certificate;

	*facts = (struct stream_facts){ 0 };
	if (stream->state != STREAM_UP)
		return;
	address_fill(&facts->local, stream->fd);
	certificate = stream->ssl ? SSL_get0_peer_certificate(stream->ssl) : NULL;
	if (!certificate)
		return;
	snprintf(facts->version, sizeof(facts->version), "%s", SSL_get_version(stream->ssl));
	snprintf(facts->suite, sizeof(facts->suite), "%s",
		 SSL_CIPHER_standard_name(SSL_get_current_cipher(stream->ssl)));
	crypto_name(X509_get_subject_name(certificate), facts->subject, sizeof(facts->subject));
	fingerprint_text(certificate, facts->fingerprint);
	facts->expires = crypto_time(X509_get0_notAfter(certificate));
	facts->resumed = SSL_session_reused(stream->ssl);
}

void stream_close(struct stream *stream)
{
	if (!stream || stream->is_closed)
		return;
	stream->is_closed = true;
	stream_hold(stream);
	stream_flush(stream);
	if (stream->state == STREAM_UP) {
		if (stream->ssl)
			(void)SSL_shutdown(stream->ssl);
		stream_socket_linger(stream->fd, false);
	}
	stream_end(stream);
	stream_release(stream);
}
