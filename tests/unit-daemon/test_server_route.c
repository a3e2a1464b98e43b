// SPDX-License-Identifier: Apache-2.0
/* Where each kind of server is, and how long one that failed is left alone. */
#include "site.h"

#include "servers_impl.h"

static void waits(void **state)
{
	struct server server = { 0 };
	uint64_t wait_s, first, wait;
	bool differ = false;
	int i;

	(void)state;
	for (server.failures = 1, wait_s = 1; server.failures < 100; server.failures++) {
		first = server_wait_us(&server);
		for (i = 0; i < 20; i++) {
			wait = server_wait_us(&server);
			differ |= wait != first;
			assert_in_range(wait, wait_s * 500000, wait_s * 1000000);
		}
		wait_s = wait_s * 2 > 60 ? 60 : wait_s * 2;
	}
	assert_true(differ);
	server.failures = 1;
	server.rejects = 1;
	assert_in_range(server_wait_us(&server), 30000000, 60000000);
	server.rejects = 100;
	assert_in_range(server_wait_us(&server), 32 * 30000000ULL, 32 * 60000000ULL);
}

/* Ports and SRV records of every kind of server. */
static void routes(void **state)
{
	struct settings settings = site_settings();
	struct server_route route, before;

	(void)state;
	strcpy(settings.servers[0].host, "cucm.example");
	strcpy(settings.srst.host, "router.example");
	server_route(&route, &settings, SERVER_PRIMARY);
	assert_int_equal(route.port, 5061);
	assert_string_equal(route.service, "_sips._tcp");
	settings.servers[0].port = 7000;
	server_route(&route, &settings, SERVER_PRIMARY);
	assert_int_equal(route.port, 7000);
	assert_null(route.service);
	settings.servers[0].port = 0;
	before = route;
	settings.oauth = true;
	server_route(&route, &settings, SERVER_PRIMARY);
	/* A connection that a certificate was shown on is none for tokens, whatever its port. */
	route.port = before.port;
	route.service = before.service;
	assert_false(server_route_equal(&before, &route));
	server_route(&route, &settings, SERVER_PRIMARY);
	assert_int_equal(route.port, 5090);
	assert_null(route.service);
	settings.oauth = false;
	settings.profile = PROFILE_NONSECURE;
	server_route(&route, &settings, SERVER_PRIMARY);
	assert_int_equal(route.port, 5060);
	assert_string_equal(route.service, "_sip._tcp");
	assert_false(route.is_secure);
	server_route(&route, &settings, SERVER_SRST);
	assert_int_equal(route.port, 5060);
	settings.profile = PROFILE_AUTHENTICATED;
	server_route(&route, &settings, SERVER_SRST);
	assert_string_equal(route.server.host, "");
	settings.srst_secure = true;
	strcpy(settings.srst_certificate, "x.pem");
	server_route(&route, &settings, SERVER_SRST);
	assert_int_equal(route.port, 5061);
	assert_string_equal(route.pinned, "x.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits),
		cmocka_unit_test(routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
