// SPDX-License-Identifier: Apache-2.0
#include "identity_expiry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "log.h"

enum {
	DAY_S = 86400,
	LOOK_S = 3600,
	/* While the clock is wrong, as it will be set soon. */
	CLOCK_LOOK_S = 60,
	/* Of the life, after two thirds of it. */
	JITTER_PARTS = 20,
	WATCHED_MAX = KEYSTORE_IMPORTED_MAX + 2,
};

#define SECOND_US 1000000ULL

/**
 * struct watched - what was told of one certificate
 * @name: which one; empty for none
 * @fingerprint: another one of this name begins anew
 * @state: as it was last seen
 * @seen: it is there in this look
 * @warning: the last one, as from identity_expiry_warning()
 * @asked_s: when a new one was asked for, 0 for never
 */
struct watched {
	char name[KEYSTORE_NAME_MAX];
	unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN];
	enum certificate_state state;
	bool seen;
	int warning;
	int64_t asked_s;
};

struct identity_expiry {
	const struct keystore *keystore;
	const struct identity_expiry_events *events;
	void *owner;
	sd_event_source *timer;
	struct watched watched[WATCHED_MAX];
	bool clock_wrong;
};

int64_t identity_expiry_renewal(int64_t from_s, int64_t until_s,
				const unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN])
{
	int64_t life = until_s > from_s ? until_s - from_s : 0;
	int64_t part = (int64_t)fingerprint[0] << 8 | fingerprint[1];

	/* Multiplied last, as a life can be as long as time. */
	return from_s + life / 3 * 2 + life / JITTER_PARTS / 65536 * part +
	       life / JITTER_PARTS % 65536 * part / 65536;
}

int identity_expiry_warning(int64_t from_s, int64_t until_s, int64_t now_s)
{
	static const int days[] = { 7, 30, 90 };
	int64_t left = until_s - now_s;

	if (left <= 0)
		return 0;
	for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
		int64_t before = (int64_t)days[i] * DAY_S;

		if (left <= before && until_s - from_s >= 2 * before)
			return days[i];
	}
	return -1;
}

/* What is known of a certificate of this name; the place is made when there is none. */
static struct watched *watched_find(struct identity_expiry *expiry, const char *name)
{
	struct watched *empty = NULL;

	for (size_t i = 0; i < WATCHED_MAX; i++) {
		struct watched *watched = &expiry->watched[i];

		if (!strcmp(watched->name, name))
			return watched;
		if (!*watched->name)
			empty = empty ?: watched;
	}
	if (empty)
		strcpy(empty->name, name);
	return empty;
}

static void warning_tell(const struct keystore_certificate *shown, int64_t now_s)
{
	int64_t days = (shown->until_s - now_s) / DAY_S;
	char until[32];

	calendar_text(shown->until_s, until);
	log_tell(LOG_IDENTITY_EXPIRES, "%s, %s, ends %s, %s%lld %s", shown->name, shown->subject,
		 until, days ? "in " : "in less than ", (long long)(days ?: 1),
		 days > 1 ? "days" : "day");
}

static void warning_look(struct watched *watched, const struct keystore_certificate *shown,
			 int64_t now_s)
{
	int warning = identity_expiry_warning(shown->from_s, shown->until_s, now_s);
	struct refusal why;

	if (warning >= 0 && warning != watched->warning) {
		if (warning)
			warning_tell(shown, now_s);
		else if (refusal_set(&why, REASON_IDENTITY_EXPIRED, "%s", shown->subject))
			log_refusal(LOG_IDENTITY_EXPIRED, &why, "%s", shown->name);
	}
	watched->warning = warning;
}

/* Only what the store keeps itself can be replaced by CAPF. */
static bool renewal_look(struct watched *watched, const struct keystore_certificate *shown,
			 int64_t now_s)
{
	char until[32];

	if (strcmp(shown->name, KEYSTORE_LSC) || !shown->own || now_s < shown->renew_s)
		return false;
	if (watched->asked_s && now_s >= watched->asked_s && now_s - watched->asked_s < DAY_S)
		return false;
	watched->asked_s = now_s;
	calendar_text(shown->until_s, until);
	log_tell(LOG_IDENTITY_RENEWAL, "%s, ends %s", shown->subject, until);
	return true;
}

/**
 * struct look - what came of one look at all certificates
 * @renew: a new LSC should be asked for
 * @changed: a state is another one
 */
struct look {
	bool renew;
	bool changed;
};

static void certificate_look(struct identity_expiry *expiry, const char *name, int64_t now_s,
			     struct look *look)
{
	struct watched *watched = watched_find(expiry, name);
	struct keystore_certificate shown;

	if (!watched)
		return;
	keystore_show(expiry->keystore, name, &shown);
	if (memcmp(watched->fingerprint, shown.fingerprint, sizeof(shown.fingerprint))) {
		*watched = (struct watched){ .warning = -1, .state = watched->state };
		strcpy(watched->name, name);
		memcpy(watched->fingerprint, shown.fingerprint, sizeof(shown.fingerprint));
		look->changed = true;
	}
	look->changed |= shown.state != watched->state;
	watched->seen = shown.state != CERTIFICATE_MISSING;
	watched->state = shown.state;
	if (!shown.until_s || expiry->clock_wrong)
		return;
	warning_look(watched, &shown, now_s);
	look->renew |= renewal_look(watched, &shown, now_s);
}

/* Those that were not seen any more make room. */
static void watched_forget(struct identity_expiry *expiry, struct look *look)
{
	for (size_t i = 0; i < WATCHED_MAX; i++) {
		struct watched *watched = &expiry->watched[i];

		if (*watched->name && !watched->seen) {
			look->changed |= watched->state != CERTIFICATE_MISSING;
			*watched = (struct watched){ 0 };
		}
		watched->seen = false;
	}
}

static bool clock_look(struct identity_expiry *expiry, int64_t now_s)
{
	bool before = expiry->clock_wrong;
	struct refusal why;

	expiry->clock_wrong = calendar_check(now_s, &why);
	if (expiry->clock_wrong && !before)
		log_refusal(LOG_CLOCK_WRONG, &why, "%s", "");
	return expiry->clock_wrong != before;
}

void identity_expiry_look(struct identity_expiry *expiry, int64_t now_s)
{
	char names[KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX];
	struct look look = { .changed = clock_look(expiry, now_s) };
	size_t count = keystore_list(expiry->keystore, names);

	certificate_look(expiry, KEYSTORE_MIC, now_s, &look);
	certificate_look(expiry, KEYSTORE_LSC, now_s, &look);
	for (size_t i = 0; i < count; i++)
		certificate_look(expiry, names[i], now_s, &look);
	watched_forget(expiry, &look);
	if (look.changed && expiry->events->changed)
		expiry->events->changed(expiry->owner);
	if (look.renew)
		expiry->events->renew(expiry->owner);
}

static int timer_take(sd_event_source *source, uint64_t usec, void *owner)
{
	struct identity_expiry *expiry = owner;

	(void)usec;
	identity_expiry_look(expiry, calendar_now());
	(void)sd_event_source_set_time_relative(source, SECOND_US * (expiry->clock_wrong ?
						CLOCK_LOOK_S : LOOK_S));
	(void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

int identity_expiry_new(struct identity_expiry **expiry, sd_event *event,
			const struct keystore *keystore,
			const struct identity_expiry_events *events, void *owner,
			struct refusal *why)
{
	struct identity_expiry *made = calloc(1, sizeof(*made));
	struct refusal clock;
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->keystore = keystore;
	made->events = events;
	made->owner = owner;
	/* The store has told of the clock when it was opened. */
	made->clock_wrong = calendar_check(calendar_now(), &clock);
	/* Boot time goes on while the phone sleeps, and does not care for a clock that is set. */
	err = sd_event_add_time_relative(event, &made->timer, CLOCK_BOOTTIME, 0, SECOND_US,
					 timer_take, made);
	if (err < 0) {
		free(made);
		return refusal_set(why, REASON_SYSTEM, "%s", strerror(-err));
	}
	*expiry = made;
	return 0;
}

void identity_expiry_free(struct identity_expiry *expiry)
{
	if (!expiry)
		return;
	sd_event_source_disable_unref(expiry->timer);
	free(expiry);
}
