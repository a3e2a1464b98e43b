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

/* A context that is used from here on checks certificates against the store. */
int trust_apply(const struct trust *trust, SSL_CTX *context, struct refusal *why);

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
