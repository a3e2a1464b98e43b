/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a phone signs towards the Certificate Authority Proxy Function to show that it has
 * the key of its certificate. RSA keys sign the bare hash in PKCS#1 padding of type 1,
 * without the DigestInfo of usual signatures; EC keys make usual ECDSA signatures.
 */
#ifndef PHONESEC_CAPF_PROOF_H
#define PHONESEC_CAPF_PROOF_H

#include <openssl/evp.h>

#include "octets.h"
#include "reason.h"

enum { CAPF_SIGNATURE_MAX = 512 }; /* bytes: RSA of 4096 bits */

/**
 * struct capf_proof - both signatures of one certificate's key
 * @sha1: over SHA-1
 * @sha1_len: bytes of it, 0 when the key or the provider cannot
 * @sha512: over SHA-512
 * @sha512_len: the same; RSA keys below 600 bits have no room for the hash
 */
struct capf_proof {
	uint8_t sha1[CAPF_SIGNATURE_MAX];
	size_t sha1_len;
	uint8_t sha512[CAPF_SIGNATURE_MAX];
	size_t sha512_len;
};

/**
 * capf_proof_make - sign the name of the device and its certificate
 * @proof: filled in
 * @library: where digests come from; NULL for the default
 * @key: private key of @certificate
 * @device: name, as SEP001122334455
 * @certificate: DER
 * @why: on refusal the reason: neither signature can be made
 *
 * Return: 0, or the -errno of the reason.
 */
int capf_proof_make(struct capf_proof *proof, OSSL_LIB_CTX *library, EVP_PKEY *key,
		    const char *device, struct octets certificate, struct refusal *why);

/**
 * capf_proof_make_sudi - sign the number of the session and the certificate of the maker
 * @proof: filled in
 * @library: where digests come from; NULL for the default
 * @key: private key of @certificate
 * @session: number of the session; is signed with its least byte first
 * @certificate: DER
 * @why: on refusal the reason; only RSA keys are defined here
 *
 * Return: 0, or the -errno of the reason.
 */
int capf_proof_make_sudi(struct capf_proof *proof, OSSL_LIB_CTX *library, EVP_PKEY *key,
			 uint32_t session, struct octets certificate, struct refusal *why);

#endif
