// SPDX-License-Identifier: Apache-2.0
#include "capf_message.h"

#include <stddef.h>

enum {
	MAGIC = 0x55,
	SESSION_AT = 2,
	LENGTH_AT = 6,
	/* Tags of what a certificate, SUDI and SHA-2 element hold. */
	INNER_CERTIFICATE = 1,
	INNER_SUDI_CERTIFICATE = 0,
	INNER_SHA1 = 1,
	INNER_SHA512 = 3,
	/* A zero and the kind in front of the DER. */
	CERTIFICATE_HEAD_LEN = 2,
};

/* The form of an element's value. */
enum kind {
	KIND_U8,
	KIND_U16,
	KIND_TEXT,
	KIND_BYTES,
	KIND_CERTIFICATE,
	KIND_SUDI,
	KIND_SHA2,
	KIND_DELAY,
};

struct element {
	enum capf_tag tag;
	enum kind kind;
	size_t offset;
};

#define FIELD(field) offsetof(struct capf_message, field)

/* In the order in which they are written. */
static const struct element elements[] = {
	{ CAPF_TAG_REASON, KIND_U8, FIELD(reason) },
	{ CAPF_TAG_REASON_INFO, KIND_TEXT, FIELD(reason_info) },
	{ CAPF_TAG_CERTIFICATE_TYPE, KIND_U8, FIELD(certificate_type) },
	{ CAPF_TAG_CERTIFICATE, KIND_CERTIFICATE, FIELD(certificate) },
	{ CAPF_TAG_SIGNATURE, KIND_BYTES, FIELD(signature) },
	{ CAPF_TAG_VERSION, KIND_U8, FIELD(version) },
	{ CAPF_TAG_AUTH, KIND_U8, FIELD(auth) },
	{ CAPF_TAG_PUBLIC_KEY, KIND_BYTES, FIELD(public_key) },
	{ CAPF_TAG_KEY_SIZE, KIND_U16, FIELD(key_size) },
	{ CAPF_TAG_STRING, KIND_TEXT, FIELD(string) },
	{ CAPF_TAG_RETRY_DELAY, KIND_DELAY, FIELD(retry_s) },
	{ CAPF_TAG_DEVICE, KIND_TEXT, FIELD(device) },
	{ CAPF_TAG_SUDI, KIND_SUDI, FIELD(sudi_certificate) },
	{ CAPF_TAG_KEY_TYPE, KIND_U8, FIELD(key_type) },
	{ CAPF_TAG_CURVE, KIND_U8, FIELD(curve) },
	{ CAPF_TAG_SIGNATURE_SHA2, KIND_SHA2, FIELD(signature_sha2) },
};

static const struct element *element_find(uint8_t tag)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
		if (elements[i].tag == tag)
			return &elements[i];
	return NULL;
}

static size_t u16_at(const uint8_t *bytes)
{
	return (size_t)bytes[0] << 8 | bytes[1];
}

ssize_t capf_frame(struct octets text, struct refusal *why)
{
	size_t len;

	if (text.at[0] != MAGIC)
		return refusal_set(why, REASON_CAPF_MESSAGE, "it begins with 0x%02x, not 0x%02x",
				   text.at[0], MAGIC);
	if (text.len < CAPF_HEAD_LEN)
		return 0;
	len = CAPF_HEAD_LEN + u16_at(text.at + LENGTH_AT);
	if (len > CAPF_RECORD_MAX)
		return refusal_set(why, REASON_CAPF_MESSAGE, "%zu bytes, of which %d are taken",
				   len, CAPF_RECORD_MAX);
	return text.len < len ? 0 : (ssize_t)len;
}

/* Finds the element of this tag among those that a value holds; false when it is cut. */
static bool inner_find(struct octets value, uint8_t tag, struct octets *found)
{
	struct tlv_reader reader = { .text = value };
	enum tlv_result result;
	struct tlv inner;

	while ((result = tlv_next(&reader, &inner)) == TLV_ELEMENT)
		if (inner.tag == tag && !found->at)
			*found = inner.value;
	return result == TLV_END;
}

static bool certificate_read(struct capf_message *message, struct octets value)
{
	struct octets inner = { 0 };

	if (!inner_find(value, INNER_CERTIFICATE, &inner) || inner.len <= CERTIFICATE_HEAD_LEN)
		return false;
	message->certificate_kind = inner.at[1];
	message->certificate = (struct octets){ inner.at + CERTIFICATE_HEAD_LEN,
						inner.len - CERTIFICATE_HEAD_LEN };
	return true;
}

static bool sudi_read(struct capf_message *message, struct octets value)
{
	return inner_find(value, INNER_SUDI_CERTIFICATE, &message->sudi_certificate) &&
	       inner_find(value, INNER_SHA1, &message->sudi_signature) &&
	       inner_find(value, INNER_SHA512, &message->sudi_signature_sha2) &&
	       message->sudi_certificate.len;
}

/* How long a delay is in bytes is not known: each number is taken, and what is none as zero. */
static void delay_read(uint32_t *seconds, const struct tlv *tlv)
{
	uint16_t word;
	uint8_t byte;

	*seconds = 0;
	if (tlv_u8(tlv, &byte))
		*seconds = byte;
	else if (tlv_u16(tlv, &word))
		*seconds = word;
	else
		(void)tlv_u32(tlv, seconds);
}

static bool element_read(struct capf_message *message, const struct element *element,
			 const struct tlv *tlv)
{
	void *field = (char *)message + element->offset;

	switch (element->kind) {
	case KIND_U8:
		return tlv_u8(tlv, field);
	case KIND_U16:
		return tlv_u16(tlv, field);
	case KIND_TEXT:
		return tlv_text(tlv, field);
	case KIND_BYTES:
		*(struct octets *)field = tlv->value;
		return tlv->value.len;
	case KIND_CERTIFICATE:
		return certificate_read(message, tlv->value);
	case KIND_SUDI:
		return sudi_read(message, tlv->value);
	case KIND_SHA2:
		return inner_find(tlv->value, INNER_SHA512, field);
	case KIND_DELAY:
		delay_read(field, tlv);
		return true;
	}
	return false;
}

static int elements_read(struct capf_message *message, struct octets text, struct refusal *why)
{
	struct tlv_reader reader = { .text = text };
	const struct element *element;
	enum tlv_result result;
	struct tlv tlv;

	while ((result = tlv_next(&reader, &tlv)) == TLV_ELEMENT) {
		element = element_find(tlv.tag);
		if (!element)
			continue;
		if (message->has & CAPF_HAS(tlv.tag))
			return refusal_set(why, REASON_CAPF_MESSAGE, "%s has element %u twice",
					   capf_command_name(message->command), tlv.tag);
		if (!element_read(message, element, &tlv))
			return refusal_set(why, REASON_CAPF_MESSAGE, "element %u of %s, %zu bytes",
					   tlv.tag, capf_command_name(message->command),
					   tlv.value.len);
		message->has |= CAPF_HAS(tlv.tag);
	}
	if (result == TLV_CUT)
		return refusal_set(why, REASON_CAPF_MESSAGE, "the last element of %s is cut",
				   capf_command_name(message->command));
	return 0;
}

int capf_message_read(struct capf_message *message, struct octets record, struct refusal *why)
{
	struct octets text;
	ssize_t len;

	*message = (struct capf_message){ 0 };
	len = record.len ? capf_frame(record, why) : 0;
	if (len < 0)
		return (int)len;
	if (!len || (size_t)len != record.len)
		return refusal_set(why, REASON_CAPF_MESSAGE, "%zu bytes are not one message",
				   record.len);
	message->command = record.at[1];
	message->session = (uint32_t)u16_at(record.at + SESSION_AT) << 16 |
			   (uint32_t)u16_at(record.at + SESSION_AT + 2);
	text = (struct octets){ record.at + CAPF_HEAD_LEN, record.len - CAPF_HEAD_LEN };
	return elements_read(message, text, why);
}

static void certificate_write(struct tlv_writer *writer, const struct capf_message *message)
{
	const uint8_t head[CERTIFICATE_HEAD_LEN] = { 0, message->certificate_kind };
	size_t opened = tlv_open(writer, CAPF_TAG_CERTIFICATE);
	size_t inner = tlv_open(writer, INNER_CERTIFICATE);

	tlv_put_raw(writer, head, sizeof(head));
	tlv_put_raw(writer, message->certificate.at, message->certificate.len);
	tlv_close(writer, inner);
	tlv_close(writer, opened);
}

static void octets_write(struct tlv_writer *writer, uint8_t tag, const struct octets *octets)
{
	if (octets->len)
		tlv_put(writer, tag, octets->at, octets->len);
}

static void sudi_write(struct tlv_writer *writer, const struct capf_message *message)
{
	size_t opened = tlv_open(writer, CAPF_TAG_SUDI);

	octets_write(writer, INNER_SUDI_CERTIFICATE, &message->sudi_certificate);
	octets_write(writer, INNER_SHA1, &message->sudi_signature);
	octets_write(writer, INNER_SHA512, &message->sudi_signature_sha2);
	tlv_close(writer, opened);
}

static void text_write(struct tlv_writer *writer, uint8_t tag, const struct octets *text)
{
	size_t opened = tlv_open(writer, tag);

	tlv_put_raw(writer, text->at, text->len);
	tlv_put_raw(writer, "", 1);
	tlv_close(writer, opened);
}

static void element_write(struct tlv_writer *writer, const struct element *element,
			  const struct capf_message *message)
{
	const void *field = (const char *)message + element->offset;
	size_t opened;

	switch (element->kind) {
	case KIND_U8:
		tlv_put_u8(writer, element->tag, *(const uint8_t *)field);
		return;
	case KIND_U16:
		tlv_put_u16(writer, element->tag, *(const uint16_t *)field);
		return;
	case KIND_TEXT:
		text_write(writer, element->tag, field);
		return;
	case KIND_BYTES:
		octets_write(writer, element->tag, field);
		return;
	case KIND_CERTIFICATE:
		certificate_write(writer, message);
		return;
	case KIND_SUDI:
		sudi_write(writer, message);
		return;
	case KIND_SHA2:
		opened = tlv_open(writer, element->tag);
		octets_write(writer, INNER_SHA512, field);
		tlv_close(writer, opened);
		return;
	case KIND_DELAY:
		tlv_put_u32(writer, element->tag, *(const uint32_t *)field);
		return;
	}
}

bool capf_message_write(struct tlv_writer *writer, const struct capf_message *message)
{
	const uint8_t head[CAPF_HEAD_LEN] = {
		MAGIC, message->command,
		(uint8_t)(message->session >> 24), (uint8_t)(message->session >> 16),
		(uint8_t)(message->session >> 8), (uint8_t)message->session,
	};
	size_t begin = writer->len, len;

	tlv_put_raw(writer, head, sizeof(head));
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++)
		if (message->has & CAPF_HAS(elements[i].tag))
			element_write(writer, &elements[i], message);
	len = writer->len - begin - CAPF_HEAD_LEN;
	if (writer->full || len > TLV_VALUE_MAX) {
		writer->full = true;
		return false;
	}
	writer->bytes[begin + LENGTH_AT] = (uint8_t)(len >> 8);
	writer->bytes[begin + LENGTH_AT + 1] = (uint8_t)len;
	return true;
}

const char *capf_command_name(uint8_t command)
{
	static const char *const names[CAPF_COMMANDS] = {
		[CAPF_AUTH_REQUEST] = "AuthRequest",
		[CAPF_AUTH_RESPONSE] = "AuthResponse",
		[CAPF_KEY_REQUEST] = "KeyGenRequest",
		[CAPF_KEY_RESPONSE] = "KeyGenResponse",
		[CAPF_ENCRYPT_RESPONSE] = "EncryptResponse",
		[CAPF_ENCRYPT_REQUEST] = "EncryptRequest",
		[CAPF_DECRYPT_REQUEST] = "DecryptRequest",
		[CAPF_DECRYPT_RESPONSE] = "DecryptResponse",
		[CAPF_STORE_REQUEST] = "StoreCertRequest",
		[CAPF_STORE_RESPONSE] = "StoreCertResponse",
		[CAPF_FETCH_REQUEST] = "FetchCertRequest",
		[CAPF_FETCH_RESPONSE] = "FetchCertResponse",
		[CAPF_DELETE_REQUEST] = "DeleteCertRequest",
		[CAPF_DELETE_RESPONSE] = "DeleteCertResponse",
		[CAPF_END_SESSION] = "EndSession",
		[CAPF_RETRY_LATER] = "RetryLater",
		[CAPF_IN_PROGRESS] = "RequestInProgress",
		[CAPF_STATUS_REQUEST] = "StatusRequest",
		[CAPF_STATUS_RESPONSE] = "StatusResponse",
		[CAPF_ABORT_REQUEST] = "AbortRequest",
		[CAPF_ABORT_RESPONSE] = "AbortResponse",
		[CAPF_SIGN_REQUEST] = "SignCertRequest",
		[CAPF_SIGN_RESPONSE] = "SignCertResponse",
	};

	return command && command < CAPF_COMMANDS ? names[command] : "an unknown message";
}
