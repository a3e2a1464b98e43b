// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "key_lines.h"

#define TX "tx AEAD_AES_256_GCM inline:" KEY_256
#define RX "rx AEAD_AES_256_GCM inline:" KEY_256_OTHER

/* From memory of exactly its size, so that the sanitizer sees any byte read behind it. */
static int parse(struct key_lines *keys, const char *text, struct refusal *why)
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, text, len);
	err = key_lines_parse(keys, copy, len, why);
	free(copy);
	return err;
}

static void good_lines(void **state)
{
	static const char *const texts[] = {
		TX "\n" RX "\n", RX "\r\n" TX, "# a remark\n\n  " TX "  \n\t" RX " \r\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct key_lines keys;
		struct refusal why;

		assert_int_equal(parse(&keys, texts[i], &why), 0);
		assert_true(keys.has_tx && keys.has_rx);
		assert_int_equal(secret_bytes(keys.tx.master)[1], 1);
		assert_int_equal(secret_bytes(keys.rx.master)[0], 255);
		key_lines_clear(&keys);
		assert_null(keys.tx.master);
	}
}

static void one_direction(void **state)
{
	struct key_lines keys;
	struct refusal why;

	(void)state;
	assert_int_equal(parse(&keys, RX, &why), 0);
	assert_false(keys.has_tx);
	assert_true(keys.has_rx);
	key_lines_clear(&keys);
}

static void refused_lines(void **state)
{
	static const struct {
		const char *text;
		enum reason_code code;
		unsigned int line;
		unsigned int position;
	} cases[] = {
		{ "", REASON_KEY_TEXT_EMPTY, 0, 0 },
		{ "# only a remark\n", REASON_KEY_TEXT_EMPTY, 0, 0 },
		{ "AEAD_AES_256_GCM inline:" KEY_256, REASON_KEY_LINE, 1, 1 },
		{ "\n  both AEAD_AES_256_GCM inline:" KEY_256, REASON_KEY_LINE, 2, 3 },
		{ "tx", REASON_KEY_LINE, 1, 1 },
		{ "t", REASON_KEY_LINE, 1, 1 },
		{ TX "\n" TX, REASON_KEY_REPEATED, 2, 1 },
		{ TX "\nrx AEAD_AES_256_GCM inline:" KEY_256, REASON_KEY_BOTH_WAYS, 0, 0 },
		{ TX "\nrx AEAD_AES_128_GCM inline:" KEY_128, REASON_KEY_SUITES, 0, 0 },
		{ TX "\n rx AEAD_AES_128_GCM inline:" KEY_128 " KDR=3", REASON_SDES_KDR, 2, 74 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct key_lines keys;
		struct refusal why = { 0 };
		int err = parse(&keys, cases[i].text, &why);

		if (!err || why.code != cases[i].code || why.line != cases[i].line ||
		    why.position != cases[i].position)
			fail_msg("case %zu: %s at %u:%u", i, reason_words(why.code)->code, why.line,
				 why.position);
		assert_null(keys.tx.master);
		assert_null(keys.rx.master);
		assert_null(strstr(why.detail, "AAEC"));
	}
}

static int read_from(int fd, struct refusal *why)
{
	struct key_lines keys;
	int err = key_lines_read(&keys, fd, why);

	if (!err)
		key_lines_clear(&keys);
	return err;
}

static void sources(void **state)
{
	char junk[5000];
	struct refusal why;
	int ends[2], master, terminal;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	/* In two pieces, as a pipe may deliver them. */
	assert_int_equal(write(ends[1], TX, 20), 20);
	assert_int_equal(write(ends[1], &TX[20], strlen(TX) - 20), strlen(TX) - 20);
	close(ends[1]);
	assert_int_equal(read_from(ends[0], &why), 0);
	close(ends[0]);

	memset(junk, '#', sizeof(junk));
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], junk, sizeof(junk)), sizeof(junk));
	close(ends[1]);
	assert_int_not_equal(read_from(ends[0], &why), 0);
	assert_int_equal(why.code, REASON_KEY_TEXT_LONG);
	close(ends[0]);

	assert_int_not_equal(read_from(ends[0], &why), 0);
	assert_int_equal(why.code, REASON_KEY_SOURCE_READ);

	if (openpty(&master, &terminal, NULL, NULL, NULL)) {
		print_message("ok terminal # skip: no pseudo terminal here\n");
		return;
	}
	assert_int_not_equal(read_from(terminal, &why), 0);
	assert_int_equal(why.code, REASON_KEY_SOURCE_TERMINAL);
	close(terminal);
	close(master);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines),
		cmocka_unit_test(one_direction),
		cmocka_unit_test(refused_lines),
		cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests_name("key_lines", tests, NULL, NULL);
}
