/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A SIP message as spans of its bytes, so that it can be forwarded as it came but
 * for what must change (RFC 3261).
 */
#ifndef PHONESEC_SIP_MESSAGE_H
#define PHONESEC_SIP_MESSAGE_H

#include "sip_frame.h"
#include "splice.h"

enum { SIP_FIELDS_MAX = 256 };

/* The header fields that somebody here looks at. */
enum sip_field_id {
	SIP_FIELD_OTHER,
	SIP_FIELD_CALL_ID,
	SIP_FIELD_CALL_INFO,
	SIP_FIELD_CONTACT,
	SIP_FIELD_CONTENT_LENGTH,
	SIP_FIELD_CONTENT_TYPE,
	SIP_FIELD_CSEQ,
	SIP_FIELD_EXPIRES,
	SIP_FIELD_FROM,
	SIP_FIELD_MAX_FORWARDS,
	SIP_FIELD_PROXY_AUTHENTICATE,
	SIP_FIELD_PROXY_AUTHORIZATION,
	SIP_FIELD_RACK,
	SIP_FIELD_RECORD_ROUTE,
	SIP_FIELD_REQUIRE,
	SIP_FIELD_ROUTE,
	SIP_FIELD_RSEQ,
	SIP_FIELD_SUPPORTED,
	SIP_FIELD_TO,
	SIP_FIELD_USER_AGENT,
	SIP_FIELD_VIA,
	SIP_FIELD_WARNING,
	SIP_FIELD_WWW_AUTHENTICATE,
	SIP_FIELDS,
};

/**
 * struct sip_field - one header field
 * @id: which one, by its long or compact name in any case
 * @whole: from its name up to and with its line end, continuations included
 * @name: as written
 * @value: without the blanks around it
 */
struct sip_field {
	enum sip_field_id id;
	struct span whole;
	struct span name;
	struct span value;
};

/**
 * struct sip_message - one message
 * @text: all of it
 * @is_request: a request, else a response
 * @method: of a request as in its start line, of a response as in its CSeq
 * @uri: request: the Request-URI
 * @status: response: 100 to 699
 * @cseq: number of the CSeq
 * @fields: in their order
 * @fields_count: how many
 * @fields_end: an empty span before the empty line: where to add a field
 * @body: what is behind the empty line, as long as Content-Length says
 */
struct sip_message {
	struct span text;
	bool is_request;
	struct span method;
	struct span uri;
	unsigned int status;
	unsigned long cseq;
	struct sip_field fields[SIP_FIELDS_MAX];
	size_t fields_count;
	struct span fields_end;
	struct span body;
};

/**
 * sip_message_parse - find the parts of a message
 * @message: filled in with spans of @data
 * @data: the message, as long as @frame says
 * @frame: what sip_frame_stream() or sip_frame_datagram() found
 * @why: on refusal the reason
 *
 * What a transaction and a dialog need is there once and in order: Via, From,
 * To, Call-ID and a CSeq whose method fits (RFC 3261 section 8.1.1). Addresses
 * and the Request-URI are such that all readers see the same ones.
 *
 * Return: 0, or the -errno of the reason.
 */
int sip_message_parse(struct sip_message *message, const char *data,
		      const struct sip_frame *frame, struct refusal *why);

/* The same for a text that is one message, as a datagram or as it was kept. */
int sip_message_read(struct sip_message *message, struct span text, struct refusal *why);

/* The first field of a kind, or NULL. */
const struct sip_field *sip_field_first(const struct sip_message *message, enum sip_field_id id);

/* The field of the same kind after @field, or NULL. */
const struct sip_field *sip_field_next(const struct sip_message *message,
				       const struct sip_field *field);

/* Its long name. */
const char *sip_field_name(enum sip_field_id id);

/**
 * sip_list_next - walk the elements of a comma separated value
 * @rest: in: what is left, at first the value; out: what is left then
 * @element: result without blanks around it
 *
 * Commas in quotes and angle brackets separate nothing.
 *
 * Return: false when nothing is left.
 */
bool sip_list_next(struct span *rest, struct span *element);

/**
 * sip_param_find - find a parameter behind an address or a value
 * @value: one element of a value; for addresses, parameters inside <> are the URI's
 * @name: of the parameter, found in any case
 * @param: result: its value without quotes, empty for a flag
 *
 * Return: false when there is none.
 */
bool sip_param_find(struct span value, const char *name, struct span *param);

/* The URI in an address, without the brackets around it. */
struct span sip_address_uri(struct span address);

/* What a response says in words: those of its Warning (section 20.43), else its phrase. */
struct span sip_response_text(const struct sip_message *response);

/**
 * struct sip_uri - the parts of a SIP or SIPS URI (RFC 3261 section 19.1.1)
 * @scheme: without the colon
 * @user: with its password, empty without one
 * @host: IPv6 addresses with their brackets
 * @port: 0 when it has none
 * @host_port: host and port as written
 * @params: from the first semicolon to the headers
 */
struct sip_uri {
	struct span scheme;
	struct span user;
	struct span host;
	unsigned long port;
	struct span host_port;
	struct span params;
};

/* Returns false when it is no SIP or SIPS URI. */
bool sip_uri_parse(struct sip_uri *uri, struct span text);

#endif
