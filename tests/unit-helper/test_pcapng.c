// SPDX-License-Identifier: Apache-2.0
/* Files of pcapng to the byte; tests/site/test_capture.sh has tshark read them. */
#include "unit.h"

#include <stdlib.h>

#include "pcapng.h"

enum { TIME_HIGH = 0x00064a12, TIME_LOW = 0x9c0ffee0 };

static const uint64_t time_us = (uint64_t)TIME_HIGH << 32 | TIME_LOW;

static char *bytes;
static size_t bytes_len;

static FILE *file_open(void)
{
	FILE *file;

	free(bytes);
	bytes = NULL;
	file = open_memstream(&bytes, &bytes_len);
	assert_non_null(file);
	return file;
}

static uint32_t word(size_t at)
{
	uint32_t value;

	assert_true(at + sizeof(value) <= bytes_len);
	memcpy(&value, bytes + at, sizeof(value));
	return value;
}

static uint16_t network_short(size_t at)
{
	return (uint16_t)((uint8_t)bytes[at] << 8 | (uint8_t)bytes[at + 1]);
}

static void test_begin(void **state)
{
	FILE *file = file_open();
	uint32_t section;

	(void)state;
	assert_true(pcapng_begin(file, "hello"));
	fclose(file);
	assert_int_equal(word(0), 0x0a0d0d0a);
	section = word(4);
	assert_int_equal(section % 4, 0);
	assert_int_equal(word(8), 0x1a2b3c4d);
	assert_int_equal(word(12), 1);
	/* A comment of five bytes, its padding, the end of options. */
	assert_int_equal(word(24), 5 << 16 | 1);
	assert_memory_equal(bytes + 28, "hello\0\0\0\0\0\0\0", 12);
	assert_int_equal(section, 44);
	assert_int_equal(word(section - 4), section);
	/* The interface: raw IP, all bytes of a packet. */
	assert_int_equal(word(section), 1);
	assert_int_equal(word(section + 8), 101);
	assert_int_equal(word(section + 12), 0);
	assert_int_equal(word(section + 4), bytes_len - section);
	assert_int_equal(word(bytes_len - 4), bytes_len - section);
}

static void test_comment_is_cut(void **state)
{
	char comment[1000];
	FILE *file = file_open();

	(void)state;
	memset(comment, 'c', sizeof(comment) - 1);
	comment[sizeof(comment) - 1] = '\0';
	assert_true(pcapng_begin(file, comment));
	fclose(file);
	assert_int_equal(word(24), 255 << 16 | 1);
	assert_int_equal(word(word(4) - 8), 0);
}

static void test_packet(void **state)
{
	for (size_t len = 1; len <= 4; len++) {
		FILE *file = file_open();

		(void)state;
		assert_true(pcapng_packet(file, time_us, "abcd", len));
		fclose(file);
		assert_int_equal(bytes_len, 36);
		assert_int_equal(word(0), 6);
		assert_int_equal(word(4), 36);
		assert_int_equal(word(12), TIME_HIGH);
		assert_int_equal(word(16), TIME_LOW);
		assert_int_equal(word(20), len);
		assert_int_equal(word(24), len);
		assert_memory_equal(bytes + 28, "abcd", len);
		for (size_t i = len; i < 4; i++)
			assert_int_equal(bytes[28 + i], 0);
		assert_int_equal(word(32), 36);
	}
}

static void test_udp(void **state)
{
	enum { IP = 28, UDP = IP + 20 };
	FILE *file = file_open();
	uint32_t sum = 0;

	(void)state;
	assert_true(pcapng_udp(file, time_us, 5070, 5060, "BYE sip:x SIP/2.0", 17));
	fclose(file);
	assert_int_equal(word(20), 20 + 8 + 17);
	assert_int_equal(bytes[IP], 0x45);
	assert_int_equal(network_short(IP + 2), 20 + 8 + 17);
	assert_int_equal(bytes[IP + 9], 17);
	assert_memory_equal(bytes + IP + 12, "\x7f\0\0\1\x7f\0\0\1", 8);
	/* With its checksum, a header comes to all ones (RFC 1071). */
	for (size_t at = IP; at < UDP; at += 2)
		sum += network_short(at);
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_int_equal(network_short(UDP), 5070);
	assert_int_equal(network_short(UDP + 2), 5060);
	assert_int_equal(network_short(UDP + 4), 8 + 17);
	assert_memory_equal(bytes + UDP + 8, "BYE sip:x SIP/2.0", 17);
}

static void test_udp_that_is_too_long(void **state)
{
	static char text[PCAPNG_UDP_MAX + 100];
	FILE *file = file_open();

	(void)state;
	assert_true(pcapng_udp(file, time_us, 1, 2, text, sizeof(text)));
	fclose(file);
	assert_int_equal(word(20), PCAPNG_PACKET_MAX);
	assert_int_equal(network_short(28 + 2), PCAPNG_PACKET_MAX);
}

static void test_full_disk(void **state)
{
	FILE *file = fopen("/dev/full", "w");
	char block[100] = { 0 };

	(void)state;
	assert_non_null(file);
	setbuf(file, NULL);
	assert_false(pcapng_begin(file, ""));
	assert_false(pcapng_packet(file, 0, block, sizeof(block)));
	fclose(file);
}

static int memory_free(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_comment_is_cut),
		cmocka_unit_test(test_packet),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_udp_that_is_too_long),
		cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, memory_free);
}
