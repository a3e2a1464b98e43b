// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>

#include "splice.h"

static const char text[] = "one two three";

/* The part of @text that is this word. */
static struct span part(const char *word)
{
	return (struct span){ strstr(text, word), strlen(word) };
}

static struct splice *start(void)
{
	return splice_new((struct span){ text, strlen(text) });
}

static void expect(struct splice *splice, const char *wanted)
{
	struct span found;

	assert_int_equal(splice_finish(splice, &found), 0);
	assert_string_equal(found.at, wanted);
	assert_int_equal(found.len, strlen(wanted));
	text_free(&found);
	assert_null(found.at);
	splice_free(splice);
}

static void unchanged(void **state)
{
	(void)state;
	expect(start(), text);
}

static void parts_in_any_order(void **state)
{
	struct splice *splice = start();

	(void)state;
	splice_replace(splice, part("three"), "%d", 3);
	splice_replace(splice, part("one"), "%d", 1);
	splice_put(splice, part(" two"), (struct span){ "", 0 });
	expect(splice, "1 3");
}

static void inserts_keep_their_order(void **state)
{
	struct splice *splice = start();
	struct span at = { text + 4, 0 }, end = { text + strlen(text), 0 };

	(void)state;
	splice_replace(splice, part("two"), "2");
	splice_replace(splice, at, "a ");
	splice_replace(splice, at, "b ");
	splice_replace(splice, end, "!");
	splice_replace(splice, part("one "), "%s", "");
	expect(splice, "a b 2 three!");
}

static void refuse_both(struct span first, struct span second)
{
	struct splice *splice = start();
	struct span found;

	splice_replace(splice, first, "x");
	splice_replace(splice, second, "y");
	assert_int_equal(splice_finish(splice, &found), -EINVAL);
	assert_null(found.at);
	splice_free(splice);
}

static void overlap_is_refused(void **state)
{
	static const char other[] = "one";

	(void)state;
	refuse_both(part("one two"), part("two"));
	refuse_both(part("two"), part("one two"));
	refuse_both(part("two"), part("two"));
	refuse_both(part("two"), (struct span){ part("two").at + 1, 0 });
	refuse_both(part("two"), (struct span){ text, sizeof(text) });
	refuse_both(part("two"), (struct span){ other, 3 });
}

static void numbers(void **state)
{
	unsigned long number = 7;

	(void)state;
	assert_true(span_number((struct span){ "0", 1 }, 9, &number));
	assert_int_equal(number, 0);
	assert_true(span_number((struct span){ "65535", 5 }, 65535, &number));
	assert_int_equal(number, 65535);
	assert_false(span_number((struct span){ "65536", 5 }, 65535, &number));
	assert_false(span_number((struct span){ "9", 1 }, 8, &number));
	assert_false(span_number((struct span){ "99999999999999999999", 20 }, 65535, &number));
	assert_false(span_number((struct span){ "-1", 2 }, 65535, &number));
	assert_false(span_number((struct span){ "", 0 }, 65535, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unchanged),
		cmocka_unit_test(parts_in_any_order),
		cmocka_unit_test(inserts_keep_their_order),
		cmocka_unit_test(overlap_is_refused),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
