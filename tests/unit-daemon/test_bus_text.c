// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

#include "bus_object.h"

static void expect(const char *from, const char *wanted)
{
	char to[64];

	assert_string_equal(BUS_TEXT(to, from), wanted);
}

static void good_text_stays(void **state)
{
	(void)state;
	expect("", "");
	expect("sip:1@b ~", "sip:1@b ~");
	expect("\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	       "\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

static void bad_text_is_marked(void **state)
{
	(void)state;
	expect("\x1b[31m\r\n\x7f", "?[31m???");
	expect("\xc2\x9b" "31m", "??31m"); /* the other way to begin a terminal's sequence */
	expect("\x80\xbf\xff\xfe", "????");
	expect("\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", "?????????"); /* longer than needed */
	expect("\xed\xa0\x80\xf4\x90\x80\x80", "???????"); /* surrogate, too large */
	expect("a\xc3", "a?");
	expect("a\xf0\x90\x80", "a???");
	expect("a\xe2\x82" "b", "a??b");
}

static void a_character_is_not_cut(void **state)
{
	char to[4];

	(void)state;
	assert_string_equal(BUS_TEXT(to, "abcd"), "abc");
	assert_string_equal(BUS_TEXT(to, "ab\xc3\xbc"), "ab");
	assert_string_equal(BUS_TEXT(to, "a\xc3\xbc"), "a\xc3\xbc");
}

/* Whatever comes in, what goes out is UTF-8 to the C library too. */
static void random_bytes_become_text(void **state)
{
	(void)state;
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		skip();
	srand(1);
	for (int round = 0; round < 20000; round++) {
		char from[24], to[sizeof(from)];

		for (size_t i = 0; i < sizeof(from) - 1; i++)
			from[i] = (char)(rand() % 3 ? 0x80 + rand() % 0x80 : 1 + rand() % 255);
		from[sizeof(from) - 1] = '\0';
		BUS_TEXT(to, from);
		assert_int_not_equal(mbstowcs(NULL, to, 0), (size_t)-1);
		for (const char *c = to; *c; c++)
			assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text_stays),
		cmocka_unit_test(bad_text_is_marked),
		cmocka_unit_test(a_character_is_not_cut),
		cmocka_unit_test(random_bytes_become_text),
	};

	return cmocka_run_group_tests_name("bus text", tests, NULL, NULL);
}
