// SPDX-License-Identifier: Apache-2.0
/* kmod/core against libsrtp2, both ways: what one protects the other must accept. */
#include <stdio.h>

#include "libsrtp.h"

#include "sample.h"
#include "srtp_evp.h"
#include "unit.h"

enum {
	BUFFER_LEN = 2048,
	MKI_LEN = 4,
	WRAP_FIRST = 65000,
	WRAP_PACKETS = 67008,
	REORDER = 64,
};

static u8 mki[MKI_LEN] = { 0xc0, 0x01, 0xd0, 0x0d };

/* A session of each implementation under one master key. */
struct pair {
	bool with_mki;
	srtp_t peer_tx;
	srtp_t peer_rx;
	struct srtp_evp evp;
	struct srtp_stream tx;
	struct srtp_stream rx;
	/* libsrtp reads headers as words. */
	_Alignas(8) u8 buffer[BUFFER_LEN];
	u8 *packet;
	u32 len;
};

static srtp_t peer_open(u8 *master, u32 key_len, bool with_mki, srtp_ssrc_type_t direction)
{
	srtp_profile_t profile = key_len == 16 ? srtp_profile_aead_aes_128_gcm :
						 srtp_profile_aead_aes_256_gcm;
	srtp_master_key_t key = { .key = master, .mki_id = mki, .mki_size = MKI_LEN };
	srtp_master_key_t *keys[] = { &key };
	srtp_policy_t policy = { .ssrc.type = direction, .window_size = SRTP_WINDOW_BITS };
	srtp_t peer;

	assert_int_equal(srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile), 0);
	assert_int_equal(srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile), 0);
	if (with_mki) {
		policy.keys = keys;
		policy.num_master_keys = COUNT_OF(keys);
	} else {
		policy.key = master;
	}
	assert_int_equal(srtp_create(&peer, &policy), srtp_err_status_ok);
	return peer;
}

static void pair_open(struct pair *pair, u32 key_len, bool with_mki)
{
	u8 master[SRTP_EVP_KEY_MAX + SRTP_SALT_LEN];
	u32 i;

	memset(pair, 0, sizeof(*pair));
	for (i = 0; i < sizeof(master); i++)
		master[i] = (u8)(0xa5 ^ i * 11);
	pair->with_mki = with_mki;
	pair->packet = pair->buffer + SRTP_EVP_HEADROOM;
	srtp_evp_set(&pair->evp, master, key_len);
	pair->peer_tx = peer_open(master, key_len, with_mki, ssrc_any_outbound);
	pair->peer_rx = peer_open(master, key_len, with_mki, ssrc_any_inbound);
}

static void pair_close(struct pair *pair)
{
	srtp_evp_free(&pair->evp);
	srtp_dealloc(pair->peer_tx);
	srtp_dealloc(pair->peer_rx);
}

/* The core knows no MKI: it stands after all the rest. */
static void add_mki(struct pair *pair)
{
	if (pair->with_mki) {
		memcpy(pair->packet + pair->len, mki, MKI_LEN);
		pair->len += MKI_LEN;
	}
}

static void strip_mki(struct pair *pair)
{
	if (pair->with_mki) {
		pair->len -= MKI_LEN;
		assert_memory_equal(pair->packet + pair->len, mki, MKI_LEN);
	}
}

static void ours_protects(struct pair *pair, bool rtcp)
{
	enum nf_srtp_drop_reason reason = rtcp ?
		srtp_evp_protect_rtcp(&pair->evp, &pair->tx, pair->packet, &pair->len) :
		srtp_evp_protect_rtp(&pair->evp, &pair->tx, pair->packet, &pair->len);

	assert_int_equal(reason, NF_SRTP_DROP_REASON_NONE);
	add_mki(pair);
}

static void ours_unprotects(struct pair *pair, bool rtcp)
{
	enum nf_srtp_drop_reason reason;

	strip_mki(pair);
	reason = rtcp ? srtp_evp_unprotect_rtcp(&pair->evp, &pair->rx, pair->packet, &pair->len) :
			srtp_evp_unprotect_rtp(&pair->evp, &pair->rx, pair->packet, &pair->len);
	assert_int_equal(reason, NF_SRTP_DROP_REASON_NONE);
}

static void peer_protects(struct pair *pair, bool rtcp)
{
	int len = (int)pair->len;
	srtp_err_status_t status = rtcp ?
		srtp_protect_rtcp_mki(pair->peer_tx, pair->packet, &len, pair->with_mki, 0) :
		srtp_protect_mki(pair->peer_tx, pair->packet, &len, pair->with_mki, 0);

	assert_int_equal(status, srtp_err_status_ok);
	pair->len = (u32)len;
}

static void peer_unprotects(struct pair *pair, bool rtcp)
{
	int len = (int)pair->len;
	srtp_err_status_t status = rtcp ?
		srtp_unprotect_rtcp_mki(pair->peer_rx, pair->packet, &len, pair->with_mki) :
		srtp_unprotect_mki(pair->peer_rx, pair->packet, &len, pair->with_mki);

	assert_int_equal(status, srtp_err_status_ok);
	pair->len = (u32)len;
}

/* What stands in the pair goes there and back, each way through both implementations. */
static void expect_understood(struct pair *pair, bool rtcp)
{
	u8 plain[BUFFER_LEN];
	u32 plain_len = pair->len;

	memcpy(plain, pair->packet, plain_len);
	ours_protects(pair, rtcp);
	assert_true(pair->len > plain_len);
	peer_unprotects(pair, rtcp);
	assert_int_equal(pair->len, plain_len);
	assert_memory_equal(pair->packet, plain, plain_len);
	peer_protects(pair, rtcp);
	assert_true(pair->len > plain_len);
	ours_unprotects(pair, rtcp);
	assert_int_equal(pair->len, plain_len);
	assert_memory_equal(pair->packet, plain, plain_len);
}

static void check_rtp(struct pair *pair)
{
	struct sample_rtp sample = { .ssrc = SAMPLE_SSRC, .seq = 100 };
	u32 payload;

	for (payload = 0; payload <= 1400; payload += payload < 20 ? 1 : 69) {
		sample.seq++;
		sample.payload_len = payload;
		sample.csrc_count = payload % 16;
		sample.profile = payload % 3 ? SAMPLE_ONE_BYTE : 0;
		sample.extension_words = (u16)(payload % 5);
		pair->len = sample_rtp_write(pair->packet, &sample);
		expect_understood(pair, false);
	}
}

static void check_rtcp(struct pair *pair)
{
	u32 i;

	for (i = 0; i < 300; i++) {
		pair->len = sample_rtcp_write(pair->packet, SAMPLE_SSRC);
		expect_understood(pair, true);
	}
}

static void check_suite(u32 key_len, bool with_mki)
{
	struct pair pair;

	pair_open(&pair, key_len, with_mki);
	check_rtp(&pair);
	check_rtcp(&pair);
	pair_close(&pair);
}

/*
 * T13: both key sizes, RTP and RTCP, against a code base that is not ours.
 * Break: in srtp_kdf_derive() derive 16 bytes at most.
 */
static void t13_aes_128(void **state)
{
	(void)state;
	check_suite(16, false);
}

static void t13_aes_256(void **state)
{
	(void)state;
	check_suite(32, false);
}

static void with_mki(void **state)
{
	(void)state;
	check_suite(16, true);
	check_suite(32, true);
}

/* Number i of a stream that comes in blocks, each turned end to end. */
static u16 turned_seq(u32 i)
{
	return (u16)(WRAP_FIRST + i / REORDER * REORDER + (REORDER - 1 - i % REORDER));
}

/*
 * T1: over two wraps, in order out and out of order in, libsrtp2 and the core
 * agree on every index.
 * Break: in srtp_index_guess() leave out the (s16).
 */
static void check_wrap(bool ours_sends)
{
	struct sample_rtp sample = { .ssrc = SAMPLE_SSRC, .payload_len = 20 };
	static u8 wire[REORDER][64];
	struct pair pair;
	u32 i, k, len = 0;

	pair_open(&pair, 32, false);
	for (i = 0; i < WRAP_PACKETS; i += REORDER) {
		for (k = 0; k < REORDER; k++) {
			sample.seq = (u16)(WRAP_FIRST + i + k);
			pair.len = sample_rtp_write(pair.packet, &sample);
			if (ours_sends)
				ours_protects(&pair, false);
			else
				peer_protects(&pair, false);
			len = pair.len;
			memcpy(wire[k], pair.packet, len);
		}
		for (k = 0; k < REORDER; k++) {
			memcpy(pair.packet, wire[REORDER - 1 - k], len);
			assert_int_equal(srtp_rtp_seq(pair.packet), turned_seq(i + k));
			pair.len = len;
			if (ours_sends)
				peer_unprotects(&pair, false);
			else
				ours_unprotects(&pair, false);
		}
	}
	assert_true((ours_sends ? pair.tx : pair.rx).rtp_highest >> 16 == 2);
	pair_close(&pair);
}

static void t1_wrap_towards_libsrtp(void **state)
{
	(void)state;
	check_wrap(true);
}

static void t1_wrap_from_libsrtp(void **state)
{
	(void)state;
	check_wrap(false);
}

/*
 * T4: a counter told in mid-stream, to both or to one of them first.
 * Break: in srtp_stream_set_roc() leave out "stream->roc_set = true".
 */
static void t4_told_counter(void **state)
{
	const struct sample_rtp first = { .ssrc = SAMPLE_SSRC, .seq = 50, .payload_len = 160 };
	const struct sample_rtp second = { .ssrc = SAMPLE_SSRC, .seq = 40000, .payload_len = 160 };
	struct pair pair;
	int len;

	(void)state;
	pair_open(&pair, 32, false);
	pair.len = sample_rtp_write(pair.packet, &first);
	expect_understood(&pair, false);

	assert_int_equal(srtp_stream_set_roc(&pair.tx, 3), 0);
	pair.len = sample_rtp_write(pair.packet, &second);
	ours_protects(&pair, false);
	len = (int)pair.len;
	assert_int_equal(srtp_unprotect(pair.peer_rx, pair.packet, &len),
			 srtp_err_status_auth_fail);

	assert_int_equal(srtp_set_stream_roc(pair.peer_rx, SAMPLE_SSRC, 4), srtp_err_status_ok);
	assert_int_equal(srtp_stream_set_roc(&pair.tx, 4), 0);
	pair.len = sample_rtp_write(pair.packet, &second);
	ours_protects(&pair, false);
	peer_unprotects(&pair, false);
	pair_close(&pair);
}

static int libsrtp_start(void **state)
{
	(void)state;
	printf("interop: %s\n", srtp_get_version_string());
	return srtp_init();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t13_aes_128),
		cmocka_unit_test(t13_aes_256),
		cmocka_unit_test(with_mki),
		cmocka_unit_test(t1_wrap_towards_libsrtp),
		cmocka_unit_test(t1_wrap_from_libsrtp),
		cmocka_unit_test(t4_told_counter),
	};

	return cmocka_run_group_tests_name("libsrtp_interop", tests, libsrtp_start, NULL);
}
