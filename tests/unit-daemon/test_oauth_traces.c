// SPDX-License-Identifier: Apache-2.0
/*
 * What tokens leave behind. The tokens of this test stand nowhere in its program or
 * memory: they are computed a character at a time, also to look for them.
 */
#include "token_site.h"

#include <fcntl.h>

enum { PATTERN_LEN = 48 };

/* Character @i of the refresh token, and of the one that comes in exchange. */
static char pattern(bool is_second, size_t i)
{
	return "QXJ7-kz_Zw"[(i * i / 3 + 7 * i + (is_second ? 5 : 0)) % 10];
}

static size_t pattern_count(const char *at, size_t len)
{
	size_t count = 0;

	for (int second = 0; second < 2; second++) {
		for (size_t from = 0; from + PATTERN_LEN <= len; from++) {
			size_t i = 0;

			while (i < PATTERN_LEN && at[from + i] == pattern(second, i))
				i++;
			count += i == PATTERN_LEN;
		}
	}
	return count;
}

/* Writes to the endpoint without a copy that stays; its answer is thrown away unread. */
static void order_quietly(struct token_site *site, const char *before, bool is_second,
			  const char *behind)
{
	char c;

	assert_true(write(site->orders, before, strlen(before)) > 0);
	for (size_t i = 0; i < PATTERN_LEN; i++) {
		c = pattern(is_second, i);
		assert_int_equal(write(site->orders, &c, 1), 1);
	}
	assert_true(write(site->orders, behind, strlen(behind)) > 0);
	do
		assert_int_equal(read(fileno(site->answers), &c, 1), 1);
	while (c != '\n');
}

static struct secret *pattern_secret(void)
{
	struct secret *token = secret_new(PATTERN_LEN);

	for (size_t i = 0; i < PATTERN_LEN; i++)
		assert_true(secret_append(token, (unsigned char)pattern(false, i)));
	return token;
}

/* A range of memory, which is read in pieces that overlap. */
static size_t range_count(int memory, uint64_t from, uint64_t to)
{
	static char bytes[1 << 16];
	size_t count = 0;

	while (from < to) {
		size_t want = to - from < sizeof(bytes) ? to - from : sizeof(bytes);
		ssize_t got = pread(memory, bytes, want, (off_t)from);

		if (got <= 0)
			break;
		count += pattern_count(bytes, (size_t)got);
		explicit_bzero(bytes, sizeof(bytes));
		from += (size_t)got;
		if (from < to)
			from -= PATTERN_LEN < got ? PATTERN_LEN : 0;
	}
	return count;
}

/* How often a token stands in this process: stack, data and heap with what was freed in it. */
static size_t memory_count(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	size_t count = 0;
	char line[512], rights[8];

	assert_non_null(maps);
	assert_true(memory >= 0);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) != 3 || rights[1] != 'w')
			continue;
		/* The sanitizer's own tables are as large as that, and hold no bytes of ours. */
		if (to - from < 1UL << 30)
			count += range_count(memory, from, to);
	}
	fclose(maps);
	close(memory);
	return count;
}

static int traces_setup(void **state)
{
	struct token_site *site = site_make();

	endpoint_start(site, "127.0.0.1", NULL, NULL);
	*state = site;
	return 0;
}

static int traces_teardown(void **state)
{
	site_destroy(*state);
	return 0;
}

/* Asked, stored, read again and asked once more. */
static void refresh_token_leaves_no_trace_in_memory(void **state)
{
	struct token_site *site = *state;
	struct refusal why = { 0 };

	order_quietly(site, "{\"grant\": \"", false, "\"}\n");
	assert_int_equal(memory_count(), 0);
	site_open(site);
	assert_int_equal(oauth_login(site->oauth, pattern_secret(), &why), 0);
	site_wait(site, OAUTH_READY, 5);
	/* The search finds what is there. */
	assert_int_not_equal(memory_count(), 0);
	site_open_again(site);
	site_wait(site, OAUTH_READY, 5);
	oauth_free(site->oauth);
	site->oauth = NULL;
	assert_int_equal(memory_count(), 0);
}

/* The program's standard error goes to a file meanwhile. */
static int errors_turn(const char *path)
{
	int kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(kept >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	close(file);
	return kept;
}

static size_t file_count(const char *path)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "r");
	size_t len, count;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	count = pattern_count(text, len);
	explicit_bzero(text, sizeof(text));
	return count;
}

static void run_for(struct token_site *site, double seconds)
{
	double until = now_s() + seconds;

	while (now_s() < until)
		(void)sd_event_run(site->event, 20000);
}

/* A login, a new token in exchange, a refusal that quotes it, and one over unsafe text. */
static void tokens_stay_out_of_what_is_told(void **state)
{
	struct token_site *site = *state;
	struct refusal why = { 0 }, refused, odd;
	char path[256];
	size_t told;
	int kept;

	snprintf(path, sizeof(path), "%s/errors", site->folder);
	order_quietly(site, "{\"grant\": \"", false, "\"}\n");
	order_quietly(site, "{\"answer\": {\"refresh_token\": \"", true, "\"}}\n");
	site_open(site);
	kept = errors_turn(path);
	oauth_login(site->oauth, pattern_secret(), &why);
	run_for(site, 1);
	endpoint_tell(site, "{\"behave\": \"refuse\", \"description\": \"{token} x\"}");
	oauth_token_refused(site->oauth);
	run_for(site, 1);
	refused = *oauth_why(site->oauth);
	order_quietly(site, "{\"behave\": \"issue\", \"answer\": {\"access_token\": \"\\\"", true,
		      "\"}}\n");
	order_quietly(site, "{\"grant\": \"", false, "\"}\n");
	oauth_login(site->oauth, pattern_secret(), &why);
	run_for(site, 1);
	odd = *oauth_why(site->oauth);
	dup2(kept, STDERR_FILENO);
	close(kept);

	told = file_count(path);
	assert_int_equal(told, 0);
	assert_int_equal(site->ready, 1);
	assert_int_equal(refused.code, REASON_TOKEN_REFUSED);
	assert_non_null(strstr(refused.detail, "** x"));
	assert_int_equal(pattern_count(refused.detail, sizeof(refused.detail)), 0);
	assert_int_equal(odd.code, REASON_TOKEN_ENDPOINT);
	assert_int_equal(pattern_count(odd.detail, sizeof(odd.detail)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(refresh_token_leaves_no_trace_in_memory,
						traces_setup, traces_teardown),
		cmocka_unit_test_setup_teardown(tokens_stay_out_of_what_is_told,
						traces_setup, traces_teardown),
	};

	return cmocka_run_group_tests_name("oauth traces", tests, NULL, NULL);
}
