/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the device share; for them only. */
#ifndef PHONESECD_DEVICE_STATE_H
#define PHONESECD_DEVICE_STATE_H

#include "access.h"
#include "device.h"
#include "enroll.h"
#include "identity_expiry.h"
#include "image.h"
#include "keystore.h"
#include "overlay.h"
#include "provision.h"
#include "trust_lists.h"
#include "verify_service.h"

/**
 * struct device_laid - settings with the site's configuration over them
 * @overlay: they, and where each comes from
 * @uses: who holds them: the device as the newest, the guard as those that it works with, a
 *        session with CAPF
 */
struct device_laid {
	struct overlay overlay;
	unsigned int uses;
};

/* What the trust lists hold as others see it, until one of the files is another one. */
struct device_trust_view {
	unsigned char stamp[32];
	bool is_made;
	struct device_list lists[TRUST_LIST_KINDS + 1];
	size_t lists_count;
	struct device_record *records;
	size_t records_count;
};

/* A key that is being made for a request. */
struct device_job {
	struct device_job *next;
	struct device *device;
	struct key_maker *maker;
	char name[KEYSTORE_NAME_MAX];
	device_requested done;
	void *owner;
};

/* What becomes of a new LSC at the call manager. */
enum device_trial {
	DEVICE_TRIAL_WAITS, /* for calls to end, whose connection shows the one before */
	DEVICE_TRIAL_CONNECTS,
	DEVICE_TRIAL_SHOWN, /* the connection shows it; a registration is one with it */
};

/**
 * struct device - the device
 * @file: settings of the file
 * @laid: the newest ones
 * @guarded: those that the guard works with, which are older when it refused the newest
 * @refused: why it did
 * @access: network access and policy; @access_laid its settings
 * @guard: NULL before device_join()
 * @token: a copy of the access token, shown to servers of files
 * @enroll: the session with CAPF, or NULL; @enroll_laid its settings
 * @pause: while it is armed no session begins of itself: servers take a moment to encrypt for a
 *         certificate that is new
 * @pause_us: how long the last one was, 0 when a configuration came into use since
 * @lsc_text: how the last session ended, or where this one is; empty to look at the keystore
 * @awaits_string: somebody is to enter it
 * @trial: how far the servers have seen a new LSC; @turn looks
 */
struct device {
	sd_event *event;
	char state[PATH_MAX];
	const struct settings *file;
	struct device_laid *laid;
	struct device_laid *guarded;
	struct refusal refused;
	struct access *access;
	struct device_laid *access_laid;
	struct guard *guard;
	struct keystore *keystore;
	struct identity_expiry *expiry;
	struct verify_service *service;
	struct provision *provision;
	struct secret *token;
	struct enroll *enroll;
	struct device_laid *enroll_laid;
	sd_event_source *pause;
	uint64_t pause_us;
	char lsc_text[DEVICE_PROGRESS_MAX];
	struct refusal lsc_last;
	bool awaits_string;
	enum device_trial trial;
	sd_event_source *turn;
	struct device_job *jobs;
	struct device_trust_view trust;
	struct image *image;
	struct device_laid *image_laid;
	struct device_image image_status;
	device_imaged imaged;
	void *imager;
	const struct device_events *events;
	void *owner;
};

#define device_tell(device, event, ...) \
	do { \
		if ((device)->events) \
			(device)->events->event((device)->owner, ##__VA_ARGS__); \
	} while (0)

/* One more that holds these settings, and one less. */
struct device_laid *device_laid_hold(struct device_laid *laid);
void device_laid_drop(struct device_laid *laid);

/* Lays a configuration over the file's settings; NULL for none. */
int device_laid_make(const struct device *device, const struct phone_config *config,
		     struct device_laid **laid, struct refusal *why);

/* Has the guard take the newest settings, if it has refused them so far. */
void device_settle(struct device *device);

/* A session with CAPF is wanted for a cause; begins, or waits for the string. */
void device_enrol(struct device *device, enum enroll_cause cause);
void device_enrol_stop(struct device *device);

/* The LSC is another one, or gone: it is shown to the servers, and watched. */
void device_lsc_changed(struct device *device);
/* Looks, so many seconds from now, what the servers say of an LSC that is on trial. */
void device_lsc_try(struct device *device, unsigned int seconds);

/* The lists are other ones, or somebody was vouched for. */
void device_trust_changed(struct device *device);
void device_trust_clear(struct device_trust_view *view);

void device_jobs_clear(struct device *device);
void device_image_stop(struct device *device);

/* SHA-256 as hexadecimal. */
void device_hex(char text[DEVICE_FINGERPRINT_MAX], const unsigned char digest[32]);

#endif
