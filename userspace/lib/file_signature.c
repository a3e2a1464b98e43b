// SPDX-License-Identifier: Apache-2.0
#include "file_signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "crypto_error.h"
#include "file_tags.h"

enum signature_overhead {
	/* Bytes of a signature by RSASSA-PKCS1-v1_5 beside the digest. */
	DIGEST_INFO_LEN = 19,
	PADDING_LEN = 11,
};

static bool padding_set(EVP_PKEY_CTX *parameters)
{
	return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) > 0;
}

int file_signature_check(OSSL_LIB_CTX *library, const struct file_header *header,
			 struct octets file, EVP_PKEY *key, struct refusal *why)
{
	size_t before = (size_t)(header->signature_element.at - file.at);
	size_t behind = before + header->signature_element.len;
	const char *digest = file_digest_name(header->digest);
	EVP_PKEY_CTX *parameters;
	EVP_MD_CTX *context;
	int err = 0;

	if (!EVP_PKEY_is_a(key, "RSA") ||
	    (size_t)EVP_PKEY_get_size(key) != header->signature.len)
		return refusal_set(why, REASON_FILE_SIGNATURE,
				   "%zu bytes are no signature by this %s key of %d bits",
				   header->signature.len, EVP_PKEY_get0_type_name(key) ?: "other",
				   EVP_PKEY_get_bits(key));
	ERR_clear_error();
	context = EVP_MD_CTX_new();
	if (!context || EVP_DigestVerifyInit_ex(context, &parameters, digest, library, NULL, key,
						NULL) <= 0 || !padding_set(parameters))
		err = refusal_set(why, REASON_SYSTEM, "%s with RSA: %s", digest, crypto_error());
	else if (EVP_DigestVerifyUpdate(context, file.at, before) <= 0 ||
		 EVP_DigestVerifyUpdate(context, file.at + behind, file.len - behind) <= 0 ||
		 EVP_DigestVerifyFinal(context, header->signature.at, header->signature.len) != 1)
		err = refusal_set(why, REASON_FILE_SIGNATURE, "over %s", digest);
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return err;
}

int file_signature_key(EVP_PKEY *key, struct refusal *why)
{
	int len = EVP_PKEY_get_size(key);

	if (EVP_PKEY_is_a(key, "RSA"))
		for (int i = 0; i < FILE_MODULUS_COUNT; i++)
			if (len == FILE_MODULUS_FIRST_LEN << i)
				return len;
	return refusal_set(why, REASON_FILE_SIGNING_KEY, "a %s key of %d bits",
			   EVP_PKEY_get0_type_name(key) ?: "other", EVP_PKEY_get_bits(key));
}

int file_signature_make(OSSL_LIB_CTX *library, enum file_digest digest, const struct octets *parts,
			size_t count, EVP_PKEY *key, uint8_t *signature, struct refusal *why)
{
	int size = file_signature_key(key, why);
	EVP_PKEY_CTX *parameters;
	EVP_MD_CTX *context;
	size_t len;
	bool made;

	if (size < 0)
		return size;
	if (file_digest_len(digest) + DIGEST_INFO_LEN + PADDING_LEN > (size_t)size)
		return refusal_set(why, REASON_FILE_SIGNING_KEY, "%d bits are too few for %s",
				   EVP_PKEY_get_bits(key), file_digest_name(digest));
	ERR_clear_error();
	len = (size_t)size;
	context = EVP_MD_CTX_new();
	made = context && EVP_DigestSignInit_ex(context, &parameters, file_digest_name(digest),
						library, NULL, key, NULL) > 0 &&
	       padding_set(parameters);
	for (size_t i = 0; made && i < count; i++)
		made = EVP_DigestSignUpdate(context, parts[i].at, parts[i].len) > 0;
	made = made && EVP_DigestSignFinal(context, signature, &len) > 0 && len == (size_t)size;
	EVP_MD_CTX_free(context);
	return made ? 0 : refusal_set(why, REASON_FILE_SIGNING_KEY, "%s", crypto_error());
}
