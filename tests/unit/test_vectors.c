// SPDX-License-Identifier: Apache-2.0
/* Published vectors through the functions that packets go through. */
#include <stdlib.h>

#include "srtp_evp.h"
#include "unit.h"
#include "vector_file.h"

enum { BUFFER_LEN = SRTP_EVP_HEADROOM + 2 * VECTOR_BYTES_MAX + SRTP_EVP_TAILROOM };

/* A zero index leaves the salt as IV, so an arbitrary one can be had through the nonce. */
static void operation_with_iv(struct srtp_operation *op, const u8 *iv, u32 aad_len, u32 text_len)
{
	u8 packet[SRTP_RTP_HEADER_MIN] = { 0 };

	srtp_rtp_operation(op, iv, packet, aad_len, text_len, 0);
	assert_memory_equal(op->iv, iv, SRTP_NONCE_LEN);
}

enum gcm_field { NAME, KEY, IV, AAD, PLAINTEXT, CIPHERTEXT, TAG, RESULT, GCM_FIELDS };

static void check_gcm(char *const *field)
{
	u8 key_bytes[VECTOR_BYTES_MAX], iv[VECTOR_BYTES_MAX], tag[VECTOR_BYTES_MAX];
	u8 aad[VECTOR_BYTES_MAX], clear[VECTOR_BYTES_MAX], sealed[VECTOR_BYTES_MAX];
	u8 packet[BUFFER_LEN];
	u32 aad_len = vector_bytes(field[AAD], aad);
	u32 text_len = vector_bytes(field[CIPHERTEXT], sealed);
	u8 *text = packet + aad_len;
	bool pass = !strcmp(field[RESULT], "pass");
	struct srtp_evp_key key;
	struct srtp_operation op;

	assert_int_equal(vector_bytes(field[IV], iv), SRTP_NONCE_LEN);
	assert_int_equal(vector_bytes(field[TAG], tag), SRTP_TAG_LEN);
	srtp_evp_key_set(&key, key_bytes, vector_bytes(field[KEY], key_bytes), iv);
	operation_with_iv(&op, key.salt, aad_len, text_len);

	memcpy(packet, aad, aad_len);
	memcpy(text, sealed, text_len);
	memcpy(text + text_len, tag, SRTP_TAG_LEN);
	if (srtp_evp_open(&key, &op, packet) != pass)
		fail_msg("%s: opened is not what it should be", field[NAME]);
	if (pass) {
		assert_int_equal(vector_bytes(field[PLAINTEXT], clear), text_len);
		if (memcmp(text, clear, text_len))
			fail_msg("%s: another plaintext", field[NAME]);
		srtp_evp_seal(&key, &op, packet);
		if (memcmp(text, sealed, text_len) || memcmp(text + text_len, tag, SRTP_TAG_LEN))
			fail_msg("%s: sealed to something else", field[NAME]);
	}
	srtp_evp_key_free(&key);
}

static void check_gcm_file(const char *name, u32 count)
{
	struct vector_file vectors;

	vector_file_open(&vectors, name);
	while (vector_file_next(&vectors, GCM_FIELDS))
		check_gcm(vectors.field);
	assert_int_equal(vectors.count, count);
}

static void nist_cavp_gcm(void **state)
{
	(void)state;
	check_gcm_file("aes_gcm_cavp.txt", 300);
}

static void wycheproof_aes_gcm(void **state)
{
	(void)state;
	check_gcm_file("aes_gcm_wycheproof.txt", 97);
}

enum srtp_field { KIND, SRTP_NAME, SESSION_KEY, SALT, PLAIN, PROTECTED, SRTP_FIELDS };

static u32 seal_rtcp_vector(struct srtp_evp *evp, u8 *packet, u32 len, const u8 *expected)
{
	srtp_evp_seal_rtcp(&evp->rtcp, packet, &len,
			   get_unaligned_be32(expected + len + SRTP_TAG_LEN));
	return len;
}

/* Section 16.3 authenticates the whole packet and encrypts nothing of it. */
static u32 seal_whole_rtp(struct srtp_evp *evp, u8 *packet, u32 len)
{
	struct srtp_operation op;

	srtp_rtp_operation(&op, evp->rtp.salt, packet, len, 0, srtp_rtp_seq(packet));
	srtp_evp_seal(&evp->rtp, &op, packet);
	assert_true(srtp_evp_open(&evp->rtp, &op, packet));
	return len + SRTP_TAG_LEN;
}

static void check_rfc7714(char *const *field)
{
	u8 bytes[VECTOR_BYTES_MAX], salt[VECTOR_BYTES_MAX];
	u8 plain[VECTOR_BYTES_MAX], expected[VECTOR_BYTES_MAX], buffer[BUFFER_LEN];
	u8 *packet = buffer + SRTP_EVP_HEADROOM;
	u32 plain_len = vector_bytes(field[PLAIN], plain);
	u32 expected_len = vector_bytes(field[PROTECTED], expected);
	u32 key_len = vector_bytes(field[SESSION_KEY], bytes);
	struct srtp_stream tx = { 0 }, rx = { 0 };
	enum nf_srtp_drop_reason reason = NF_SRTP_DROP_REASON_NONE;
	struct srtp_evp evp;
	u32 len = plain_len;

	vector_bytes(field[SALT], salt);
	srtp_evp_key_set(&evp.rtp, bytes, key_len, salt);
	srtp_evp_key_set(&evp.rtcp, bytes, key_len, salt);
	memcpy(packet, plain, plain_len);
	if (!strcmp(field[KIND], "rtp"))
		reason = srtp_evp_protect_rtp(&evp, &tx, packet, &len);
	else if (!strcmp(field[KIND], "rtcp"))
		len = seal_rtcp_vector(&evp, packet, len, expected);
	else
		len = seal_whole_rtp(&evp, packet, len);
	assert_int_equal(reason, NF_SRTP_DROP_REASON_NONE);
	if (len != expected_len || memcmp(packet, expected, len))
		fail_msg("%s: protected to something else", field[SRTP_NAME]);

	if (!strcmp(field[KIND], "rtp"))
		reason = srtp_evp_unprotect_rtp(&evp, &rx, packet, &len);
	else if (!strcmp(field[KIND], "rtcp"))
		reason = srtp_evp_unprotect_rtcp(&evp, &rx, packet, &len);
	else
		len -= SRTP_TAG_LEN;
	assert_int_equal(reason, NF_SRTP_DROP_REASON_NONE);
	assert_int_equal(len, plain_len);
	assert_memory_equal(packet, plain, len);
	srtp_evp_free(&evp);
}

/*
 * T13: both key sizes, RTP and RTCP with and without the E flag.
 * Break: in srtp_rtcp_arrange() leave out "put_unaligned_be32(esrtcp, tag)".
 */
static void t13_rfc7714_both_key_sizes(void **state)
{
	struct vector_file vectors;

	(void)state;
	vector_file_open(&vectors, "srtp_rfc7714.txt");
	while (vector_file_next(&vectors, SRTP_FIELDS))
		check_rfc7714(vectors.field);
	assert_int_equal(vectors.count, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nist_cavp_gcm),
		cmocka_unit_test(wycheproof_aes_gcm),
		cmocka_unit_test(t13_rfc7714_both_key_sizes),
	};

	return cmocka_run_group_tests_name("vectors", tests, NULL, NULL);
}
