// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/aes.h>
#include <crypto/algapi.h>
#include <linux/net.h>
#include <linux/siphash.h>
#include <linux/timekeeping.h>

#include "core/kdf.h"
#include "key.h"
#include "objects.h"

static unsigned int suite_key_len(enum nf_srtp_suite suite)
{
	switch (suite) {
	case NF_SRTP_SUITE_AEAD_AES_128_GCM:
		return AES_KEYSIZE_128;
	case NF_SRTP_SUITE_AEAD_AES_256_GCM:
		return AES_KEYSIZE_256;
	}
	return 0;
}

unsigned int nf_srtp_suite_master_len(enum nf_srtp_suite suite)
{
	unsigned int key_len = suite_key_len(suite);

	return key_len ? key_len + NF_SRTP_MASTER_SALT_LEN : 0;
}

static struct nf_srtp_key *key_new(void)
{
	struct nf_srtp_key *key = nf_srtp_object_alloc(NF_SRTP_OBJECT_KEY, GFP_KERNEL);

	if (!key)
		return NULL;
	refcount_set(&key->refs, 1);
	key->set_at = ktime_get_boottime_seconds();
	key->limit[0] = NF_SRTP_LIFETIME_MAX;
	key->limit[1] = NF_SRTP_RTCP_LIFETIME_MAX;
	return key;
}

static void key_free(struct nf_srtp_key *key)
{
	nf_srtp_cipher_exit(&key->rtp);
	nf_srtp_cipher_exit(&key->rtcp);
	nf_srtp_object_free(NF_SRTP_OBJECT_KEY, key);
}

static void key_free_rcu(struct rcu_head *head)
{
	key_free(container_of(head, struct nf_srtp_key, rcu));
}

void nf_srtp_key_put(struct nf_srtp_key *key)
{
	if (key && refcount_dec_and_test(&key->refs))
		call_rcu(&key->rcu, key_free_rcu);
}

static void block_encrypt(const void *key, u8 *out, const u8 *in)
{
	aes_encrypt(key, out, in);
}

static int cipher_derive(struct nf_srtp_cipher *cipher, const struct crypto_aes_ctx *aes,
			 const u8 *salt, enum srtp_kdf_label label, unsigned int key_len)
{
	u8 session_key[AES_KEYSIZE_256];
	int err;

	srtp_kdf_derive(block_encrypt, aes, salt, NF_SRTP_MASTER_SALT_LEN, label,
			session_key, key_len);
	err = nf_srtp_cipher_init(cipher, session_key, key_len);
	memzero_explicit(session_key, sizeof(session_key));
	return err;
}

static int key_fill(struct nf_srtp_key *key, const struct crypto_aes_ctx *aes, const u8 *salt,
		    unsigned int key_len)
{
	int err;

	srtp_kdf_derive(block_encrypt, aes, salt, NF_SRTP_MASTER_SALT_LEN, SRTP_LABEL_RTP_SALT,
			key->rtp_salt, SRTP_SALT_LEN);
	srtp_kdf_derive(block_encrypt, aes, salt, NF_SRTP_MASTER_SALT_LEN, SRTP_LABEL_RTCP_SALT,
			key->rtcp_salt, SRTP_SALT_LEN);
	err = cipher_derive(&key->rtp, aes, salt, SRTP_LABEL_RTP_KEY, key_len);
	if (!err)
		err = cipher_derive(&key->rtcp, aes, salt, SRTP_LABEL_RTCP_KEY, key_len);
	return err;
}

struct nf_srtp_key *nf_srtp_key_derive(enum nf_srtp_suite suite, const u8 *master)
{
	unsigned int key_len = suite_key_len(suite);
	struct crypto_aes_ctx aes;
	struct nf_srtp_key *key;
	int err;

	key = key_new();
	if (!key)
		return ERR_PTR(-ENOMEM);
	err = aes_expandkey(&aes, master, key_len);
	if (!err)
		err = key_fill(key, &aes, master + key_len, key_len);
	memzero_explicit(&aes, sizeof(aes));
	if (err) {
		key_free(key);
		return ERR_PTR(err);
	}
	return key;
}

struct nf_srtp_key *nf_srtp_key_from_session(enum nf_srtp_suite suite, const u8 *session_key,
					     const u8 *salt)
{
	struct nf_srtp_key *key = key_new();
	int err;

	if (!key)
		return ERR_PTR(-ENOMEM);
	memcpy(key->rtp_salt, salt, SRTP_SALT_LEN);
	memcpy(key->rtcp_salt, salt, SRTP_SALT_LEN);
	err = nf_srtp_cipher_init(&key->rtp, session_key, suite_key_len(suite));
	if (!err)
		err = nf_srtp_cipher_init(&key->rtcp, session_key, suite_key_len(suite));
	if (err) {
		key_free(key);
		return ERR_PTR(err);
	}
	return key;
}

struct nf_srtp_key *nf_srtp_key_tombstone(const struct nf_srtp_key *key)
{
	struct nf_srtp_key *stone = key_new();

	if (!stone)
		return NULL;
	/* The salts stay, so that the same key is not taken for a new one. */
	memcpy(stone->rtp_salt, key->rtp_salt, sizeof(stone->rtp_salt));
	memcpy(stone->rtcp_salt, key->rtcp_salt, sizeof(stone->rtcp_salt));
	memcpy(stone->limit, key->limit, sizeof(stone->limit));
	memcpy(stone->used, key->used, sizeof(stone->used));
	memcpy(stone->mki, key->mki, sizeof(stone->mki));
	stone->mki_len = key->mki_len;
	stone->set_at = key->set_at;
	stone->expired = true;
	return stone;
}

u64 nf_srtp_key_print(const struct nf_srtp_key *key)
{
	static siphash_key_t secret;
	u8 salts[2 * SRTP_SALT_LEN];
	u64 print;

	net_get_random_once(&secret, sizeof(secret));
	memcpy(salts, key->rtp_salt, SRTP_SALT_LEN);
	memcpy(salts + SRTP_SALT_LEN, key->rtcp_salt, SRTP_SALT_LEN);
	print = siphash(salts, sizeof(salts), &secret);
	memzero_explicit(salts, sizeof(salts));
	return print;
}

/* Session salts stand for the master key: they differ as soon as it does. */
bool nf_srtp_key_equal(const struct nf_srtp_key *a, const struct nf_srtp_key *b)
{
	return !(crypto_memneq(a->rtp_salt, b->rtp_salt, SRTP_SALT_LEN) |
		 crypto_memneq(a->rtcp_salt, b->rtcp_salt, SRTP_SALT_LEN));
}
