// SPDX-License-Identifier: Apache-2.0
#include "credentials.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/boot_clock.h"
#include "credentials_impl.h"
#include "log.h"

#define BOOT_FILE "/proc/sys/kernel/random/boot_id"

enum {
	WAIT_MAX_S = 86400,
	ACCURACY_US = 100000,
};

void credentials_tell(const struct credentials *credentials)
{
	if (credentials->events && credentials->events->changed)
		credentials->events->changed(credentials->owner);
}

const struct password_record *credentials_record_now(const struct credentials *credentials)
{
	const struct credentials_kept *kept = &credentials->kept;

	if (kept->site.rounds)
		return &kept->site;
	return kept->is_set ? &kept->records[0] : NULL;
}

/* Nothing where the kernel does not say it, which no boot is then. */
static void boot_read(char boot[CREDENTIALS_BOOT_MAX])
{
	FILE *file = fopen(BOOT_FILE, "re");

	*boot = '\0';
	if (file && !fgets(boot, CREDENTIALS_BOOT_MAX, file))
		*boot = '\0';
	if (file)
		fclose(file);
}

int64_t credentials_locked_s(const struct credentials *credentials)
{
	int64_t left = credentials->locked_until - boot_clock_s();

	return left > 0 ? left : 0;
}

/* Has somebody told when the next thing ends. */
static void timer_set(struct credentials *credentials)
{
	int64_t now = boot_clock_s(), next = INT64_MAX;

	if (credentials->locked_until > now)
		next = credentials->locked_until;
	for (size_t i = 0; i < credentials->unlocks_count; i++)
		if (credentials->unlocks[i].until < next)
			next = credentials->unlocks[i].until;
	(void)sd_event_source_set_enabled(credentials->timer, SD_EVENT_OFF);
	if (next == INT64_MAX)
		return;
	next = next > now ? next - now : 0;
	(void)sd_event_source_set_time_relative(credentials->timer, (uint64_t)next * 1000000);
	(void)sd_event_source_set_enabled(credentials->timer, SD_EVENT_ONESHOT);
}

static void unlock_remove(struct credentials *credentials, size_t at)
{
	credentials->unlocks_count--;
	memmove(&credentials->unlocks[at], &credentials->unlocks[at + 1],
		(credentials->unlocks_count - at) * sizeof(*credentials->unlocks));
}

void credentials_unlock_add(struct credentials *credentials, uid_t user)
{
	for (size_t i = credentials->unlocks_count; i > 0; i--)
		if (credentials->unlocks[i - 1].user == user)
			unlock_remove(credentials, i - 1);
	if (credentials->unlocks_count == CREDENTIALS_UNLOCKS_MAX)
		unlock_remove(credentials, 0);
	credentials->unlocks[credentials->unlocks_count++] = (struct unlock){
		user, boot_clock_s() + credentials->policy.unlock_s,
	};
	timer_set(credentials);
}

static int on_timer(sd_event_source *source, uint64_t at, void *owner)
{
	struct credentials *credentials = owner;
	int64_t now = boot_clock_s();

	(void)source;
	(void)at;
	for (size_t i = credentials->unlocks_count; i > 0; i--)
		if (credentials->unlocks[i - 1].until <= now)
			unlock_remove(credentials, i - 1);
	timer_set(credentials);
	credentials_tell(credentials);
	return 0;
}

/* Seconds after so many wrong ones: those of the settings, doubled by each further one. */
static int64_t wait_after(const struct credentials_policy *policy, unsigned int failures)
{
	int64_t wait = policy->lockout_s;

	if (failures < policy->tries)
		return 0;
	for (unsigned int more = failures - policy->tries; more && wait < WAIT_MAX_S; more--)
		wait *= 2;
	return wait < WAIT_MAX_S ? wait : WAIT_MAX_S;
}

void credentials_failures_set(struct credentials *credentials, unsigned int failures)
{
	struct credentials_kept *kept = &credentials->kept;

	kept->failures = failures;
	kept->wait_s = wait_after(&credentials->policy, failures);
	kept->since = boot_clock_s();
	boot_read(kept->boot);
	credentials->locked_until = kept->wait_s ? kept->since + kept->wait_s : 0;
	timer_set(credentials);
}

bool credentials_is_unlocked(const struct credentials *credentials, uid_t user)
{
	int64_t now = boot_clock_s();
	const struct unlock *unlock = credentials->unlocks;

	for (size_t i = 0; i < credentials->unlocks_count; i++, unlock++)
		if (unlock->until > now &&
		    (unlock->user == user || unlock->user == CREDENTIALS_ROOT))
			return true;
	return false;
}

void credentials_lock(struct credentials *credentials)
{
	bool was_unlocked = credentials->unlocks_count;

	credentials->unlocks_count = 0;
	timer_set(credentials);
	if (was_unlocked)
		credentials_tell(credentials);
}

void credentials_forget(struct credentials *credentials, const void *owner)
{
	if (credentials->done_owner == owner)
		credentials->done = NULL;
}

void credentials_reload(struct credentials *credentials, const struct settings *settings)
{
	credentials_policy_take(&credentials->policy, settings);
}

void credentials_status(const struct credentials *credentials, struct credentials_status *status)
{
	int64_t now = boot_clock_s(), left = 0;

	for (size_t i = 0; i < credentials->unlocks_count; i++)
		if (credentials->unlocks[i].until - now > left)
			left = credentials->unlocks[i].until - now;
	*status = (struct credentials_status){
		.is_set = credentials_record_now(credentials),
		.is_of_site = credentials->kept.site.rounds,
		.failures = credentials->kept.failures, .is_unlocked = left > 0,
		.unlocked_until = left > 0 ? time(NULL) + left : 0,
	};
	if (credentials_locked_s(credentials))
		status->locked_until = time(NULL) + credentials_locked_s(credentials);
}

/*
 * The wait of before the start. CLOCK_BOOTTIME alone cannot be set back or forth by anybody; it
 * begins anew with the system, and so does the wait.
 */
static void wait_take(struct credentials *credentials)
{
	struct credentials_kept *kept = &credentials->kept;
	char boot[CREDENTIALS_BOOT_MAX];
	int64_t now = boot_clock_s();
	struct refusal why = { 0 };

	if (!kept->wait_s)
		return;
	boot_read(boot);
	if (!*boot || strcmp(boot, kept->boot) || kept->since > now) {
		memcpy(kept->boot, boot, sizeof(kept->boot));
		kept->since = now;
		/* Without it the wait is merely longer. */
		if (credentials_file_write(kept, credentials->folder, &why))
			log_refusal(LOG_FAILED, &why, "credentials");
	}
	credentials->locked_until = kept->since + kept->wait_s;
	timer_set(credentials);
}

int credentials_new(struct credentials **credentials, sd_event *event,
		    const struct settings *settings, const char *state,
		    const struct credentials_events *events, void *owner, struct refusal *why)
{
	struct credentials *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = event;
	made->events = events;
	made->owner = owner;
	snprintf(made->folder, sizeof(made->folder), "%s", state);
	credentials_policy_take(&made->policy, settings);
	err = credentials_file_read(&made->kept, state, why);
	if (err) {
		credentials_free(made);
		return err;
	}
	err = sd_event_add_time_relative(event, &made->timer, CLOCK_BOOTTIME, 0, ACCURACY_US,
					 on_timer, made);
	if (err >= 0)
		err = sd_event_add_defer(event, &made->soon, credentials_on_soon,
					 made);
	if (err < 0) {
		credentials_free(made);
		return refusal_set(why, REASON_SYSTEM, "credentials: %s", strerror(-err));
	}
	(void)sd_event_source_set_enabled(made->timer, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(made->soon, SD_EVENT_OFF);
	wait_take(made);
	*credentials = made;
	return 0;
}

void credentials_free(struct credentials *credentials)
{
	if (!credentials)
		return;
	password_hash_free(credentials->hash);
	sd_event_source_disable_unref(credentials->timer);
	sd_event_source_disable_unref(credentials->soon);
	secret_free(credentials->site);
	explicit_bzero(&credentials->kept, sizeof(credentials->kept));
	free(credentials);
}
