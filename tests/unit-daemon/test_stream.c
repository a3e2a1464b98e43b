// SPDX-License-Identifier: Apache-2.0
/* SIP messages over one connection, whole or in pieces. */
#include "stream_ends.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: %zu\r\n\r\n"

enum { BODY = 65536 };

static void many_in_one_segment(void **state)
{
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, say_many);
		site_until(loop, ends.stream.messages == MESSAGES);
		assert_int_equal(ends.stream.text_len, MESSAGES * strlen(MESSAGE));
		assert_memory_equal(ends.stream.text + ends.stream.text_len - strlen(MESSAGE),
				    MESSAGE, strlen(MESSAGE));
		ends_close(&ends);
	}
}

static unsigned int saying;

static void say_a_lot(struct site_call *call)
{
	say_times(call, saying);
}

static void sleep_up(void *owner)
{
	(void)owner;
	usleep(50000);
}

/* More than one turn reads; what TLS has decrypted by its end is read in the next one. */
static void rest_of_a_record(void **state)
{
	struct stream_events events = site_stream_events;
	struct site_stream stream = { 0 };
	struct site_server *server;

	(void)state;
	events.up = sleep_up;
	for (saying = 2500; saying < 6000; saying += 100) {
		server = site_start(&(struct site_wants){ .identity = &cucm,
							  .serve = say_a_lot });
		ends_connect(&stream, server, true, &events);
		site_until(loop, stream.messages == saying);
		site_stream_clear(&stream);
		site_stop(server);
	}
}

static void say_bytes(struct site_call *call)
{
	size_t i;

	for (i = 0; i < strlen(MESSAGE); i++) {
		site_say(call, &MESSAGE[i], 1);
		usleep(500);
	}
	wait_for_end(call);
}

static void one_in_many_segments(void **state)
{
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, say_bytes);
		site_until(loop, ends.stream.messages == 1);
		assert_int_equal(ends.stream.text_len, strlen(MESSAGE));
		ends_close(&ends);
	}
}

/* Both ways, and queued before there is a connection. */
static void largest(void **state)
{
	char *text = malloc(BODY + 100);
	struct refusal why;
	struct ends ends;
	int secure, i;
	size_t len;

	(void)state;
	len = (size_t)sprintf(text, HEAD, (size_t)BODY);
	memset(text + len, 'x', BODY);
	len += BODY;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, NULL);
		for (i = 0; i < 3; i++)
			assert_int_equal(stream_send(ends.stream.stream,
						     (struct span){ text, len }, &why), 0);
		site_until(loop, ends.stream.messages == 3);
		assert_int_equal(ends.stream.text_len, 3 * len);
		assert_memory_equal(ends.stream.text + 2 * len, text, len);
		ends_close(&ends);
	}
	free(text);
}

static void pings(void **state)
{
	struct refusal why;
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, NULL);
		assert_int_equal(stream_ping(ends.stream.stream, &why), 0);
		site_until(loop, ends.stream.pongs == 1);
		ends_send(&ends, MESSAGE);
		site_until(loop, ends.stream.messages == 1);
		ends_close(&ends);
	}
}

static atomic_bool pong_came;

/* The server pings, in two pieces, and a message follows the pong. */
static void ping_us(struct site_call *call)
{
	char data[4] = "";

	site_say(call, "\r\n", 2);
	usleep(20000);
	site_say(call, "\r\n", 2);
	if (site_hear(call, data, sizeof(data)) == 2 && !memcmp(data, "\r\n", 2))
		atomic_store(&pong_came, true);
	site_say(call, "\r\n" MESSAGE, 2 + strlen(MESSAGE));
	wait_for_end(call);
}

static void pings_of_the_server(void **state)
{
	struct ends ends;

	(void)state;
	ends_open(&ends, true, ping_us);
	site_until(loop, ends.stream.messages == 1);
	assert_true(atomic_load(&pong_came));
	assert_int_equal(ends.stream.pongs, 0);
	ends_close(&ends);
}

static void say_nonsense(struct site_call *call)
{
	static const char text[] = MESSAGE "OPTIONS sip:a@b SIP/2.0\r\n\r\n" MESSAGE;

	site_say(call, text, strlen(text));
	wait_for_end(call);
}

static void framing_refused(void **state)
{
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, say_nonsense);
		site_until(loop, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SIP_LENGTH_MISSING);
		assert_int_equal(ends.stream.messages, 1);
		ends_close(&ends);
	}
}

static void queue_cap(void **state)
{
	struct refusal why = { 0 };
	char *text = calloc(1, 65536);
	size_t sent = 0;
	struct ends ends;
	int secure, err;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, wait_for_end);
		site_until(loop, ends.stream.up);
		do {
			err = stream_send(ends.stream.stream, (struct span){ text, 65536 }, &why);
			sent += 65536;
			assert_true(sent < 64 * STREAM_QUEUE_MAX);
		} while (!err);
		assert_int_equal(err, -ENOBUFS);
		assert_int_equal(why.code, REASON_SERVER_SLOW);
		assert_true(sent > STREAM_QUEUE_MAX);
		/* It was cut off, which is told when nobody is sending any more. */
		assert_false(ends.stream.down);
		assert_int_equal(stream_send(ends.stream.stream, (struct span){ text, 1 }, &why),
				 -ENOBUFS);
		site_until(loop, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SERVER_SLOW);
		ends_close(&ends);
	}
	free(text);
}

static void accepted(void **state)
{
	struct site_stream stream = { 0 };
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int listener, program;
	struct refusal why;
	char data[128];

	(void)state;
	listener = socket(AF_INET, SOCK_STREAM, 0);
	program = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&address, &len);
	assert_int_equal(connect(program, (struct sockaddr *)&address, len), 0);
	assert_int_equal(stream_accept(&stream.stream, loop, accept(listener, NULL, NULL),
				       &site_stream_events, &stream, &why), 0);
	assert_int_equal(send(program, MESSAGE, strlen(MESSAGE), 0), (int)strlen(MESSAGE));
	site_until(loop, stream.messages == 1);
	assert_false(stream.up);
	assert_int_equal(stream_send(stream.stream, (struct span){ MESSAGE, strlen(MESSAGE) },
				     &why), 0);
	assert_int_equal(recv(program, data, sizeof(data), 0), (int)strlen(MESSAGE));
	close(program);
	site_until(loop, stream.down);
	assert_int_equal(stream.why.code, REASON_SERVER_CLOSED);
	close(listener);
	free(stream.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_in_one_segment),
		cmocka_unit_test(rest_of_a_record),
		cmocka_unit_test(one_in_many_segments),
		cmocka_unit_test(largest),
		cmocka_unit_test(pings),
		cmocka_unit_test(pings_of_the_server),
		cmocka_unit_test(framing_refused),
		cmocka_unit_test(queue_cap),
		cmocka_unit_test(accepted),
	};

	return cmocka_run_group_tests(tests, ends_set_up, ends_clear);
}
