/* SPDX-License-Identifier: Apache-2.0 */
/* Where private keys are: in this process after they were read from a file, or in a token. */
#ifndef PHONESECD_KEY_PLACE_H
#define PHONESECD_KEY_PLACE_H

#include <openssl/evp.h>
#include <stdbool.h>

/* The provider of OpenSSL for tokens. */
#define KEY_PROVIDER_TOKEN "pkcs11"

/**
 * key_uri - by which URI a private key is found again
 * @key: a key that was made in a token or read by its URI
 *
 * Return: the URI, as long as the key lives, or NULL for a key whose PEM form says it all.
 */
const char *key_uri(const EVP_PKEY *key);

/* Has @key know its URI, which is copied. Returns false without memory. */
bool key_uri_set(EVP_PKEY *key, const char *uri);

/* The word of the place of a key: "file" or "pkcs11". */
const char *key_place(const EVP_PKEY *key);

/*
 * Whether TLS works with the key. It does not with keys of the provider tpm2; those of a TPM are
 * used through PKCS#11.
 */
bool key_is_usable(const EVP_PKEY *key);

#endif
