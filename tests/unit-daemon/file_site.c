// SPDX-License-Identifier: Apache-2.0
#include "file_site.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#define VECTORS "../vectors/files/"

/* What was made stays reachable until the end, so that no test has to clean up. */
static struct kept {
	char name[64];
	struct octets bytes;
	struct file_identity identity;
} kept[64];

static void kept_free(void)
{
	for (struct kept *one = kept; *one->name; one++) {
		free((void *)one->bytes.at);
		X509_free(one->identity.certificate);
		EVP_PKEY_free(one->identity.key);
	}
}

static struct kept *kept_find(const char *name)
{
	struct kept *one = kept;

	if (!*one->name)
		atexit(kept_free);
	while (*one->name && strcmp(one->name, name))
		one++;
	assert_true(one < kept + 63);
	return one;
}

static FILE *vector_open(const char *name)
{
	char path[256];
	FILE *stream;

	snprintf(path, sizeof(path), VECTORS "%s", name);
	stream = fopen(path, "rb");
	assert_non_null(stream);
	return stream;
}

struct octets file_vector(const char *name)
{
	struct kept *one = kept_find(name);
	uint8_t *bytes;
	FILE *stream;
	long len;

	if (*one->name)
		return one->bytes;
	stream = vector_open(name);
	assert_int_equal(fseek(stream, 0, SEEK_END), 0);
	len = ftell(stream);
	rewind(stream);
	bytes = malloc((size_t)len);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)len, stream), len);
	fclose(stream);
	strcpy(one->name, name);
	one->bytes = (struct octets){ bytes, (size_t)len };
	return one->bytes;
}

struct file_identity file_identity(const char *name)
{
	struct kept *one = kept_find(name);
	FILE *stream;

	if (*one->name)
		return one->identity;
	strcpy(one->name, name);
	stream = vector_open(name);
	one->identity.key = PEM_read_PrivateKey(stream, NULL, NULL, NULL);
	rewind(stream);
	one->identity.certificate = PEM_read_X509(stream, NULL, NULL, NULL);
	fclose(stream);
	assert_non_null(one->identity.key);
	assert_non_null(one->identity.certificate);
	return one->identity;
}

static void name_add(X509_NAME *name, const char *type, const char *value)
{
	assert_true(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const void *)value, -1,
					       -1, 0));
}

struct file_identity file_identity_make(const char *kind, const char *name)
{
	struct kept *one = kept_find(name);
	struct file_identity *made = &one->identity;

	if (*one->name)
		return *made;
	strcpy(one->name, name);
	made->key = strncmp(kind, "RSA", 3) ? EVP_EC_gen(kind) : EVP_RSA_gen(atoi(kind + 3));
	made->certificate = X509_new();
	assert_non_null(made->key);
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(made->certificate), 0x80123456));
	X509_gmtime_adj(X509_getm_notBefore(made->certificate), 0);
	X509_gmtime_adj(X509_getm_notAfter(made->certificate), 86400);
	name_add(X509_get_subject_name(made->certificate), "CN", name);
	name_add(X509_get_subject_name(made->certificate), "OU", "Phones");
	name_add(X509_get_subject_name(made->certificate), "O", "Site");
	X509_set_issuer_name(made->certificate, X509_get_subject_name(made->certificate));
	assert_true(X509_set_pubkey(made->certificate, made->key));
	assert_true(X509_sign(made->certificate, made->key,
			      !strcmp(kind, "RSA512") ? EVP_sha1() : EVP_sha256()));
	return *made;
}

struct file_maker file_golden_maker(void)
{
	struct file_identity signer = file_identity("Asterisk.pem");

	return (struct file_maker){
		.certificate = signer.certificate,
		.key = signer.key,
		.digest = FILE_DIGEST_SHA512,
		.style = FILE_STYLE_TOOL,
		.name = "SEP001122334455.cnf.xml.sgn",
		.timestamp = 0x6b03c5d3,
	};
}

struct file_maker file_golden_list_maker(void)
{
	struct file_identity signer = file_identity("SAST.pem");

	return (struct file_maker){
		.certificate = signer.certificate,
		.key = signer.key,
		.digest = FILE_DIGEST_SHA1,
		.style = FILE_STYLE_TOOL,
		.name = "ITLFile.tlv",
		.timestamp = 0x6b03c5b6,
	};
}

const struct file_build_record *file_golden_records(void)
{
	static struct file_build_record records[FILE_GOLDEN_RECORDS];

	records[0] = (struct file_build_record){ TRUST_ROLE_SAST,
		file_identity("SAST.pem").certificate, "sast.example" };
	records[1] = (struct file_build_record){ TRUST_ROLE_CCM_TFTP,
		file_identity("Asterisk.pem").certificate, "cucm.example" };
	records[2] = (struct file_build_record){ TRUST_ROLE_CAPF,
		file_identity("CAPF.pem").certificate, NULL };
	records[3] = (struct file_build_record){ TRUST_ROLE_TVS,
		file_identity("TVS.pem").certificate, "" };
	return records;
}

uint8_t *file_copy(struct octets bytes)
{
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);

	assert_non_null(copy);
	memcpy(copy, bytes.at, bytes.len);
	return copy;
}

bool octets_are(struct octets octets, const void *bytes, size_t len)
{
	return octets.len == len && (!len || !memcmp(octets.at, bytes, len));
}

bool octets_are_text(struct octets octets, const char *text)
{
	return octets_are(octets, text, strlen(text));
}

size_t file_offset(struct octets file, const void *bytes, size_t len)
{
	const uint8_t *at = memmem(file.at, file.len, bytes, len);

	assert_non_null(at);
	return (size_t)(at - file.at);
}
