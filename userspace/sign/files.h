/* SPDX-License-Identifier: Apache-2.0 */
/* Files that phonesec-sign reads and writes, and keys that it loads. */
#ifndef PHONESEC_SIGN_FILES_H
#define PHONESEC_SIGN_FILES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <time.h>

#include "../lib/octets.h"
#include "../lib/reason.h"

/**
 * file_read - read a whole file
 * @bytes: result, the caller's until free()
 * @changed: when it was changed last, or NULL
 * @name: path, - for standard input
 * @why: on refusal %REASON_FILE_READ or %REASON_FILE_TOO_LONG
 *
 * Return: 0, or the -errno of the reason.
 */
int file_read(struct octets *bytes, time_t *changed, const char *name, struct refusal *why);

/**
 * file_write - write a file whole or not at all
 * @name: path, - for standard output
 * @bytes: what it shall hold
 * @is_private: for the user alone, as what was decrypted
 * @why: on refusal %REASON_OUTPUT
 *
 * Return: 0, or the -errno of the reason.
 */
int file_write(const char *name, struct octets bytes, bool is_private, struct refusal *why);

/* The last part of a path. */
const char *file_base(const char *name);

/* Loads the first certificate of a file or URI, the caller's; NULL with %REASON_FILE_STORE. */
X509 *certificate_load(const char *name, struct refusal *why);

/* Loads a private key of a file or URI, the caller's; NULL with %REASON_FILE_STORE. */
EVP_PKEY *key_load(const char *name, struct refusal *why);

#endif
