/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header that trust lists (.tlv), signed files (.sgn, .loads), encrypted files (.enc.sgn)
 * and firmware images (.sbn) begin with: who signed the file, under which name, when and how.
 * All numbers are big-endian in the file.
 */
#ifndef PHONESEC_FILE_HEADER_H
#define PHONESEC_FILE_HEADER_H

#include <stdbool.h>

#include "octets.h"
#include "reason.h"

enum file_header_limits {
	/* Bytes; what those who make such files write is far shorter. */
	FILE_NAME_MAX = 255,
	FILE_DN_MAX = 2048,
	FILE_SERIAL_MAX = 64,
	FILE_SIGNATURE_MAX = 1024,
	FILE_WRAPPED_KEY_MAX = 1024,
	FILE_IV_LEN = 16,
	FILE_DIGEST_MAX = 64,
};

/* The only algorithm of signatures that is known in these files: RSASSA-PKCS1-v1_5. */
enum { FILE_SIGNATURE_RSA = 0 };

/* Numbers of digests in headers and records. 2 is known and not used by servers in the field. */
enum file_digest {
	FILE_DIGEST_SHA1 = 1,
	FILE_DIGEST_SHA256 = 2,
	FILE_DIGEST_SHA512 = 3,
};

/**
 * struct file_encryption - how the body of an encrypted file was encrypted
 * @cipher: element 18; only 0 was ever seen
 * @iv: %FILE_IV_LEN bytes
 * @pad: bytes of padding behind the text
 * @key_form: element 22; only 0 was ever seen
 * @key_bits: size of the RSA key that the session key is wrapped for
 * @key_algorithm: element 24; only 1 was ever seen
 * @wrapped_key: the session key, for the phone's RSA key
 * @digest: enum file_digest of @digest_value
 * @digest_value: of the text before it was padded and encrypted
 */
struct file_encryption {
	uint8_t cipher;
	struct octets iv;
	uint16_t pad;
	uint8_t key_form;
	uint16_t key_bits;
	uint8_t key_algorithm;
	struct octets wrapped_key;
	uint8_t digest;
	struct octets digest_value;
};

/**
 * struct file_header - the header; what it points to lies in the file
 * @length: bytes of the header; the body is behind it
 * @version_major: 1, or 2 for encrypted files
 * @version_minor: newer ones than are known are taken
 * @signer_version_major: 0 when the file does not tell
 * @signer_version_minor: from 1.1 on, phones may have EC keys and fetch files by HTTPS
 * @signer_name: subject of the signer, without the zero behind it; a label, attributes are joined
 *               by ';' or ','
 * @signer_issuer: its issuer, the same
 * @serial: serial number of the signer without leading zeros, so that zero is empty
 * @digest: enum file_digest that is signed; whether it will do is the policy's business
 * @signature_algorithm: always %FILE_SIGNATURE_RSA
 * @signature: its bytes
 * @signature_element: the whole element of it, the only part of the file that is not signed
 * @name: the file's name as it was signed, without the zero; empty when there is none
 * @has_timestamp: @timestamp was there
 * @timestamp: when it was made, seconds since 1970
 * @is_encrypted: @encryption was there
 */
struct file_header {
	uint16_t length;
	uint8_t version_major;
	uint8_t version_minor;
	uint8_t signer_version_major;
	uint8_t signer_version_minor;
	struct octets signer_name;
	struct octets signer_issuer;
	struct octets serial;
	uint8_t digest;
	uint8_t signature_algorithm;
	struct octets signature;
	struct octets signature_element;
	struct octets name;
	bool has_timestamp;
	uint32_t timestamp;
	bool is_encrypted;
	struct file_encryption encryption;
};

/* Whether a file begins as one with a header does; a plain text never does. */
bool file_has_header(struct octets file);

/**
 * file_header_read - read the header of a file
 * @header: filled in; it points into @file, which must stay
 * @file: the whole file
 * @why: on refusal %REASON_FILE_LAYOUT or %REASON_FILE_VERSION, with what was found where
 *
 * Elements may stand in any order, unknown ones are passed over, none may be there twice.
 * Names hold no control characters. Nothing is checked but the form: the signature is the
 * business of file_signature_check().
 *
 * Return: 0, or the -errno of the reason.
 */
int file_header_read(struct file_header *header, struct octets file, struct refusal *why);

/* What stands behind the header; it lies in the file. */
struct octets file_body(const struct file_header *header, struct octets file);

/* Name of a digest for OpenSSL and people, such as "SHA512", or NULL for an unknown number. */
const char *file_digest_name(uint8_t digest);

/* Length of a digest in bytes, 0 for an unknown number. */
size_t file_digest_len(uint8_t digest);

#endif
