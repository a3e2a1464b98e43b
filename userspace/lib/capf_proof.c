// SPDX-License-Identifier: Apache-2.0
#include "capf_proof.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

enum { PARTS = 2 };

/* The digest of both parts; false when there is no such digest. */
static bool digest_make(OSSL_LIB_CTX *library, const char *name, const struct octets *parts,
			uint8_t digest[EVP_MAX_MD_SIZE], unsigned int *len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_MD *md = EVP_MD_fetch(library, name, NULL);
	bool done;

	done = context && md && EVP_DigestInit_ex2(context, md, NULL);
	for (int i = 0; done && i < PARTS; i++)
		done = EVP_DigestUpdate(context, parts[i].at, parts[i].len);
	done = done && EVP_DigestFinal_ex(context, digest, len);
	EVP_MD_free(md);
	EVP_MD_CTX_free(context);
	return done;
}

/*
 * Signs a digest as it is: without the name of a digest, RSA pads the bare bytes and ECDSA
 * is what it is with one. Returns the bytes of the signature, 0 when the key cannot.
 */
static size_t digest_sign(OSSL_LIB_CTX *library, EVP_PKEY *key, const uint8_t *digest,
			  size_t digest_len, uint8_t signature[CAPF_SIGNATURE_MAX])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);
	size_t len = CAPF_SIGNATURE_MAX;
	bool done;

	done = context && EVP_PKEY_sign_init(context) > 0;
	if (done && EVP_PKEY_is_a(key, "RSA"))
		done = EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
	done = done && EVP_PKEY_get_size(key) <= CAPF_SIGNATURE_MAX &&
	       EVP_PKEY_sign(context, signature, &len, digest, digest_len) > 0;
	EVP_PKEY_CTX_free(context);
	return done ? len : 0;
}

static size_t parts_sign(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *name,
			 const struct octets *parts, uint8_t signature[CAPF_SIGNATURE_MAX])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (!digest_make(library, name, parts, digest, &len))
		return 0;
	return digest_sign(library, key, digest, len, signature);
}

static int proof_make(struct capf_proof *proof, OSSL_LIB_CTX *library, EVP_PKEY *key,
		      const struct octets *parts, struct refusal *why)
{
	const char *error;

	ERR_clear_error();
	proof->sha1_len = parts_sign(library, key, "SHA1", parts, proof->sha1);
	proof->sha512_len = parts_sign(library, key, "SHA512", parts, proof->sha512);
	error = ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
	if (proof->sha1_len || proof->sha512_len)
		return 0;
	return refusal_set(why, REASON_IDENTITY_UNUSABLE, "its key cannot sign: %s",
			   error ?: "no reason is told");
}

int capf_proof_make(struct capf_proof *proof, OSSL_LIB_CTX *library, EVP_PKEY *key,
		    const char *device, struct octets certificate, struct refusal *why)
{
	const struct octets parts[PARTS] = {
		{ (const uint8_t *)device, strlen(device) + 1 }, certificate,
	};

	return proof_make(proof, library, key, parts, why);
}

int capf_proof_make_sudi(struct capf_proof *proof, OSSL_LIB_CTX *library, EVP_PKEY *key,
			 uint32_t session, struct octets certificate, struct refusal *why)
{
	const uint8_t number[] = { (uint8_t)session, (uint8_t)(session >> 8),
				   (uint8_t)(session >> 16), (uint8_t)(session >> 24) };
	const struct octets parts[PARTS] = { { number, sizeof(number) }, certificate };

	if (!EVP_PKEY_is_a(key, "RSA"))
		return refusal_set(why, REASON_IDENTITY_UNUSABLE, "%s is no RSA key",
				   EVP_PKEY_get0_type_name(key) ?: "it");
	return proof_make(proof, library, key, parts, why);
}
