// SPDX-License-Identifier: Apache-2.0
#include "sip_body.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { BOUNDARY_MAX = 70, TYPE_MAX = 64 };

/* A media type in small letters, without its parameters and the blanks that it may have. */
static void type_read(struct span value, char type[TYPE_MAX])
{
	size_t len = 0;

	for (size_t i = 0; i < value.len && value.at[i] != ';' && len < TYPE_MAX - 1; i++)
		if (!isspace((unsigned char)value.at[i]))
			type[len++] = (char)tolower((unsigned char)value.at[i]);
	type[len] = '\0';
}

static bool is_sdp(const char *type)
{
	return !strcmp(type, "application/sdp");
}

static bool is_multipart(const char *type)
{
	return !strncmp(type, "multipart/", strlen("multipart/"));
}

/* The type in the head of a part; parts without one are plain text. False when unclear. */
static bool part_type(struct span head, char type[TYPE_MAX])
{
	static const char name[] = "content-type";

	*type = '\0';
	while (head.len) {
		const char *end = memchr(head.at, '\n', head.len);
		size_t len = end ? (size_t)(end - head.at) + 1 : head.len;
		const char *colon = memchr(head.at, ':', len);
		struct span field = { head.at, colon ? (size_t)(colon - head.at) : 0 };

		/* A folded line, which some read and some do not. */
		if (*head.at == ' ' || *head.at == '\t')
			return false;
		if (colon && span_is(span_trim(field), name))
			type_read((struct span){ colon + 1, (size_t)(head.at + len - colon) - 1 },
				  type);
		head.at += len;
		head.len -= len;
	}
	return true;
}

/* A description that is not called one: others could take it for what it is. */
static bool hides_sdp(struct span text)
{
	return (text.len >= 3 && !memcmp(text.at, "v=0", 3)) ||
	       (text.len && memmem(text.at, text.len, "\na=crypto:", 10));
}

/* Where "CRLF--boundary" stands next, as a line of its own. */
static const char *delimiter_find(struct span rest, const char *delimiter, size_t len)
{
	const char *found, *end = rest.at + rest.len;

	while (rest.len && (found = memmem(rest.at, rest.len, delimiter, len))) {
		const char *behind = found + len;

		if (behind == end || strchr(" \t\r-", *behind))
			return found;
		rest = (struct span){ behind, (size_t)(end - behind) };
	}
	return NULL;
}

static int part_take(struct span part, struct span *sdp, struct refusal *why)
{
	const char *end = memmem(part.at, part.len, "\r\n\r\n", 4);
	char type[TYPE_MAX];
	struct span head, body;

	/* A part may begin with its body: then it has no head, and no type. */
	if (!end)
		return hides_sdp(part) ? refusal_set(why, REASON_SDP_LINE, "a part without type") :
					 0;
	/* What is behind the delimiter is its own line, and not of the head. */
	head = (struct span){ part.at, (size_t)(end - part.at) + 2 };
	body = (struct span){ end + 4, (size_t)(part.at + part.len - end) - 4 };
	if (head.len > 1 && memchr(head.at, '\n', head.len)) {
		const char *first = memchr(head.at, '\n', head.len);

		head.len -= (size_t)(first - head.at) + 1;
		head.at = first + 1;
	}
	if (!part_type(head, type) || is_multipart(type) || (!is_sdp(type) && hides_sdp(body)))
		return refusal_set(why, REASON_SDP_LINE, "a part that cannot be told");
	if (!is_sdp(type))
		return 0;
	if (sdp->len)
		return refusal_set(why, REASON_SDP_LINE, "several session descriptions");
	*sdp = body;
	return 0;
}

static int parts_search(struct span body, struct span boundary, struct span *sdp,
			struct refusal *why)
{
	char delimiter[4 + BOUNDARY_MAX] = "\r\n--";
	const char *begin, *next, *end = body.at + body.len;
	size_t len = 4 + boundary.len;
	int err = 0;

	if (!boundary.len || boundary.len > BOUNDARY_MAX)
		return refusal_set(why, REASON_SDP_LINE, "a multipart body without boundary");
	memcpy(delimiter + 4, boundary.at, boundary.len);
	if (body.len >= len - 2 && !memcmp(body.at, delimiter + 2, len - 2)) {
		begin = body.at + len - 2;
	} else {
		begin = delimiter_find(body, delimiter, len);
		if (begin)
			begin += len;
	}
	while (begin && !err) {
		struct span rest = { begin, (size_t)(end - begin) };

		if (rest.len >= 2 && !memcmp(rest.at, "--", 2))
			return 0;
		next = delimiter_find(rest, delimiter, len);
		if (!next)
			break;
		err = part_take((struct span){ begin, (size_t)(next - begin) }, sdp, why);
		begin = next + len;
	}
	return err ?: refusal_set(why, REASON_SDP_LINE, "a multipart body without its end");
}

int sip_body_sdp(const struct sip_message *message, struct span *sdp, struct refusal *why)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_CONTENT_TYPE);
	struct span boundary = { 0 };
	char type[TYPE_MAX] = "";

	*sdp = (struct span){ message->body.at, 0 };
	if (!message->body.len)
		return 0;
	if (field)
		type_read(field->value, type);
	if (is_sdp(type)) {
		*sdp = message->body;
		return 0;
	}
	if (is_multipart(type)) {
		sip_param_find(field->value, "boundary", &boundary);
		return parts_search(message->body, boundary, sdp, why);
	}
	return hides_sdp(message->body) ?
	       refusal_set(why, REASON_SDP_LINE, "a session description of another type") : 0;
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
