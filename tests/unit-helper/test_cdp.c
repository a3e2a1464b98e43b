// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cdp.h"

/* The head of a frame from a switch, with the length from the LLC on. */
#define HEAD(len) 0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc, 0x00, 0x1b, 0x54, 0x00, 0x00, 0x01, \
		  0x00, (len), 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00
#define DEVICE_SW 0x00, 0x01, 0x00, 0x06, 's', 'w'

/* Voice VLAN 100, of an even length. */
static const uint8_t even[] = {
	HEAD(0x32), 0x02, 0xb4, 0xa3, 0xbb, /* version 2, 180 s, checksum */
	DEVICE_SW,
	0x00, 0x03, 0x00, 0x09, 'F', 'a', '0', '/', '1', /* Port ID */
	0x00, 0x0a, 0x00, 0x06, 0x00, 0x01, /* Native VLAN: 1 */
	0x00, 0x0e, 0x00, 0x07, 0x01, 0x00, 0x64, /* VoIP VLAN Reply: 100 */
	0x00, 0x0b, 0x00, 0x05, 0x01, /* Duplex: full */
	0x00, 0x12, 0x00, 0x05, 0x00, /* Trust Bitmap */
};

/* Of an odd length: the last byte is the low one of a word. */
static const uint8_t odd[] = {
	HEAD(0x23), 0x02, 0xb4, 0x27, 0x10, DEVICE_SW,
	0x00, 0x0e, 0x00, 0x07, 0x01, 0x00, 0x65,
	0x00, 0x06, 0x00, 0x0a, 's', 'w', 'i', 't', 'c', 'h',
};

/* The same with a last byte that is negative. */
static const uint8_t negative[] = {
	HEAD(0x19), 0x02, 0xb4, 0x88, 0xf0, DEVICE_SW, 0x00, 0x0e, 0x00, 0x07, 0x01, 0x00, 0xc8,
};

static struct cdp_message expect_read(const uint8_t *frame, size_t len)
{
	struct cdp_message message;

	assert_true(cdp_read(&message, (struct octets){ frame, len }));
	assert_true(message.has_voice);
	assert_int_equal(message.ttl, 180);
	assert_string_equal(message.device, "sw");
	return message;
}

static void voice_vlan_is_read(void **state)
{
	struct cdp_message message = expect_read(even, sizeof(even));
	uint8_t padded[64] = { 0 };

	(void)state;
	assert_int_equal(message.voice, 100);
	assert_string_equal(message.port, "Fa0/1");
	assert_int_equal(expect_read(odd, sizeof(odd)).voice, 101);
	assert_int_equal(expect_read(negative, sizeof(negative)).voice, 200);
	/* Short frames are filled up on the wire. */
	memcpy(padded, negative, sizeof(negative));
	assert_int_equal(expect_read(padded, sizeof(padded)).voice, 200);
}

static void expect_refused(const uint8_t *frame, size_t len)
{
	static const struct cdp_message nothing;
	struct cdp_message message;

	assert_false(cdp_read(&message, (struct octets){ frame, len }));
	assert_memory_equal(&message, &nothing, sizeof(message));
}

static void cut_and_changed_frames_are_refused(void **state)
{
	uint8_t frame[sizeof(even)];

	(void)state;
	for (size_t len = 0; len < sizeof(even); len++)
		expect_refused(even, len);
	for (size_t at = 0; at < sizeof(even); at++) {
		/* The address of the switch is not told from another one's. */
		if (at >= CDP_MAC_SIZE && at < 2 * CDP_MAC_SIZE)
			continue;
		memcpy(frame, even, sizeof(even));
		frame[at] ^= 0x01;
		expect_refused(frame, sizeof(frame));
	}
}

/* Puts elements into a frame whose checksum is right; their length is even. */
static size_t frame_make(uint8_t *frame, const void *elements, size_t len)
{
	uint32_t sum = 0;

	memcpy(frame, even, 26);
	memcpy(frame + 26, elements, len);
	frame[13] = (uint8_t)(12 + len);
	frame[24] = 0;
	frame[25] = 0;
	for (size_t at = 22; at < 26 + len; at += 2)
		sum += (uint32_t)(frame[at] << 8 | frame[at + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	frame[24] = (uint8_t)(~sum >> 8);
	frame[25] = (uint8_t)~sum;
	return 26 + len;
}

static void broken_elements_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} broken[] = {
		{ "\x00\x0e", 2 }, /* no length */
		{ "\x00\x0b\x00\x03\x00\x00", 6 }, /* shorter than its head */
		{ "\x00\x0b\x00\x07\x00\x00", 6 }, /* longer than the packet */
		{ "\x00\x0e\x00\x06\x01\x00", 6 }, /* no room for a VLAN */
		{ "\x00\x0e\x00\x08\x01\x10\x00\x00", 8 }, /* VLAN 4096 */
		{ "\x00\x0e\x00\x07\x01\x00\x64\x00\x0e\x00\x07\x01\x00\x65", 14 }, /* two */
		{ "\x00\x01\x00\x05s\x00\x01\x00\x05t", 10 }, /* two names */
	};
	uint8_t frame[128];

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		expect_refused(frame, frame_make(frame, broken[i].bytes, broken[i].len));
}

static void foreign_text_is_made_printable(void **state)
{
	struct cdp_message message;
	uint8_t element[4 + 80], frame[128];
	size_t len;

	(void)state;
	memset(element, 'a', sizeof(element));
	memcpy(element, "\x00\x01\x00\x54\x1b[2J\x80", 9);
	len = frame_make(frame, element, sizeof(element));
	assert_true(cdp_read(&message, (struct octets){ frame, len }));
	assert_int_equal(strlen(message.device), CDP_TEXT_MAX - 1);
	assert_memory_equal(message.device, "?[2J?aaa", 8);
	assert_false(message.has_voice);
}

static bool holds(const uint8_t *frame, size_t len, const char *bytes, size_t wanted)
{
	return memmem(frame, len, bytes, wanted);
}

static void query_is_a_frame_of_its_own(void **state)
{
	static const uint8_t source[CDP_MAC_SIZE] = { 0, 0x11, 0x22, 0x33, 0x44, 0x55 };
	/* Of an odd and of an even length, none, and a longer one than goes in. */
	static const char *const names[] = { "SEP001122334455", "SEP0", "",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct cdp_message message;
	uint8_t frame[CDP_FRAME_MAX];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		len = cdp_query_write(frame, source, names[i], 180);
		assert_true(cdp_read(&message, (struct octets){ frame, len }));
		assert_int_equal(len % 2, 0);
		assert_memory_equal(frame + CDP_MAC_SIZE, source, sizeof(source));
		assert_int_equal(strncmp(message.device, names[i], CDP_TEXT_MAX - 1), 0);
		assert_string_equal(message.port, "Port 1");
		assert_int_equal(message.ttl, 180);
		assert_false(message.has_voice);
		assert_true(holds(frame, len, "\x00\x0f\x00\x08\x20\x02\x00\x01", 8));
		/* Host, phone, relay of two ports. */
		assert_true(holds(frame, len, "\x00\x04\x00\x08\x00\x00\x04\x90", 8));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(voice_vlan_is_read),
		cmocka_unit_test(cut_and_changed_frames_are_refused),
		cmocka_unit_test(broken_elements_are_refused),
		cmocka_unit_test(foreign_text_is_made_printable),
		cmocka_unit_test(query_is_a_frame_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
