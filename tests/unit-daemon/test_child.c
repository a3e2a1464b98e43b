// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "unit.h"

static sd_event *event;
static struct child *child;
static char lines[4096];
static unsigned int started, ended;
static struct refusal last;
static bool frees_when_started, frees_at_line, frees_when_ended;

static void leave(bool frees)
{
	if (frees) {
		child_free(child);
		child = NULL;
	}
}

static void on_started(void *owner)
{
	assert_ptr_equal(owner, lines);
	started++;
	leave(frees_when_started);
}

static void on_line(void *owner, const char *line)
{
	size_t used = strlen(lines);

	(void)owner;
	snprintf(lines + used, sizeof(lines) - used, "%s|", line);
	leave(frees_at_line);
}

static void on_ended(void *owner, const struct refusal *why)
{
	(void)owner;
	ended++;
	last = *why;
	leave(frees_when_ended);
}

static const struct child_events events = {
	.started = on_started, .line = on_line, .ended = on_ended,
};

static void plan_start(const struct child_plan *plan)
{
	struct refusal why;

	*lines = '\0';
	started = ended = 0;
	assert_int_equal(child_new(&child, event, plan, &events, lines, &why), 0);
	assert_int_equal(started + ended, 0);
}

static void script_start(const char *script, bool restarts)
{
	const char *const arguments[] = { "/bin/sh", "-c", script, NULL };

	plan_start(&(struct child_plan){ .arguments = arguments, .restarts = restarts });
}

/* Has the loop run until so many ends were told, or as long as that. */
static void run(unsigned int ends, unsigned int milliseconds)
{
	uint64_t now, stop;

	sd_event_now(event, CLOCK_MONOTONIC, &now);
	for (stop = now + milliseconds * 1000; now < stop && (!ends || ended < ends);) {
		assert_true(sd_event_run(event, 20000) >= 0);
		sd_event_now(event, CLOCK_MONOTONIC, &now);
	}
	if (ends)
		assert_int_equal(ended, ends);
}

static void finish(void)
{
	child_free(child);
	child = NULL;
}

static void test_lines(void **state)
{
	char longest[CHILD_LINE_MAX];

	(void)state;
	script_start("echo one; echo two >&2; printf '\\n\\033[1m\\377\\n'; printf rest", false);
	run(1, 5000);
	assert_string_equal(lines, "one|two|?[1m?|rest|");
	assert_int_equal(started, 1);
	assert_int_equal(last.code, REASON_NONE);
	assert_int_equal(child_pid(child), 0);
	finish();
	script_start("head -c 5000 /dev/zero | tr '\\0' x; echo; echo behind", false);
	run(1, 5000);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	assert_memory_equal(lines, longest, strlen(longest));
	assert_string_equal(lines + strlen(longest), "|behind|");
	finish();
}

static void test_failures(void **state)
{
	static const char *const missing[] = { "/nowhere/program", NULL };

	(void)state;
	script_start("echo the reason; exit 3", false);
	run(1, 5000);
	assert_int_equal(last.code, REASON_CHILD_FAILED);
	assert_string_equal(last.detail, "/bin/sh: exit status 3; the reason");
	finish();
	script_start("kill -9 $$", false);
	run(1, 5000);
	assert_string_equal(last.detail, "/bin/sh: ended by signal 9; ");
	finish();
	plan_start(&(struct child_plan){ .arguments = missing });
	run(1, 5000);
	assert_int_equal(last.code, REASON_CHILD_MISSING);
	assert_string_equal(last.detail, "/nowhere/program: No such file or directory");
	assert_int_equal(started, 0);
	finish();
}

/*
 * The C library keeps these two for itself, and no program may set them through it; what
 * started this test may have ignored them all the same.
 */
static void library_signals_default(void)
{
	/* What the kernel takes: handler, flags, restorer and mask. */
	const unsigned long none[4] = { 0 };

	syscall(SYS_rt_sigaction, 32, none, NULL, sizeof(none[3]));
	syscall(SYS_rt_sigaction, 33, none, NULL, sizeof(none[3]));
}

/* Nothing of the daemon goes along: descriptors, masks, environment. */
static void test_what_it_is_given(void **state)
{
	static const char input[] = "from the input\n";
	static const char *const environment[] = { "ONE=1", "TWO=2", NULL };
	static const char *const arguments[] = {
		"/bin/sh", "-c",
		"cat; echo $ONE$TWO; ls /proc/self/fd | wc -l; umask; pwd; "
		"exec grep -h 'SigBlk\\|SigIgn\\|CapEff\\|NoNewPrivs' /proc/self/status", NULL,
	};
	const struct child_plan plan = {
		.arguments = arguments, .environment = environment,
		.input = { (const unsigned char *)input, strlen(input) },
	};
	int open_end = open("/dev/null", O_RDONLY);
	sigset_t blocked, before;

	(void)state;
	library_signals_default();
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	signal(SIGPIPE, SIG_IGN);
	plan_start(&plan);
	run(1, 5000);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* The fourth descriptor is that of the folder which ls reads. */
	assert_string_equal(lines, "from the input|12|4|0077|/|SigBlk:?0000000000000000|"
			    "SigIgn:?0000000000000000|CapEff:?0000000000000000|NoNewPrivs:?1|");
	close(open_end);
	finish();
}

static void test_restart(void **state)
{
	(void)state;
	script_start("echo run; exit 1", true);
	run(2, 5000);
	assert_string_equal(lines, "run|run|");
	assert_int_equal(started, 2);
	/* The wait doubles: the third start is not within the second after. */
	run(0, 1300);
	assert_int_equal(started, 2);
	finish();
}

static void test_end(void **state)
{
	pid_t pid;

	(void)state;
	script_start("trap '' TERM; echo up; while :; do sleep 0.1; done", false);
	run(0, 300);
	assert_string_equal(lines, "up|");
	pid = child_pid(child);
	child_end(child);
	child_end(child);
	run(0, 500);
	assert_int_equal(ended, 0);
	run(1, 5000);
	assert_string_equal(last.detail, "/bin/sh: ended by signal 9; up");
	assert_int_equal(kill(pid, 0), -1);
	child_end(child);
	finish();
}

/* What hangs is ended at its limit, and comes back like anything else that failed. */
static void test_limit(void **state)
{
	static const char *const arguments[] = { "/bin/sh", "-c", "echo up; exec sleep 60", NULL };
	const struct child_plan plan = { .arguments = arguments, .restarts = true, .limit_s = 1 };

	(void)state;
	plan_start(&plan);
	run(0, 500);
	assert_int_equal(ended, 0);
	run(1, 2000);
	assert_int_equal(last.code, REASON_CHILD_FAILED);
	assert_string_equal(last.detail,
			    "/bin/sh: ended by signal 15; it took more than 1 s");
	run(2, 5000);
	assert_string_equal(lines, "up|up|");
	finish();
}

static void test_free_kills(void **state)
{
	pid_t pid;

	(void)state;
	script_start("trap '' TERM; while :; do sleep 0.1; done", true);
	run(0, 200);
	pid = child_pid(child);
	assert_true(pid > 0);
	finish();
	assert_int_equal(kill(pid, 0), -1);
	run(0, 1500);
	assert_int_equal(started, 1);
	assert_int_equal(ended, 0);
}

static void test_free_inside(void **state)
{
	(void)state;
	frees_when_started = true;
	script_start("echo line", true);
	run(0, 300);
	assert_null(child);
	assert_string_equal(lines, "");
	frees_when_started = false;
	frees_at_line = true;
	script_start("echo one; echo two; sleep 5", true);
	run(0, 300);
	assert_null(child);
	assert_string_equal(lines, "one|");
	frees_at_line = false;
	frees_when_ended = true;
	script_start("printf last", true);
	run(1, 3000);
	assert_null(child);
	assert_string_equal(lines, "last|");
	frees_when_ended = false;
}

/* The kernel ends it when the daemon is killed. */
static void test_parent_dies(void **state)
{
	int ends[2], status;
	pid_t parent, pid = 0;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	parent = fork();
	if (!parent) {
		sd_event_unref(event);
		(void)!sd_event_new(&event);
		script_start("trap '' TERM; while :; do sleep 0.1; done", true);
		run(0, 200);
		pid = child_pid(child);
		(void)!write(ends[1], &pid, sizeof(pid));
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
	assert_true(pid > 0);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	for (int i = 0; i < 100 && !kill(pid, 0); i++) {
		char file[64], text[512] = "";
		int fd;

		/* Whoever has to wait for it now may take a while. */
		snprintf(file, sizeof(file), "/proc/%d/stat", pid);
		fd = open(file, O_RDONLY);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0 || strstr(text, ") Z ")) {
			pid = 0;
			close(fd);
			break;
		}
		close(fd);
		usleep(20000);
	}
	assert_true(!pid || kill(pid, 0));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_what_it_is_given),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_free_kills),
		cmocka_unit_test(test_free_inside),
		cmocka_unit_test(test_parent_dies),
	};
	int failed;

	sd_event_new(&event);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	sd_event_unref(event);
	return failed;
}
