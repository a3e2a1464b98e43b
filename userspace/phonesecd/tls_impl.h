/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tls.h share. */
#ifndef PHONESECD_TLS_IMPL_H
#define PHONESECD_TLS_IMPL_H

#include "tls.h"

/* Sessions that are remembered, one a server. */
enum { TLS_SESSIONS_MAX = 8 };

/**
 * struct tls_memory - a session that may be resumed
 * @server: with whom, NULL for an empty place
 * @session: what OpenSSL needs for it
 * @until_ms: boot time in milliseconds from which on it may not; counted from the handshake in
 *           which certificates were checked, however often it was resumed since
 * @expires: seconds since 1970 when the first certificate of the server's chain ends
 */
struct tls_memory {
	char *server;
	SSL_SESSION *session;
	int64_t until_ms;
	int64_t expires;
};

struct tls {
	unsigned int references;
	SSL_CTX *context;
	enum tls_identity identity;
	unsigned int resumption_s;
	bool pinned;
	struct tls_memory sessions[TLS_SESSIONS_MAX];
};

/**
 * struct tls_link - what is kept beside an SSL object
 * @tls: keeps it alive
 * @server: as tls_connect() was told
 * @alert: fatal one that came, -1 for none
 * @asked: the server asked for a certificate of this phone
 * @until_ms, @expires: of the session that was resumed
 */
struct tls_link {
	struct tls *tls;
	char *server;
	int alert;
	bool asked;
	int64_t until_ms;
	int64_t expires;
};

/* What is kept beside @ssl, or NULL. */
struct tls_link *tls_link(const SSL *ssl);

/* Has a context remember sessions, and tell what came over its connections. */
bool tls_watch(struct tls *tls);
/* Forgets all sessions. */
void tls_forget(struct tls *tls);

/* A BIO on a socket that stays the caller's; a broken connection raises no signal. */
BIO *tls_socket(int fd);

#endif
