// SPDX-License-Identifier: Apache-2.0
#include "file_header.h"

#include <string.h>

#include "file_elements.h"
#include "file_tags.h"

/* The header, and what is of no use once it is read. */
struct header_reading {
	struct file_header header;
	uint16_t length;
	uint8_t modulus;
};

#define AT(field) offsetof(struct header_reading, header.field)

static const struct file_element elements[] = {
	{ FILE_TAG_VERSION, 0, FILE_ELEMENT_PAIR, AT(version_major) },
	{ FILE_TAG_LENGTH, 0, FILE_ELEMENT_U16, offsetof(struct header_reading, length) },
	{ FILE_TAG_SIGNER_VERSION, 0, FILE_ELEMENT_PAIR, AT(signer_version_major) },
	{ FILE_TAG_SIGNER, 0, FILE_ELEMENT_GROUP },
	{ FILE_TAG_SIGNER_NAME, FILE_TAG_SIGNER, FILE_ELEMENT_TEXT, AT(signer_name),
	  1, FILE_DN_MAX + 1 },
	{ FILE_TAG_SERIAL, FILE_TAG_SIGNER, FILE_ELEMENT_SERIAL, AT(serial), 1, FILE_SERIAL_MAX },
	{ FILE_TAG_SIGNER_ISSUER, FILE_TAG_SIGNER, FILE_ELEMENT_TEXT, AT(signer_issuer),
	  1, FILE_DN_MAX + 1 },
	{ FILE_TAG_SIGNATURE_INFO, 0, FILE_ELEMENT_GROUP },
	{ FILE_TAG_DIGEST, FILE_TAG_SIGNATURE_INFO, FILE_ELEMENT_U8, AT(digest) },
	{ FILE_TAG_ALGORITHM_INFO, FILE_TAG_SIGNATURE_INFO, FILE_ELEMENT_GROUP },
	{ FILE_TAG_ALGORITHM, FILE_TAG_ALGORITHM_INFO, FILE_ELEMENT_U8, AT(signature_algorithm) },
	{ FILE_TAG_MODULUS, FILE_TAG_ALGORITHM_INFO, FILE_ELEMENT_U8,
	  offsetof(struct header_reading, modulus) },
	{ FILE_TAG_SIGNATURE, 0, FILE_ELEMENT_BYTES, AT(signature),
	  FILE_MODULUS_FIRST_LEN, FILE_SIGNATURE_MAX },
	{ FILE_TAG_NAME, 0, FILE_ELEMENT_TEXT, AT(name), 1, FILE_NAME_MAX + 1 },
	{ FILE_TAG_TIMESTAMP, 0, FILE_ELEMENT_U32, AT(timestamp) },
	{ FILE_TAG_ENCRYPTION, 0, FILE_ELEMENT_GROUP },
	{ FILE_TAG_IV_INFO, FILE_TAG_ENCRYPTION, FILE_ELEMENT_GROUP },
	{ FILE_TAG_CIPHER, FILE_TAG_IV_INFO, FILE_ELEMENT_U8, AT(encryption.cipher) },
	{ FILE_TAG_IV, FILE_TAG_IV_INFO, FILE_ELEMENT_BYTES, AT(encryption.iv),
	  FILE_IV_LEN, FILE_IV_LEN },
	{ FILE_TAG_PAD, FILE_TAG_IV_INFO, FILE_ELEMENT_U16, AT(encryption.pad) },
	{ FILE_TAG_KEY_INFO, FILE_TAG_ENCRYPTION, FILE_ELEMENT_GROUP },
	{ FILE_TAG_KEY_FORM, FILE_TAG_KEY_INFO, FILE_ELEMENT_U8, AT(encryption.key_form) },
	{ FILE_TAG_KEY_BITS, FILE_TAG_KEY_INFO, FILE_ELEMENT_U16, AT(encryption.key_bits) },
	{ FILE_TAG_KEY_ALGORITHM, FILE_TAG_KEY_INFO, FILE_ELEMENT_U8,
	  AT(encryption.key_algorithm) },
	{ FILE_TAG_WRAPPED_KEY, FILE_TAG_KEY_INFO, FILE_ELEMENT_BYTES, AT(encryption.wrapped_key),
	  1, FILE_WRAPPED_KEY_MAX },
	{ FILE_TAG_PLAIN_DIGEST, 0, FILE_ELEMENT_U8, AT(encryption.digest) },
	{ FILE_TAG_PLAIN_DIGEST_VALUE, 0, FILE_ELEMENT_BYTES, AT(encryption.digest_value),
	  1, FILE_DIGEST_MAX },
	{ 0 },
};

#define REQUIRED (file_element_bit(FILE_TAG_VERSION) | file_element_bit(FILE_TAG_LENGTH) | \
	file_element_bit(FILE_TAG_SERIAL) | file_element_bit(FILE_TAG_DIGEST) | \
	file_element_bit(FILE_TAG_ALGORITHM) | file_element_bit(FILE_TAG_MODULUS) | \
	file_element_bit(FILE_TAG_SIGNATURE))
/* What a file cannot be decrypted without. */
#define REQUIRED_ENCRYPTED (file_element_bit(FILE_TAG_IV) | file_element_bit(FILE_TAG_PAD) | \
	file_element_bit(FILE_TAG_KEY_BITS) | file_element_bit(FILE_TAG_WRAPPED_KEY) | \
	file_element_bit(FILE_TAG_PLAIN_DIGEST) | file_element_bit(FILE_TAG_PLAIN_DIGEST_VALUE))

bool file_has_header(struct octets file)
{
	static const uint8_t version[] = { FILE_TAG_VERSION, 0, 2 };
	static const uint8_t length[] = { FILE_TAG_LENGTH, 0, 2 };

	return file.len >= sizeof(version) && (!memcmp(file.at, version, sizeof(version)) ||
					       !memcmp(file.at, length, sizeof(length)));
}

/* The version tells how to read the rest, so it is looked at first. */
static int version_check(struct octets file, struct refusal *why)
{
	struct tlv_reader reader = { .text = file, .padded = true };
	struct tlv element;

	while (tlv_next(&reader, &element) == TLV_ELEMENT)
		if (element.tag == FILE_TAG_VERSION && element.value.len == 2) {
			if (element.value.at[0] == 1 || element.value.at[0] == 2)
				return 0;
			return refusal_set(why, REASON_FILE_VERSION,
					   "its header is of version %u.%u, known are 1 and 2",
					   element.value.at[0], element.value.at[1]);
		}
	return refusal_set(why, REASON_FILE_LAYOUT, "no element tells its version");
}

static int algorithm_check(const struct header_reading *reading, struct refusal *why)
{
	const struct file_header *header = &reading->header;

	if (!file_digest_name(header->digest))
		return refusal_set(why, REASON_FILE_VERSION, "it is signed over digest %u",
				   header->digest);
	if (header->signature_algorithm != FILE_SIGNATURE_RSA)
		return refusal_set(why, REASON_FILE_VERSION, "it is signed by algorithm %u",
				   header->signature_algorithm);
	/* Which numbers stand for lengths in between is not known; the key tells for those. */
	if (reading->modulus < FILE_MODULUS_COUNT &&
	    header->signature.len != (size_t)FILE_MODULUS_FIRST_LEN << reading->modulus)
		return refusal_set(why, REASON_FILE_LAYOUT,
				   "the signature has %zu bytes and is told to have %d",
				   header->signature.len,
				   FILE_MODULUS_FIRST_LEN << reading->modulus);
	return 0;
}

static int encryption_check(const struct file_encryption *encryption, struct refusal *why)
{
	if (!file_digest_name(encryption->digest))
		return refusal_set(why, REASON_FILE_VERSION, "what it holds has digest %u",
				   encryption->digest);
	if (encryption->digest_value.len != file_digest_len(encryption->digest))
		return refusal_set(why, REASON_FILE_LAYOUT, "a %s of %zu bytes",
				   file_digest_name(encryption->digest),
				   encryption->digest_value.len);
	if (encryption->key_bits != encryption->wrapped_key.len * 8)
		return refusal_set(why, REASON_FILE_LAYOUT, "a key of %u bits wraps to %zu bytes",
				   encryption->key_bits, encryption->wrapped_key.len);
	return 0;
}

int file_header_read(struct file_header *header, struct octets file, struct refusal *why)
{
	struct header_reading read = { 0 };
	struct file_reading reading = { elements, &read, file, REQUIRED };
	struct octets *signature = &read.header.signature;
	uint16_t length;
	int err;

	err = version_check(file, why);
	if (!err)
		err = file_elements_length(file, FILE_TAG_LENGTH, true, &length, why);
	if (!err)
		err = file_elements_read(&reading, (struct octets){ file.at, length }, true, why);
	if (!err)
		err = algorithm_check(&read, why);
	read.header.is_encrypted = reading.seen & file_element_bit(FILE_TAG_ENCRYPTION);
	if (!err && read.header.is_encrypted && REQUIRED_ENCRYPTED & ~reading.seen)
		err = refusal_set(why, REASON_FILE_LAYOUT, "there is no element %d in its header",
				  __builtin_ctz(REQUIRED_ENCRYPTED & ~reading.seen));
	if (!err && read.header.is_encrypted)
		err = encryption_check(&read.header.encryption, why);
	if (err)
		return err;
	read.header.length = read.length;
	read.header.has_timestamp = reading.seen & file_element_bit(FILE_TAG_TIMESTAMP);
	read.header.signature_element = (struct octets){ signature->at - TLV_HEAD_LEN,
							 signature->len + TLV_HEAD_LEN };
	*header = read.header;
	return 0;
}

struct octets file_body(const struct file_header *header, struct octets file)
{
	return (struct octets){ file.at + header->length, file.len - header->length };
}

static const struct {
	const char *name;
	size_t len;
} digests[] = {
	[FILE_DIGEST_SHA1] = { "SHA1", 20 },
	[FILE_DIGEST_SHA256] = { "SHA256", 32 },
	[FILE_DIGEST_SHA512] = { "SHA512", 64 },
};

const char *file_digest_name(uint8_t digest)
{
	return digest < sizeof(digests) / sizeof(*digests) ? digests[digest].name : NULL;
}

size_t file_digest_len(uint8_t digest)
{
	return digest < sizeof(digests) / sizeof(*digests) ? digests[digest].len : 0;
}
