// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "fips.h"
#include "log.h"
#include "recovery.h"

static void on_program_message(void *owner, const char *data, const struct sip_frame *frame)
{
	struct guard *guard = owner;

	guard->relay.transport = program_transport(guard->program);
	guard_pass(guard, SIP_END_PROGRAM, data, frame);
}

static void on_program_refused(void *owner, const struct refusal *why)
{
	(void)owner;
	log_refusal(LOG_MESSAGE_REFUSED, why, "from the program");
}

static const struct program_events program_events = {
	.message = on_program_message,
	.refused = on_program_refused,
};

static void calls_update(struct guard *guard)
{
	for (struct call *call = guard->calls.first; call; call = call->next)
		if (!call->ended)
			guard_call_update(guard, call);
}

/* What was asked over the connection before is not answered over this one. */
static void server_switch(struct guard *guard, enum server_role role)
{
	struct refusal why;

	if (guard->server != SERVER_ROLES && guard->server != role)
		log_tell(LOG_SERVER_SWITCHED, "from the %s to the %s",
			 server_role_word(guard->server), server_role_word(role));
	if (guard->server != SERVER_ROLES) {
		refusal_set(&why, REASON_SERVER_CLOSED, "another connection has taken its place");
		guard_calls_cut(guard, &why);
	}
	guard->server = role;
}

/* Told once, and again when something else was in between. */
static void fips_tell(struct guard *guard)
{
	bool is_small = false;

	for (enum server_role role = 0; role < SERVER_ROLES; role++) {
		const struct server_status *status = servers_status(guard->servers, role);

		is_small |= status->state == SERVER_FAILED &&
			    status->last.code == REASON_FIPS_SERVER;
	}
	if (is_small && !guard->fips_told)
		guard_tell(guard, display, 0, FIPS_DISPLAY_SERVER);
	guard->fips_told = is_small;
}

/* Nothing waits for an attempt to connect that has failed, when no other is made now. */
static void hope_check(struct guard *guard, const struct refusal *why)
{
	if (servers_ready(guard->servers) || servers_trying(guard->servers))
		return;
	fips_tell(guard);
	guard_register_hopeless(guard, why);
	guard_waiting_pass(guard);
}

static void on_server_up(void *owner, const struct server_status *status)
{
	struct guard *guard = owner;

	log_tell(LOG_SERVER_UP, "%s %s, %s %s", server_role_word(status->role), status->host,
		 status->facts.version, status->facts.suite);
	guard->fips_told = false;
	server_switch(guard, status->role);
	media_address_format(&status->facts.local, guard->relay.outside);
	guard->relay.outside_clear = !*status->facts.version;
	recovery_save_relay(guard);
	/* What another server held is registered anew at this one. */
	guard_register_lost(guard);
	guard_register_renew(guard);
	recovery_settle(guard);
	guard_waiting_pass(guard);
	calls_update(guard);
}

static void on_server_down(void *owner, const struct refusal *why)
{
	struct guard *guard = owner;

	guard_register_lost(guard);
	guard_calls_cut(guard, why);
	hope_check(guard, why);
	calls_update(guard);
}

static void on_server_message(void *owner, const char *data, const struct sip_frame *frame)
{
	guard_pass(owner, SIP_END_FAR, data, frame);
}

static void on_server_changed(void *owner, const struct server_status *status)
{
	struct guard *guard = owner;

	if (status->state == SERVER_FAILED)
		log_refusal(LOG_SERVER_DOWN, &status->last, "%s %s",
			    server_role_word(status->role), status->host);
	if (guard->servers)
		hope_check(guard, &status->last);
	guard_tell(guard, server_changed, status->role);
}

static const struct servers_events servers_events = {
	.up = on_server_up,
	.down = on_server_down,
	.message = on_server_message,
	.changed = on_server_changed,
};

static void on_module_changed(void *owner)
{
	struct guard *guard = owner;

	recovery_load_calls(guard);
	guard_tell(guard, module_changed);
}

static void on_media(void *owner, const struct media_event *event)
{
	guard_call_media_event(owner, event);
}

static void on_media_lost(void *owner)
{
	guard_calls_refresh(owner);
}

static const struct kernel_events kernel_events = {
	.changed = on_module_changed,
	.media = on_media,
	.lost = on_media_lost,
};

static void on_token_ready(void *owner)
{
	struct guard *guard = owner;

	log_tell(LOG_TOKEN_REFRESHED, "good for %u s", oauth_expires_s(guard->oauth));
	guard_tell(guard, oauth_changed);
	if (servers_ready(guard->servers))
		guard_register_renew(guard);
}

static void token_trouble_tell(const struct guard *guard)
{
	const struct refusal *why = oauth_why(guard->oauth);
	enum oauth_state state = oauth_state(guard->oauth);

	if (state == OAUTH_REFUSED || state == OAUTH_UNREACHABLE)
		log_refusal(LOG_TOKEN_FAILED, why, "%s", oauth_state_word(state));
}

static void on_oauth_changed(void *owner)
{
	struct guard *guard = owner;

	token_trouble_tell(guard);
	guard_tell(guard, oauth_changed);
}

static const struct oauth_events oauth_events = {
	.ready = on_token_ready,
	.changed = on_oauth_changed,
};

static int oauth_open(struct guard *guard, const struct settings *settings, struct oauth **oauth,
		      struct refusal *why)
{
	char file[PATH_MAX];
	int err;

	*oauth = NULL;
	if (!settings->oauth)
		return 0;
	if (snprintf(file, sizeof(file), "%s/refresh-token", guard->state) >= (int)sizeof(file))
		return refusal_set(why, REASON_SETTINGS_VALUE, "the state folder's name");
	err = oauth_new(oauth, guard->event, settings, file, &oauth_events, guard, why);
	if (!err && oauth_state(*oauth) == OAUTH_NO_TOKEN)
		log_refusal(LOG_TOKEN_FAILED, oauth_why(*oauth), "%s", "");
	return err;
}

/* Our port stays, so that what we told of us stays true. */
static int settings_copy(struct settings **copy, const struct settings *settings, uint16_t port,
			 struct refusal *why)
{
	*copy = malloc(sizeof(**copy));
	if (!*copy)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	**copy = *settings;
	if (!(*copy)->local_port)
		(*copy)->local_port = port;
	return 0;
}

static int guard_open(struct guard *guard, struct refusal *why)
{
	const struct settings *settings = guard->settings;
	int err;

	if (RAND_bytes(guard->relay.secret, sizeof(guard->relay.secret)) != 1)
		return refusal_set(why, REASON_RANDOM, "%s", "");
	media_address_format(&settings->listen, guard->relay.inside);
	err = settings_copy(&guard->settings_here, settings, recovery_local_port(guard), why);
	if (err)
		return err;
	err = kernel_new(&guard->kernel, guard->event, settings, &kernel_events, guard, why);
	if (!err)
		err = oauth_open(guard, settings, &guard->oauth, why);
	if (!err)
		err = guard_refused_open(guard, why);
	if (!err)
		err = servers_new(&guard->servers, guard->event, guard->settings_here,
				  &servers_events, guard, why);
	if (!err)
		err = program_new(&guard->program, guard->event, &settings->listen,
				  &program_events, guard, why);
	if (!err)
		recovery_load_relay(guard);
	return err;
}

int guard_new(struct guard **result, sd_event *event, const struct settings *settings,
	      const char *runtime, const char *state, struct refusal *why)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	int err;

	if (!guard)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	guard->event = sd_event_ref(event);
	guard->settings = settings;
	guard->server = SERVER_ROLES;
	guard->runtime = strdup(runtime);
	guard->state = strdup(state);
	err = guard->runtime && guard->state ? guard_open(guard, why) :
					       refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (err) {
		guard_free(guard);
		return err;
	}
	*result = guard;
	return 0;
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	memset(guard->watchers, 0, sizeof(guard->watchers));
	captures_clear(&guard->captures);
	while (guard->calls.first)
		calls_remove(&guard->calls, guard->calls.first);
	registrations_clear(&guard->registrations);
	for (size_t i = 0; i < guard->waiting_count; i++)
		text_free(&guard->waiting[i]);
	sd_event_source_disable_unref(guard->register_timer);
	program_free(guard->program);
	servers_free(guard->servers);
	oauth_free(guard->oauth);
	kernel_free(guard->kernel);
	sd_event_unref(guard->event);
	free(guard->settings_here);
	free(guard->runtime);
	free(guard->state);
	explicit_bzero(guard->relay.secret, sizeof(guard->relay.secret));
	free(guard);
}

void guard_watch(struct guard *guard, const struct guard_events *events, void *owner)
{
	struct guard_watcher *at = guard->watchers;

	while (at->events)
		at++;
	*at = (struct guard_watcher){ .events = events, .owner = owner };
}

void guard_unwatch(struct guard *guard, const void *owner)
{
	for (size_t i = 0; i < GUARD_WATCHERS_MAX; i++)
		if (guard->watchers[i].owner == owner)
			guard->watchers[i] = (struct guard_watcher){ 0 };
}

/* The program would have to be told too, and calls would lose their way to it. */
static int listen_check(const struct guard *guard, const struct settings *settings,
			struct refusal *why)
{
	char now[MEDIA_ADDRESS_TEXT_MAX], then[MEDIA_ADDRESS_TEXT_MAX];

	media_address_format(&guard->settings->listen, now);
	media_address_format(&settings->listen, then);
	return strcmp(now, then) ?
	       refusal_set(why, REASON_SETTINGS_LISTEN, "from %s to %s", now, then) : 0;
}

/* All of them take the settings, or none; @oauth is what there is from now on. */
static int settings_spread(struct guard *guard, const struct settings *settings,
			   const struct settings *here, struct oauth **oauth, struct refusal *why)
{
	struct refusal unused;
	int err = 0;

	*oauth = guard->oauth;
	if (!guard->oauth || !settings->oauth)
		err = oauth_open(guard, settings, oauth, why);
	if (!err)
		err = kernel_reload(guard->kernel, settings, why);
	if (!err) {
		err = servers_reload(guard->servers, here, why);
		if (err)
			kernel_reload(guard->kernel, guard->settings, &unused);
	}
	if (err && *oauth != guard->oauth)
		oauth_free(*oauth);
	return err;
}

int guard_reload(struct guard *guard, const struct settings *settings, struct refusal *why)
{
	struct settings *here;
	struct oauth *oauth;
	int err;

	err = listen_check(guard, settings, why);
	if (!err)
		err = settings_copy(&here, settings, guard->settings_here->local_port, why);
	if (err)
		return err;
	err = settings_spread(guard, settings, here, &oauth, why);
	if (err) {
		free(here);
		return err;
	}
	if (oauth != guard->oauth)
		oauth_free(guard->oauth);
	else if (oauth)
		oauth_reload(oauth, settings);
	guard->oauth = oauth;
	guard->settings = settings;
	free(guard->settings_here);
	guard->settings_here = here;
	return 0;
}
