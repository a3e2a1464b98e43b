// SPDX-License-Identifier: Apache-2.0
/* The LSC: sessions with CAPF, and the trial of a new one at the call manager. */
#include "device_state.h"

#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "log.h"

#define SECOND_US UINT64_C(1000000)
/*
 * The first one is for servers that take a moment; each one grows, since a server may encrypt for
 * another certificate whatever this phone gets.
 */
#define PAUSE_FIRST_US (20 * SECOND_US)
#define PAUSE_MAX_US (3600 * SECOND_US)

static void text_set(struct device *device, const char *text)
{
	(void)snprintf(device->lsc_text, sizeof(device->lsc_text), "%s", text);
	device_tell(device, identity);
}

void device_enrol_stop(struct device *device)
{
	enroll_free(device->enroll);
	device_laid_drop(device->enroll_laid);
	device->enroll = NULL;
	device->enroll_laid = NULL;
}

static int on_pause_over(sd_event_source *source, uint64_t usec, void *owner)
{
	struct device *device = owner;

	(void)source;
	(void)usec;
	device->pause = sd_event_source_disable_unref(device->pause);
	if (device->provision)
		provision_reload(device->provision);
	return 0;
}

/* Asks for the configuration at once, and once more when the servers have had their time. */
static void pause_begin(struct device *device)
{
	device->pause = sd_event_source_disable_unref(device->pause);
	device->pause_us = device->pause_us ? 2 * device->pause_us : PAUSE_FIRST_US;
	if (device->pause_us > PAUSE_MAX_US)
		device->pause_us = PAUSE_MAX_US;
	(void)sd_event_add_time_relative(device->event, &device->pause, CLOCK_BOOTTIME,
					 device->pause_us, 0, on_pause_over, device);
	provision_reload(device->provision);
}

static void on_progress(void *owner, const char *text)
{
	text_set(owner, text);
}

static void on_done(void *owner, const struct enroll_result *result)
{
	struct device *device = owner;
	enum enroll_outcome outcome = result->outcome;

	device->lsc_last = result->why;
	(void)snprintf(device->lsc_text, sizeof(device->lsc_text), "%s", result->text);
	device_enrol_stop(device);
	device_tell(device, identity);
	if (outcome == ENROLL_INSTALLED || outcome == ENROLL_DELETED)
		device_lsc_changed(device);
	if (outcome == ENROLL_INSTALLED && device->provision)
		pause_begin(device);
}

static const struct enroll_events enroll_events = {
	.progress = on_progress,
	.done = on_done,
};

/* While a configuration waits for a certificate it says how to get one. */
static int enrol_settings(struct device *device, struct device_laid **laid, struct refusal *why)
{
	const struct phone_config *minimal = device->provision ?
					     provision_minimal(device->provision) : NULL;

	if (minimal)
		return device_laid_make(device, minimal, laid, why);
	*laid = device_laid_hold(device->laid);
	return 0;
}

static int enrol_begin(struct device *device, const struct enroll_wish *wish,
		       struct refusal *why)
{
	struct device_laid *laid;
	int err = enrol_settings(device, &laid, why);

	if (err)
		return err;
	err = enroll_start(&device->enroll, device->event, &laid->overlay.settings,
			   device->keystore, verify_service_asker(device->service), wish,
			   &enroll_events, device, why);
	if (err) {
		device->enroll = NULL;
		device_laid_drop(laid);
		return err;
	}
	device->enroll_laid = laid;
	device->awaits_string = false;
	device->lsc_last = (struct refusal){ 0 };
	text_set(device, "Connecting");
	return 0;
}

void device_enrol(struct device *device, enum enroll_cause cause)
{
	struct enroll_wish wish = { .cause = cause };
	struct refusal why;

	if (device->enroll || device->pause || !enrol_begin(device, &wish, &why))
		return;
	/* Without a server nothing is awaited; with one it is the string that is missing. */
	if (why.code == REASON_CAPF_STRING && !device->awaits_string) {
		device->awaits_string = true;
		device_tell(device, display, "Enter the authentication string for the LSC");
	}
	device->lsc_last = why;
	log_refusal(LOG_ENROLL_FAILED, &why, "%s", "");
	device_tell(device, identity);
}

int device_lsc_update(struct device *device, struct secret *string, struct refusal *why)
{
	struct enroll_wish wish = { .cause = ENROLL_MANUAL, .string = string };
	int err = device->enroll ? refusal_set(why, REASON_DEVICE_BUSY, "%s", "") :
				   enrol_begin(device, &wish, why);

	secret_free(string);
	return err;
}

void device_lsc(const struct device *device, struct device_lsc *lsc)
{
	struct keystore_certificate held;
	bool installed;

	keystore_show(device->keystore, KEYSTORE_LSC, &held);
	installed = held.state != CERTIFICATE_MISSING && held.state != CERTIFICATE_UNUSABLE;
	*lsc = (struct device_lsc){
		.works = device->enroll, .awaits_string = device->awaits_string,
		.last = device->lsc_last, .renewal = installed ? held.renew_s : 0,
	};
	(void)snprintf(lsc->text, sizeof(lsc->text), "%s", *device->lsc_text ? device->lsc_text :
		       installed ? "Installed" : "Not Installed");
}

static bool is_registered(const struct device *device)
{
	struct registration_status status;

	for (size_t i = 0; guard_registration(device->guard, i, &status); i++)
		if (status.state == REGISTRATION_ACTIVE)
			return true;
	return false;
}

/* Whether any server has turned this phone's certificate away. */
static const struct refusal *certificate_refused(const struct device *device)
{
	const struct servers *servers = guard_servers(device->guard);

	for (enum server_role role = 0; role < SERVER_ROLES; role++) {
		const struct server_status *status = servers_status(servers, role);

		if (status->state == SERVER_FAILED &&
		    status->last.code == REASON_TLS_CLIENT_REFUSED)
			return &status->last;
	}
	return NULL;
}

/* Servers are shown none: nobody will say anything of the new one. */
static bool is_untried(const struct device *device)
{
	const struct settings *settings = device_settings(device);

	return settings->oauth || settings->profile == PROFILE_NONSECURE;
}

static void trial_won(struct device *device)
{
	struct refusal why;

	if (keystore_lsc_confirm(device->keystore, &why))
		log_refusal(LOG_FAILED, &why, "the LSC of before");
	device_tell(device, identity);
}

/* The LSC of before, or none, is shown again. */
static void trial_lost(struct device *device, const struct refusal *refused)
{
	struct refusal why = *refused;

	device->lsc_last = why;
	if (keystore_lsc_revert(device->keystore, &why)) {
		log_refusal(LOG_FAILED, &why, "the LSC of before");
		return;
	}
	*device->lsc_text = '\0';
	device_tell(device, display, "The call manager refused the new LSC");
	device_lsc_changed(device);
}

static void lsc_try(struct device *device)
{
	const struct refusal *refused;

	if (!keystore_lsc_is_unconfirmed(device->keystore) && device->trial != DEVICE_TRIAL_WAITS)
		return;
	if (device->trial == DEVICE_TRIAL_WAITS) {
		if (guard_call_next(device->guard, 0))
			return;
		device->trial = DEVICE_TRIAL_CONNECTS;
		servers_identity_changed(guard_servers(device->guard));
		return;
	}
	if (servers_ready(guard_servers(device->guard)))
		device->trial = DEVICE_TRIAL_SHOWN;
	refused = certificate_refused(device);
	if (refused)
		trial_lost(device, refused);
	else if (is_untried(device) ||
		 (device->trial == DEVICE_TRIAL_SHOWN && is_registered(device)))
		trial_won(device);
}

static int on_turn(sd_event_source *source, uint64_t usec, void *owner)
{
	(void)source;
	(void)usec;
	lsc_try(owner);
	return 0;
}

/*
 * Never from within what the guard tells: its message may be on its way over the connection that
 * ends. After a call its last answers have their time.
 */
void device_lsc_try(struct device *device, unsigned int seconds)
{
	/* What is to be looked at later is not looked at sooner. */
	if (device->turn && !seconds && sd_event_source_get_enabled(device->turn, NULL) > 0)
		return;
	if (!device->turn &&
	    sd_event_add_time_relative(device->event, &device->turn, CLOCK_BOOTTIME, 0, 0, on_turn,
				       device) < 0)
		return;
	(void)sd_event_source_set_time_relative(device->turn, seconds * SECOND_US);
	(void)sd_event_source_set_enabled(device->turn, SD_EVENT_ONESHOT);
}

void device_lsc_changed(struct device *device)
{
	if (device->expiry)
		identity_expiry_look(device->expiry, calendar_now());
	access_identity_changed(device->access);
	device_tell(device, identity);
	if (!device->guard)
		return;
	verify_service_reload(device->service, &device->laid->overlay.settings);
	device_settle(device);
	/* Calls keep their connection; the new certificate waits for their end. */
	device->trial = DEVICE_TRIAL_WAITS;
	device_lsc_try(device, 0);
}
