// SPDX-License-Identifier: Apache-2.0
#include "sdp.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *const profile_names[] = {
	[SDP_PROFILE_OTHER] = "",
	[SDP_PROFILE_RTP_AVP] = "RTP/AVP",
	[SDP_PROFILE_RTP_AVPF] = "RTP/AVPF",
	[SDP_PROFILE_RTP_SAVP] = "RTP/SAVP",
	[SDP_PROFILE_RTP_SAVPF] = "RTP/SAVPF",
};

static const struct {
	const char *name;
	enum sdp_direction direction;
} directions[] = {
	{ "sendrecv", SDP_SENDRECV },
	{ "sendonly", SDP_SENDONLY },
	{ "recvonly", SDP_RECVONLY },
	{ "inactive", SDP_INACTIVE },
};

/* One line: @whole with its end, @value behind the equals sign. */
struct line {
	char type;
	struct span whole;
	struct span value;
};

const char *sdp_profile_name(enum sdp_profile profile)
{
	return profile_names[profile];
}

bool sdp_profile_is_secure(enum sdp_profile profile)
{
	return profile == SDP_PROFILE_RTP_SAVP || profile == SDP_PROFILE_RTP_SAVPF;
}

enum sdp_profile sdp_profile_secured(enum sdp_profile profile)
{
	if (profile == SDP_PROFILE_RTP_AVP)
		return SDP_PROFILE_RTP_SAVP;
	return profile == SDP_PROFILE_RTP_AVPF ? SDP_PROFILE_RTP_SAVPF : profile;
}

enum sdp_profile sdp_profile_cleared(enum sdp_profile profile)
{
	if (profile == SDP_PROFILE_RTP_SAVP)
		return SDP_PROFILE_RTP_AVP;
	return profile == SDP_PROFILE_RTP_SAVPF ? SDP_PROFILE_RTP_AVPF : profile;
}

static int refuse(const struct sdp *sdp, enum reason_code code, const char *at,
		  struct refusal *why)
{
	return refusal_set_at(why, code, (unsigned int)(at - sdp->text.at) + 1);
}

static struct span word_take(struct span *rest)
{
	struct span word = { rest->at, 0 };

	while (word.len < rest->len && rest->at[word.len] != ' ')
		word.len++;
	rest->at += word.len + (word.len < rest->len ? 1 : 0);
	rest->len -= word.len + (word.len < rest->len ? 1 : 0);
	return word;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span before(struct span text, char stop)
{
	const char *at = text.len ? memchr(text.at, stop, text.len) : NULL;

	return at ? (struct span){ text.at, (size_t)(at - text.at) } : text;
}

/*
 * Types are small letters, no blank follows the equals sign but in free text, and none
 * stands in the name of an attribute (RFC 4566 section 5). Who is more liberal would see
 * a key where none was seen here.
 */
static bool line_is_clear(const struct line *line)
{
	struct span name = before(line->value, ':');

	if (line->type < 'a' || line->type > 'z')
		return false;
	if (line->type == 's' || line->type == 'i' || !line->value.len)
		return true;
	if (is_blank(*line->value.at))
		return false;
	return line->type != 'a' || name.len == line->value.len ||
	       !is_blank(name.at[name.len ? name.len - 1 : 0]);
}

/* The line at the front of @rest, which is taken off it. */
static bool line_take(struct span *rest, struct line *line)
{
	const char *newline = memchr(rest->at, '\n', rest->len);
	size_t len = newline ? (size_t)(newline - rest->at) + 1 : rest->len;

	line->whole = (struct span){ rest->at, len };
	rest->at += len;
	rest->len -= len;
	if (newline)
		len--;
	if (len && line->whole.at[len - 1] == '\r')
		len--;
	if (len < 2 || line->whole.at[1] != '=' ||
	    memchr(line->whole.at, '\r', len) || memchr(line->whole.at, '\0', len))
		return false;
	line->type = *line->whole.at;
	line->value = (struct span){ line->whole.at + 2, len - 2 };
	return line_is_clear(line);
}

/* "IN IP4 ADDRESS[/TTL[/COUNT]]" */
static bool connection_parse(struct sdp_connection *connection, const struct line *line)
{
	struct span rest = line->value, net = word_take(&rest), type = word_take(&rest);

	connection->line = line->whole;
	connection->address = before(rest, '/');
	connection->family = span_is(type, "IP4") ? 4 : span_is(type, "IP6") ? 6 : 0;
	return span_is(net, "IN") && connection->family && connection->address.len &&
	       !memchr(connection->address.at, ' ', connection->address.len);
}

/* "USER ID VERSION IN IP4 ADDRESS" */
static bool origin_parse(struct sdp *sdp, struct span value)
{
	for (int i = 0; i < 5; i++)
		if (!word_take(&value).len)
			return false;
	sdp->origin = value;
	return value.len;
}

static enum sdp_profile profile_identify(struct span name)
{
	for (size_t i = 1; i < ARRAY_SIZE(profile_names); i++)
		if (span_is(name, profile_names[i]))
			return (enum sdp_profile)i;
	return SDP_PROFILE_OTHER;
}

/* "audio PORT[/COUNT] RTP/AVP FORMAT ..." */
static bool media_parse(struct sdp_media *media, const struct line *line)
{
	struct span rest = line->value;

	media->line = line->whole;
	media->kind = word_take(&rest);
	media->port = before(word_take(&rest), '/');
	media->profile_name = word_take(&rest);
	media->profile = profile_identify(media->profile_name);
	return media->kind.len && media->profile_name.len && rest.len &&
	       span_number(media->port, 65535, &media->port_number);
}

/* Whether an attribute is "NAME:VALUE", or NAME alone with an empty value. */
static bool attribute_is(struct span attribute, const char *name, struct span *value)
{
	struct span found = span_trim(before(attribute, ':'));

	if (!span_is(found, name))
		return false;
	*value = (struct span){ attribute.at + attribute.len, 0 };
	if (found.len < attribute.len)
		*value = (struct span){ found.at + found.len + 1, attribute.len - found.len - 1 };
	return true;
}

static bool crypto_note(struct sdp_media *media, struct span line)
{
	if (media->crypto_count == SDP_CRYPTO_MAX)
		return false;
	media->crypto[media->crypto_count++] = line;
	return true;
}

static bool direction_note(struct span attribute, enum sdp_direction *direction)
{
	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		if (!span_is(span_trim(attribute), directions[i].name))
			continue;
		*direction = directions[i].direction;
		return true;
	}
	return false;
}

static bool media_attribute(struct sdp_media *media, const struct line *line)
{
	struct span value;

	if (direction_note(line->value, &media->direction))
		return true;
	if (attribute_is(line->value, "crypto", &value))
		return crypto_note(media, line->whole);
	if (attribute_is(line->value, "rtcp-mux", &value))
		media->rtcp_mux = true;
	if (!attribute_is(line->value, "rtcp", &value))
		return true;
	if (media->rtcp_line.len)
		return false;
	media->rtcp_line = line->whole;
	return span_number(word_take(&value), 65535, &media->rtcp_port);
}

/* Said twice, an address is another one to every second reader. */
static bool media_line(const struct sdp *sdp, struct sdp_media *media, const struct line *line)
{
	switch (line->type) {
	case 'v':
	case 'o':
		return false;
	case 'c':
		return media->connection.line.at == sdp->connection.line.at &&
		       connection_parse(&media->connection, line);
	case 'a':
		return media_attribute(media, line);
	default:
		return true;
	}
}

static bool session_line(struct sdp *sdp, const struct line *line)
{
	struct span value;

	switch (line->type) {
	case 'v':
		return false;
	case 'o':
		return !sdp->origin.len && origin_parse(sdp, line->value);
	case 'c':
		return !sdp->connection.line.len && connection_parse(&sdp->connection, line);
	case 'a':
		direction_note(line->value, &sdp->direction);
		/* Keys belong to one media line (RFC 4568 section 5.1). */
		return !attribute_is(line->value, "crypto", &value);
	default:
		return true;
	}
}

static struct sdp_media *media_add(struct sdp *sdp, const struct line *line)
{
	struct sdp_media *media = &sdp->media[sdp->media_count++];

	memset(media, 0, sizeof(*media));
	media->whole = line->whole;
	media->connection = sdp->connection;
	media->direction = sdp->direction;
	return media;
}

static int line_read(struct sdp *sdp, const struct line *line, size_t number, struct refusal *why)
{
	struct sdp_media *media = sdp->media_count ? &sdp->media[sdp->media_count - 1] : NULL;
	bool right;

	if (number == 0) {
		right = line->type == 'v' && span_is(line->value, "0");
	} else if (line->type == 'm') {
		if (sdp->media_count == SDP_MEDIA_MAX)
			return refuse(sdp, REASON_SDP_TOO_LONG, line->whole.at, why);
		right = media_parse(media_add(sdp, line), line);
	} else if (media) {
		media->whole.len += line->whole.len;
		right = media_line(sdp, media, line);
	} else {
		right = session_line(sdp, line);
	}
	return right ? 0 : refuse(sdp, REASON_SDP_LINE, line->whole.at, why);
}

int sdp_parse(struct sdp *sdp, struct span text, struct refusal *why)
{
	struct span rest = text;
	struct line line;
	size_t number;
	int err = 0;

	memset(&sdp->connection, 0, sizeof(sdp->connection));
	sdp->text = text;
	sdp->origin = (struct span){ text.at, 0 };
	sdp->direction = SDP_SENDRECV;
	sdp->media_count = 0;
	for (number = 0; rest.len && !err; number++) {
		if (number == SDP_LINES_MAX)
			return refuse(sdp, REASON_SDP_TOO_LONG, rest.at, why);
		if (!line_take(&rest, &line))
			return refuse(sdp, REASON_SDP_LINE, line.whole.at, why);
		err = line_read(sdp, &line, number, why);
	}
	if (!err && !sdp->origin.len)
		return refuse(sdp, REASON_SDP_LINE, rest.at, why);
	return err;
}

struct span sdp_crypto_value(struct span line)
{
	return span_trim(line);
}
