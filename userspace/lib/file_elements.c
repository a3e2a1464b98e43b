// SPDX-License-Identifier: Apache-2.0
#include "file_elements.h"

#include <string.h>

int file_elements_length(struct octets text, uint8_t tag, bool padded, uint16_t *length,
			 struct refusal *why)
{
	struct tlv_reader reader = { .text = text, .padded = padded };
	struct tlv element;

	while (tlv_next(&reader, &element) == TLV_ELEMENT) {
		if (element.tag != tag)
			continue;
		if (!tlv_u16(&element, length))
			return refusal_set(why, REASON_FILE_LAYOUT,
					   "the element that tells the length has %zu bytes",
					   element.value.len);
		if (*length > text.len)
			return refusal_set(why, REASON_FILE_LAYOUT,
					   "%u bytes are told and %zu are there", *length,
					   text.len);
		if (*length >= reader.at)
			return 0;
		return refusal_set(why, REASON_FILE_LAYOUT, "a length of %u bytes is too short",
				   *length);
	}
	return refusal_set(why, REASON_FILE_LAYOUT, "no element tells a length");
}

static bool value_text(const struct tlv *element, struct octets *text)
{
	if (!tlv_text(element, text))
		return false;
	for (size_t i = 0; i < text->len; i++)
		if (text->at[i] < ' ' || text->at[i] == 0x7f)
			return false;
	return true;
}

static struct octets value_serial(struct octets value)
{
	while (value.len && !*value.at) {
		value.at++;
		value.len--;
	}
	return value;
}

/* Puts the value into the structure; false when it is not of the element's kind. */
static bool value_take(const struct file_element *known, const struct tlv *element, void *object)
{
	void *field = (char *)object + known->offset;
	const struct octets *value = &element->value;

	if (known->max && (value->len < known->min || value->len > known->max))
		return false;
	switch (known->kind) {
	case FILE_ELEMENT_U8:
		return tlv_u8(element, field);
	case FILE_ELEMENT_U16:
		return tlv_u16(element, field);
	case FILE_ELEMENT_U32:
		return tlv_u32(element, field);
	case FILE_ELEMENT_PAIR:
		if (value->len == 2)
			memcpy(field, value->at, 2);
		return value->len == 2;
	case FILE_ELEMENT_BYTES:
		*(struct octets *)field = *value;
		return true;
	case FILE_ELEMENT_SERIAL:
		*(struct octets *)field = value_serial(*value);
		return true;
	case FILE_ELEMENT_TEXT:
		return value_text(element, field);
	case FILE_ELEMENT_GROUP:
		return true;
	}
	return false;
}

static const struct file_element *element_find(const struct file_element *table, uint8_t tag,
					       uint8_t parent)
{
	for (; table->tag; table++)
		if (table->tag == tag && table->parent == parent)
			return table;
	return NULL;
}

static int group_read(struct file_reading *reading, struct octets text, bool padded,
		      uint8_t parent, struct refusal *why);

static int element_read(struct file_reading *reading, const struct file_element *known,
			const struct tlv *element, struct refusal *why)
{
	size_t at = (size_t)(element->value.at - reading->file.at) - TLV_HEAD_LEN;

	if (reading->seen & file_element_bit(known->tag))
		return refusal_set(why, REASON_FILE_LAYOUT, "element %u at byte %zu is there twice",
				   known->tag, at);
	reading->seen |= file_element_bit(known->tag);
	if (!value_take(known, element, reading->object))
		return refusal_set(why, REASON_FILE_LAYOUT,
				   "element %u at byte %zu has %zu bytes that cannot be its value",
				   known->tag, at, element->value.len);
	/* An element is there once, so that groups cannot stand in each other without end. */
	return known->kind == FILE_ELEMENT_GROUP ?
	       group_read(reading, element->value, false, known->tag, why) : 0;
}

static int group_read(struct file_reading *reading, struct octets text, bool padded,
		      uint8_t parent, struct refusal *why)
{
	struct tlv_reader reader = { .text = text, .padded = padded };
	const struct file_element *known;
	struct tlv element;
	enum tlv_result result;
	int err;

	while ((result = tlv_next(&reader, &element)) == TLV_ELEMENT) {
		known = element_find(reading->table, element.tag, parent);
		err = known ? element_read(reading, known, &element, why) : 0;
		if (err)
			return err;
	}
	if (result == TLV_END)
		return 0;
	return refusal_set(why, REASON_FILE_LAYOUT, "the element at byte %zu is cut off",
			   (size_t)(text.at - reading->file.at) + reader.at);
}

int file_elements_read(struct file_reading *reading, struct octets text, bool padded,
		       struct refusal *why)
{
	uint32_t lacking;
	int err;

	err = group_read(reading, text, padded, 0, why);
	lacking = reading->required & ~reading->seen;
	if (err || !lacking)
		return err;
	return refusal_set(why, REASON_FILE_LAYOUT, "there is no element %d in what begins at byte %zu",
			   __builtin_ctz(lacking), (size_t)(text.at - reading->file.at));
}
