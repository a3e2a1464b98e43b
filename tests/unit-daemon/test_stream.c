// SPDX-License-Identifier: Apache-2.0
/* SIP messages over one connection, whole or in pieces, and every way in which it ends. */
#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: %zu\r\n\r\n"
#define MESSAGE "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\nbody"

enum { MESSAGES = 500, BODY = 65536 };

static sd_event *event;
static struct site_identity authority, good;
static struct tls *tls;

static int all_set_up(void **state)
{
	struct settings settings = site_settings();
	struct refusal why = { 0 };
	struct trust *trust;

	(void)state;
	authority = site_issue(&(struct site_wish){ .name = "Authority", .is_authority = true });
	good = site_issue(&(struct site_wish){ .name = "cucm.example", .issuer = &authority });
	strcpy(settings.anchors, site_write("authority.pem", &authority, false));
	settings.oauth = true;
	if (trust_load(&trust, &settings, &why) || tls_new(&tls, &settings, trust, NULL, &why))
		fail_msg("%s", why.detail);
	trust_free(trust);
	return sd_event_new(&event) < 0;
}

static int all_clear(void **state)
{
	(void)state;
	tls_free(tls);
	site_identity_free(&authority);
	site_identity_free(&good);
	sd_event_unref(event);
	return 0;
}

/* A server of both kinds after the other, and a connection to each. */
struct ends {
	struct site_server *server;
	struct site_stream stream;
};

static void ends_open(struct ends *ends, bool secure, void (*serve)(struct site_call *call))
{
	*ends = (struct ends){ 0 };
	ends->server = site_start(&(struct site_wants){ .identity = secure ? &good : NULL,
							.serve = serve });
	assert_int_equal(site_connect(&ends->stream, event, ends->server, secure ? tls : NULL,
				      "cucm.example", 0), 0);
}

static void ends_close(struct ends *ends)
{
	site_stream_clear(&ends->stream);
	site_stop(ends->server);
}

static void send_text(struct ends *ends, const char *text)
{
	struct refusal why;

	assert_int_equal(stream_send(ends->stream.stream, (struct span){ text, strlen(text) },
				     &why), 0);
}

static void connect_with(struct site_stream *stream, struct site_server *server, bool secure,
			 const struct stream_events *events)
{
	struct stream_target target = { .address_len = sizeof(struct sockaddr_in), .timeout_s = 3,
					.server = "cucm.example", .tls = secure ? tls : NULL };
	struct sockaddr_in *address = (struct sockaddr_in *)&target.address;
	struct refusal why;

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(server->port),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(stream_connect(&stream->stream, event, &target, events, stream, &why), 0);
}

static void wait_for_end(struct site_call *call)
{
	struct pollfd poll_fd = { .fd = call->fd, .events = POLLRDHUP };

	poll(&poll_fd, 1, 10000);
}

static void say_times(struct site_call *call, size_t times)
{
	size_t len = strlen(MESSAGE), i;
	char *all = malloc(times * len);

	for (i = 0; i < times; i++)
		memcpy(all + i * len, MESSAGE, len);
	site_say(call, all, times * len);
	free(all);
	wait_for_end(call);
}

static void say_many(struct site_call *call)
{
	say_times(call, MESSAGES);
}

static void many_in_one_segment(void **state)
{
	struct ends ends;
	int secure;

	(void)state;
	for (secure = 0; secure < 2; secure++) {
		ends_open(&ends, secure, say_many);
		site_until(event, ends.stream.messages == MESSAGES);
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
		server = site_start(&(struct site_wants){ .identity = &good,
							  .serve = say_a_lot });
		connect_with(&stream, server, true, &events);
		site_until(event, stream.messages == saying);
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
		site_until(event, ends.stream.messages == 1);
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
		site_until(event, ends.stream.messages == 3);
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
		site_until(event, ends.stream.pongs == 1);
		send_text(&ends, MESSAGE);
		site_until(event, ends.stream.messages == 1);
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
	site_until(event, ends.stream.messages == 1);
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
		site_until(event, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SIP_LENGTH_MISSING);
		assert_int_equal(ends.stream.messages, 1);
		ends_close(&ends);
	}
}

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
		site_until(event, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SERVER_CLOSED);
		assert_int_equal(ends.stream.messages, 1);
		assert_non_null(strstr(ends.stream.why.detail, "in the middle of a message"));
		ends_close(&ends);
		ends_open(&ends, secure, leave_rudely);
		site_until(event, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SERVER_CLOSED);
		assert_non_null(strstr(ends.stream.why.detail, "reset"));
		assert_non_null(strstr(ends.stream.why.detail, "in the middle of a message"));
		ends_close(&ends);
	}
	/* TLS tells a cut connection from one that was closed. */
	ends_open(&ends, true, leave_without_a_word);
	site_until(event, ends.stream.down);
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
		site_until(event, ends.stream.messages == 1);
		usleep(100000);
		do {
			err = stream_send(ends.stream.stream,
					  (struct span){ MESSAGE, strlen(MESSAGE) }, &why);
		} while (!err);
		assert_int_equal(why.code, REASON_SERVER_CLOSED);
		assert_false(ends.stream.down);
		site_until(event, ends.stream.down);
		ends_close(&ends);
		/* The first answers an end with bytes; the second is where SIGPIPE would come. */
		ends_open(&ends, secure, leave_without_a_word);
		ends.stream.on_message = send_until_refused;
		site_until(event, ends.stream.down);
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
		site_until(event, ends.stream.up);
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
		site_until(event, ends.stream.down);
		assert_int_equal(ends.stream.why.code, REASON_SERVER_SLOW);
		ends_close(&ends);
	}
	free(text);
}

static void nobody_there(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ 0 });
	struct site_server gone = { .port = server->port };
	struct site_stream stream = { 0 };

	(void)state;
	site_stop(server);
	if (!site_connect(&stream, event, &gone, NULL, "cucm.example", 0))
		site_until(event, stream.down);
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
	assert_int_equal(site_connect(&stream, event, server, tls, "cucm.example", 0), 0);
	site_until(event, stream.down);
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
		server = site_start(&(struct site_wants){ .identity = secure ? &good : NULL });
		connect_with(&stream, server, secure, &on_up);
		site_until(event, stream.up);
		stream = (struct site_stream){ 0 };
		connect_with(&stream, server, secure, &on_pong);
		assert_int_equal(stream_ping(stream.stream, &why), 0);
		site_until(event, stream.pongs == 1);
		stream = (struct site_stream){ 0 };
		site_stop(server);
		server = site_start(&(struct site_wants){ .identity = secure ? &good : NULL,
							  .serve = leave_rudely });
		connect_with(&stream, server, secure, &on_down);
		site_until(event, stream.down);
		free(stream.text);
		stream = (struct site_stream){ 0 };
		site_stop(server);
		/* With more messages waiting behind the one that is looked at. */
		ends_open(&ends, secure, say_many);
		ends.stream.on_message = close_now;
		site_until(event, ends.stream.messages);
		site_run(event, 50);
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
		site_until(event, atomic_load(&orderly) == 1);
		assert_int_equal(atomic_load(&heard), strlen(MESSAGE));
		ends_close(&ends);
	}
}

static uint16_t port_free(void)
{
	struct site_server *server = site_start(&(struct site_wants){ 0 });
	uint16_t port = server->port;

	site_stop(server);
	return port;
}

/* A child connects from the port and is killed; the port is ours again at once. */
static void port_after_a_kill(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good });
	struct site_stream stream = { 0 };
	uint16_t port = port_free();
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
	assert_int_equal(site_connect(&stream, event, server, tls, "cucm.example", port), 0);
	site_until(event, stream.up);
	assert_int_equal(stream.facts.local.port, port);
	assert_int_equal(atomic_load(&server->reset), 1);
	site_stream_clear(&stream);
	site_stop(server);
}

/* Connections to two servers share the port; of two to the same server, one has any other. */
static void port_taken(void **state)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = &good });
	struct site_server *other = site_start(&(struct site_wants){ 0 });
	struct site_stream first = { 0 }, second = { 0 }, third = { 0 };
	uint16_t port = port_free();

	(void)state;
	assert_int_equal(site_connect(&first, event, server, tls, "cucm.example", port), 0);
	site_until(event, first.up);
	assert_int_equal(first.facts.local.port, port);
	assert_int_equal(site_connect(&second, event, server, NULL, "cucm.example", port), 0);
	site_until(event, second.up);
	assert_int_not_equal(second.facts.local.port, port);
	assert_int_equal(site_connect(&third, event, other, NULL, "cucm.example", port), 0);
	site_until(event, third.up);
	assert_int_equal(third.facts.local.port, port);
	site_stream_clear(&third);
	site_stop(other);
	site_stream_clear(&second);
	site_stream_clear(&first);
	site_stop(server);
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
	assert_int_equal(stream_accept(&stream.stream, event, accept(listener, NULL, NULL),
				       &site_stream_events, &stream, &why), 0);
	assert_int_equal(send(program, MESSAGE, strlen(MESSAGE), 0), (int)strlen(MESSAGE));
	site_until(event, stream.messages == 1);
	assert_false(stream.up);
	assert_int_equal(stream_send(stream.stream, (struct span){ MESSAGE, strlen(MESSAGE) },
				     &why), 0);
	assert_int_equal(recv(program, data, sizeof(data), 0), (int)strlen(MESSAGE));
	close(program);
	site_until(event, stream.down);
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
		cmocka_unit_test(server_ends),
		cmocka_unit_test(send_to_nobody),
		cmocka_unit_test(queue_cap),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(no_handshake),
		cmocka_unit_test(close_from_within),
		cmocka_unit_test(close_in_order),
		cmocka_unit_test(port_after_a_kill),
		cmocka_unit_test(port_taken),
		cmocka_unit_test(accepted),
	};

	return cmocka_run_group_tests(tests, all_set_up, all_clear);
}
