/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of a header or a record, read into a structure by a table. For what is in files alone:
 * messages of CAPF and TVS have elements that may be there more than once.
 */
#ifndef PHONESEC_FILE_ELEMENTS_H
#define PHONESEC_FILE_ELEMENTS_H

#include "reason.h"
#include "tlv.h"

enum file_element_kind {
	FILE_ELEMENT_U8,
	FILE_ELEMENT_U16,
	FILE_ELEMENT_U32,
	FILE_ELEMENT_PAIR, /* two u8 in a row */
	FILE_ELEMENT_BYTES, /* struct octets, as are the next two */
	FILE_ELEMENT_SERIAL, /* a number without leading zeros */
	FILE_ELEMENT_TEXT, /* without its zero, and without control characters */
	FILE_ELEMENT_GROUP, /* holds others */
};

/**
 * struct file_element - one element
 * @tag: its number, 1 to %FILE_ELEMENT_TAG_MAX; 0 ends a table
 * @parent: element that it stands in, or 0
 * @kind: what its value is
 * @offset: where the value goes in the structure
 * @min, @max: bytes that octets may have; of a text with its zero
 */
struct file_element {
	uint8_t tag;
	uint8_t parent;
	enum file_element_kind kind;
	size_t offset;
	uint16_t min;
	uint16_t max;
};

enum { FILE_ELEMENT_TAG_MAX = 31 };

static inline uint32_t file_element_bit(uint8_t tag)
{
	return UINT32_C(1) << tag;
}

/**
 * file_elements_length - find the element that tells how long a header or a record is
 * @text: begins with the header or record
 * @tag: number of that element, a u16
 * @padded: as for struct tlv_reader
 * @length: result, at least 5 and at most text.len
 * @why: on refusal %REASON_FILE_LAYOUT
 *
 * Return: 0, or the -errno of the reason.
 */
int file_elements_length(struct octets text, uint8_t tag, bool padded, uint16_t *length,
			 struct refusal *why);

/**
 * struct file_reading - elements that are read
 * @table: those that are known; others, and those in a wrong place, are passed over
 * @object: structure that is filled in
 * @file: the whole file, from which positions in refusals are counted
 * @required: bits of the elements that must be there
 * @seen: bits of those that were there, 0 to begin with
 */
struct file_reading {
	const struct file_element *table;
	void *object;
	struct octets file;
	uint32_t required;
	uint32_t seen;
};

/**
 * file_elements_read - read a header or a record
 * @reading: how, and into what
 * @text: exactly the header or record, within reading->file
 * @padded: as for struct tlv_reader
 * @why: on refusal %REASON_FILE_LAYOUT and where
 *
 * Return: 0, or the -errno of the reason.
 */
int file_elements_read(struct file_reading *reading, struct octets text, bool padded,
		       struct refusal *why);

#endif
