/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crypto attribute of SDP security descriptions (RFC 4568), for the AEAD
 * suites of RFC 7714.
 */
#ifndef PHONESEC_SDES_H
#define PHONESEC_SDES_H

#include <stdbool.h>
#include <stdint.h>

#include "reason.h"
#include "secret.h"

/* Packets that a key may protect when the attribute does not say (RFC 7714 section 14.2). */
#define SDES_LIFETIME_MAX (UINT64_C(1) << 48)

/**
 * struct sdes - one crypto attribute
 * @tag: its tag, 0 when the text had none (RFC 4568 section 4.1)
 * @suite: protection profile
 * @master: master key followed by master salt; owned by this structure
 * @lifetime: packets that the key may protect, 1 to %SDES_LIFETIME_MAX
 * @mki: master key identifier, big endian (RFC 4568 section 6.1)
 * @mki_len: its bytes, 0 when packets carry none
 * @window: replay window hint in packets, 0 when absent (section 6.3.6)
 * @unencrypted_srtcp: the sender of this key leaves SRTCP in clear (section 6.3.2)
 */
struct sdes {
	uint32_t tag;
	enum nf_srtp_suite suite;
	struct secret *master;
	uint64_t lifetime;
	uint8_t mki[NF_SRTP_MKI_MAX];
	uint8_t mki_len;
	uint32_t window;
	bool unencrypted_srtcp;
};

/**
 * sdes_parse - read a crypto attribute
 * @sdes: filled in; on success the caller owes it sdes_clear()
 * @text: "[a=crypto:][TAG ]SUITE inline:KEY[|LIFETIME][|MKI:LENGTH][ PARAMETER]...",
 *        not terminated, without line end; base64 with or without padding
 * @len: its length in bytes
 * @why: on refusal the reason and the position in @text
 *
 * Refused beside what the grammar does not allow: several keys, a key
 * derivation rate other than 0, error correction behind encryption,
 * UNENCRYPTED_SRTP, UNAUTHENTICATED_SRTP, and parameters that are not known
 * and not marked as optional.
 *
 * Return: 0, or the -errno of the reason; then nothing is owned.
 */
int sdes_parse(struct sdes *sdes, const char *text, size_t len, struct refusal *why);

/**
 * sdes_mki_parse - read a master key identifier alone
 * @sdes: its @mki and @mki_len are filled in, the rest is cleared
 * @text: "VALUE:LENGTH", not terminated
 * @len: its length in bytes
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int sdes_mki_parse(struct sdes *sdes, const char *text, size_t len, struct refusal *why);

/* Destroys the key. Harmless on a structure of zeroes. */
void sdes_clear(struct sdes *sdes);

/* Bytes of master key and salt of a suite, 0 for an unknown one (RFC 7714 section 12). */
size_t sdes_master_len(enum nf_srtp_suite suite);

/* The name of a suite as in the attribute, or NULL. */
const char *sdes_suite_name(enum nf_srtp_suite suite);

#endif
