// SPDX-License-Identifier: Apache-2.0
/* Telling packets apart and measuring their headers: kmod/core/packet. */
#include <stdlib.h>

#include "sample.h"
#include "unit.h"

enum { HEADER_TEST_MAX = SRTP_RTP_HEADER_MIN + 15 * 4 + 4 + 32 * 4 + 20 };

/* A copy with nothing readable behind it, so that a sanitizer sees a step too far. */
static u8 *exact_copy(const u8 *data, u32 len)
{
	u8 *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, data, len);
	return copy;
}

static void classes_by_first_byte(void **state)
{
	u32 first;

	(void)state;
	for (first = 0; first < 256; first++) {
		const u8 data[2] = { (u8)first, 0 };
		enum srtp_class expected = SRTP_CLASS_OTHER;

		if (first <= 3)
			expected = SRTP_CLASS_STUN;
		else if (first >= 20 && first <= 63)
			expected = SRTP_CLASS_DTLS;
		else if (first >= 128 && first <= 191)
			expected = SRTP_CLASS_RTP;
		assert_int_equal(srtp_packet_class(data, 2, SRTP_PORT_MUX), expected);
	}
}

static void classes_on_a_shared_port(void **state)
{
	u32 second;

	(void)state;
	for (second = 0; second < 256; second++) {
		const u8 data[2] = { 0x80, (u8)second };
		bool rtcp = second >= 192 && second <= 223;

		assert_int_equal(srtp_packet_class(data, 2, SRTP_PORT_MUX),
				 rtcp ? SRTP_CLASS_RTCP : SRTP_CLASS_RTP);
		assert_int_equal(srtp_packet_class(data, 2, SRTP_PORT_RTP), SRTP_CLASS_RTP);
		assert_int_equal(srtp_packet_class(data, 2, SRTP_PORT_RTCP), SRTP_CLASS_RTCP);
	}
}

static void too_short_for_a_class(void **state)
{
	const u8 data[1] = { 0x80 };

	(void)state;
	assert_int_equal(srtp_packet_class(data, 0, SRTP_PORT_RTP), SRTP_CLASS_OTHER);
	assert_int_equal(srtp_packet_class(data, 1, SRTP_PORT_RTP), SRTP_CLASS_OTHER);
}

/* Measure a sample at every length it can be cut to, from nothing to whole. */
static void check_header(const struct sample_rtp *sample, u32 header_len)
{
	u8 packet[HEADER_TEST_MAX];
	u32 len = sample_rtp_write(packet, sample);
	u32 cut;

	assert_int_equal(len, header_len + sample->payload_len);
	for (cut = 0; cut <= len; cut++) {
		u8 *copy = exact_copy(packet, cut);

		assert_int_equal(srtp_rtp_header_len(copy, cut), cut < header_len ? 0 : header_len);
		free(copy);
	}
}

/*
 * T11: the associated data is the header with CSRCs and extension, exactly.
 * Break: in srtp_rtp_header_len() leave out "header += 4 + 4 * ...".
 */
static void t11_header_with_sources_and_extension(void **state)
{
	static const u16 profiles[] = { 0, SAMPLE_ONE_BYTE, SAMPLE_TWO_BYTE };
	static const u16 words[] = { 0, 1, 2, 3, 7, 32 };
	u32 csrc, p, w;

	(void)state;
	for (csrc = 0; csrc <= 15; csrc++) {
		for (p = 0; p < COUNT_OF(profiles); p++) {
			for (w = 0; w < (profiles[p] ? COUNT_OF(words) : 1); w++) {
				struct sample_rtp sample = {
					.ssrc = SAMPLE_SSRC, .csrc_count = csrc,
					.profile = profiles[p], .extension_words = words[w],
					.payload_len = w % 3,
				};

				check_header(&sample, SRTP_RTP_HEADER_MIN + 4 * csrc +
					     (profiles[p] ? 4U + 4U * words[w] : 0U));
			}
		}
	}
}

static void longest_header(void **state)
{
	u8 *packet = calloc(1, SRTP_RTP_HEADER_MAX);

	(void)state;
	assert_non_null(packet);
	packet[0] = 0x9f;
	memset(packet + SRTP_RTP_HEADER_MIN + 15 * 4 + 2, 0xff, 2);
	assert_int_equal(srtp_rtp_header_len(packet, SRTP_RTP_HEADER_MAX), SRTP_RTP_HEADER_MAX);
	assert_int_equal(srtp_rtp_header_len(packet, SRTP_RTP_HEADER_MAX - 1), 0);
	free(packet);
}

/*
 * T17: RTCP in clear where SRTCP is due is told apart, whole compounds only.
 * Break: in srtp_rtcp_is_compound() return true instead of "at == len".
 */
static void t17_rtcp_in_clear_is_known(void **state)
{
	u8 packet[SAMPLE_RTCP_LEN + SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN] = { 0 };
	u32 len = sample_rtcp_write(packet, SAMPLE_SSRC);
	u32 cut;

	(void)state;
	for (cut = 0; cut <= sizeof(packet); cut++) {
		u8 *copy = exact_copy(packet, cut);
		/* The sender report alone is a compound, too. */
		bool whole = cut == len || cut == 28;

		assert_int_equal(srtp_rtcp_is_compound(copy, cut), whole);
		free(copy);
	}
}

static void t17_what_is_no_compound(void **state)
{
	static const struct {
		u32 at;
		u8 value;
	} faults[] = {
		{ 0, 0x40 }, /* another version */
		{ 1, 191 }, { 1, 224 }, /* types beyond RTCP's */
		{ 2, 0xff }, { 3, 6 + 1 }, /* lengths beyond the end, between packets */
		{ 28, 0x00 }, { 29, 96 }, /* the same in the second packet */
		{ 31, 1 }, { 31, 3 },
	};
	u8 packet[SAMPLE_RTCP_LEN];
	u32 i;

	(void)state;
	for (i = 0; i < COUNT_OF(faults); i++) {
		u32 len = sample_rtcp_write(packet, SAMPLE_SSRC);

		packet[faults[i].at] = faults[i].value;
		assert_false(srtp_rtcp_is_compound(packet, len));
	}
}

/*
 * T17: plain RTP is told from SRTP that fails to authenticate.
 * Break: in srtp_rtp_looks_plain() return true instead of comparing with usual_len.
 */
static void t17_plain_rtp_is_guessed(void **state)
{
	static const struct {
		u8 type;
		u32 payload, usual;
		bool plain;
	} cases[] = {
		{ 0, 160, 0, true }, { 8, 80, 0, true }, { 9, 240, 0, true },
		{ 0, 160 + SRTP_TAG_LEN, 0, false }, { 8, 80 + SRTP_TAG_LEN, 0, false },
		{ 18, 20, 0, true }, { 18, 20 + SRTP_TAG_LEN, 0, false },
		{ 4, 24, 0, true }, { 4, 24 + SRTP_TAG_LEN, 0, false },
		{ 3, 33, 0, true }, { 3, 33 + SRTP_TAG_LEN, 0, false },
		{ 0x80, 160, 0, true }, /* marker bit */
		{ 96, 160, 0, false }, { 96, 160, 160, true },
		{ 96, 160 + SRTP_TAG_LEN, 160, false }, { 0, 160, 240, false },
		{ 96, 0, 0, true }, { 96, 15, 160, true }, { 96, 16, 0, false },
	};
	u8 packet[HEADER_TEST_MAX + 300];
	u32 i;

	(void)state;
	for (i = 0; i < COUNT_OF(cases); i++) {
		struct sample_rtp sample = { .payload_len = cases[i].payload, .csrc_count = i % 3 };
		u32 len = sample_rtp_write(packet, &sample);

		packet[1] = cases[i].type;
		assert_int_equal(srtp_rtp_looks_plain(packet, len, len - cases[i].payload,
						      cases[i].usual), cases[i].plain);
	}
}

static void fields(void **state)
{
	u8 packet[HEADER_TEST_MAX];
	const struct sample_rtp sample = { .seq = 0xfedc, .ssrc = 0x89abcdef };

	(void)state;
	sample_rtp_write(packet, &sample);
	assert_int_equal(srtp_rtp_seq(packet), 0xfedc);
	assert_int_equal(srtp_rtp_ssrc(packet), 0x89abcdef);
	sample_rtcp_write(packet, 0x89abcdef);
	assert_int_equal(srtp_rtcp_ssrc(packet), 0x89abcdef);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_by_first_byte),
		cmocka_unit_test(classes_on_a_shared_port),
		cmocka_unit_test(too_short_for_a_class),
		cmocka_unit_test(t11_header_with_sources_and_extension),
		cmocka_unit_test(longest_header),
		cmocka_unit_test(t17_rtcp_in_clear_is_known),
		cmocka_unit_test(t17_what_is_no_compound),
		cmocka_unit_test(t17_plain_rtp_is_guessed),
		cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
