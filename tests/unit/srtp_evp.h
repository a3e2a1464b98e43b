/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SRTP and SRTCP by kmod/core with OpenSSL's AES as the cipher: what the module
 * does to a packet, outside the kernel. Serves tests, fuzzers and benchmark.
 */
#ifndef SRTP_EVP_H
#define SRTP_EVP_H

#include <openssl/evp.h>

#include "kdf.h"
#include "stream.h"

enum srtp_evp_size {
	/* Writable bytes that a packet needs before and after it. */
	SRTP_EVP_HEADROOM = SRTP_RTCP_INDEX_LEN,
	SRTP_EVP_TAILROOM = SRTP_TAG_LEN + SRTP_RTCP_INDEX_LEN,
	SRTP_EVP_KEY_MAX = 32,
};

/**
 * struct srtp_evp_key - one session key in OpenSSL's hands
 * @seal: context for encryption, its key set
 * @open: context for decryption, its key set
 * @salt: session salt
 */
struct srtp_evp_key {
	EVP_CIPHER_CTX *seal;
	EVP_CIPHER_CTX *open;
	u8 salt[SRTP_SALT_LEN];
};

/**
 * struct srtp_evp - the session keys of one direction
 * @rtp: for SRTP
 * @rtcp: for SRTCP
 */
struct srtp_evp {
	struct srtp_evp_key rtp;
	struct srtp_evp_key rtcp;
};

/**
 * srtp_evp_key_set - take a session key as it is, without derivation
 * @key: result, to be freed by srtp_evp_key_free()
 * @bytes: AES key
 * @len: 16 or 32
 * @salt: session salt, 12 bytes
 */
void srtp_evp_key_set(struct srtp_evp_key *key, const u8 *bytes, u32 len, const u8 *salt);
void srtp_evp_key_free(struct srtp_evp_key *key);

/**
 * srtp_evp_set - derive the session keys of a direction
 * @evp: result, to be freed by srtp_evp_free()
 * @master: master key and, right after it, the master salt of 12 bytes
 * @key_len: length of the master key alone, 16 or 32
 */
void srtp_evp_set(struct srtp_evp *evp, const u8 *master, u32 key_len);
void srtp_evp_free(struct srtp_evp *evp);

/**
 * srtp_evp_derive - srtp_kdf_derive() over OpenSSL's AES
 * @key: master key
 * @key_len: 16 or 32
 * @salt: master salt
 * @salt_len: its length
 * @label: what is derived
 * @out: result
 * @out_len: its length
 */
void srtp_evp_derive(const u8 *key, u32 key_len, const u8 *salt, u32 salt_len,
		     enum srtp_kdf_label label, u8 *out, u32 out_len);

/**
 * srtp_evp_seal - run the cipher over a packet that is to be sent
 * @key: session key
 * @op: what to do
 * @packet: the packet; the tag is put right after the text
 */
void srtp_evp_seal(struct srtp_evp_key *key, const struct srtp_operation *op, u8 *packet);

/**
 * srtp_evp_open - run the cipher over a packet that was received
 * @key: session key
 * @op: what to do
 * @packet: the packet, the tag right after the text
 *
 * Return: whether the tag matched. If not, the text is garbage.
 */
bool srtp_evp_open(struct srtp_evp_key *key, const struct srtp_operation *op, u8 *packet);

/*
 * Protect or unprotect one packet in place. @len is its length in bytes and
 * changes with it; there must be room around it as srtp_evp_size says. Each
 * returns why the packet is dropped, %NF_SRTP_DROP_REASON_NONE when it is not;
 * @stream changes as the core's rules say.
 */
enum nf_srtp_drop_reason srtp_evp_protect_rtp(struct srtp_evp *evp, struct srtp_stream *stream,
					      u8 *packet, u32 *len);
enum nf_srtp_drop_reason srtp_evp_unprotect_rtp(struct srtp_evp *evp, struct srtp_stream *stream,
						u8 *packet, u32 *len);
enum nf_srtp_drop_reason srtp_evp_protect_rtcp(struct srtp_evp *evp, struct srtp_stream *stream,
					       u8 *packet, u32 *len);
enum nf_srtp_drop_reason srtp_evp_unprotect_rtcp(struct srtp_evp *evp, struct srtp_stream *stream,
						 u8 *packet, u32 *len);

/* What srtp_evp_protect_rtcp() does once it has an index: E flag and index in @esrtcp. */
void srtp_evp_seal_rtcp(struct srtp_evp_key *key, u8 *packet, u32 *len, u32 esrtcp);

#endif
