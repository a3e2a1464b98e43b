/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every user of OpenSSL here needs: the library context of the daemon, and
 * certificates and keys by their names.
 */
#ifndef PHONESECD_CRYPTO_H
#define PHONESECD_CRYPTO_H

#include <openssl/store.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/crypto_error.h"
#include "../lib/octets.h"
#include "../lib/reason.h"

enum { CRYPTO_FINGERPRINT_LEN = 32 }; /* SHA-256 */

/**
 * crypto_library - the library context of the daemon
 * @library: result; it lives as long as the process
 * @why: on refusal the reason: a configuration of OpenSSL that cannot be loaded
 *
 * It is not the default one, so that no library that shares the process changes what
 * certificates are checked with. Providers come from the system's openssl.cnf.
 *
 * Return: 0, or the -errno of the reason.
 */
int crypto_library(OSSL_LIB_CTX **library, struct refusal *why);

/* Has another one be it; false when there was one already. It must stay. */
bool crypto_library_set(OSSL_LIB_CTX *library);

/* Whether there is FIPS mode: the kernel says it for all, its configuration for OpenSSL alone. */
bool crypto_is_fips(void);

/**
 * struct crypto_objects - what a file or a token holds
 * @certificates: in their order
 * @key: the last private key, or NULL
 */
struct crypto_objects {
	STACK_OF(X509) *certificates;
	EVP_PKEY *key;
};

/**
 * crypto_load - read certificates and a key
 * @objects: filled in, the caller's until crypto_objects_clear()
 * @name: file or URI of OSSL_STORE. Nobody is asked for a passphrase
 * @code: reason that is given on refusal
 * @why: on refusal that reason, with the name and what OpenSSL says of it
 *
 * Return: 0, or the -errno of the reason.
 */
int crypto_load(struct crypto_objects *objects, const char *name, enum reason_code code,
		struct refusal *why);
void crypto_objects_clear(struct crypto_objects *objects);

/* The same from an open store of OpenSSL; false with its error. To be cleared in any case. */
bool crypto_read(struct crypto_objects *objects, OSSL_STORE_CTX *store);

/* The path of a name that may be a URI of a file; for URIs of other things the URI. */
const char *crypto_file_path(const char *name);
bool crypto_is_file(const char *name);

/* Whether a name is that of a file that is not there; false for URIs of other things. */
bool crypto_is_absent(const char *name);

/**
 * crypto_name - a subject or an issuer as one line without control characters
 * @name: which one
 * @text: result, terminated
 * @size: bytes of @text
 */
void crypto_name(const X509_NAME *name, char *text, size_t size);

/* SHA-256 of a whole certificate. Returns false without memory. */
bool crypto_fingerprint(const X509 *certificate, unsigned char digest[CRYPTO_FINGERPRINT_LEN]);

/* Whether a certificate has this serial number: big-endian, without leading zeros. */
bool crypto_serial_is(const X509 *certificate, struct octets serial);

/* Seconds since 1970, 0 for a time that means none. */
int64_t crypto_time(const ASN1_TIME *time);

#endif
