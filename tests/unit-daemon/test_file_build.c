// SPDX-License-Identifier: Apache-2.0
/*
 * Files that are made: of the same inputs the same bytes as another implementation made, and in
 * the layout of call managers; what is made can be read.
 */
#include "file_site.h"

#include <errno.h>

#include "encrypted_file.h"
#include "file_signature.h"

static struct refusal why;

static void same_signed_file(void **state)
{
	struct file_maker maker = file_golden_maker();
	struct octets golden = file_vector("SEP001122334455.cnf.xml.sgn"), built;

	(void)state;
	assert_int_equal(file_build_signed(&built, &maker,
					   file_vector("SEP001122334455.cnf.xml"), &why), 0);
	assert_true(octets_are(built, golden.at, golden.len));
	free((void *)built.at);
}

static void same_list(void **state)
{
	struct file_maker maker = file_golden_list_maker();
	struct octets golden = file_vector("ITLFile.tlv"), built;

	(void)state;
	assert_int_equal(file_build_list(&built, &maker, 0, file_golden_records(),
					 FILE_GOLDEN_RECORDS, &why), 0);
	assert_true(octets_are(built, golden.at, golden.len));
	free((void *)built.at);
}

/* Puts the bytes of @from in place of those of @to, which are random in each file. */
static void span_equalize(uint8_t *to_file, struct octets to, struct octets from)
{
	assert_int_equal(to.len, from.len);
	memcpy(to_file, from.at, from.len);
}

static void same_encrypted_file(void **state)
{
	struct file_maker maker = file_golden_maker();
	struct octets golden = file_vector("SEP001122334455.cnf.xml.enc.sgn"), built;
	struct file_header made, known;

	(void)state;
	maker.name = "SEP001122334455.cnf.xml.enc.sgn";
	assert_int_equal(file_build_encrypted(&built, &maker, file_identity("dev.pem").key,
					      file_vector("SEP001122334455.cnf.xml"), &why), 0);
	assert_int_equal(built.len, golden.len);
	assert_int_equal(file_header_read(&made, built, &why), 0);
	assert_int_equal(file_header_read(&known, golden, &why), 0);
	/* A new key, and a new vector. */
	assert_memory_not_equal(made.encryption.iv.at, known.encryption.iv.at, FILE_IV_LEN);
	assert_memory_not_equal(made.encryption.wrapped_key.at,
				known.encryption.wrapped_key.at, 256);
	span_equalize((uint8_t *)made.encryption.iv.at, made.encryption.iv, known.encryption.iv);
	span_equalize((uint8_t *)made.encryption.wrapped_key.at, made.encryption.wrapped_key,
		      known.encryption.wrapped_key);
	span_equalize((uint8_t *)made.signature.at, made.signature, known.signature);
	assert_memory_equal(built.at, golden.at, known.length);
	free((void *)built.at);
}

static void round_trip_of(const char *kind, enum file_digest digest, enum file_style style)
{
	struct file_identity signer = file_identity_make(kind, kind);
	struct file_maker maker = file_golden_maker();
	struct octets plain = { (const uint8_t *)"0123456789abcdef", 16 }, built, opened;
	struct file_header header;

	maker.certificate = signer.certificate;
	maker.key = signer.key;
	maker.digest = digest;
	maker.style = style;
	assert_int_equal(file_build_signed(&built, &maker, plain, &why), 0);
	assert_int_equal(file_header_read(&header, built, &why), 0);
	assert_int_equal(header.length % 4, 0);
	assert_int_equal(header.digest, digest);
	assert_int_equal(header.signature.len, EVP_PKEY_get_size(signer.key));
	assert_int_equal(file_signature_check(NULL, &header, built, signer.key, &why), 0);
	assert_true(octets_are(file_body(&header, built), plain.at, plain.len));
	free((void *)built.at);

	assert_int_equal(file_build_encrypted(&built, &maker, signer.key, plain, &why), 0);
	assert_int_equal(file_header_read(&header, built, &why), 0);
	assert_int_equal(header.version_major, 2);
	assert_int_equal(file_signature_check(NULL, &header, built, signer.key, &why), 0);
	/* A text of whole blocks is padded by one more. */
	assert_int_equal(header.encryption.pad, 16);
	assert_int_equal(file_body(&header, built).len, 32);
	assert_int_equal(encrypted_file_open(NULL, &header, built, signer.key, &opened, &why), 0);
	assert_true(octets_are(opened, plain.at, plain.len));
	encrypted_file_forget(&opened);
	free((void *)built.at);
}

static void round_trips(void **state)
{
	(void)state;
	round_trip_of("RSA512", FILE_DIGEST_SHA256, FILE_STYLE_TOOL);
	round_trip_of("RSA1024", FILE_DIGEST_SHA1, FILE_STYLE_SERVER);
	round_trip_of("RSA2048", FILE_DIGEST_SHA256, FILE_STYLE_TOOL);
	round_trip_of("RSA4096", FILE_DIGEST_SHA512, FILE_STYLE_SERVER);
}

/* The lengths that a call manager shows for a list and its first record. */
static void server_layout(void **state)
{
	static const uint8_t head[] = { 1, 0, 2, 1, 2, 2, 0, 2 };
	struct file_maker maker = file_golden_list_maker();
	struct trust_record record;
	struct trust_list list;
	struct octets built;
	size_t at = 0;

	(void)state;
	maker.style = FILE_STYLE_SERVER;
	assert_int_equal(file_build_list(&built, &maker, 1, file_golden_records(),
					 FILE_GOLDEN_RECORDS, &why), 0);
	assert_memory_equal(built.at, head, sizeof(head));
	assert_int_equal(trust_list_read(&list, built, &why), 0);
	assert_int_equal(file_signature_check(NULL, &list.header, built, maker.key, &why), 0);
	assert_int_equal(list.header.signer_version_major, 1);
	assert_int_equal(list.header.signer_version_minor, 1);
	assert_true(octets_are_text(list.header.signer_name, "CN=SAST;O=SAST;OU=SAST"));
	/* Name, serial number and issuer follow each other in the order of their tags. */
	assert_int_equal(list.header.serial.at - list.header.signer_name.at, 23 + 3);
	assert_int_equal(list.header.signer_issuer.at - list.header.serial.at, 16 + 3);
	assert_true(trust_list_next(&list, &at, &record));
	assert_true(octets_are_text(record.dns_name, "sast.example"));
	assert_int_equal(at, 5 + (3 + 13) + (3 + 23) + 5 + (3 + 23) + (3 + 16) + (3 + 270) +
			 (3 + 256) + (3 + 869) + 7);
	free((void *)built.at);
}

/* A serial number of zero is written as one byte, and read as none. */
static void serial_zero(void **state)
{
	struct file_identity signer = file_identity_make("RSA2048", "zero");
	struct octets built, body = { (const uint8_t *)"text", 4 };
	struct file_maker maker = file_golden_maker();
	struct file_header header;

	(void)state;
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(signer.certificate), 0));
	assert_true(X509_sign(signer.certificate, signer.key, EVP_sha256()));
	maker.certificate = signer.certificate;
	maker.key = signer.key;
	assert_int_equal(file_build_signed(&built, &maker, body, &why), 0);
	assert_int_equal(file_header_read(&header, built, &why), 0);
	assert_int_equal(header.serial.len, 0);
	assert_int_equal(header.serial.at[-1], 0);
	free((void *)built.at);
}

static void expect_refused(const struct file_maker *maker, enum reason_code code)
{
	struct octets built, body = { (const uint8_t *)"text", 4 };

	assert_int_equal(file_build_signed(&built, maker, body, &why), -reason_words(code)->error);
	assert_int_equal(why.code, code);
}

static void refused_keys(void **state)
{
	struct file_maker maker = file_golden_maker();
	struct file_identity other = file_identity_make("P-256", "P-256");

	(void)state;
	maker.certificate = other.certificate;
	maker.key = other.key;
	expect_refused(&maker, REASON_FILE_SIGNING_KEY);
	other = file_identity_make("RSA3072", "RSA3072");
	maker.certificate = other.certificate;
	maker.key = other.key;
	expect_refused(&maker, REASON_FILE_SIGNING_KEY);
	other = file_identity_make("RSA512", "RSA512");
	maker.certificate = other.certificate;
	maker.key = other.key;
	expect_refused(&maker, REASON_FILE_SIGNING_KEY);
	assert_string_equal(why.detail, "512 bits are too few for SHA512");
	/* A key of somebody else. */
	maker = file_golden_maker();
	maker.key = file_identity("SAST.pem").key;
	expect_refused(&maker, REASON_FILE_SIGNING_KEY);
}

static void refused_names(void **state)
{
	struct file_maker maker = file_golden_maker();
	char name[300];

	(void)state;
	maker.name = "";
	expect_refused(&maker, REASON_FILE_SIGNING_NAME);
	maker.name = "a\nb";
	expect_refused(&maker, REASON_FILE_SIGNING_NAME);
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	maker.name = name;
	expect_refused(&maker, REASON_FILE_SIGNING_NAME);
}

static void refused_recipients(void **state)
{
	struct file_maker maker = file_golden_maker();
	struct octets built, body = { (const uint8_t *)"text", 4 };
	EVP_PKEY *key = file_identity_make("P-256", "P-256").key;

	(void)state;
	assert_int_equal(file_build_encrypted(&built, &maker, key, body, &why), -EKEYREJECTED);
	assert_int_equal(why.code, REASON_FILE_RECIPIENT);
}

static void too_many_records(void **state)
{
	static struct file_build_record records[60];
	struct file_maker maker = file_golden_list_maker();
	struct octets built;
	int err = 0;

	(void)state;
	for (size_t count = 1; count <= 60 && !err; count++) {
		records[count - 1] = file_golden_records()[0];
		err = file_build_list(&built, &maker, 0, records, count, &why);
		/* Records of 1485 bytes, of which 44 fit into 64 KiB alone, and a header of 388. */
		assert_int_equal(!err, 388 + count * 1485 <= 65536);
		if (!err)
			free((void *)built.at);
	}
	assert_int_equal(why.code, REASON_TRUST_LIST_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_signed_file),
		cmocka_unit_test(same_list),
		cmocka_unit_test(same_encrypted_file),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(server_layout),
		cmocka_unit_test(serial_zero),
		cmocka_unit_test(refused_keys),
		cmocka_unit_test(refused_names),
		cmocka_unit_test(refused_recipients),
		cmocka_unit_test(too_many_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
