// SPDX-License-Identifier: Apache-2.0
#include "identity_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <stdio.h>
#include <string.h>

#include "crypto.h"
#include "identity.h"
#include "key_place.h"

/* Explanatory text (RFC 7468 section 5.2), which readers of PEM pass over. */
#define KEY_LINE "Private-Key: "

bool identity_file_key(const char *name, char uri[SETTINGS_URI_MAX])
{
	/* A line that fits leaves a URI that fits. */
	char line[sizeof(KEY_LINE) - 1 + SETTINGS_URI_MAX];
	const char *path = crypto_file_path(name);
	FILE *stream = *path == '/' ? fopen(path, "re") : NULL;
	bool found = false;

	if (!stream)
		return false;
	if (fgets(line, sizeof(line), stream) && !strncmp(line, KEY_LINE, strlen(KEY_LINE))) {
		line[strcspn(line, "\r\n")] = '\0';
		strcpy(uri, line + strlen(KEY_LINE));
		found = *uri;
	}
	fclose(stream);
	return found;
}

static bool certificates_write(BIO *bio, const struct identity *identity)
{
	if (identity->certificate && !PEM_write_bio_X509(bio, identity->certificate))
		return false;
	for (int i = 0; i < sk_X509_num(identity->chain); i++)
		if (!PEM_write_bio_X509(bio, sk_X509_value(identity->chain, i)))
			return false;
	return true;
}

static bool identity_print(BIO *bio, const struct identity *identity)
{
	const char *uri = key_uri(identity->key);

	if (uri)
		return BIO_printf(bio, KEY_LINE "%s\n", uri) > 0 &&
		       certificates_write(bio, identity);
	return certificates_write(bio, identity) &&
	       PEM_write_bio_PrivateKey(bio, identity->key, NULL, NULL, 0, NULL, NULL);
}

struct secret *identity_write(const struct identity *identity, struct refusal *why)
{
	struct secret *bytes = secret_new(IDENTITY_FILE_MAX);
	/* Its buffer is wiped when it is given back. */
	BIO *bio = BIO_new(BIO_s_secmem());
	unsigned char *at;
	long len = 0;
	bool fits;

	ERR_clear_error();
	if (!bytes || !bio || !identity_print(bio, identity)) {
		refusal_set(why, REASON_IDENTITY_UNUSABLE, "it cannot be written: %s",
			    crypto_error());
		len = -1;
	} else {
		len = BIO_get_mem_data(bio, &at);
	}
	fits = len > 0 && len <= IDENTITY_FILE_MAX;
	for (long i = 0; fits && i < len; i++)
		(void)secret_append(bytes, at[i]);
	BIO_free(bio);
	if (fits)
		return bytes;
	if (len >= 0)
		refusal_set(why, REASON_IDENTITY_FORMAT, "more than %d bytes", IDENTITY_FILE_MAX);
	secret_free(bytes);
	return NULL;
}

/**
 * struct asking - the one who is asked for a passphrase
 * @passphrase: what to say, or NULL
 * @asked: there was something to open
 */
struct asking {
	const struct secret *passphrase;
	bool asked;
};

static int passphrase_say(char *text, int size, int writing, void *asking)
{
	struct asking *asked = asking;
	size_t len = asked->passphrase ? secret_len(asked->passphrase) : 0;

	(void)writing;
	asked->asked = true;
	if (!asked->passphrase || len > (size_t)size)
		return -1;
	memcpy(text, secret_bytes(asked->passphrase), len);
	return (int)len;
}

/* Whether the cipher of the file is one that only the legacy provider knows. */
static bool is_unsupported(void)
{
	unsigned long code = ERR_peek_last_error();

	return ERR_GET_LIB(code) == ERR_LIB_EVP && ERR_GET_REASON(code) == ERR_R_UNSUPPORTED;
}

static int read_refuse(const struct asking *asking, struct refusal *why)
{
	if (is_unsupported())
		return refusal_set(why, REASON_IDENTITY_FORMAT,
				   "it is encrypted with a cipher that is too old");
	if (asking->asked)
		return refusal_set(why, REASON_IDENTITY_PASSPHRASE, "%s",
				   asking->passphrase ? "" : "it is encrypted, and none was given");
	return refusal_set(why, REASON_IDENTITY_FORMAT, "%s", crypto_error());
}

static int objects_parse(struct crypto_objects *objects, struct octets bytes,
			 const struct secret *passphrase, struct refusal *why)
{
	struct asking asking = { .passphrase = passphrase };
	UI_METHOD *method = UI_UTIL_wrap_read_pem_callback(passphrase_say, 0);
	BIO *bio = BIO_new_mem_buf(bytes.at, (int)bytes.len);
	OSSL_STORE_CTX *store = NULL;
	OSSL_LIB_CTX *library;
	int err;

	err = crypto_library(&library, why);
	ERR_clear_error();
	if (!err && bio && method)
		store = OSSL_STORE_attach(bio, "file", library, NULL, method, &asking, NULL, NULL,
					  NULL);
	if (!err && (!store || !crypto_read(objects, store)))
		err = read_refuse(&asking, why);
	/* An encrypted key that cannot be opened is passed over by the library. */
	else if (!err && asking.asked && !objects->key)
		err = refusal_set(why, REASON_IDENTITY_PASSPHRASE, "%s",
				  passphrase ? "" : "it is encrypted, and none was given");
	OSSL_STORE_close(store);
	BIO_free(bio);
	UI_destroy_method(method);
	ERR_clear_error();
	return err;
}

int identity_parse(struct identity *identity, struct octets bytes,
		   const struct secret *passphrase, struct refusal *why)
{
	struct crypto_objects objects = { 0 };
	int count, err;

	if (!bytes.len || bytes.len > IDENTITY_FILE_MAX)
		return refusal_set(why, REASON_IDENTITY_FORMAT,
				   bytes.len ? "more than %d bytes" : "it is empty",
				   IDENTITY_FILE_MAX);
	err = objects_parse(&objects, bytes, passphrase, why);
	count = sk_X509_num(objects.certificates);
	if (!err && (count < 1 || count > IDENTITY_CHAIN_MAX))
		err = refusal_set(why, REASON_IDENTITY_FORMAT, "%d certificates in it",
				  count < 0 ? 0 : count);
	if (!err && objects.key) {
		err = identity_make(identity, objects.key, objects.certificates, why);
	} else if (!err) {
		*identity = (struct identity){ .chain = objects.certificates };
		objects.certificates = NULL;
	}
	crypto_objects_clear(&objects);
	return err;
}
