/* SPDX-License-Identifier: Apache-2.0 */
/* Files of tests/vectors/files, and keys and certificates for files that tests make. */
#ifndef FILE_SITE_H
#define FILE_SITE_H

#include <openssl/x509.h>

#include "file_build.h"
#include "octets.h"
#include "unit.h"

struct file_identity {
	X509 *certificate;
	EVP_PKEY *key;
};

/* A file of the vectors, in memory of exactly its size; it stays until the program ends. */
struct octets file_vector(const char *name);

/* Certificate and key of a PEM file of the vectors; they stay until the program ends. */
struct file_identity file_identity(const char *name);

/* A certificate of a key, signed by itself, that stays until the program ends. @kind is an
 * elliptic curve, or "RSA1024" and the like; @name is its CN, beside O and OU. */
struct file_identity file_identity_make(const char *kind, const char *name);

/* Who made the golden signed file, and how; and who made the list. */
struct file_maker file_golden_maker(void);
struct file_maker file_golden_list_maker(void);

/* The records of the golden list. */
enum { FILE_GOLDEN_RECORDS = 4 };
const struct file_build_record *file_golden_records(void);

/* A copy that is freed by the caller, of exactly its size. */
uint8_t *file_copy(struct octets bytes);

bool octets_are(struct octets octets, const void *bytes, size_t len);
bool octets_are_text(struct octets octets, const char *text);

/* Where one text of bytes is in another, the first time; fails the test when it is not there. */
size_t file_offset(struct octets file, const void *bytes, size_t len);

#endif
