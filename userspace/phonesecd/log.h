/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon tells the journal: one table of messages, each with an identifier
 * that the message catalog explains. No text of a message may hold a key.
 */
#ifndef PHONESECD_LOG_H
#define PHONESECD_LOG_H

#include <stdio.h>

#include "../lib/reason.h"

enum log_message {
	LOG_STARTED, /* version, security mode */
	LOG_STOPPED,
	LOG_RELOADED,
	LOG_FIPS_ON, /* provider */
	LOG_FIPS_REFUSED, /* what the site's configuration asks for, why */
	LOG_SETTINGS_WARNING, /* what is odd */
	LOG_SETTINGS_REFUSED, /* on reload: the old ones stay */
	LOG_SERVER_UP, /* role, host, TLS version and suite */
	LOG_SERVER_DOWN, /* role, host, why */
	LOG_SERVER_SWITCHED, /* fail-over or fail-back: from, to */
	LOG_REGISTERED, /* address of record, server */
	LOG_REGISTRATION_REFUSED, /* address of record, status */
	LOG_UNREGISTERED,
	LOG_CALL_STARTED, /* call, far end */
	LOG_CALL_SECURED, /* call, suite */
	LOG_CALL_STATE, /* call, security shown */
	LOG_CALL_REFUSED, /* call, why */
	LOG_CALL_ENDED, /* call, seconds */
	LOG_CALL_RECOVERED, /* call */
	LOG_CALL_LOST, /* call: taken down after a restart */
	LOG_TONE, /* call, tone */
	LOG_MESSAGE_REFUSED, /* a SIP message that was not forwarded, why */
	LOG_MODULE_UP,
	LOG_MODULE_DOWN, /* why */
	LOG_MEDIA_SUSPECT, /* call, cause of authentication failures or replay flood */
	LOG_TOKEN_REFRESHED, /* seconds that it is good for */
	LOG_TOKEN_FAILED, /* why */
	LOG_IDENTITY_EXPIRED, /* which one is shown */
	LOG_ENROLL_FAILED, /* CAPF server, why */
	LOG_IDENTITY_EXPIRES, /* which one, until when, days left */
	LOG_IDENTITY_RENEWAL, /* which one, until when */
	LOG_LSC_INSTALLED, /* subject, until when */
	LOG_LSC_CONFIRMED, /* what became of the one before */
	LOG_LSC_REVERTED, /* what is in force now */
	LOG_LSC_DELETED,
	LOG_MIC_PROVISIONED, /* subject */
	LOG_MIC_REFUSED, /* why */
	LOG_IDENTITY_IMPORTED, /* name, subject */
	LOG_IDENTITY_DELETED, /* name */
	LOG_CLOCK_WRONG, /* why */
	LOG_TRUST_FIRST, /* the first list, taken without check */
	LOG_TRUST_LIST, /* which list is in force now */
	LOG_TRUST_REFUSED, /* file, why */
	LOG_TRUST_RESET,
	LOG_VERIFIED, /* whom a verification server vouches for */
	LOG_VERIFY_REFUSED, /* server, why */
	LOG_CONFIG_TAKEN, /* file, server */
	LOG_CONFIG_REFUSED, /* what stays instead, why */
	LOG_VOICE_VLAN, /* which one, who said so */
	LOG_VOICE_VLAN_FAILED, /* why */
	LOG_PC_PORT, /* what became of it */
	LOG_PC_PORT_FAILED, /* why */
	LOG_PC_LOGGED_OFF, /* address of the PC */
	LOG_IMAGE_INSTALLED, /* name, version */
	LOG_IMAGE_REFUSED, /* name, why */
	LOG_DOT1X_CONNECTED, /* method, identity */
	LOG_DOT1X_DISCONNECTED, /* why */
	LOG_DOT1X_REFUSED, /* why */
	LOG_DOT1X_CHANGED, /* Enabled or Disabled, by whom */
	LOG_CAPTURE_STARTED, /* call, who, seconds */
	LOG_CAPTURE_ENDED,
	LOG_AUDIT_SERVER_UP, /* audit server, transport, events that waited */
	LOG_AUDIT_SERVER_DOWN, /* audit server, why */
	LOG_AUDIT_FULL, /* policy, why */
	LOG_AUDIT_LOST, /* how many */
	LOG_BUS_DOWN, /* why */
	LOG_FAILED, /* something that is not one of the others, why */
	LOG_MESSAGES,
};

/* How messages leave: the journal when standard error is connected to it, else text. */
void log_open(void);

/**
 * log_tell - tell the journal
 * @message: which one
 * @format: what it is about, as in printf(); goes behind the message's own words
 */
__attribute__((format(printf, 2, 3)))
void log_tell(enum log_message message, const char *format, ...);

/* The same with the reason, its code and how to mend it as fields of their own. */
__attribute__((format(printf, 3, 4)))
void log_refusal(enum log_message message, const struct refusal *why, const char *format, ...);

/**
 * typedef log_listener - hears each message when it is told
 * @owner: as given to log_listen()
 * @message: which one
 * @why: the reason that it was told with, or NULL
 * @about: what it is about, with the reason in words, in one line
 *
 * What it tells itself goes to the journal, and is not heard.
 */
typedef void log_listener(void *owner, enum log_message message, const struct refusal *why,
			  const char *about);

/* Has one listener hear every message from now on; NULL ends it. */
void log_listen(log_listener *listener, void *owner);

/* Writes the message catalog, as journalctl -x reads it. */
void log_catalog(FILE *stream);

/* Writes all messages as the manual page has them (mdoc). */
void log_manual(FILE *stream);

#endif
