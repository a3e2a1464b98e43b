// SPDX-License-Identifier: Apache-2.0
/* Shows what a file is, without judging it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/firmware_archive.h"
#include "../phonesecd/crypto.h"
#include "files.h"
#include "verbs.h"

enum show_limits {
	LABEL_MAX = 256,
	HEX_MAX = 2 * FILE_SERIAL_MAX + 2,
	DATE_MAX = sizeof("2026-11-23T18:00:00Z"),
};

struct record_view {
	char role[16];
	char subject[LABEL_MAX];
	char issuer[LABEL_MAX];
	char dns_name[LABEL_MAX];
	char serial[HEX_MAX];
	char key[32];
	char until[DATE_MAX];
	char fingerprint[2 * CRYPTO_FINGERPRINT_LEN + 2];
	char fault[LABEL_MAX];
};

struct part_view {
	char name[LABEL_MAX];
	uint32_t type;
	uint64_t bytes;
	char changed[DATE_MAX];
};

/* A file in words; @records and @parts are of its kind, or NULL. */
struct file_view {
	const char *kind;
	char version[8];
	char signer_version[8];
	char name[LABEL_MAX];
	char made[DATE_MAX];
	char signer[LABEL_MAX];
	char issuer[LABEL_MAX];
	char serial[HEX_MAX];
	const char *digest;
	uint32_t signature_bits;
	uint32_t header_bytes;
	uint64_t body_bytes;
	uint32_t key_bits;
	struct record_view *records;
	size_t records_count;
	struct part_view *parts;
	size_t parts_count;
};

#define AT(type, member) .offset = offsetof(struct type, member)
#define MANY(member, element) .offset = offsetof(struct file_view, member), \
	.count = offsetof(struct file_view, member##_count), .size = sizeof(struct element)

static const struct output_field record_fields[] = {
	{ "role", "role", OUTPUT_TEXT, AT(record_view, role) },
	{ "subject", "subject", OUTPUT_TEXT, AT(record_view, subject) },
	{ "issuer", "issuer", OUTPUT_TEXT, AT(record_view, issuer) },
	{ "dns_name", "DNS name", OUTPUT_TEXT, AT(record_view, dns_name), .flags = OUTPUT_QUIET },
	{ "serial", "serial", OUTPUT_TEXT, AT(record_view, serial) },
	{ "key", "key", OUTPUT_TEXT, AT(record_view, key) },
	{ "valid_until", "valid until", OUTPUT_TEXT, AT(record_view, until),
	  .flags = OUTPUT_QUIET },
	{ "fingerprint", "SHA-256", OUTPUT_TEXT, AT(record_view, fingerprint),
	  .flags = OUTPUT_QUIET },
	{ "fault", "fault", OUTPUT_TEXT, AT(record_view, fault), .flags = OUTPUT_QUIET },
	{ 0 },
};

static const struct output_field part_fields[] = {
	{ "name", "NAME", OUTPUT_TEXT, AT(part_view, name) },
	{ "type", "TYPE", OUTPUT_U32, AT(part_view, type) },
	{ "bytes", "BYTES", OUTPUT_U64, AT(part_view, bytes) },
	{ "changed", "CHANGED", OUTPUT_TEXT, AT(part_view, changed) },
	{ 0 },
};

static const struct output_field file_fields[] = {
	{ "kind", "kind", OUTPUT_STRING, AT(file_view, kind) },
	{ "version", "version", OUTPUT_TEXT, AT(file_view, version) },
	{ "signer_version", "signer version", OUTPUT_TEXT, AT(file_view, signer_version),
	  .flags = OUTPUT_QUIET },
	{ "name", "signed as", OUTPUT_TEXT, AT(file_view, name) },
	{ "made", "made", OUTPUT_TEXT, AT(file_view, made) },
	{ "signer", "signer", OUTPUT_TEXT, AT(file_view, signer) },
	{ "issuer", "issuer", OUTPUT_TEXT, AT(file_view, issuer) },
	{ "serial", "serial", OUTPUT_TEXT, AT(file_view, serial) },
	{ "digest", "digest", OUTPUT_STRING, AT(file_view, digest) },
	{ "signature_bits", "signature bits", OUTPUT_U32, AT(file_view, signature_bits) },
	{ "header_bytes", "header bytes", OUTPUT_U32, AT(file_view, header_bytes) },
	{ "body_bytes", "body bytes", OUTPUT_U64, AT(file_view, body_bytes) },
	{ "key_bits", "encrypted for bits", OUTPUT_U32, AT(file_view, key_bits),
	  .flags = OUTPUT_QUIET },
	{ "records", "records", OUTPUT_LIST, MANY(records, record_view), .fields = record_fields,
	  .flags = OUTPUT_QUIET | OUTPUT_JSON_ONLY },
	{ "parts", "parts", OUTPUT_LIST, MANY(parts, part_view), .fields = part_fields,
	  .flags = OUTPUT_QUIET },
	{ 0 },
};

/* The records as a table; JSON has the rest of them. */
static const struct output_column record_columns[] = {
	{ "ROLE", "role" },
	{ "SUBJECT", "subject" },
	{ "DNS-NAME", "dns_name" },
	{ "KEY", "key" },
	{ "VALID-UNTIL", "valid_until" },
	{ "SHA-256", "fingerprint" },
	{ "FAULT", "fault" },
	{ 0 },
};

void sign_hex(char *text, size_t size, struct octets bytes)
{
	*text = '\0';
	for (size_t i = 0; i < bytes.len && 2 * i + 2 < size; i++)
		snprintf(text + 2 * i, 3, "%02X", bytes.at[i]);
}

void sign_text(char *text, size_t size, struct octets bytes)
{
	snprintf(text, size, "%.*s", (int)bytes.len, bytes.len ? (const char *)bytes.at : "");
}

static void date_text(char text[DATE_MAX], int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts;

	*text = '\0';
	if (gmtime_r(&time, &parts))
		strftime(text, DATE_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void key_text(char *text, size_t size, EVP_PKEY *key)
{
	snprintf(text, size, "%s %d", EVP_PKEY_get0_type_name(key) ?: "other",
		 EVP_PKEY_get_bits(key));
}

static void record_view_key(struct record_view *view, OSSL_LIB_CTX *library,
			    const struct trust_record *record)
{
	struct refusal why;
	EVP_PKEY *key = trust_record_key(library, record, &why);

	if (key)
		key_text(view->key, sizeof(view->key), key);
	EVP_PKEY_free(key);
}

static void record_view_make(struct record_view *view, OSSL_LIB_CTX *library,
			     const struct trust_record *record)
{
	const char *role = trust_role_name(record->role);
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	struct refusal why = { 0 };
	X509 *certificate;

	snprintf(view->role, sizeof(view->role), role ? "%s" : "%.0s%u", role ?: "", record->role);
	sign_text(view->subject, sizeof(view->subject), record->subject);
	sign_text(view->issuer, sizeof(view->issuer), record->issuer);
	sign_text(view->dns_name, sizeof(view->dns_name), record->dns_name);
	sign_hex(view->serial, sizeof(view->serial), record->serial);
	record_view_key(view, library, record);
	certificate = trust_record_certificate(library, record, &why);
	if (!certificate) {
		snprintf(view->fault, sizeof(view->fault), "%s", why.detail);
		return;
	}
	date_text(view->until, crypto_time(X509_get0_notAfter(certificate)));
	if (crypto_fingerprint(certificate, digest))
		sign_hex(view->fingerprint, sizeof(view->fingerprint),
			 (struct octets){ digest, sizeof(digest) });
	X509_free(certificate);
}

static int records_view(struct file_view *view, OSSL_LIB_CTX *library,
			const struct trust_list *list, struct refusal *why)
{
	struct trust_record record;
	size_t at = 0;

	view->kind = "trust list";
	view->records = calloc(list->count + 1, sizeof(*view->records));
	if (!view->records)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	while (trust_list_next(list, &at, &record))
		record_view_make(&view->records[view->records_count++], library, &record);
	return 0;
}

static int parts_view(struct file_view *view, struct octets body, struct refusal *why)
{
	struct firmware_reader reader = { 0 };
	struct firmware_archive archive;
	struct firmware_entry entry;
	struct part_view *part;
	int err;

	view->kind = "firmware archive";
	err = firmware_archive_read(&archive, body, why);
	if (err)
		return err;
	view->parts = calloc(archive.count + 1, sizeof(*view->parts));
	if (!view->parts)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	while (firmware_archive_next(&archive, &reader, &entry)) {
		part = &view->parts[view->parts_count++];
		sign_text(part->name, sizeof(part->name), entry.name);
		part->type = entry.type;
		part->bytes = entry.content.len;
		date_text(part->changed, entry.time);
	}
	return 0;
}

static void header_view(struct file_view *view, const struct file_header *header)
{
	*view = (struct file_view){
		.kind = header->is_encrypted ? "encrypted file" : "signed file",
		.digest = file_digest_name(header->digest),
		.signature_bits = (uint32_t)header->signature.len * 8,
		.header_bytes = header->length,
		.key_bits = header->is_encrypted ? header->encryption.key_bits : 0,
	};
	snprintf(view->version, sizeof(view->version), "%u.%u", header->version_major,
		 header->version_minor);
	if (header->signer_version_major)
		snprintf(view->signer_version, sizeof(view->signer_version), "%u.%u",
			 header->signer_version_major, header->signer_version_minor);
	sign_text(view->name, sizeof(view->name), header->name);
	sign_text(view->signer, sizeof(view->signer), header->signer_name);
	sign_text(view->issuer, sizeof(view->issuer), header->signer_issuer);
	sign_hex(view->serial, sizeof(view->serial), header->serial);
	if (header->has_timestamp)
		date_text(view->made, header->timestamp);
}

static int file_view(struct file_view *view, OSSL_LIB_CTX *library, struct octets file,
		     struct refusal *why)
{
	struct trust_list list;
	int err;

	if (!file_has_header(file))
		return refusal_set(why, REASON_FILE_UNSIGNED, "it does not begin with a header");
	err = file_header_read(&list.header, file, why);
	if (err)
		return err;
	header_view(view, &list.header);
	view->body_bytes = file_body(&list.header, file).len;
	if (sign_is_list(&list.header)) {
		err = trust_list_read(&list, file, why);
		return err ?: records_view(view, library, &list, why);
	}
	if (firmware_is_archive(file_body(&list.header, file)))
		return parts_view(view, file_body(&list.header, file), why);
	return 0;
}

int sign_show(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	struct file_view view = { 0 };
	OSSL_LIB_CTX *library;
	struct octets file;
	int err;

	err = crypto_library(&library, why);
	if (!err)
		err = file_read(&file, NULL, *arguments->operands, why);
	if (err)
		return err;
	err = file_view(&view, library, file, why);
	if (!err) {
		output_object(out, "file", *arguments->operands, file_fields, &view);
		if (!out->json && view.records_count)
			output_list(out, "records", "", record_columns, record_fields, view.records,
				    sizeof(*view.records), view.records_count);
	}
	free(view.records);
	free(view.parts);
	free((void *)file.at);
	return err;
}
