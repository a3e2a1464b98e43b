// SPDX-License-Identifier: Apache-2.0
/* The interfaces of a network namespace that the test makes for itself, where it may. */
#include "unit.h"

#include <sched.h>
#include <unistd.h>

#include "link.h"
#include "link_change.h"

static sd_event *event;
static struct link told[32];
static size_t count;

static void on_changed(void *owner, const struct link *link)
{
	(void)owner;
	if (count < sizeof(told) / sizeof(told[0]))
		told[count++] = *link;
}

static const struct link_events events = { .changed = on_changed };

static void command(const char *words)
{
	if (system(words))
		fail_msg("%s", words);
}

/* Until nothing comes any more. */
static void settle(void)
{
	while (sd_event_run(event, 200000) > 0)
		;
}

static const struct link *last_of(const char *name)
{
	for (size_t i = count; i--;)
		if (!strcmp(told[i].name, name))
			return &told[i];
	fail_msg("nothing was told of %s", name);
	return NULL;
}

static void changes_are_told(void **state)
{
	struct link_watch *watch;
	struct refusal why;
	struct link link;

	(void)state;
	assert_int_equal(link_watch_new(&watch, event, &events, NULL, &why), 0);
	settle();
	assert_int_equal(count, 0);
	assert_true(link_find(watch, "lo", &link));
	assert_false(link_find(watch, "", &link));
	command("ip link add here type veth peer name there");
	command("ip link set here address 02:00:00:00:00:01");
	command("ip link set here up");
	settle();
	assert_true(link_find(watch, "here", &link));
	assert_true(link.is_up);
	assert_false(link.has_carrier);
	assert_memory_equal(link.mac, "\x02\0\0\0\0\x01", 6);
	command("ip link set there up");
	settle();
	assert_true(last_of("here")->has_carrier);
	command("ip link set here down");
	command("ip link set here name else");
	settle();
	assert_int_equal(last_of("here")->index, 0);
	assert_false(link_find(watch, "here", &link));
	assert_true(link_find(watch, "else", &link));
	command("ip link del else");
	settle();
	assert_int_equal(last_of("else")->index, 0);
	assert_int_equal(last_of("there")->index, 0);
	link_watch_free(watch);
}

static void links_are_changed(void **state)
{
	struct refusal why;
	struct link link;

	(void)state;
	assert_true(link_ask(&link, "none", &why) < 0);
	assert_int_equal(why.code, REASON_LINK_MISSING);
	command("ip link add one type veth peer name two");
	assert_int_equal(link_ask(&link, "one", &why), 0);
	assert_string_equal(link.kind, "veth");
	assert_int_equal(link_up_set(link.index, true, &why), 0);
	assert_int_equal(link_ask(&link, "one", &why), 0);
	assert_true(link.is_up);
	assert_int_equal(link_remove(link.index, &why), 0);
	assert_true(link_remove(link.index, &why) < 0);
	assert_true(link_ask(&link, "two", &why) < 0);
	assert_int_equal(why.code, REASON_LINK_MISSING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(links_are_changed),
	};
	int failed;

	if (unshare(CLONE_NEWNET)) {
		puts("skip: no right to a network namespace");
		return 0;
	}
	if (sd_event_new(&event) < 0)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	sd_event_unref(event);
	return failed;
}
