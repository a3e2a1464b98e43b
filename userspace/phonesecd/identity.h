/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate of this phone with its chain and its private key, and its form as a file: PEM,
 * own certificate first, then its issuers in their order, then the key. A key that is in a
 * token is a line "Private-Key: URI" before the first block instead.
 */
#ifndef PHONESECD_IDENTITY_H
#define PHONESECD_IDENTITY_H

#include <openssl/x509.h>

#include "../lib/octets.h"
#include "../lib/reason.h"
#include "../lib/secret.h"
#include "settings.h"

/* Bytes of such a file at most, and certificates in it. */
enum { IDENTITY_FILE_MAX = 65536, IDENTITY_CHAIN_MAX = 8 };

/**
 * struct identity - who this phone is
 * @certificate: its own certificate, NULL for none
 * @chain: issuers of it, the nearest first; may be empty
 * @key: the private key
 */
struct identity {
	X509 *certificate;
	STACK_OF(X509) *chain;
	EVP_PKEY *key;
};

void identity_clear(struct identity *identity);

/**
 * identity_make - join a certificate with its key
 * @identity: filled in, the caller's until identity_clear(); owns what it holds
 * @key: the private key
 * @certificates: in any order; that of the key becomes the own one
 * @why: on refusal REASON_IDENTITY_MISMATCH and others
 *
 * Return: 0, or the -errno of the reason.
 */
int identity_make(struct identity *identity, EVP_PKEY *key, STACK_OF(X509) *certificates,
		  struct refusal *why);

/**
 * identity_load - read what the configuration names
 * @identity: filled in, the caller's until identity_clear()
 * @named: where; both file names and URIs
 * @why: on refusal REASON_IDENTITY_MISSING when there simply is none, or
 *       REASON_IDENTITY_UNUSABLE
 *
 * Return: 0, or the -errno of the reason.
 */
int identity_load(struct identity *identity, const struct settings_identity *named,
		  struct refusal *why);

/**
 * identity_key_load - read a private key alone, of a file as identity_write() makes it
 * @key: result, the caller's until EVP_PKEY_free()
 * @file: its path
 * @why: on refusal REASON_IDENTITY_UNUSABLE
 *
 * Return: 0, or the -errno of the reason.
 */
int identity_key_load(EVP_PKEY **key, const char *file, struct refusal *why);

/**
 * identity_time_check - whether a certificate is in its time
 * @certificate: the certificate
 * @now_s: now, seconds since 1970
 * @why: on refusal REASON_IDENTITY_EXPIRED, or REASON_CLOCK_WRONG when that is why it seems so
 *
 * Return: 0, or the -errno of the reason.
 */
int identity_time_check(const X509 *certificate, int64_t now_s, struct refusal *why);

/**
 * identity_parse - read what somebody brings: PEM or PKCS#12
 * @identity: filled in, the caller's until identity_clear(). Without a key in it only @chain is,
 *            with all certificates
 * @bytes: the file
 * @passphrase: of its key, or NULL for none
 * @why: on refusal REASON_IDENTITY_FORMAT, REASON_IDENTITY_PASSPHRASE and others
 *
 * Return: 0, or the -errno of the reason.
 */
int identity_parse(struct identity *identity, struct octets bytes,
		   const struct secret *passphrase, struct refusal *why);

/* The form as a file, the caller's; the key is in it. NULL with @why on failure. */
struct secret *identity_write(const struct identity *identity, struct refusal *why);

#endif
