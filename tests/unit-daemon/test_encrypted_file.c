// SPDX-License-Identifier: Apache-2.0
/* Encrypted files: the golden one, and what cannot be decrypted or is not what was put in. */
#include "file_site.h"

#include <errno.h>

#include "encrypted_file.h"

#define GOLDEN "SEP001122334455.cnf.xml.enc.sgn"

static struct refusal why;
static struct octets plain;

/* Opens a file whose header is changed on the way. */
static int file_open(struct octets file, EVP_PKEY *key, void (*change)(struct file_header *header))
{
	struct file_header header;

	assert_int_equal(file_header_read(&header, file, &why), 0);
	if (change)
		change(&header);
	why = (struct refusal){ 0 };
	return encrypted_file_open(NULL, &header, file, key, &plain, &why);
}

static void expect_refused(EVP_PKEY *key, void (*change)(struct file_header *header),
			   enum reason_code code)
{
	assert_int_equal(file_open(file_vector(GOLDEN), key, change), -reason_words(code)->error);
	assert_int_equal(why.code, code);
}

static void golden(void **state)
{
	struct octets expected = file_vector("SEP001122334455.cnf.xml");

	(void)state;
	assert_int_equal(file_open(file_vector(GOLDEN), file_identity("dev.pem").key, NULL), 0);
	assert_true(octets_are(plain, expected.at, expected.len));
	assert_int_equal(plain.at[plain.len], 0);
	encrypted_file_forget(&plain);
	assert_null(plain.at);
}

static void wrong_keys(void **state)
{
	(void)state;
	expect_refused(file_identity("lsc.pem").key, NULL, REASON_FILE_KEY);
	expect_refused(file_identity_make("RSA1024", "RSA1024").key, NULL, REASON_FILE_KEY);
	assert_non_null(strstr(why.detail, "RSA key of 2048 bits, not for this RSA key of 1024"));
	expect_refused(file_identity_make("P-256", "P-256").key, NULL, REASON_FILE_KEY);
}

static void cipher_other(struct file_header *header)
{
	header->encryption.cipher = 1;
}

static void key_algorithm_other(struct file_header *header)
{
	header->encryption.key_algorithm = 2;
}

static void key_form_other(struct file_header *header)
{
	header->encryption.key_form = 2;
}

static void not_encrypted(struct file_header *header)
{
	header->is_encrypted = false;
}

static void pad_more(struct file_header *header)
{
	header->encryption.pad++;
}

static void pad_none(struct file_header *header)
{
	header->encryption.pad = 0;
}

static void pad_too_much(struct file_header *header)
{
	header->encryption.pad = 17;
}

static void body_cut(struct file_header *header)
{
	header->length += 1;
}

static void body_none(struct file_header *header)
{
	header->length += 528;
}

static void vector_other(struct file_header *header)
{
	static const uint8_t zeros[FILE_IV_LEN];

	header->encryption.iv.at = zeros;
}

static void digest_other(struct file_header *header)
{
	static const uint8_t zeros[64];

	header->encryption.digest_value.at = zeros;
}

/* A key of another length than the cipher's. */
static void key_short(struct file_header *header)
{
	static uint8_t wrapped[256];
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(file_identity("dev.pem").key, NULL);
	size_t len = sizeof(wrapped);

	assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
	assert_int_equal(EVP_PKEY_encrypt(context, wrapped, &len, (const uint8_t *)"12345678", 8),
			 1);
	EVP_PKEY_CTX_free(context);
	header->encryption.wrapped_key.at = wrapped;
}

static void changed(void **state)
{
	EVP_PKEY *key = file_identity("dev.pem").key;

	(void)state;
	expect_refused(key, cipher_other, REASON_FILE_VERSION);
	expect_refused(key, key_algorithm_other, REASON_FILE_VERSION);
	expect_refused(key, not_encrypted, REASON_FILE_VERSION);
	expect_refused(key, key_short, REASON_FILE_KEY);
	expect_refused(key, pad_more, REASON_FILE_CONTENT);
	expect_refused(key, pad_none, REASON_FILE_CONTENT);
	expect_refused(key, pad_too_much, REASON_FILE_LAYOUT);
	expect_refused(key, body_cut, REASON_FILE_LAYOUT);
	expect_refused(key, body_none, REASON_FILE_LAYOUT);
	expect_refused(key, vector_other, REASON_FILE_CONTENT);
	expect_refused(key, digest_other, REASON_FILE_CONTENT);
	/* Nobody knows what it means, and the digest tells whether it went well. */
	assert_int_equal(file_open(file_vector(GOLDEN), key, key_form_other), 0);
	encrypted_file_forget(&plain);
}

/* Texts of every length around a block, each under a key of its own. */
static void lengths(void **state)
{
	static const uint8_t text[100] = "what the phone shall know";
	struct file_maker maker = file_golden_maker();
	EVP_PKEY *key = file_identity("lsc.pem").key;
	struct octets built;

	(void)state;
	for (size_t len = 0; len <= 33; len++) {
		assert_int_equal(file_build_encrypted(&built, &maker, key,
						      (struct octets){ text, len }, &why), 0);
		assert_int_equal(file_open(built, key, NULL), 0);
		assert_true(octets_are(plain, text, len));
		encrypted_file_forget(&plain);
		free((void *)built.at);
	}
}

static void too_long(void **state)
{
	static struct encrypted_body made;
	struct octets text = { calloc(1, ENCRYPTED_FILE_MAX), ENCRYPTED_FILE_MAX - 15 };
	EVP_PKEY *key = file_identity("lsc.pem").key;
	struct file_maker maker = file_golden_maker();
	struct octets built;

	(void)state;
	assert_non_null(text.at);
	assert_int_equal(encrypted_body_make(&made, NULL, key, FILE_DIGEST_SHA1, text, &why),
			 -EFBIG);
	assert_int_equal(why.code, REASON_FILE_TOO_LONG);
	text.len--;
	assert_int_equal(file_build_encrypted(&built, &maker, key, text, &why), 0);
	assert_int_equal(file_open(built, key, NULL), 0);
	encrypted_file_forget(&plain);
	free((void *)built.at);
	free((void *)text.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(wrong_keys),
		cmocka_unit_test(changed),
		cmocka_unit_test(lengths),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
