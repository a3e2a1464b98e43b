/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes with real servers, one each, and what comes of them. */
#ifndef UNIT_HANDSHAKE_H
#define UNIT_HANDSHAKE_H

#include "site.h"

extern sd_event *event;
/* What @authority issued is trusted; @good is a server of it, @mic is from a stranger. */
extern struct site_identity authority, stranger, good, lsc, mic;

int handshake_set_up(void **state);
int handshake_clear(void **state);

/* With the authority as anchor and the LSC as identity. */
struct settings handshake_settings(void);
struct tls *handshake_tls(const struct settings *settings);

/* Connects once; the result is what was told. */
struct site_stream handshake_once(struct site_server *server, struct tls *tls, const char *name);

/* A server of these wants must end in this reason, REASON_NONE for none, with this detail. */
void expect(const struct site_wants *wants, const struct settings *settings,
		      const char *name, enum reason_code code, const char *detail);

#endif
