// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/trust_list.c userspace/lib/trust_record.c userspace/lib/file_header.c */
/* sources: userspace/lib/file_elements.c userspace/lib/tlv.c userspace/lib/reason.c */
/*
 * Trust lists of any bytes: the records that reading has counted are the ones that are walked,
 * and a certificate or key comes out of a record whole or not at all.
 */
#include <stdint.h>
#include <stdlib.h>

#include "trust_list.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static void lies_in(struct octets part, struct octets file)
{
	DEMAND(!part.len || (part.at >= file.at && part.at + part.len <= file.at + file.len));
}

static void check_record(const struct trust_list *list, const struct trust_record *record)
{
	struct refusal why = { 0 };
	X509 *certificate = trust_record_certificate(NULL, record, &why);
	EVP_PKEY *key;

	DEMAND(certificate || why.code == REASON_FILE_CONTENT);
	if (certificate)
		trust_record_is(NULL, record, certificate);
	X509_free(certificate);
	key = trust_record_key(NULL, record, &why);
	DEMAND(key || why.code == REASON_FILE_CONTENT);
	EVP_PKEY_free(key);
	lies_in(record->subject, list->records);
	lies_in(record->issuer, list->records);
	lies_in(record->dns_name, list->records);
	lies_in(record->serial, list->records);
	lies_in(record->certificate, list->records);
	DEMAND(!record->serial.len || *record->serial.at);
	if (trust_record_signs(record, &list->header))
		DEMAND(record->serial.len == list->header.serial.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct trust_record record;
	struct trust_list list;
	struct refusal why = { 0 };
	size_t at = 0, count = 0;

	if (trust_list_read(&list, (struct octets){ data, len }, &why)) {
		DEMAND(why.code);
		return 0;
	}
	while (trust_list_next(&list, &at, &record)) {
		check_record(&list, &record);
		count++;
	}
	DEMAND(count == list.count && at == list.records.len);
	return 0;
}
