// SPDX-License-Identifier: Apache-2.0
/* Every way in which a stream ends, or does not begin. */
#include "stream_ends.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void leave(struct site_call *call)
{
	site_say(call, MESSAGE "OPT", strlen(MESSAGE) + 3);
	if (call->ssl)
		SSL_shutdown(call->ssl);
}

static void leave_rudely(struct site_call *call)
{
	struct linger reset = { .l_onoff = 1 };

	site_say(call, MESSAGE "OPT", strlen(MESSAGE) + 3);
	usleep(50000);
	setsockopt(call->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

static void leave_without_a_word(struct site_call *call)
{
	site_say(call, MESSAGE, strlen(MESSAGE));
}

static void server_ends(void **state)
{
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, leave);
		site_until(loop, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SERVER_CLOSED);
		assert_int_equal(ends.stream.messages, 1);
		assert_non_null(strstr(ends.stream.why.detail, "in the middle of a message"));
		ends_close(&ends);
		ends_open(&ends, secure, leave_rudely);
		site_until(loop, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SERVER_CLOSED);
		assert_non_null(strstr(ends.stream.why.detail, "reset"));
		assert_non_null(strstr(ends.stream.why.detail, "in the middle of a message"));
		ends_close(&ends);
	}
	/* TLS tells a cut connection from one that was closed. */
	ends_open(&ends, true, leave_without_a_word);
	site_until(loop, ends.stream.down);
	assert_non_null(strstr(ends.stream.why.detail, "without a word"));
	ends_close(&ends);
}

static void send_until_refused(struct site_stream *stream)
{
	struct refusal why;
	int err;

	do {
		usleep(50000);
		err = stream_send(stream->stream, (struct span){ MESSAGE, strlen(MESSAGE) },
				  &why);
	} while (!err);
	assert_int_equal(why.code, REASON_SERVER_CLOSED);
	assert_false(stream->down);
}

/* Sending to a server that is gone ends the stream, and not the process. */
static void send_to_nobody(void **state)
{
	struct refusal why;
	struct ends ends;
	int secure, err;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, leave_rudely);
		site_until(loop, ends.stream.messages == 1);
		usleep(100000);
		do {
			err = stream_send(ends.stream.stream,
					  (struct span){ MESSAGE, strlen(MESSAGE) }, &why);
		} while (!err);
		assert_int_equal(why.code, REASON_SERVER_CLOSED);
		assert_false(ends.stream.down);
		site_until(loop, ends.stream.down);
		ends_close(&ends);
		/* The first answers an end with bytes; the second is where SIGPIPE would come. */
		ends_open(&ends, secure, leave_without_a_word);
		ends.stream.on_message = send_until_refused;
		site_until(loop, ends.stream.down);
		ends_close(&ends);
	}
}

static void nobody_there(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ 0 });
	struct site_server gone = { .port = server->port };
	struct site_stream stream = { 0 };

	(void)state;
	site_stop(server);
	if (!site_connect(&stream, loop, &gone, NULL, "cucm.example", 0))
		site_until(loop, stream.down);
	assert_int_equal(stream.why.code, REASON_SERVER_UNREACHABLE);
	assert_non_null(strstr(stream.why.detail, "127.0.0.1:"));
	assert_non_null(strstr(stream.why.detail, "refused"));
}

static void no_handshake(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ .serve = wait_for_end });
	struct site_stream stream = { 0 };
	uint64_t start = site_now_ms();

	(void)state;
	assert_int_equal(site_connect(&stream, loop, server, tls, "cucm.example", 0), 0);
	site_until(loop, stream.down);
	assert_int_equal(stream.why.code, REASON_SERVER_SILENT);
	assert_in_range(site_now_ms() - start, 2900, 4000);
	site_stop(server);
}

/* Closing from within every call. */

static void close_now(struct site_stream *stream)
{
	stream_close(stream->stream);
}

static void close_up(void *owner)
{
	struct site_stream *stream = owner;

	stream->up = true;
	close_now(stream);
}

static void close_pong(void *owner)
{
	struct site_stream *stream = owner;

	stream->pongs++;
	close_now(stream);
}

static void close_down(void *owner, const struct refusal *why)
{
	struct site_stream *stream = owner;

	stream->down = true;
	stream->why = *why;
	close_now(stream);
}

static void close_from_within(void **state)
{
	struct stream_events on_up = site_stream_events, on_pong = site_stream_events;
	struct stream_events on_down = site_stream_events;
	struct site_stream stream = { 0 };
	struct site_server *server;
	struct refusal why;
	struct ends ends;
	int secure;

	(void)state;
	on_up.up = close_up;
	on_pong.pong = close_pong;
	on_down.down = close_down;
	for (secure = 0; secure < 2; secure++) {
		server = site_start(&(struct site_wants){ .identity = secure ? &cucm : NULL });
		ends_connect(&stream, server, secure, &on_up);
		site_until(loop, stream.up);
		stream = (struct site_stream){ 0 };
		ends_connect(&stream, server, secure, &on_pong);
		assert_int_equal(stream_ping(stream.stream, &why), 0);
		site_until(loop, stream.pongs == 1);
		stream = (struct site_stream){ 0 };
		site_stop(server);
		server = site_start(&(struct site_wants){ .identity = secure ? &cucm : NULL,
							  .serve = leave_rudely });
		ends_connect(&stream, server, secure, &on_down);
		site_until(loop, stream.down);
		free(stream.text);
		stream = (struct site_stream){ 0 };
		site_stop(server);
		/* With more messages waiting behind the one that is looked at. */
		ends_open(&ends, secure, say_many);
		ends.stream.on_message = close_now;
		site_until(loop, ends.stream.messages);
		site_run(loop, 50);
		assert_int_equal(ends.stream.messages, 1);
		assert_false(ends.stream.down);
		ends.stream.stream = NULL;
		ends_close(&ends);
	}
}

static void answer_and_close(struct site_stream *stream)
{
	struct refusal why;

	stream_send(stream->stream, (struct span){ MESSAGE, strlen(MESSAGE) }, &why);
	stream_close(stream->stream);
	stream->stream = NULL;
}

static atomic_int heard, orderly;

static void say_and_hear_all(struct site_call *call)
{
	char data[512];
	int len;

	site_say(call, MESSAGE, strlen(MESSAGE));
	while ((len = site_hear(call, data, sizeof(data))) > 0)
		atomic_fetch_add(&heard, len);
	if (len == 0 && (!call->ssl || SSL_get_error(call->ssl, 0) == SSL_ERROR_ZERO_RETURN))
		atomic_fetch_add(&orderly, 1);
}

/* What was queued arrives, and then an end in order. */
static void close_in_order(void **state)
{
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		atomic_store(&heard, 0);
		atomic_store(&orderly, 0);
		ends_open(&ends, secure, say_and_hear_all);
		ends.stream.on_message = answer_and_close;
		site_until(loop, atomic_load(&orderly) == 1);
		assert_int_equal(atomic_load(&heard), strlen(MESSAGE));
		ends_close(&ends);
	}
}

/* A child connects from the port and is killed; the port is ours again at once. */
static void port_after_a_kill(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = &cucm });
	struct site_stream stream = { 0 };
	uint16_t port = site_port_free();
	int pipes[2], status;
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (!child) {
		sd_event *own;

		if (sd_event_new(&own) < 0 ||
		    site_connect(&stream, own, server, tls, "cucm.example", port))
			_exit(1);
		while (!stream.up && !stream.down)
			sd_event_run(own, 10000);
		if (write(pipes[1], "u", stream.facts.local.port == port) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	close(pipes[0]);
	assert_int_equal(site_connect(&stream, loop, server, tls, "cucm.example", port), 0);
	site_until(loop, stream.up);
	assert_int_equal(stream.facts.local.port, port);
	assert_int_equal(atomic_load(&server->reset), 1);
	site_stream_clear(&stream);
	site_stop(server);
}

/* Connections to two servers share the port; of two to the same server, one has any other. */
static void port_taken(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = &cucm });
	struct site_server *other = site_start(&(struct site_wants){ 0 });
	struct site_stream first = { 0 }, second = { 0 }, third = { 0 };
	uint16_t port = site_port_free();

	(void)state;
	assert_int_equal(site_connect(&first, loop, server, tls, "cucm.example", port), 0);
	site_until(loop, first.up);
	assert_int_equal(first.facts.local.port, port);
	assert_int_equal(site_connect(&second, loop, server, NULL, "cucm.example", port), 0);
	site_until(loop, second.up);
	assert_int_not_equal(second.facts.local.port, port);
	assert_int_equal(site_connect(&third, loop, other, NULL, "cucm.example", port), 0);
	site_until(loop, third.up);
	assert_int_equal(third.facts.local.port, port);
	site_stream_clear(&third);
	site_stop(other);
	site_stream_clear(&second);
	site_stream_clear(&first);
	site_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_ends),
		cmocka_unit_test(send_to_nobody),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(no_handshake),
		cmocka_unit_test(close_from_within),
		cmocka_unit_test(close_in_order),
		cmocka_unit_test(port_after_a_kill),
		cmocka_unit_test(port_taken),
	};

	return cmocka_run_group_tests(tests, ends_set_up, ends_clear);
}
