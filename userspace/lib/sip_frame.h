/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where one SIP message ends and the next begins. Strict on purpose: two
 * programs that disagree about an end can be made to see different messages.
 */
#ifndef PHONESEC_SIP_FRAME_H
#define PHONESEC_SIP_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "reason.h"

enum sip_frame_limits {
	/* Start line and header fields of one message, in bytes. */
	SIP_FRAME_HEAD_MAX = 16384,
	SIP_FRAME_BODY_MAX = 65536,
	SIP_FRAME_MAX = SIP_FRAME_HEAD_MAX + SIP_FRAME_BODY_MAX,
};

enum sip_frame_kind {
	SIP_FRAME_INCOMPLETE, /* more bytes are needed */
	SIP_FRAME_MESSAGE,
	SIP_FRAME_PING, /* CRLF CRLF between messages (RFC 5626 section 4.4.1) */
	SIP_FRAME_PONG, /* CRLF between messages, the answer to it */
};

/**
 * struct sip_frame - what stands at the front of the bytes
 * @kind: what it is
 * @head_len: message: bytes up to and with the empty line
 * @body_len: message: bytes of body behind it
 * @len: bytes of all of it, 0 when incomplete
 */
struct sip_frame {
	enum sip_frame_kind kind;
	size_t head_len;
	size_t body_len;
	size_t len;
};

/**
 * sip_frame_stream - find the first message of a byte stream
 * @frame: filled in
 * @data: what has arrived and was not consumed yet
 * @len: bytes of it
 * @at_end: nothing more will come; an incomplete message is then refused
 * @why: on refusal the reason
 *
 * A message has exactly one Content-Length (RFC 3261 section 18.3). After a
 * refusal nothing more can be found in the stream: close the connection.
 *
 * A single CRLF at the end of what arrived may still become a ping and is
 * incomplete; whoever waits for a pong takes it as one when @at_end is set or
 * when it asked for the pong.
 *
 * Return: 0, or the -errno of the reason.
 */
int sip_frame_stream(struct sip_frame *frame, const char *data, size_t len, bool at_end,
		     struct refusal *why);

/**
 * sip_frame_datagram - check the message in a datagram
 * @frame: filled in, never incomplete
 * @data: payload of the datagram
 * @len: bytes of it
 * @why: on refusal the reason
 *
 * Without Content-Length the body is the rest; bytes behind the body are not
 * part of the message (RFC 3261 section 18.3).
 *
 * Return: 0, or the -errno of the reason.
 */
int sip_frame_datagram(struct sip_frame *frame, const char *data, size_t len,
		       struct refusal *why);

#endif
