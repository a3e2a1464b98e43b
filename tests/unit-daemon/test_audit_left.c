// SPDX-License-Identifier: Apache-2.0
/* What the kernel tells of connections, whoever they belong to. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit_left.h"
#include "unit.h"

struct pair {
	int listener;
	int here;
	int there;
	uint16_t local;
	uint16_t remote;
};

static uint16_t port_of(int fd)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);

	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	return ntohs(address.sin_port);
}

static struct pair pair_make(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct pair pair = { .listener = socket(AF_INET, SOCK_STREAM, 0),
		.here = socket(AF_INET, SOCK_STREAM, 0) };

	assert_int_equal(bind(pair.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(pair.listener, 1), 0);
	pair.remote = port_of(pair.listener);
	address.sin_port = htons(pair.remote);
	assert_int_equal(connect(pair.here, (struct sockaddr *)&address, sizeof(address)), 0);
	pair.local = port_of(pair.here);
	pair.there = accept(pair.listener, NULL, NULL);
	assert_true(pair.there >= 0);
	assert_int_equal(write(pair.here, "x", 1), 1);
	return pair;
}

static void pair_end(struct pair *pair)
{
	close(pair->there);
	close(pair->listener);
}

static void open_and_delivered(void **state)
{
	struct pair pair = pair_make();

	(void)state;
	assert_int_equal(audit_left_ask(pair.local, pair.remote), AUDIT_LEFT_MOVING);
	/* The other way round it is the server's end of it. */
	assert_int_equal(audit_left_ask(pair.remote, pair.remote), AUDIT_LEFT_NONE);
	close(pair.here);
	usleep(100000);
	assert_int_equal(audit_left_ask(pair.local, pair.remote), AUDIT_LEFT_DELIVERED);
	pair_end(&pair);
}

/* The server's system has no more room: the kernel still tries when the process is gone. */
static void not_delivered_yet(void **state)
{
	static char bytes[16 * 1024];
	struct pair pair = pair_make();

	(void)state;
	while (send(pair.here, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
	close(pair.here);
	usleep(100000);
	assert_int_equal(audit_left_ask(pair.local, pair.remote), AUDIT_LEFT_MOVING);
	while (recv(pair.there, bytes, sizeof(bytes), 0) > 0)
		;
	usleep(100000);
	assert_int_equal(audit_left_ask(pair.local, pair.remote), AUDIT_LEFT_DELIVERED);
	pair_end(&pair);
}

static void reset(void **state)
{
	struct pair pair = pair_make();

	(void)state;
	/* What is unread makes it a reset. */
	close(pair.there);
	usleep(100000);
	close(pair.here);
	assert_int_equal(audit_left_ask(pair.local, pair.remote), AUDIT_LEFT_NONE);
	close(pair.listener);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_and_delivered),
		cmocka_unit_test(not_delivered_yet),
		cmocka_unit_test(reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
