/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of a tag of one byte, a length of two and a value, all integers big-endian: what
 * trust lists, signed files, CAPF and TVS consist of.
 */
#ifndef PHONESEC_TLV_H
#define PHONESEC_TLV_H

#include <stdbool.h>

#include "octets.h"

enum {
	TLV_HEAD_LEN = 3,
	TLV_VALUE_MAX = UINT16_MAX,
	/* Stands alone, without length and value, in files. */
	TLV_PADDING = 13,
};

/**
 * struct tlv - one element
 * @tag: what it is
 * @at: where it begins, in bytes from the front of what is read
 * @value: without the head
 */
struct tlv {
	uint8_t tag;
	size_t at;
	struct octets value;
};

/**
 * struct tlv_reader - goes through elements in their order
 * @text: what is read
 * @at: bytes that were read
 * @padded: the byte 13 is padding and is passed over, as in headers of files
 */
struct tlv_reader {
	struct octets text;
	size_t at;
	bool padded;
};

enum tlv_result {
	TLV_ELEMENT,
	TLV_END,
	TLV_CUT, /* the text ends within an element */
};

/* The next element; @element is filled in for %TLV_ELEMENT alone, and the reader moves on. */
enum tlv_result tlv_next(struct tlv_reader *reader, struct tlv *element);

/* A number of 1, 2 or 4 bytes. Returns false when the value has another length. */
bool tlv_u8(const struct tlv *element, uint8_t *number);
bool tlv_u16(const struct tlv *element, uint16_t *number);
bool tlv_u32(const struct tlv *element, uint32_t *number);

/* A text that ends in its only zero, which does not count. Returns false when it does not. */
bool tlv_text(const struct tlv *element, struct octets *text);

/**
 * struct tlv_writer - elements one behind the other
 * @bytes: room for them, the caller's
 * @size: bytes of room
 * @len: bytes written
 * @full: something did not fit; nothing more is written
 */
struct tlv_writer {
	uint8_t *bytes;
	size_t size;
	size_t len;
	bool full;
};

void tlv_put(struct tlv_writer *writer, uint8_t tag, const void *value, size_t len);
void tlv_put_u8(struct tlv_writer *writer, uint8_t tag, uint8_t number);
void tlv_put_u16(struct tlv_writer *writer, uint8_t tag, uint16_t number);
void tlv_put_u32(struct tlv_writer *writer, uint8_t tag, uint32_t number);
/* A text with a zero behind it. */
void tlv_put_text(struct tlv_writer *writer, uint8_t tag, const char *text);
/* Bytes that are no element. */
void tlv_put_raw(struct tlv_writer *writer, const void *bytes, size_t len);

/* An element that holds others: what is put between the two calls is its value. */
size_t tlv_open(struct tlv_writer *writer, uint8_t tag);
void tlv_close(struct tlv_writer *writer, size_t opened);

#endif
