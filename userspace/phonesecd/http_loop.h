/* SPDX-License-Identifier: Apache-2.0 */
/* A transfer of libcurl inside the event loop, with the daemon's own trust. */
#ifndef PHONESECD_HTTP_LOOP_H
#define PHONESECD_HTTP_LOOP_H

#include <openssl/ssl.h>
#include <systemd/sd-event.h>

#include "http_library.h"
#include "trust.h"

struct http_loop;

/* The transfer has ended; may free it. */
typedef void (*http_loop_done)(void *owner, CURLcode code);

/**
 * http_loop_new - prepare a transfer
 * @loop: result, the caller's until http_loop_free(), which also ends it early
 * @event: the event loop
 * @done: whom to tell
 * @owner: its first argument
 * @why: on refusal the reason
 *
 * What passes through libcurl's memory is wiped when it is freed. No proxy, no password file, no
 * other address than the one that is set is ever used.
 *
 * Return: 0, or the -errno of the reason.
 */
int http_loop_new(struct http_loop **loop, sd_event *event, http_loop_done done, void *owner,
		  struct refusal *why);
void http_loop_free(struct http_loop *loop);

/* The transfer, to set options of, and the functions for it. */
CURL *http_loop_easy(struct http_loop *loop);
const struct http_library *http_loop_library(const struct http_loop *loop);

/**
 * http_loop_tls - who vouches for the server, and what is shown to it
 * @loop: before it begins
 * @url: of HTTPS; the transfer gets it
 * @trust: taken over, on refusal too
 * @settings: whose certificate is shown, or NULL to show none; stays
 *
 * TLS 1.2 or later with AES-GCM; the certificate is always checked, and its name where the trust
 * asks for that: one that a list names is known whoever it is of.
 *
 * Return: what libcurl says.
 */
CURLcode http_loop_tls(struct http_loop *loop, const char *url, struct trust *trust,
		       const struct settings *settings);

/* Begins the transfer. Returns 0, or the -errno of the reason; nobody is told then. */
int http_loop_begin(struct http_loop *loop, struct refusal *why);

/* Why a transfer failed; @other is for what libcurl alone has words for, @what begins them. */
void http_loop_explain(const struct http_loop *loop, CURLcode code, enum reason_code other,
		       const char *what, struct refusal *why);

/* The certificate that nobody vouched for, which stays the loop's, or NULL. */
X509 *http_loop_untrusted(const struct http_loop *loop);

#endif
