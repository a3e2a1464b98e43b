/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIP OAuth: an access token for registration, kept fresh by a refresh token
 * (RFC 6749 section 6).
 */
#ifndef PHONESECD_OAUTH_H
#define PHONESECD_OAUTH_H

#include <systemd/sd-event.h>

#include "../lib/secret.h"
#include "settings.h"

enum { OAUTH_TOKEN_MAX = 16384 };

enum oauth_state {
	OAUTH_OFF,
	OAUTH_NO_TOKEN, /* nobody has logged in */
	OAUTH_REFRESHING, /* no access token yet, one was asked for */
	OAUTH_READY,
	OAUTH_REFUSED, /* the endpoint refuses the refresh token, or the server the access token */
	OAUTH_UNREACHABLE, /* the endpoint gave no token for another reason; tried again */
};

/**
 * struct oauth_events - what the owner is told
 * @ready: there is an access token, the first or a new one
 * @changed: the state or its reason is another one, or the access token came to its end
 *
 * Neither may free the store. @changed comes before @ready.
 */
struct oauth_events {
	void (*ready)(void *owner);
	void (*changed)(void *owner);
};

struct oauth;

/**
 * oauth_new - begin to keep a token
 * @oauth: result, the caller's until oauth_free()
 * @event: the loop
 * @settings: stay as long as this, or until oauth_reload()
 * @file: where the refresh token is stored, mode 0600, replaced whole
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * Over Mobile and Remote Access this is refused; without SIP OAuth in the settings the
 * state is %OAUTH_OFF for good. An access token is refreshed when three quarters of its time
 * are over; a refresh token that comes with it is stored. Until it ends an access token is
 * handed out in every state: calls go on while the endpoint is out of reach.
 *
 * Return: 0, or the -errno of the reason.
 */
int oauth_new(struct oauth **oauth, sd_event *event, const struct settings *settings,
	      const char *file, const struct oauth_events *events, void *owner,
	      struct refusal *why);
void oauth_free(struct oauth *oauth);

/*
 * Uses other settings, still with SIP OAuth; those before may be freed afterwards. Tokens
 * stay. With another endpoint, client or form it asks there at once, unless it has an access
 * token, which is good until it ends.
 */
void oauth_reload(struct oauth *oauth, const struct settings *settings);

/* The present access token, or NULL; stays the store's, valid until the loop goes on. */
const struct secret *oauth_token(const struct oauth *oauth);

/*
 * The server refused the access token: get another one, at once when the last one was good
 * for a while, else after a pause that grows.
 */
void oauth_token_refused(struct oauth *oauth);

/*
 * A refresh token that somebody logged in with; it is stored and used. Takes @token over, on
 * refusal too, after which the earlier login holds.
 */
int oauth_login(struct oauth *oauth, struct secret *token, struct refusal *why);

/* Destroys all tokens, and removes the file; on refusal only the file is left. */
int oauth_logout(struct oauth *oauth, struct refusal *why);

enum oauth_state oauth_state(const struct oauth *oauth);
/*
 * Why it is in this state, REASON_NONE when nothing is wrong. In OAUTH_READY there is a reason
 * when a new refresh token could not be stored.
 */
const struct refusal *oauth_why(const struct oauth *oauth);
/* Seconds until the access token ends, 0 without one. */
unsigned int oauth_expires_s(const struct oauth *oauth);
const char *oauth_state_word(enum oauth_state state);

#endif
