/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for certificates (PKCS#10, RFC 2986), for authorities that are not spoken to by CAPF. */
#ifndef PHONESECD_CERTIFICATE_REQUEST_H
#define PHONESECD_CERTIFICATE_REQUEST_H

#include <openssl/x509.h>

#include "../lib/reason.h"

/**
 * certificate_request_make - ask for a certificate
 * @request: result, the caller's until X509_REQ_free()
 * @key: key pair that it is for; signs the request with SHA-256
 * @subject: "CN=SEP001122334455,O=Example": attributes of RFC 4514 in the order of the
 *           certificate, with \ before a comma that is part of a value; UTF-8
 * @alternatives: subject alternative names as in openssl.cnf, "DNS:...,URI:...", or NULL
 * @why: on refusal the reason
 *
 * Asks for a certificate for TLS clients and servers, and for 802.1X.
 *
 * Return: 0, or the -errno of the reason.
 */
int certificate_request_make(X509_REQ **request, EVP_PKEY *key, const char *subject,
			     const char *alternatives, struct refusal *why);

/* As PEM; terminated, the caller's until free(), or NULL without memory. */
char *certificate_request_pem(const X509_REQ *request);

#endif
