/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS as a client: versions and suites that are allowed, this phone's certificate,
 * the servers' certificates, resumption.
 */
#ifndef PHONESECD_TLS_H
#define PHONESECD_TLS_H

#include <openssl/ssl.h>

#include "settings.h"
#include "trust.h"

enum tls_identity {
	TLS_IDENTITY_NONE,
	TLS_IDENTITY_MIC,
	TLS_IDENTITY_LSC,
};

struct tls;

/**
 * tls_new - prepare connections
 * @tls: result, the caller's until tls_free(); connections keep it alive
 * @settings: identity and timers
 * @use: what the connections are for
 * @trust: who vouches; may be freed afterwards. NULL with @pinned
 * @pinned: PEM file of the one certificate that the server may show, or NULL
 * @why: on refusal the reason
 *
 * TLS 1.2 with ECDHE and AES-GCM, TLS 1.3 with AES-GCM, nothing else. The LSC is
 * shown, else the MIC; none to call managers with SIP OAuth, and none to CAPF. For call
 * managers without OAuth it is refused when there is neither, others are then reached without.
 * When the LSC is not in its time a MIC that is takes its place, and without one it is shown
 * nevertheless: which clock is right is the server's to say. Both are told.
 *
 * Return: 0, or the -errno of the reason.
 */
int tls_new(struct tls **tls, const struct settings *settings, enum trust_use use,
	    const struct trust *trust, const char *pinned, struct refusal *why);
/* One more owner; returns @tls. */
struct tls *tls_ref(struct tls *tls);
void tls_free(struct tls *tls);

/**
 * tls_identity_show - have connections show a certificate of this phone
 * @context: of them
 * @settings: names LSC and MIC
 * @which: result
 * @why: on refusal the reason: neither is there, or the one to be shown cannot be used
 *
 * Return: 0, or the -errno of the reason.
 */
int tls_identity_show(SSL_CTX *context, const struct settings *settings,
		      enum tls_identity *which, struct refusal *why);

/* trust_unknown() of the store that connections are checked against; NULL is fine. */
X509 *tls_unknown(const struct tls *tls);

/* Which certificate is shown. */
enum tls_identity tls_identity(const struct tls *tls);

/**
 * tls_connect - begin a session on a connected socket
 * @tls: how
 * @fd: non-blocking socket; stays the caller's
 * @server: name or address that the certificate must be issued for
 * @why: on refusal the reason
 *
 * The session of the last connection to this server is resumed while the
 * resumption timer allows it.
 *
 * Return: the session, to be given to SSL_free(), or NULL.
 */
SSL *tls_connect(struct tls *tls, int fd, const char *server, struct refusal *why);

/**
 * tls_explain - why a call of OpenSSL on a session failed
 * @ssl: the session
 * @result: what SSL_connect(), SSL_read() or SSL_write() returned
 * @why: filled in
 *
 * Return: the -errno of the reason.
 */
int tls_explain(SSL *ssl, int result, struct refusal *why);

#endif
