/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted files (.enc.sgn): AES-128-CBC under a key of the file's own, which is wrapped for the
 * phone's RSA key (RSAES-PKCS1-v1_5). No such file for an EC key is known.
 */
#ifndef PHONESEC_ENCRYPTED_FILE_H
#define PHONESEC_ENCRYPTED_FILE_H

#include <openssl/evp.h>

#include "file_header.h"

enum encrypted_file_limits {
	/* Bytes of a body that are decrypted at most. */
	ENCRYPTED_FILE_MAX = 4 * 1024 * 1024,
	ENCRYPTED_FILE_KEY_LEN = 16,
	ENCRYPTED_FILE_BLOCK_LEN = 16,
};

/* Values of elements that are always the same and whose meaning is not known for sure. */
enum encrypted_file_constants {
	ENCRYPTED_FILE_CIPHER = 0,
	ENCRYPTED_FILE_KEY_FORM = 0,
	ENCRYPTED_FILE_KEY_ALGORITHM = 1,
	/* What the text is padded with. */
	ENCRYPTED_FILE_PADDING = '\r',
};

/**
 * encrypted_file_open - decrypt a file
 * @library: library context of OpenSSL, or NULL for the default one
 * @header: header of the file, whose signature was checked before
 * @file: the whole file
 * @key: the phone's private key, which may be in a token
 * @plain: result, the caller's until encrypted_file_forget(); a zero that does not count is behind
 * @why: on refusal %REASON_FILE_KEY when it is not for this key, %REASON_FILE_CONTENT when what
 *       comes out is not what was put in, %REASON_FILE_VERSION when it is not encrypted or in an
 *       unknown manner, %REASON_FILE_LAYOUT, %REASON_FILE_TOO_LONG
 *
 * Return: 0, or the -errno of the reason.
 */
int encrypted_file_open(OSSL_LIB_CTX *library, const struct file_header *header,
			struct octets file, EVP_PKEY *key, struct octets *plain,
			struct refusal *why);

/* Destroys and frees a text that was decrypted; it may hold passwords. */
void encrypted_file_forget(struct octets *plain);

/**
 * struct encrypted_body - what became of a text
 * @encryption: for the header; it points into this structure
 * @body: the ciphertext, from malloc()
 * @iv, @wrapped_key, @digest_value: what @encryption points to
 */
struct encrypted_body {
	struct file_encryption encryption;
	struct octets body;
	uint8_t iv[FILE_IV_LEN];
	uint8_t wrapped_key[FILE_WRAPPED_KEY_MAX];
	uint8_t digest_value[FILE_DIGEST_MAX];
};

/**
 * encrypted_body_make - encrypt a text under a new key
 * @made: filled in, the caller's until encrypted_body_clear(); it must not be moved
 * @library: as above
 * @recipient: the phone's public key
 * @digest: of the text, for the header
 * @plain: the text
 * @why: on refusal %REASON_FILE_RECIPIENT: not an RSA key, or one that is too large;
 *       %REASON_FILE_TOO_LONG, %REASON_RANDOM, %REASON_NO_MEMORY
 *
 * Return: 0, or the -errno of the reason.
 */
int encrypted_body_make(struct encrypted_body *made, OSSL_LIB_CTX *library, EVP_PKEY *recipient,
			enum file_digest digest, struct octets plain, struct refusal *why);
void encrypted_body_clear(struct encrypted_body *made);

#endif
