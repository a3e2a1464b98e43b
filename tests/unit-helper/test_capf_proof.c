// SPDX-License-Identifier: Apache-2.0
/* Proofs towards CAPF, against what was recorded and against the openssl command. */
#include "capf_vector.h"

#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <unistd.h>

#include "capf_proof.h"

static char folder[] = "/tmp/test_capf_proof.XXXXXX";

static void file_write(const char *name, const void *bytes, size_t len)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(file);
}

static bool command_holds(const char *words)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && openssl %s >/dev/null 2>&1", folder, words);
	return system(line) == 0;
}

/* Both are there, and the recorded ones are those of this key. */
static void recorded(void **state)
{
	static struct capf_vector vectors[CAPF_VECTOR_MESSAGES];
	size_t count = capf_vectors_read(vectors), found = 0;
	struct capf_proof proof = { 0 };
	struct capf_message message;
	struct octets certificate;
	struct refusal why;
	EVP_PKEY *key;

	(void)state;
	certificate = capf_certificate_read(&key);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(capf_message_read(&message, octets_of(&vectors[i]), &why), 0);
		if (!message.signature.len)
			continue;
		found++;
		assert_int_equal(capf_proof_make(&proof, NULL, key, CAPF_DEVICE_NAME, certificate,
						 &why), 0);
		assert_int_equal(proof.sha1_len, message.signature.len);
		assert_memory_equal(proof.sha1, message.signature.at, proof.sha1_len);
		assert_int_equal(proof.sha512_len, message.signature_sha2.len);
		assert_memory_equal(proof.sha512, message.signature_sha2.at, proof.sha512_len);
		assert_int_equal(capf_proof_make_sudi(&proof, NULL, key, message.session,
						      certificate, &why), 0);
		assert_int_equal(proof.sha1_len, message.sudi_signature.len);
		assert_memory_equal(proof.sha1, message.sudi_signature.at, proof.sha1_len);
		assert_int_equal(proof.sha512_len, message.sudi_signature_sha2.len);
		assert_memory_equal(proof.sha512, message.sudi_signature_sha2.at,
				    proof.sha512_len);
	}
	assert_int_equal(found, 1);
	OPENSSL_free((void *)certificate.at);
	EVP_PKEY_free(key);
}

static void public_write(EVP_PKEY *key)
{
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	assert_true(len > 0);
	file_write("public.der", der, (size_t)len);
	OPENSSL_free(der);
}

/* What came out of the padding must be the bare hash. */
static void rsa_check(const uint8_t *digest, size_t digest_len, const uint8_t *signature,
		      size_t len)
{
	file_write("signature", signature, len);
	file_write("digest", digest, digest_len);
	assert_true(command_holds("pkeyutl -verifyrecover -pubin -keyform DER -inkey public.der "
				  "-in signature -out recovered && cmp digest recovered"));
	file_write("digest", digest, digest_len - 1);
	assert_false(command_holds("version >/dev/null && cmp digest recovered"));
}

static void rsa_keys(void **state)
{
	static const unsigned int sizes[] = { 512, 1024, 2048, 3072, 4096 };
	static const uint8_t signed_bytes[] = CAPF_DEVICE_NAME "\0certificate";
	const struct octets certificate = { (const uint8_t *)"certificate", 11 };
	uint8_t digest[SHA512_DIGEST_LENGTH];
	struct capf_proof proof;
	struct refusal why;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		EVP_PKEY *key = EVP_RSA_gen(sizes[i]);

		public_write(key);
		assert_int_equal(capf_proof_make(&proof, NULL, key, CAPF_DEVICE_NAME, certificate,
						 &why), 0);
		assert_int_equal(proof.sha1_len, sizes[i] / 8);
		SHA1(signed_bytes, sizeof(signed_bytes) - 1, digest);
		rsa_check(digest, SHA_DIGEST_LENGTH, proof.sha1, proof.sha1_len);
		/* There is no room for the other one in the smallest key. */
		assert_int_equal(proof.sha512_len, sizes[i] == 512 ? 0 : sizes[i] / 8);
		SHA512(signed_bytes, sizeof(signed_bytes) - 1, digest);
		if (proof.sha512_len)
			rsa_check(digest, SHA512_DIGEST_LENGTH, proof.sha512, proof.sha512_len);
		EVP_PKEY_free(key);
	}
}

static void ec_keys(void **state)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	static const uint8_t signed_bytes[] = CAPF_DEVICE_NAME "\0certificate";
	const struct octets certificate = { (const uint8_t *)"certificate", 11 };
	struct capf_proof proof;
	struct refusal why;

	(void)state;
	for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++) {
		EVP_PKEY *key = EVP_EC_gen(curves[i]);

		public_write(key);
		assert_int_equal(capf_proof_make(&proof, NULL, key, CAPF_DEVICE_NAME, certificate,
						 &why), 0);
		file_write("signed", signed_bytes, sizeof(signed_bytes) - 1);
		file_write("signature", proof.sha1, proof.sha1_len);
		assert_true(command_holds("dgst -sha1 -verify public.der -keyform DER "
					  "-signature signature signed"));
		file_write("signature", proof.sha512, proof.sha512_len);
		assert_true(command_holds("dgst -sha512 -verify public.der -keyform DER "
					  "-signature signature signed"));
		assert_false(command_holds("dgst -sha1 -verify public.der -keyform DER "
					   "-signature signature signed"));
		EVP_PKEY_free(key);
	}
}

/* The number of the session has its least byte first there. */
static void sudi(void **state)
{
	static const uint8_t signed_bytes[] = "\x04\x03\x02\x01" "certificate";
	const struct octets certificate = { (const uint8_t *)"certificate", 11 };
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
	uint8_t digest[SHA512_DIGEST_LENGTH];
	struct capf_proof proof;
	struct refusal why;

	(void)state;
	public_write(rsa);
	assert_int_equal(capf_proof_make_sudi(&proof, NULL, rsa, 0x01020304, certificate, &why),
			 0);
	SHA1(signed_bytes, sizeof(signed_bytes) - 1, digest);
	rsa_check(digest, SHA_DIGEST_LENGTH, proof.sha1, proof.sha1_len);
	SHA512(signed_bytes, sizeof(signed_bytes) - 1, digest);
	rsa_check(digest, SHA512_DIGEST_LENGTH, proof.sha512, proof.sha512_len);
	assert_true(capf_proof_make_sudi(&proof, NULL, ec, 1, certificate, &why) < 0);
	assert_int_equal(why.code, REASON_IDENTITY_UNUSABLE);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
}

/* A public key alone, and a kind of key that has no such signature. */
static void keys_that_cannot(void **state)
{
	const struct octets certificate = { (const uint8_t *)"certificate", 11 };
	EVP_PKEY *keys[] = { NULL, EVP_PKEY_Q_keygen(NULL, NULL, "X25519") };
	EVP_PKEY *whole = EVP_RSA_gen(1024);
	struct capf_proof proof;
	const uint8_t *at;
	uint8_t *der = NULL;
	struct refusal why;
	int len;

	(void)state;
	len = i2d_PUBKEY(whole, &der);
	at = der;
	keys[0] = d2i_PUBKEY(NULL, &at, len);
	for (size_t i = 0; i < 2; i++) {
		assert_non_null(keys[i]);
		assert_true(capf_proof_make(&proof, NULL, keys[i], "x", certificate, &why) < 0);
		assert_int_equal(why.code, REASON_IDENTITY_UNUSABLE);
		EVP_PKEY_free(keys[i]);
	}
	OPENSSL_free(der);
	EVP_PKEY_free(whole);
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	static const char *const names[] = { "public.der", "signature", "digest", "recovered",
					     "signed" };
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded),
		cmocka_unit_test(rsa_keys),
		cmocka_unit_test(ec_keys),
		cmocka_unit_test(sudi),
		cmocka_unit_test(keys_that_cannot),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
