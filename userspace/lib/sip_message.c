// SPDX-License-Identifier: Apache-2.0
#include "sip_message.h"

#include <string.h>

static const struct field_kind {
	const char *name;
	const char *compact;
	bool once;
	bool needed;
	bool addresses;
} field_kinds[SIP_FIELDS] = {
	[SIP_FIELD_OTHER] = { "" },
	[SIP_FIELD_CALL_ID] = { "Call-ID", "i", .once = true, .needed = true },
	[SIP_FIELD_CALL_INFO] = { "Call-Info" },
	[SIP_FIELD_CONTACT] = { "Contact", "m", .addresses = true },
	[SIP_FIELD_CONTENT_LENGTH] = { "Content-Length", "l", .once = true },
	[SIP_FIELD_CONTENT_TYPE] = { "Content-Type", "c", .once = true },
	[SIP_FIELD_CSEQ] = { "CSeq", .once = true, .needed = true },
	[SIP_FIELD_EXPIRES] = { "Expires", .once = true },
	[SIP_FIELD_FROM] = { "From", "f", .once = true, .needed = true, .addresses = true },
	[SIP_FIELD_MAX_FORWARDS] = { "Max-Forwards", .once = true },
	[SIP_FIELD_PROXY_AUTHENTICATE] = { "Proxy-Authenticate" },
	[SIP_FIELD_PROXY_AUTHORIZATION] = { "Proxy-Authorization" },
	[SIP_FIELD_RACK] = { "RAck", .once = true },
	[SIP_FIELD_RECORD_ROUTE] = { "Record-Route", .addresses = true },
	[SIP_FIELD_REQUIRE] = { "Require" },
	[SIP_FIELD_ROUTE] = { "Route", .addresses = true },
	[SIP_FIELD_RSEQ] = { "RSeq", .once = true },
	[SIP_FIELD_SUPPORTED] = { "Supported", "k" },
	[SIP_FIELD_TO] = { "To", "t", .once = true, .needed = true, .addresses = true },
	[SIP_FIELD_USER_AGENT] = { "User-Agent", .once = true },
	[SIP_FIELD_VIA] = { "Via", "v", .needed = true, .addresses = true },
	[SIP_FIELD_WARNING] = { "Warning" },
	[SIP_FIELD_WWW_AUTHENTICATE] = { "WWW-Authenticate" },
};

const char *sip_field_name(enum sip_field_id id)
{
	return field_kinds[id].name;
}

static int refuse(const struct sip_message *message, enum reason_code code, const char *at,
		  struct refusal *why)
{
	return refusal_set_at(why, code, (unsigned int)(at - message->text.at) + 1);
}

static enum sip_field_id field_identify(struct span name)
{
	for (size_t id = 1; id < SIP_FIELDS; id++)
		if (span_is(name, field_kinds[id].name) ||
		    (field_kinds[id].compact && span_is(name, field_kinds[id].compact)))
			return (enum sip_field_id)id;
	return SIP_FIELD_OTHER;
}

/* Bytes up to and with the line end; framing has shown that there is one. */
static size_t line_len(const char *line, const char *end)
{
	const char *newline = memchr(line, '\n', (size_t)(end - line));

	return newline ? (size_t)(newline - line) + 1 : (size_t)(end - line);
}

/* The next blank separated word of a start line. */
static struct span word_take(struct span *line)
{
	const char *blank = line->len ? memchr(line->at, ' ', line->len) : NULL;
	struct span word = { line->at, blank ? (size_t)(blank - line->at) : line->len };
	size_t taken = word.len + (blank ? 1 : 0);

	line->at += taken;
	line->len -= taken;
	return word;
}

static bool status_line_parse(struct sip_message *message, struct span line)
{
	struct span status;
	unsigned long number;

	word_take(&line);
	status = word_take(&line);
	if (status.len != 3 || !span_number(status, 699, &number) || number < 100)
		return false;
	message->status = (unsigned int)number;
	return true;
}

/*
 * A URI alone. Headers in it would be added by some readers and ignored by others
 * (RFC 3261 section 19.1.5).
 */
static bool request_uri_check(struct span text)
{
	struct sip_uri uri;

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '<' || text.at[i] == '>' || text.at[i] == '"')
			return false;
	if (!text.len || !memchr(text.at, ':', text.len))
		return false;
	if (sip_uri_parse(&uri, text))
		return uri.params.at + uri.params.len == text.at + text.len;
	return !span_is(uri.scheme, "sip") && !span_is(uri.scheme, "sips");
}

static bool start_line_parse(struct sip_message *message, struct span line)
{
	line.len -= strlen("\r\n");
	message->is_request = !(line.len > 8 && !memcmp(line.at, "SIP/2.0 ", 8));
	if (!message->is_request)
		return status_line_parse(message, line);
	message->method = word_take(&line);
	message->uri = word_take(&line);
	return message->method.len && request_uri_check(message->uri) &&
	       span_is(line, "SIP/2.0");
}

static int field_parse(struct sip_message *message, struct span whole, struct refusal *why)
{
	const char *colon = memchr(whole.at, ':', whole.len);
	struct sip_field *field;

	if (!colon)
		return refuse(message, REASON_SIP_FIELD, whole.at, why);
	if (message->fields_count == SIP_FIELDS_MAX)
		return refuse(message, REASON_SIP_TOO_LONG, whole.at, why);
	field = &message->fields[message->fields_count++];
	field->whole = whole;
	field->name = span_trim((struct span){ whole.at, (size_t)(colon - whole.at) });
	field->value = span_trim((struct span){
		colon + 1, (size_t)(whole.at + whole.len - colon - 1) });
	field->id = field_identify(field->name);
	return 0;
}

static int fields_parse(struct sip_message *message, const char *at, const char *end,
			struct refusal *why)
{
	while (at < end) {
		size_t len = line_len(at, end);
		int err;

		while (at + len < end && (at[len] == ' ' || at[len] == '\t'))
			len += line_len(at + len, end);
		err = field_parse(message, (struct span){ at, len }, why);
		if (err)
			return err;
		at += len;
	}
	message->fields_end = (struct span){ end, 0 };
	return 0;
}

/*
 * Whether all readers see the same addresses: quotes and brackets close, and a URI
 * with headers stands in brackets (RFC 3261 section 20).
 */
static bool addresses_check(struct span value, bool one)
{
	bool quoted = false, in_brackets = false, bare = true;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (in_brackets) {
			if (c == '<' || c == '"')
				return false;
			in_brackets = c != '>';
		} else if (c == '>' || (c == '?' && bare) || (c == ',' && one)) {
			return false;
		} else {
			quoted = c == '"';
			in_brackets = c == '<';
			bare = c == ',' || (bare && !in_brackets);
		}
	}
	return !quoted && !in_brackets;
}

/* Each hop names its protocol; else the hops would be counted in different ways. */
static bool hops_check(struct span value)
{
	struct span hop;

	while (sip_list_next(&value, &hop))
		if (hop.len < 3 || !span_is((struct span){ hop.at, 3 }, "SIP"))
			return false;
	return true;
}

static int values_check(const struct sip_message *message, struct refusal *why)
{
	for (size_t i = 0; i < message->fields_count; i++) {
		const struct sip_field *field = &message->fields[i];
		const struct field_kind *kind = &field_kinds[field->id];

		if ((kind->addresses && !addresses_check(field->value, kind->once)) ||
		    (field->id == SIP_FIELD_VIA && !hops_check(field->value)))
			return refuse(message, REASON_SIP_FIELD, field->value.at, why);
	}
	return 0;
}

/* Fields that say who talks about what: missing or twice, others would disagree about it. */
static int fields_check(const struct sip_message *message, struct refusal *why)
{
	for (size_t id = 1; id < SIP_FIELDS; id++) {
		const struct sip_field *field = sip_field_first(message, (enum sip_field_id)id);

		if (!field && field_kinds[id].needed)
			return refusal_set(why, REASON_SIP_FIELD_MISSING, "%s",
					   field_kinds[id].name);
		if (field && field_kinds[id].once && sip_field_next(message, field))
			return refusal_set(why, REASON_SIP_FIELD_REPEATED, "%s",
					   field_kinds[id].name);
	}
	return 0;
}

static int cseq_parse(struct sip_message *message, struct refusal *why)
{
	struct span value = sip_field_first(message, SIP_FIELD_CSEQ)->value, method;
	size_t digits = 0;

	while (digits < value.len && value.at[digits] >= '0' && value.at[digits] <= '9')
		digits++;
	method = span_trim((struct span){ value.at + digits, value.len - digits });
	if (!span_number((struct span){ value.at, digits }, 0x7fffffff, &message->cseq) ||
	    !method.len || method.len + digits == value.len)
		return refuse(message, REASON_SIP_CSEQ, value.at, why);
	/* Methods are told apart by case (RFC 3261 section 7.1). */
	if (message->is_request && (method.len != message->method.len ||
				    memcmp(method.at, message->method.at, method.len)))
		return refuse(message, REASON_SIP_CSEQ, value.at, why);
	message->method = method;
	return 0;
}

int sip_message_parse(struct sip_message *message, const char *data,
		      const struct sip_frame *frame, struct refusal *why)
{
	size_t start = line_len(data, data + frame->head_len);
	int err;

	message->text = (struct span){ data, frame->len };
	message->body = (struct span){ data + frame->head_len, frame->body_len };
	message->uri = (struct span){ data, 0 };
	message->status = 0;
	message->fields_count = 0;
	if (!start_line_parse(message, (struct span){ data, start }))
		return refuse(message, REASON_SIP_START_LINE, data, why);
	err = fields_parse(message, data + start, data + frame->head_len - 2, why);
	if (!err)
		err = fields_check(message, why);
	if (!err)
		err = values_check(message, why);
	return err ?: cseq_parse(message, why);
}

static const struct sip_field *field_from(const struct sip_message *message, size_t i,
					  enum sip_field_id id)
{
	for (; i < message->fields_count; i++)
		if (message->fields[i].id == id)
			return &message->fields[i];
	return NULL;
}

int sip_message_read(struct sip_message *message, struct span text, struct refusal *why)
{
	struct sip_frame frame;
	int err = sip_frame_datagram(&frame, text.at, text.len, why);

	return err ?: sip_message_parse(message, text.at, &frame, why);
}

const struct sip_field *sip_field_first(const struct sip_message *message, enum sip_field_id id)
{
	return field_from(message, 0, id);
}

const struct sip_field *sip_field_next(const struct sip_message *message,
				       const struct sip_field *field)
{
	return field_from(message, (size_t)(field - message->fields) + 1, field->id);
}

/* Where @stop first stands outside of quotes and angle brackets, else the end. */
static size_t outside_find(struct span text, char stop)
{
	bool quoted = false, in_brackets = false;
	size_t i;

	for (i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			in_brackets = c == '<';
		else if (!quoted && !in_brackets && c == stop)
			break;
	}
	return i < text.len ? i : text.len;
}

bool sip_list_next(struct span *rest, struct span *element)
{
	while (rest->len) {
		size_t len = outside_find(*rest, ','), taken = len + (len < rest->len ? 1 : 0);

		*element = span_trim((struct span){ rest->at, len });
		rest->at += taken;
		rest->len -= taken;
		if (element->len)
			return true;
	}
	return false;
}

static struct span from_offset(struct span text, size_t offset)
{
	return (struct span){ text.at + offset, text.len - offset };
}

static struct span unquote(struct span text)
{
	if (text.len >= 2 && *text.at == '"' && text.at[text.len - 1] == '"')
		return (struct span){ text.at + 1, text.len - 2 };
	return text;
}

bool sip_param_find(struct span value, const char *name, struct span *param)
{
	size_t at = outside_find(value, ';');

	while (at < value.len) {
		struct span one, rest = from_offset(value, at + 1);
		const char *equals;

		one = span_trim((struct span){ rest.at, outside_find(rest, ';') });
		at += 1 + outside_find(rest, ';');
		equals = one.len ? memchr(one.at, '=', one.len) : NULL;
		*param = (struct span){ one.at + one.len, 0 };
		if (equals) {
			size_t len = (size_t)(equals - one.at);

			*param = unquote(span_trim(from_offset(one, len + 1)));
			one = span_trim((struct span){ one.at, len });
		}
		if (span_is(one, name))
			return true;
	}
	return false;
}

struct span sip_response_text(const struct sip_message *response)
{
	static const size_t phrase_at = sizeof("SIP/2.0 200") - 1;
	const struct sip_field *warning = sip_field_first(response, SIP_FIELD_WARNING);
	struct span text = response->text;
	const char *open = NULL, *end;

	if (warning)
		open = memchr(warning->value.at, '"', warning->value.len);
	if (open) {
		text = (struct span){ open + 1, (size_t)(warning->value.at +
							 warning->value.len - open) - 1 };
		end = memchr(text.at, '"', text.len);
	} else {
		end = memchr(text.at, '\r', text.len);
		text = from_offset(text, phrase_at);
	}
	if (end)
		text.len = (size_t)(end - text.at);
	return span_trim(text);
}

struct span sip_address_uri(struct span address)
{
	const char *close;
	size_t open;

	/* A bracket in a quoted name is none. */
	for (open = 0; open < address.len && address.at[open] != '<'; open++) {
		if (address.at[open] != '"')
			continue;
		for (open++; open < address.len && address.at[open] != '"'; open++)
			if (address.at[open] == '\\')
				open++;
	}
	if (open >= address.len)
		return span_trim((struct span){ address.at, outside_find(address, ';') });
	address = from_offset(address, open + 1);
	close = address.len ? memchr(address.at, '>', address.len) : NULL;
	if (close)
		address.len = (size_t)(close - address.at);
	return span_trim(address);
}

/* Host and port; an IPv6 address has colons of its own. */
static bool host_port_parse(struct sip_uri *uri)
{
	struct span rest = uri->host_port;
	size_t len = 0;

	if (rest.len && *rest.at == '[') {
		const char *close = memchr(rest.at, ']', rest.len);

		if (!close)
			return false;
		len = (size_t)(close - rest.at) + 1;
	} else {
		while (len < rest.len && rest.at[len] != ':')
			len++;
	}
	uri->host = (struct span){ rest.at, len };
	rest = from_offset(rest, len);
	uri->port = 0;
	if (!uri->host.len)
		return false;
	return !rest.len || (*rest.at == ':' && rest.len > 1 &&
			     span_number(from_offset(rest, 1), 65535, &uri->port) && uri->port);
}

bool sip_uri_parse(struct sip_uri *uri, struct span text)
{
	const char *colon = text.len ? memchr(text.at, ':', text.len) : NULL, *at;
	struct span rest;
	size_t len = 0;

	if (!colon)
		return false;
	uri->scheme = (struct span){ text.at, (size_t)(colon - text.at) };
	if (!span_is(uri->scheme, "sip") && !span_is(uri->scheme, "sips"))
		return false;
	rest = from_offset(text, uri->scheme.len + 1);
	/* A user may hold what ends a host, and an @ stands nowhere else. */
	at = rest.len ? memchr(rest.at, '@', rest.len) : NULL;
	uri->user = (struct span){ rest.at, at ? (size_t)(at - rest.at) : 0 };
	if (at)
		rest = from_offset(rest, uri->user.len + 1);
	while (len < rest.len && rest.at[len] != ';' && rest.at[len] != '?')
		len++;
	uri->host_port = (struct span){ rest.at, len };
	rest = from_offset(rest, len);
	for (len = 0; len < rest.len && rest.at[len] != '?'; len++)
		;
	uri->params = (struct span){ rest.at, len };
	return host_port_parse(uri);
}
