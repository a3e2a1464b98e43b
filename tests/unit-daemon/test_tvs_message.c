// SPDX-License-Identifier: Apache-2.0
/* Messages of the trust verification service: those of another implementation, and bad ones. */
#include "file_site.h"

#include "tvs_message.h"

/* The bytes of a line of the session that was recorded. */
static size_t line_read(FILE *stream, uint8_t *bytes)
{
	char *line = NULL, *at;
	size_t size = 0, len = 0;
	unsigned int byte;

	assert_true(getline(&line, &size, stream) > 0);
	at = strchr(line, ':');
	assert_non_null(at);
	for (at += 2; sscanf(at, "%2x", &byte) == 1; at += 2)
		bytes[len++] = (uint8_t)byte;
	free(line);
	return len;
}

static void expect_request(FILE *stream, const char *file)
{
	uint8_t recorded[TVS_MESSAGE_MAX], made[TVS_MESSAGE_MAX];
	size_t len = line_read(stream, recorded);
	unsigned char *der = NULL;
	int der_len = i2d_X509(file_identity(file).certificate, &der);
	struct tvs_request request = {
		.command = TVS_VERIFY_REQUEST,
		.session = 1,
		.device = "CP-8841-SEP001122334455",
		.certificate = { der, (size_t)der_len },
	};

	assert_int_equal(tvs_request_write(&request, made), len);
	assert_memory_equal(made, recorded, len);
	OPENSSL_free(der);
}

static struct tvs_answer expect_answer(FILE *stream)
{
	uint8_t recorded[TVS_MESSAGE_MAX];
	size_t len = line_read(stream, recorded), i;
	struct tvs_answer answer;
	struct refusal why;

	len += line_read(stream, recorded + len);
	for (i = 1; i < len; i++)
		assert_int_equal(tvs_frame((struct octets){ recorded, i }, &why), 0);
	assert_int_equal(tvs_frame((struct octets){ recorded, sizeof(recorded) }, &why), len);
	assert_int_equal(tvs_answer_read(&answer, (struct octets){ recorded, len }, &why), 0);
	return answer;
}

static void recorded_session(void **state)
{
	FILE *stream = fopen("../vectors/tvs/session.hex", "r");
	struct tvs_answer answer;

	(void)state;
	assert_non_null(stream);
	expect_request(stream, "Asterisk.pem");
	answer = expect_answer(stream);
	assert_int_equal(answer.command, TVS_VERIFY_ANSWER);
	assert_int_equal(answer.session, 1);
	assert_true(answer.is_good);
	assert_int_equal(answer.roles, 1U << 1 | 1U << 7);
	assert_int_equal(answer.ttl_s, 3600);
	expect_request(stream, "SAST.pem");
	answer = expect_answer(stream);
	assert_false(answer.is_good);
	assert_false(answer.has_roles);
	fclose(stream);
}

/* As in a trace of a real phone: texts of 66, 22 and 19 bytes make 143 in all. */
static void query_as_traced(void **state)
{
	static const uint8_t head[] = { 0x57, 1, 3, 0, 0, 0, 3, 0xE9, 0, 0x8F, 1, 0, 0x18, 1 };
	uint8_t bytes[TVS_MESSAGE_MAX], text[66];
	struct tvs_request request = {
		.command = TVS_QUERY_REQUEST,
		.session = TVS_SESSION_FIRST,
		.device = "CP-8861-SEPB000B4BA0AEE",
		.subject = { text, 65 }, .issuer = { text, 21 }, .serial = { text, 19 },
	};

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(tvs_request_write(&request, bytes), TVS_HEAD_LEN + 143);
	assert_memory_equal(bytes, head, sizeof(head));
	assert_int_equal(bytes[TVS_HEAD_LEN + 27], TVS_SUBJECT);
	assert_int_equal(bytes[TVS_HEAD_LEN + 27 + 69], TVS_ISSUER);
	assert_int_equal(bytes[TVS_HEAD_LEN + 27 + 69 + 25], TVS_SERIAL);
	request.serial.len = 0;
	request.device = "0123456789012345678901234567890123456789012345678901234567890123";
	assert_int_equal(tvs_request_write(&request, bytes), 0);
}

static void too_long_to_ask(void **state)
{
	uint8_t *certificate = calloc(1, TVS_BODY_MAX), bytes[TVS_MESSAGE_MAX];
	struct tvs_request request = {
		.command = TVS_VERIFY_REQUEST,
		.device = "SEP001122334455",
		.certificate = { certificate, TVS_BODY_MAX },
	};

	(void)state;
	assert_int_equal(tvs_request_write(&request, bytes), 0);
	request.certificate.len = TVS_BODY_MAX - 3 - 19;
	assert_int_equal(tvs_request_write(&request, bytes), TVS_MESSAGE_MAX);
	free(certificate);
}

static void frame_refused(const char *head, size_t len)
{
	struct refusal why;

	assert_true(tvs_frame((struct octets){ (const uint8_t *)head, len }, &why) < 0);
	assert_int_equal(why.code, REASON_VERIFY_ANSWER);
}

static void bad_heads(void **state)
{
	(void)state;
	frame_refused("H", 1);
	frame_refused("\x57\2\2\0\0\0\0\1\0\4", 10);
	frame_refused("\x57\1\2\0\0\0\0\1\x40\1", 10);
	frame_refused("\x57\1\2\0\0\0\0\1\xFF\xFF", 10);
}

/* The reading of some elements behind a good head, in memory of exactly their size. */
static int body_read(struct tvs_answer *answer, const char *body, size_t len, uint8_t command)
{
	uint8_t *message = malloc(TVS_HEAD_LEN + len);
	struct refusal why;
	int err;

	memcpy(message, "\x57\1\2\xF7\0\0\0\5\0\0", TVS_HEAD_LEN);
	message[2] = command;
	memcpy(message + TVS_HEAD_LEN, body, len);
	err = tvs_answer_read(answer, (struct octets){ message, TVS_HEAD_LEN + len }, &why);
	if (err)
		assert_int_equal(why.code, REASON_VERIFY_ANSWER);
	free(message);
	return err;
}

#define BODY(text) text, sizeof(text) - 1

static void bodies(void **state)
{
	struct tvs_answer answer;

	(void)state;
	/* Any order, an unknown element, a role that is out of reach. */
	assert_int_equal(body_read(&answer, BODY("\x63\0\1x\x09\0\4\0\0\0\x3C\x08\0\2\x03\xFF\x07\0\1\0"),
				   2), 0);
	assert_true(answer.is_good);
	assert_int_equal(answer.roles, 8);
	assert_int_equal(answer.ttl_s, 60);
	assert_int_equal(answer.session, 5);
	/* Nothing but a clear yes. */
	assert_int_equal(body_read(&answer, BODY("\x07\0\1\2"), 2), 0);
	assert_false(answer.is_good);
	assert_true(body_read(&answer, BODY("\x07\0\0"), 2) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\2\0\0"), 2) < 0);
	assert_true(body_read(&answer, BODY(""), 2) < 0);
	assert_true(body_read(&answer, BODY("\x08\0\1\1"), 2) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\1\1\x07\0\1\0"), 2) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\1\0\x09\0\2\0\1"), 2) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\1\0\x02\0\0"), 4) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\1\0\x02\0\5ab"), 4) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\1\0\x02"), 4) < 0);
	/* A request is no answer. */
	assert_true(body_read(&answer, BODY("\x07\0\1\0"), 1) < 0);
	assert_true(body_read(&answer, BODY("\x07\0\1\0"), 3) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_session),
		cmocka_unit_test(query_as_traced),
		cmocka_unit_test(too_long_to_ask),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
