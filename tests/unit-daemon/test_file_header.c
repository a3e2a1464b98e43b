// SPDX-License-Identifier: Apache-2.0
/* Headers of files: the golden ones, other orders, what is unknown and what is wrong. */
#include "file_site.h"

#include <errno.h>

#include "file_header.h"
#include "file_signature.h"
#include "file_tags.h"
#include "tlv.h"

static struct refusal why;
static uint8_t room[8192];

/* A header that is put together element by element; its length is written in the end. */
struct draft {
	struct tlv_writer writer;
	size_t length_at;
};

static void draft_version(struct draft *draft, uint8_t major, uint8_t minor)
{
	tlv_put(&draft->writer, FILE_TAG_VERSION, (uint8_t[]){ major, minor }, 2);
}

static void draft_length(struct draft *draft)
{
	draft->length_at = draft->writer.len + TLV_HEAD_LEN;
	tlv_put_u16(&draft->writer, FILE_TAG_LENGTH, 0);
}

static struct draft draft_new(uint8_t major, uint8_t minor)
{
	struct draft draft = { .writer = { .bytes = room, .size = sizeof(room) } };

	draft_version(&draft, major, minor);
	draft_length(&draft);
	return draft;
}

static void draft_signer(struct draft *draft)
{
	size_t group = tlv_open(&draft->writer, FILE_TAG_SIGNER);

	tlv_put(&draft->writer, FILE_TAG_SERIAL, "\0\0\1\2", 4);
	tlv_put_text(&draft->writer, FILE_TAG_SIGNER_ISSUER, "CN=i;O=o");
	tlv_put_text(&draft->writer, FILE_TAG_SIGNER_NAME, "CN=n,O=o");
	tlv_close(&draft->writer, group);
}

static void draft_info(struct draft *draft, uint8_t digest, uint8_t algorithm, uint8_t modulus)
{
	size_t group = tlv_open(&draft->writer, FILE_TAG_SIGNATURE_INFO), inner;

	inner = tlv_open(&draft->writer, FILE_TAG_ALGORITHM_INFO);
	tlv_put_u8(&draft->writer, FILE_TAG_MODULUS, modulus);
	tlv_put_u8(&draft->writer, FILE_TAG_ALGORITHM, algorithm);
	tlv_close(&draft->writer, inner);
	tlv_put_u8(&draft->writer, FILE_TAG_DIGEST, digest);
	tlv_close(&draft->writer, group);
}

static void draft_signature(struct draft *draft, size_t len)
{
	static const uint8_t zeros[FILE_SIGNATURE_MAX + 1];

	tlv_put(&draft->writer, FILE_TAG_SIGNATURE, zeros, len);
}

/* Everything that has to be there. */
static struct draft draft_whole(void)
{
	struct draft draft = draft_new(1, 0);

	draft_signer(&draft);
	draft_info(&draft, FILE_DIGEST_SHA256, 0, 0);
	draft_signature(&draft, 64);
	return draft;
}

static int draft_read(struct draft *draft, struct file_header *header)
{
	struct octets file = { room, draft->writer.len };
	uint8_t *copy;
	int err;

	assert_false(draft->writer.full);
	room[draft->length_at] = (uint8_t)(draft->writer.len >> 8);
	room[draft->length_at + 1] = (uint8_t)draft->writer.len;
	/* In memory of exactly that size, so that nothing is read behind it. */
	copy = file_copy(file);
	why = (struct refusal){ 0 };
	err = file_header_read(header, (struct octets){ copy, file.len }, &why);
	free(copy);
	return err;
}

static void expect_refused(struct draft *draft, enum reason_code code, const char *detail)
{
	struct file_header header;

	assert_int_equal(draft_read(draft, &header), -reason_words(code)->error);
	assert_int_equal(why.code, code);
	if (!strstr(why.detail, detail))
		fail_msg("'%s' has no '%s'", why.detail, detail);
}

static void golden_list(void **state)
{
	struct octets file = file_vector("ITLFile.tlv");
	struct file_header header;

	(void)state;
	assert_true(file_has_header(file));
	assert_int_equal(file_header_read(&header, file, &why), 0);
	assert_int_equal(header.length, 0x184);
	assert_int_equal(header.version_major, 1);
	assert_int_equal(header.version_minor, 2);
	assert_int_equal(header.signer_version_major, 1);
	assert_int_equal(header.signer_version_minor, 0);
	assert_true(octets_are_text(header.signer_name, "CN=SAST,O=SAST,OU=SAST"));
	assert_true(octets_are_text(header.signer_issuer, "CN=SAST,O=SAST,OU=SAST"));
	assert_int_equal(header.serial.len, 16);
	assert_memory_equal(header.serial.at, "\xf3\xde\x89\xa9", 4);
	assert_int_equal(header.digest, FILE_DIGEST_SHA1);
	assert_int_equal(header.signature.len, 256);
	assert_ptr_equal(header.signature_element.at, file.at + 0x6b);
	assert_int_equal(header.signature_element.len, 259);
	assert_true(octets_are_text(header.name, "ITLFile.tlv"));
	assert_true(header.has_timestamp);
	assert_int_equal(header.timestamp, 0x6b03c5b6);
	assert_false(header.is_encrypted);
}

static void golden_signed(void **state)
{
	struct octets file = file_vector("SEP001122334455.cnf.xml.sgn");
	struct octets plain = file_vector("SEP001122334455.cnf.xml");
	struct file_header header;

	(void)state;
	assert_int_equal(file_header_read(&header, file, &why), 0);
	assert_int_equal(header.version_minor, 0);
	assert_int_equal(header.signer_version_major, 0);
	assert_int_equal(header.digest, FILE_DIGEST_SHA512);
	assert_true(octets_are_text(header.name, "SEP001122334455.cnf.xml.sgn"));
	assert_true(octets_are(file_body(&header, file), plain.at, plain.len));
	assert_false(file_has_header(plain));
}

static void golden_encrypted(void **state)
{
	struct file_header header;

	(void)state;
	assert_int_equal(file_header_read(&header, file_vector("SEP001122334455.cnf.xml.enc.sgn"),
					  &why), 0);
	assert_int_equal(header.version_major, 2);
	assert_true(header.is_encrypted);
	assert_int_equal(header.encryption.cipher, 0);
	assert_memory_equal(header.encryption.iv.at, "\xfb\x91\xc7\x02", 4);
	assert_int_equal(header.encryption.pad, 8);
	assert_int_equal(header.encryption.key_form, 0);
	assert_int_equal(header.encryption.key_bits, 2048);
	assert_int_equal(header.encryption.key_algorithm, 1);
	assert_int_equal(header.encryption.wrapped_key.len, 256);
	assert_int_equal(header.encryption.digest, FILE_DIGEST_SHA512);
	assert_memory_equal(header.encryption.digest_value.at, "\x3c\x9a\x1e\xb0", 4);
}

static void golden_signatures(void **state)
{
	static const struct {
		const char *file, *signer, *other;
	} cases[] = {
		{ "ITLFile.tlv", "SAST.pem", "Asterisk.pem" },
		{ "SEP001122334455.cnf.xml.sgn", "Asterisk.pem", "SAST.pem" },
		{ "SEP001122334455.cnf.xml.enc.sgn", "Asterisk.pem", "lsc.pem" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct octets file = file_vector(cases[i].file);
		struct file_header header;

		assert_int_equal(file_header_read(&header, file, &why), 0);
		assert_int_equal(file_signature_check(NULL, &header, file,
						      file_identity(cases[i].signer).key, &why), 0);
		assert_int_equal(file_signature_check(NULL, &header, file,
						      file_identity(cases[i].other).key, &why),
				 -EKEYREJECTED);
		assert_int_equal(why.code, REASON_FILE_SIGNATURE);
		assert_int_equal(file_signature_check(NULL, &header, file,
				 file_identity_make("P-256", "P-256").key, &why), -EKEYREJECTED);
		assert_non_null(strstr(why.detail, "EC key of 256 bits"));
		assert_int_equal(file_signature_check(NULL, &header, file,
				 file_identity_make("RSA1024", "RSA1024").key, &why),
				 -EKEYREJECTED);
	}
}

/* A key that is for signatures of another kind alone. */
static void other_padding(void **state)
{
	struct octets file = file_vector("ITLFile.tlv");
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	struct file_header header;
	EVP_PKEY *key = NULL;

	(void)state;
	assert_int_equal(EVP_PKEY_keygen_init(context), 1);
	/* Of 2048 bits, as the signer's. */
	assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
	EVP_PKEY_CTX_free(context);
	assert_int_equal(file_header_read(&header, file, &why), 0);
	assert_int_equal(file_signature_check(NULL, &header, file, key, &why), -EKEYREJECTED);
	assert_int_equal(why.code, REASON_FILE_SIGNATURE);
	EVP_PKEY_free(key);
}

/* Elements in another order, elements nobody knows, a newer minor version, much padding. */
static void other_order(void **state)
{
	struct draft draft = { .writer = { .bytes = room, .size = sizeof(room) } };
	struct file_header header;

	(void)state;
	draft_signature(&draft, 64);
	tlv_put_u32(&draft.writer, FILE_TAG_TIMESTAMP, 5);
	draft_info(&draft, FILE_DIGEST_SHA1, 0, 0);
	tlv_put_raw(&draft.writer, "\r\r\r", 3);
	tlv_put(&draft.writer, 200, "new", 3);
	draft_signer(&draft);
	draft_length(&draft);
	draft_version(&draft, 1, 9);
	assert_int_equal(draft_read(&draft, &header), 0);
	assert_int_equal(header.version_minor, 9);
	assert_int_equal(header.serial.len, 2);
	assert_int_equal(header.digest, FILE_DIGEST_SHA1);
	assert_int_equal(header.timestamp, 5);
	assert_int_equal(header.name.len, 0);
	assert_int_equal(header.signature_element.len, 67);
}

static void absent_elements(void **state)
{
	struct draft draft = draft_new(1, 0);

	(void)state;
	draft_info(&draft, FILE_DIGEST_SHA1, 0, 0);
	draft_signature(&draft, 64);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element 5 ");
	draft = draft_new(1, 0);
	draft_signer(&draft);
	draft_signature(&draft, 64);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element 8 ");
	draft = draft_new(1, 0);
	draft_signer(&draft);
	draft_info(&draft, FILE_DIGEST_SHA1, 0, 0);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element 12 ");
	draft = (struct draft){ .writer = { .bytes = room, .size = sizeof(room) } };
	draft_version(&draft, 1, 0);
	draft.length_at = draft.writer.len + TLV_HEAD_LEN;
	tlv_put_u16(&draft.writer, 200, 0);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element tells a length");
}

/* One that stands in a group counts only there. */
static void wrong_places(void **state)
{
	struct draft draft = draft_new(1, 0);
	size_t group;

	(void)state;
	tlv_put(&draft.writer, FILE_TAG_SERIAL, "\1", 1);
	draft_info(&draft, FILE_DIGEST_SHA1, 0, 0);
	draft_signature(&draft, 64);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element 5 ");
	draft = draft_new(1, 0);
	draft_info(&draft, FILE_DIGEST_SHA1, 0, 0);
	group = tlv_open(&draft.writer, FILE_TAG_SIGNER);
	tlv_put(&draft.writer, FILE_TAG_SERIAL, "\1", 1);
	draft_signature(&draft, 64);
	tlv_close(&draft.writer, group);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element 12 ");
}

static void twice(void **state)
{
	struct draft draft = draft_whole();

	(void)state;
	draft_signature(&draft, 64);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 12 at byte");
	draft = draft_whole();
	draft_version(&draft, 1, 0);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 1 at byte");
	draft = draft_whole();
	tlv_put_u16(&draft.writer, FILE_TAG_LENGTH, 9);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 2 at byte");
	draft = draft_whole();
	draft_signer(&draft);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 3 at byte");
}

static void versions(void **state)
{
	struct draft draft = draft_new(3, 1);

	(void)state;
	expect_refused(&draft, REASON_FILE_VERSION, "version 3.1");
	draft = draft_new(0, 0);
	expect_refused(&draft, REASON_FILE_VERSION, "version 0.0");
}

static void algorithms(void **state)
{
	struct draft draft = draft_new(1, 0);
	struct file_header header;

	(void)state;
	draft_signer(&draft);
	draft_signature(&draft, 64);
	draft_info(&draft, 4, 0, 0);
	expect_refused(&draft, REASON_FILE_VERSION, "digest 4");
	draft = draft_new(1, 0);
	draft_signer(&draft);
	draft_signature(&draft, 64);
	draft_info(&draft, 3, 1, 0);
	expect_refused(&draft, REASON_FILE_VERSION, "algorithm 1");
	draft = draft_new(1, 0);
	draft_signer(&draft);
	draft_signature(&draft, 64);
	draft_info(&draft, 3, 0, 1);
	expect_refused(&draft, REASON_FILE_LAYOUT, "64 bytes and is told to have 128");
	/* A step that nobody knows says nothing. */
	draft = draft_new(1, 0);
	draft_signer(&draft);
	draft_signature(&draft, 384);
	draft_info(&draft, 3, 0, 7);
	assert_int_equal(draft_read(&draft, &header), 0);
}

static void caps(void **state)
{
	char name[FILE_NAME_MAX + 2];
	struct draft draft = draft_whole();
	struct file_header header;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[FILE_NAME_MAX] = '\0';
	tlv_put_text(&draft.writer, FILE_TAG_NAME, name);
	assert_int_equal(draft_read(&draft, &header), 0);
	assert_int_equal(header.name.len, FILE_NAME_MAX);
	draft = draft_whole();
	name[FILE_NAME_MAX] = 'n';
	name[FILE_NAME_MAX + 1] = '\0';
	tlv_put_text(&draft.writer, FILE_TAG_NAME, name);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 14 at byte");
	draft = draft_new(1, 0);
	draft_signature(&draft, FILE_SIGNATURE_MAX + 1);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 12 at byte");
}

static void texts(void **state)
{
	static const struct octets wrong[] = {
		{ (const uint8_t *)"name", 4 }, /* without its zero */
		{ (const uint8_t *)"na\0me", 6 },
		{ (const uint8_t *)"na\nme", 6 },
		{ (const uint8_t *)"na\x7fme", 6 },
		{ (const uint8_t *)"", 0 },
	};
	struct draft draft;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		draft = draft_whole();
		tlv_put(&draft.writer, FILE_TAG_NAME, wrong[i].at, wrong[i].len);
		expect_refused(&draft, REASON_FILE_LAYOUT, "element 14 at byte");
	}
}

static void lengths_that_lie(void **state)
{
	struct octets golden = file_vector("ITLFile.tlv");
	static const uint16_t lies[] = { 0, 4, 9, 0x183, 0x185, 0x0100, 0xffff };
	struct file_header header;

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		uint8_t *copy = file_copy(golden);
		struct octets lying = { copy, golden.len };

		copy[8] = (uint8_t)(lies[i] >> 8);
		copy[9] = (uint8_t)lies[i];
		assert_int_equal(file_header_read(&header, lying, &why), -EBADMSG);
		assert_int_equal(why.code, REASON_FILE_LAYOUT);
		free(copy);
	}
}

static void encryption_incomplete(void **state)
{
	struct draft draft = draft_whole();
	size_t group;

	(void)state;
	tlv_put(&draft.writer, FILE_TAG_ENCRYPTION, "", 0);
	expect_refused(&draft, REASON_FILE_LAYOUT, "no element 19 ");
	draft = draft_whole();
	group = tlv_open(&draft.writer, FILE_TAG_ENCRYPTION);
	tlv_put(&draft.writer, FILE_TAG_IV_INFO, "\x13\0\1\0", 4);
	tlv_close(&draft.writer, group);
	expect_refused(&draft, REASON_FILE_LAYOUT, "element 19 at byte");
}

/* The golden file with one byte behind some others changed. */
static void expect_encryption_refused(const char *before, size_t len, uint8_t byte,
				      const char *detail)
{
	struct octets golden = file_vector("SEP001122334455.cnf.xml.enc.sgn");
	size_t at = file_offset(golden, before, len) + len;
	uint8_t *copy = file_copy(golden);
	struct file_header header;

	copy[at] = byte;
	assert_int_equal(file_header_read(&header, (struct octets){ copy, golden.len }, &why),
			 -EBADMSG);
	assert_string_equal(why.detail, detail);
	free(copy);
}

static void encryption_inconsistent(void **state)
{
	(void)state;
	expect_encryption_refused("\x1a\0\1", 3, FILE_DIGEST_SHA1, "a SHA1 of 64 bytes");
	expect_encryption_refused("\x17\0\2", 3, 4, "a key of 1024 bits wraps to 256 bytes");
}

static void no_header(void **state)
{
	struct file_header header;

	(void)state;
	assert_false(file_has_header((struct octets){ (const uint8_t *)"", 0 }));
	assert_false(file_has_header((struct octets){ (const uint8_t *)"\1\0", 2 }));
	assert_true(file_has_header((struct octets){ (const uint8_t *)"\2\0\2", 3 }));
	assert_int_equal(file_header_read(&header, (struct octets){ (const uint8_t *)"", 0 }, &why),
			 -EBADMSG);
	assert_int_equal(file_header_read(&header, file_vector("SEP001122334455.cnf.xml"), &why),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_list),
		cmocka_unit_test(golden_signed),
		cmocka_unit_test(golden_encrypted),
		cmocka_unit_test(golden_signatures),
		cmocka_unit_test(other_padding),
		cmocka_unit_test(other_order),
		cmocka_unit_test(absent_elements),
		cmocka_unit_test(wrong_places),
		cmocka_unit_test(twice),
		cmocka_unit_test(versions),
		cmocka_unit_test(algorithms),
		cmocka_unit_test(caps),
		cmocka_unit_test(texts),
		cmocka_unit_test(lengths_that_lie),
		cmocka_unit_test(encryption_incomplete),
		cmocka_unit_test(encryption_inconsistent),
		cmocka_unit_test(no_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
