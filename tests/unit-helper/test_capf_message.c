// SPDX-License-Identifier: Apache-2.0
/* Messages of CAPF, those that were recorded and those that must not be. */
#include "capf_vector.h"

static uint8_t bytes[70000];

/* Reads a message of these bytes, in memory of exactly its size. */
static enum reason_code read_bytes(struct capf_message *message, const uint8_t *at, size_t len)
{
	uint8_t *copy = memcpy(malloc(len ?: 1), at, len);
	struct refusal why = { 0 };
	int err = capf_message_read(message, (struct octets){ copy, len }, &why);

	assert_int_equal(err, err ? -reason_words(why.code)->error : 0);
	free(copy);
	return why.code;
}

static enum reason_code read_hex(struct capf_message *message, const char *text)
{
	return read_bytes(message, bytes, hex_read(text, bytes, sizeof(bytes)));
}

static void recorded_there_and_back(void **state)
{
	static struct capf_vector vectors[CAPF_VECTOR_MESSAGES];
	size_t count = capf_vectors_read(vectors);
	struct tlv_writer writer = { .bytes = bytes, .size = sizeof(bytes) };
	struct capf_message message;
	struct refusal why;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct octets record = octets_of(&vectors[i]);

		assert_int_equal(capf_frame(record, &why), record.len);
		assert_int_equal(capf_message_read(&message, record, &why), 0);
		writer.len = 0;
		assert_true(capf_message_write(&writer, &message));
		assert_int_equal(writer.len, record.len);
		assert_memory_equal(writer.bytes, record.at, record.len);
	}
}

/* What the recorded ones say, so that reading and writing are not wrong alike. */
static void recorded_values(void **state)
{
	static struct capf_vector vectors[CAPF_VECTOR_MESSAGES];
	struct capf_message message;
	struct octets certificate;
	struct refusal why;
	EVP_PKEY *key;

	(void)state;
	certificate = capf_certificate_read(&key);
	capf_vectors_read(vectors);
	assert_int_equal(capf_message_read(&message, octets_of(&vectors[0]), &why), 0);
	assert_int_equal(message.command, CAPF_AUTH_REQUEST);
	assert_int_equal(message.session, 1);
	assert_int_equal(message.version, 3);
	assert_int_equal(message.auth, CAPF_AUTH_NONE);
	assert_int_equal(message.has, CAPF_HAS(CAPF_TAG_VERSION) | CAPF_HAS(CAPF_TAG_AUTH));
	assert_int_equal(capf_message_read(&message, octets_of(&vectors[1]), &why), 0);
	assert_int_equal(message.reason, CAPF_REASON_OK);
	assert_int_equal(message.string.len, 6);
	assert_memory_equal(message.string.at, "123456", 6);
	assert_int_equal(message.device.len, strlen(CAPF_DEVICE_NAME));
	assert_memory_equal(message.device.at, CAPF_DEVICE_NAME, message.device.len);
	assert_int_equal(capf_message_read(&message, octets_of(&vectors[2]), &why), 0);
	assert_int_equal(message.key_size, 2048);
	assert_int_equal(message.key_type, CAPF_KEY_RSA);
	assert_int_equal(capf_message_read(&message, octets_of(&vectors[5]), &why), 0);
	assert_int_equal(message.command, CAPF_STORE_REQUEST);
	assert_int_equal(message.certificate_type, CAPF_CERTIFICATE_LSC);
	assert_int_equal(message.certificate_kind, CAPF_CERTIFICATE_LSC);
	assert_int_equal(message.certificate.len, certificate.len);
	assert_memory_equal(message.certificate.at, certificate.at, certificate.len);
	OPENSSL_free((void *)certificate.at);
	EVP_PKEY_free(key);
}

static void frames(void **state)
{
	const uint8_t largest[] = { 0x55, 9, 0, 0, 0, 1, 0x3f, 0xf8 };
	const uint8_t larger[] = { 0x55, 9, 0, 0, 0, 1, 0x3f, 0xf9 };
	const uint8_t short_one[] = { 0x55, 15, 0, 0, 0, 1, 0, 4, 1, 0, 1, 1, 0x55 };
	struct refusal why = { 0 };
	size_t len;

	(void)state;
	for (len = 1; len < 12; len++)
		assert_int_equal(capf_frame((struct octets){ short_one, len }, &why), 0);
	/* The next one may have come as well. */
	assert_int_equal(capf_frame((struct octets){ short_one, 13 }, &why), 12);
	assert_int_equal(capf_frame((struct octets){ largest, 8 }, &why), 0);
	assert_int_equal(why.code, REASON_NONE);
	assert_true(capf_frame((struct octets){ larger, 8 }, &why) < 0);
	assert_int_equal(why.code, REASON_CAPF_MESSAGE);
	assert_true(capf_frame((struct octets){ (const uint8_t *)"H", 1 }, &why) < 0);
}

static void order_and_unknown_elements(void **state)
{
	struct capf_message message;

	(void)state;
	assert_int_equal(read_hex(&message, "55 03 00000001 000f 110001 00 63 0003 616263 "
				  "0a0002 0c00"), REASON_NONE);
	assert_int_equal(message.key_size, 3072);
	assert_int_equal(message.has, CAPF_HAS(CAPF_TAG_KEY_SIZE) | CAPF_HAS(CAPF_TAG_KEY_TYPE));
	/* Two identifiers of certificates, whose form is not known, mean nothing here. */
	assert_int_equal(read_hex(&message, "55 0b 00000001 0008 050001 00 050001 01"),
			 REASON_NONE);
	assert_int_equal(message.has, 0);
}

static void delays(void **state)
{
	struct capf_message message;

	(void)state;
	assert_int_equal(read_hex(&message, "55 10 00000001 0004 0c0001 1e"), REASON_NONE);
	assert_int_equal(message.retry_s, 30);
	assert_int_equal(read_hex(&message, "55 10 00000001 0005 0c0002 012c"), REASON_NONE);
	assert_int_equal(message.retry_s, 300);
	assert_int_equal(read_hex(&message, "55 10 00000001 0007 0c0004 00000e10"), REASON_NONE);
	assert_int_equal(message.retry_s, 3600);
	assert_int_equal(read_hex(&message, "55 10 00000001 0006 0c0003 333000"), REASON_NONE);
	assert_int_equal(message.retry_s, 0);
}

static void broken(void **state)
{
	static const char *const texts[] = {
		"", "55", "55 0f 00000001 0004 010001",
		"54 0f 00000001 0004 010001 01",
		"55 0f 00000001 0004 010001 01 00", /* one byte behind it */
		"55 0f 00000001 0004 010001 01 630000", /* an element behind it */
		"55 0f 00000001 0005 010001 01 00", /* the second element is cut */
		"55 0f 00000001 0004 010002 01", /* longer than the message */
		"55 0f 00000001 0005 010002 0101", /* two bytes for a number of one */
		"55 0f 00000001 0003 010000",
		"55 0f 00000001 0008 010001 01 010001 01", /* twice */
		"55 03 00000001 0004 0a0001 08", /* one byte for a number of two */
		"55 02 00000001 0006 0d0003 414243", /* without a zero */
		"55 02 00000001 0007 0d0004 41004300", /* with two */
		"55 02 00000001 0003 0d0000",
		"55 04 00000001 0003 090000", /* no public key */
		"55 09 00000001 0003 040000",
		"55 09 00000001 0008 040005 01 0002 0001", /* no certificate */
		"55 09 00000001 000a 040007 01 0005 0001 3000", /* longer than its element */
		"55 09 00000001 000a 040007 02 0004 0001 3000", /* something else in it */
		"55 02 00000001 0007 100004 00 0000 55", /* SUDI is cut */
		"55 02 00000001 0007 140004 03 0002 55", /* SHA-512 is cut */
	};
	struct capf_message message;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (read_hex(&message, texts[i]) != REASON_CAPF_MESSAGE)
			fail_msg("taken: %s", texts[i]);
}

static void largest_written(void **state)
{
	static const uint8_t value[65535];
	struct capf_message message = { .command = CAPF_KEY_RESPONSE,
					.has = CAPF_HAS(CAPF_TAG_PUBLIC_KEY) };
	struct tlv_writer writer = { .bytes = bytes, .size = sizeof(bytes) };

	(void)state;
	message.public_key = (struct octets){ value, 65532 };
	assert_true(capf_message_write(&writer, &message));
	assert_int_equal(writer.len, CAPF_HEAD_LEN + 65535);
	message.public_key.len = 65533;
	writer = (struct tlv_writer){ .bytes = bytes, .size = sizeof(bytes) };
	assert_false(capf_message_write(&writer, &message));
	message.public_key.len = 10;
	writer = (struct tlv_writer){ .bytes = bytes, .size = CAPF_HEAD_LEN + 12 };
	assert_false(capf_message_write(&writer, &message));
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(capf_command_name(CAPF_KEY_REQUEST), "KeyGenRequest");
	assert_string_equal(capf_command_name(CAPF_SIGN_RESPONSE), "SignCertResponse");
	for (unsigned int command = 0; command < 256; command++)
		assert_non_null(capf_command_name((uint8_t)command));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_there_and_back),
		cmocka_unit_test(recorded_values),
		cmocka_unit_test(frames),
		cmocka_unit_test(order_and_unknown_elements),
		cmocka_unit_test(delays),
		cmocka_unit_test(broken),
		cmocka_unit_test(largest_written),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
