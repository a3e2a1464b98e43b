// SPDX-License-Identifier: Apache-2.0
/* Which server is used, when another one takes over, and when the first comes back. */
#include "site.h"

#include "servers.h"

#define MESSAGE "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n"

static sd_event *event;
static struct site_identity authority, good, router;

/* What the owner was told. */
struct told {
	struct servers *servers;
	unsigned int ups;
	unsigned int downs;
	unsigned int messages;
	unsigned int changes;
	enum server_role role;
	struct refusal why;
};

static void told_up(void *owner, const struct server_status *status)
{
	struct told *told = owner;

	told->ups++;
	told->role = status->role;
	assert_int_equal(status->state, SERVER_ACTIVE);
	assert_ptr_equal(servers_active(told->servers), status);
}

static void told_down(void *owner, const struct refusal *why)
{
	struct told *told = owner;

	told->downs++;
	told->role = SERVER_ROLES;
	told->why = *why;
	assert_false(servers_ready(told->servers));
}

static void told_message(void *owner, const char *data, const struct sip_frame *frame)
{
	struct told *told = owner;

	assert_int_equal(frame->len, strlen(MESSAGE));
	assert_memory_equal(data, MESSAGE, frame->len);
	told->messages++;
}

static void told_changed(void *owner, const struct server_status *status)
{
	struct told *told = owner;

	(void)status;
	told->changes++;
}

static const struct servers_events events = {
	.up = told_up,
	.down = told_down,
	.message = told_message,
	.changed = told_changed,
};

static int all_set_up(void **state)
{
	(void)state;
	authority = site_issue(&(struct site_wish){ .name = "Authority", .is_authority = true });
	good = site_issue(&(struct site_wish){ .name = "cucm", .issuer = &authority,
		.alternatives = "IP:127.0.0.1,DNS:localhost" });
	router = site_issue(&(struct site_wish){ .name = "router" });
	site_write("authority.pem", &authority, false);
	site_write("lsc.pem", &good, true);
	site_write("router.pem", &router, false);
	return sd_event_new(&event) < 0;
}

static int all_clear(void **state)
{
	(void)state;
	site_identity_free(&authority);
	site_identity_free(&good);
	site_identity_free(&router);
	sd_event_unref(event);
	return 0;
}

static struct settings settings_make(void)
{
	struct settings settings = site_settings();

	strcpy(settings.anchors, site_path("authority.pem"));
	strcpy(settings.lsc.certificate, site_path("lsc.pem"));
	return settings;
}

static void server_name(struct settings_server *server, uint16_t port)
{
	*server = (struct settings_server){ .host = "127.0.0.1", .port = port };
}

static struct settings settings_of(const struct site_server *first,
				   const struct site_server *second)
{
	struct settings settings = settings_make();

	server_name(&settings.servers[0], first->port);
	server_name(&settings.servers[1], second->port);
	return settings;
}

static struct site_server *call_manager(uint16_t port)
{
	return site_start(&(struct site_wants){ .identity = &good, .port = port,
						.clients = &authority });
}

static void begin(struct told *told, const struct settings *settings)
{
	struct refusal why;

	*told = (struct told){ .role = SERVER_ROLES };
	assert_int_equal(servers_new(&told->servers, event, settings, &events, told, &why), 0);
}

static enum server_state state_of(const struct told *told, enum server_role role)
{
	return servers_status(told->servers, role)->state;
}

static const struct refusal *last_of(const struct told *told, enum server_role role)
{
	return &servers_status(told->servers, role)->last;
}

static void first_is_used(void **state)
{
	struct site_server *first = call_manager(0), *second = call_manager(0);
	struct settings settings = settings_of(first, second);
	struct refusal why;
	struct told told;

	(void)state;
	begin(&told, &settings);
	assert_false(servers_ready(told.servers));
	assert_true(servers_trying(told.servers));
	assert_int_equal(servers_send(told.servers, (struct span){ MESSAGE, strlen(MESSAGE) },
				      &why), -reason_words(REASON_SERVER_NONE)->error);
	site_until(event, told.ups == 1);
	assert_int_equal(told.role, SERVER_PRIMARY);
	assert_true(servers_ready(told.servers));
	assert_false(servers_trying(told.servers));
	assert_int_equal(state_of(&told, SERVER_SECONDARY), SERVER_IDLE);
	assert_int_equal(state_of(&told, SERVER_TERTIARY), SERVER_ABSENT);
	assert_true(servers_has_other(told.servers));
	assert_string_equal(servers_active(told.servers)->facts.version, "TLSv1.3");
	assert_int_equal(servers_send(told.servers, (struct span){ MESSAGE, strlen(MESSAGE) },
				      &why), 0);
	site_until(event, told.messages == 1);
	/* It answers pings, and stays. */
	site_run(event, 2500);
	assert_int_equal(told.ups, 1);
	assert_int_equal(told.downs, 0);
	assert_int_equal(atomic_load(&second->accepted), 0);
	servers_free(told.servers);
	site_stop(first);
	site_stop(second);
}

static void over_and_back(void **state)
{
	struct site_server *first = call_manager(0), *second = call_manager(0);
	struct site_server *srst = site_start(&(struct site_wants){ .identity = &router });
	struct settings settings = settings_make();
	uint16_t first_port = first->port, second_port = second->port;
	struct told told;
	uint64_t since;

	(void)state;
	server_name(&settings.servers[0], first_port);
	server_name(&settings.servers[1], second_port);
	server_name(&settings.srst, srst->port);
	settings.srst_secure = true;
	strcpy(settings.srst_certificate, site_path("router.pem"));
	begin(&told, &settings);
	site_until(event, told.role == SERVER_PRIMARY);
	site_stop(first);
	site_until(event, told.role == SERVER_SECONDARY);
	assert_int_equal(told.downs, 1);
	assert_int_equal(told.why.code, REASON_SERVER_CLOSED);
	assert_int_equal(state_of(&told, SERVER_PRIMARY), SERVER_FAILED);
	site_stop(second);
	site_until(event, told.role == SERVER_SRST);
	assert_int_equal(last_of(&told, SERVER_SECONDARY)->code, REASON_SERVER_CLOSED);
	assert_int_equal(last_of(&told, SERVER_PRIMARY)->code, REASON_SERVER_UNREACHABLE);
	assert_string_equal(servers_active(told.servers)->facts.subject, "O=Site, CN=router");

	second = call_manager(second_port);
	servers_retry(told.servers);
	site_until(event, state_of(&told, SERVER_SECONDARY) == SERVER_STANDBY);
	since = site_now_ms();
	assert_int_equal(told.role, SERVER_SRST);
	site_until(event, told.role == SERVER_SECONDARY);
	/* Its time is counted in whole seconds. */
	assert_true(site_now_ms() - since > 500);
	assert_int_equal(state_of(&told, SERVER_SRST), SERVER_IDLE);
	first = call_manager(first_port);
	site_until(event, told.role == SERVER_PRIMARY);
	assert_int_equal(state_of(&told, SERVER_SECONDARY), SERVER_IDLE);
	/* For a fail-back one takes the place of another. */
	assert_int_equal(told.downs, 2);
	assert_int_equal(told.ups, 5);
	servers_free(told.servers);
	site_stop(first);
	site_stop(second);
	site_stop(srst);
}

static void standby_takes_over_at_once(void **state)
{
	struct site_server *first, *second = call_manager(0);
	struct settings settings = settings_make();
	uint16_t first_port = site_port_free();
	struct told told;

	(void)state;
	server_name(&settings.servers[0], first_port);
	server_name(&settings.servers[1], second->port);
	settings.failback_s = 3600;
	begin(&told, &settings);
	site_until(event, told.role == SERVER_SECONDARY);
	first = call_manager(first_port);
	servers_retry(told.servers);
	site_until(event, state_of(&told, SERVER_PRIMARY) == SERVER_STANDBY);
	site_run(event, 2500);
	assert_int_equal(told.role, SERVER_SECONDARY);
	site_stop(second);
	site_until(event, told.role == SERVER_PRIMARY);
	assert_int_equal(told.downs, 0);
	assert_int_equal(told.ups, 2);
	servers_free(told.servers);
	site_stop(first);
}

/* One that answered pings and does not any more is left, in use and as a standby. */
static void silent(void **state)
{
	struct site_server *first = call_manager(0), *second = call_manager(0);
	struct settings settings = settings_of(first, second);
	struct told told;

	(void)state;
	begin(&told, &settings);
	site_until(event, told.role == SERVER_PRIMARY);
	/* It has to have answered once. */
	site_run(event, 1500);
	atomic_store(&first->silent, true);
	site_until(event, told.role == SERVER_SECONDARY);
	assert_int_equal(told.why.code, REASON_SERVER_SILENT);
	assert_int_equal(last_of(&told, SERVER_PRIMARY)->code, REASON_SERVER_SILENT);
	atomic_store(&first->silent, false);
	servers_free(told.servers);
	settings.failback_s = 3600;
	site_stop(first);
	begin(&told, &settings);
	site_until(event, told.role == SERVER_SECONDARY);
	first = call_manager(settings.servers[0].port);
	site_until(event, state_of(&told, SERVER_PRIMARY) == SERVER_STANDBY);
	site_run(event, 1500);
	atomic_store(&first->silent, true);
	site_until(event, state_of(&told, SERVER_PRIMARY) == SERVER_FAILED);
	assert_int_equal(last_of(&told, SERVER_PRIMARY)->code, REASON_SERVER_SILENT);
	assert_int_equal(told.role, SERVER_SECONDARY);
	servers_free(told.servers);
	site_stop(first);
	site_stop(second);
}

/* One that knows no pings is used as long as its connection is there, and comes back. */
static void knows_no_pings(void **state)
{
	struct site_server *first = call_manager(0), *second = call_manager(0);
	struct settings settings = settings_of(first, second);
	struct told told;
	uint64_t since;

	(void)state;
	settings.failback_s = 2;
	atomic_store(&first->silent, true);
	begin(&told, &settings);
	site_until(event, told.role == SERVER_PRIMARY);
	site_run(event, 3500);
	assert_int_equal(told.ups, 1);
	assert_int_equal(told.downs, 0);
	assert_int_equal(atomic_load(&first->accepted), 1);
	site_stop(first);
	site_until(event, told.role == SERVER_SECONDARY);
	first = call_manager(settings.servers[0].port);
	atomic_store(&first->silent, true);
	servers_retry(told.servers);
	site_until(event, state_of(&told, SERVER_PRIMARY) == SERVER_STANDBY);
	since = site_now_ms();
	site_until(event, told.role == SERVER_PRIMARY);
	assert_true(site_now_ms() - since > 1500);
	assert_int_equal(atomic_load(&first->accepted), 1);
	servers_free(told.servers);
	site_stop(first);
	site_stop(second);
}

static void none(void **state)
{
	struct settings settings = settings_make();
	struct site_server *first;
	uint16_t port = site_port_free();
	struct told told;

	(void)state;
	server_name(&settings.servers[0], port);
	server_name(&settings.servers[1], site_port_free());
	begin(&told, &settings);
	site_until(event, told.downs == 1);
	assert_int_equal(told.why.code, REASON_SERVER_UNREACHABLE);
	assert_false(servers_trying(told.servers));
	/* Tried again by itself, and told once. */
	site_until(event, told.changes >= 8);
	assert_int_equal(told.downs, 1);
	first = call_manager(port);
	site_until(event, told.role == SERVER_PRIMARY);
	servers_free(told.servers);
	site_stop(first);
	settings = settings_make();
	server_name(&settings.servers[2], port);
	begin(&told, &settings);
	assert_true(servers_has_other(told.servers));
	first = call_manager(port);
	site_until(event, told.role == SERVER_TERTIARY);
	assert_false(servers_has_other(told.servers));
	servers_free(told.servers);
	site_stop(first);
	settings = settings_make();
	begin(&told, &settings);
	site_until(event, told.downs == 1);
	assert_int_equal(told.why.code, REASON_SERVER_NONE);
	servers_free(told.servers);
}

static void srst_of_another(void **state)
{
	struct site_server *srst = site_start(&(struct site_wants){ .identity = &good });
	struct settings settings = settings_make();
	struct told told;

	(void)state;
	server_name(&settings.servers[0], site_port_free());
	server_name(&settings.srst, srst->port);
	settings.srst_secure = true;
	strcpy(settings.srst_certificate, site_path("router.pem"));
	begin(&told, &settings);
	site_until(event, told.downs == 1);
	assert_int_equal(told.why.code, REASON_SERVER_PINNED);
	assert_int_equal(state_of(&told, SERVER_SRST), SERVER_FAILED);
	servers_free(told.servers);
	/* Without its certificate, or not secure, the router is not even asked. */
	settings.srst_secure = false;
	begin(&told, &settings);
	site_until(event, told.downs == 1);
	assert_int_equal(state_of(&told, SERVER_SRST), SERVER_ABSENT);
	assert_int_equal(last_of(&told, SERVER_SRST)->code, REASON_SERVER_PINNED);
	assert_int_equal(atomic_load(&srst->accepted), 1);
	servers_free(told.servers);
	site_stop(srst);
}

static void in_clear(void **state)
{
	struct site_server *srst = site_start(&(struct site_wants){ 0 });
	struct settings settings = settings_make();
	struct told told;

	(void)state;
	settings.profile = PROFILE_NONSECURE;
	settings.anchors[0] = '\0';
	server_name(&settings.servers[0], site_port_free());
	server_name(&settings.srst, srst->port);
	begin(&told, &settings);
	site_until(event, told.role == SERVER_SRST);
	assert_string_equal(servers_active(told.servers)->facts.version, "");
	servers_free(told.servers);
	site_stop(srst);
}

/* Without authorities no server is trusted; when they come it goes on by itself. */
static void trust_comes_later(void **state)
{
	struct settings settings = settings_make();
	struct site_server *first = call_manager(0);
	struct told told;

	(void)state;
	server_name(&settings.servers[0], first->port);
	strcpy(settings.anchors, site_path("later.pem"));
	begin(&told, &settings);
	site_until(event, told.downs == 1);
	assert_int_equal(told.why.code, REASON_TRUST_FILE);
	site_write("later.pem", &authority, false);
	site_until(event, told.role == SERVER_PRIMARY);
	servers_free(told.servers);
	site_stop(first);
}

static void rejected(void **state)
{
	struct site_server *first = call_manager(0), *second = call_manager(0);
	struct settings settings = settings_of(first, second);
	struct refusal why;
	struct told told;

	(void)state;
	begin(&told, &settings);
	site_until(event, told.role == SERVER_PRIMARY);
	refusal_set(&why, REASON_TOKEN_PORT, "403");
	servers_blame(told.servers, &why);
	assert_int_equal(last_of(&told, SERVER_PRIMARY)->code, REASON_TOKEN_PORT);
	assert_int_equal(state_of(&told, SERVER_PRIMARY), SERVER_ACTIVE);
	assert_true(servers_has_other(told.servers));
	refusal_set(&why, REASON_TOKEN_REFUSED, "403");
	servers_reject(told.servers, &why);
	site_until(event, told.role == SERVER_SECONDARY);
	assert_int_equal(last_of(&told, SERVER_PRIMARY)->code, REASON_TOKEN_REFUSED);
	/* It is not tried again as soon as one that failed would be. */
	site_run(event, 2500);
	assert_int_equal(state_of(&told, SERVER_PRIMARY), SERVER_FAILED);
	/* Where there is no other it is. */
	site_stop(second);
	site_until(event, told.role == SERVER_PRIMARY);
	servers_free(told.servers);
	site_stop(first);
}

/* The name is looked up, and the certificate must be issued for it. */
static void by_name(void **state)
{
	struct settings settings = settings_make();
	struct site_server *first = call_manager(0);
	struct told told;

	(void)state;
	server_name(&settings.servers[0], first->port);
	strcpy(settings.servers[0].host, "localhost");
	begin(&told, &settings);
	site_until(event, told.role == SERVER_PRIMARY);
	servers_free(told.servers);
	site_stop(first);
}

static void revoke_good(const char *name)
{
	unsigned char digest[32];
	char text[65];
	size_t i;

	X509_digest(good.certificate, EVP_sha256(), digest, NULL);
	for (i = 0; i < sizeof(digest); i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	site_text(name, text);
}

static void reload(void **state)
{
	struct site_server *first = call_manager(0), *second;
	struct settings settings = settings_make(), other = settings;
	uint16_t port = first->port;
	struct refusal why = { 0 };
	struct told told;

	(void)state;
	server_name(&settings.servers[0], port);
	server_name(&other.servers[0], port);
	begin(&told, &settings);
	site_until(event, told.role == SERVER_PRIMARY);
	/* What cannot be used is refused, and nothing changes. */
	strcpy(other.revoked, site_path("absent"));
	assert_int_equal(servers_reload(told.servers, &other, &why),
			 -reason_words(REASON_TRUST_FILE)->error);
	/* A connection stays, also when its certificate is not to be used again. */
	revoke_good("revoked");
	strcpy(other.revoked, site_path("revoked"));
	assert_int_equal(servers_reload(told.servers, &other, &why), 0);
	settings = (struct settings){ 0 };
	site_run(event, 1500);
	assert_int_equal(told.ups, 1);
	assert_int_equal(told.downs, 0);
	assert_int_equal(atomic_load(&first->accepted), 1);
	assert_ptr_equal(servers_status(told.servers, SERVER_PRIMARY)->host,
			 other.servers[0].host);
	site_stop(first);
	first = call_manager(port);
	site_until(event, last_of(&told, SERVER_PRIMARY)->code == REASON_SERVER_REVOKED);
	/* Another server is used at once, without the wait for what failed. */
	settings = settings_make();
	second = call_manager(0);
	server_name(&settings.servers[0], second->port);
	assert_int_equal(servers_reload(told.servers, &settings, &why), 0);
	site_until(event, told.role == SERVER_PRIMARY);
	assert_int_equal(told.ups, 2);
	assert_int_equal(last_of(&told, SERVER_PRIMARY)->code, REASON_NONE);
	/* A better one comes in, and takes over like any other. */
	settings.servers[1] = settings.servers[0];
	other = settings;
	server_name(&other.servers[0], port);
	assert_int_equal(servers_reload(told.servers, &other, &why), 0);
	site_until(event, told.downs == 2);
	site_until(event, told.role == SERVER_PRIMARY);
	assert_int_equal(servers_active(told.servers)->port, port);
	servers_free(told.servers);
	site_stop(first);
	site_stop(second);
}

static void words(void **state)
{
	(void)state;
	assert_string_equal(server_role_word(SERVER_SRST), "srst");
	assert_string_equal(server_role_word(SERVER_ROLES), "none");
	assert_string_equal(server_state_word(SERVER_STANDBY), "standby");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_is_used),
		cmocka_unit_test(over_and_back),
		cmocka_unit_test(standby_takes_over_at_once),
		cmocka_unit_test(silent),
		cmocka_unit_test(knows_no_pings),
		cmocka_unit_test(none),
		cmocka_unit_test(srst_of_another),
		cmocka_unit_test(in_clear),
		cmocka_unit_test(trust_comes_later),
		cmocka_unit_test(rejected),
		cmocka_unit_test(by_name),
		cmocka_unit_test(reload),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, all_set_up, all_clear);
}
