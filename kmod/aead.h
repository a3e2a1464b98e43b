/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AES-GCM of the kernel's crypto interface: which driver, and running it over
 * one contiguous piece of a packet.
 */
#ifndef NF_SRTP_AEAD_H
#define NF_SRTP_AEAD_H

#include <crypto/aead.h>
#include <linux/types.h>

/* Longest packet that is kept aside for a second attempt at opening it. */
enum { NF_SRTP_ASIDE_MAX = 2048 };

/**
 * struct nf_srtp_driver - the driver chosen when the module was loaded
 * @name: driver name as the crypto interface has it
 * @fallback: driver for where @name cannot run, or empty
 * @asynchronous: the driver completes requests later
 * @direct: the driver uses vector registers, so it may only run where
 *          crypto_simd_usable() allows it
 * @accelerated: neither AES nor GHASH is the generic implementation
 */
struct nf_srtp_driver {
	char name[CRYPTO_MAX_ALG_NAME];
	char fallback[CRYPTO_MAX_ALG_NAME];
	bool asynchronous;
	bool direct;
	bool accelerated;
};

extern struct nf_srtp_driver nf_srtp_driver __read_mostly;

/* One key, ready to run. @fallback is NULL where the driver needs none. */
struct nf_srtp_cipher {
	struct crypto_aead *tfm;
	struct crypto_aead *fallback;
};

int nf_srtp_aead_init(void);
void nf_srtp_aead_exit(void);

/**
 * nf_srtp_cipher_init - make a cipher with a key; may sleep
 * @cipher: result, to be given to nf_srtp_cipher_exit() even after an error
 * @key: AES key
 * @key_len: 16 or 32 bytes
 *
 * Return: 0 or a negative error of the crypto interface.
 */
int nf_srtp_cipher_init(struct nf_srtp_cipher *cipher, const u8 *key, unsigned int key_len);

/* Free a cipher and wipe its key. Any context. */
void nf_srtp_cipher_exit(struct nf_srtp_cipher *cipher);

/**
 * nf_srtp_cipher_run - seal or open a packet now, with a synchronous driver
 * @cipher: the cipher
 * @at: associated data, text and room for the tag or the tag, in a row
 * @aad_len: bytes of associated data
 * @text_len: bytes of text, without the tag
 * @iv: initialization vector, 12 bytes
 * @seal: encrypt, else decrypt
 *
 * Runs with bottom halves disabled. An error leaves the text undefined.
 *
 * Return: 0, -EBADMSG for a wrong tag, or another error of the cipher.
 */
int nf_srtp_cipher_run(const struct nf_srtp_cipher *cipher, u8 *at, u32 aad_len, u32 text_len,
		       u8 *iv, bool seal);

/**
 * nf_srtp_cipher_submit - the same with any driver and a request of the caller
 * @cipher: the cipher
 * @request: nf_srtp_aead_request_size() bytes, kept until the completion ran
 * @complete: called with @arg and the result, unless the result is returned
 * @arg: for @complete
 * @at, @aad_len, @text_len, @iv, @seal: as above, kept until the completion ran
 *
 * Return: -EINPROGRESS when @complete will be called, else the result.
 */
struct nf_srtp_request;
int nf_srtp_cipher_submit(const struct nf_srtp_cipher *cipher, struct nf_srtp_request *request,
			  void (*complete)(void *arg, int err), void *arg,
			  u8 *at, u32 aad_len, u32 text_len, u8 *iv, bool seal);
size_t nf_srtp_aead_request_size(void);

/**
 * nf_srtp_aead_aside - memory of this processor for a copy of one packet
 *
 * Return: %NF_SRTP_ASIDE_MAX bytes, valid while bottom halves are disabled.
 */
u8 *nf_srtp_aead_aside(void);

#endif
