// SPDX-License-Identifier: Apache-2.0
/* The trust verification service against a server that does what it is told (tvs_server.py). */
#include "trust_site.h"

#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "servers.h"
#include "verify_service.h"
#include "vouched.h"

static sd_event *turns;

static int set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	return trust_site_set_up(state) || sd_event_new(&turns) < 0;
}

static int clear(void **state)
{
	sd_event_unref(turns);
	return trust_site_clear(state);
}

/* A server: a process, and pipes to and from it. */
struct tvs {
	pid_t pid;
	FILE *orders;
	FILE *answers;
	uint16_t port;
};

static void tvs_exec(const struct site_identity *shown)
{
	const char *file = site_write("tvs-server.pem", shown, true);
	const char *clients = site_write("tvs-clients.pem", &capf, false);

	execlp("python3", "python3", "../site/tvs_server.py", "--certificate", file, "--key", file,
	       "--clients", clients, NULL);
	_exit(127);
}

static struct tvs tvs_start(const struct site_identity *shown)
{
	int to[2], from[2];
	struct tvs tvs = { 0 };
	unsigned int port;

	site_path("made");
	assert_int_equal(pipe2(to, O_CLOEXEC) | pipe2(from, O_CLOEXEC), 0);
	tvs.pid = fork();
	if (!tvs.pid) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		close(to[1]);
		tvs_exec(shown);
	}
	close(to[0]);
	close(from[1]);
	tvs.orders = fdopen(to[1], "w");
	tvs.answers = fdopen(from[0], "r");
	assert_int_equal(fscanf(tvs.answers, "port %u", &port), 1);
	assert_int_equal(getc(tvs.answers), '\n');
	tvs.port = (uint16_t)port;
	return tvs;
}

static void tvs_stop(struct tvs *tvs)
{
	fclose(tvs->orders);
	fclose(tvs->answers);
	assert_int_equal(waitpid(tvs->pid, NULL, 0), tvs->pid);
}

/* Gives orders; what the server was asked so far, the caller's. */
static json_t *tvs_order(struct tvs *tvs, const char *orders)
{
	char line[65536];
	json_t *told, *asked;

	fprintf(tvs->orders, "%s\n", orders);
	fflush(tvs->orders);
	assert_non_null(fgets(line, sizeof(line), tvs->answers));
	told = json_loads(line, 0, NULL);
	assert_non_null(told);
	asked = json_incref(json_object_get(told, "asked"));
	json_decref(told);
	return asked;
}

static size_t tvs_behave(struct tvs *tvs, const char *behave)
{
	char orders[64];
	json_t *asked;
	size_t count;

	snprintf(orders, sizeof(orders), "{\"behave\": \"%s\"}", behave);
	asked = tvs_order(tvs, orders);
	count = json_array_size(asked);
	json_decref(asked);
	return count;
}

static void tvs_know(struct tvs *tvs, const struct site_identity *known, const char *roles)
{
	char orders[512];

	snprintf(orders, sizeof(orders), "{\"know\": \"%s:%s:3600\"}",
		 site_write("tvs-known.pem", known, false), roles);
	json_decref(tvs_order(tvs, orders));
}

/* What was told, and how often. */
struct told {
	struct refusal why;
	int count;
};

static void on_answer(void *owner, const struct refusal *why)
{
	struct told *told = owner;

	told->why = *why;
	told->count++;
}

/* A phone with the site's list, and servers at these ports. */
static struct settings phone(uint16_t port, uint16_t second)
{
	struct settings settings = trust_site_settings();

	list_begin(&settings);
	settings.connect_s = 2;
	strcpy(settings.product, "8841");
	strcpy(settings.lsc.certificate, site_write("tvs-lsc.pem", &capf, true));
	strcpy(settings.tvs[0].host, port ? "127.0.0.1" : "");
	settings.tvs[0].port = port;
	strcpy(settings.tvs[1].host, second ? "localhost" : "");
	settings.tvs[1].port = second;
	return settings;
}

static struct verify_service *service_new(const struct settings *settings)
{
	struct verify_service *service;
	struct refusal why;

	assert_int_equal(verify_service_new(&service, turns, settings, &why), 0);
	return service;
}

static enum reason_code ask_with(struct verify_service *service,
				 const struct site_identity *identity, enum trust_use use)
{
	struct told told = { 0 };

	if (verify_service_ask(service, identity->certificate, use, on_answer, &told, &told.why))
		return told.why.code;
	assert_int_equal(told.count, 0);
	site_until(turns, told.count);
	assert_int_equal(told.count, 1);
	last_why = told.why;
	return told.why.code;
}

static enum reason_code query_with(struct verify_service *service,
				   const struct site_identity *identity, enum trust_use use)
{
	static const struct octets name = { (const uint8_t *)"CN=Stranger;OU=x", 16 };
	const ASN1_INTEGER *number = X509_get0_serialNumber(identity->certificate);
	struct octets serial = { ASN1_STRING_get0_data(number),
				 (size_t)ASN1_STRING_length(number) };
	struct told told = { 0 };

	assert_int_equal(verify_service_query(service, name, name, serial, use, on_answer, &told,
					      &told.why), 0);
	site_until(turns, told.count);
	last_why = told.why;
	return told.why.code;
}

static bool is_vouched_for(const struct settings *settings, const struct site_identity *identity)
{
	struct vouched vouched;
	struct refusal why;
	bool found = false;

	assert_int_equal(vouched_load(&vouched, settings, &why), 0);
	for (size_t i = 0; i < vouched.count; i++)
		found |= !X509_cmp(vouched.list[i].certificate, identity->certificate);
	vouched_clear(&vouched);
	return found;
}

static const char *asked_word(json_t *asked, size_t index, const char *name)
{
	return json_string_value(json_object_get(json_array_get(asked, index), name));
}

static void yes(void **state)
{
	struct tvs tvs = tvs_start(&verifier);
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);
	const struct verify_server *server = verify_service_server(service, 0);
	json_t *asked;

	(void)state;
	tvs_know(&tvs, &outsider, "1,7");
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_NONE);
	assert_true(is_vouched_for(&settings, &outsider));
	assert_int_equal(server->answered, 1);
	assert_int_equal(server->last.code, REASON_NONE);
	assert_true(server->latency_ms > 0 && server->answered_at);
	/* Known already, so that nobody is asked. */
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_WEB), REASON_NONE);
	asked = tvs_order(&tvs, "{}");
	assert_int_equal(json_array_size(asked), 1);
	assert_string_equal(asked_word(asked, 0, "device"), "\001CP-8841-SEP001122334455");
	assert_string_equal(asked_word(asked, 0, "client"), "CN=CAPF,O=Site");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(asked, 0), "session")),
			 0x3E9);
	json_decref(asked);
	assert_null(verify_service_server(service, 1));
	verify_service_free(service);
	tvs_stop(&tvs);
}

static void no(void **state)
{
	struct tvs tvs = tvs_start(&verifier), other = tvs_start(&verifier);
	struct settings settings = phone(tvs.port, other.port);
	struct verify_service *service = service_new(&settings);

	(void)state;
	tvs_know(&other, &outsider, "1");
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_VERIFY_NO);
	assert_non_null(strstr(last_why.detail, "CN=Stranger"));
	assert_false(is_vouched_for(&settings, &outsider));
	assert_int_equal(verify_service_server(service, 0)->last.code, REASON_NONE);
	/* For a while it is not asked again, of this use. */
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_VERIFY_NO);
	assert_int_equal(tvs_behave(&tvs, "answer"), 1);
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CAPF), REASON_VERIFY_NO);
	assert_int_equal(tvs_behave(&tvs, "answer"), 2);
	/* Other settings or lists, and it is. */
	tvs_know(&tvs, &outsider, "1");
	verify_service_reload(service, &settings);
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_NONE);
	/* A "no" is an answer: the second server was never asked. */
	assert_int_equal(tvs_behave(&other, "answer"), 0);
	verify_service_free(service);
	tvs_stop(&tvs);
	tvs_stop(&other);
}

static void wrong_roles(void **state)
{
	struct tvs tvs = tvs_start(&verifier);
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);

	(void)state;
	tvs_know(&tvs, &outsider, "7");
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_VERIFY_ROLE);
	tvs_know(&tvs, &web, "");
	assert_int_equal(ask_with(service, &web, TRUST_USE_CALL_MANAGER), REASON_VERIFY_ROLE);
	assert_false(is_vouched_for(&settings, &outsider));
	verify_service_free(service);
	tvs_stop(&tvs);
}

/* Whatever it answers that is none, the next server is asked, or nobody is believed. */
static void bad_answers(void **state)
{
	static const char *const faults[] = { "garbage", "huge", "session", "command", "version",
					      "cut", "statusless" };
	struct tvs tvs = tvs_start(&verifier), other = tvs_start(&verifier);
	struct settings alone = phone(tvs.port, 0), both = phone(tvs.port, other.port);
	struct verify_service *service = service_new(&alone);

	(void)state;
	tvs_know(&tvs, &outsider, "1");
	tvs_know(&other, &web, "1");
	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		tvs_behave(&tvs, faults[i]);
		verify_service_reload(service, &alone);
		if (ask_with(service, &outsider, TRUST_USE_CALL_MANAGER) != REASON_VERIFY_ANSWER)
			fail_msg("%s: %s", faults[i], last_why.detail);
		assert_int_equal(verify_service_server(service, 0)->last.code,
				 REASON_VERIFY_ANSWER);
		assert_false(is_vouched_for(&alone, &outsider));
	}
	tvs_behave(&tvs, "session");
	verify_service_reload(service, &both);
	assert_int_equal(ask_with(service, &web, TRUST_USE_CALL_MANAGER), REASON_NONE);
	assert_int_equal(verify_service_server(service, 0)->last.code, REASON_VERIFY_ANSWER);
	assert_int_equal(verify_service_server(service, 1)->answered, 1);
	verify_service_free(service);
	tvs_stop(&tvs);
	tvs_stop(&other);
}

static void unreachable(void **state)
{
	struct tvs gone = tvs_start(&verifier), tvs = tvs_start(&verifier);
	struct settings settings = phone(gone.port, tvs.port), alone = phone(gone.port, 0);
	struct verify_service *service = service_new(&settings);

	(void)state;
	tvs_stop(&gone);
	tvs_know(&tvs, &outsider, "1");
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_NONE);
	assert_int_equal(verify_service_server(service, 0)->last.code, REASON_VERIFY_UNREACHABLE);
	tvs_behave(&tvs, "close");
	assert_int_equal(ask_with(service, &web, TRUST_USE_CALL_MANAGER),
			 REASON_VERIFY_UNREACHABLE);
	verify_service_reload(service, &alone);
	assert_int_equal(ask_with(service, &web, TRUST_USE_CALL_MANAGER),
			 REASON_VERIFY_UNREACHABLE);
	assert_non_null(strstr(last_why.detail, "127.0.0.1"));
	verify_service_free(service);
	tvs_stop(&tvs);
}

static void slow(void **state)
{
	struct tvs tvs = tvs_start(&verifier);
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);

	(void)state;
	tvs_behave(&tvs, "slow");
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER),
			 REASON_VERIFY_UNREACHABLE);
	assert_non_null(strstr(last_why.detail, "5 seconds"));
	verify_service_free(service);
	tvs_stop(&tvs);
}

/* A server that no list names as TVS, even where it is known as something else. */
static void wrong_server(void **state)
{
	struct tvs tvs = tvs_start(&manager);
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);
	struct refusal why;

	(void)state;
	tvs_know(&tvs, &outsider, "1");
	assert_int_equal(vouched_add(&settings, manager.certificate,
				     TRUST_ROLE_BIT(TRUST_ROLE_TVS), 3600, "x", &why), 0);
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_VERIFY_TLS);
	assert_int_equal(tvs_behave(&tvs, "answer"), 0);
	verify_service_free(service);
	tvs_stop(&tvs);
}

static void nobody_to_ask(void **state)
{
	struct settings settings = phone(0, 0), empty = trust_site_settings();
	struct verify_service *service = service_new(&settings);

	(void)state;
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_VERIFY_NONE);
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_TVS), REASON_VERIFY_NONE);
	strcpy(empty.tvs[0].host, "127.0.0.1");
	verify_service_reload(service, &empty);
	assert_int_equal(ask_with(service, &outsider, TRUST_USE_CALL_MANAGER), REASON_VERIFY_NONE);
	assert_int_equal(verify_service_server(service, 0)->port, VERIFY_PORT);
	verify_service_free(service);
}

static void query(void **state)
{
	struct tvs tvs = tvs_start(&verifier);
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);
	struct list_wish wish = { .later_s = 1, .signer = &outsider };
	json_t *asked;

	(void)state;
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, &wish), -1);
	assert_true(last_verdict.may_ask);
	assert_int_equal(query_with(service, &outsider, TRUST_USE_LISTS), REASON_VERIFY_NO);
	tvs_know(&tvs, &outsider, "3");
	tvs_know(&tvs, &web, "0");
	verify_service_reload(service, &settings);
	assert_int_equal(query_with(service, &outsider, TRUST_USE_LISTS), REASON_VERIFY_ROLE);
	assert_int_equal(query_with(service, &outsider, TRUST_USE_FILES), REASON_NONE);
	assert_int_equal(file_reason(&settings, "a.sgn", "a.sgn", &wish), REASON_NONE);
	tvs_know(&tvs, &outsider, "0");
	tvs_behave(&tvs, "other");
	verify_service_reload(service, &settings);
	assert_int_equal(query_with(service, &outsider, TRUST_USE_LISTS), REASON_VERIFY_ANSWER);
	tvs_behave(&tvs, "answer");
	verify_service_reload(service, &settings);
	assert_int_equal(query_with(service, &outsider, TRUST_USE_LISTS), REASON_NONE);
	assert_int_equal(list_offer(&settings, TRUST_LIST_ITL, &wish), TRUST_LIST_REPLACED);
	asked = tvs_order(&tvs, "{}");
	assert_string_equal(asked_word(asked, 0, "issuer"), "CN=Stranger;OU=x");
	assert_string_equal(asked_word(asked, 0, "serial"), "03");
	json_decref(asked);
	verify_service_free(service);
	tvs_stop(&tvs);
}

/* Who asks the same is told the same, once; who is gone is not told. */
static void several_owners(void **state)
{
	struct tvs tvs = tvs_start(&verifier);
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);
	struct told told[3] = { 0 };
	struct refusal why;

	(void)state;
	tvs_know(&tvs, &outsider, "1");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(verify_service_ask(service, outsider.certificate,
						    TRUST_USE_CALL_MANAGER, on_answer, &told[i],
						    &why), 0);
	verify_service_asker(service)->forget(service, &told[1]);
	site_until(turns, told[0].count && told[2].count);
	assert_int_equal(told[1].count, 0);
	assert_int_equal(told[0].count + told[2].count, 2);
	assert_int_equal(tvs_behave(&tvs, "slow"), 1);
	/* The service goes while it is asked. */
	assert_int_equal(verify_service_ask(service, web.certificate, TRUST_USE_CAPF, on_answer,
					    &told[1], &why), 0);
	site_run(turns, 200);
	verify_service_free(service);
	assert_int_equal(told[1].count, 0);
	tvs_stop(&tvs);
}

static void too_many(void **state)
{
	struct site_identity many[VERIFY_QUESTIONS_MAX + 1];
	struct settings settings = phone(0, 0);
	struct verify_service *service = service_new(&settings);
	struct told told = { 0 };
	struct refusal why;
	int i;

	(void)state;
	for (i = 0; i <= VERIFY_QUESTIONS_MAX; i++) {
		many[i] = site_issue(&(struct site_wish){ .name = "one" });
		assert_int_equal(!verify_service_ask(service, many[i].certificate, TRUST_USE_CAPF,
						     on_answer, &told, &why),
				 i < VERIFY_QUESTIONS_MAX);
		site_identity_free(&many[i]);
	}
	site_until(turns, told.count == VERIFY_QUESTIONS_MAX);
	verify_service_free(service);
}

/* The call manager whose certificate no list names. */

struct phone_told {
	int ups;
	struct refusal last;
};

static void on_up(void *owner, const struct server_status *status)
{
	(void)status;
	((struct phone_told *)owner)->ups++;
}

static void on_down(void *owner, const struct refusal *why)
{
	(void)owner, (void)why;
}

static void on_message(void *owner, const char *data, const struct sip_frame *frame)
{
	(void)owner, (void)data, (void)frame;
}

static void on_changed(void *owner, const struct server_status *status)
{
	((struct phone_told *)owner)->last = status->last;
}

static const struct servers_events phone_events = {
	.up = on_up, .down = on_down, .message = on_message, .changed = on_changed,
};

static void call_manager(void **state)
{
	/* First the one that is a process: a fork beside a thread may find its locks held. */
	struct tvs tvs = tvs_start(&verifier);
	struct site_server *server = site_start(&(struct site_wants){ .identity = &outsider });
	struct settings settings = phone(tvs.port, 0);
	struct verify_service *service = service_new(&settings);
	struct phone_told told = { 0 };
	struct servers *servers;
	struct refusal why;

	(void)state;
	strcpy(settings.servers[0].host, "127.0.0.1");
	settings.servers[0].port = server->port;
	settings.profile = PROFILE_ENCRYPTED;
	assert_int_equal(servers_new(&servers, turns, &settings, &phone_events, &told, &why), 0);
	site_until(turns, told.last.code == REASON_SERVER_UNTRUSTED);
	/* Nobody says yes. */
	servers_trust_by(servers, verify_service_asker(service));
	servers_retry(servers);
	site_until(turns, told.last.code == REASON_VERIFY_NO);
	assert_int_equal(told.ups, 0);
	/* Somebody does. */
	tvs_know(&tvs, &outsider, "2");
	verify_service_reload(service, &settings);
	servers_retry(servers);
	site_until(turns, told.ups);
	servers_free(servers);
	verify_service_free(service);
	tvs_stop(&tvs);
	site_stop(server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yes),
		cmocka_unit_test(no),
		cmocka_unit_test(wrong_roles),
		cmocka_unit_test(bad_answers),
		cmocka_unit_test(unreachable),
		cmocka_unit_test(slow),
		cmocka_unit_test(wrong_server),
		cmocka_unit_test(nobody_to_ask),
		cmocka_unit_test(query),
		cmocka_unit_test(several_owners),
		cmocka_unit_test(too_many),
		cmocka_unit_test(call_manager),
	};

	return cmocka_run_group_tests(tests, set_up, clear);
}
