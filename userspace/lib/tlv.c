// SPDX-License-Identifier: Apache-2.0
#include "tlv.h"

#include <string.h>

static uint16_t u16_at(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

enum tlv_result tlv_next(struct tlv_reader *reader, struct tlv *element)
{
	const struct octets *text = &reader->text;
	size_t len;

	while (reader->padded && reader->at < text->len && text->at[reader->at] == TLV_PADDING)
		reader->at++;
	if (reader->at >= text->len)
		return TLV_END;
	if (text->len - reader->at < TLV_HEAD_LEN)
		return TLV_CUT;
	len = u16_at(text->at + reader->at + 1);
	if (text->len - reader->at - TLV_HEAD_LEN < len)
		return TLV_CUT;
	element->tag = text->at[reader->at];
	element->at = reader->at;
	element->value = (struct octets){ text->at + reader->at + TLV_HEAD_LEN, len };
	reader->at += TLV_HEAD_LEN + len;
	return TLV_ELEMENT;
}

bool tlv_u8(const struct tlv *element, uint8_t *number)
{
	if (element->value.len != sizeof(*number))
		return false;
	*number = *element->value.at;
	return true;
}

bool tlv_u16(const struct tlv *element, uint16_t *number)
{
	if (element->value.len != sizeof(*number))
		return false;
	*number = u16_at(element->value.at);
	return true;
}

bool tlv_u32(const struct tlv *element, uint32_t *number)
{
	if (element->value.len != sizeof(*number))
		return false;
	*number = (uint32_t)u16_at(element->value.at) << 16 | u16_at(element->value.at + 2);
	return true;
}

bool tlv_text(const struct tlv *element, struct octets *text)
{
	const struct octets *value = &element->value;

	if (!value->len || memchr(value->at, 0, value->len) != value->at + value->len - 1)
		return false;
	*text = (struct octets){ value->at, value->len - 1 };
	return true;
}

void tlv_put_raw(struct tlv_writer *writer, const void *bytes, size_t len)
{
	if (writer->full || writer->size - writer->len < len) {
		writer->full = true;
		return;
	}
	if (len)
		memcpy(writer->bytes + writer->len, bytes, len);
	writer->len += len;
}

static void head_put(struct tlv_writer *writer, uint8_t tag, size_t len)
{
	const uint8_t head[TLV_HEAD_LEN] = { tag, (uint8_t)(len >> 8), (uint8_t)len };

	tlv_put_raw(writer, head, sizeof(head));
}

void tlv_put(struct tlv_writer *writer, uint8_t tag, const void *value, size_t len)
{
	/* Half an element is none. */
	if (len > TLV_VALUE_MAX || writer->size - writer->len < TLV_HEAD_LEN + len)
		writer->full = true;
	head_put(writer, tag, len);
	tlv_put_raw(writer, value, len);
}

void tlv_put_u8(struct tlv_writer *writer, uint8_t tag, uint8_t number)
{
	tlv_put(writer, tag, &number, sizeof(number));
}

void tlv_put_u16(struct tlv_writer *writer, uint8_t tag, uint16_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 8), (uint8_t)number };

	tlv_put(writer, tag, bytes, sizeof(bytes));
}

void tlv_put_u32(struct tlv_writer *writer, uint8_t tag, uint32_t number)
{
	const uint8_t bytes[] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
				  (uint8_t)(number >> 8), (uint8_t)number };

	tlv_put(writer, tag, bytes, sizeof(bytes));
}

void tlv_put_text(struct tlv_writer *writer, uint8_t tag, const char *text)
{
	tlv_put(writer, tag, text, strlen(text) + 1);
}

size_t tlv_open(struct tlv_writer *writer, uint8_t tag)
{
	size_t opened = writer->len;

	head_put(writer, tag, 0);
	return opened;
}

void tlv_close(struct tlv_writer *writer, size_t opened)
{
	size_t len;

	if (writer->full)
		return;
	len = writer->len - opened - TLV_HEAD_LEN;
	if (len > TLV_VALUE_MAX) {
		writer->full = true;
		return;
	}
	writer->bytes[opened + 1] = (uint8_t)(len >> 8);
	writer->bytes[opened + 2] = (uint8_t)len;
}
