/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local settings password: rules for it and for the authentication strings of CAPF, the
 * password itself as PBKDF2 (NIST SP 800-132) makes it, lock-out after wrong ones, and the time
 * for which it unlocks the settings.
 */
#ifndef PHONESECD_CREDENTIALS_H
#define PHONESECD_CREDENTIALS_H

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "../lib/phone_config.h"
#include "../lib/secret.h"
#include "settings.h"

enum credentials_limits {
	/* Bytes of a password. */
	CREDENTIALS_PASSWORD_MAX = 128,
	/* Users whose settings are unlocked at once; one more takes the place of the oldest. */
	CREDENTIALS_UNLOCKS_MAX = 8,
};

struct credentials;

/**
 * struct credentials_events - what the owner is told
 * @changed: credentials_status() has something new
 */
struct credentials_events {
	void (*changed)(void *owner);
};

/**
 * struct credentials_status - how it is; times in seconds since 1970, by a clock that may be wrong
 * @is_set: there is a password
 * @is_of_site: it is the one that the site's configuration names
 * @failures: wrong ones since the last right one
 * @locked_until: until then none is looked at, 0 when they are
 * @is_unlocked: the settings are unlocked for somebody
 * @unlocked_until: until then at the longest, 0 when they are not
 */
struct credentials_status {
	bool is_set;
	bool is_of_site;
	unsigned int failures;
	int64_t locked_until;
	bool is_unlocked;
	int64_t unlocked_until;
};

/**
 * credentials_new - read the password back
 * @credentials: result, the caller's until credentials_free()
 * @event: the loop
 * @settings: those in force; need not stay
 * @state: the state folder; need not stay
 * @events: whom to tell; must stay. Nobody is told before this returns
 * @owner: handed to @events
 * @why: on refusal the reason: a file of it that is not as it was written. Nothing is unlocked
 *       without it then
 *
 * Return: 0, or the -errno of the reason.
 */
int credentials_new(struct credentials **credentials, sd_event *event,
		    const struct settings *settings, const char *state,
		    const struct credentials_events *events, void *owner, struct refusal *why);
void credentials_free(struct credentials *credentials);
void credentials_reload(struct credentials *credentials, const struct settings *settings);
void credentials_status(const struct credentials *credentials, struct credentials_status *status);

/**
 * credentials_done - told once how it went
 * @owner: as given
 * @why: NULL when it was done, else the reason: REASON_PASSWORD_WRONG, _LOCKED, _POLICY ...
 */
typedef void (*credentials_done)(void *owner, const struct refusal *why);

/**
 * credentials_set - set or change the password
 * @credentials: the credentials
 * @old: the one of before; NULL where there is none, or root asks, who needs none. Copied
 * @new: the new one; NULL takes the password away. Copied
 * @is_root: root asks
 * @done: told the end, from the loop, never from within; the work is done beside the loop
 * @owner: handed to @done
 * @why: on refusal the reason, and @done is not told: REASON_DEVICE_BUSY while another one is
 *       looked at, REASON_PASSWORD_LOCKED, REASON_PASSWORD_POLICY, REASON_SETTINGS_LOCKED while
 *       the site names the password
 *
 * Return: 0, or the -errno of the reason.
 */
int credentials_set(struct credentials *credentials, const struct secret *old,
		    const struct secret *new, bool is_root, credentials_done done, void *owner,
		    struct refusal *why);

/**
 * credentials_unlock - unlock the settings for a while
 * @credentials: the credentials
 * @password: as somebody typed it, copied; NULL where root asks, who needs none
 * @user: who asks, and whom they are unlocked for. Root unlocks them for all
 * @done, @owner, @why: as with credentials_set(); REASON_PASSWORD_MISSING too
 *
 * A wrong password counts before it is looked at, so that cutting the power does not undo it.
 *
 * Return: 0, or the -errno of the reason.
 */
int credentials_unlock(struct credentials *credentials, const struct secret *password,
		       uid_t user, credentials_done done, void *owner, struct refusal *why);

/* Whether they are unlocked for a user now, as settings_access_allows() wants to know. */
bool credentials_is_unlocked(const struct credentials *credentials, uid_t user);

/* Locks the settings again, for all. */
void credentials_lock(struct credentials *credentials);

/**
 * credentials_site - take the password that the site's configuration names
 * @credentials: the credentials
 * @config: the configuration, or NULL for none
 * @is_signed: it was; else nothing of it is taken, and the one of before stays
 *
 * It counts in the place of the one that was set here, which comes back when the site names none,
 * and is kept as that one is. Rules do not apply to it.
 */
void credentials_site(struct credentials *credentials, const struct phone_config *config,
		      bool is_signed);

/* Tells nobody any more who asked with this owner; what was begun goes on. */
void credentials_forget(struct credentials *credentials, const void *owner);

/* What is being judged. */
enum credentials_kind {
	CREDENTIALS_PASSWORD,
	CREDENTIALS_CAPF_STRING,
};

/**
 * credentials_judge - whether a new password or a string keeps to the rules of the settings
 * @settings: those in force
 * @kind: what it is
 * @text: its characters
 * @why: on refusal REASON_PASSWORD_POLICY with the rule; nothing of the text is in it
 *
 * Return: 0, or the -errno of the reason.
 */
int credentials_judge(const struct settings *settings, enum credentials_kind kind,
		      const struct secret *text, struct refusal *why);

#endif
