// SPDX-License-Identifier: Apache-2.0
#include "program.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"

enum program_sizes {
	STREAMS_MAX = 4,
	BACKLOG = 4,
	/* A phone that was not scheduled for a while shall lose nothing. */
	RECEIVE_BUFFER = 1 << 20,
	DATAGRAM_MAX = 65536,
};

/* One TCP connection of the program. */
struct program_stream {
	struct program *program;
	struct stream *stream;
};

struct program {
	sd_event *event;
	const struct program_events *events;
	void *owner;
	int datagrams;
	int listener;
	sd_event_source *datagrams_source;
	sd_event_source *listener_source;
	struct program_stream streams[STREAMS_MAX];
	/* Where the last message came from: a connection, or else this address. */
	struct program_stream *last_stream;
	struct sockaddr_storage last;
	socklen_t last_len;
	char datagram[DATAGRAM_MAX];
};

static socklen_t socket_address(const struct media_address *address,
				struct sockaddr_storage *socket_address)
{
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)socket_address;
	struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)socket_address;

	memset(socket_address, 0, sizeof(*socket_address));
	if (address->len == 4) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(address->port);
		memcpy(&ipv4->sin_addr, address->bytes, 4);
		return sizeof(*ipv4);
	}
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(address->port);
	memcpy(&ipv6->sin6_addr, address->bytes, 16);
	return sizeof(*ipv6);
}

static int on_datagram(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct program *program = userdata;
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	struct refusal why;
	struct sip_frame frame;
	ssize_t len;

	(void)source;
	(void)revents;
	len = recvfrom(fd, program->datagram, sizeof(program->datagram), MSG_TRUNC,
		       (struct sockaddr *)&from, &from_len);
	/* Empty datagrams and lone line ends keep bindings alive; they mean nothing here. */
	if (len <= 4)
		return 0;
	if ((size_t)len > sizeof(program->datagram))
		refusal_set(&why, REASON_SIP_TOO_LONG, "%zd bytes", len);
	else if (!sip_frame_datagram(&frame, program->datagram, (size_t)len, &why)) {
		program->last = from;
		program->last_len = from_len;
		program->last_stream = NULL;
		program->events->message(program->owner, program->datagram, &frame);
		return 0;
	}
	program->events->refused(program->owner, &why);
	return 0;
}

static void on_stream_message(void *owner, const char *data, const struct sip_frame *frame)
{
	struct program_stream *stream = owner;

	stream->program->last_stream = stream;
	stream->program->events->message(stream->program->owner, data, frame);
}

static void on_stream_down(void *owner, const struct refusal *why)
{
	struct program_stream *stream = owner;
	struct program *program = stream->program;

	stream->stream = NULL;
	if (program->last_stream == stream)
		program->last_stream = NULL;
	if (why->code != REASON_SERVER_CLOSED)
		program->events->refused(program->owner, why);
}

static const struct stream_events stream_events = {
	.message = on_stream_message,
	.down = on_stream_down,
};

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct program *program = userdata;
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct program_stream *free_stream = NULL;
	struct refusal why;

	(void)source;
	(void)revents;
	if (connection < 0)
		return 0;
	for (size_t i = 0; i < STREAMS_MAX && !free_stream; i++)
		if (!program->streams[i].stream)
			free_stream = &program->streams[i];
	if (!free_stream) {
		close(connection);
		return 0;
	}
	free_stream->program = program;
	if (stream_accept(&free_stream->stream, program->event, connection, &stream_events,
			  free_stream, &why))
		program->events->refused(program->owner, &why);
	return 0;
}

static int socket_open(const struct media_address *listen_at, int type, struct refusal *why)
{
	struct sockaddr_storage address;
	socklen_t len = socket_address(listen_at, &address);
	char text[MEDIA_ADDRESS_TEXT_MAX];
	int on = 1, size = RECEIVE_BUFFER;
	int fd = socket(address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	media_address_format(listen_at, text);
	if (fd < 0)
		return refusal_set(why, REASON_SYSTEM, "socket: %s", strerror(errno));
	if (type == SOCK_STREAM)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	else
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!bind(fd, (struct sockaddr *)&address, len) &&
	    (type != SOCK_STREAM || !listen(fd, BACKLOG)))
		return fd;
	refusal_set(why, REASON_SYSTEM, "listening at %s: %s", text, strerror(errno));
	close(fd);
	return -reason_words(why->code)->error;
}

int program_new(struct program **result, sd_event *event, const struct media_address *listen,
		const struct program_events *events, void *owner, struct refusal *why)
{
	struct program *program = calloc(1, sizeof(*program));
	int err = 0;

	if (!program)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	program->event = sd_event_ref(event);
	program->events = events;
	program->owner = owner;
	program->listener = -1;
	program->datagrams = socket_open(listen, SOCK_DGRAM, why);
	if (program->datagrams >= 0)
		program->listener = socket_open(listen, SOCK_STREAM, why);
	if (program->listener < 0)
		err = -reason_words(why->code)->error;
	if (!err && (sd_event_add_io(event, &program->datagrams_source, program->datagrams,
				     EPOLLIN, on_datagram, program) < 0 ||
		     sd_event_add_io(event, &program->listener_source, program->listener,
				     EPOLLIN, on_connection, program) < 0))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (err) {
		program_free(program);
		return err;
	}
	*result = program;
	return 0;
}

void program_free(struct program *program)
{
	if (!program)
		return;
	for (size_t i = 0; i < STREAMS_MAX; i++)
		stream_close(program->streams[i].stream);
	sd_event_source_unref(program->datagrams_source);
	sd_event_source_unref(program->listener_source);
	if (program->datagrams >= 0)
		close(program->datagrams);
	if (program->listener >= 0)
		close(program->listener);
	sd_event_unref(program->event);
	free(program);
}

int program_send(struct program *program, struct span text, struct refusal *why)
{
	if (program->last_stream)
		return stream_send(program->last_stream->stream, text, why);
	if (!program->last_len)
		return refusal_set(why, REASON_SIP_NO_PROGRAM, "%s", "");
	if (sendto(program->datagrams, text.at, text.len, 0, (struct sockaddr *)&program->last,
		   program->last_len) < 0)
		return refusal_set(why, REASON_SYSTEM, "to the program: %s", strerror(errno));
	return 0;
}

void program_address(const struct program *program, struct media_address *address)
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)&program->last;
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)&program->last;

	*address = (struct media_address){ 0 };
	if (!program->last_len)
		return;
	address->len = program->last.ss_family == AF_INET ? 4 : 16;
	address->port = ntohs(address->len == 4 ? ipv4->sin_port : ipv6->sin6_port);
	memcpy(address->bytes, address->len == 4 ? (const void *)&ipv4->sin_addr :
						   (const void *)&ipv6->sin6_addr, address->len);
}

void program_expect(struct program *program, const struct media_address *address)
{
	if (address->len)
		program->last_len = socket_address(address, &program->last);
}

enum sip_relay_transport program_transport(const struct program *program)
{
	return program->last_stream ? SIP_RELAY_TCP : SIP_RELAY_UDP;
}
