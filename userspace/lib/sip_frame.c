// SPDX-License-Identifier: Apache-2.0
#include "sip_frame.h"

#include <string.h>
#include <strings.h>

/* The head of a message, read line by line. */
struct head {
	const char *start;
	const char *at;
	const char *end;
	bool has_length;
	bool foldable; /* the line before may go on in this one */
	size_t content_length;
	struct refusal *why;
};

static int refuse(const struct head *head, enum reason_code code, const char *at)
{
	return refusal_set_at(head->why, code, (unsigned int)(at - head->start) + 1);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes of a header name: a token (RFC 3261 section 25.1). */
static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-.!%*_+`'~", c));
}

/* Other octets than these have no business in a head, and hide what follows them. */
static bool is_text(char c)
{
	return (unsigned char)c >= ' ' ? c != 0x7f : c == '\t';
}

/* The line at @head->at without its CRLF; @line_end is NULL when it is not all there. */
static int line_find(const struct head *head, const char **line_end)
{
	const char *p = head->at;

	*line_end = NULL;
	while (p < head->end && is_text(*p))
		p++;
	if (p == head->end)
		return 0;
	if (*p != '\r')
		return refuse(head, *p == '\n' ? REASON_SIP_LINE_END : REASON_SIP_CHARACTER, p);
	if (p + 1 == head->end)
		return 0;
	if (p[1] != '\n')
		return refuse(head, REASON_SIP_LINE_END, p);
	*line_end = p;
	return 0;
}

static bool name_is_content_length(const char *name, size_t len)
{
	return (len == 14 && !strncasecmp(name, "Content-Length", len)) ||
	       (len == 1 && !strncasecmp(name, "l", len));
}

/* Digits alone: no sign, no list, no second opinion. */
static int length_read(struct head *head, const char *value, const char *end)
{
	size_t length = 0;

	if (head->has_length)
		return refuse(head, REASON_SIP_LENGTH_REPEATED, value);
	while (end > value && is_blank(end[-1]))
		end--;
	if (value == end)
		return refuse(head, REASON_SIP_LENGTH, value);
	for (; value < end; value++) {
		if (*value < '0' || *value > '9')
			return refuse(head, REASON_SIP_LENGTH, value);
		length = length * 10 + (size_t)(*value - '0');
		if (length > SIP_FRAME_BODY_MAX)
			return refuse(head, REASON_SIP_TOO_LONG, value);
	}
	head->has_length = true;
	head->content_length = length;
	return 0;
}

static int field_read(struct head *head, const char *line, const char *end)
{
	const char *name_end = line, *colon;

	while (name_end < end && is_token(*name_end))
		name_end++;
	for (colon = name_end; colon < end && is_blank(*colon); colon++)
		;
	if (name_end == line || colon == end || *colon != ':')
		return refuse(head, REASON_SIP_FIELD, colon);
	head->foldable = !name_is_content_length(line, (size_t)(name_end - line));
	if (head->foldable)
		return 0;
	for (colon++; colon < end && is_blank(*colon); colon++)
		;
	return length_read(head, colon, end);
}

/* Whether this line and the ones before it leave the length in no doubt. */
static int line_read(struct head *head, const char *line, const char *end, bool first)
{
	if (first)
		return memchr(line, ' ', (size_t)(end - line)) && !is_blank(*line) ?
		       0 : refuse(head, REASON_SIP_START_LINE, line);
	if (!is_blank(*line))
		return field_read(head, line, end);
	/*
	 * The line before goes on (RFC 3261 section 7.3.1). A length does not: others
	 * would read another number, or none.
	 */
	return head->foldable ? 0 : refuse(head, REASON_SIP_FIELD, line);
}

/**
 * head_read - read start line and header fields up to the empty line
 * @head: start, at, end and why filled in
 * @complete: whether the empty line has come
 */
static int head_read(struct head *head, bool *complete)
{
	bool first = true;
	const char *end;
	int err;

	*complete = false;
	for (;; first = false) {
		err = line_find(head, &end);
		if (err)
			return err;
		if ((end ? end + 2 : head->end) - head->start > SIP_FRAME_HEAD_MAX)
			return refuse(head, REASON_SIP_TOO_LONG, head->at);
		if (!end)
			return 0;
		if (end == head->at && !first)
			break;
		err = line_read(head, head->at, end, first);
		if (err)
			return err;
		head->at = end + 2;
	}
	head->at = end + 2;
	*complete = true;
	return 0;
}

static struct head head_of(const char *data, size_t len, struct refusal *why)
{
	return (struct head){ .start = data, .at = data, .end = data + len, .why = why };
}

static void frame_set(struct sip_frame *frame, enum sip_frame_kind kind, size_t head_len,
		      size_t body_len)
{
	*frame = (struct sip_frame){ kind, head_len, body_len, head_len + body_len };
}

/* CRLFs between messages. */
static bool keep_alive_find(struct sip_frame *frame, const char *data, size_t len, bool at_end)
{
	if (!len || *data != '\r')
		return false;
	if (len >= 4 && !memcmp(data, "\r\n\r\n", 4)) {
		frame_set(frame, SIP_FRAME_PING, 4, 0);
		return true;
	}
	if (len >= 2 && data[1] == '\n' &&
	    (at_end || len > 3 || (len > 2 && data[2] != '\r'))) {
		frame_set(frame, SIP_FRAME_PONG, 2, 0);
		return true;
	}
	return memcmp(data, "\r\n\r\n", len < 4 ? len : 4) == 0;
}

/* A datagram is a stream that ended, but its body needs no length. */
static int frame_find(struct sip_frame *frame, struct head *head, bool is_stream, bool at_end)
{
	size_t len = (size_t)(head->end - head->start), head_len;
	bool complete;
	int err;

	frame_set(frame, SIP_FRAME_INCOMPLETE, 0, 0);
	if (keep_alive_find(frame, head->start, len, at_end)) {
		if (at_end && frame->kind == SIP_FRAME_INCOMPLETE)
			return refuse(head, REASON_SIP_CUT, head->end);
		return 0;
	}
	err = head_read(head, &complete);
	if (err)
		return err;
	if (!complete)
		return at_end && (len || !is_stream) ? refuse(head, REASON_SIP_CUT, head->end) : 0;
	head_len = (size_t)(head->at - head->start);
	if (!head->has_length && is_stream)
		return refuse(head, REASON_SIP_LENGTH_MISSING, head->at);
	if (!head->has_length)
		head->content_length = len - head_len;
	if (head->content_length > SIP_FRAME_BODY_MAX)
		return refuse(head, REASON_SIP_TOO_LONG, head->at);
	if (len - head_len < head->content_length)
		return at_end ? refuse(head, REASON_SIP_CUT, head->end) : 0;
	frame_set(frame, SIP_FRAME_MESSAGE, head_len, head->content_length);
	return 0;
}

int sip_frame_stream(struct sip_frame *frame, const char *data, size_t len, bool at_end,
		     struct refusal *why)
{
	struct head head = head_of(data, len, why);

	return frame_find(frame, &head, true, at_end);
}

int sip_frame_datagram(struct sip_frame *frame, const char *data, size_t len,
		       struct refusal *why)
{
	struct head head = head_of(data, len, why);

	return frame_find(frame, &head, false, true);
}
