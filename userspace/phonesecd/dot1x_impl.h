/* SPDX-License-Identifier: Apache-2.0 */
/* What the files dot1x*.c share. */
#ifndef PHONESECD_DOT1X_IMPL_H
#define PHONESECD_DOT1X_IMPL_H

#include "../lib/secret.h"
#include "child.h"
#include "dot1x.h"
#include "dot1x_control.h"
#include "dot1x_report.h"

/**
 * struct dot1x_plan - what the supplicant is to do, as its configuration has it
 * @file: that configuration
 * @folder: in which its control socket is
 * @replies: folder for this end of it
 * @pac: file of the PAC
 * @protocols, @identity, @certificate: see struct dot1x_status
 * @fingerprint: of the certificate that is shown, zeros for none
 */
struct dot1x_plan {
	char file[PATH_MAX];
	char folder[PATH_MAX];
	char replies[PATH_MAX];
	char pac[PATH_MAX];
	char protocols[DOT1X_TEXT_MAX];
	char identity[DOT1X_IDENTITY_MAX];
	char certificate[KEYSTORE_NAME_MAX];
	unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN];
};

struct dot1x {
	sd_event *event;
	const struct settings *settings;
	const struct keystore *keystore;
	const struct dot1x_events *events;
	void *owner;
	char runtime[PATH_MAX];
	char state_folder[PATH_MAX];
	bool is_chosen; /* by the user: Enabled */
	bool is_logged_off;
	bool has_interface;
	bool has_carrier;
	bool had_pac; /* when the attempt began */
	bool is_given_up; /* the attempt; what becomes of it is waited for */
	bool is_over; /* the attempt has failed, which was taken up */
	enum dot1x_state state;
	int64_t since_s;
	unsigned int successes;
	unsigned int failures;
	struct dot1x_plan plan; /* of @child */
	struct child *child;
	struct dot1x_control *control;
	unsigned int disconnects; /* sent and not answered */
	struct dot1x_report report; /* of the supplicant, as it was asked last */
	sd_event_source *timer; /* asks it again, or tries again without it */
	sd_event_source *leave; /* the supplicant has this long to log off */
	struct refusal attempt; /* what went wrong since the attempt began */
	struct refusal last;
	struct refusal told; /* what the journal has of it */
};

/**
 * dot1x_plan_make - see what the phone would authenticate with
 * @plan: filled in
 * @dot1x: the room
 * @identity: result, the caller's until identity_clear(); empty with EAP-FAST alone
 * @named: where it is
 * @why: on refusal REASON_DOT1X_CREDENTIALS, REASON_DOT1X_EXPIRED and those of the keystore
 *
 * Return: 0, or the -errno of the reason.
 */
int dot1x_plan_make(struct dot1x_plan *plan, const struct dot1x *dot1x, struct identity *identity,
		    struct settings_identity *named, struct refusal *why);

/* The same, and writes the configuration with what it names, all for the daemon's user alone. */
int dot1x_plan_write(struct dot1x_plan *plan, const struct dot1x *dot1x, struct refusal *why);

/* Whether what would be shown can be, and why not. */
bool dot1x_plan_is_usable(const struct dot1x *dot1x, struct refusal *why);

/* Whether another certificate would be shown than the plan has. */
bool dot1x_plan_is_old(const struct dot1x *dot1x);

/* What the user chose before; false where nothing is kept, or what is kept cannot be used. */
bool dot1x_choice_read(const char *folder);
int dot1x_choice_write(const char *folder, bool is_enabled, struct refusal *why);

#endif
