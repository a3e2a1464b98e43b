/* SPDX-License-Identifier: Apache-2.0 */
/* Where private keys are: in this process after they were read from a file, in a TPM, in a token. */
#ifndef PHONESECD_KEY_PLACE_H
#define PHONESECD_KEY_PLACE_H

#include <openssl/evp.h>
#include <stdbool.h>

/* Names of the providers of OpenSSL for the TPM and for tokens. */
#define KEY_PROVIDER_TPM "tpm2"
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

/* The word of the place of a key: "file", "tpm" or "pkcs11". */
const char *key_place(const EVP_PKEY *key);

/**
 * key_properties - which algorithms can work with a private key
 * @key: the key
 *
 * OpenSSL would take the first provider that can sign or decrypt, and give it the public part of
 * a key in a TPM. To be given to EVP_DigestSignInit_ex(), EVP_PKEY_CTX_new_from_pkey() and
 * SSL_CTX_new_ex() wherever a key of this phone is used.
 *
 * Return: a property query, or NULL for keys of files.
 */
const char *key_properties(const EVP_PKEY *key);

#endif
