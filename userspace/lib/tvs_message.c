// SPDX-License-Identifier: Apache-2.0
#include "tvs_message.h"

#include <string.h>

#include "tlv.h"

enum {
	MAGIC = 0x57,
	VERSION = 1,
	AT_COMMAND = 2,
	AT_SESSION = 4,
	AT_LENGTH = 8,
	DEVICE_KIND = 1,
	ROLE_BITS = 32,
};

static void put_number(uint8_t *at, uint32_t number, size_t len)
{
	while (len--) {
		at[len] = (uint8_t)number;
		number >>= 8;
	}
}

static uint32_t get_number(const uint8_t *at, size_t len)
{
	uint32_t number = 0;

	while (len--)
		number = number << 8 | *at++;
	return number;
}

/* A text that lies somewhere, with the zero that belongs behind it. */
static void put_text(struct tlv_writer *writer, uint8_t tag, struct octets text)
{
	size_t opened = tlv_open(writer, tag);

	tlv_put_raw(writer, text.at, text.len);
	tlv_put_raw(writer, "", 1);
	tlv_close(writer, opened);
}

static void put_device(struct tlv_writer *writer, const char *device)
{
	const uint8_t kind = DEVICE_KIND;
	size_t opened = tlv_open(writer, TVS_DEVICE);

	tlv_put_raw(writer, &kind, sizeof(kind));
	tlv_put_raw(writer, device, strlen(device));
	tlv_close(writer, opened);
}

size_t tvs_request_write(const struct tvs_request *request, uint8_t *bytes)
{
	struct tlv_writer body = { .bytes = bytes + TVS_HEAD_LEN, .size = TVS_BODY_MAX };

	if (strlen(request->device) >= TVS_DEVICE_MAX)
		return 0;
	put_device(&body, request->device);
	if (request->command == TVS_VERIFY_REQUEST) {
		tlv_put(&body, TVS_CERTIFICATE, request->certificate.at,
			request->certificate.len);
	} else {
		put_text(&body, TVS_SUBJECT, request->subject);
		put_text(&body, TVS_ISSUER, request->issuer);
		tlv_put(&body, TVS_SERIAL, request->serial.at, request->serial.len);
	}
	if (body.full)
		return 0;
	bytes[0] = MAGIC;
	bytes[1] = VERSION;
	bytes[AT_COMMAND] = (uint8_t)request->command;
	bytes[AT_COMMAND + 1] = 0;
	put_number(bytes + AT_SESSION, request->session, sizeof(uint32_t));
	put_number(bytes + AT_LENGTH, (uint32_t)body.len, sizeof(uint16_t));
	return TVS_HEAD_LEN + body.len;
}

static int answer_refuse(struct refusal *why, const char *text)
{
	return refusal_set(why, REASON_VERIFY_ANSWER, "%s", text);
}

ssize_t tvs_frame(struct octets text, struct refusal *why)
{
	size_t len;

	if (text.at[0] != MAGIC)
		return answer_refuse(why, "it does not begin as one");
	if (text.len < TVS_HEAD_LEN)
		return 0;
	if (text.at[1] != VERSION)
		return refusal_set(why, REASON_VERIFY_ANSWER, "version %u", text.at[1]);
	len = get_number(text.at + AT_LENGTH, sizeof(uint16_t));
	if (len > TVS_BODY_MAX)
		return refusal_set(why, REASON_VERIFY_ANSWER, "it would have %zu bytes", len);
	len += TVS_HEAD_LEN;
	return text.len < len ? 0 : (ssize_t)len;
}

static uint32_t roles_read(struct octets value)
{
	uint32_t roles = 0;
	size_t i;

	for (i = 0; i < value.len; i++)
		if (value.at[i] < ROLE_BITS)
			roles |= 1U << value.at[i];
	return roles;
}

/* False when the element is not what its number says. */
static bool element_take(struct tvs_answer *answer, const struct tlv *element)
{
	uint8_t status;

	switch (element->tag) {
	case TVS_STATUS:
		/* Nothing but a clear yes is one. */
		if (!tlv_u8(element, &status))
			return false;
		answer->is_good = status == 0;
		return true;
	case TVS_CERTIFICATE:
		answer->certificate = element->value;
		return element->value.len;
	case TVS_ROLES:
		answer->has_roles = true;
		answer->roles = roles_read(element->value);
		return true;
	case TVS_TTL:
		return tlv_u32(element, &answer->ttl_s);
	default:
		return true;
	}
}

static int elements_read(struct tvs_answer *answer, struct octets body, struct refusal *why)
{
	struct tlv_reader reader = { .text = body };
	enum tlv_result result;
	struct tlv element;
	uint32_t seen = 0;

	while ((result = tlv_next(&reader, &element)) == TLV_ELEMENT) {
		uint32_t bit = element.tag <= TVS_TTL ? 1U << element.tag : 0;

		if (seen & bit)
			return refusal_set(why, REASON_VERIFY_ANSWER, "element %u is there twice",
					   element.tag);
		seen |= bit;
		if (!element_take(answer, &element))
			return refusal_set(why, REASON_VERIFY_ANSWER, "element %u has %zu bytes",
					   element.tag, element.value.len);
	}
	if (result == TLV_CUT)
		return answer_refuse(why, "it ends within an element");
	if (!(seen & 1U << TVS_STATUS))
		return answer_refuse(why, "it has no status");
	return 0;
}

int tvs_answer_read(struct tvs_answer *answer, struct octets message, struct refusal *why)
{
	uint8_t command;

	*answer = (struct tvs_answer){ 0 };
	if (message.len < TVS_HEAD_LEN)
		return answer_refuse(why, "it ends within its head");
	command = message.at[AT_COMMAND];
	if (command != TVS_VERIFY_ANSWER && command != TVS_QUERY_ANSWER)
		return refusal_set(why, REASON_VERIFY_ANSWER, "command %u is no answer", command);
	answer->command = command;
	answer->session = get_number(message.at + AT_SESSION, sizeof(uint32_t));
	return elements_read(answer, (struct octets){ message.at + TVS_HEAD_LEN,
						      message.len - TVS_HEAD_LEN }, why);
}
