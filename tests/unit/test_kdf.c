// SPDX-License-Identifier: Apache-2.0
/* Key derivation: kmod/core/kdf. */
#include <stdlib.h>

#include "srtp_evp.h"
#include "unit.h"
#include "vector_file.h"

/* Break: in kdf.c let LABEL_AT be SRTP_KDF_SALT_LEN - 8. */
static void published_values(void **state)
{
	enum { NAME, KEY, SALT, LABEL, OUTPUT, FIELDS };
	u8 key[VECTOR_BYTES_MAX], salt[VECTOR_BYTES_MAX];
	u8 expected[VECTOR_BYTES_MAX], output[VECTOR_BYTES_MAX];
	struct vector_file vectors;

	(void)state;
	vector_file_open(&vectors, "srtp_kdf.txt");
	while (vector_file_next(&vectors, FIELDS)) {
		u32 key_len = vector_bytes(vectors.field[KEY], key);
		u32 salt_len = vector_bytes(vectors.field[SALT], salt);
		u32 len = vector_bytes(vectors.field[OUTPUT], expected);

		srtp_evp_derive(key, key_len, salt, salt_len,
				(enum srtp_kdf_label)atoi(vectors.field[LABEL]), output, len);
		if (memcmp(output, expected, len))
			fail_msg("%s: another result", vectors.field[NAME]);
	}
	assert_int_equal(vectors.count, 7);
}

/* Break: in srtp_kdf_derive() leave out "input[LABEL_AT] ^= label". */
static void labels_differ(void **state)
{
	const u8 key[32] = { 1 };
	const u8 salt[SRTP_SALT_LEN] = { 2 };
	u8 output[6][16];
	u32 a, b;

	(void)state;
	for (a = 0; a < COUNT_OF(output); a++) {
		srtp_evp_derive(key, sizeof(key), salt, sizeof(salt), (enum srtp_kdf_label)a,
				output[a], sizeof(output[a]));
		for (b = 0; b < a; b++)
			assert_memory_not_equal(output[a], output[b], sizeof(output[a]));
	}
}

static void salt_is_padded_on_the_right(void **state)
{
	const u8 key[16] = { 3 };
	const u8 salt[SRTP_KDF_SALT_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0 };
	u8 padded[32], bare[32];

	(void)state;
	srtp_evp_derive(key, sizeof(key), salt, SRTP_KDF_SALT_LEN, SRTP_LABEL_RTCP_KEY,
			padded, sizeof(padded));
	srtp_evp_derive(key, sizeof(key), salt, SRTP_SALT_LEN, SRTP_LABEL_RTCP_KEY,
			bare, sizeof(bare));
	assert_memory_equal(padded, bare, sizeof(bare));
}

/* A shorter result is the beginning of a longer one, and not a byte more is written. */
static void every_length(void **state)
{
	const u8 key[16] = { 4 };
	const u8 salt[SRTP_SALT_LEN] = { 5 };
	u8 whole[50];
	u32 len;

	(void)state;
	srtp_evp_derive(key, sizeof(key), salt, sizeof(salt), SRTP_LABEL_RTP_KEY,
			whole, sizeof(whole));
	for (len = 0; len <= sizeof(whole); len++) {
		u8 *part = malloc(len ? len : 1);

		assert_non_null(part);
		srtp_evp_derive(key, sizeof(key), salt, sizeof(salt), SRTP_LABEL_RTP_KEY,
				part, len);
		assert_memory_equal(part, whole, len);
		free(part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_values),
		cmocka_unit_test(labels_differ),
		cmocka_unit_test(salt_is_padded_on_the_right),
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests_name("kdf", tests, NULL, NULL);
}
