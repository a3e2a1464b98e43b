/* SPDX-License-Identifier: Apache-2.0 */
/* Names in certificates as trust lists, signed files and TVS write them: as a label. */
#ifndef PHONESEC_DISTINGUISHED_NAME_H
#define PHONESEC_DISTINGUISHED_NAME_H

#include <openssl/x509.h>
#include <stdbool.h>

/* How attributes are joined: by call managers, and by certutils. */
enum name_joiner {
	NAME_JOINER_SERVER = ';',
	NAME_JOINER_TOOL = ',',
};

/**
 * distinguished_name_write - a subject or an issuer as a label
 * @name: which one
 * @joiner: what stands between two attributes
 * @text: result, terminated, such as "CN=x;OU=y;O=z" in the order of the certificate; nothing is
 *        escaped, control characters become blanks
 * @size: bytes of @text
 *
 * Return: false when it does not fit or cannot be written.
 */
bool distinguished_name_write(const X509_NAME *name, enum name_joiner joiner, char *text,
			      size_t size);

#endif
