// SPDX-License-Identifier: Apache-2.0
/* The grammar of RFC 4568 section 9 with the suites of RFC 7714. */
#include "unit.h"

#include <openssl/evp.h>

#include "sdes_offer.h"

#define G256 "AEAD_AES_256_GCM inline:" KEY_256
#define G128 "AEAD_AES_128_GCM inline:" KEY_128

static struct refusal why;

static int parse(struct sdes *sdes, const char *text)
{
	return sdes_parse(sdes, text, strlen(text), &why);
}

/* What is accepted, and the line that we would write of it. */
static void attributes(void **state)
{
	static const struct {
		const char *text;
		const char *written;
	} good[] = {
		{ "a=crypto:1 " G256, "a=crypto:1 " G256 },
		{ "a=crypto:999999999 " G128, "a=crypto:999999999 " G128 },
		{ "a=crypto:0 " G128, "a=crypto:0 " G128 },
		{ "a=crypto:007 " G128, "a=crypto:7 " G128 },
		{ "a=crypto:1 " G256 "|2^48", "a=crypto:1 " G256 },
		{ "a=crypto:1 " G256 "|2^20", "a=crypto:1 " G256 "|2^20" },
		{ "a=crypto:1 " G256 "|1048576", "a=crypto:1 " G256 "|2^20" },
		{ "a=crypto:1 " G256 "|1048577", "a=crypto:1 " G256 "|1048577" },
		{ "a=crypto:1 " G256 "|1", "a=crypto:1 " G256 "|2^0" },
		{ "a=crypto:1 " G256 "|1:4", "a=crypto:1 " G256 "|1:4" },
		{ "a=crypto:1 " G256 "|2^20|1:4", "a=crypto:1 " G256 "|2^20|1:4" },
		{ "a=crypto:1 " G256 "|18446744073709551615:8",
		  "a=crypto:1 " G256 "|18446744073709551615:8" },
		{ "a=crypto:1 " G128 " FEC_ORDER=FEC_SRTP", "a=crypto:1 " G128 },
		{ "a=crypto:1 " G128 " KDR=0", "a=crypto:1 " G128 },
		{ "a=crypto:1 " G128 " WSH=64", "a=crypto:1 " G128 },
		{ "a=crypto:1 " G128 " WSH=4294967295 KDR=00", "a=crypto:1 " G128 },
		{ "a=crypto:1 " G128 " -made-up -another=1|2", "a=crypto:1 " G128 },
		{ "a=crypto:1  " G128 "  KDR=0 ", "a=crypto:1 " G128 },
		{ "a=CRYPTO:1 aead_aes_128_gcm Inline:" KEY_128, "a=crypto:1 " G128 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char text[SDES_TEXT_MAX];
		struct sdes sdes;

		if (parse(&sdes, good[i].text))
			fail_msg("%s: %s", good[i].text, reason_words(why.code)->code);
		assert_int_equal(sdes_write(&sdes, text), strlen(good[i].written));
		assert_string_equal(text, good[i].written);
		sdes_clear(&sdes);
	}
}

/* The attributes of the RFC's own examples, which are of suites that are not strong enough. */
static void attributes_of_the_rfc(void **state)
{
	static const char *const weak[] = {
		"a=crypto:1 AES_CM_128_HMAC_SHA1_80 "
		"inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP",
		"a=crypto:2 F8_128_HMAC_SHA1_80 "
		"inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;"
		"inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP",
		"a=crypto:1 AES_CM_128_HMAC_SHA1_32 "
		"inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		struct sdes sdes;

		assert_int_not_equal(parse(&sdes, weak[i]), 0);
		assert_int_equal(why.code, REASON_SDES_SUITE_WEAK);
		assert_int_equal(why.position, 12);
	}
}

static void no_attributes(void **state)
{
	static const struct {
		const char *text;
		enum reason_code code;
	} bad[] = {
		{ "a=crypto:" G256, REASON_SDES_TAG },
		{ "a=crypto: 1 " G256, REASON_SDES_TAG },
		{ "a=crypto :1 " G256, REASON_SDES_SUITE_UNKNOWN },
		{ "a=crypto:1000000000 " G256, REASON_SDES_TAG },
		{ "a=crypto:-1 " G256, REASON_SDES_TAG },
		{ "a=crypto:1" G256, REASON_SDES_TAG },
		{ "a=crypto:1", REASON_SDES_SUITE_MISSING },
		{ "a=crypto:1 AEAD_AES_256_GCMinline:" KEY_256, REASON_SDES_SUITE_MISSING },
		{ "a=crypto:1 AEAD_AES_256_GCM ", REASON_SDES_METHOD },
		{ "a=crypto:1 AEAD_AES_256_GCM inline " KEY_256, REASON_SDES_METHOD },
		{ "a=crypto:1 AEAD_AES_256_GCM uri:https://192.0.2.1/key", REASON_SDES_METHOD },
		{ "a=crypto:1 AEAD_AES_256_GCM inline: " KEY_256, REASON_SDES_KEY_LENGTH },
		{ "a=crypto:1 " G256 "|2^", REASON_SDES_LIFETIME },
		{ "a=crypto:1 " G256 "|2^-1", REASON_SDES_LIFETIME },
		{ "a=crypto:1 " G256 "|3^10", REASON_SDES_LIFETIME },
		{ "a=crypto:1 " G256 "|2^20|2^20|1:4", REASON_SDES_LIFETIME },
		{ "a=crypto:1 " G256 "|1:4|1:4", REASON_SDES_MKI },
		{ "a=crypto:1 " G256 "|1:129", REASON_SDES_MKI },
		{ "a=crypto:1 " G256 "|-1:4", REASON_SDES_MKI },
		{ "a=crypto:1 " G256 "|1:", REASON_SDES_MKI },
		{ "a=crypto:1 " G256 ";inline:" KEY_256, REASON_SDES_KEYS },
		{ "a=crypto:1 " G256 "|1:1;inline:" KEY_256_OTHER "|2:1", REASON_SDES_KEYS },
		{ "a=crypto:1 " G256 " KDR=24", REASON_SDES_KDR },
		{ "a=crypto:1 " G256 " KDR=", REASON_SDES_PARAMETER_VALUE },
		{ "a=crypto:1 " G256 " KDR=000", REASON_SDES_PARAMETER_VALUE },
		{ "a=crypto:1 " G256 " WSH=", REASON_SDES_PARAMETER_VALUE },
		{ "a=crypto:1 " G256 " WSH=4294967296", REASON_SDES_PARAMETER_VALUE },
		{ "a=crypto:1 " G256 " KDR=0 KDR=0", REASON_SDES_PARAMETER_REPEATED },
		{ "a=crypto:1 " G256 " UNENCRYPTED_SRTCP UNENCRYPTED_SRTCP",
		  REASON_SDES_PARAMETER_REPEATED },
		{ "a=crypto:1 " G256 " unencrypted_srtp", REASON_SDES_UNENCRYPTED_SRTP },
		{ "a=crypto:1 " G256 " UNAUTHENTICATED_SRTP", REASON_SDES_UNAUTHENTICATED_SRTP },
		{ "a=crypto:1 " G256 " FEC_ORDER=", REASON_SDES_FEC },
		{ "a=crypto:1 " G256 " made-up", REASON_SDES_PARAMETER },
		{ "a=crypto:1 " G256 "\r", REASON_SDES_CHARACTER },
		{ "a=crypto:1 " G256 "\x7f", REASON_SDES_CHARACTER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sdes sdes;

		if (!parse(&sdes, bad[i].text) || why.code != bad[i].code)
			fail_msg("%s: %s", bad[i].text, reason_words(why.code)->code);
	}
}

/* Keys of every length, with padding and without: one length is right. */
static void key_lengths(void **state)
{
	static const struct {
		const char *name;
		size_t len;
	} suites[] = { { "AEAD_AES_128_GCM", 28 }, { "AEAD_AES_256_GCM", 44 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (size_t len = 0; len <= 66; len++) {
			unsigned char key[66], base64[92];
			bool right = len == suites[i].len;
			char text[256];

			memset(key, 0xa5, sizeof(key));
			EVP_EncodeBlock(base64, key, (int)len);
			base64[4 * ((len + 2) / 3)] = '\0';
			for (int padded = 1; padded >= 0; padded--) {
				struct sdes sdes = { 0 };

				if (!padded && strchr((char *)base64, '='))
					*strchr((char *)base64, '=') = '\0';
				snprintf(text, sizeof(text), "1 %s inline:%s", suites[i].name,
					 base64);
				assert_int_equal(!parse(&sdes, text), right);
				assert_true(right || why.code == REASON_SDES_KEY_LENGTH);
				sdes_clear(&sdes);
			}
		}
	}
}

/* Keys of every number of characters; 42 and 44 of them are no key of either suite. */
static void key_characters(void **state)
{
	(void)state;
	for (size_t count = 0; count <= 88; count++) {
		for (int strong = 0; strong < 2; strong++) {
			size_t right = strong ? 59 : 38;
			struct sdes sdes = { 0 };
			char text[256];
			int len;

			len = snprintf(text, sizeof(text), "1 AEAD_AES_%d_GCM inline:",
				       strong ? 256 : 128);
			memset(text + len, 'A', count);
			text[(size_t)len + count] = '\0';
			assert_int_equal(!parse(&sdes, text), count == right);
			if (count != right)
				assert_true(why.code == REASON_SDES_KEY_LENGTH ||
					    (why.code == REASON_SDES_BASE64 && count % 4 == 1));
			sdes_clear(&sdes);
		}
	}
}

/* What we write is what we read, and has its padding. */
static void written_and_read(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		enum nf_srtp_suite suite = i % 2 ? NF_SRTP_SUITE_AEAD_AES_128_GCM :
						   NF_SRTP_SUITE_AEAD_AES_256_GCM;
		struct sdes one, two;
		char text[SDES_TEXT_MAX];
		size_t len;

		assert_int_equal(sdes_create(&one, i + 1, suite, &why), 0);
		len = sdes_write(&one, text);
		assert_int_equal(len, strlen(text));
		assert_int_equal(strlen(strstr(text, "inline:") + 7) % 4, 0);
		assert_int_equal(parse(&two, text), 0);
		assert_int_equal(two.tag, i + 1);
		assert_int_equal(two.suite, suite);
		assert_true(secret_equal(one.master, two.master));
		sdes_clear(&one);
		sdes_clear(&two);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes),
		cmocka_unit_test(attributes_of_the_rfc),
		cmocka_unit_test(no_attributes),
		cmocka_unit_test(key_lengths),
		cmocka_unit_test(key_characters),
		cmocka_unit_test(written_and_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
