/* SPDX-License-Identifier: GPL-2.0-only */
/* One master key of one direction, as the session keys derived from it. */
#ifndef NF_SRTP_KEY_H
#define NF_SRTP_KEY_H

#include <linux/bits.h>
#include <linux/nf_srtp.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>

#include "aead.h"
#include "core/nonce.h"

#define NF_SRTP_LIFETIME_MAX BIT_ULL(48)
#define NF_SRTP_RTCP_LIFETIME_MAX BIT_ULL(31)

enum nf_srtp_key_limits {
	NF_SRTP_MASTER_SALT_LEN = 12,
	NF_SRTP_KEYS_MAX = 4,
};

/**
 * struct nf_srtp_key - session keys and how much of their life is used
 * @rtp, @rtcp: ciphers
 * @rtp_salt, @rtcp_salt: session salts
 * @limit: packets that may be protected or authenticated, [0] RTP and [1] RTCP
 * @used: packets that were, under the lock of the direction
 * @mki: master key identifier, @mki_len bytes, 0 for none
 * @expired: reached its limit; without ciphers
 * @soft_told: the event of the approaching limit was sent
 * @set_at: seconds since boot when the key was set
 */
struct nf_srtp_key {
	struct nf_srtp_cipher rtp;
	struct nf_srtp_cipher rtcp;
	u8 rtp_salt[SRTP_SALT_LEN];
	u8 rtcp_salt[SRTP_SALT_LEN];
	u64 limit[2];
	u64 used[2];
	u8 mki_len;
	u8 mki[NF_SRTP_MKI_MAX];
	bool expired;
	bool soft_told;
	time64_t set_at;
	refcount_t refs;
	struct rcu_head rcu;
};

/* Bytes of master key with master salt, 0 for an unknown suite. */
unsigned int nf_srtp_suite_master_len(enum nf_srtp_suite suite);

/**
 * nf_srtp_key_derive - make a key from master key and salt (RFC 7714 section 11)
 * @suite: protection profile
 * @master: master key followed by master salt, as long as the suite has it
 *
 * May sleep. The caller wipes @master.
 *
 * Return: the key with one reference, or an ERR_PTR.
 */
struct nf_srtp_key *nf_srtp_key_derive(enum nf_srtp_suite suite, const u8 *master);

/**
 * nf_srtp_key_from_session - make a key from session key and salt, for known answers
 * @suite: protection profile
 * @key: session key, used for RTP and RTCP
 * @salt: session salt, used for RTP and RTCP
 */
struct nf_srtp_key *nf_srtp_key_from_session(enum nf_srtp_suite suite, const u8 *key,
					     const u8 *salt);

/**
 * nf_srtp_key_tombstone - what stays of a key at the end of its life
 * @key: the key that reached its limit
 *
 * Return: an expired key with the numbers, the MKI and the salts of @key and
 * without its ciphers, or NULL without memory.
 */
struct nf_srtp_key *nf_srtp_key_tombstone(const struct nf_srtp_key *key);

static inline void nf_srtp_key_get(struct nf_srtp_key *key)
{
	refcount_inc(&key->refs);
}

/* For whoever found it under RCU: false when it is about to be freed. */
static inline bool nf_srtp_key_tryget(struct nf_srtp_key *key)
{
	return refcount_inc_not_zero(&key->refs);
}

/* Give back a reference; the last one wipes the key after a grace period. */
void nf_srtp_key_put(struct nf_srtp_key *key);

/* Whether two keys come from the same master key and salt, in constant time. */
bool nf_srtp_key_equal(const struct nf_srtp_key *a, const struct nf_srtp_key *b);

/**
 * nf_srtp_key_print - a fingerprint by which a key is recognised later
 * @key: the key
 *
 * Return: a keyed hash of the session salts, which tells nothing of the key.
 */
u64 nf_srtp_key_print(const struct nf_srtp_key *key);

/* Whether a key carries this MKI. */
static inline bool nf_srtp_key_has_mki(const struct nf_srtp_key *key, const u8 *mki, u8 len)
{
	return key->mki_len == len && !memcmp(key->mki, mki, len);
}

#endif
