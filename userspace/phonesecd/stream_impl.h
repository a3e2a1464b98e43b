/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of stream.h share. */
#ifndef PHONESECD_STREAM_IMPL_H
#define PHONESECD_STREAM_IMPL_H

#include <netinet/in.h>

#include "stream.h"

/**
 * struct buffer - bytes that may hold keys: wiped when they leave
 * @bytes: @size of them, of which @len from @at on count
 */
struct buffer {
	char *bytes;
	size_t at;
	size_t len;
	size_t size;
};

/* Makes room for @more bytes behind those that count, @max in all. Returns false if it cannot. */
bool buffer_reserve(struct buffer *buffer, size_t more, size_t max);
/* Takes bytes off the front. */
void buffer_drop(struct buffer *buffer, size_t count);
void buffer_free(struct buffer *buffer);

enum stream_state {
	STREAM_CONNECTING, /* TCP */
	STREAM_HANDSHAKE, /* TLS */
	STREAM_UP,
	STREAM_ENDED, /* nothing is left but to tell the owner and to be freed */
};

/**
 * struct stream - one connection
 * @io, @timer, @later: its event sources: socket, time to connect, next turn of the loop
 * @peer: whom it goes to, as text
 * @frame: finds records, or NULL for SIP
 * @state: how far it is
 * @users: calls on the stack that still look at it; the last one frees it
 * @is_closed: the owner has closed it, or was told its end
 * @why: why it ended, told when the last user leaves
 * @pinged: a pong is waited for
 * @read_needs_write, @write_needs_read: what TLS waits for, other than it seems
 */
struct stream {
	sd_event_source *io;
	sd_event_source *timer;
	sd_event_source *later;
	int fd;
	SSL *ssl;
	char peer[INET6_ADDRSTRLEN + 16];
	unsigned int timeout_s;
	stream_frame *frame;
	const struct stream_events *events;
	void *owner;
	enum stream_state state;
	unsigned int users;
	bool is_closed;
	struct refusal why;
	bool pinged;
	bool read_needs_write;
	bool write_needs_read;
	struct buffer in;
	struct buffer out;
};

/* Frees socket and TLS of a stream; the far end sees a reset. */
void stream_end(struct stream *stream);

/* The stream has ended for stream->why. */
void stream_fail(struct stream *stream);

/* Goes on with what the socket allows. */
void stream_flush(struct stream *stream);
void stream_receive(struct stream *stream);
/* One step of the handshake; it becomes up. */
void stream_shake(struct stream *stream);

/* A socket towards the target; -errno and the reason when there cannot be one. */
int stream_socket(const struct stream_target *target, const char *peer, struct refusal *why);
/* What the far end is told when the socket is closed: a reset, or an end in order. */
void stream_socket_linger(int fd, bool reset);
/* Address and port in words. */
void stream_address_text(const struct sockaddr_storage *address, char *text, size_t size);

#endif
