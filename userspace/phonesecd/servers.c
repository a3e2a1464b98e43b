// SPDX-License-Identifier: Apache-2.0
#include "servers.h"

#include <string.h>

#include "../lib/boot_clock.h"
#include "servers_impl.h"

enum { STABLE_S = 60 }; /* a server in use for as long makes up for earlier failures */

/* What is to be done is looked at in the next turn of the loop, when all callers are gone. */
static void servers_wake(struct servers *servers)
{
	sd_event_source_set_enabled(servers->turn, SD_EVENT_ONESHOT);
}

static void state_set(struct server *server, enum server_state state)
{
	struct servers *servers = server->servers;

	server->status.state = state;
	server->status.facts = (struct stream_facts){ 0 };
	if (server->link && (state == SERVER_ACTIVE || state == SERVER_STANDBY))
		server_link_facts(server->link, &server->status.facts);
	servers->events->changed(servers->owner, &server->status);
}

/* Ends whatever goes on with a server. */
static void server_stop(struct server *server)
{
	server_link_free(server->link);
	server->link = NULL;
	server->is_due = false;
	sd_event_source_set_enabled(server->retry, SD_EVENT_OFF);
	if (server->servers->active == server)
		server->servers->active = NULL;
}

static void server_rest(struct server *server)
{
	if (server->status.state == SERVER_ABSENT || server->status.state == SERVER_IDLE)
		return;
	server_stop(server);
	state_set(server, SERVER_IDLE);
}

static void server_activate(struct server *server)
{
	struct servers *servers = server->servers;
	struct server *other;

	servers->active = server;
	servers->told = SERVERS_UP;
	server->used_s = boot_clock_s();
	state_set(server, SERVER_ACTIVE);
	for (other = server + 1; other < servers->list + SERVER_ROLES; other++)
		server_rest(other);
	servers_wake(servers);
	servers->events->up(servers->owner, &server->status);
}

/* All that failed are tried at once, when there is no other. */
static void others_due(struct server *lost)
{
	struct servers *servers = lost->servers;
	struct server *other;

	for (other = servers->list; other < servers->list + SERVER_ROLES; other++)
		if (other != lost && other->status.state == SERVER_FAILED)
			other->is_due = true;
}

static bool is_stable(const struct server *server)
{
	return boot_clock_s() - server->used_s >= STABLE_S;
}

static void retry_set(struct server *server)
{
	sd_event_source_set_time_relative(server->retry, server_wait_us(server));
	sd_event_source_set_enabled(server->retry, SD_EVENT_ONESHOT);
}

static void server_fail(struct server *server, const struct refusal *why)
{
	struct servers *servers = server->servers;
	bool was_active = servers->active == server;

	server->status.last = *why;
	servers->last = *why;
	server_stop(server);
	server->failures = was_active && is_stable(server) ? 1 : server->failures + 1;
	retry_set(server);
	if (was_active)
		others_due(server);
	servers_wake(servers);
	state_set(server, SERVER_FAILED);
}

static void link_up(void *owner)
{
	struct server *server = owner;

	server->answers_s = 0;
	if (!server->servers->active) {
		server_activate(server);
		return;
	}
	state_set(server, SERVER_STANDBY);
	server_link_ping(server->link);
	servers_wake(server->servers);
}

static void link_message(void *owner, const char *data, const struct sip_frame *frame)
{
	struct server *server = owner;
	struct servers *servers = server->servers;

	if (servers->active == server)
		servers->events->message(servers->owner, data, frame);
}

static void link_alive(void *owner)
{
	struct server *server = owner;

	if (server->status.state != SERVER_STANDBY)
		return;
	if (!server->answers_s)
		server->answers_s = boot_clock_s();
	if (boot_clock_s() - server->answers_s >= server->servers->settings->failback_s)
		server_activate(server);
}

static void link_failed(void *owner, const struct refusal *why)
{
	struct refusal copy = *why;

	server_fail(owner, &copy);
	server_ask(owner, &copy);
}

static const struct server_link_events link_events = {
	.up = link_up,
	.message = link_message,
	.alive = link_alive,
	.failed = link_failed,
};

static int server_link(struct server *server, struct refusal *why)
{
	struct servers *servers = server->servers;
	const struct settings *settings = servers->settings;
	struct server_link_target target = {
		.local_port = settings->local_port,
		.connect_s = settings->connect_s,
		.keepalive_s = settings->keepalive_s,
	};
	struct server_route route;
	struct tls **tls;
	int err = 0;

	server_route(&route, settings, server->status.role);
	tls = route.pinned ? &servers->srst_tls : &servers->tls;
	if (route.is_secure && !*tls)
		err = servers_tls(tls, settings, route.pinned, why);
	if (err)
		return err;
	target.local = route.local;
	target.tls = route.is_secure ? *tls : NULL;
	target.names = (struct server_names_question){
		.host = route.server.host,
		.service = route.service,
		.port = route.port,
	};
	return server_link_new(&server->link, servers->event, &target, &link_events, server, why);
}

static void server_try(struct server *server)
{
	struct refusal why;

	server_stop(server);
	if (server_link(server, &why))
		server_fail(server, &why);
	else
		state_set(server, SERVER_CONNECTING);
}

static bool is_wanted(const struct server *server)
{
	return server->status.state == SERVER_IDLE || server->is_due;
}

/* The best server in a state, or NULL. */
static struct server *server_in(struct servers *servers, enum server_state state)
{
	struct server *server;

	for (server = servers->list; server < servers->list + SERVER_ROLES; server++)
		if (server->status.state == state)
			return server;
	return NULL;
}

/* The next one to connect to: better than what is in use, and its time has come. */
static struct server *server_next(struct servers *servers)
{
	struct server *end = servers->active ?: servers->list + SERVER_ROLES, *server;

	for (server = servers->list; server < end; server++)
		if (is_wanted(server))
			return server;
	return NULL;
}

static void down_tell(struct servers *servers)
{
	servers->told = SERVERS_DOWN;
	if (servers->last.code == REASON_NONE)
		refusal_set(&servers->last, REASON_SERVER_NONE, "none is configured");
	servers->events->down(servers->owner, &servers->last);
}

/* There is none, and all wait for their time. */
static void servers_wait(struct servers *servers)
{
	struct server *server;

	for (server = servers->list; server < servers->list + SERVER_ROLES; server++) {
		if (!server->rejects || server->status.state != SERVER_FAILED)
			continue;
		/* With no other to disturb, it need not wait longer than one that fails. */
		server->rejects = 0;
		retry_set(server);
	}
	if (servers->told == SERVERS_SILENT)
		down_tell(servers);
}

static int servers_turn(sd_event_source *source, void *data)
{
	struct servers *servers = data;
	struct server *next;

	(void)source;
	next = servers->active ? NULL : server_in(servers, SERVER_STANDBY);
	if (next) {
		server_activate(next);
		return 0;
	}
	if (!servers->active && servers->told == SERVERS_UP)
		down_tell(servers);
	/* One after the other. */
	if (server_in(servers, SERVER_CONNECTING))
		return 0;
	next = server_next(servers);
	if (next)
		server_try(next);
	else if (!servers->active)
		servers_wait(servers);
	return 0;
}

static int server_time(sd_event_source *source, uint64_t time, void *data)
{
	struct server *server = data;

	(void)source, (void)time;
	server->is_due = true;
	servers_wake(server->servers);
	return 0;
}

/* What is shown of a server under these settings. */
static void status_name(struct server *server, const struct settings *settings)
{
	enum server_role role = server->status.role;
	const struct settings_server *named;
	struct server_route route;

	named = role == SERVER_SRST ? &settings->srst : &settings->servers[role];
	server->status.host = named->host;
	server->status.port = named->port;
	server_route(&route, settings, role);
	if (!*route.server.host && *named->host)
		refusal_set(&server->status.last, REASON_SERVER_PINNED,
			    "no certificate of the router is configured");
}

static bool is_configured(const struct server *server, const struct settings *settings)
{
	struct server_route route;

	server_route(&route, settings, server->status.role);
	return *route.server.host;
}

static int server_init(struct server *server, enum server_role role, struct refusal *why)
{
	struct servers *servers = server->servers;
	int err;

	server->status.role = role;
	status_name(server, servers->settings);
	server->status.state = is_configured(server, servers->settings) ? SERVER_IDLE :
									  SERVER_ABSENT;
	err = sd_event_add_time_relative(servers->event, &server->retry, CLOCK_MONOTONIC, 0, 0,
					 server_time, server);
	if (err >= 0)
		err = sd_event_source_set_enabled(server->retry, SD_EVENT_OFF);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

int servers_new(struct servers **servers, sd_event *event, const struct settings *settings,
		const struct servers_events *events, void *owner, struct refusal *why)
{
	struct servers *made = calloc(1, sizeof(*made));
	int role, err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->settings = settings;
	made->events = events;
	made->owner = owner;
	err = sd_event_add_defer(event, &made->turn, servers_turn, made);
	if (err < 0)
		err = refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	for (role = 0; role < SERVER_ROLES; role++)
		made->list[role].servers = made;
	for (role = 0; !err && role < SERVER_ROLES; role++)
		err = server_init(&made->list[role], (enum server_role)role, why);
	if (err) {
		servers_free(made);
		return err;
	}
	*servers = made;
	return 0;
}

void servers_free(struct servers *servers)
{
	struct server *server;

	if (!servers)
		return;
	servers_trust_by(servers, NULL);
	for (server = servers->list; server < servers->list + SERVER_ROLES; server++) {
		server_link_free(server->link);
		sd_event_source_disable_unref(server->retry);
	}
	sd_event_source_disable_unref(servers->turn);
	tls_free(servers->tls);
	tls_free(servers->srst_tls);
	sd_event_unref(servers->event);
	free(servers);
}

/* TLS for all routes of the settings; both are NULL where it is not needed. */
static int tls_load(struct tls *loaded[2], const struct settings *settings, struct refusal *why)
{
	struct server_route route;
	int role, err = 0;

	for (role = 0; !err && role < SERVER_ROLES; role++) {
		struct tls **tls = &loaded[role == SERVER_SRST];

		server_route(&route, settings, (enum server_role)role);
		if (*route.server.host && route.is_secure && !*tls)
			err = servers_tls(tls, settings, route.pinned, why);
	}
	if (err) {
		tls_free(loaded[0]);
		tls_free(loaded[1]);
		loaded[0] = loaded[1] = NULL;
	}
	return err;
}

/* A connection whose server is the same goes on; what failed may have been mended. */
static void server_reload(struct server *server, const struct settings *settings)
{
	enum server_role role = server->status.role;
	enum server_state state = server->status.state;
	struct server_route before, after;

	server_route(&before, server->servers->settings, role);
	server_route(&after, settings, role);
	if (!server_route_equal(&before, &after)) {
		server->failures = 0;
		server->rejects = 0;
		server->status.last = (struct refusal){ 0 };
		state = SERVER_CONNECTING;
	}
	if (state == SERVER_CONNECTING) {
		server_stop(server);
		state = *after.server.host ? SERVER_IDLE : SERVER_ABSENT;
	}
	server->is_due = state == SERVER_FAILED;
	status_name(server, settings);
	state_set(server, state);
}

/* A certificate from CAPF, or a trust list. */
static bool is_awaited(enum reason_code code)
{
	return code == REASON_IDENTITY_MISSING || code == REASON_TRUST_EMPTY;
}

int servers_reload(struct servers *servers, const struct settings *settings, struct refusal *why)
{
	struct tls *loaded[2] = { NULL, NULL };
	struct server *server;
	int err;

	err = tls_load(loaded, settings, why);
	/* What this phone will get by itself is waited for, unless something works meanwhile. */
	if (err && (servers->active || !is_awaited(why->code)))
		return err;
	tls_free(servers->tls);
	tls_free(servers->srst_tls);
	servers->tls = loaded[0];
	servers->srst_tls = loaded[1];
	for (server = servers->list; server < servers->list + SERVER_ROLES; server++)
		server_reload(server, settings);
	servers->settings = settings;
	if (!servers->active)
		refusal_set(&servers->last, REASON_SERVER_NONE, "the settings are other ones");
	servers_wake(servers);
	return 0;
}

void servers_identity_changed(struct servers *servers)
{
	struct server *server;

	tls_free(servers->tls);
	tls_free(servers->srst_tls);
	servers->tls = servers->srst_tls = NULL;
	refusal_set(&servers->last, REASON_SERVER_CLOSED, "this phone has another certificate");
	for (server = servers->list; server < servers->list + SERVER_ROLES; server++) {
		server->failures = 0;
		server_rest(server);
	}
	servers_wake(servers);
}

bool servers_ready(const struct servers *servers)
{
	return servers->active;
}

bool servers_trying(const struct servers *servers)
{
	struct servers *all = (struct servers *)servers;

	return !servers->active && (server_in(all, SERVER_CONNECTING) || server_next(all) ||
				    server_in(all, SERVER_STANDBY));
}

int servers_send(struct servers *servers, struct span text, struct refusal *why)
{
	if (!servers->active)
		return refusal_set(why, REASON_SERVER_NONE, "%s", "");
	return server_link_send(servers->active->link, text, why);
}

void servers_retry(struct servers *servers)
{
	struct server *server;

	for (server = servers->list; server < servers->list + SERVER_ROLES; server++)
		if (server->status.state == SERVER_FAILED)
			server->is_due = true;
	servers_wake(servers);
}

void servers_reject(struct servers *servers, const struct refusal *why)
{
	struct refusal copy = *why;

	struct server *server = servers->active;

	if (!server)
		return;
	server->rejects = is_stable(server) ? 1 : server->rejects + 1;
	server_fail(server, &copy);
}

bool servers_has_other(const struct servers *servers)
{
	const struct server *server;

	for (server = servers->list; server < servers->list + SERVER_ROLES; server++)
		if (server != servers->active && server->status.state != SERVER_ABSENT)
			return true;
	return false;
}

void servers_blame(struct servers *servers, const struct refusal *why)
{
	if (!servers->active)
		return;
	servers->active->status.last = *why;
	servers->events->changed(servers->owner, &servers->active->status);
}

const struct server_status *servers_status(const struct servers *servers, enum server_role role)
{
	return &servers->list[role].status;
}

const struct server_status *servers_active(const struct servers *servers)
{
	return servers->active ? &servers->active->status : NULL;
}

const char *server_role_word(enum server_role role)
{
	static const char *const words[SERVER_ROLES] = {
		[SERVER_PRIMARY] = "primary",
		[SERVER_SECONDARY] = "secondary",
		[SERVER_TERTIARY] = "tertiary",
		[SERVER_SRST] = "srst",
	};

	return role < SERVER_ROLES ? words[role] : "none";
}

const char *server_state_word(enum server_state state)
{
	static const char *const words[] = {
		[SERVER_ABSENT] = "absent",
		[SERVER_IDLE] = "idle",
		[SERVER_CONNECTING] = "connecting",
		[SERVER_ACTIVE] = "active",
		[SERVER_STANDBY] = "standby",
		[SERVER_FAILED] = "failed",
	};

	return words[state];
}
