// SPDX-License-Identifier: Apache-2.0
/* What people at the phone may do: each method of the bus, as its description has it. */
#include <expat.h>

#include "settings_access.h"
#include "unit.h"

enum { NAME_MAX_LEN = 128 };

/* Where the parser is, and what it has seen. */
static char interface[NAME_MAX_LEN];
static unsigned int methods, lacking;

static void on_element(void *data, const char *element, const char **attributes)
{
	const char *name = "";

	(void)data;
	for (; *attributes; attributes += 2)
		if (!strcmp(attributes[0], "name"))
			name = attributes[1];
	if (!strcmp(element, "interface"))
		snprintf(interface, sizeof(interface), "%s", name);
	if (strcmp(element, "method"))
		return;
	methods++;
	if (settings_access_has(interface, name))
		return;
	lacking++;
	print_error("no right for %s.%s\n", interface, name);
}

static void every_method_is_thought_of(void **state)
{
	XML_Parser parser = XML_ParserCreate(NULL);
	static char text[1 << 18];
	FILE *file = fopen(BUS_XML, "r");
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	assert_true(len < sizeof(text));
	XML_SetStartElementHandler(parser, on_element);
	assert_int_equal(XML_Parse(parser, text, (int)len, 1), XML_STATUS_OK);
	XML_ParserFree(parser);
	assert_true(methods > 15);
	assert_int_equal(lacking, 0);
}

static void what_nobody_thought_of_is_closed(void **state)
{
	(void)state;
	assert_false(settings_access_has("org.phonesec.Phone1", "Explode"));
	assert_int_equal(settings_access_right("org.phonesec.Phone1", "Explode"),
			 SETTINGS_RIGHT_CHANGE);
	assert_int_equal(settings_access_right("org.phonesec.Phone1.Other", "RetryServers"),
			 SETTINGS_RIGHT_CHANGE);
	assert_int_equal(settings_access_right("org.phonesec.Phone1.Trust", "Reset"),
			 SETTINGS_RIGHT_CHANGE);
	assert_int_equal(settings_access_right("org.phonesec.Phone1.Trust", "Explain"),
			 SETTINGS_RIGHT_LOOK);
	assert_int_equal(settings_access_right("org.phonesec.Phone1.Policy", "Unlock"),
			 SETTINGS_RIGHT_ALWAYS);
	assert_int_equal(settings_access_right("org.phonesec.Phone1.Call", "End"),
			 SETTINGS_RIGHT_ALWAYS);
}

static void every_access_and_right(void **state)
{
	static const struct {
		enum phone_settings_access access;
		enum settings_right right;
		bool allowed;
	} cases[] = {
		{ PHONE_SETTINGS_ALL, SETTINGS_RIGHT_ALWAYS, true },
		{ PHONE_SETTINGS_ALL, SETTINGS_RIGHT_LOOK, true },
		{ PHONE_SETTINGS_ALL, SETTINGS_RIGHT_CHANGE, true },
		{ PHONE_SETTINGS_RESTRICTED, SETTINGS_RIGHT_ALWAYS, true },
		{ PHONE_SETTINGS_RESTRICTED, SETTINGS_RIGHT_LOOK, true },
		{ PHONE_SETTINGS_RESTRICTED, SETTINGS_RIGHT_CHANGE, false },
		{ PHONE_SETTINGS_NONE, SETTINGS_RIGHT_ALWAYS, true },
		{ PHONE_SETTINGS_NONE, SETTINGS_RIGHT_LOOK, false },
		{ PHONE_SETTINGS_NONE, SETTINGS_RIGHT_CHANGE, false },
	};
	static struct settings settings;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct refusal why = { 0 };
		int err;

		settings.settings_access = cases[i].access;
		err = settings_access_allows(&settings, cases[i].right, false, &why);
		assert_true(!err == cases[i].allowed);
		assert_int_equal(why.code, err ? REASON_SETTINGS_LOCKED : REASON_NONE);
		/* Whoever has unlocked them may do all. */
		assert_int_equal(settings_access_allows(&settings, cases[i].right, true, &why), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_is_thought_of),
		cmocka_unit_test(what_nobody_thought_of_is_closed),
		cmocka_unit_test(every_access_and_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
