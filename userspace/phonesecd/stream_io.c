// SPDX-License-Identifier: Apache-2.0
/* Bytes in and out of a stream, with or without TLS. */
#include <errno.h>
#include <openssl/err.h>
#include <string.h>
#include <sys/socket.h>

#include "stream_impl.h"

enum {
	READ_SIZE = 4096,
	/* Reads of one turn; then others have theirs. */
	READS_MAX = 32,
	PING_LEN = 4,
	PONG_LEN = 2,
};

static int broken(struct stream *stream, int error)
{
	return refusal_set(&stream->why, REASON_SERVER_CLOSED, "%s: %s", stream->peer,
			   strerror(error));
}

/* A call on the TLS session: what it gave, 0 when it must wait, or -errno with the reason. */
static int tls_result(struct stream *stream, int result, bool *other, int other_error)
{
	int error;

	*other = false;
	if (result > 0)
		return result;
	error = SSL_get_error(stream->ssl, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		*other = error == other_error;
		return 0;
	}
	return tls_explain(stream->ssl, result, &stream->why);
}

static int io_write(struct stream *stream, const char *data, size_t len)
{
	ssize_t done;

	if (stream->ssl) {
		ERR_clear_error();
		errno = 0;
		return tls_result(stream, SSL_write(stream->ssl, data, (int)len),
				  &stream->write_needs_read, SSL_ERROR_WANT_READ);
	}
	done = send(stream->fd, data, len, MSG_NOSIGNAL);
	if (done >= 0)
		return (int)done;
	return errno == EAGAIN || errno == EINTR ? 0 : broken(stream, errno);
}

static int io_read(struct stream *stream, char *data, size_t len)
{
	ssize_t done;

	if (stream->ssl) {
		ERR_clear_error();
		errno = 0;
		return tls_result(stream, SSL_read(stream->ssl, data, (int)len),
				  &stream->read_needs_write, SSL_ERROR_WANT_WRITE);
	}
	done = recv(stream->fd, data, len, 0);
	if (done > 0)
		return (int)done;
	if (!done)
		return refusal_set(&stream->why, REASON_SERVER_CLOSED, "%s: in order",
				   stream->peer);
	return errno == EAGAIN || errno == EINTR ? 0 : broken(stream, errno);
}

void stream_flush(struct stream *stream)
{
	int done = 1;

	while (stream->state == STREAM_UP && stream->out.len && done > 0) {
		done = io_write(stream, stream->out.bytes + stream->out.at, stream->out.len);
		if (done > 0)
			buffer_drop(&stream->out, (size_t)done);
		else if (done < 0)
			stream_fail(stream);
	}
}

/* A pong that nothing follows may become a ping, unless it is the one that is waited for. */
static bool is_pong(const struct stream *stream)
{
	return stream->pinged && stream->in.len == PONG_LEN &&
	       !memcmp(stream->in.bytes + stream->in.at, "\r\n", PONG_LEN);
}

static void pong_take(struct stream *stream)
{
	bool pinged = stream->pinged;

	stream->pinged = false;
	buffer_drop(&stream->in, PONG_LEN);
	if (pinged && stream->events->pong)
		stream->events->pong(stream->owner);
}

static void ping_answer(struct stream *stream)
{
	struct refusal why;

	buffer_drop(&stream->in, PING_LEN);
	(void)stream_send(stream, (struct span){ "\r\n", PONG_LEN }, &why);
}

static bool record_take(struct stream *stream)
{
	struct octets text = { (const uint8_t *)stream->in.bytes + stream->in.at, stream->in.len };
	ssize_t len = stream->frame(text, &stream->why);

	if (len < 0)
		stream_fail(stream);
	if (len <= 0)
		return false;
	stream->events->record(stream->owner, (struct octets){ text.at, (size_t)len });
	/* When the stream has ended meanwhile, its end wipes and frees them. */
	if (stream->state == STREAM_UP)
		buffer_drop(&stream->in, (size_t)len);
	return true;
}

static bool message_take(struct stream *stream)
{
	const char *data = stream->in.bytes + stream->in.at;
	struct sip_frame frame;

	if (is_pong(stream)) {
		pong_take(stream);
		return true;
	}
	if (sip_frame_stream(&frame, data, stream->in.len, false, &stream->why)) {
		stream_fail(stream);
		return false;
	}
	switch (frame.kind) {
	case SIP_FRAME_MESSAGE:
		stream->events->message(stream->owner, data, &frame);
		/* When the stream has ended meanwhile, its end wipes and frees them. */
		if (stream->state == STREAM_UP)
			buffer_drop(&stream->in, frame.len);
		return true;
	case SIP_FRAME_PING:
		ping_answer(stream);
		return true;
	case SIP_FRAME_PONG:
		pong_take(stream);
		return true;
	default:
		return false;
	}
}

static void end_of_data(struct stream *stream)
{
	size_t len = strlen(stream->why.detail);

	if (stream->in.len && stream->why.code == REASON_SERVER_CLOSED)
		snprintf(stream->why.detail + len, sizeof(stream->why.detail) - len,
			 ", in the middle of a message");
	stream_fail(stream);
}

void stream_receive(struct stream *stream)
{
	int done = 1, turns;
	size_t room;

	for (turns = 0; stream->state == STREAM_UP && turns < READS_MAX; turns++) {
		/* There is some: what fills all of it is a message, and was taken out. */
		room = SIP_FRAME_MAX - stream->in.len;
		if (!buffer_reserve(&stream->in, room < READ_SIZE ? room : READ_SIZE,
				    SIP_FRAME_MAX)) {
			refusal_set(&stream->why, REASON_NO_MEMORY, "%s", "");
			stream_fail(stream);
			return;
		}
		done = io_read(stream, stream->in.bytes + stream->in.at + stream->in.len,
			       stream->in.size - stream->in.at - stream->in.len);
		if (done < 0)
			end_of_data(stream);
		if (done <= 0)
			return;
		stream->in.len += (size_t)done;
		while (stream->state == STREAM_UP && stream->in.len &&
		       (stream->frame ? record_take(stream) : message_take(stream)))
			;
	}
	/* What TLS has decrypted already, the socket does not tell of. */
	if (stream->state == STREAM_UP && stream->ssl && SSL_has_pending(stream->ssl))
		sd_event_source_set_enabled(stream->later, SD_EVENT_ONESHOT);
}

void stream_shake(struct stream *stream)
{
	int done;

	ERR_clear_error();
	errno = 0;
	done = tls_result(stream, SSL_connect(stream->ssl), &stream->read_needs_write,
			  SSL_ERROR_WANT_WRITE);
	if (done < 0)
		stream_fail(stream);
	else if (done > 0)
		stream->state = STREAM_UP;
}
