/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of credentials.h share. */
#ifndef PHONESECD_CREDENTIALS_IMPL_H
#define PHONESECD_CREDENTIALS_IMPL_H

#include <limits.h>

#include "credentials_file.h"
#include "credentials_policy.h"

/* The user who needs no password. */
enum { CREDENTIALS_ROOT = 0 };

/* What is looked at. */
enum asked { ASKED_NOTHING, ASKED_UNLOCK, ASKED_SET, ASKED_REMOVE, ASKED_SITE };

/* Who may change settings, until when by CLOCK_BOOTTIME. */
struct unlock {
	uid_t user;
	int64_t until;
};

/**
 * struct credentials - the password
 * @folder: the state folder
 * @policy: the settings that matter here
 * @kept: as in the file
 * @locked_until: by CLOCK_BOOTTIME; 0 when passwords are looked at
 * @unlocks, @unlocks_count: the oldest first
 * @timer: tells that something is locked, or looked at again
 * @soon: answers what needs no hash
 * @hash: passwords are computed
 * @asked: what for; @user asks
 * @needs_old: the first question is about the password of now
 * @is_withdrawn: it is not the one of now any more
 * @done, @done_owner: who is told; NULL for nobody
 * @site: what the site names and is not kept yet, or NULL
 */
struct credentials {
	sd_event *event;
	char folder[PATH_MAX];
	struct credentials_policy policy;
	struct credentials_kept kept;
	int64_t locked_until;
	struct unlock unlocks[CREDENTIALS_UNLOCKS_MAX];
	size_t unlocks_count;
	sd_event_source *timer;
	sd_event_source *soon;
	struct password_hash *hash;
	enum asked asked;
	uid_t user;
	bool needs_old;
	bool is_withdrawn;
	credentials_done done;
	void *done_owner;
	struct secret *site;
	const struct credentials_events *events;
	void *owner;
};

void credentials_tell(const struct credentials *credentials);

/* The password of now: of the site, else the one that was set here; NULL for none. */
const struct password_record *credentials_record_now(const struct credentials *credentials);

/* Seconds for which no password is looked at any more, 0 for none. */
int64_t credentials_locked_s(const struct credentials *credentials);

/* So many were wrong, one after the other: what follows from it, but not the file. */
void credentials_failures_set(struct credentials *credentials, unsigned int failures);

/* Has the settings unlocked for a user, from now on. */
void credentials_unlock_add(struct credentials *credentials, uid_t user);

/* Answers what needs no hash, from the loop. */
int credentials_on_soon(sd_event_source *source, void *credentials);

#endif
