// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "commands.h"

static struct arguments arguments;
static struct refusal why;

/* Parses a line whose words have single spaces between; the words are writable copies. */
static int parse(const char *line)
{
	static char copy[512];
	char *argv[40], *rest = copy;
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word; (word = strsep(&rest, " "));)
		argv[argc++] = word;
	memset(&why, 0, sizeof(why));
	return arguments_parse(&arguments, *line ? argc : 0, argv, &why);
}

static void expect_refusal(const char *line, enum reason_code code)
{
	if (!parse(line) || why.code != code)
		fail_msg("'%s': %s (%s), wanted %s", line, reason_words(why.code)->code, why.detail,
			 reason_words(code)->code);
}

#define ADD "media add --local 10.0.0.1:4000 --remote 10.0.0.2:5000"

static void add_is_read(void **state)
{
	static const uint8_t local[] = { 10, 0, 0, 1 };

	(void)state;
	assert_int_equal(parse(ADD " --key-fd=7 --local-rtcp-port 4007 --hold both "
			       "--pass stun,dtls --silence-timeout 500 --roc tx:1=2 "
			       "--roc rx:0xFFFFFFFF=4294967295 --roc tx:3=4 --json"), 0);
	assert_string_equal(arguments.command->verb, "add");
	assert_memory_equal(arguments.local.bytes, local, 4);
	assert_int_equal(arguments.local.len, 4);
	assert_int_equal(arguments.local.port, 4000);
	assert_int_equal(arguments.remote.port, 5000);
	assert_int_equal(arguments.key_fd, 7);
	assert_int_equal(arguments.local_rtcp_port, 4007);
	assert_int_equal(arguments.hold, NF_SRTP_HOLD_TX | NF_SRTP_HOLD_RX);
	assert_int_equal(arguments.pass, NF_SRTP_PASS_STUN | NF_SRTP_PASS_DTLS);
	assert_int_equal(arguments.silence_timeout_ms, 500);
	assert_int_equal(arguments.roc_count[0], 2);
	assert_int_equal(arguments.rocs[0][1].ssrc, 3);
	assert_int_equal(arguments.rocs[1][0].ssrc, UINT32_MAX);
	assert_int_equal(arguments.rocs[1][0].roc, UINT32_MAX);
	assert_true(option_given(&arguments, OPTION_JSON));
	assert_false(option_given(&arguments, OPTION_RTCP_MUX));
	assert_int_equal(parse("media add --local [2001:db8::1]:1 --remote [::2]:65535"), 0);
	assert_int_equal(arguments.local.len, 16);
	assert_int_equal(arguments.remote.port, 65535);
	assert_int_equal(arguments.key_fd, 0);
}

/* Names of files and fingerprints are public, however long; what is neither is a key. */
static void device_commands_are_read(void **state)
{
	char line[256];

	(void)state;
	assert_int_equal(parse("identity import vpn file.p12 --password-fd 5"), 0);
	assert_string_equal(arguments.name, "vpn");
	assert_string_equal(arguments.path, "file.p12");
	assert_int_equal(arguments.password_fd, 5);
	assert_int_equal(parse("identity request vpn --key ec-521 --out a"), 0);
	assert_string_equal(arguments.key_kind, "ec-521");
	assert_int_equal(parse("trust show pending"), 0);
	assert_string_equal(arguments.list, "pending");
	assert_int_equal(parse("menu"), 0);
	(void)snprintf(line, sizeof(line), "trust approve %s:%s", "AB", "0123456789abcdef0123456789"
		       "abcdef0123456789abcdef0123456789ABCD");
	assert_int_equal(parse(line), 0);
	assert_string_equal(arguments.fingerprint, "ab0123456789abcdef0123456789"
			    "abcdef0123456789abcdef0123456789abcd");
	expect_refusal("trust approve ab0123", REASON_VALUE_INVALID);
	expect_refusal("trust approve AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj",
		       REASON_KEY_IN_ARGUMENTS);
	expect_refusal("identity import ../x", REASON_VALUE_INVALID);
	expect_refusal("identity request vpn --key rsa-1024", REASON_VALUE_INVALID);
	expect_refusal("identity install vpn", REASON_OPERAND_MISSING);
	expect_refusal("lsc update 123456", REASON_OPERAND_EXTRA);
}

static void other_commands_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse("media"), 0);
	assert_string_equal(arguments.command->verb, "list");
	assert_int_equal(parse("--json media rekey 12 --context same --standby"), 0);
	assert_int_equal(arguments.id, 12);
	assert_int_equal(arguments.context, NF_SRTP_CONTEXT_SAME);
	assert_int_equal(parse("media set 1 --activate 258:4"), 0);
	assert_int_equal(arguments.activate_len, 4);
	assert_memory_equal(arguments.activate, "\0\0\1\2", 4);
	assert_int_equal(parse("media hold 3 none"), 0);
	assert_int_equal(arguments.hold, 0);
	assert_int_equal(parse("media del all --drain 60000"), 0);
	assert_true(arguments.all);
	assert_int_equal(arguments.drain_ms, 60000);
	assert_int_equal(parse("media policy --mode enforce --protect 16384-32767 --protect 5004 "
			       "--pass none --auth-failure-threshold 10 --replay-threshold 20"), 0);
	assert_int_equal(arguments.mode, NF_SRTP_POLICY_MODE_ENFORCE);
	assert_int_equal(arguments.range_count, 2);
	assert_int_equal(arguments.ranges[0].last, 32767);
	assert_int_equal(arguments.ranges[1].first, 5004);
	assert_int_equal(arguments.ranges[1].last, 5004);
	assert_int_equal(arguments.pass, 0);
	assert_true(option_given(&arguments, OPTION_PASS));
	assert_int_equal(parse("media stats"), 0);
	assert_int_equal(arguments.id, 0);
	assert_int_equal(parse("media monitor --limit 3"), 0);
	assert_int_equal(arguments.limit, 3);
	assert_int_equal(parse("--help"), 0);
	assert_null(arguments.command);
	assert_int_equal(parse("media --help"), 0);
	assert_null(arguments.command);
	assert_int_equal(parse("media show -h"), 0);
	assert_string_equal(arguments.command->verb, "show");
	assert_int_equal(parse("--version"), 0);
}

static void lines_are_refused(void **state)
{
	(void)state;
	expect_refusal("", REASON_COMMAND_UNKNOWN);
	expect_refusal("telephone", REASON_COMMAND_UNKNOWN);
	expect_refusal("media eat", REASON_COMMAND_UNKNOWN);
	expect_refusal("media list --limit 3", REASON_OPTION_UNKNOWN);
	expect_refusal("media list --colour", REASON_OPTION_UNKNOWN);
	expect_refusal("media list -x", REASON_OPTION_UNKNOWN);
	expect_refusal("media list --version", REASON_OPTION_UNKNOWN);
	expect_refusal("media list --json --json", REASON_OPTION_REPEATED);
	expect_refusal("media list --json=yes", REASON_OPTION_VALUE);
	expect_refusal("media monitor --limit", REASON_OPTION_VALUE);
	expect_refusal("media list 1", REASON_OPERAND_EXTRA);
	expect_refusal("media show 1 2", REASON_OPERAND_EXTRA);
	expect_refusal("media hold 1 tx 3 4 5", REASON_OPERAND_EXTRA);
	expect_refusal("media show", REASON_OPERAND_MISSING);
	expect_refusal("media hold 1", REASON_OPERAND_MISSING);
	expect_refusal("media add --local 10.0.0.1:4000", REASON_OPTION_MISSING);
	expect_refusal("media add --remote 10.0.0.1:4000", REASON_OPTION_MISSING);
	expect_refusal("media show 0", REASON_VALUE_INVALID);
	expect_refusal("media show all", REASON_VALUE_INVALID);
	expect_refusal("media show 4294967296", REASON_VALUE_INVALID);
	expect_refusal("media show 1x", REASON_VALUE_INVALID);
	expect_refusal("media hold 1 up", REASON_VALUE_INVALID);
	expect_refusal("media del 1 --drain 60001", REASON_VALUE_INVALID);
	expect_refusal("media monitor --limit 0", REASON_VALUE_INVALID);
	expect_refusal("media policy --mode on", REASON_VALUE_INVALID);
	expect_refusal("media policy --pass stun,", REASON_VALUE_INVALID);
	expect_refusal("media policy --pass srtp", REASON_VALUE_INVALID);
	expect_refusal("media policy --protect 0-5", REASON_VALUE_INVALID);
	expect_refusal("media policy --protect 6-5", REASON_VALUE_INVALID);
	expect_refusal("media policy --protect 5-65536", REASON_VALUE_INVALID);
	expect_refusal("media policy --protect 5-", REASON_VALUE_INVALID);
	expect_refusal("media policy --auth-failure-threshold 0", REASON_VALUE_INVALID);
	expect_refusal("media rekey 1 --context old", REASON_VALUE_INVALID);
	expect_refusal(ADD " --silence-timeout 99", REASON_VALUE_INVALID);
	expect_refusal(ADD " --key-fd -1", REASON_VALUE_INVALID);
	expect_refusal("media set 1 --activate 258", REASON_VALUE_INVALID);
	expect_refusal("media set 1 --activate 258:1", REASON_VALUE_INVALID);
	expect_refusal("media set 1 --activate :4", REASON_VALUE_INVALID);
	expect_refusal(ADD " --roc tx:1", REASON_VALUE_INVALID);
	expect_refusal(ADD " --roc up:1=1", REASON_VALUE_INVALID);
	expect_refusal(ADD " --roc tx:4294967296=1", REASON_VALUE_INVALID);
	expect_refusal(ADD " --roc tx:1=-1", REASON_VALUE_INVALID);
	expect_refusal(ADD " --roc tx:=1", REASON_VALUE_INVALID);
}

static void addresses_are_refused(void **state)
{
	static const char *const wrong[] = { "10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:x",
		"host:4000", "::1:4000", "[::1:4000", "[::1]4000", "[]:1", "[10.0.0.1]:1", ":1", "[",
		"[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff:0000:1111]:4000" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char line[200];

		snprintf(line, sizeof(line), "media set 1 --remote %s", wrong[i]);
		expect_refusal(line, REASON_ADDRESS_INVALID);
	}
}

static void bare_keys_in_arguments_are_destroyed(void **state)
{
	char media[] = "media", add[] = "add", word[] = "inline:", key[] = KEY_128;
	char *argv[] = { media, add, word, key };

	(void)state;
	assert_int_not_equal(arguments_parse(&arguments, 4, argv, &why), 0);
	assert_int_equal(why.code, REASON_KEY_IN_ARGUMENTS);
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key[i], 0);
}

static void keys_in_arguments_are_destroyed(void **state)
{
	char media[] = "media", add[] = "add", key[] = "Tx AEAD_AES_128_GCM InLine:" KEY_128;
	char *argv[] = { media, add, key };

	(void)state;
	assert_int_not_equal(arguments_parse(&arguments, 3, argv, &why), 0);
	assert_int_equal(why.code, REASON_KEY_IN_ARGUMENTS);
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key[i], 0);
	assert_string_equal(why.detail, "");
}

static void phone_commands_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse("status"), 0);
	assert_string_equal(arguments.command->verb, "show");
	assert_int_equal(parse("call show 4294967295 --require-secure"), 0);
	assert_int_equal(arguments.id, UINT32_MAX);
	assert_true(option_given(&arguments, OPTION_REQUIRE_SECURE));
	assert_int_equal(parse("oauth login --key-fd=7"), 0);
	assert_int_equal(arguments.key_fd, 7);
	/* A name of a file may look like a key, anything else may not. */
	assert_int_equal(parse("tone secure --out " KEY_128), 0);
	assert_string_equal(arguments.file, KEY_128);
	expect_refusal("tone secure", REASON_OPTION_MISSING);
	expect_refusal("tone secure --out=", REASON_VALUE_INVALID);
	expect_refusal("call show 0", REASON_VALUE_INVALID);
	expect_refusal("call end", REASON_OPERAND_MISSING);
	expect_refusal("call end 1 --require-secure", REASON_OPTION_UNKNOWN);
	expect_refusal("register --key-fd 7", REASON_OPTION_UNKNOWN);
}

/* However a token gets among the arguments, it is no part of a refusal. */
static void tokens_in_arguments_are_destroyed(void **state)
{
	static const char *const words[] = { "eyJh.secret", "--token=eyJh.secret", "-t=secret" };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char oauth[] = "oauth", login[] = "login", json[] = "--json", token[40];
		char *argv[] = { oauth, login, json, token };

		snprintf(token, sizeof(token), "%s", words[i]);
		assert_int_not_equal(arguments_parse(&arguments, 4, argv, &why), 0);
		assert_int_equal(why.code, REASON_KEY_IN_ARGUMENTS);
		assert_string_equal(why.detail, "");
		assert_string_equal(token, "");
	}
}

static char *completions(int argc, char *argv[])
{
	static char text[2048];
	FILE *stream = fmemopen(text, sizeof(text), "w");

	memset(text, 0, sizeof(text));
	complete_print(stream, argc, argv);
	fclose(stream);
	return text;
}

#define COMPLETE(...) completions((int)(sizeof((char *[]){ __VA_ARGS__ }) / sizeof(char *)), \
				  (char *[]){ __VA_ARGS__ })

static void completion_follows_the_table(void **state)
{
	(void)state;
	assert_string_equal(COMPLETE(""),
			    "status\ncall\nregister\nsignalling\noauth\nidentity\nlsc\n"
			    "trust\ntvs\nconfig\nimage\nnetwork\ndot1x\nvlan\nfips\n"
			    "hardening\naudit\npassword\ncontacts\nmenu\ntone\nmedia\n");
	assert_string_equal(COMPLETE("me"), "menu\nmedia\n");
	assert_string_equal(COMPLETE("call", "e"), "end\n");
	assert_string_equal(COMPLETE("tone", "secure", "-"), "--out\n--json\n--help\n");
	assert_string_equal(COMPLETE("x"), "");
	assert_string_equal(COMPLETE("media", "re"), "rekey\n");
	assert_string_equal(COMPLETE("media", "policy", "--mode", ""), "off\nmonitor\nenforce\n");
	assert_string_equal(COMPLETE("media", "policy", "--mode", "e"), "enforce\n");
	assert_string_equal(COMPLETE("media", "policy", "--mode", "off", "--pr"), "--protect\n");
	assert_string_equal(COMPLETE("media", "hold", "1", "b"), "both\n");
	assert_string_equal(COMPLETE("media", "rekey", "1", "-"),
			    "--key-fd\n--pass\n--roc\n--context\n--standby\n--json\n--help\n");
	for (const struct command *c = commands; c->noun; c++)
		assert_non_null(strstr(COMPLETE((char *)c->noun, ""), c->verb));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_is_read),
		cmocka_unit_test(device_commands_are_read),
		cmocka_unit_test(other_commands_are_read),
		cmocka_unit_test(lines_are_refused),
		cmocka_unit_test(addresses_are_refused),
		cmocka_unit_test(keys_in_arguments_are_destroyed),
		cmocka_unit_test(bare_keys_in_arguments_are_destroyed),
		cmocka_unit_test(phone_commands_are_read),
		cmocka_unit_test(tokens_in_arguments_are_destroyed),
		cmocka_unit_test(completion_follows_the_table),
	};

	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
