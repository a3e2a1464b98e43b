// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "sdes.h"

static int parse(struct sdes *sdes, const char *text, struct refusal *why)
{
	/* A copy of exactly its size, so that the sanitizer sees any byte read behind it. */
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, text, len);
	err = sdes_parse(sdes, copy, len, why);
	free(copy);
	return err;
}

static void accept_suite(const char *text, enum nf_srtp_suite suite, size_t len)
{
	struct refusal why;
	struct sdes sdes;

	assert_int_equal(parse(&sdes, text, &why), 0);
	assert_int_equal(sdes.suite, suite);
	assert_int_equal(secret_len(sdes.master), len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(secret_bytes(sdes.master)[i], i);
	sdes_clear(&sdes);
	assert_null(sdes.master);
}

static void key_padded_and_unpadded(void **state)
{
	(void)state;
	accept_suite("AEAD_AES_256_GCM inline:" KEY_256, NF_SRTP_SUITE_AEAD_AES_256_GCM, 44);
	accept_suite("AEAD_AES_256_GCM inline:"
		     "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis",
		     NF_SRTP_SUITE_AEAD_AES_256_GCM, 44);
	accept_suite("AEAD_AES_128_GCM inline:" KEY_128, NF_SRTP_SUITE_AEAD_AES_128_GCM, 28);
	accept_suite("AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw",
		     NF_SRTP_SUITE_AEAD_AES_128_GCM, 28);
}

static void prefix_and_case(void **state)
{
	struct refusal why;
	struct sdes sdes;

	(void)state;
	accept_suite("a=crypto:1 AEAD_AES_128_GCM inline:" KEY_128,
		     NF_SRTP_SUITE_AEAD_AES_128_GCM, 28);
	accept_suite("  aead_aes_128_gcm\tINLINE:" KEY_128 "  ",
		     NF_SRTP_SUITE_AEAD_AES_128_GCM, 28);
	assert_int_equal(parse(&sdes, "a=crypto:999999999 AEAD_AES_128_GCM inline:" KEY_128,
			       &why), 0);
	assert_int_equal(sdes.tag, 999999999);
	sdes_clear(&sdes);
	assert_int_equal(parse(&sdes, "7 AEAD_AES_128_GCM inline:" KEY_128, &why), 0);
	assert_int_equal(sdes.tag, 7);
	assert_true(sdes.lifetime == SDES_LIFETIME_MAX);
	sdes_clear(&sdes);
}

static void lifetime_and_mki(void **state)
{
	static const struct {
		const char *tail;
		uint64_t lifetime;
		uint8_t mki_len;
		uint8_t mki_last[2];
	} cases[] = {
		{ "|2^20", 1 << 20, 0, { 0 } },
		{ "|2^0", 1, 0, { 0 } },
		{ "|2^48", UINT64_C(1) << 48, 0, { 0 } },
		{ "|1000", 1000, 0, { 0 } },
		{ "|281474976710656", UINT64_C(1) << 48, 0, { 0 } },
		{ "|1:4", UINT64_C(1) << 48, 4, { 0, 1 } },
		{ "|2^31|1066:4", UINT64_C(1) << 31, 4, { 4, 42 } },
		{ "|255:1", UINT64_C(1) << 48, 1, { 0, 255 } },
		{ "|340282366920938463463374607431768211455:16", UINT64_C(1) << 48, 16,
		  { 255, 255 } },
		{ "|0:16", UINT64_C(1) << 48, 16, { 0, 0 } },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct refusal why;
		struct sdes sdes;
		char text[256];

		snprintf(text, sizeof(text), "AEAD_AES_128_GCM inline:" KEY_128 "%s",
			 cases[i].tail);
		assert_int_equal(parse(&sdes, text, &why), 0);
		assert_true(sdes.lifetime == cases[i].lifetime);
		assert_int_equal(sdes.mki_len, cases[i].mki_len);
		if (sdes.mki_len)
			assert_int_equal(sdes.mki[sdes.mki_len - 1], cases[i].mki_last[1]);
		if (sdes.mki_len > 1)
			assert_int_equal(sdes.mki[sdes.mki_len - 2], cases[i].mki_last[0]);
		sdes_clear(&sdes);
	}
}

static void parameters(void **state)
{
	struct refusal why;
	struct sdes sdes;

	(void)state;
	assert_int_equal(parse(&sdes, "AEAD_AES_128_GCM inline:" KEY_128
			       " KDR=0 WSH=64 UNENCRYPTED_SRTCP FEC_ORDER=FEC_SRTP -unknown=x",
			       &why), 0);
	assert_int_equal(sdes.window, 64);
	assert_true(sdes.unencrypted_srtcp);
	sdes_clear(&sdes);
	assert_int_equal(parse(&sdes, "AEAD_AES_128_GCM inline:" KEY_128, &why), 0);
	assert_false(sdes.unencrypted_srtcp);
	sdes_clear(&sdes);
}

#define G128 "AEAD_AES_128_GCM inline:" KEY_128

static const struct {
	const char *text;
	enum reason_code code;
	unsigned int position;
} refusals[] = {
	{ "", REASON_SDES_SUITE_MISSING, 1 },
	{ "   ", REASON_SDES_SUITE_MISSING, 4 },
	{ "inline:" KEY_128, REASON_SDES_SUITE_MISSING, 1 },
	{ "a=crypto:x " G128, REASON_SDES_TAG, 10 },
	{ "a=crypto: " G128, REASON_SDES_TAG, 10 },
	{ "1234567890 " G128, REASON_SDES_TAG, 1 },
	{ "12x " G128, REASON_SDES_TAG, 1 },
	{ "AEAD_AES_512_GCM inline:" KEY_128, REASON_SDES_SUITE_UNKNOWN, 1 },
	{ "AES_CM_128_HMAC_SHA1_80 inline:" KEY_128, REASON_SDES_SUITE_WEAK, 1 },
	{ "1 AEAD_AES_256_GCM_8 inline:" KEY_256, REASON_SDES_SUITE_WEAK, 3 },
	{ "AEAD_AES_128_GCM", REASON_SDES_METHOD, 17 },
	{ "AEAD_AES_128_GCM " KEY_128, REASON_SDES_METHOD, 18 },
	{ "AEAD_AES_128_GCM outline:" KEY_128, REASON_SDES_METHOD, 18 },
	{ "AEAD_AES_128_GCM inline:AAEC*", REASON_SDES_BASE64, 29 },
	{ "AEAD_AES_128_GCM inline:AAEC=AEC", REASON_SDES_BASE64, 30 },
	/* Padding that leaves a group open, and too much of it. */
	{ "AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=",
	  REASON_SDES_BASE64, 62 },
	{ G128 "====", REASON_SDES_BASE64, 62 },
	/* Bits behind the last byte. */
	{ "AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGx==",
	  REASON_SDES_BASE64, 62 },
	{ "AEAD_AES_128_GCM inline:", REASON_SDES_KEY_LENGTH, 25 },
	{ "AEAD_AES_128_GCM inline:" KEY_256, REASON_SDES_KEY_LENGTH, 25 },
	/* One byte more than the longest key: told where it begins to be too much. */
	{ "AEAD_AES_256_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKiss",
	  REASON_SDES_KEY_LENGTH, 84 },
	{ "AEAD_AES_256_GCM inline:" KEY_128, REASON_SDES_KEY_LENGTH, 25 },
	/* 42 of 44 bytes, as a peer that counts characters wrongly sends. */
	{ "AEAD_AES_256_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygp",
	  REASON_SDES_KEY_LENGTH, 25 },
	{ G128 "|", REASON_SDES_LIFETIME, 66 },
	{ G128 "|0", REASON_SDES_LIFETIME, 66 },
	{ G128 "|2^49", REASON_SDES_LIFETIME, 66 },
	{ G128 "|281474976710657", REASON_SDES_LIFETIME, 66 },
	{ G128 "|18446744073709551617", REASON_SDES_LIFETIME, 66 },
	{ G128 "|2^20|2^20", REASON_SDES_LIFETIME, 71 },
	{ G128 "||1:4", REASON_SDES_LIFETIME, 66 },
	{ G128 "|1:0", REASON_SDES_MKI, 66 },
	{ G128 "|1:17", REASON_SDES_MKI, 66 },
	{ G128 "|256:1", REASON_SDES_MKI, 66 },
	{ G128 "|:4", REASON_SDES_MKI, 66 },
	{ G128 "|1x:4", REASON_SDES_MKI, 67 },
	{ G128 "|1:4|2^20", REASON_SDES_MKI, 70 },
	{ G128 "|340282366920938463463374607431768211456:16", REASON_SDES_MKI, 66 },
	{ G128 ";inline:" KEY_128, REASON_SDES_KEYS, 65 },
	{ G128 "|2^20|1:1;inline:" KEY_128 "|2^20|2:1", REASON_SDES_KEYS, 74 },
	{ G128 " KDR=1", REASON_SDES_KDR, 70 },
	{ G128 " KDR=25", REASON_SDES_PARAMETER_VALUE, 70 },
	{ G128 " WSH=63", REASON_SDES_PARAMETER_VALUE, 70 },
	{ G128 " WSH=64 WSH=64", REASON_SDES_PARAMETER_REPEATED, 73 },
	{ G128 " UNENCRYPTED_SRTP", REASON_SDES_UNENCRYPTED_SRTP, 66 },
	{ G128 " UNAUTHENTICATED_SRTP", REASON_SDES_UNAUTHENTICATED_SRTP, 66 },
	{ G128 " UNENCRYPTED_SRTCP_NOT", REASON_SDES_PARAMETER, 66 },
	{ G128 " FEC_ORDER=SRTP_FEC", REASON_SDES_FEC, 66 },
	{ G128 " FEC_KEY=inline:x", REASON_SDES_FEC, 66 },
	{ G128 " unknown", REASON_SDES_PARAMETER, 66 },
	{ G128 "\x01", REASON_SDES_CHARACTER, 65 },
	{ "AEAD_AES_128_GCM inline:\xc3\xa4", REASON_SDES_CHARACTER, 25 },
};

static void refused_with_position(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct refusal why = { 0 };
		struct sdes sdes;
		int err = parse(&sdes, refusals[i].text, &why);

		if (!err || why.code != refusals[i].code || why.position != refusals[i].position)
			fail_msg("'%s': %d %s at %u, wanted %s at %u", refusals[i].text, err,
				 reason_words(why.code)->code, why.position,
				 reason_words(refusals[i].code)->code, refusals[i].position);
		assert_int_equal(err, -reason_words(why.code)->error);
		assert_null(sdes.master);
		/* Text of a key line may be the key, so none of it is told. */
		assert_string_equal(why.detail, "");
	}
}

/* Whatever is cut off a good attribute, nothing is read behind the end. */
static void every_prefix_is_safe(void **state)
{
	static const char text[] = "a=crypto:12 AEAD_AES_256_GCM inline:" KEY_256
		"|2^31|1066:4 KDR=0 WSH=128 UNENCRYPTED_SRTCP FEC_ORDER=FEC_SRTP -x";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		struct refusal why = { 0 };
		struct sdes sdes;
		char copy[sizeof(text)] = { 0 };

		memcpy(copy, text, len);
		if (!parse(&sdes, copy, &why))
			sdes_clear(&sdes);
		else
			assert_in_range(why.position, 1, len + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_padded_and_unpadded),
		cmocka_unit_test(prefix_and_case),
		cmocka_unit_test(lifetime_and_mki),
		cmocka_unit_test(parameters),
		cmocka_unit_test(refused_with_position),
		cmocka_unit_test(every_prefix_is_safe),
	};

	return cmocka_run_group_tests_name("sdes", tests, NULL, NULL);
}
