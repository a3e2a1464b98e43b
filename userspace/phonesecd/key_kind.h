/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of key pairs that this phone has for itself. */
#ifndef PHONESECD_KEY_KIND_H
#define PHONESECD_KEY_KIND_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "../lib/reason.h"

enum key_type {
	KEY_TYPE_RSA,
	KEY_TYPE_EC,
};

enum { KEY_KIND_TEXT_MAX = 24 };

/**
 * struct key_kind - what a key pair is
 * @type: RSA, or EC on a curve of NIST
 * @bits: of the modulus: 512, 1024, 2048, 3072 or 4096; of the curve: 256, 384 or 521
 */
struct key_kind {
	enum key_type type;
	unsigned int bits;
};

/**
 * key_kind_check - whether such a key may be this phone's
 * @kind: what it is
 * @weak_allowed: the policy takes RSA below 2048 bits; FIPS mode never does
 * @why: on refusal REASON_IDENTITY_KEY_KIND or REASON_IDENTITY_KEY_WEAK
 *
 * Return: 0, or the -errno of the reason.
 */
int key_kind_check(const struct key_kind *kind, bool weak_allowed, struct refusal *why);

/* What @key is, of a certificate or with its private part; false when it is of no such kind. */
bool key_kind_of(struct key_kind *kind, const EVP_PKEY *key);

/* Reads "rsa-2048" or "ec-256"; false when it is no kind that there is. */
bool key_kind_parse(struct key_kind *kind, const char *text);

/* The same for people: "RSA 2048", "EC P-256". */
void key_kind_text(const struct key_kind *kind, char text[KEY_KIND_TEXT_MAX]);

#endif
