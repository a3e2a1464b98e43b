/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signature of a file with a header: RSASSA-PKCS1-v1_5 over the whole file without the
 * element that holds it. With keys of other kinds no such file is known.
 */
#ifndef PHONESEC_FILE_SIGNATURE_H
#define PHONESEC_FILE_SIGNATURE_H

#include <openssl/evp.h>

#include "file_header.h"

/**
 * file_signature_check - whether a key made the signature of a file
 * @library: library context of OpenSSL, or NULL for the default one
 * @header: as it was read from @file
 * @file: the whole file
 * @key: public key of who should have signed it
 * @why: on refusal %REASON_FILE_SIGNATURE; %REASON_SYSTEM where OpenSSL lacks the digest
 *
 * Whether that key may sign this file, and whether its digest is strong enough, is not asked.
 *
 * Return: 0, or the -errno of the reason.
 */
int file_signature_check(OSSL_LIB_CTX *library, const struct file_header *header,
			 struct octets file, EVP_PKEY *key, struct refusal *why);

/**
 * file_signature_key - whether a key can sign files
 * @key: public or private key
 * @why: on refusal %REASON_FILE_SIGNING_KEY: only RSA of 512, 1024, 2048 and 4096 bits can
 *
 * Return: bytes of its signatures, or the -errno of the reason.
 */
int file_signature_key(EVP_PKEY *key, struct refusal *why);

/**
 * file_signature_make - sign
 * @library: as above
 * @digest: which one is signed
 * @parts: what is signed, one behind the other
 * @count: number of @parts
 * @key: private key, which may be in a token
 * @signature: result, room for as many bytes as file_signature_key() told
 * @why: on refusal %REASON_FILE_SIGNING_KEY with what OpenSSL says
 *
 * Return: 0, or the -errno of the reason.
 */
int file_signature_make(OSSL_LIB_CTX *library, enum file_digest digest, const struct octets *parts,
			size_t count, EVP_PKEY *key, uint8_t *signature, struct refusal *why);

#endif
