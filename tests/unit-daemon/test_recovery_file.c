// SPDX-License-Identifier: Apache-2.0
/* What a daemon leaves for the next one, as files. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "recovery_file.h"
#include "site.h"

static struct refusal why;

static const char *folder(void)
{
	static char path[128];

	if (!*path) {
		strcpy(path, site_path("run"));
		assert_int_equal(mkdir(path, 0700), 0);
	}
	return path;
}

static void kept_and_removed(void **state)
{
	const char *path = site_path("run/call-1.json");
	struct stat status;
	json_t *read;

	(void)state;
	assert_null(recovery_file_read(folder(), "call-1.json"));
	assert_int_equal(recovery_file_write(folder(), "call-1.json",
					     json_pack("{s:i}", "number", 1), &why), 0);
	assert_int_equal(recovery_file_write(folder(), "call-1.json",
					     json_pack("{s:i}", "number", 2), &why), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	read = recovery_file_read(folder(), "call-1.json");
	assert_int_equal(json_integer_value(json_object_get(read, "number")), 2);
	json_decref(read);
	assert_int_equal(recovery_file_write(folder(), "call-1.json", NULL, &why), 0);
	assert_int_equal(recovery_file_write(folder(), "call-1.json", NULL, &why), 0);
	assert_true(access(path, F_OK) < 0);
}

/* What others could have written is not believed. */
static void not_taken(void **state)
{
	static const char *const texts[] = { "", "{", "{\"a\":1,\"a\":2}", "{} x" };
	const char *path = site_path("run/relay.json");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		site_text("run/relay.json", texts[i]);
		assert_int_equal(chmod(path, 0600), 0);
		assert_null(recovery_file_read(folder(), "relay.json"));
	}
	site_text("run/relay.json", "{}");
	assert_int_equal(chmod(path, 0644), 0);
	assert_null(recovery_file_read(folder(), "relay.json"));
	assert_int_equal(chmod(path, 0600), 0);
	json_decref(recovery_file_read(folder(), "relay.json"));
	assert_int_equal(symlink(path, site_path("run/link.json")), 0);
	assert_null(recovery_file_read(folder(), "link.json"));
}

static void refused(void **state)
{
	(void)state;
	why = (struct refusal){ 0 };
	assert_int_equal(recovery_file_write(site_path("absent"), "a.json", json_object(), &why),
			 -reason_words(REASON_SYSTEM)->error);
	assert_int_equal(why.code, REASON_SYSTEM);
	assert_non_null(strstr(why.detail, "No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kept_and_removed),
		cmocka_unit_test(not_taken),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
