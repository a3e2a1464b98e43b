// SPDX-License-Identifier: Apache-2.0
/* Captures of calls, seen by their reader. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture.h"
#include "unit.h"

#define MESSAGE(method, call_id) \
	method " sip:1@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\n" \
	"From: <sip:1@b>;tag=1\r\nTo: <sip:2@b>;tag=2\r\nCall-ID: " call_id "\r\n" \
	"CSeq: 1 " method "\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"

static sd_event *event;
static struct captures captures;
static struct call_status call;
static uint32_t ended;
static char record[CAPTURE_RECORD_MAX + 1];

static void on_ended(void *owner, uint32_t number)
{
	assert_ptr_equal(owner, &captures);
	ended = number;
}

static int set_up(void **state)
{
	(void)state;
	captures = (struct captures){ .ended = on_ended, .owner = &captures };
	ended = 0;
	call = (struct call_status){
		.number = 7, .id = "ours@b", .lines_count = 2, .lines = {
			{ .active = true, .local = { 4, { 10, 0, 0, 1 }, 4000, 4001 } },
			{ .active = false, .local = { 4, { 10, 0, 0, 1 }, 4002, 4003 } },
		},
	};
	return sd_event_new(&event) < 0;
}

static int tear_down(void **state)
{
	(void)state;
	captures_clear(&captures);
	sd_event_unref(event);
	return 0;
}

static int begin(unsigned int seconds, struct refusal *why)
{
	int end = -1;

	if (capture_begin(&captures, event, &call, seconds, 42, &end, why))
		return -1;
	return end;
}

static int begun(unsigned int seconds)
{
	struct refusal why;
	int end = begin(seconds, &why);

	assert_true(end >= 0);
	return end;
}

static const char *heard(int end)
{
	ssize_t got = recv(end, record, sizeof(record) - 1, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN ? "nothing" : "an error";
	record[got] = '\0';
	return got ? record : "the end";
}

static void say(enum sip_end from, const char *text)
{
	captures_sip(&captures, from, (struct span){ text, strlen(text) });
}

static void loop_until_ended(void)
{
	for (int i = 0; i < 50 && captures.first; i++)
		assert_true(sd_event_run(event, 100 * 1000) >= 0);
	assert_null(captures.first);
}

static void messages_of_the_call_alone(void **state)
{
	int end = begun(60);

	(void)state;
	assert_true(captures_have(&captures, 7));
	assert_false(captures_have(&captures, 8));
	assert_string_equal(heard(end), "m10.0.0.1:4000\n10.0.0.1:4001\n");
	say(SIP_END_PROGRAM, MESSAGE("BYE", "ours@b"));
	say(SIP_END_FAR, MESSAGE("BYE", "theirs@b"));
	say(SIP_END_FAR, MESSAGE("BYE", "OURS@b"));
	say(SIP_END_FAR, "ours@b");
	say(SIP_END_FAR, MESSAGE("INFO", "ours@b"));
	assert_string_equal(heard(end), ">" MESSAGE("BYE", "ours@b"));
	assert_string_equal(heard(end), "<" MESSAGE("INFO", "ours@b"));
	assert_string_equal(heard(end), "nothing");
	close(end);
}

static void media_when_it_moves(void **state)
{
	int end = begun(60);

	(void)state;
	(void)heard(end);
	captures_media(&captures, &call);
	assert_string_equal(heard(end), "nothing");
	call.lines[0].local.rtcp_port = 0;
	call.lines[1].active = true;
	captures_media(&captures, &call);
	assert_string_equal(heard(end), "m10.0.0.1:4000\n10.0.0.1:4002\n10.0.0.1:4003\n");
	call.number = 8;
	call.lines_count = 0;
	captures_media(&captures, &call);
	assert_string_equal(heard(end), "nothing");
	close(end);
}

static void the_time_ends_it(void **state)
{
	int end = begun(1);

	(void)state;
	(void)heard(end);
	loop_until_ended();
	assert_int_equal(ended, 7);
	assert_string_equal(heard(end), "e" "the time is over");
	assert_string_equal(heard(end), "the end");
	close(end);
}

static void its_reader_ends_it(void **state)
{
	(void)state;
	close(begun(60));
	loop_until_ended();
	assert_int_equal(ended, 7);
}

static void the_call_ends_it_after_its_last_message(void **state)
{
	int end = begun(60);

	(void)state;
	(void)heard(end);
	captures_call_over(&captures, 7);
	/* The number means another call by now. */
	assert_false(captures_have(&captures, 7));
	say(SIP_END_FAR, MESSAGE("BYE", "ours@b"));
	assert_string_equal(heard(end), "<" MESSAGE("BYE", "ours@b"));
	loop_until_ended();
	assert_string_equal(heard(end), "e" "the call is over");
	assert_int_equal(ended, 0);
	close(end);
}

static void what_is_refused(void **state)
{
	struct refusal why;
	int end;

	(void)state;
	assert_int_equal(begin(0, &why), -1);
	assert_int_equal(why.code, REASON_VALUE_INVALID);
	assert_int_equal(begin(CAPTURE_SECONDS_MAX + 1, &why), -1);
	assert_int_equal(why.code, REASON_VALUE_INVALID);
	assert_null(captures.first);
	end = begun(CAPTURE_SECONDS_MAX);
	assert_int_equal(begin(1, &why), -1);
	assert_int_equal(why.code, REASON_CAPTURE_RUNS);
	call.number = 8;
	close(begun(1));
	close(end);
}

static void a_slow_reader_stops_nobody(void **state)
{
	int end = begun(60);
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 5000; i++)
		say(SIP_END_FAR, MESSAGE("INFO", "ours@b"));
	while (strcmp(heard(end), "nothing"))
		count++;
	assert_in_range(count, 2, 4999);
	say(SIP_END_FAR, MESSAGE("BYE", "ours@b"));
	assert_string_equal(heard(end), "<" MESSAGE("BYE", "ours@b"));
	close(end);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(messages_of_the_call_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(media_when_it_moves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_time_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(its_reader_ends_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_call_ends_it_after_its_last_message, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_slow_reader_stops_nobody, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
