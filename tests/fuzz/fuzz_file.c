// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/file_header.c userspace/lib/file_elements.c userspace/lib/tlv.c */
/* sources: userspace/lib/file_signature.c userspace/lib/encrypted_file.c userspace/lib/secret.c */
/* sources: userspace/lib/firmware_archive.c userspace/lib/crypto_error.c userspace/lib/reason.c */
/*
 * Signed files, encrypted files and images of any bytes: what a header points to lies in the
 * file, and no key that signed nothing has signed it.
 */
#include <openssl/rsa.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "encrypted_file.h"
#include "file_signature.h"
#include "firmware_archive.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static void lies_in(struct octets part, struct octets file)
{
	DEMAND(!part.len || (part.at >= file.at && part.at + part.len <= file.at + file.len));
}

static void check_text(struct octets text, struct octets file)
{
	lies_in(text, file);
	for (size_t i = 0; i < text.len; i++)
		DEMAND(text.at[i] >= ' ' && text.at[i] != 0x7f);
}

/* Short, so that signatures of 64 bytes, which fuzzing finds, reach the arithmetic. */
static EVP_PKEY *key_short(void)
{
	static EVP_PKEY *key;

	if (!key)
		key = EVP_RSA_gen(512);
	DEMAND(key);
	return key;
}

static void check_header(const struct file_header *header, struct octets file)
{
	DEMAND(header->length <= file.len && file_digest_name(header->digest));
	check_text(header->signer_name, file);
	check_text(header->signer_issuer, file);
	check_text(header->name, file);
	lies_in(header->serial, file);
	lies_in(header->signature_element, file);
	DEMAND(header->signature_element.len == header->signature.len + 3);
	DEMAND(header->signature_element.at + header->signature_element.len <=
	       file.at + header->length);
	if (!header->is_encrypted)
		return;
	lies_in(header->encryption.iv, file);
	lies_in(header->encryption.wrapped_key, file);
	DEMAND(header->encryption.iv.len == FILE_IV_LEN);
	DEMAND(header->encryption.digest_value.len == file_digest_len(header->encryption.digest));
}

static void check_archive(struct octets body)
{
	struct firmware_reader reader = { 0 };
	struct firmware_archive archive;
	struct firmware_entry entry;
	struct refusal why = { 0 };
	uint32_t count = 0;

	if (firmware_archive_read(&archive, body, &why)) {
		DEMAND(why.code);
		return;
	}
	while (firmware_archive_next(&archive, &reader, &entry)) {
		check_text(entry.name, body);
		lies_in(entry.content, body);
		count++;
	}
	DEMAND(count == archive.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct octets file = { data, len }, plain;
	struct file_header header;
	struct refusal why = { 0 };

	check_archive(file);
	if (file_header_read(&header, file, &why)) {
		DEMAND(why.code);
		return 0;
	}
	check_header(&header, file);
	DEMAND(file_signature_check(NULL, &header, file, key_short(), &why));
	if (!encrypted_file_open(NULL, &header, file, key_short(), &plain, &why))
		encrypted_file_forget(&plain);
	check_archive(file_body(&header, file));
	return 0;
}
