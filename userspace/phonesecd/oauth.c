// SPDX-License-Identifier: Apache-2.0
#include "oauth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "token_request.h"
#include "token_store.h"

#define SECOND_US UINT64_C(1000000)

enum {
	/* Between two requests, whatever times the endpoint names. */
	WAIT_MIN_S = 5,
	/* With the jitter of a quarter it makes five minutes. */
	WAIT_MAX_S = 240,
	/* An access token that is refused at this age was good for a while. */
	TRIED_S = 60,
	ACCURACY_US = 10000,
};

struct oauth {
	sd_event *event;
	const struct settings *settings;
	char *file;
	const struct oauth_events *events;
	void *owner;

	enum oauth_state state;
	struct refusal why;
	struct secret *refresh;
	bool is_stored; /* the refresh token is the one in the file */
	struct secret *access;
	uint64_t granted_us; /* these times are of the clock that goes on while suspended */
	uint64_t end_us;

	struct token_request *request;
	uint64_t asked_us;
	sd_event_source *ask; /* when to ask next */
	sd_event_source *end; /* when the access token ends */
	unsigned int failures; /* requests in a row */
	unsigned int refusals; /* of access tokens in a row, by the server */
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_US + (uint64_t)now.tv_nsec / 1000;
}

/* A part of a time, so that phones that were switched on together do not stay together. */
static uint64_t jitter(uint64_t most_us)
{
	return most_us ? arc4random_uniform((uint32_t)(most_us / 1000) + 1) * UINT64_C(1000) : 0;
}

static uint64_t wait_us(unsigned int tries, unsigned int least_s)
{
	unsigned int wait_s = tries < 6 ? WAIT_MIN_S << tries : WAIT_MAX_S;

	if (wait_s < least_s)
		wait_s = least_s;
	if (wait_s > WAIT_MAX_S)
		wait_s = WAIT_MAX_S;
	return wait_s * SECOND_US + jitter(wait_s * SECOND_US / 4);
}

static void timer_at(sd_event_source *timer, uint64_t usec)
{
	(void)sd_event_source_set_time(timer, usec);
	(void)sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void timer_stop(sd_event_source *timer)
{
	(void)sd_event_source_set_enabled(timer, SD_EVENT_OFF);
}

static void state_set(struct oauth *oauth, enum oauth_state state, const struct refusal *why)
{
	bool is_other = oauth->state != state || oauth->why.code != why->code;

	oauth->state = state;
	oauth->why = *why;
	if (is_other)
		oauth->events->changed(oauth->owner);
}

static void access_drop(struct oauth *oauth)
{
	secret_free(oauth->access);
	oauth->access = NULL;
	timer_stop(oauth->end);
}

static void request_stop(struct oauth *oauth)
{
	token_request_free(oauth->request);
	oauth->request = NULL;
	timer_stop(oauth->ask);
}

/* Takes @token over, or NULL. Nothing that was asked for with the old one is of use. */
static void refresh_replace(struct oauth *oauth, struct secret *token)
{
	request_stop(oauth);
	access_drop(oauth);
	secret_free(oauth->refresh);
	oauth->refresh = token;
	oauth->is_stored = true;
	oauth->failures = 0;
	oauth->refusals = 0;
}

/* Takes @token over. The endpoint knows the old one no more, so the new one stays in any case. */
static void refresh_rotate(struct oauth *oauth, struct secret *token, struct refusal *why)
{
	if (token) {
		oauth->is_stored = oauth->is_stored && secret_equal(token, oauth->refresh);
		secret_free(oauth->refresh);
		oauth->refresh = token;
	}
	if (!oauth->is_stored)
		oauth->is_stored = !token_store_write(oauth->file, oauth->refresh, why);
}

static void request_granted(struct oauth *oauth, struct token_answer *answer)
{
	uint64_t life_us = answer->expires_s * SECOND_US;
	uint64_t ask_us = oauth->asked_us + life_us / 4 * 3 + jitter(life_us / 20);
	struct refusal why = { 0 };

	refresh_rotate(oauth, answer->refresh, &why);
	secret_free(oauth->access);
	oauth->access = answer->access;
	oauth->failures = 0;
	oauth->granted_us = now_us();
	/* The endpoint's clock started somewhere in between; this way ours ends first. */
	oauth->end_us = oauth->asked_us + life_us;
	timer_at(oauth->end, oauth->end_us);
	if (ask_us < oauth->granted_us + WAIT_MIN_S * SECOND_US)
		ask_us = oauth->granted_us + WAIT_MIN_S * SECOND_US;
	timer_at(oauth->ask, ask_us);
	state_set(oauth, OAUTH_READY, &why);
	oauth->events->ready(oauth->owner);
}

static void request_failed(struct oauth *oauth, const struct refusal *why, unsigned int after_s)
{
	timer_at(oauth->ask, now_us() + wait_us(oauth->failures, after_s));
	oauth->failures++;
	state_set(oauth, OAUTH_UNREACHABLE, why);
}

/* An access token that is left is good until it ends; the file tells the same after a restart. */
static void request_refused(struct oauth *oauth, const struct refusal *why)
{
	secret_free(oauth->refresh);
	oauth->refresh = NULL;
	state_set(oauth, OAUTH_REFUSED, why);
}

static void on_done(void *data, struct token_result *result)
{
	struct oauth *oauth = data;

	token_request_free(oauth->request);
	oauth->request = NULL;
	if (result->is_final)
		request_refused(oauth, &result->why);
	else if (result->why.code)
		request_failed(oauth, &result->why, result->after_s);
	else
		request_granted(oauth, &result->answer);
}

static int on_ask(sd_event_source *source, uint64_t usec, void *data)
{
	struct oauth *oauth = data;
	struct refusal why;

	(void)source;
	(void)usec;
	if (oauth->request)
		return 0;
	oauth->asked_us = now_us();
	if (token_request_start(&oauth->request, oauth->event, oauth->settings, oauth->refresh,
				on_done, oauth, &why))
		request_failed(oauth, &why, 0);
	return 0;
}

static int on_end(sd_event_source *source, uint64_t usec, void *data)
{
	struct oauth *oauth = data;

	(void)source;
	(void)usec;
	access_drop(oauth);
	if (oauth->state == OAUTH_READY)
		oauth->state = OAUTH_REFRESHING;
	oauth->events->changed(oauth->owner);
	return 0;
}

/* Whether requests are other ones than before. */
static bool is_other_endpoint(const struct settings *before, const struct settings *settings)
{
	return strcmp(before->token_endpoint, settings->token_endpoint) ||
	       strcmp(before->token_client, settings->token_client) ||
	       strcmp(before->token_form, settings->token_form) ||
	       strcmp(before->token_anchors, settings->token_anchors) ||
	       strcmp(before->anchors, settings->anchors);
}

void oauth_reload(struct oauth *oauth, const struct settings *settings)
{
	const struct settings *before = oauth->settings;

	oauth->settings = settings;
	if (!oauth->refresh || !is_other_endpoint(before, settings))
		return;
	if (oauth->request || !oauth_token(oauth)) {
		request_stop(oauth);
		oauth->failures = 0;
		timer_at(oauth->ask, now_us());
	}
}

const struct secret *oauth_token(const struct oauth *oauth)
{
	/* The timer may be late, above all when the phone has just woken up. */
	return oauth->access && now_us() < oauth->end_us ? oauth->access : NULL;
}

unsigned int oauth_expires_s(const struct oauth *oauth)
{
	uint64_t now = now_us();

	if (!oauth->access || now >= oauth->end_us)
		return 0;
	return (unsigned int)((oauth->end_us - now + SECOND_US - 1) / SECOND_US);
}

void oauth_token_refused(struct oauth *oauth)
{
	struct refusal why = { 0 };

	if (!oauth->access)
		return;
	access_drop(oauth);
	if (now_us() - oauth->granted_us >= TRIED_S * SECOND_US)
		oauth->refusals = 0;
	if (!oauth->refresh) {
		oauth->events->changed(oauth->owner);
	} else if (!oauth->refusals++) {
		timer_at(oauth->ask, now_us());
		state_set(oauth, OAUTH_REFRESHING, &why);
	} else {
		refusal_set(&why, REASON_TOKEN_REFUSED, "the call manager refuses new tokens too");
		timer_at(oauth->ask, now_us() + wait_us(oauth->refusals - 2, 0));
		state_set(oauth, OAUTH_REFUSED, &why);
	}
}

/* People paste and pipe tokens with the end of their line. */
static void line_end_strip(struct secret *token)
{
	size_t len;

	while ((len = secret_len(token)) && strchr("\r\n", secret_bytes(token)[len - 1]))
		secret_shorten(token, 1);
}

static int login_check(const struct oauth *oauth, const struct secret *token, struct refusal *why)
{
	if (oauth->state == OAUTH_OFF)
		return refusal_set(why, REASON_SETTINGS_MISSING, "[oauth] sip-oauth-mode is off");
	if (!token_is_refresh((const char *)secret_bytes(token), secret_len(token)))
		return refusal_set(why, REASON_VALUE_INVALID,
				   "a token is 1 to %d printable characters of ASCII",
				   OAUTH_TOKEN_MAX);
	return 0;
}

int oauth_login(struct oauth *oauth, struct secret *token, struct refusal *why)
{
	const struct refusal nothing = { 0 };
	int err;

	line_end_strip(token);
	err = login_check(oauth, token, why);
	if (!err)
		err = token_store_write(oauth->file, token, why);
	if (err) {
		secret_free(token);
		return err;
	}
	refresh_replace(oauth, token);
	timer_at(oauth->ask, now_us());
	state_set(oauth, OAUTH_REFRESHING, &nothing);
	return 0;
}

int oauth_logout(struct oauth *oauth, struct refusal *why)
{
	struct refusal missing;
	int err;

	refresh_replace(oauth, NULL);
	err = token_store_remove(oauth->file, why);
	refusal_set(&missing, REASON_TOKEN_MISSING, "%s", "");
	if (oauth->state != OAUTH_OFF)
		state_set(oauth, OAUTH_NO_TOKEN, &missing);
	return err;
}

enum oauth_state oauth_state(const struct oauth *oauth)
{
	return oauth->state;
}

const struct refusal *oauth_why(const struct oauth *oauth)
{
	return &oauth->why;
}

const char *oauth_state_word(enum oauth_state state)
{
	static const char *const words[] = {
		[OAUTH_OFF] = "off",
		[OAUTH_NO_TOKEN] = "no-token",
		[OAUTH_REFRESHING] = "refreshing",
		[OAUTH_READY] = "ready",
		[OAUTH_REFUSED] = "refused",
		[OAUTH_UNREACHABLE] = "unreachable",
	};

	return words[state];
}

static int timers_add(struct oauth *oauth, struct refusal *why)
{
	int err;

	err = sd_event_add_time(oauth->event, &oauth->ask, CLOCK_BOOTTIME, 0, ACCURACY_US, on_ask,
				oauth);
	if (err >= 0)
		err = sd_event_add_time(oauth->event, &oauth->end, CLOCK_BOOTTIME, 0, ACCURACY_US,
					on_end, oauth);
	if (err < 0)
		return refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	timer_stop(oauth->ask);
	timer_stop(oauth->end);
	return 0;
}

/* A file that cannot be used is told as the state; a new login replaces it. */
static int token_find(struct oauth *oauth, struct refusal *why)
{
	struct secret *token;

	if (!oauth->settings->oauth)
		return 0;
	token = secret_new(OAUTH_TOKEN_MAX);
	if (!token)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	oauth->state = OAUTH_NO_TOKEN;
	if (token_store_read(oauth->file, token, &oauth->why)) {
		secret_free(token);
		return 0;
	}
	if (!token_is_refresh((const char *)secret_bytes(token), secret_len(token))) {
		refusal_set(&oauth->why, REASON_TOKEN_MISSING, "%s: it holds no token",
			    oauth->file);
		secret_free(token);
		return 0;
	}
	refresh_replace(oauth, token);
	timer_at(oauth->ask, now_us());
	oauth->state = OAUTH_REFRESHING;
	return 0;
}

int oauth_new(struct oauth **result, sd_event *event, const struct settings *settings,
	      const char *file, const struct oauth_events *events, void *owner,
	      struct refusal *why)
{
	struct oauth *oauth;
	int err;

	if (settings->oauth && settings->remote_access)
		return refusal_set(why, REASON_TOKEN_REMOTE_ACCESS, "%s", "");
	oauth = calloc(1, sizeof(*oauth));
	if (!oauth)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	oauth->event = sd_event_ref(event);
	oauth->settings = settings;
	oauth->file = strdup(file);
	oauth->events = events;
	oauth->owner = owner;
	err = oauth->file ? timers_add(oauth, why) : refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err)
		err = token_find(oauth, why);
	if (err) {
		oauth_free(oauth);
		return err;
	}
	*result = oauth;
	return 0;
}

void oauth_free(struct oauth *oauth)
{
	if (!oauth)
		return;
	token_request_free(oauth->request);
	secret_free(oauth->access);
	secret_free(oauth->refresh);
	sd_event_source_disable_unref(oauth->ask);
	sd_event_source_disable_unref(oauth->end);
	sd_event_unref(oauth->event);
	free(oauth->file);
	free(oauth);
}
