// SPDX-License-Identifier: Apache-2.0
#include "trust_list.h"

#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

static bool bytes_equal(struct octets a, const void *bytes, size_t len)
{
	return a.len == len && !memcmp(a.at, bytes, len);
}

static bool hash_is(OSSL_LIB_CTX *library, const struct trust_record *record,
		    const X509 *certificate)
{
	const char *name = file_digest_name(record->hash_digest);
	EVP_MD *digest = name ? EVP_MD_fetch(library, name, NULL) : NULL;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	bool same = digest && X509_digest(certificate, digest, hash, &len) &&
		    bytes_equal(record->hash, hash, len);

	EVP_MD_free(digest);
	ERR_clear_error();
	return same;
}

static bool serial_is(const struct trust_record *record, const X509 *certificate)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	unsigned char bytes[FILE_SERIAL_MAX];
	int len = serial && BN_num_bytes(serial) <= (int)sizeof(bytes) ?
		  BN_bn2bin(serial, bytes) : -1;

	BN_free(serial);
	return len >= 0 && bytes_equal(record->serial, bytes, (size_t)len);
}

static X509 *certificate_parse(OSSL_LIB_CTX *library, struct octets der)
{
	const unsigned char *at = der.at;
	X509 *certificate = X509_new_ex(library, NULL);

	if (certificate && d2i_X509(&certificate, &at, (long)der.len) && at == der.at + der.len)
		return certificate;
	/* d2i_X509() has freed it when it failed, and has made the pointer NULL. */
	X509_free(certificate);
	ERR_clear_error();
	return NULL;
}

X509 *trust_record_certificate(OSSL_LIB_CTX *library, const struct trust_record *record,
			       struct refusal *why)
{
	X509 *certificate = record->certificate.len ?
			    certificate_parse(library, record->certificate) : NULL;
	const char *fault = NULL;

	if (!certificate)
		fault = record->certificate.len ? "its certificate cannot be read" :
						  "it has no certificate";
	else if (record->serial.at && !serial_is(record, certificate))
		fault = "its serial number is not its certificate's";
	else if (record->hash.len && !hash_is(library, record, certificate))
		fault = "its hash is not its certificate's";
	if (!fault)
		return certificate;
	refusal_set(why, REASON_FILE_CONTENT, "the record of '%.*s': %s",
		    (int)record->subject.len, (const char *)record->subject.at, fault);
	X509_free(certificate);
	return NULL;
}

static EVP_PKEY *key_rsa(OSSL_LIB_CTX *library, struct octets der)
{
	OSSL_DECODER_CTX *decoder;
	EVP_PKEY *key = NULL;
	bool whole;

	decoder = OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "type-specific", "RSA",
						EVP_PKEY_PUBLIC_KEY, library, NULL);
	whole = decoder && OSSL_DECODER_from_data(decoder, &der.at, &der.len) && !der.len;
	OSSL_DECODER_CTX_free(decoder);
	if (whole)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* Only the curves of phones; the length of the point tells which one. */
static const struct {
	size_t len;
	const char *name;
} curves[] = {
	{ 65, "P-256" },
	{ 97, "P-384" },
	{ 133, "P-521" },
};

static EVP_PKEY *key_ec(OSSL_LIB_CTX *library, struct octets point)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, "EC", NULL);
	const char *curve = NULL;
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++)
		if (curves[i].len == point.len)
			curve = curves[i].name;
	if (context && curve) {
		OSSL_PARAM parameters[] = {
			OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
							 (char *)curve, 0),
			OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
							  (void *)point.at, point.len),
			OSSL_PARAM_construct_end(),
		};

		if (EVP_PKEY_fromdata_init(context) <= 0 ||
		    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
			key = NULL;
	}
	EVP_PKEY_CTX_free(context);
	return key;
}

EVP_PKEY *trust_record_key(OSSL_LIB_CTX *library, const struct trust_record *record,
			   struct refusal *why)
{
	struct octets bytes = record->public_key;
	X509 *certificate;
	EVP_PKEY *key;

	if (record->certificate.len) {
		certificate = trust_record_certificate(library, record, why);
		if (!certificate)
			return NULL;
		key = X509_get_pubkey(certificate);
		X509_free(certificate);
	} else {
		key = bytes.len && *bytes.at == POINT_CONVERSION_UNCOMPRESSED ?
		      key_ec(library, bytes) : key_rsa(library, bytes);
	}
	ERR_clear_error();
	if (!key)
		refusal_set(why, REASON_FILE_CONTENT, "the record of '%.*s' has no usable key",
			    (int)record->subject.len, (const char *)record->subject.at);
	return key;
}

bool trust_record_is(OSSL_LIB_CTX *library, const struct trust_record *record,
		     const X509 *certificate)
{
	unsigned char *der = NULL;
	bool same = false;
	int len;

	if (!record->certificate.len)
		return record->hash.len && hash_is(library, record, certificate);
	len = i2d_X509((X509 *)certificate, &der);
	if (len > 0)
		same = bytes_equal(record->certificate, der, (size_t)len);
	OPENSSL_free(der);
	return same;
}
