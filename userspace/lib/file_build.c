// SPDX-License-Identifier: Apache-2.0
#include "file_build.h"

#include <stdlib.h>
#include <string.h>

#include "distinguished_name.h"
#include "encrypted_file.h"
#include "file_signature.h"
#include "file_tags.h"
#include "tlv.h"

enum build_limits {
	/* More than the longest header, with its two names, signature and wrapped key. */
	HEADER_ROOM = 16384,
	/* Phones want the body at a multiple of this. */
	HEADER_ALIGN = 4,
	SIGNER_VERSION_MAJOR = 1,
};

/* Major and minor version of the header, by the kind of file. */
static const uint8_t version_list[] = { 1, 2 };
static const uint8_t version_signed[] = { 1, 0 };
static const uint8_t version_encrypted[] = { 2, 0 };

/**
 * struct header_plan - what goes into a header beside what @maker tells
 * @version: two numbers
 * @signer_minor: of the signer's version, or -1 not to tell it
 * @encryption: or NULL
 */
struct header_plan {
	const struct file_maker *maker;
	const uint8_t *version;
	int signer_minor;
	const struct file_encryption *encryption;
};

static void put_name(struct tlv_writer *writer, enum file_style style, uint8_t tag,
		     const X509_NAME *name)
{
	char text[FILE_DN_MAX + 1];

	if (distinguished_name_write(name, style == FILE_STYLE_TOOL ? NAME_JOINER_TOOL :
				     NAME_JOINER_SERVER, text, sizeof(text)))
		tlv_put_text(writer, tag, text);
	else
		writer->full = true;
}

static void put_serial(struct tlv_writer *writer, uint8_t tag, const X509 *certificate)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	uint8_t bytes[FILE_SERIAL_MAX] = { 0 };
	int len = serial ? BN_num_bytes(serial) : (int)sizeof(bytes) + 1;

	if (len > (int)sizeof(bytes)) {
		writer->full = true;
	} else {
		BN_bn2bin(serial, bytes);
		/* Zero is written as one byte. */
		tlv_put(writer, tag, bytes, len ? (size_t)len : 1);
	}
	BN_free(serial);
}

static void put_signer(struct tlv_writer *writer, const struct file_maker *maker)
{
	const X509_NAME *issuer = X509_get_issuer_name(maker->certificate);
	size_t group = tlv_open(writer, FILE_TAG_SIGNER);

	put_name(writer, maker->style, FILE_TAG_SIGNER_NAME,
		 X509_get_subject_name(maker->certificate));
	if (maker->style == FILE_STYLE_TOOL)
		put_name(writer, maker->style, FILE_TAG_SIGNER_ISSUER, issuer);
	put_serial(writer, FILE_TAG_SERIAL, maker->certificate);
	if (maker->style == FILE_STYLE_SERVER)
		put_name(writer, maker->style, FILE_TAG_SIGNER_ISSUER, issuer);
	tlv_close(writer, group);
}

static void put_signature_info(struct tlv_writer *writer, enum file_digest digest,
			       size_t signature_len)
{
	size_t info = tlv_open(writer, FILE_TAG_SIGNATURE_INFO), algorithm;
	uint8_t modulus = 0;

	while ((size_t)FILE_MODULUS_FIRST_LEN << modulus < signature_len)
		modulus++;
	tlv_put_u8(writer, FILE_TAG_DIGEST, (uint8_t)digest);
	algorithm = tlv_open(writer, FILE_TAG_ALGORITHM_INFO);
	tlv_put_u8(writer, FILE_TAG_ALGORITHM, FILE_SIGNATURE_RSA);
	tlv_put_u8(writer, FILE_TAG_MODULUS, modulus);
	tlv_close(writer, algorithm);
	tlv_close(writer, info);
}

static void put_encryption(struct tlv_writer *writer, const struct file_encryption *manner)
{
	size_t all = tlv_open(writer, FILE_TAG_ENCRYPTION), group;

	group = tlv_open(writer, FILE_TAG_IV_INFO);
	tlv_put_u8(writer, FILE_TAG_CIPHER, manner->cipher);
	tlv_put(writer, FILE_TAG_IV, manner->iv.at, manner->iv.len);
	tlv_put_u16(writer, FILE_TAG_PAD, manner->pad);
	tlv_close(writer, group);
	group = tlv_open(writer, FILE_TAG_KEY_INFO);
	tlv_put_u8(writer, FILE_TAG_KEY_FORM, manner->key_form);
	tlv_put_u16(writer, FILE_TAG_KEY_BITS, manner->key_bits);
	tlv_put_u8(writer, FILE_TAG_KEY_ALGORITHM, manner->key_algorithm);
	tlv_put(writer, FILE_TAG_WRAPPED_KEY, manner->wrapped_key.at, manner->wrapped_key.len);
	tlv_close(writer, group);
	tlv_close(writer, all);
	tlv_put_u8(writer, FILE_TAG_PLAIN_DIGEST, manner->digest);
	tlv_put(writer, FILE_TAG_PLAIN_DIGEST_VALUE, manner->digest_value.at,
		manner->digest_value.len);
}

/* Writes the header with an empty signature, and tells where that element begins. */
static size_t put_header(struct tlv_writer *writer, const struct header_plan *plan,
			 size_t signature_len)
{
	static const uint8_t zeros[FILE_SIGNATURE_MAX], padding = TLV_PADDING;
	const struct file_maker *maker = plan->maker;
	const uint8_t signer[] = { SIGNER_VERSION_MAJOR, (uint8_t)plan->signer_minor };
	size_t length_at, signature_at;

	tlv_put(writer, FILE_TAG_VERSION, plan->version, sizeof(version_list));
	length_at = writer->len + TLV_HEAD_LEN;
	tlv_put_u16(writer, FILE_TAG_LENGTH, 0);
	if (plan->signer_minor >= 0)
		tlv_put(writer, FILE_TAG_SIGNER_VERSION, signer, sizeof(signer));
	put_signer(writer, maker);
	put_signature_info(writer, maker->digest, signature_len);
	signature_at = writer->len;
	tlv_put(writer, FILE_TAG_SIGNATURE, zeros, signature_len);
	tlv_put_text(writer, FILE_TAG_NAME, maker->name);
	tlv_put_u32(writer, FILE_TAG_TIMESTAMP, maker->timestamp);
	if (plan->encryption)
		put_encryption(writer, plan->encryption);
	while (writer->len % HEADER_ALIGN)
		tlv_put_raw(writer, &padding, sizeof(padding));
	if (!writer->full) {
		writer->bytes[length_at] = (uint8_t)(writer->len >> 8);
		writer->bytes[length_at + 1] = (uint8_t)writer->len;
	}
	return signature_at;
}

static int name_check(const char *name, struct refusal *why)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return refusal_set(why, REASON_FILE_SIGNING_NAME,
					   "character %zu is a control character", i + 1);
	if (!len || len > FILE_NAME_MAX)
		return refusal_set(why, REASON_FILE_SIGNING_NAME, "it has %zu characters", len);
	return 0;
}

static int signer_check(const struct file_maker *maker, struct refusal *why)
{
	int len = file_signature_key(maker->key, why);

	if (len < 0 || X509_check_private_key(maker->certificate, maker->key))
		return len;
	return refusal_set(why, REASON_FILE_SIGNING_KEY, "it is not the certificate's key");
}

static int file_make(struct octets *built, const struct header_plan *plan, struct octets body,
		     struct refusal *why)
{
	struct tlv_writer writer = { .size = HEADER_ROOM };
	struct octets parts[2];
	size_t behind;
	int len, err;

	err = name_check(plan->maker->name, why);
	len = err ? err : signer_check(plan->maker, why);
	if (len < 0)
		return len;
	if (body.len > FILE_BUILD_MAX)
		return refusal_set(why, REASON_FILE_TOO_LONG, "%zu bytes of at most %d", body.len,
				   FILE_BUILD_MAX);
	writer.bytes = malloc(HEADER_ROOM + body.len);
	if (!writer.bytes)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	/* What is signed is what lies before and behind the element of the signature. */
	parts[0] = (struct octets){ writer.bytes, put_header(&writer, plan, (size_t)len) };
	if (writer.full) {
		free(writer.bytes);
		return refusal_set(why, REASON_FILE_SIGNING_KEY,
				   "the names in its certificate are too long");
	}
	if (body.len)
		memcpy(writer.bytes + writer.len, body.at, body.len);
	behind = parts[0].len + TLV_HEAD_LEN + (size_t)len;
	parts[1] = (struct octets){ writer.bytes + behind, writer.len + body.len - behind };
	err = file_signature_make(plan->maker->library, plan->maker->digest, parts, 2,
				  plan->maker->key, writer.bytes + parts[0].len + TLV_HEAD_LEN,
				  why);
	if (err) {
		free(writer.bytes);
		return err;
	}
	*built = (struct octets){ writer.bytes, writer.len + body.len };
	return 0;
}

int file_build_signed(struct octets *built, const struct file_maker *maker, struct octets body,
		      struct refusal *why)
{
	const struct header_plan plan = { maker, version_signed, -1, NULL };

	return file_make(built, &plan, body, why);
}

int file_build_encrypted(struct octets *built, const struct file_maker *maker,
			 EVP_PKEY *recipient, struct octets plain, struct refusal *why)
{
	struct encrypted_body body;
	const struct header_plan plan = { maker, version_encrypted, -1, &body.encryption };
	int err;

	err = encrypted_body_make(&body, maker->library, recipient, maker->digest, plain, why);
	if (err)
		return err;
	err = file_make(built, &plan, body.body, why);
	encrypted_body_clear(&body);
	return err;
}

static void put_certificate(struct tlv_writer *writer, const X509 *certificate)
{
	const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(certificate), *signature;
	unsigned char *der = NULL;
	int len;

	X509_get0_signature(&signature, NULL, certificate);
	len = i2d_X509((X509 *)certificate, &der);
	if (len < 0) {
		writer->full = true;
		return;
	}
	tlv_put(writer, TRUST_TAG_PUBLIC_KEY, key->data, (size_t)key->length);
	tlv_put(writer, TRUST_TAG_SIGNATURE, signature->data, (size_t)signature->length);
	tlv_put(writer, TRUST_TAG_CERTIFICATE, der, (size_t)len);
	OPENSSL_free(der);
}

/* In the order of each style; the two differ in where the role stands. */
static void put_record(struct tlv_writer *writer, enum file_style style,
		       const struct file_build_record *record)
{
	static const uint8_t address[4];
	size_t at = writer->len, len;

	tlv_put_u16(writer, TRUST_TAG_LENGTH, 0);
	if (style == FILE_STYLE_SERVER)
		tlv_put_text(writer, TRUST_TAG_DNS_NAME, record->dns_name ?: "");
	put_name(writer, style, TRUST_TAG_SUBJECT, X509_get_subject_name(record->certificate));
	if (style == FILE_STYLE_SERVER)
		tlv_put_u16(writer, TRUST_TAG_ROLE, record->role);
	put_name(writer, style, TRUST_TAG_ISSUER, X509_get_issuer_name(record->certificate));
	put_serial(writer, TRUST_TAG_SERIAL, record->certificate);
	if (style == FILE_STYLE_TOOL)
		tlv_put_u16(writer, TRUST_TAG_ROLE, record->role);
	put_certificate(writer, record->certificate);
	if (style == FILE_STYLE_SERVER)
		tlv_put(writer, TRUST_TAG_ADDRESS, address, sizeof(address));
	len = writer->len - at;
	if (writer->full || len > TLV_VALUE_MAX) {
		writer->full = true;
		return;
	}
	writer->bytes[at + TLV_HEAD_LEN] = (uint8_t)(len >> 8);
	writer->bytes[at + TLV_HEAD_LEN + 1] = (uint8_t)len;
}

static int list_too_long(struct refusal *why)
{
	return refusal_set(why, REASON_TRUST_LIST_TOO_LONG, "at most %d bytes are taken",
			   PHONESEC_TRUST_LIST_MAX);
}

int file_build_list(struct octets *built, const struct file_maker *maker, uint8_t signer_minor,
		    const struct file_build_record *records, size_t count, struct refusal *why)
{
	const struct header_plan plan = { maker, version_list, signer_minor, NULL };
	struct tlv_writer writer = { .size = PHONESEC_TRUST_LIST_MAX };
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		if (records[i].dns_name)
			err = *records[i].dns_name ? name_check(records[i].dns_name, why) : 0;
	if (err)
		return err;
	writer.bytes = malloc(writer.size);
	if (!writer.bytes)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < count; i++)
		put_record(&writer, maker->style, &records[i]);
	err = writer.full ? list_too_long(why) :
	      file_make(built, &plan, (struct octets){ writer.bytes, writer.len }, why);
	free(writer.bytes);
	if (!err && built->len > PHONESEC_TRUST_LIST_MAX) {
		free((void *)built->at);
		err = list_too_long(why);
	}
	return err;
}
