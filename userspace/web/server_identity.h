/* SPDX-License-Identifier: Apache-2.0 */
/* What the server of HTTPS shows: a certificate that this process has made for itself. */
#ifndef PHONESEC_WEB_SERVER_IDENTITY_H
#define PHONESEC_WEB_SERVER_IDENTITY_H

#include "../lib/reason.h"
#include "../lib/secret.h"

enum { SERVER_IDENTITY_ADDRESSES_MAX = 32 };

/**
 * struct server_identity - certificate and key, which never leave memory
 * @certificate: PEM
 * @key: PEM with a zero behind it
 * @fingerprint: SHA-256 of the certificate, in hexadecimal digits, for who compares
 */
struct server_identity {
	char *certificate;
	struct secret *key;
	char fingerprint[65];
};

/**
 * server_identity_new - make one
 * @identity: result, the caller's until server_identity_free()
 * @why: on refusal the reason
 *
 * An ECDSA key on P-256 and a certificate that it has signed, with the names of this phone
 * (host_names.h) and the addresses that it has now. It has no end of its own, since the clock of
 * a phone may be wrong while it starts.
 *
 * Return: 0, or the -errno of the reason.
 */
int server_identity_new(struct server_identity **identity, struct refusal *why);
void server_identity_free(struct server_identity *identity);

#endif
