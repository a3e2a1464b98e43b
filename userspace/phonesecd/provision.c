// SPDX-License-Identifier: Apache-2.0
#include "provision.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "provision_impl.h"

enum {
	/* Seconds before the first try after a failure; each later one waits twice as long. */
	RETRY_FIRST_S = 15,
	RETRY_DOUBLINGS_MAX = 8,
	USEC_PER_S = 1000000,
};

const char *provision_state_word(enum provision_state state)
{
	static const char *const words[] = {
		[PROVISION_OFF] = "off", [PROVISION_IDLE] = "current",
		[PROVISION_FETCHING] = "fetching", [PROVISION_ASKING] = "asking",
		[PROVISION_ENROLLING] = "enrolling", [PROVISION_FAILED] = "failed",
	};

	return words[state];
}

const char *provision_enrolment_word(enum provision_enrolment reason)
{
	static const char *const words[] = {
		[PROVISION_ENROL_MISSING] = "missing", [PROVISION_ENROL_MISMATCH] = "mismatch",
		[PROVISION_ENROL_DECRYPTION] = "decryption",
	};

	return words[reason];
}

void provision_state_set(struct provision *provision, enum provision_state state)
{
	provision->status.state = state;
	if (provision->events->changed)
		provision->events->changed(provision->owner);
}

/* Not all phones of a site that lost its server are to come at once. */
static uint64_t jitter(uint64_t usec)
{
	unsigned char random;

	return RAND_bytes(&random, 1) == 1 ? usec + usec / 8 * random / 255 : usec;
}

void provision_timer_arm(struct provision *provision)
{
	const struct settings *settings = provision->settings;
	unsigned int doublings = provision->failures ? provision->failures - 1 : 0;
	uint64_t wait_s = settings->provisioning_s;

	if (doublings > RETRY_DOUBLINGS_MAX)
		doublings = RETRY_DOUBLINGS_MAX;
	if (provision->failures && wait_s > (uint64_t)RETRY_FIRST_S << doublings)
		wait_s = (uint64_t)RETRY_FIRST_S << doublings;
	(void)sd_event_source_set_time_relative(provision->timer, jitter(wait_s * USEC_PER_S));
	(void)sd_event_source_set_enabled(provision->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *owner)
{
	(void)source;
	(void)usec;
	provision_turn_begin(owner);
	return 0;
}

/* The configuration of before is told first, so that it is in use when no server answers. */
static int on_first(sd_event_source *source, void *owner)
{
	struct provision *provision = owner;

	(void)source;
	if (provision->config)
		provision->events->configured(provision->owner, provision->config);
	provision_turn_begin(provision);
	return 0;
}

static int sources_add(struct provision *provision, struct refusal *why)
{
	int err;

	err = sd_event_add_time_relative(provision->event, &provision->timer, CLOCK_BOOTTIME, 0,
					 USEC_PER_S, on_timer, provision);
	if (err >= 0)
		err = sd_event_source_set_enabled(provision->timer, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_add_defer(provision->event, &provision->first, on_first, provision);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) : 0;
}

/* Takes up what the settings ask for: the configuration of before, and the servers. */
static int provision_begin(struct provision *provision, struct refusal *why)
{
	struct provision_status *status = &provision->status;

	if (!provision->settings->provisioning)
		return 0;
	if (provision_store_load(provision, &provision->config, &provision->stored)) {
		status->fetched = provision->stored.fetched;
		status->is_signed = provision->stored.is_signed;
		status->is_stored = true;
	}
	status->state = PROVISION_FETCHING;
	return sources_add(provision, why);
}

int provision_new(struct provision **result, sd_event *event, const struct settings *settings,
		  const char *state, struct verify_service *service,
		  const struct provision_events *events, void *owner, struct refusal *why)
{
	struct provision *provision = calloc(1, sizeof(*provision));
	int err = 0;

	if (!provision)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	provision->event = sd_event_ref(event);
	provision->settings = settings;
	provision->service = service;
	provision->events = events;
	provision->owner = owner;
	provision->step = STEP_END;
	if (snprintf(provision->folder, sizeof(provision->folder), "%s/config", state) >=
	    (int)sizeof(provision->folder))
		err = refusal_set(why, REASON_SYSTEM, "the path of the state folder is too long");
	if (!err)
		err = provision_begin(provision, why);
	if (err) {
		provision_free(provision);
		return err;
	}
	*result = provision;
	return 0;
}

/* Ends what is under way and forgets the configuration; what is on disk stays. */
static void provision_stop(struct provision *provision)
{
	provision_turn_forget(provision);
	provision->timer = sd_event_source_disable_unref(provision->timer);
	provision->first = sd_event_source_disable_unref(provision->first);
	phone_config_free(provision->config);
	phone_config_free(provision->minimal);
	provision->config = NULL;
	provision->minimal = NULL;
	provision->failures = 0;
	provision->status = (struct provision_status){ .state = PROVISION_OFF };
}

void provision_free(struct provision *provision)
{
	if (!provision)
		return;
	provision_stop(provision);
	sd_event_unref(provision->event);
	free(provision);
}

void provision_reload(struct provision *provision)
{
	if (!provision->timer)
		return;
	provision->failures = 0;
	provision_turn_begin(provision);
}

int provision_settings(struct provision *provision, const struct settings *settings,
		       struct refusal *why)
{
	bool was_on = provision->timer;

	provision->settings = settings;
	if (was_on && settings->provisioning) {
		provision_reload(provision);
		return 0;
	}
	provision_stop(provision);
	return provision_begin(provision, why);
}

void provision_token(struct provision *provision, const struct secret *token)
{
	provision->token = token;
}

void provision_status(const struct provision *provision, struct provision_status *status)
{
	uint64_t at, now;

	*status = provision->status;
	status->next_s = 0;
	if (provision->timer && provision->step == STEP_END &&
	    sd_event_source_get_time(provision->timer, &at) >= 0 &&
	    sd_event_now(provision->event, CLOCK_BOOTTIME, &now) >= 0 && at > now)
		status->next_s = (unsigned int)((at - now) / USEC_PER_S);
}

const struct phone_config *provision_config(const struct provision *provision)
{
	return provision->config;
}

const struct phone_config *provision_minimal(const struct provision *provision)
{
	return provision->minimal;
}
