// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <unistd.h>

#include "kernel_fips.h"

static bool of_file(const char *text)
{
	char name[] = "/tmp/phonesec-fips-XXXXXX";
	int fd = mkstemp(name);
	bool enabled;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	enabled = fips_enabled(name);
	unlink(name);
	return enabled;
}

static void test_what_the_kernel_says(void **state)
{
	(void)state;
	assert_true(of_file("1\n"));
	assert_false(of_file("0\n"));
	assert_false(fips_enabled("/nonexistent/fips_enabled"));
}

static void test_what_cannot_be_understood_counts_as_on(void **state)
{
	(void)state;
	assert_true(of_file(""));
	assert_true(of_file("yes\n"));
	/* There, and no file to read. */
	assert_true(fips_enabled("/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_the_kernel_says),
		cmocka_unit_test(test_what_cannot_be_understood_counts_as_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
