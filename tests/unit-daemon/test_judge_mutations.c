// SPDX-License-Identifier: Apache-2.0
/* Ten thousand changed files, as servers might send them to a phone with a list: none is taken. */
#include "file_mutant.h"
#include "trust_folder.h"
#include "trust_site.h"

enum { MUTATIONS = 10000, KINDS = 4 };

#define CONFIG_NAME "SEP001122334455.cnf.xml.sgn"
#define ENCRYPTED_NAME "SEP001122334455.cnf.xml.enc.sgn"

static struct settings settings;

static int try(unsigned int kind, struct octets file)
{
	enum trust_list_outcome outcome;
	struct file_verdict verdict;
	struct refusal why;

	switch (kind) {
	case 0:
		return trust_lists_offer(&settings, TRUST_LIST_ITL, "ITLFile.tlv", file, &outcome,
					 NULL, &why);
	case 1:
		return trust_lists_offer(&settings, TRUST_LIST_CTL, "CTLFile.tlv", file, &outcome,
					 NULL, &why) ?: outcome != TRUST_LIST_REPLACED;
	case 2:
		return file_judge(&verdict, &settings, FILE_KIND_SIGNED, CONFIG_NAME, file, &why);
	default:
		return file_judge(&verdict, &settings, FILE_KIND_SIGNED, ENCRYPTED_NAME, file,
				  &why);
	}
}

static struct octets encrypted_make(void)
{
	struct file_maker maker = {
		.certificate = manager.certificate,
		.key = manager.key,
		.digest = FILE_DIGEST_SHA512,
		.name = ENCRYPTED_NAME,
		.timestamp = SITE_TIME,
	};
	struct octets made, plain = { (const uint8_t *)"<device/>", 9 };
	struct refusal why;

	assert_int_equal(file_build_encrypted(&made, &maker, outsider.key, plain, &why), 0);
	return made;
}

static void none_is_taken(void **state)
{
	struct octets files[KINDS] = {
		list_make(&(struct list_wish){ .later_s = 5 }),
		list_make(&(struct list_wish){ .name = "CTLFile.tlv" }),
		signed_make(CONFIG_NAME, &(struct list_wish){ 0 }, "<device/>"),
		encrypted_make(),
	};
	struct octets before, after;

	(void)state;
	settings = trust_site_settings();
	list_begin(&settings);
	before = stored(&settings, TRUST_FILE_ITL);
	file_mutants_begin();
	for (unsigned int i = 0; i < MUTATIONS; i++) {
		struct octets changed = file_mutant(files[i % KINDS]);

		if (!try(i % KINDS, changed))
			fail_msg("number %u of kind %u is taken", i, i % KINDS);
		free((void *)changed.at);
	}
	after = stored(&settings, TRUST_FILE_ITL);
	assert_int_equal(after.len, before.len);
	assert_memory_equal(after.at, before.at, before.len);
	free((void *)before.at);
	free((void *)after.at);
	after = stored(&settings, TRUST_FILE_CTL);
	assert_null(after.at);
	/* They are taken as they are, so that the changes are what was refused. */
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_int_equal(try(KINDS - 1 - i, files[KINDS - 1 - i]), 0);
		free((void *)files[KINDS - 1 - i].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(none_is_taken) };

	return cmocka_run_group_tests(tests, trust_site_set_up, trust_site_clear);
}
