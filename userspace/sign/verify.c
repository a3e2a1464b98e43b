// SPDX-License-Identifier: Apache-2.0
/* Checks files against a certificate or a trust list, and opens those that hold. */
#include <stdlib.h>
#include <string.h>

#include "../lib/encrypted_file.h"
#include "../lib/file_signature.h"
#include "../phonesecd/crypto.h"
#include "files.h"
#include "verbs.h"

bool sign_is_list(const struct file_header *header)
{
	static const char suffix[] = ".tlv";
	const size_t len = sizeof(suffix) - 1;

	return header->name.len > len &&
	       !memcmp(header->name.at + header->name.len - len, suffix, len);
}

/**
 * struct verdict - who signed a file, in words
 * @signer: subject
 * @role: of a trust list, or empty
 * @digest: that was signed
 * @name: that was signed
 */
struct verdict {
	char signer[256];
	char role[16];
	const char *digest;
	char name[FILE_NAME_MAX + 1];
};

static const struct output_field verdict_fields[] = {
	{ "signer", "signed by", OUTPUT_TEXT, .offset = offsetof(struct verdict, signer) },
	{ "role", "in the role", OUTPUT_TEXT, .offset = offsetof(struct verdict, role),
	  .flags = OUTPUT_QUIET },
	{ "digest", "over", OUTPUT_STRING, .offset = offsetof(struct verdict, digest) },
	{ "name", "as", OUTPUT_TEXT, .offset = offsetof(struct verdict, name) },
	{ 0 },
};

static bool role_fits(const struct file_header *header, uint16_t role)
{
	return sign_is_list(header) ? role == TRUST_ROLE_SAST : trust_role_signs_files(role);
}

static int record_check(OSSL_LIB_CTX *library, const struct trust_record *record,
			const struct file_header *header, struct octets file,
			struct verdict *verdict, struct refusal *why)
{
	EVP_PKEY *key = trust_record_key(library, record, why);
	int err;

	if (!key)
		return -reason_words(why->code)->error;
	err = file_signature_check(library, header, file, key, why);
	EVP_PKEY_free(key);
	sign_text(verdict->signer, sizeof(verdict->signer), record->subject);
	snprintf(verdict->role, sizeof(verdict->role), "%s", trust_role_name(record->role));
	return err;
}

/* Tries each record that can be the signer's; the last refusal is told. */
static int list_check(OSSL_LIB_CTX *library, const struct trust_list *list,
		      const struct file_header *header, struct octets file,
		      struct verdict *verdict, struct refusal *why)
{
	struct trust_record record;
	size_t at = 0;
	int err;

	err = refusal_set(why, REASON_FILE_SIGNER, "'%.*s' is not in the list",
			  (int)header->signer_name.len,
			  header->signer_name.len ? (const char *)header->signer_name.at : "");
	while (trust_list_next(list, &at, &record)) {
		if (!trust_record_signs(&record, header))
			continue;
		if (!role_fits(header, record.role)) {
			if (why->code == REASON_FILE_SIGNER)
				err = refusal_set(why, REASON_FILE_ROLE, "it needs the role %s",
						  sign_is_list(header) ? "SAST" :
						  "TFTP or CCM+TFTP");
			continue;
		}
		err = record_check(library, &record, header, file, verdict, why);
		if (!err)
			return 0;
	}
	return err;
}

/* A list vouches for files with the same rules as on a phone. */
static int list_file_check(OSSL_LIB_CTX *library, const char *name,
			   const struct file_header *header, struct octets file,
			   struct verdict *verdict, struct refusal *why)
{
	struct trust_list list;
	struct octets bytes;
	int err;

	err = file_read(&bytes, NULL, name, why);
	if (err)
		return err;
	err = trust_list_read(&list, bytes, why);
	if (!err)
		err = list_check(library, &list, header, file, verdict, why);
	free((void *)bytes.at);
	return err;
}

static int certificate_check(OSSL_LIB_CTX *library, const char *name,
			     const struct file_header *header, struct octets file,
			     struct verdict *verdict, struct refusal *why)
{
	X509 *certificate = certificate_load(name, why);
	EVP_PKEY *key;
	int err;

	if (!certificate)
		return -reason_words(why->code)->error;
	key = X509_get0_pubkey(certificate);
	err = key ? file_signature_check(library, header, file, key, why) :
		    refusal_set(why, REASON_FILE_STORE, "%s: its key is of an unknown kind", name);
	crypto_name(X509_get_subject_name(certificate), verdict->signer, sizeof(verdict->signer));
	X509_free(certificate);
	return err;
}

/* Whose signature a file has: a certificate's, somebody's in a list, or in the list that it is. */
static int file_check(const struct sign_arguments *arguments, OSSL_LIB_CTX *library,
		      const struct file_header *header, struct octets file,
		      struct verdict *verdict, struct refusal *why)
{
	const char *list_name = arguments->values[SIGN_OPTION_LIST];
	const char *signer = arguments->values[SIGN_OPTION_SIGNER];
	struct trust_list list;
	int err;

	*verdict = (struct verdict){ .digest = file_digest_name(header->digest) };
	sign_text(verdict->name, sizeof(verdict->name), header->name);
	if (signer && list_name)
		return refusal_set(why, REASON_OPTION_REPEATED, "--signer or --list, not both");
	if (signer)
		return certificate_check(library, signer, header, file, verdict, why);
	if (list_name)
		return list_file_check(library, list_name, header, file, verdict, why);
	if (!sign_is_list(header))
		return refusal_set(why, REASON_OPTION_MISSING, "--signer or --list");
	err = trust_list_read(&list, file, why);
	return err ?: list_check(library, &list, header, file, verdict, why);
}

/* Reads a file and checks who signed it; on success the caller frees @file. */
static int file_verify(const struct sign_arguments *arguments, OSSL_LIB_CTX **library,
		       struct file_header *header, struct octets *file, struct verdict *verdict,
		       struct refusal *why)
{
	int err;

	err = crypto_library(library, why);
	if (!err)
		err = file_read(file, NULL, *arguments->operands, why);
	if (err)
		return err;
	err = file_has_header(*file) ? file_header_read(header, *file, why) :
	      refusal_set(why, REASON_FILE_UNSIGNED, "%s", *arguments->operands);
	if (!err)
		err = file_check(arguments, *library, header, *file, verdict, why);
	if (err)
		free((void *)file->at);
	return err;
}

int sign_verify(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	struct file_header header;
	struct verdict verdict;
	OSSL_LIB_CTX *library;
	struct octets file;
	int err;

	err = file_verify(arguments, &library, &header, &file, &verdict, why);
	if (err)
		return err;
	output_object(out, "verified", "The signature holds.", verdict_fields, &verdict);
	if (header.digest == FILE_DIGEST_SHA1)
		output_remark(out, "SHA-1 is weak: phones take it only where their policy lets them.");
	free((void *)file.at);
	return 0;
}

static int plain_write(const struct sign_arguments *arguments, OSSL_LIB_CTX *library,
		       const struct file_header *header, struct octets file, struct refusal *why)
{
	const char *name = arguments->values[SIGN_OPTION_KEY];
	struct octets plain;
	EVP_PKEY *key;
	int err;

	if (!header->is_encrypted)
		return file_write(arguments->values[SIGN_OPTION_OUT], file_body(header, file),
				  false, why);
	if (!name)
		return refusal_set(why, REASON_OPTION_MISSING, "--key, as it is encrypted");
	key = key_load(name, why);
	if (!key)
		return -reason_words(why->code)->error;
	err = encrypted_file_open(library, header, file, key, &plain, why);
	EVP_PKEY_free(key);
	if (err)
		return err;
	err = file_write(arguments->values[SIGN_OPTION_OUT], plain, true, why);
	encrypted_file_forget(&plain);
	return err;
}

int sign_open(const struct sign_arguments *arguments, struct output *out, struct refusal *why)
{
	struct file_header header;
	struct verdict verdict;
	OSSL_LIB_CTX *library;
	struct octets file;
	int err;

	(void)out;
	err = file_verify(arguments, &library, &header, &file, &verdict, why);
	if (err)
		return err;
	err = plain_write(arguments, library, &header, file, why);
	free((void *)file.at);
	return err;
}
