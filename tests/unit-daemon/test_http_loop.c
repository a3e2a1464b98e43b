// SPDX-License-Identifier: Apache-2.0
/*
 * Who a transfer talks to. libcurl looks at the verdict on the chain only after the handshake,
 * when a client's certificate has been shown already: the handshake itself must end.
 */
#include <signal.h>

#include "http_loop.h"
#include "site.h"

static struct site_identity known, stranger;
static sd_event *turns;

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	known = site_issue(&(struct site_wish){ .name = "Web", .alternatives = "IP:127.0.0.1" });
	stranger = site_issue(&(struct site_wish){ .name = "Web",
			      .alternatives = "IP:127.0.0.1" });
	return sd_event_new(&turns) < 0;
}

static int clear(void **state)
{
	(void)state;
	site_identity_free(&known);
	site_identity_free(&stranger);
	sd_event_unref(turns);
	return 0;
}

struct told {
	bool is_done;
	CURLcode code;
};

static void on_done(void *owner, CURLcode code)
{
	*(struct told *)owner = (struct told){ true, code };
}

/* Asks a server that shows this certificate; whether its handshake came to its end. */
static bool is_shaken(const struct site_identity *shown, enum reason_code *code)
{
	struct site_server *server = site_start(&(struct site_wants){ .identity = shown });
	struct settings settings = site_settings();
	struct told told = { 0 };
	struct http_loop *loop;
	struct trust *trust;
	struct refusal why;
	char url[64];
	bool shaken;

	strcpy(settings.anchors, site_write("web.pem", &known, false));
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", server->port);
	assert_int_equal(trust_load(&trust, &settings, TRUST_USE_WEB, &why), 0);
	assert_int_equal(http_loop_new(&loop, turns, on_done, &told, &why), 0);
	assert_int_equal(http_loop_tls(loop, url, trust, NULL), CURLE_OK);
	assert_int_equal(http_loop_begin(loop, &why), 0);
	site_until(turns, told.is_done || server->shaken);
	site_run(turns, 200);
	shaken = server->shaken;
	http_loop_explain(loop, told.code, REASON_SYSTEM, "test", &why);
	*code = why.code;
	http_loop_free(loop);
	site_stop(server);
	return shaken;
}

static void stranger_is_shown_nothing(void **state)
{
	enum reason_code code;

	(void)state;
	assert_true(is_shaken(&known, &code));
	assert_false(is_shaken(&stranger, &code));
	assert_int_equal(code, REASON_SERVER_UNTRUSTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(stranger_is_shown_nothing) };

	return cmocka_run_group_tests(tests, set_up, clear);
}
