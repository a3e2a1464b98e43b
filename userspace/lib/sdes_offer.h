/* SPDX-License-Identifier: Apache-2.0 */
/* Crypto attributes of our own: their keys, and their text (RFC 4568). */
#ifndef PHONESEC_SDES_OFFER_H
#define PHONESEC_SDES_OFFER_H

#include "sdes.h"

/* "a=crypto:TAG SUITE inline:KEY|LIFETIME|MKI:LENGTH" and the end of the string. */
enum { SDES_TEXT_MAX = 256 };

/**
 * sdes_create - a crypto attribute with a new master key
 * @sdes: filled in; on success the caller owes it sdes_clear()
 * @tag: its tag
 * @suite: protection profile
 * @why: on refusal the reason
 *
 * Key and salt come from OpenSSL's generator for private values.
 *
 * Return: 0, or the -errno of the reason.
 */
int sdes_create(struct sdes *sdes, uint32_t tag, enum nf_srtp_suite suite, struct refusal *why);

/**
 * sdes_copy - the same attribute once more
 * @copy: filled in; on success the caller owes it sdes_clear()
 * @sdes: what to copy
 *
 * Return: 0 or -ENOMEM.
 */
int sdes_copy(struct sdes *copy, const struct sdes *sdes);

/**
 * sdes_write - the attribute as a line of SDP
 * @sdes: the attribute
 * @text: result, terminated, without line end; holds the key, so destroy it after use
 *
 * The key has its base64 padding: some peers do not find it without.
 *
 * Return: bytes written.
 */
size_t sdes_write(const struct sdes *sdes, char text[SDES_TEXT_MAX]);

#endif
