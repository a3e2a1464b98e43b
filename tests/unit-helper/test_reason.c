// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <ctype.h>

#include "bus_names.h"
#include "reason.h"

/* From the uapi header, made by the Makefile. */
static const struct enumerator {
	const char *name;
	unsigned int value;
	const struct reason *(*words)(unsigned int value);
	const char *prefix;
	const char *suffix;
} enumerators[] = {
#define WORD_DROP_REASON(name) { #name, name, reason_drop_words, "NF_SRTP_DROP_REASON_", "" },
#define WORD_CAUSE(name) { #name, name, reason_cause_words, "NF_SRTP_CAUSE_", "" },
#define WORD_EVENT(name) { #name, name, reason_event_words, "NF_SRTP_CMD_", "_NTF" },
#include "enumerators.inc"
};

static void code_of(const struct enumerator *enumerator, char *code)
{
	const char *name = enumerator->name + strlen(enumerator->prefix);
	size_t len = strlen(name) - strlen(enumerator->suffix);

	for (size_t i = 0; i < len; i++)
		code[i] = (char)(name[i] == '_' ? '-' : tolower((unsigned char)name[i]));
	code[len] = '\0';
}

/* A reason, cause or event that is new in the contract fails here until it has words. */
static void contract_has_words(void **state)
{
	size_t count = sizeof(enumerators) / sizeof(enumerators[0]);

	(void)state;
	/* All 23 drop reasons, 6 causes and 8 events of the first contract were found at least. */
	assert_in_range(count, 23 + 6 + 8, 1000);
	for (size_t i = 0; i < count; i++) {
		const struct reason *words = enumerators[i].words(enumerators[i].value);
		char code[64];

		if (!words)
			fail_msg("%s has no words in userspace/lib/reason.c", enumerators[i].name);
		code_of(&enumerators[i], code);
		assert_string_equal(words->code, code);
		assert_true(*words->text);
		assert_non_null(words->mend);
	}
	assert_null(reason_drop_words(4711));
	assert_null(reason_cause_words(4711));
	assert_null(reason_event_words(NF_SRTP_CMD_SESSION_NEW));
}

/* What was dropped, or failed to authenticate, always comes with what to do. */
static void drops_and_causes_mend(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(enumerators) / sizeof(enumerators[0]); i++)
		if (enumerators[i].words != reason_event_words &&
		    enumerators[i].value != NF_SRTP_DROP_REASON_NONE)
			assert_true(*enumerators[i].words(enumerators[i].value)->mend);
}

static bool ends_with_stop(const char *text)
{
	return *text && text[strlen(text) - 1] == '.';
}

static void refusals_are_complete(void **state)
{
	(void)state;
	for (int code = REASON_NONE + 1; code < REASON_COUNT; code++) {
		const struct reason *words = reason_words(code);

		if (!words->code)
			fail_msg("reason %d has no words in userspace/lib/reason.c", code);
		assert_true(ends_with_stop(words->text));
		assert_true(ends_with_stop(words->mend));
		assert_in_range(words->error, 1, 4095);
		assert_in_range(words->status, EXIT_STATUS_FAILED, EXIT_STATUS_INSECURE);
		for (int other = REASON_NONE; other < code; other++)
			assert_string_not_equal(words->code, reason_words(other)->code);
	}
}

static void refusal_is_set(void **state)
{
	struct refusal why = { .line = 3, .position = 4 };

	(void)state;
	assert_int_equal(refusal_set(&why, REASON_NOT_ALLOWED, "%s %d", "x", 1), -1);
	assert_string_equal(why.detail, "x 1");
	assert_int_equal(why.line + why.position, 0);
	refusal_set(&why, REASON_NOT_ALLOWED, "%0300d", 1);
	assert_int_equal(strlen(why.detail), sizeof(why.detail) - 1);
	refusal_set_at(&why, REASON_SDES_KDR, 9);
	assert_int_equal(why.position, 9);
	assert_string_equal(why.detail, "");
}

/* What the daemon says on the bus is what the helper reads there. */
static void errors_of_the_bus_are_reasons(void **state)
{
	char name[BUS_ERROR_MAX];

	(void)state;
	bus_error_format(REASON_CALL_MISSING, name);
	assert_string_equal(name, "org.phonesec.Phone1.Error.CallMissing");
	for (enum reason_code code = REASON_NONE + 1; code < REASON_COUNT; code++) {
		bus_error_format(code, name);
		assert_int_equal(bus_error_parse(name), code);
		assert_true(strlen(name) < BUS_ERROR_MAX - 8);
	}
	assert_int_equal(bus_error_parse("org.freedesktop.DBus.Error.NoReply"), REASON_NONE);
	assert_int_equal(bus_error_parse("org.phonesec.Phone1.Error."), REASON_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contract_has_words),
		cmocka_unit_test(drops_and_causes_mend),
		cmocka_unit_test(refusals_are_complete),
		cmocka_unit_test(refusal_is_set),
		cmocka_unit_test(errors_of_the_bus_are_reasons),
	};

	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
