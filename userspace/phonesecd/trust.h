/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who vouches for servers: anchors, and certificates that must not be used any
 * more. Trust lists fill the same store.
 */
#ifndef PHONESECD_TRUST_H
#define PHONESECD_TRUST_H

#include <openssl/ssl.h>

#include "../lib/reason.h"
#include "settings.h"

struct trust;

/**
 * trust_load - read the store
 * @trust: result, the caller's until trust_free()
 * @settings: names the files
 * @why: on refusal the reason; an empty store is one
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_load(struct trust **trust, const struct settings *settings, struct refusal *why);
void trust_free(struct trust *trust);

/**
 * trust_load_pinned - a store that vouches for one certificate only
 * @trust: result, the caller's until trust_free()
 * @settings: names the revoked ones
 * @path: PEM file with that certificate alone. Nothing is asked of it but that a server
 *        shows the very same, that its time has not ended, and that its key is strong
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_load_pinned(struct trust **trust, const struct settings *settings, const char *path,
		      struct refusal *why);

/*
 * A context that is used from here on checks certificates against the store, and keeps it
 * alive. A certificate in the store vouches for itself, be it an authority or a server.
 */
int trust_apply(const struct trust *trust, SSL_CTX *context, struct refusal *why);

/*
 * Whether a server's certificate that was verified before may be used under this context:
 * neither revoked nor weak. Its time is not looked at.
 */
bool trust_still(const SSL_CTX *context, const X509 *certificate);

/* The certificate that a session's verification failed at, which stays the session's, or NULL. */
X509 *trust_failed(const SSL *ssl);

/**
 * trust_explain - why a verification failed
 * @error: X509_V_ERR_ code
 * @certificate: that it failed at, or NULL
 * @why: filled in; the certificate's subject and issuer are its detail
 *
 * Return: the -errno of the reason.
 */
int trust_explain(int error, X509 *certificate, struct refusal *why);

#endif
