// SPDX-License-Identifier: Apache-2.0
#include "trust_list.h"

#include <string.h>
#include <strings.h>

#include "file_elements.h"
#include "file_tags.h"

/* The record, and its length, which is of no use once it is read. */
struct record_reading {
	struct trust_record record;
	uint16_t length;
};

#define AT(field) offsetof(struct record_reading, record.field)

static const struct file_element elements[] = {
	{ TRUST_TAG_LENGTH, 0, FILE_ELEMENT_U16, offsetof(struct record_reading, length) },
	{ TRUST_TAG_DNS_NAME, 0, FILE_ELEMENT_TEXT, AT(dns_name), 1, FILE_NAME_MAX + 1 },
	{ TRUST_TAG_SUBJECT, 0, FILE_ELEMENT_TEXT, AT(subject), 1, FILE_DN_MAX + 1 },
	{ TRUST_TAG_ROLE, 0, FILE_ELEMENT_U16, AT(role) },
	{ TRUST_TAG_ISSUER, 0, FILE_ELEMENT_TEXT, AT(issuer), 1, FILE_DN_MAX + 1 },
	{ TRUST_TAG_SERIAL, 0, FILE_ELEMENT_SERIAL, AT(serial), 0, FILE_SERIAL_MAX },
	{ TRUST_TAG_PUBLIC_KEY, 0, FILE_ELEMENT_BYTES, AT(public_key), 0, TRUST_KEY_MAX },
	{ TRUST_TAG_SIGNATURE, 0, FILE_ELEMENT_BYTES, AT(signature), 0, FILE_SIGNATURE_MAX },
	{ TRUST_TAG_CERTIFICATE, 0, FILE_ELEMENT_BYTES, AT(certificate), 0, TRUST_CERTIFICATE_MAX },
	{ TRUST_TAG_ADDRESS, 0, FILE_ELEMENT_BYTES, AT(address), 0, TRUST_ADDRESS_MAX },
	{ TRUST_TAG_HASH, 0, FILE_ELEMENT_BYTES, AT(hash), 0, FILE_DIGEST_MAX },
	{ TRUST_TAG_HASH_DIGEST, 0, FILE_ELEMENT_U8, AT(hash_digest) },
	{ 0 },
};

#define REQUIRED (file_element_bit(TRUST_TAG_LENGTH) | file_element_bit(TRUST_TAG_ROLE))

/* Reads the record at @at of a file and tells how long it is. */
static int record_read(struct trust_record *record, struct octets file, size_t at,
		       uint16_t *length, struct refusal *why)
{
	struct octets rest = { file.at + at, file.len - at };
	struct record_reading read = { 0 };
	struct file_reading reading = { elements, &read, file, REQUIRED };
	int err;

	err = file_elements_length(rest, TRUST_TAG_LENGTH, false, length, why);
	if (!err)
		err = file_elements_read(&reading, (struct octets){ rest.at, *length }, false, why);
	*record = read.record;
	return err;
}

int trust_list_read(struct trust_list *list, struct octets file, struct refusal *why)
{
	struct trust_list read = { 0 };
	struct trust_record record;
	uint16_t length;
	int err;

	if (file.len > PHONESEC_TRUST_LIST_MAX)
		return refusal_set(why, REASON_TRUST_LIST_TOO_LONG,
				   "it has %zu bytes, at most %d are taken", file.len,
				   PHONESEC_TRUST_LIST_MAX);
	err = file_header_read(&read.header, file, why);
	if (err)
		return err;
	if (read.header.is_encrypted)
		return refusal_set(why, REASON_FILE_VERSION, "it is encrypted, which lists are not");
	read.records = file_body(&read.header, file);
	for (size_t at = read.header.length; at < file.len; at += length) {
		err = record_read(&record, file, at, &length, why);
		if (err)
			return err;
		read.count++;
	}
	*list = read;
	return 0;
}

bool trust_list_next(const struct trust_list *list, size_t *at, struct trust_record *record)
{
	struct refusal why;
	uint16_t length;

	if (*at >= list->records.len || record_read(record, list->records, *at, &length, &why))
		return false;
	*at += length;
	return true;
}

bool trust_record_signs(const struct trust_record *record, const struct file_header *header)
{
	return record->serial.at && record->serial.len == header->serial.len &&
	       !memcmp(record->serial.at, header->serial.at, record->serial.len);
}

static const struct {
	enum trust_role role;
	const char *name;
} roles[] = {
	{ TRUST_ROLE_SAST, "SAST" },
	{ TRUST_ROLE_CCM, "CCM" },
	{ TRUST_ROLE_CCM_TFTP, "CCM+TFTP" },
	{ TRUST_ROLE_TFTP, "TFTP" },
	{ TRUST_ROLE_CAPF, "CAPF" },
	{ TRUST_ROLE_APP_SERVER, "APP-SERVER" },
	{ TRUST_ROLE_TVS, "TVS" },
};

enum { ROLES_COUNT = sizeof(roles) / sizeof(*roles) };

bool trust_role_signs_files(uint16_t role)
{
	return role == TRUST_ROLE_CCM_TFTP || role == TRUST_ROLE_TFTP;
}

const char *trust_role_name(uint16_t role)
{
	for (size_t i = 0; i < ROLES_COUNT; i++)
		if (roles[i].role == role)
			return roles[i].name;
	return NULL;
}

bool trust_role_find(const char *name, uint16_t *role)
{
	for (size_t i = 0; i < ROLES_COUNT; i++)
		if (!strcasecmp(roles[i].name, name)) {
			*role = roles[i].role;
			return true;
		}
	return false;
}
