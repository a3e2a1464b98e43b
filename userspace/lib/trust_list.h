/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust lists (CTL and ITL): which certificate a phone trusts for which role. A list is a header,
 * see file_header.h, and records behind it up to the end of the file.
 */
#ifndef PHONESEC_TRUST_LIST_H
#define PHONESEC_TRUST_LIST_H

#include <openssl/x509.h>

#include "file_header.h"

/* Bytes of a list that are taken at most: phones in the field do not load longer ones. */
#ifndef PHONESEC_TRUST_LIST_MAX
#define PHONESEC_TRUST_LIST_MAX (64 * 1024)
#endif

enum trust_list_limits {
	/* Bytes. */
	TRUST_CERTIFICATE_MAX = 16384,
	TRUST_KEY_MAX = 2048,
	TRUST_ADDRESS_MAX = 16,
};

/* What a certificate is trusted for; other numbers occur and mean nothing here. */
enum trust_role {
	TRUST_ROLE_SAST = 0, /* signs trust lists */
	TRUST_ROLE_CCM = 1,
	TRUST_ROLE_CCM_TFTP = 2,
	TRUST_ROLE_TFTP = 3,
	TRUST_ROLE_CAPF = 4,
	TRUST_ROLE_APP_SERVER = 7,
	TRUST_ROLE_TVS = 21,
};

/**
 * struct trust_record - one certificate in one role; what it points to lies in the file
 * @dns_name: host name, without the zero; often empty
 * @subject: label, attributes are joined by ';' or ','
 * @role: enum trust_role, or a number that is not known
 * @issuer: label as @subject
 * @serial: serial number without leading zeros; its address is NULL when it is not told
 * @public_key: RSAPublicKey (DER), or the uncompressed point of an EC key
 * @signature: the certificate's own signature
 * @certificate: DER; empty in records of a cluster that was made non-secure, and where there
 *               is only a hash
 * @address: 4 bytes whose use is unknown, or empty
 * @hash: of the certificate, or empty
 * @hash_digest: enum file_digest of @hash
 */
struct trust_record {
	struct octets dns_name;
	struct octets subject;
	uint16_t role;
	struct octets issuer;
	struct octets serial;
	struct octets public_key;
	struct octets signature;
	struct octets certificate;
	struct octets address;
	struct octets hash;
	uint8_t hash_digest;
};

/**
 * struct trust_list - a list that was read
 * @header: its header
 * @records: all of the records as they lie in the file
 * @count: how many there are
 */
struct trust_list {
	struct file_header header;
	struct octets records;
	size_t count;
};

/**
 * trust_list_read - read a trust list
 * @list: filled in; it points into @file, which must stay
 * @file: the whole file
 * @why: on refusal %REASON_TRUST_LIST_TOO_LONG, %REASON_FILE_LAYOUT or %REASON_FILE_VERSION
 *
 * Every record is looked at, so that trust_list_next() cannot fail. Elements may stand in any
 * order, unknown ones are passed over, none may be in a record twice. The signature is not
 * checked, and certificates are not opened.
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_list_read(struct trust_list *list, struct octets file, struct refusal *why);

/**
 * trust_list_next - one record after the other
 * @list: the list
 * @at: where the next one begins in list->records; 0 for the first, and moved on
 * @record: filled in
 *
 * Return: false when there is no more.
 */
bool trust_list_next(const struct trust_list *list, size_t *at, struct trust_record *record);

/**
 * trust_record_certificate - the certificate of a record
 * @library: library context of OpenSSL, or NULL for the default one
 * @record: the record
 * @why: on refusal %REASON_FILE_CONTENT: there is none, it cannot be read, or the record's serial
 *       number or hash is not the certificate's
 *
 * Return: the certificate, the caller's until X509_free(), or NULL.
 */
X509 *trust_record_certificate(OSSL_LIB_CTX *library, const struct trust_record *record,
			       struct refusal *why);

/**
 * trust_record_key - the public key of a record: of its certificate, or without one its own
 * @library: as above
 * @record: the record
 * @why: on refusal %REASON_FILE_CONTENT
 *
 * Return: the key, the caller's until EVP_PKEY_free(), or NULL.
 */
EVP_PKEY *trust_record_key(OSSL_LIB_CTX *library, const struct trust_record *record,
			   struct refusal *why);

/* Whether a record is of this certificate: the same bytes, or without them the same hash. */
bool trust_record_is(OSSL_LIB_CTX *library, const struct trust_record *record,
		     const X509 *certificate);

/**
 * trust_record_signs - whether a record can be that of the signer of a file
 * @record: the record
 * @header: header of the file
 *
 * True when the serial numbers are the same; the DN strings are labels, which servers and tools
 * write differently, and are not compared. Another record may have the same number from another
 * issuer, so that whoever looks for a signer tries each.
 */
bool trust_record_signs(const struct trust_record *record, const struct file_header *header);

/* Whether a certificate in this role may sign files other than trust lists. */
bool trust_role_signs_files(uint16_t role);

/* Name of a role as it is shown, such as "CCM+TFTP", or NULL for an unknown number. */
const char *trust_role_name(uint16_t role);

/* Finds a role by its name, in capital or small letters; false when there is none. */
bool trust_role_find(const char *name, uint16_t *role);

#endif
