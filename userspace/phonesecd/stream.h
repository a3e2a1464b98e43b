/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages over one connection, with or without TLS, on the event loop: SIP, or the records
 * of another protocol.
 */
#ifndef PHONESECD_STREAM_H
#define PHONESECD_STREAM_H

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "../lib/octets.h"
#include "../lib/sip_frame.h"
#include "tls.h"

enum stream_limits {
	/* Bytes that wait to be sent; whoever lets more pile up is cut off. */
	STREAM_QUEUE_MAX = 1 << 20,
};

struct stream;

/**
 * struct stream_events - what the owner of a stream is told
 * @up: connected and, with TLS, verified; not for accepted ones
 * @message: one whole message of SIP; valid until it returns. NULL for records
 * @record: one whole record of the target's protocol; valid until it returns. NULL for SIP
 * @pong: the answer to stream_ping(); may be NULL
 * @down: the stream has ended for this reason and frees itself when this returns;
 *        not called for stream_close()
 *
 * Any of them may close the stream.
 */
struct stream_events {
	void (*up)(void *owner);
	void (*message)(void *owner, const char *data, const struct sip_frame *frame);
	void (*record)(void *owner, struct octets record);
	void (*pong)(void *owner);
	void (*down)(void *owner, const struct refusal *why);
};

/**
 * typedef stream_frame - where the first record of a protocol ends
 * @text: what has arrived and was not consumed yet, at least one byte
 * @why: on refusal the reason; nothing more can then be found in the stream
 *
 * Return: bytes of the record, 0 when more are needed, or the -errno of the reason.
 */
typedef ssize_t stream_frame(struct octets text, struct refusal *why);

/**
 * struct stream_target - where to connect
 * @address: the server's
 * @address_len: bytes of it
 * @local: our address, or none; that of the route where it is no address of this phone
 * @local_port: our port, 0 for any
 * @tls: with TLS, or NULL
 * @server: name that the server's certificate must be issued for
 * @timeout_s: seconds for connection and handshake together
 * @frame: finds records, or NULL for SIP
 */
struct stream_target {
	struct sockaddr_storage address;
	socklen_t address_len;
	struct media_address local;
	uint16_t local_port;
	struct tls *tls;
	const char *server;
	unsigned int timeout_s;
	stream_frame *frame;
};

/**
 * struct stream_facts - what is known of a stream that is up; empty texts without TLS
 * @local: our address and port
 * @version: as "TLSv1.3"
 * @suite: as in RFC 8446 or the IANA registry: "TLS_AES_256_GCM_SHA384"
 * @subject: of the server's certificate
 * @fingerprint: SHA-256 of it, in hexadecimal
 * @expires: seconds since 1970 when it ends
 * @resumed: the handshake was cut short by an earlier session
 */
struct stream_facts {
	struct media_address local;
	char version[16];
	char suite[64];
	char subject[256];
	char fingerprint[65];
	int64_t expires;
	bool resumed;
};

/**
 * stream_connect - begin a connection
 * @stream: result, the caller's until stream_close() or @down
 * @event: the loop
 * @target: where; copied
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * The socket resets when it is closed without a word (a killed process), so that its
 * port can be used again at once.
 *
 * Return: 0, or the -errno of the reason.
 */
int stream_connect(struct stream **stream, sd_event *event, const struct stream_target *target,
		   const struct stream_events *events, void *owner, struct refusal *why);

/* The same on a socket that was accepted; the stream owns @fd from now on. Without TLS. */
int stream_accept(struct stream **stream, sd_event *event, int fd,
		  const struct stream_events *events, void *owner, struct refusal *why);

/* Queues bytes that are whole messages. They may hold keys: the queue is wiped as it empties. */
int stream_send(struct stream *stream, struct span text, struct refusal *why);

/* Sends CRLF CRLF; the server answers with a pong (RFC 5626 section 4.4.1). */
int stream_ping(struct stream *stream, struct refusal *why);

/* What is known of it. */
void stream_facts(const struct stream *stream, struct stream_facts *facts);

/* Ends it in order: what is queued is tried once more, close_notify is sent. NULL is fine. */
void stream_close(struct stream *stream);

#endif
