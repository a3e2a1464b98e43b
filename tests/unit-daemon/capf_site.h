/* SPDX-License-Identifier: Apache-2.0 */
/* A phone and the CAPF server of its site, which does what it is told. */
#ifndef CAPF_SITE_H
#define CAPF_SITE_H

#include <jansson.h>
#include <sys/types.h>

#include "enroll.h"
#include "site.h"

#define CAPF_SITE_STRING "1234567890"
#define CAPF_SITE_DEVICE "SEP001122334455"

enum { CAPF_SITE_TEXTS = 128 };

/**
 * struct capf_site - both ends
 * @folder: of everything
 * @texts: progress of the last procedure
 * @done: it has ended
 * @result: how
 */
struct capf_site {
	char folder[64];
	pid_t pid;
	int orders;
	FILE *answers;
	int port;
	struct settings settings;
	sd_event *event;
	struct keystore *keystore;
	struct enroll *enroll;
	const struct trust_asker *asker;
	char texts[CAPF_SITE_TEXTS][ENROLL_PROGRESS_MAX];
	size_t texts_count;
	bool done;
	struct enroll_result result;
};

/* Starts the server; the phone has no certificate, and trusts the server by its anchors. */
void capf_site_open(struct capf_site *site);
void capf_site_close(struct capf_site *site);

/* Gives the phone a MIC: "rsa" or "ec", or NULL to take it away. */
void capf_site_mic(struct capf_site *site, const char *kind);

/* Gives an order; what has happened before is told no more. */
void capf_site_order(struct capf_site *site, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A value of the last session, a text or else as JSON has it; "" for none. */
const char *capf_site_told(struct capf_site *site, const char *name);
/* How many sessions there were. */
size_t capf_site_sessions(struct capf_site *site);

/* Begins a procedure, with an authentication string or without. */
int capf_site_begin(struct capf_site *site, const char *string, struct refusal *why);
/* Begins one and runs the loop until it ends. */
void capf_site_enroll(struct capf_site *site, const char *string);
/* It must have ended so, with a text of the phone and a reason. */
#define capf_site_ended(site, outcome, code) \
	site_ended_at(site, outcome, code, __FILE__, __LINE__)
void site_ended_at(struct capf_site *site, enum enroll_outcome outcome, enum reason_code code,
		   const char *file, int line);

/* Fingerprint of the LSC in hexadecimal, empty without one. */
const char *capf_site_lsc(const struct capf_site *site);
/* Bytes of a file of the folder, terminated and the caller's; NULL when it is not there. */
char *capf_site_file(const struct capf_site *site, const char *name, size_t *len);

#endif
