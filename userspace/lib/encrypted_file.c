// SPDX-License-Identifier: Apache-2.0
#include "encrypted_file.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "secret.h"

static const char cipher_name[] = "AES-128-CBC";

static bool secret_put(struct secret *secret, const uint8_t *bytes, size_t len)
{
	while (len--)
		if (!secret_append(secret, *bytes++))
			return false;
	return true;
}

static bool digest_make(OSSL_LIB_CTX *library, uint8_t digest, struct octets text,
			uint8_t value[EVP_MAX_MD_SIZE])
{
	return EVP_Q_digest(library, file_digest_name(digest), NULL, text.at, text.len, value,
			    NULL);
}

/* RSAES-PKCS1-v1_5 with a key of our own or somebody else's. */
static EVP_PKEY_CTX *wrapping_new(OSSL_LIB_CTX *library, EVP_PKEY *key,
				  int (*init)(EVP_PKEY_CTX *context))
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);

	if (context && init(context) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0)
		return context;
	EVP_PKEY_CTX_free(context);
	return NULL;
}

/* The key of the file, NULL when it is not wrapped for @key. */
static struct secret *key_unwrap(OSSL_LIB_CTX *library, EVP_PKEY *key, struct octets wrapped)
{
	struct secret *secret = secret_new(ENCRYPTED_FILE_KEY_LEN);
	uint8_t bytes[FILE_WRAPPED_KEY_MAX];
	EVP_PKEY_CTX *context;
	size_t len = sizeof(bytes);
	bool done;

	context = wrapping_new(library, key, EVP_PKEY_decrypt_init);
	done = context && secret &&
	       EVP_PKEY_decrypt(context, bytes, &len, wrapped.at, wrapped.len) > 0 &&
	       len == ENCRYPTED_FILE_KEY_LEN && secret_put(secret, bytes, len);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	EVP_PKEY_CTX_free(context);
	if (done)
		return secret;
	secret_free(secret);
	return NULL;
}

/* AES over whole blocks; @out has room for as many bytes as @in. */
static bool blocks_cipher(OSSL_LIB_CTX *library, bool encrypt, const struct secret *key,
			  const uint8_t *iv, struct octets in, uint8_t *out)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(library, cipher_name, NULL);
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int len = 0, rest = 0;
	bool done;

	done = cipher && context &&
	       EVP_CipherInit_ex2(context, cipher, secret_bytes(key), iv, encrypt, NULL) &&
	       EVP_CIPHER_CTX_set_padding(context, 0) &&
	       EVP_CipherUpdate(context, out, &len, in.at, (int)in.len) &&
	       EVP_CipherFinal_ex(context, out + len, &rest) && (size_t)(len + rest) == in.len;
	EVP_CIPHER_CTX_free(context);
	EVP_CIPHER_free(cipher);
	return done;
}

static int manner_check(const struct file_header *header, struct octets body, EVP_PKEY *key,
			struct refusal *why)
{
	const struct file_encryption *manner = &header->encryption;

	if (!header->is_encrypted)
		return refusal_set(why, REASON_FILE_VERSION, "it is not encrypted");
	if (manner->cipher != ENCRYPTED_FILE_CIPHER ||
	    manner->key_algorithm != ENCRYPTED_FILE_KEY_ALGORITHM)
		return refusal_set(why, REASON_FILE_VERSION,
				   "it is encrypted by cipher %u and key algorithm %u",
				   manner->cipher, manner->key_algorithm);
	if (body.len > ENCRYPTED_FILE_MAX)
		return refusal_set(why, REASON_FILE_TOO_LONG, "%zu bytes of at most %d", body.len,
				   ENCRYPTED_FILE_MAX);
	if (!body.len || body.len % ENCRYPTED_FILE_BLOCK_LEN ||
	    manner->pad > ENCRYPTED_FILE_BLOCK_LEN)
		return refusal_set(why, REASON_FILE_LAYOUT, "%zu bytes with %u of padding",
				   body.len, manner->pad);
	if (!EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) != manner->key_bits)
		return refusal_set(why, REASON_FILE_KEY,
				   "it is for an RSA key of %u bits, not for this %s key of %d",
				   manner->key_bits, EVP_PKEY_get0_type_name(key) ?: "other",
				   EVP_PKEY_get_bits(key));
	return 0;
}

/* Decrypts into @text, which has room for the body and one byte more. */
static int body_open(OSSL_LIB_CTX *library, const struct file_encryption *manner,
		     struct octets body, EVP_PKEY *key, uint8_t *text, struct refusal *why)
{
	SECRET_AUTO session = key_unwrap(library, key, manner->wrapped_key);
	struct octets plain = { text, body.len - manner->pad };
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!session)
		return refusal_set(why, REASON_FILE_KEY, "the key of the file cannot be unwrapped");
	if (!blocks_cipher(library, false, session, manner->iv.at, body, text) ||
	    !digest_make(library, manner->digest, plain, digest))
		return refusal_set(why, REASON_SYSTEM, "%s or %s is missing", cipher_name,
				   file_digest_name(manner->digest));
	if (memcmp(digest, manner->digest_value.at, manner->digest_value.len))
		return refusal_set(why, REASON_FILE_CONTENT, "%s of what it holds",
				   file_digest_name(manner->digest));
	text[plain.len] = '\0';
	return 0;
}

int encrypted_file_open(OSSL_LIB_CTX *library, const struct file_header *header,
			struct octets file, EVP_PKEY *key, struct octets *plain,
			struct refusal *why)
{
	struct octets body = file_body(header, file), text;
	int err;

	err = manner_check(header, body, key, why);
	if (err)
		return err;
	text = (struct octets){ calloc(1, body.len + 1), body.len };
	if (!text.at)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = body_open(library, &header->encryption, body, key, (uint8_t *)text.at, why);
	ERR_clear_error();
	if (err) {
		encrypted_file_forget(&text);
		return err;
	}
	*plain = (struct octets){ text.at, body.len - header->encryption.pad };
	return 0;
}

void encrypted_file_forget(struct octets *plain)
{
	if (plain->at)
		OPENSSL_cleanse((void *)plain->at, plain->len);
	free((void *)plain->at);
	*plain = (struct octets){ 0 };
}

static struct secret *key_make(OSSL_LIB_CTX *library)
{
	struct secret *secret = secret_new(ENCRYPTED_FILE_KEY_LEN);
	uint8_t bytes[ENCRYPTED_FILE_KEY_LEN];
	bool made = secret && RAND_priv_bytes_ex(library, bytes, sizeof(bytes), 0) == 1 &&
		    secret_put(secret, bytes, sizeof(bytes));

	OPENSSL_cleanse(bytes, sizeof(bytes));
	if (made)
		return secret;
	secret_free(secret);
	return NULL;
}

static int key_wrap(struct encrypted_body *made, OSSL_LIB_CTX *library, EVP_PKEY *recipient,
		    const struct secret *session, struct refusal *why)
{
	EVP_PKEY_CTX *context = wrapping_new(library, recipient, EVP_PKEY_encrypt_init);
	size_t len = sizeof(made->wrapped_key);
	bool done = context && EVP_PKEY_encrypt(context, made->wrapped_key, &len,
						secret_bytes(session), secret_len(session)) > 0;

	EVP_PKEY_CTX_free(context);
	made->encryption.wrapped_key = (struct octets){ made->wrapped_key, len };
	made->encryption.key_bits = (uint16_t)(len * 8);
	return done ? 0 : refusal_set(why, REASON_FILE_RECIPIENT, "nothing can be wrapped for it");
}

/* The text with its padding, encrypted in place. */
static int body_make(struct encrypted_body *made, OSSL_LIB_CTX *library,
		     const struct secret *session, struct octets plain, struct refusal *why)
{
	/* A text of whole blocks gets one block of padding more: readers in the field need some. */
	size_t pad = ENCRYPTED_FILE_BLOCK_LEN - plain.len % ENCRYPTED_FILE_BLOCK_LEN;
	uint8_t *bytes = malloc(plain.len + pad);

	if (!bytes)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (plain.len)
		memcpy(bytes, plain.at, plain.len);
	memset(bytes + plain.len, ENCRYPTED_FILE_PADDING, pad);
	made->body = (struct octets){ bytes, plain.len + pad };
	made->encryption.pad = (uint16_t)pad;
	if (blocks_cipher(library, true, session, made->iv, made->body, bytes) &&
	    digest_make(library, made->encryption.digest, plain, made->digest_value))
		return 0;
	return refusal_set(why, REASON_SYSTEM, "%s or %s is missing", cipher_name,
			   file_digest_name(made->encryption.digest));
}

int encrypted_body_make(struct encrypted_body *made, OSSL_LIB_CTX *library, EVP_PKEY *recipient,
			enum file_digest digest, struct octets plain, struct refusal *why)
{
	SECRET_AUTO session = NULL;
	int err;

	*made = (struct encrypted_body){ .encryption = {
		.cipher = ENCRYPTED_FILE_CIPHER,
		.iv = { made->iv, sizeof(made->iv) },
		.key_form = ENCRYPTED_FILE_KEY_FORM,
		.key_algorithm = ENCRYPTED_FILE_KEY_ALGORITHM,
		.digest = digest,
		.digest_value = { made->digest_value, file_digest_len(digest) },
	} };
	if (!EVP_PKEY_is_a(recipient, "RSA") ||
	    EVP_PKEY_get_size(recipient) > (int)sizeof(made->wrapped_key))
		return refusal_set(why, REASON_FILE_RECIPIENT, "it is a %s key of %d bits",
				   EVP_PKEY_get0_type_name(recipient) ?: "other",
				   EVP_PKEY_get_bits(recipient));
	if (plain.len > ENCRYPTED_FILE_MAX - ENCRYPTED_FILE_BLOCK_LEN)
		return refusal_set(why, REASON_FILE_TOO_LONG, "%zu bytes of at most %d", plain.len,
				   ENCRYPTED_FILE_MAX - ENCRYPTED_FILE_BLOCK_LEN);
	session = key_make(library);
	if (!session || RAND_bytes_ex(library, made->iv, sizeof(made->iv), 0) != 1)
		return refusal_set(why, REASON_RANDOM, "%s", "");
	err = key_wrap(made, library, recipient, session, why);
	if (!err)
		err = body_make(made, library, session, plain, why);
	ERR_clear_error();
	if (err)
		encrypted_body_clear(made);
	return err;
}

void encrypted_body_clear(struct encrypted_body *made)
{
	/* After a failure it can still be the text. */
	if (made->body.at)
		OPENSSL_cleanse((void *)made->body.at, made->body.len);
	free((void *)made->body.at);
	*made = (struct encrypted_body){ 0 };
}
