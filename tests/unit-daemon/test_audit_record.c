// SPDX-License-Identifier: Apache-2.0
/* Events as RFC 5424 wants them, whatever they are made of. */
#include <regex.h>
#include <syslog.h>

#include "audit_record.h"
#include "unit.h"

static char text[AUDIT_RECORD_MAX + 1];

static size_t format(const struct audit_record *record)
{
	size_t len;

	memset(text, 'Z', sizeof(text));
	len = audit_record_format(record, text);
	assert_in_range(len, 1, AUDIT_RECORD_MAX);
	assert_int_equal(text[AUDIT_RECORD_MAX], 'Z');
	text[len] = '\0';
	assert_int_equal(strlen(text), len);
	return len;
}

static void expect_match(const char *pattern)
{
	regex_t regex;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, text, 0, NULL, 0))
		fail_msg("%s is not %s", text, pattern);
	regfree(&regex);
}

static void whole(void **state)
{
	(void)state;
	format(&(struct audit_record){ .facility = 13, .severity = LOG_WARNING, .host = "SEP1",
		.id = "REQUEST", .number = 7, .fields = { { "uid", "1000" }, { "result", "done" } },
		.count = 2, .text = "User 1000" });
	expect_match("^<108>1 [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z SEP1 phonesecd [0-9]+ "
		     "REQUEST \\[meta sequenceId=\"7\"\\]"
		     "\\[phonesec@32473 uid=\"1000\" result=\"done\"\\] User 1000$");
	format(&(struct audit_record){ .host = "", .id = "", .number = 1, .text = "" });
	expect_match("^<0>1 [^ ]+ - phonesecd [0-9]+ - \\[meta sequenceId=\"1\"\\] $");
}

static void names(void **state)
{
	char host[400];

	(void)state;
	memset(host, 'h', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	format(&(struct audit_record){ .host = host, .id = "A B\"\x7f\xc3\xa4]", .number = 1,
		.text = "t" });
	expect_match("Z h{255} phonesecd [0-9]+ A\\?B\"\\?\\?\\?\\] \\[meta");
}

static void escaping(void **state)
{
	(void)state;
	format(&(struct audit_record){ .host = "h", .id = "i", .number = 1,
		.fields = { { "method", "a\"b\\c]d\n[e" } }, .count = 1,
		.text = "x \"y\" ]\\ z" });
	assert_non_null(strstr(text, " method=\"a\\\"b\\\\c\\]d"));
	assert_null(strchr(text, '\n'));
	assert_non_null(strstr(text, "] x \"y\" ]\\ z"));
}

/* What is no UTF-8 is not sent as if it were; a character is not cut in two. */
static void utf8(void **state)
{
	static char long_text[3 * AUDIT_RECORD_MAX];
	size_t len;

	(void)state;
	format(&(struct audit_record){ .host = "h", .id = "i", .number = 1,
		.fields = { { "a", "\xff\xc3(" } }, .count = 1, .text = "\xc3\xa4 \xe2\x82\xff" });
	assert_null(strchr(text, '\xff'));
	assert_non_null(strstr(text, "] \xc3\xa4 "));
	for (size_t shift = 0; shift < 3; shift++) {
		memset(long_text, 'x', shift);
		for (size_t i = shift; i + 3 < sizeof(long_text); i += 3)
			memcpy(long_text + i, "\xe2\x82\xac", 4);
		len = format(&(struct audit_record){ .host = "h", .id = "i", .number = 1,
			.text = long_text });
		assert_in_range(len, AUDIT_RECORD_MAX - 4, AUDIT_RECORD_MAX);
		assert_memory_equal(text + len - 3, "\xe2\x82\xac", 3);
	}
}

/* Data that do not fit are left out whole; what is there is closed. */
static void caps(void **state)
{
	static char value[600];
	struct audit_record record = { .host = "h", .id = "i", .number = 1, .text = "t",
		.count = AUDIT_FIELDS_MAX };
	const char *end;

	(void)state;
	memset(value, '"', sizeof(value) - 1);
	for (size_t i = 0; i < AUDIT_FIELDS_MAX; i++)
		record.fields[i] = (struct audit_field){ "name", value };
	format(&record);
	end = strrchr(text, ']');
	assert_non_null(end);
	assert_int_equal(end[-1], '"');
	assert_int_equal(end[1], ' ');
}

static void sequence(void **state)
{
	(void)state;
	format(&(struct audit_record){ .host = "h", .id = "i", .number = INT32_MAX, .text = "" });
	assert_non_null(strstr(text, "\"2147483647\""));
	format(&(struct audit_record){ .host = "h", .id = "i", .number = 1 + (uint64_t)INT32_MAX,
		.text = "" });
	assert_non_null(strstr(text, "sequenceId=\"1\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(names),
		cmocka_unit_test(escaping),
		cmocka_unit_test(utf8),
		cmocka_unit_test(caps),
		cmocka_unit_test(sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
