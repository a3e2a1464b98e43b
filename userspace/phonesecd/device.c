// SPDX-License-Identifier: Apache-2.0
/* The rooms of the device, their settings, and what they and the guard tell one another. */
#include "device_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "file_times.h"
#include "fips.h"
#include "log.h"

/* For what is said of a call when it is over. */
enum { CALL_LINGER_S = 3 };

struct device_laid *device_laid_hold(struct device_laid *laid)
{
	laid->uses++;
	return laid;
}

void device_laid_drop(struct device_laid *laid)
{
	if (!laid || --laid->uses)
		return;
	overlay_clear(&laid->overlay);
	free(laid);
}

int device_laid_make(const struct device *device, const struct phone_config *config,
		     struct device_laid **laid, struct refusal *why)
{
	const size_t address = settings_index(offsetof(struct settings, address));
	struct device_laid *made = calloc(1, sizeof(*made));
	struct provision_status status = { 0 };
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->uses = 1;
	if (device->provision)
		provision_status(device->provision, &status);
	err = overlay_make(&made->overlay, device->file, config, status.is_signed, why);
	if (err) {
		free(made);
		return err;
	}
	/* Whoever names an address means it. */
	if (device->access && !device->file->given[address])
		(void)access_voice_address(device->access, &made->overlay.settings.address);
	*laid = made;
	return 0;
}

static void laid_put(struct device_laid **place, struct device_laid *laid)
{
	device_laid_drop(*place);
	*place = laid;
}

void device_settle(struct device *device)
{
	struct refusal why;

	if (!device->guard || device->guarded == device->laid)
		return;
	if (guard_reload(device->guard, &device->laid->overlay.settings, &why)) {
		if (why.code != device->refused.code)
			log_refusal(LOG_SETTINGS_REFUSED, &why, "the old settings stay");
		device->refused = why;
	} else {
		laid_put(&device->guarded, device_laid_hold(device->laid));
		device->refused = (struct refusal){ 0 };
	}
	device_tell(device, configuration);
}

/* The rooms that take all settings that hold; the guard may refuse them for now. */
static void laid_spread(struct device *device, struct device_laid *laid)
{
	verify_service_reload(device->service, &laid->overlay.settings);
	access_reload(device->access, device->file, &laid->overlay);
	laid_put(&device->access_laid, device_laid_hold(laid));
}

static void laid_use(struct device *device, struct device_laid *laid)
{
	laid_spread(device, laid);
	laid_put(&device->laid, laid);
	device_settle(device);
}

/* What is more than a setting. */
static void config_hand_on(const struct device *device, const struct phone_config *config)
{
	struct provision_status status = { 0 };

	if (!config)
		return;
	if (device->provision)
		provision_status(device->provision, &status);
	fips_follow(device->file, device->state, config->hardening.fips, status.is_signed);
	access_configured(device->access, config, status.is_signed);
}

static void on_configured(void *owner, const struct phone_config *config)
{
	struct device *device = owner;
	struct device_laid *laid;
	struct refusal why;

	if (device_laid_make(device, config, &laid, &why)) {
		log_refusal(LOG_CONFIG_REFUSED, &why, "the configuration of before stays");
		return;
	}
	laid_use(device, laid);
	config_hand_on(device, config);
	device->pause_us = 0;
}

static void on_wants_enrolment(void *owner, enum provision_enrolment reason,
			       const struct phone_config *config)
{
	static const enum enroll_cause causes[] = {
		[PROVISION_ENROL_MISSING] = ENROLL_AUTOMATIC,
		[PROVISION_ENROL_MISMATCH] = ENROLL_KEY_MISMATCH,
		[PROVISION_ENROL_DECRYPTION] = ENROLL_DECRYPTION,
	};

	(void)config;
	device_enrol(owner, causes[reason]);
}

static void on_lists_changed(void *owner)
{
	device_trust_changed(owner);
}

static void on_provision_changed(void *owner)
{
	struct device *device = owner;

	device_tell(device, configuration);
	device_tell(device, trust);
}

static const struct provision_events provision_events = {
	.configured = on_configured,
	.wants_enrolment = on_wants_enrolment,
	.lists_changed = on_lists_changed,
	.changed = on_provision_changed,
};

static void on_renewal_due(void *owner)
{
	device_enrol(owner, ENROLL_AUTOMATIC);
}

static void on_expiry_changed(void *owner)
{
	struct device *device = owner;

	device_tell(device, identity);
}

static const struct identity_expiry_events expiry_events = {
	.renew = on_renewal_due,
	.changed = on_expiry_changed,
};

static void on_server_changed(void *owner, enum server_role role)
{
	(void)role;
	device_lsc_try(owner, 0);
}

static void on_registrations_changed(void *owner)
{
	device_lsc_try(owner, 0);
}

static void on_call_removed(void *owner, uint32_t number)
{
	(void)number;
	device_lsc_try(owner, CALL_LINGER_S);
}

/* What shows the phone to call managers shows it to servers of files. */
static void on_oauth_changed(void *owner)
{
	struct device *device = owner;
	const struct oauth *oauth = guard_oauth(device->guard);
	const struct secret *token = oauth ? oauth_token(oauth) : NULL;
	struct secret *copy;

	if (token && device->token && secret_equal(token, device->token))
		return;
	copy = token ? secret_copy(token) : NULL;
	provision_token(device->provision, copy);
	secret_free(device->token);
	device->token = copy;
}

static const struct guard_events guard_events = {
	.server_changed = on_server_changed,
	.registrations_changed = on_registrations_changed,
	.call_removed = on_call_removed,
	.oauth_changed = on_oauth_changed,
};

static void on_network_changed(void *owner)
{
	struct device *device = owner;

	device_tell(device, network);
}

static void on_policy_changed(void *owner)
{
	struct device *device = owner;

	device_tell(device, policy);
}

/* Before the guard is there device_join() asks. */
static void on_halted(void *owner, const struct refusal *why)
{
	struct device *device = owner;

	if (device->guard)
		guard_halt(device->guard, why);
}

/* Calls and connections go over the voice VLAN's address, and back when there is none. */
static void on_voice(void *owner)
{
	struct device *device = owner;
	struct device_laid *laid;
	struct refusal why;

	/* The guard is there before the configuration is, whose coming asks again. */
	if (!device->guard || !device->provision)
		return;
	if (device_laid_make(device, provision_config(device->provision), &laid, &why)) {
		log_refusal(LOG_SETTINGS_REFUSED, &why, "the address of before stays");
		return;
	}
	if (media_address_equal(&laid->overlay.settings.address,
				&device->laid->overlay.settings.address)) {
		device_laid_drop(laid);
		return;
	}
	laid_put(&device->laid, laid);
	device_settle(device);
}

static const struct access_events access_events = {
	.network = on_network_changed,
	.policy = on_policy_changed,
	.voice = on_voice,
	.halted = on_halted,
};

static int access_open(struct device *device, const char *runtime, struct refusal *why)
{
	const struct access_parts parts = {
		.event = device->event, .file = device->file,
		.overlay = &device->laid->overlay,
		.keystore = device->keystore,
		.asker = verify_service_asker(device->service), .runtime = runtime,
		.state = device->state,
		.events = &access_events, .owner = device,
	};
	int err = access_new(&device->access, &parts, why);

	if (!err)
		device->access_laid = device_laid_hold(device->laid);
	return err;
}

static int rooms_open(struct device *device, const char *runtime, struct refusal *why)
{
	struct device_laid *laid;
	int err = device_laid_make(device, NULL, &laid, why);

	if (err)
		return err;
	device->laid = laid;
	device->guarded = device_laid_hold(laid);
	calendar_learn(CALENDAR_FILE, file_times_last(device->file));
	err = keystore_new(&device->keystore, device->file, why);
	if (!err)
		err = verify_service_new(&device->service, device->event,
					 &laid->overlay.settings, why);
	return err ? err : access_open(device, runtime, why);
}

int device_new(struct device **result, sd_event *event, const struct settings *settings,
	       const char *runtime, const char *state, struct refusal *why)
{
	struct device *device = calloc(1, sizeof(*device));
	int err = 0;

	if (!device)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	device->event = sd_event_ref(event);
	device->file = settings;
	strcpy(device->image_status.state, "none");
	if (snprintf(device->state, sizeof(device->state), "%s", state) >=
	    (int)sizeof(device->state))
		err = refusal_set(why, REASON_SETTINGS_VALUE, "the state folder's name");
	if (!err)
		err = rooms_open(device, runtime, why);
	if (err) {
		device_free(device);
		return err;
	}
	*result = device;
	return 0;
}

void device_free(struct device *device)
{
	if (!device)
		return;
	device->events = NULL;
	device_leave(device);
	device_image_stop(device);
	device_jobs_clear(device);
	access_free(device->access);
	verify_service_free(device->service);
	keystore_free(device->keystore);
	device_trust_clear(&device->trust);
	device_laid_drop(device->laid);
	device_laid_drop(device->guarded);
	device_laid_drop(device->access_laid);
	secret_free(device->token);
	sd_event_unref(device->event);
	free(device);
}

const struct settings *device_settings(const struct device *device)
{
	return &device->guarded->overlay.settings;
}

struct access *device_access(const struct device *device)
{
	return device->access;
}

int device_join(struct device *device, struct guard *guard, struct refusal *why)
{
	struct refusal halted;
	int err;

	device->guard = guard;
	device->trial = DEVICE_TRIAL_CONNECTS;
	guard_watch(guard, &guard_events, device);
	servers_trust_by(guard_servers(guard), verify_service_asker(device->service));
	if (access_halted(device->access, &halted))
		guard_halt(guard, &halted);
	err = identity_expiry_new(&device->expiry, device->event, device->keystore,
				  &expiry_events, device, why);
	if (!err)
		err = provision_new(&device->provision, device->event, device->file,
				    device->state, device->service, &provision_events, device, why);
	if (err) {
		device_leave(device);
		return err;
	}
	on_oauth_changed(device);
	on_voice(device);
	return 0;
}

void device_leave(struct device *device)
{
	device_enrol_stop(device);
	device->pause = sd_event_source_disable_unref(device->pause);
	device->turn = sd_event_source_disable_unref(device->turn);
	provision_free(device->provision);
	identity_expiry_free(device->expiry);
	device->provision = NULL;
	device->expiry = NULL;
	if (!device->guard)
		return;
	servers_trust_by(guard_servers(device->guard), NULL);
	guard_unwatch(device->guard, device);
	device->guard = NULL;
}

/* The guard decides whether they are taken; the rooms follow. */
static int laid_exchange(struct device *device, struct device_laid *laid, struct refusal *why)
{
	int err = keystore_reload(device->keystore, device->file, why);

	return err ? err : guard_reload(device->guard, &laid->overlay.settings, why);
}

int device_reload(struct device *device, const struct settings *settings, struct refusal *why)
{
	const struct settings *before = device->file;
	struct device_laid *laid;
	struct refusal unused;
	int err;

	device->file = settings;
	err = device_laid_make(device, provision_config(device->provision), &laid, why);
	if (err) {
		device->file = before;
		return err;
	}
	err = laid_exchange(device, laid, why);
	if (err) {
		device->file = before;
		(void)keystore_reload(device->keystore, before, &unused);
		device_laid_drop(laid);
		return err;
	}
	laid_put(&device->guarded, device_laid_hold(laid));
	laid_spread(device, laid);
	laid_put(&device->laid, laid);
	device->refused = (struct refusal){ 0 };
	device_trust_clear(&device->trust);
	if (provision_settings(device->provision, settings, &unused))
		log_refusal(LOG_FAILED, &unused, "the configuration of the servers");
	return 0;
}

void device_watch(struct device *device, const struct device_events *events, void *owner)
{
	device->events = events;
	device->owner = owner;
}
