// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secret.h"

static void fills_up(void **state)
{
	struct secret *secret = secret_new(3);

	(void)state;
	assert_true(secret_append(secret, 'a'));
	assert_true(secret_append(secret, 'b'));
	assert_true(secret_append(secret, 'c'));
	assert_false(secret_append(secret, 'd'));
	assert_int_equal(secret_len(secret), 3);
	assert_memory_equal(secret_bytes(secret), "abc", 3);
	secret_shorten(secret, 2);
	assert_int_equal(secret_len(secret), 1);
	/* The bytes are gone, not only out of reach. */
	assert_memory_equal(secret_bytes(secret), "a\0\0", 3);
	secret_shorten(secret, 9);
	assert_int_equal(secret_len(secret), 0);
	secret_free(secret);
	secret_free(NULL);
}

static void compares(void **state)
{
	SECRET_AUTO a = secret_new(4);
	SECRET_AUTO b = secret_new(9);

	(void)state;
	assert_true(secret_equal(a, b));
	secret_append(a, 1);
	assert_false(secret_equal(a, b));
	secret_append(b, 2);
	assert_false(secret_equal(a, b));
	secret_shorten(b, 1);
	secret_append(b, 1);
	assert_true(secret_equal(a, b));
}

/* A child has no copy: reading it there is a fault. */
static void stays_out_of_children(void **state)
{
	struct secret *secret = secret_new(4);
	int status;
	pid_t child;

	(void)state;
	secret_append(secret, 1);
	child = fork();
	if (!child) {
		/* Neither the test library nor the sanitizer is to make a report of the fault. */
		signal(SIGSEGV, SIG_DFL);
		_exit(*(volatile const unsigned char *)secret_bytes(secret) == 1 ? 0 : 1);
	}
	waitpid(child, &status, 0);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(secret_bytes(secret)[0], 1);
	secret_free(secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_up),
		cmocka_unit_test(compares),
		cmocka_unit_test(stays_out_of_children),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
