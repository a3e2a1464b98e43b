// SPDX-License-Identifier: Apache-2.0
/*
 * Ten thousand changed files of each kind. None is taken for what it was: each is another file
 * than the one that was signed.
 */
#include "file_site.h"

#include "encrypted_file.h"
#include "file_mutant.h"
#include "file_signature.h"
#include "firmware_archive.h"

enum { MUTATIONS = 10000 };

/* How far mutants came; a test in which none passes the parser would show little. */
struct tally {
	unsigned int read;
	unsigned int accepted;
};

static void records_walk(OSSL_LIB_CTX *library, const struct trust_list *list)
{
	struct trust_record record;
	struct refusal why;
	size_t at = 0, count = 0;

	while (trust_list_next(list, &at, &record)) {
		EVP_PKEY_free(trust_record_key(library, &record, &why));
		record.certificate.len = 0;
		EVP_PKEY_free(trust_record_key(library, &record, &why));
		(void)trust_record_signs(&record, &list->header);
		count++;
	}
	assert_int_equal(count, list->count);
}

static void list_try(struct octets file, struct tally *tally)
{
	struct trust_list list;
	struct refusal why;

	if (trust_list_read(&list, file, &why))
		return;
	tally->read++;
	records_walk(NULL, &list);
	tally->accepted += !file_signature_check(NULL, &list.header, file,
						 file_identity("SAST.pem").key, &why);
}

static void signed_try(struct octets file, struct tally *tally)
{
	struct file_header header;
	struct refusal why;
	struct octets body;

	if (file_header_read(&header, file, &why))
		return;
	tally->read++;
	body = file_body(&header, file);
	assert_true(body.at + body.len == file.at + file.len);
	tally->accepted += !file_signature_check(NULL, &header, file,
						 file_identity("Asterisk.pem").key, &why);
}

/* Decryption is tried without the signature, which would stop each mutant before. */
static void encrypted_try(struct octets file, struct tally *tally)
{
	struct octets plain, golden = file_vector("SEP001122334455.cnf.xml");
	struct file_header header;
	struct refusal why;

	if (file_header_read(&header, file, &why))
		return;
	tally->read++;
	tally->accepted += !file_signature_check(NULL, &header, file,
						 file_identity("Asterisk.pem").key, &why);
	if (encrypted_file_open(NULL, &header, file, file_identity("dev.pem").key, &plain, &why))
		return;
	/* Only what the digest does not cover was changed. */
	assert_true(octets_are(plain, golden.at, golden.len));
	encrypted_file_forget(&plain);
}

static void image_try(struct octets file, struct tally *tally)
{
	struct firmware_reader reader = { 0 };
	struct firmware_archive archive;
	struct firmware_entry entry;
	struct file_header header;
	struct refusal why;
	uint32_t count = 0;

	signed_try(file, tally);
	if (file_header_read(&header, file, &why) ||
	    firmware_archive_read(&archive, file_body(&header, file), &why))
		return;
	while (firmware_archive_next(&archive, &reader, &entry))
		count++;
	assert_int_equal(count, archive.count);
}

static void mutate(struct octets file, void (*try)(struct octets file, struct tally *tally))
{
	struct tally tally = { 0 };

	/* It is accepted as it is, so that a mutant is refused for its change. */
	try(file, &tally);
	assert_int_equal(tally.accepted, 1);
	tally = (struct tally){ 0 };
	file_mutants_begin();
	for (unsigned int i = 0; i < MUTATIONS; i++) {
		struct octets changed = file_mutant(file);

		try(changed, &tally);
		free((void *)changed.at);
	}
	print_message("%u of %d were read\n", tally.read, MUTATIONS);
	assert_in_range(tally.read, MUTATIONS / 10, MUTATIONS);
	assert_int_equal(tally.accepted, 0);
}

static void lists(void **state)
{
	(void)state;
	mutate(file_vector("ITLFile.tlv"), list_try);
}

static void signed_files(void **state)
{
	(void)state;
	mutate(file_vector("SEP001122334455.cnf.xml.sgn"), signed_try);
}

static void encrypted_files(void **state)
{
	(void)state;
	mutate(file_vector("SEP001122334455.cnf.xml.enc.sgn"), encrypted_try);
}

static void images(void **state)
{
	static const struct firmware_entry entries[] = {
		{ FIRMWARE_FILE, 2, 1, { (const uint8_t *)"one", 3 },
		  { (const uint8_t *)"1111", 4 } },
		{ FIRMWARE_FILE, 2, 2, { (const uint8_t *)"two", 3 },
		  { (const uint8_t *)"22", 2 } },
	};
	struct file_maker maker = file_golden_maker();
	struct octets archive, image;
	struct refusal why;

	(void)state;
	assert_int_equal(firmware_archive_make(&archive, entries, 2, &why), 0);
	assert_int_equal(file_build_signed(&image, &maker, archive, &why), 0);
	mutate(image, image_try);
	free((void *)archive.at);
	free((void *)image.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(signed_files),
		cmocka_unit_test(encrypted_files),
		cmocka_unit_test(images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
