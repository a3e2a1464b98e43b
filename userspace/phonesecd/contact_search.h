/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One search in the directory of the site: a resource "users" of the call manager's User Data
 * Services, over HTTPS and with the name and the password of somebody.
 */
#ifndef PHONESECD_CONTACT_SEARCH_H
#define PHONESECD_CONTACT_SEARCH_H

#include <systemd/sd-event.h>

#include "../lib/secret.h"
#include "contact_answer.h"
#include "settings.h"
#include "trust.h"

enum contact_search_limits {
	CONTACT_SEARCH_MAX_S = 15, /* from the look-up of the name to the end of the answer */
	CONTACT_SEARCH_NAME_MAX = 128, /* bytes of what is looked for, without the end */
	CONTACT_SEARCH_USER_MAX = 128, /* bytes of who asks, without the end */
	CONTACT_SEARCH_PASSWORD_MAX = 256, /* bytes */
};

/**
 * struct contact_result - how a search ended
 * @why: %REASON_NONE when the directory answered, else why there is nothing
 * @found: what it answered; the search's, empty with a reason
 */
struct contact_result {
	struct refusal why;
	const struct contact_answer *found;
};

/* Told once, from the event loop; may free the search. */
typedef void (*contact_search_done)(void *owner, const struct contact_result *result);

struct contact_search;

/**
 * contact_search_start - look somebody up
 * @search: result, the caller's until contact_search_free(), which also ends it early
 * @event: the loop
 * @settings: [directory] names the server, the store of [trust] vouches for it; stays
 * @asker: whom to ask about a server that is unknown, or NULL
 * @name: a part of a name, UTF-8; 1 to %CONTACT_SEARCH_NAME_MAX bytes, no control characters
 * @user: who asks, UTF-8 without colon and control characters; never empty
 * @password: 1 to %CONTACT_SEARCH_PASSWORD_MAX bytes, no control characters; may be freed
 *	      afterwards, and is destroyed here when the search ends
 * @done: whom to tell
 * @owner: its first argument
 * @why: on refusal the reason: no directory, no user or password, an empty store
 *
 * HTTPS only, TLS 1.2 or later with AES-GCM; the certificate is always checked against the trust
 * store (%TRUST_USE_WEB) before anything is said of user and password. Nothing is followed
 * elsewhere, no proxy is used, and without user and password nothing is asked at all.
 *
 * Return: 0, or the -errno of the reason; @done is then not called.
 */
int contact_search_start(struct contact_search **search, sd_event *event,
			 const struct settings *settings, const struct trust_asker *asker,
			 const char *name, const char *user, const struct secret *password,
			 contact_search_done done, void *owner, struct refusal *why);
void contact_search_free(struct contact_search *search);

#endif
