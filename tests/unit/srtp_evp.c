// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "srtp_evp.h"

/* OpenSSL fails here only when memory is out or the reference itself is wrong. */
static void must(bool done, const char *what)
{
	if (!done) {
		fprintf(stderr, "srtp_evp: %s failed\n", what);
		abort();
	}
}

static void encrypt_block(const void *key, u8 *out, const u8 *in)
{
	EVP_CIPHER_CTX *ctx = (EVP_CIPHER_CTX *)key;
	int len;

	must(EVP_EncryptUpdate(ctx, out, &len, in, SRTP_KDF_BLOCK_LEN), "AES of one block");
}

void srtp_evp_derive(const u8 *key, u32 key_len, const u8 *salt, u32 salt_len,
		     enum srtp_kdf_label label, u8 *out, u32 out_len)
{
	const EVP_CIPHER *aes = key_len == 16 ? EVP_aes_128_ecb() : EVP_aes_256_ecb();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	must(ctx && EVP_EncryptInit_ex(ctx, aes, NULL, key, NULL), "AES key");
	must(EVP_CIPHER_CTX_set_padding(ctx, 0), "AES padding");
	srtp_kdf_derive(encrypt_block, ctx, salt, salt_len, label, out, out_len);
	EVP_CIPHER_CTX_free(ctx);
}

void srtp_evp_key_set(struct srtp_evp_key *key, const u8 *bytes, u32 len, const u8 *salt)
{
	EVP_CIPHER *gcm = EVP_CIPHER_fetch(NULL, len == 16 ? "AES-128-GCM" : "AES-256-GCM", NULL);

	key->seal = EVP_CIPHER_CTX_new();
	key->open = EVP_CIPHER_CTX_new();
	must(gcm && key->seal && key->open, "fetching AES-GCM");
	must(EVP_EncryptInit_ex2(key->seal, gcm, bytes, NULL, NULL), "sealing key");
	must(EVP_DecryptInit_ex2(key->open, gcm, bytes, NULL, NULL), "opening key");
	EVP_CIPHER_free(gcm);
	memcpy(key->salt, salt, sizeof(key->salt));
}

void srtp_evp_key_free(struct srtp_evp_key *key)
{
	EVP_CIPHER_CTX_free(key->seal);
	EVP_CIPHER_CTX_free(key->open);
}

static void session_key_set(struct srtp_evp_key *key, const u8 *master, u32 key_len,
			    enum srtp_kdf_label key_label, enum srtp_kdf_label salt_label)
{
	const u8 *master_salt = master + key_len;
	u8 session_key[SRTP_EVP_KEY_MAX];
	u8 session_salt[SRTP_SALT_LEN];

	srtp_evp_derive(master, key_len, master_salt, SRTP_SALT_LEN, key_label,
			session_key, key_len);
	srtp_evp_derive(master, key_len, master_salt, SRTP_SALT_LEN, salt_label,
			session_salt, sizeof(session_salt));
	srtp_evp_key_set(key, session_key, key_len, session_salt);
}

void srtp_evp_set(struct srtp_evp *evp, const u8 *master, u32 key_len)
{
	session_key_set(&evp->rtp, master, key_len, SRTP_LABEL_RTP_KEY, SRTP_LABEL_RTP_SALT);
	session_key_set(&evp->rtcp, master, key_len, SRTP_LABEL_RTCP_KEY, SRTP_LABEL_RTCP_SALT);
}

void srtp_evp_free(struct srtp_evp *evp)
{
	srtp_evp_key_free(&evp->rtp);
	srtp_evp_key_free(&evp->rtcp);
}

void srtp_evp_seal(struct srtp_evp_key *key, const struct srtp_operation *op, u8 *packet)
{
	u8 *aad = packet - op->lead;
	u8 *text = aad + op->aad_len;
	int len;

	must(EVP_EncryptInit_ex2(key->seal, NULL, NULL, op->iv, NULL), "sealing IV");
	must(EVP_EncryptUpdate(key->seal, NULL, &len, aad, op->aad_len), "sealing AAD");
	must(EVP_EncryptUpdate(key->seal, text, &len, text, op->text_len), "sealing text");
	must(EVP_EncryptFinal_ex(key->seal, text + op->text_len, &len), "sealing");
	must(EVP_CIPHER_CTX_ctrl(key->seal, EVP_CTRL_AEAD_GET_TAG, SRTP_TAG_LEN,
				 text + op->text_len), "taking the tag");
}

bool srtp_evp_open(struct srtp_evp_key *key, const struct srtp_operation *op, u8 *packet)
{
	u8 *aad = packet - op->lead;
	u8 *text = aad + op->aad_len;
	int len;

	must(EVP_DecryptInit_ex2(key->open, NULL, NULL, op->iv, NULL), "opening IV");
	must(EVP_DecryptUpdate(key->open, NULL, &len, aad, op->aad_len), "opening AAD");
	must(EVP_DecryptUpdate(key->open, text, &len, text, op->text_len), "opening text");
	must(EVP_CIPHER_CTX_ctrl(key->open, EVP_CTRL_AEAD_SET_TAG, SRTP_TAG_LEN,
				 text + op->text_len), "giving the tag");
	return EVP_DecryptFinal_ex(key->open, text + op->text_len, &len) > 0;
}

enum nf_srtp_drop_reason srtp_evp_protect_rtp(struct srtp_evp *evp, struct srtp_stream *stream,
					      u8 *packet, u32 *len)
{
	u32 header_len = srtp_rtp_header_len(packet, *len);
	enum nf_srtp_drop_reason reason;
	struct srtp_operation op;
	u64 index;

	if (!header_len)
		return NF_SRTP_DROP_REASON_MALFORMED;
	reason = srtp_rtp_send(stream, packet, &index);
	if (reason != NF_SRTP_DROP_REASON_NONE)
		return reason;
	srtp_rtp_operation(&op, evp->rtp.salt, packet, header_len, *len - header_len, index);
	srtp_evp_seal(&evp->rtp, &op, packet);
	*len += SRTP_TAG_LEN;
	return NF_SRTP_DROP_REASON_NONE;
}

enum nf_srtp_drop_reason srtp_evp_unprotect_rtp(struct srtp_evp *evp, struct srtp_stream *stream,
						u8 *packet, u32 *len)
{
	u32 header_len = srtp_rtp_header_len(packet, *len);
	enum nf_srtp_drop_reason reason;
	struct srtp_operation op;
	u64 index;

	if (!header_len || *len - header_len < SRTP_TAG_LEN)
		return NF_SRTP_DROP_REASON_MALFORMED;
	index = srtp_stream_rtp_index(stream, srtp_rtp_seq(packet));
	reason = srtp_rtp_check(stream, index);
	if (reason != NF_SRTP_DROP_REASON_NONE)
		return reason;
	srtp_rtp_operation(&op, evp->rtp.salt, packet, header_len,
			   *len - header_len - SRTP_TAG_LEN, index);
	if (!srtp_evp_open(&evp->rtp, &op, packet))
		return NF_SRTP_DROP_REASON_AUTH_FAILED;
	srtp_rtp_commit(stream, index);
	*len -= SRTP_TAG_LEN;
	return NF_SRTP_DROP_REASON_NONE;
}

void srtp_evp_seal_rtcp(struct srtp_evp_key *key, u8 *packet, u32 *len, u32 esrtcp)
{
	struct srtp_operation op;
	u8 *tag = packet + *len;

	srtp_rtcp_arrange(&op, key->salt, packet, *len, esrtcp, false);
	srtp_evp_seal(key, &op, packet);
	srtp_rtcp_restore(&op, packet);
	/* Without the E flag the cipher left the tag behind the index. */
	if (!(esrtcp & SRTP_RTCP_E_FLAG))
		memmove(tag, tag + SRTP_RTCP_INDEX_LEN, SRTP_TAG_LEN);
	put_unaligned_be32(esrtcp, tag + SRTP_TAG_LEN);
	*len += SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN;
}

enum nf_srtp_drop_reason srtp_evp_protect_rtcp(struct srtp_evp *evp, struct srtp_stream *stream,
					       u8 *packet, u32 *len)
{
	enum nf_srtp_drop_reason reason;
	u32 index;

	if (!srtp_rtcp_is_compound(packet, *len))
		return NF_SRTP_DROP_REASON_MALFORMED;
	reason = srtp_rtcp_send(stream, &index);
	if (reason != NF_SRTP_DROP_REASON_NONE)
		return reason;
	srtp_evp_seal_rtcp(&evp->rtcp, packet, len, index | SRTP_RTCP_E_FLAG);
	return NF_SRTP_DROP_REASON_NONE;
}

enum nf_srtp_drop_reason srtp_evp_unprotect_rtcp(struct srtp_evp *evp, struct srtp_stream *stream,
						 u8 *packet, u32 *len)
{
	const u32 trailer = SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN;
	enum nf_srtp_drop_reason reason;
	struct srtp_operation op;
	u32 esrtcp, index, clear_len;
	bool genuine;

	if (*len < SRTP_RTCP_HEADER_LEN + trailer)
		return NF_SRTP_DROP_REASON_MALFORMED;
	clear_len = *len - trailer;
	esrtcp = get_unaligned_be32(packet + clear_len + SRTP_TAG_LEN);
	index = esrtcp & ~SRTP_RTCP_E_FLAG;
	reason = srtp_rtcp_check(stream, index);
	if (reason != NF_SRTP_DROP_REASON_NONE)
		return reason;
	srtp_rtcp_arrange(&op, evp->rtcp.salt, packet, clear_len, esrtcp, true);
	genuine = srtp_evp_open(&evp->rtcp, &op, packet);
	srtp_rtcp_restore(&op, packet);
	if (!genuine)
		return NF_SRTP_DROP_REASON_AUTH_FAILED;
	srtp_rtcp_commit(stream, index);
	*len = clear_len;
	return NF_SRTP_DROP_REASON_NONE;
}
