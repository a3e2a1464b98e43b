// SPDX-License-Identifier: Apache-2.0
/*
 * Addresses of servers, from a real name server. The program makes namespaces of its
 * own for it, and skips what needs them where it may not.
 */
#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server_link.h"

static sd_event *event;
static pid_t server;

struct told {
	struct server_names *names;
	bool found;
	bool failed;
	size_t count;
	char text[SERVER_ADDRESSES_MAX][64];
	struct refusal why;
};

static void told_found(void *owner, const struct server_address *addresses, size_t count)
{
	struct told *told = owner;
	size_t i;

	assert_false(told->found || told->failed);
	told->found = true;
	told->count = count;
	for (i = 0; i < count; i++) {
		const struct sockaddr_in6 *ipv6 = (const void *)&addresses[i].address;
		const struct sockaddr_in *ipv4 = (const void *)&addresses[i].address;
		bool is_ipv6 = ipv4->sin_family == AF_INET6;
		char host[INET6_ADDRSTRLEN];

		inet_ntop(ipv4->sin_family, is_ipv6 ? (const void *)&ipv6->sin6_addr :
						      (const void *)&ipv4->sin_addr,
			  host, sizeof(host));
		snprintf(told->text[i], sizeof(told->text[i]), "%s %u", host,
			 ntohs(is_ipv6 ? ipv6->sin6_port : ipv4->sin_port));
	}
	server_names_free(told->names);
	told->names = NULL;
}

static void told_failed(void *owner, const struct refusal *why)
{
	struct told *told = owner;

	assert_false(told->found || told->failed);
	told->failed = true;
	told->why = *why;
	server_names_free(told->names);
	told->names = NULL;
}

static const struct server_names_events events = { told_found, told_failed };

static void begin(struct told *told, const char *host, const char *service, uint16_t port)
{
	struct server_names_question question = { host, service, port };
	struct refusal why;

	*told = (struct told){ 0 };
	assert_int_equal(server_names_ask(&told->names, event, &question, &events, told, &why),
			 0);
	assert_false(told->found || told->failed);
}

static struct told ask(const char *host, const char *service, uint16_t port)
{
	struct told told;

	begin(&told, host, service, port);
	site_until(event, told.found || told.failed);
	return told;
}

static bool has(const struct told *told, const char *text)
{
	size_t i;

	for (i = 0; i < told->count; i++)
		if (!strcmp(told->text[i], text))
			return true;
	return false;
}

static void literals(void **state)
{
	struct told told = ask("192.0.2.1", "_sips._tcp", 5061);

	(void)state;
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text[0], "192.0.2.1 5061");
	told = ask("2001:db8::1", NULL, 7);
	assert_string_equal(told.text[0], "2001:db8::1 7");
	told = ask("[2001:db8::2]", NULL, 8);
	assert_string_equal(told.text[0], "2001:db8::2 8");
}

static bool loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool done = ioctl(fd, SIOCSIFFLAGS, &request) == 0;

	close(fd);
	return done;
}

static void name_server_set(const char *address)
{
	FILE *file = fopen("/etc/resolv.conf", "w");

	assert_non_null(file);
	fprintf(file, "nameserver %s\n", address);
	fclose(file);
}

static bool is_listening(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool done = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;

	close(fd);
	return done;
}

static int all_set_up(void **state)
{
	const char *path = site_text("resolv.conf", "");
	int i;

	(void)state;
	if (sd_event_new(&event) < 0)
		return -1;
	if (geteuid() || unshare(CLONE_NEWNET | CLONE_NEWNS) < 0 || !loopback_up() ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(path, "/etc/resolv.conf", NULL, MS_BIND, NULL) < 0) {
		print_message("no namespaces: %s\n", strerror(errno));
		return 0;
	}
	name_server_set("127.0.0.1");
	server = fork();
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execlp("dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
		       "--no-resolv", "--no-hosts", "--listen-address=127.0.0.1", "--user=root",
		       "--bind-interfaces", "--pid-file=", "--log-facility=/dev/null",
		       "--local=/example/",
		       "--host-record=a.example,192.0.2.1,2001:db8::1",
		       "--host-record=b.example,192.0.2.2",
		       "--host-record=two.example,127.0.0.1,::1",
		       "--host-record=plain.example,192.0.2.3",
		       "--srv-host=_sips._tcp.order.example,b.example,7001,10,0",
		       "--srv-host=_sips._tcp.order.example,gone.example,7002,15,0",
		       "--srv-host=_sips._tcp.order.example,a.example,7003,20,0",
		       "--srv-host=_sips._tcp.equal.example,a.example,7001,10,5",
		       "--srv-host=_sips._tcp.equal.example,b.example,7002,10,5",
		       "--srv-host=_sip._tcp.order.example,plain.example,7004",
		       "--srv-host=_sips._tcp.none.example", NULL);
		_exit(127);
	}
	for (i = 0; i < 200 && !is_listening(); i++)
		usleep(20000);
	return is_listening() ? 0 : -1;
}

static int all_clear(void **state)
{
	(void)state;
	if (server > 0) {
		kill(server, SIGTERM);
		waitpid(server, NULL, 0);
	}
	sd_event_unref(event);
	return 0;
}

static void need_server(void)
{
	if (!server)
		skip();
}

static void addresses(void **state)
{
	struct told told;

	(void)state;
	need_server();
	told = ask("a.example", NULL, 5070);
	assert_int_equal(told.count, 2);
	assert_true(has(&told, "192.0.2.1 5070"));
	assert_true(has(&told, "2001:db8::1 5070"));
}

/* By priority; a target without address is passed over. */
static void services(void **state)
{
	struct told told;

	(void)state;
	need_server();
	told = ask("order.example", "_sips._tcp", 5061);
	assert_int_equal(told.count, 3);
	assert_string_equal(told.text[0], "192.0.2.2 7001");
	assert_true(has(&told, "192.0.2.1 7003"));
	assert_true(has(&told, "2001:db8::1 7003"));
	told = ask("order.example", "_sip._tcp", 5060);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text[0], "192.0.2.3 7004");
}

static void services_share(void **state)
{
	unsigned int first = 0, i;
	struct told told;

	(void)state;
	need_server();
	for (i = 0; i < 60; i++) {
		told = ask("equal.example", "_sips._tcp", 5061);
		assert_int_equal(told.count, 3);
		first += !strcmp(told.text[0], "192.0.2.2 7002");
	}
	assert_in_range(first, 5, 55);
}

static void without_services(void **state)
{
	struct told told;

	(void)state;
	need_server();
	told = ask("plain.example", "_sips._tcp", 5061);
	assert_int_equal(told.count, 1);
	assert_string_equal(told.text[0], "192.0.2.3 5061");
	told = ask("none.example", "_sips._tcp", 5061);
	assert_true(told.failed);
	assert_int_equal(told.why.code, REASON_SERVER_UNKNOWN);
	assert_non_null(strstr(told.why.detail, "no such service"));
	told = ask("unknown.example", "_sips._tcp", 5061);
	assert_int_equal(told.why.code, REASON_SERVER_UNKNOWN);
	assert_non_null(strstr(told.why.detail, "unknown.example"));
	told = ask("bad..name", NULL, 5061);
	assert_int_equal(told.why.code, REASON_SERVER_UNKNOWN);
}

/* A name server that does not answer holds up nobody, and the next question may have another. */
static void name_server_silent(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct told told;
	uint64_t start;
	int fd;

	(void)state;
	need_server();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	name_server_set("127.0.0.2");
	start = site_now_ms();
	begin(&told, "a.example", NULL, 5061);
	assert_true(site_now_ms() - start < 500);
	site_run(event, 300);
	assert_false(told.found || told.failed);
	/* Given up in the middle. */
	server_names_free(told.names);
	told = ask("a.example", NULL, 5061);
	assert_int_equal(told.why.code, REASON_SERVER_UNKNOWN);
	assert_in_range(site_now_ms() - start, 2000, 8000);
	name_server_set("127.0.0.1");
	told = ask("a.example", NULL, 5061);
	assert_true(told.found);
	close(fd);
}

/* A link goes through all addresses; the one that is preferred has no server. */

struct link_told {
	unsigned int ups;
	unsigned int failures;
	struct refusal why;
};

static void link_up(void *owner)
{
	struct link_told *told = owner;

	told->ups++;
}

static void link_failed(void *owner, const struct refusal *why)
{
	struct link_told *told = owner;

	told->failures++;
	told->why = *why;
}

static void all_addresses(void **state)
{
	const struct server_link_events link_events = { .up = link_up, .failed = link_failed };
	struct server_link_target target = { .names = { .host = "two.example" }, .connect_s = 3 };
	struct site_server *site;
	struct link_told told = { 0 };
	struct server_link *link;
	struct refusal why;

	(void)state;
	need_server();
	site = site_start(&(struct site_wants){ 0 });
	target.names.port = site->port;
	assert_string_equal(ask("two.example", NULL, 1).text[0], "::1 1");
	assert_int_equal(server_link_new(&link, event, &target, &link_events, &told, &why), 0);
	site_until(event, told.ups || told.failures);
	assert_int_equal(told.ups, 1);
	server_link_free(link);
	site_stop(site);
	assert_int_equal(server_link_new(&link, event, &target, &link_events, &told, &why), 0);
	site_until(event, told.failures);
	site_run(event, 50);
	assert_int_equal(told.failures, 1);
	assert_int_equal(told.why.code, REASON_SERVER_UNREACHABLE);
	server_link_free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals),
		cmocka_unit_test(addresses),
		cmocka_unit_test(services),
		cmocka_unit_test(services_share),
		cmocka_unit_test(without_services),
		cmocka_unit_test(name_server_silent),
		cmocka_unit_test(all_addresses),
	};

	return cmocka_run_group_tests(tests, all_set_up, all_clear);
}
