/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of this phone from its servers: trust lists first, then the configuration,
 * judged, decrypted and read. What was good last is kept and used while no server answers.
 */
#ifndef PHONESECD_PROVISION_H
#define PHONESECD_PROVISION_H

#include <systemd/sd-event.h>

#include "../lib/phone_config.h"
#include "fetch.h"
#include "overlay.h"

enum provision_state {
	PROVISION_OFF, /* not asked for by the settings */
	PROVISION_IDLE, /* the last turn went well */
	PROVISION_FETCHING,
	PROVISION_ASKING, /* TVS about a signer or a server */
	PROVISION_ENROLLING, /* waits for a certificate that the configuration is encrypted for */
	PROVISION_FAILED, /* the old configuration stays; tried again later */
};

/* Why this phone needs a certificate from CAPF. */
enum provision_enrolment {
	PROVISION_ENROL_MISSING, /* it has none, or the servers know none */
	PROVISION_ENROL_MISMATCH, /* the servers know another one */
	PROVISION_ENROL_DECRYPTION, /* the file could not be decrypted */
};

/**
 * struct provision_status - how it stands
 * @state: how
 * @why: of the last failure, REASON_NONE when the last turn went well
 * @file: the configuration in use, after a failure the file that it was about
 * @source: the server of the last answer, empty without one
 * @fetched: seconds since 1970 when the configuration in use was got, 0 without one
 * @next_s: seconds until the servers are asked again, 0 for now or never
 * @is_signed: the configuration in use was signed, or came over TLS
 * @is_stored: it is the one of before, as no server has answered since the daemon began
 */
struct provision_status {
	enum provision_state state;
	struct refusal why;
	char file[FETCH_NAME_MAX];
	char source[SETTINGS_HOST_MAX + 16];
	int64_t fetched;
	unsigned int next_s;
	bool is_signed;
	bool is_stored;
};

/**
 * struct provision_events - what the owner is told; none may free the pipeline
 * @configured: there is a configuration, the first or another one; it stays until the next
 * @wants_enrolment: see enum provision_enrolment; provision_reload() when there is a certificate
 * @lists_changed: a trust list is another one
 * @changed: the status is another one
 */
struct provision_events {
	void (*configured)(void *owner, const struct phone_config *config);
	void (*wants_enrolment)(void *owner, enum provision_enrolment reason,
				const struct phone_config *config);
	void (*lists_changed)(void *owner);
	void (*changed)(void *owner);
};

struct verify_service;
struct provision;

/**
 * provision_new - begin to keep this phone configured
 * @provision: result, the caller's until provision_free()
 * @event: the loop
 * @settings: those of the file; stay as long as this, or until provision_settings()
 * @state: the state folder
 * @service: TVS, or NULL
 * @events: whom to tell; must stay
 * @owner: first argument of the calls
 * @why: on refusal the reason
 *
 * A configuration that is kept on disk is told of at once, from the loop. Without [provisioning]
 * in the settings the state is %PROVISION_OFF for good.
 *
 * Return: 0, or the -errno of the reason.
 */
int provision_new(struct provision **provision, sd_event *event, const struct settings *settings,
		  const char *state, struct verify_service *service,
		  const struct provision_events *events, void *owner, struct refusal *why);
void provision_free(struct provision *provision);

/* Asks the servers now. */
void provision_reload(struct provision *provision);
/*
 * Uses other settings of the file; a turn begins. When they switch it off there is no
 * configuration any more, and nobody is told. Returns 0, or the -errno of the reason.
 */
int provision_settings(struct provision *provision, const struct settings *settings,
		       struct refusal *why);
/* The token for HTTPS servers, which stays the caller's until there is another; NULL for none. */
void provision_token(struct provision *provision, const struct secret *token);

void provision_status(const struct provision *provision, struct provision_status *status);
/* The configuration in use, or NULL. */
const struct phone_config *provision_config(const struct provision *provision);
/*
 * The configuration that says how to get a certificate, from when one is asked for until a whole
 * configuration is there, or NULL.
 */
const struct phone_config *provision_minimal(const struct provision *provision);

/* Words of the bus. */
const char *provision_state_word(enum provision_state state);
const char *provision_enrolment_word(enum provision_enrolment reason);

#endif
