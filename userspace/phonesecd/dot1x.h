/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 802.1X on the LAN port, "Device authentication": looks after wpa_supplicant, which speaks EAPOL.
 * Its configuration is written below the runtime folder, it is driven over its control socket, and
 * its port status and PAE state are what is shown; it learns of the carrier from here, as it does
 * not see that itself.
 */
#ifndef PHONESECD_DOT1X_H
#define PHONESECD_DOT1X_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "keystore.h"
#include "settings.h"

struct link;

enum dot1x_limits {
	DOT1X_TEXT_MAX = 64,
	DOT1X_IDENTITY_MAX = 256,
};

/* As phones name them. */
enum dot1x_state {
	DOT1X_DISABLED, /* Device authentication is Disabled */
	DOT1X_DISCONNECTED, /* no link, no certificate, logged off, no supplicant */
	DOT1X_ACQUIRED, /* the switch is looked for, or asks who this is */
	DOT1X_AUTHENTICATING,
	DOT1X_AUTHENTICATED,
	DOT1X_HELD, /* refused, and waits for the next try */
};

/* "Disabled", "Disconnected", "Acquired", "Authenticating", "Authenticated", "Held". */
const char *dot1x_state_word(enum dot1x_state state);

/**
 * struct dot1x_status - how it is
 * @is_enabled: Device authentication
 * @is_fixed: the configuration decides that, nobody at the phone
 * @state: see there
 * @is_connected: Transaction Status: the port is authorized because the switch accepted the phone
 * @is_logged_off: somebody had the phone log off, until dot1x_reauthenticate()
 * @interface: of the LAN port
 * @has_carrier: it has a link
 * @protocols: what the phone offers, as "EAP-TLS, EAP-FAST"; empty while Disabled
 * @method: what was agreed on last, as "EAP-TLS"; empty for none
 * @tls: version and cipher suite of it, as "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384"
 * @identity: who the phone says it is
 * @certificate: which one it shows: lsc, mic or the name of an imported one; empty for none
 * @has_pac: it holds a protected access credential of EAP-FAST
 * @since_s: since when @state is what it is, seconds since 1970
 * @successes, @failures: authentications since the daemon was started
 * @last: the last error in words, REASON_NONE when the last authentication went well
 */
struct dot1x_status {
	bool is_enabled;
	bool is_fixed;
	enum dot1x_state state;
	bool is_connected;
	bool is_logged_off;
	char interface[DOT1X_TEXT_MAX];
	bool has_carrier;
	char protocols[DOT1X_TEXT_MAX];
	char method[DOT1X_TEXT_MAX];
	char tls[2 * DOT1X_TEXT_MAX];
	char identity[DOT1X_IDENTITY_MAX];
	char certificate[KEYSTORE_NAME_MAX];
	bool has_pac;
	int64_t since_s;
	unsigned int successes;
	unsigned int failures;
	struct refusal last;
};

/* Told when anything of the status is another one; the flow goes outwards only. */
struct dot1x_events {
	void (*changed)(void *owner);
};

struct dot1x;

/**
 * dot1x_new - take up what the configuration, or else the user's choice of before, says
 * @dot1x: result, the caller's until dot1x_free()
 * @event: the loop
 * @settings: must stay until dot1x_free() or dot1x_reload()
 * @keystore: the certificates; must stay
 * @runtime: folder for the supplicant's configuration and control socket
 * @state: folder in which the user's choice (dot1x.json) and the PAC (dot1x.pac) outlive a reboot
 * @events: whom to tell; must stay. Nobody is told before this returns
 * @owner: handed to @events
 * @why: on refusal the reason
 *
 * What is in the way of authenticating, as a certificate that is missing, is no refusal: it is told
 * by the status and the journal.
 *
 * Return: 0, or the -errno of the reason.
 */
int dot1x_new(struct dot1x **dot1x, sd_event *event, const struct settings *settings,
	      const struct keystore *keystore, const char *runtime, const char *state,
	      const struct dot1x_events *events, void *owner, struct refusal *why);

/* Ends the supplicant. NULL is allowed. */
void dot1x_free(struct dot1x *dot1x);

/* Uses other settings from now on; authenticates anew when it matters. Never fails. */
void dot1x_reload(struct dot1x *dot1x, const struct settings *settings);

/* The keystore has another certificate: it is shown to the switch at once. */
void dot1x_identity_changed(struct dot1x *dot1x);

/* What an interface is like now, see link.h; others than that of the LAN port are passed over. */
void dot1x_link_changed(struct dot1x *dot1x, const struct link *link);

/**
 * dot1x_choose - what the user of the phone chooses, kept in the state folder
 * @dot1x: the room
 * @is_enabled: Device authentication
 * @why: on refusal REASON_DOT1X_FIXED where the configuration decides, or why it cannot be kept
 *
 * Return: 0, or the -errno of the reason.
 */
int dot1x_choose(struct dot1x *dot1x, bool is_enabled, struct refusal *why);

/* Tells the switch that the phone leaves. Refused with REASON_DOT1X_OFF while Disabled. */
int dot1x_logoff(struct dot1x *dot1x, struct refusal *why);

/* Authenticates now, also after dot1x_logoff(). Refused with REASON_DOT1X_OFF while Disabled. */
int dot1x_reauthenticate(struct dot1x *dot1x, struct refusal *why);

/**
 * dot1x_check - whether the phone has what it needs to authenticate, Disabled or not
 * @dot1x: the phone's part in 802.1X
 * @what: "supplicant", "anchors" (of the authentication server), or "credentials"
 * @why: on refusal REASON_DOT1X_SUPPLICANT, those of trust_anchors_read(), REASON_FIPS_DOT1X,
 *       REASON_DOT1X_CREDENTIALS, REASON_DOT1X_EXPIRED and those of the keystore;
 *       REASON_VALUE_INVALID for another word
 *
 * Return: 0, or a negative number.
 */
int dot1x_check(const struct dot1x *dot1x, const char *what, struct refusal *why);

/* How it is now. */
void dot1x_status(const struct dot1x *dot1x, struct dot1x_status *status);

#endif
