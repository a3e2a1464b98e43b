// SPDX-License-Identifier: Apache-2.0
#include "sip_body.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

enum { BOUNDARY_MAX = 70 };

/* A media type without its parameters. */
static bool type_is(struct span value, const char *type)
{
	const char *end = value.len ? memchr(value.at, ';', value.len) : NULL;

	if (end)
		value.len = (size_t)(end - value.at);
	return span_is(span_trim(value), type);
}

static bool type_begins(struct span value, const char *type)
{
	return value.len > strlen(type) && !strncasecmp(value.at, type, strlen(type));
}

/* The value of Content-Type in the head of a part; parts without one are plain text. */
static struct span part_type(struct span head)
{
	static const char name[] = "content-type:";

	while (head.len) {
		const char *end = memchr(head.at, '\n', head.len);
		size_t len = end ? (size_t)(end - head.at) + 1 : head.len;

		if (len >= sizeof(name) - 1 && !strncasecmp(head.at, name, sizeof(name) - 1))
			return span_trim((struct span){ head.at + sizeof(name) - 1,
							len - (sizeof(name) - 1) });
		head.at += len;
		head.len -= len;
	}
	return head;
}

/* Where "CRLF--boundary" stands next; the first may stand at the beginning without CRLF. */
static const char *delimiter_find(struct span rest, const char *delimiter, size_t len)
{
	return rest.len ? memmem(rest.at, rest.len, delimiter, len) : NULL;
}

static int part_take(struct span part, struct span *sdp, struct refusal *why)
{
	const char *end = memmem(part.at, part.len, "\r\n\r\n", 4);

	/* A part may begin with its body: then it has no head, and no type. */
	if (!end || !type_is(part_type((struct span){ part.at, (size_t)(end - part.at) + 2 }),
			     "application/sdp"))
		return 0;
	if (sdp->len)
		return refusal_set(why, REASON_SDP_LINE, "several session descriptions");
	end += 4;
	*sdp = (struct span){ end, (size_t)(part.at + part.len - end) };
	return 0;
}

static int parts_search(struct span body, struct span boundary, struct span *sdp,
			struct refusal *why)
{
	char delimiter[4 + BOUNDARY_MAX] = "\r\n--";
	size_t len = 4 + boundary.len;
	const char *begin, *next;
	int err = 0;

	if (!boundary.len || boundary.len > BOUNDARY_MAX)
		return refusal_set(why, REASON_SDP_LINE, "a multipart body without boundary");
	memcpy(delimiter + 4, boundary.at, boundary.len);
	if (body.len >= len - 2 && !memcmp(body.at, delimiter + 2, len - 2))
		begin = body.at + len - 2;
	else
		begin = delimiter_find(body, delimiter, len) ?: body.at + body.len;
	while (!err && begin < body.at + body.len) {
		struct span rest = { begin, (size_t)(body.at + body.len - begin) };

		next = delimiter_find(rest, delimiter, len);
		if (!next)
			return 0;
		err = part_take((struct span){ begin, (size_t)(next - begin) }, sdp, why);
		begin = next + len;
	}
	return err;
}

int sip_body_sdp(const struct sip_message *message, struct span *sdp, struct refusal *why)
{
	const struct sip_field *type = sip_field_first(message, SIP_FIELD_CONTENT_TYPE);
	struct span boundary = { 0 };

	*sdp = (struct span){ message->body.at, 0 };
	if (!message->body.len || !type)
		return 0;
	if (type_is(type->value, "application/sdp")) {
		*sdp = message->body;
		return 0;
	}
	if (!type_begins(type->value, "multipart/"))
		return 0;
	sip_param_find(type->value, "boundary", &boundary);
	return parts_search(message->body, boundary, sdp, why);
}

void sip_body_put(struct splice *splice, const struct sip_message *message, struct span sdp,
		  struct span with)
{
	const struct sip_field *length = sip_field_first(message, SIP_FIELD_CONTENT_LENGTH);
	size_t len = message->body.len - sdp.len + with.len;

	if (length)
		splice_replace(splice, length->value, "%zu", len);
	else
		splice_replace(splice, message->fields_end, "Content-Length: %zu\r\n", len);
	splice_put(splice, sdp, with);
}
