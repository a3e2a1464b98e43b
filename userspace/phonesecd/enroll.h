/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment: one procedure with the Certificate Authority Proxy Function that installs,
 * updates, deletes or hands out the LSC, as the server is set up. The servers of the
 * configuration are tried in order, several times.
 */
#ifndef PHONESECD_ENROLL_H
#define PHONESECD_ENROLL_H

#include <systemd/sd-event.h>

#include "../lib/capf_message.h"
#include "../lib/secret.h"
#include "keystore.h"
#include "settings.h"
#include "trust.h"

enum { ENROLL_PROGRESS_MAX = 128 };

/* Why it is done. */
enum enroll_cause {
	ENROLL_MANUAL, /* somebody asks for it */
	ENROLL_AUTOMATIC, /* the configuration asks for it, or the LSC comes to its end */
	ENROLL_KEY_MISMATCH, /* the servers know another certificate of this phone */
	ENROLL_DECRYPTION, /* the configuration was encrypted for another key */
};

/**
 * struct enroll_wish - what is wanted
 * @cause: why
 * @string: authentication string, 4 to 16 digits, or NULL; copied. With one the mode is by
 *          authentication string, else that of the settings
 */
struct enroll_wish {
	enum enroll_cause cause;
	const struct secret *string;
};

enum enroll_outcome {
	ENROLL_FAILED,
	ENROLL_INSTALLED, /* there is a new LSC, and its key */
	ENROLL_DELETED, /* the LSC is gone */
	ENROLL_FETCHED, /* a certificate was handed out, nothing has changed */
	ENROLL_NOTHING, /* the server has nothing to do for this phone */
};

/**
 * struct enroll_result - how it ended
 * @outcome: what came of it
 * @text: as the phone shows it: "Installed" after an installation or an update, and when a
 *        certificate was handed out while an LSC is in use; "Not Installed" after a deletion,
 *        when nothing was to do and when it failed
 * @why: why it failed or why there was nothing to do, else %REASON_NONE
 */
struct enroll_result {
	enum enroll_outcome outcome;
	const char *text;
	struct refusal why;
};

/**
 * struct enroll_events - what the owner is told, always from the event loop
 * @progress: one of a series of texts, at most %ENROLL_PROGRESS_MAX bytes with its end; the
 *            last one is that of the result
 * @done: once; may free it
 */
struct enroll_events {
	void (*progress)(void *owner, const char *text);
	void (*done)(void *owner, const struct enroll_result *result);
};

struct enroll;

/**
 * enroll_start - begin
 * @enroll: result, the caller's until enroll_free(), which ends it early and leaves the LSC
 *          as it is
 * @event: the loop
 * @settings: name, servers, mode, times and key policy; stay as long as this
 * @keystore: where keys are made and certificates kept; stays as long as this
 * @asker: whom to ask about a server that nobody vouches for, or NULL
 * @wish: what is wanted; copied
 * @events: whom to tell; must stay
 * @owner: their first argument
 * @why: on refusal the reason: no server, no device name, a string of the wrong form, or a
 *       mode that needs a string without one
 *
 * Return: 0, or the -errno of the reason; @done is then not called.
 */
int enroll_start(struct enroll **enroll, sd_event *event, const struct settings *settings,
		 struct keystore *keystore, const struct trust_asker *asker,
		 const struct enroll_wish *wish, const struct enroll_events *events, void *owner,
		 struct refusal *why);
void enroll_free(struct enroll *enroll);

/* Whether @string can be an authentication string. */
bool enroll_string_is_valid(const struct secret *string);

#endif
