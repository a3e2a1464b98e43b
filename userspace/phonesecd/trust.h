/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who vouches for servers: the trust lists in force and what the trust verification service
 * vouched for, by the very certificate; anchors, by its chain and its name; and certificates
 * that must not be used any more.
 */
#ifndef PHONESECD_TRUST_H
#define PHONESECD_TRUST_H

#include <openssl/ssl.h>

#include "../lib/reason.h"
#include "settings.h"

/* What a certificate is shown for; each use has the roles of trust lists that are good for it. */
enum trust_use {
	TRUST_USE_CALL_MANAGER, /* SIP servers: CCM, CCM+TFTP; APP-SERVER with SIP OAuth */
	TRUST_USE_CAPF, /* CAPF */
	TRUST_USE_TVS, /* TVS; in the lists alone, nobody else vouches for who vouches */
	TRUST_USE_FILES, /* signers of files and servers of them over HTTPS: TFTP, CCM+TFTP */
	TRUST_USE_WEB, /* web services: APP-SERVER */
	TRUST_USE_LISTS, /* signers of trust lists: SAST */
	TRUST_USES,
};

struct trust;

/**
 * trust_load - read the store
 * @trust: result, the caller's until trust_free()
 * @settings: names the files
 * @use: what certificates are to be good for
 * @why: on refusal the reason; an empty store is one
 *
 * A certificate that a trust list in force names with a role for this use, or that the trust
 * verification service vouched for and whose time has not ended, is trusted by itself, whatever
 * name the server has. Anchors vouch beside the lists, except for TVS, and a server that they
 * vouch for must have the name that it was called by.
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_load(struct trust **trust, const struct settings *settings, enum trust_use use,
	       struct refusal *why);
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

/*
 * The last server's certificate that was refused only because nobody vouched for it, or not for
 * a server of this name; NULL when there was none. It stays the store's. Whether to believe it
 * may be asked of the trust verification service (struct trust_asker).
 */
X509 *trust_unknown(const struct trust *trust);

/* The store that a context checks against, or NULL. */
const struct trust *trust_of(const SSL_CTX *context);

/**
 * trust_explain - why a verification failed
 * @trust: the store that was checked against, or NULL
 * @error: X509_V_ERR_ code
 * @certificate: that it failed at, or NULL
 * @why: filled in; the certificate's subject and issuer are its detail
 *
 * Return: the -errno of the reason.
 */
int trust_explain(const struct trust *trust, int error, X509 *certificate, struct refusal *why);

/* Called once, with REASON_NONE when the certificate is vouched for now, else with the reason. */
typedef void trust_answered(void *owner, const struct refusal *why);

/**
 * struct trust_asker - how a room that met an unknown certificate has it asked about
 * @service: first argument of the calls
 * @ask: begins to ask for @use of @certificate, which is kept alive; @done is told later, never
 *       from within. When it is vouched for, trust_load() knows it, and the owner tries again at
 *       once. Returns 0, or the -errno of the reason, and then @done is not told
 * @forget: @owner is not told any more; what it asked is asked to its end
 *
 * verify_service_asker() makes one; rooms take a pointer to it, which may be NULL: then nobody
 * is asked.
 */
struct trust_asker {
	void *service;
	int (*ask)(void *service, X509 *certificate, enum trust_use use, trust_answered *done,
		   void *owner, struct refusal *why);
	void (*forget)(void *service, void *owner);
};

/**
 * trust_anchors_read - the authorities of a file or of a folder of files
 * @certificates: result, the caller's until sk_X509_pop_free()
 * @path: PEM file, or folder of such files
 * @why: on refusal REASON_TRUST_EMPTY or REASON_TRUST_FILE
 *
 * Return: 0, or the -errno of the reason.
 */
int trust_anchors_read(STACK_OF(X509) **certificates, const char *path, struct refusal *why);

#endif
