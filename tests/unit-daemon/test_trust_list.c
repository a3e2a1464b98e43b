// SPDX-License-Identifier: Apache-2.0
/* Trust lists: the golden one, lists as servers make them, and what records can be. */
#include "file_site.h"

#include <errno.h>

#include "file_tags.h"
#include "tlv.h"
#include "trust_list.h"

static struct refusal why;

static struct trust_list golden(void)
{
	struct trust_list list;

	assert_int_equal(trust_list_read(&list, file_vector("ITLFile.tlv"), &why), 0);
	return list;
}

static struct trust_record golden_record(size_t which)
{
	struct trust_list list = golden();
	struct trust_record record;
	size_t at = 0;

	do
		assert_true(trust_list_next(&list, &at, &record));
	while (which--);
	return record;
}

static void golden_records(void **state)
{
	static const struct {
		uint16_t role;
		const char *subject, *file;
	} expected[] = {
		{ TRUST_ROLE_SAST, "CN=SAST,O=SAST,OU=SAST", "SAST.pem" },
		{ TRUST_ROLE_CCM_TFTP, "CN=Asterisk,O=Asterisk,OU=Asterisk", "Asterisk.pem" },
		{ TRUST_ROLE_CAPF, "CN=CAPF,O=CAPF,OU=CAPF", "CAPF.pem" },
		{ TRUST_ROLE_TVS, "CN=TVS,O=TVS,OU=TVS", "TVS.pem" },
	};
	struct trust_list list = golden();
	struct trust_record record;
	size_t at = 0;

	(void)state;
	assert_int_equal(list.count, 4);
	for (size_t i = 0; i < list.count; i++) {
		struct file_identity identity = file_identity(expected[i].file);
		X509 *certificate;
		EVP_PKEY *key;

		assert_true(trust_list_next(&list, &at, &record));
		assert_int_equal(record.role, expected[i].role);
		assert_true(octets_are_text(record.subject, expected[i].subject));
		assert_true(octets_are_text(record.issuer, expected[i].subject));
		assert_int_equal(record.dns_name.len, 0);
		assert_int_equal(record.serial.len, 16);
		assert_int_equal(trust_record_signs(&record, &list.header), i == 0);
		certificate = trust_record_certificate(NULL, &record, &why);
		assert_non_null(certificate);
		assert_int_equal(X509_cmp(certificate, identity.certificate), 0);
		assert_true(trust_record_is(NULL, &record, identity.certificate));
		assert_false(trust_record_is(NULL, &record, file_identity("dev.pem").certificate));
		X509_free(certificate);
		/* The key of the certificate, and the same without the certificate. */
		for (int bare = 0; bare < 2; bare++) {
			if (bare)
				record.certificate.len = 0;
			key = trust_record_key(NULL, &record, &why);
			assert_non_null(key);
			assert_int_equal(EVP_PKEY_eq(key, identity.key), 1);
			EVP_PKEY_free(key);
		}
	}
	assert_false(trust_list_next(&list, &at, &record));
}

/* Keys on the curves of phones, inside of a list that is signed by an RSA key. */
static void elliptic_records(void **state)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	struct file_maker maker = file_golden_list_maker();
	struct file_build_record records[3];
	struct trust_record record;
	struct trust_list list;
	struct octets built;
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		records[i] = (struct file_build_record){ TRUST_ROLE_TFTP,
			file_identity_make(curves[i], curves[i]).certificate, NULL };
	assert_int_equal(file_build_list(&built, &maker, 1, records, 3, &why), 0);
	assert_int_equal(trust_list_read(&list, built, &why), 0);
	for (size_t i = 0; i < 3; i++) {
		EVP_PKEY *key;

		assert_true(trust_list_next(&list, &at, &record));
		/* The serial number has its highest bit set, for which its DER has a zero. */
		assert_true(octets_are(record.serial, "\x80\x12\x34\x56", 4));
		assert_true(trust_record_is(NULL, &record, records[i].certificate));
		for (int bare = 0; bare < 2; bare++) {
			if (bare)
				record.certificate.len = 0;
			key = trust_record_key(NULL, &record, &why);
			assert_non_null(key);
			assert_int_equal(EVP_PKEY_eq(key, X509_get0_pubkey(records[i].certificate)),
					 1);
			EVP_PKEY_free(key);
		}
	}
	free((void *)built.at);
}

/* A list with the header of the golden one and these records. */
static int list_read(struct trust_list *list, const uint8_t *records, size_t len)
{
	static uint8_t file[200000];
	struct octets whole = file_vector("ITLFile.tlv");

	memcpy(file, whole.at, 0x184);
	memcpy(file + 0x184, records, len);
	why = (struct refusal){ 0 };
	return trust_list_read(list, (struct octets){ file, 0x184 + len }, &why);
}

static void record_close(struct tlv_writer *writer)
{
	writer->bytes[TLV_HEAD_LEN] = (uint8_t)(writer->len >> 8);
	writer->bytes[TLV_HEAD_LEN + 1] = (uint8_t)writer->len;
}

static struct tlv_writer record_new(uint8_t *bytes, size_t size)
{
	struct tlv_writer writer = { .bytes = bytes, .size = size };

	tlv_put_u16(&writer, TRUST_TAG_LENGTH, 0);
	return writer;
}

/* As in a cluster that was taken back from mixed mode, with an element nobody knows. */
static void bare_records(void **state)
{
	uint8_t bytes[512];
	struct tlv_writer writer = record_new(bytes, sizeof(bytes));
	struct trust_record record;
	struct trust_list list;
	size_t at = 0;

	(void)state;
	tlv_put_text(&writer, TRUST_TAG_DNS_NAME, "");
	tlv_put(&writer, 99, "new", 3);
	tlv_put(&writer, TRUST_TAG_CERTIFICATE, "", 0);
	tlv_put_u16(&writer, TRUST_TAG_ROLE, 1234);
	record_close(&writer);
	assert_int_equal(list_read(&list, bytes, writer.len), 0);
	assert_int_equal(list.count, 1);
	assert_true(trust_list_next(&list, &at, &record));
	assert_int_equal(record.role, 1234);
	assert_null(trust_role_name(record.role));
	assert_false(trust_record_signs(&record, &list.header));
	assert_false(trust_record_is(NULL, &record, file_identity("SAST.pem").certificate));
	assert_null(trust_record_certificate(NULL, &record, &why));
	assert_int_equal(why.code, REASON_FILE_CONTENT);
	assert_null(trust_record_key(NULL, &record, &why));
	assert_int_equal(why.code, REASON_FILE_CONTENT);
}

static void record_hash(void **state)
{
	struct trust_record record = golden_record(1);
	X509 *certificate = file_identity("Asterisk.pem").certificate;
	uint8_t hash[EVP_MAX_MD_SIZE];
	unsigned int len;

	(void)state;
	assert_true(X509_digest(certificate, EVP_sha512(), hash, &len));
	record.hash = (struct octets){ hash, len };
	record.hash_digest = FILE_DIGEST_SHA512;
	X509_free(trust_record_certificate(NULL, &record, &why));
	record.certificate.len = 0;
	assert_true(trust_record_is(NULL, &record, certificate));
	assert_false(trust_record_is(NULL, &record, file_identity("TVS.pem").certificate));
	record.hash_digest = FILE_DIGEST_SHA256;
	assert_false(trust_record_is(NULL, &record, certificate));
	record = golden_record(1);
	hash[0] ^= 1;
	record.hash = (struct octets){ hash, len };
	record.hash_digest = FILE_DIGEST_SHA512;
	assert_null(trust_record_certificate(NULL, &record, &why));
	assert_non_null(strstr(why.detail, "its hash is not"));
}

static void record_certificate_wrong(void **state)
{
	struct trust_record record = golden_record(1), other = golden_record(2);

	(void)state;
	record.serial = other.serial;
	assert_null(trust_record_certificate(NULL, &record, &why));
	assert_non_null(strstr(why.detail, "its serial number is not"));
	record = golden_record(1);
	record.certificate.len--;
	assert_null(trust_record_certificate(NULL, &record, &why));
	assert_non_null(strstr(why.detail, "cannot be read"));
	/* Something behind the certificate. */
	record.certificate.len += 2;
	assert_null(trust_record_certificate(NULL, &record, &why));
}

static void records_refused(void **state)
{
	uint8_t bytes[512];
	struct tlv_writer writer = record_new(bytes, sizeof(bytes));
	struct trust_list list;

	(void)state;
	record_close(&writer);
	assert_int_equal(list_read(&list, bytes, writer.len), -EBADMSG);
	assert_non_null(strstr(why.detail, "no element 4 in what begins at byte 388"));
	tlv_put_u16(&writer, TRUST_TAG_ROLE, 0);
	tlv_put_u16(&writer, TRUST_TAG_ROLE, 3);
	record_close(&writer);
	assert_int_equal(list_read(&list, bytes, writer.len), -EBADMSG);
	assert_non_null(strstr(why.detail, "element 4 at byte 398 is there twice"));
	assert_int_equal(list_read(&list, bytes, 10), -EBADMSG);
	assert_non_null(strstr(why.detail, "15 bytes are told and 10 are there"));
	/* Lengths that would never end. */
	bytes[4] = 0;
	assert_int_equal(list_read(&list, bytes, writer.len), -EBADMSG);
	bytes[4] = 4;
	assert_int_equal(list_read(&list, bytes, writer.len), -EBADMSG);
	assert_string_equal(why.detail, "a length of 4 bytes is too short");
	assert_int_equal(list_read(&list, (const uint8_t *)"\4\0\2\0\0", 5), -EBADMSG);
	assert_non_null(strstr(why.detail, "no element tells a length"));
}

static void too_long(void **state)
{
	enum { RECORD_LEN = 10 };
	static const uint8_t record[RECORD_LEN] = { 1, 0, 2, 0, RECORD_LEN, 4, 0, 2, 0, 4 };
	static uint8_t bytes[150000];
	size_t most = (PHONESEC_TRUST_LIST_MAX - 0x184) / RECORD_LEN;
	uint8_t *huge = calloc(1, 1 << 20);
	struct trust_list list;

	(void)state;
	for (size_t i = 0; i + RECORD_LEN <= sizeof(bytes); i += RECORD_LEN)
		memcpy(bytes + i, record, RECORD_LEN);
	assert_int_equal(list_read(&list, bytes, most * RECORD_LEN), 0);
	assert_int_equal(list.count, most);
	assert_int_equal(list_read(&list, bytes, (most + 1) * RECORD_LEN), -EFBIG);
	assert_int_equal(why.code, REASON_TRUST_LIST_TOO_LONG);
	assert_string_equal(why.detail, "it has 65538 bytes, at most 65536 are taken");
	assert_int_equal(trust_list_read(&list, (struct octets){ huge, 1 << 20 }, &why), -EFBIG);
	assert_int_equal(why.code, REASON_TRUST_LIST_TOO_LONG);
	free(huge);
}

static void not_lists(void **state)
{
	struct octets encrypted = file_vector("SEP001122334455.cnf.xml.enc.sgn");
	struct trust_list list;

	(void)state;
	assert_int_equal(trust_list_read(&list, file_vector("SEP001122334455.cnf.xml.sgn"), &why),
			 -EBADMSG);
	assert_int_equal(trust_list_read(&list, encrypted, &why), -EPROTO);
	assert_int_equal(trust_list_read(&list, (struct octets){ (const uint8_t *)"", 0 }, &why),
			 -EBADMSG);
}

static void roles(void **state)
{
	uint16_t role;

	(void)state;
	assert_true(trust_role_find("ccm+tftp", &role));
	assert_int_equal(role, TRUST_ROLE_CCM_TFTP);
	assert_string_equal(trust_role_name(TRUST_ROLE_APP_SERVER), "APP-SERVER");
	assert_false(trust_role_find("ccm+", &role));
	assert_null(trust_role_name(5));
	for (role = 0; role < 30; role++)
		assert_int_equal(trust_role_signs_files(role), role == 2 || role == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_records),
		cmocka_unit_test(elliptic_records),
		cmocka_unit_test(bare_records),
		cmocka_unit_test(record_hash),
		cmocka_unit_test(record_certificate_wrong),
		cmocka_unit_test(records_refused),
		cmocka_unit_test(too_long),
		cmocka_unit_test(not_lists),
		cmocka_unit_test(roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
