/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of this phone do not end unawares: warnings 90, 30 and 7 days before, and a wish
 * for a new LSC at two thirds of its life.
 */
#ifndef PHONESECD_IDENTITY_EXPIRY_H
#define PHONESECD_IDENTITY_EXPIRY_H

#include <systemd/sd-event.h>

#include "keystore.h"

struct identity_expiry;

/**
 * struct identity_expiry_events - what the owner is told
 * @renew: a new LSC should be asked for, now; again each day until there is one
 * @changed: the state of a certificate, or whether the clock is right, has changed; may be NULL
 */
struct identity_expiry_events {
	void (*renew)(void *owner);
	void (*changed)(void *owner);
};

/**
 * identity_expiry_new - watch the certificates
 * @expiry: result, the caller's until identity_expiry_free()
 * @event: the loop
 * @keystore: must outlive it
 * @events: what to tell; must stay
 * @owner: handed to @events
 * @why: on refusal the reason
 *
 * Looks at once, but tells from the loop; then each hour, so that a clock that was set is noticed.
 *
 * Return: 0, or the -errno of the reason.
 */
int identity_expiry_new(struct identity_expiry **expiry, sd_event *event,
			const struct keystore *keystore,
			const struct identity_expiry_events *events, void *owner,
			struct refusal *why);
void identity_expiry_free(struct identity_expiry *expiry);

/**
 * identity_expiry_look - look now
 * @expiry: the watch
 * @now_s: what time it is, seconds since 1970
 *
 * To be called when a certificate came or went.
 */
void identity_expiry_look(struct identity_expiry *expiry, int64_t now_s);

/**
 * identity_expiry_renewal - when a new certificate should be asked for
 * @from_s, @until_s: the life of this one, seconds since 1970
 * @fingerprint: of the certificate; phones with other ones ask at other times
 *
 * Two thirds of the life after its begin, and up to a twentieth of it later, so that phones that
 * were set up in one night do not all come back in one.
 *
 * Return: seconds since 1970.
 */
int64_t identity_expiry_renewal(int64_t from_s, int64_t until_s,
				const unsigned char fingerprint[CRYPTO_FINGERPRINT_LEN]);

/**
 * identity_expiry_warning - which warning a certificate is due
 * @from_s, @until_s: its life
 * @now_s: now
 *
 * A life of less than twice 90, 30 or 7 days goes without that warning.
 *
 * Return: 90, 30 or 7 for that many days or fewer, 0 when it has ended, -1 for none.
 */
int identity_expiry_warning(int64_t from_s, int64_t until_s, int64_t now_s);

#endif
