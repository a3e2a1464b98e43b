// SPDX-License-Identifier: Apache-2.0
#include "crypto.h"

#include <errno.h>
#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ui.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "../lib/kernel_fips.h"

/* The one of this process, NULL before it is asked for. */
static OSSL_LIB_CTX *only;

bool crypto_library_set(OSSL_LIB_CTX *library)
{
	if (only)
		return false;
	only = library;
	return true;
}

int crypto_library(OSSL_LIB_CTX **library, struct refusal *why)
{
	OSSL_LIB_CTX *made;
	char *file;
	int err = 0;

	if (!only) {
		made = OSSL_LIB_CTX_new();
		file = CONF_get1_default_config_file();
		if (!made || !file)
			err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
		/* Without its configuration FIPS mode would be off, unnoticed. */
		else if (access(file, F_OK) == 0 && !OSSL_LIB_CTX_load_config(made, file))
			err = refusal_set(why, REASON_SYSTEM, "%s: %s", file, crypto_error());
		OPENSSL_free(file);
		if (err) {
			OSSL_LIB_CTX_free(made);
			return err;
		}
		only = made;
	}
	*library = only;
	return 0;
}

bool crypto_is_fips(void)
{
	OSSL_LIB_CTX *library;
	struct refusal why;

	return fips_enabled(FIPS_FILE) || crypto_library(&library, &why) ||
	       EVP_default_properties_is_fips_enabled(library);
}

void crypto_objects_clear(struct crypto_objects *objects)
{
	sk_X509_pop_free(objects->certificates, X509_free);
	EVP_PKEY_free(objects->key);
	*objects = (struct crypto_objects){ 0 };
}

static bool objects_take(struct crypto_objects *objects, OSSL_STORE_INFO *info)
{
	X509 *certificate;

	switch (OSSL_STORE_INFO_get_type(info)) {
	case OSSL_STORE_INFO_CERT:
		certificate = OSSL_STORE_INFO_get1_CERT(info);
		if (certificate && sk_X509_push(objects->certificates, certificate))
			return true;
		X509_free(certificate);
		return false;
	case OSSL_STORE_INFO_PKEY:
		EVP_PKEY_free(objects->key);
		objects->key = OSSL_STORE_INFO_get1_PKEY(info);
		return objects->key != NULL;
	default:
		return true;
	}
}

bool crypto_read(struct crypto_objects *objects, OSSL_STORE_CTX *store)
{
	OSSL_STORE_INFO *info;
	bool taken;

	*objects = (struct crypto_objects){ .certificates = sk_X509_new_null() };
	if (!objects->certificates)
		return false;
	while (!OSSL_STORE_eof(store)) {
		info = OSSL_STORE_load(store);
		/* At the end there is neither an object nor an error, nor a better sign of it. */
		if (!info && (ERR_peek_error() || !OSSL_STORE_eof(store)))
			return false;
		taken = !info || objects_take(objects, info);
		OSSL_STORE_INFO_free(info);
		if (!taken)
			return false;
	}
	return true;
}

int crypto_load(struct crypto_objects *objects, const char *name, enum reason_code code,
		struct refusal *why)
{
	OSSL_LIB_CTX *library;
	OSSL_STORE_CTX *store;
	bool read;
	int err;

	err = crypto_library(&library, why);
	if (err)
		return err;
	ERR_clear_error();
	*objects = (struct crypto_objects){ 0 };
	store = OSSL_STORE_open_ex(name, library, NULL, UI_null(), NULL, NULL, NULL, NULL);
	read = store && crypto_read(objects, store);
	if (!read || (!sk_X509_num(objects->certificates) && !objects->key)) {
		err = refusal_set(why, code, "%s: %s", name,
				  read ? "neither certificate nor key" : crypto_error());
		crypto_objects_clear(objects);
	}
	OSSL_STORE_close(store);
	ERR_clear_error();
	return err;
}

const char *crypto_file_path(const char *name)
{
	if (strncasecmp(name, "file:", 5))
		return name;
	name += 5;
	return strncmp(name, "//", 2) ? name : strchr(name + 2, '/') ?: "";
}

bool crypto_is_file(const char *name)
{
	return *crypto_file_path(name) == '/';
}

bool crypto_is_absent(const char *name)
{
	const char *path = crypto_file_path(name);

	return access(path, F_OK) < 0 && errno == ENOENT && *path == '/';
}

void crypto_name(const X509_NAME *name, char *text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio && name &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB &
			       ~XN_FLAG_SPC_EQ) >= 0)
		len = BIO_read(bio, text, (int)size - 1);
	text[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

bool crypto_fingerprint(const X509 *certificate, unsigned char digest[CRYPTO_FINGERPRINT_LEN])
{
	OSSL_LIB_CTX *library;
	struct refusal why;
	unsigned int len = 0;
	EVP_MD *sha256;
	bool done;

	if (crypto_library(&library, &why))
		return false;
	sha256 = EVP_MD_fetch(library, "SHA256", NULL);
	done = sha256 && X509_digest(certificate, sha256, digest, &len);
	EVP_MD_free(sha256);
	return done && len == CRYPTO_FINGERPRINT_LEN;
}

bool crypto_serial_is(const X509 *certificate, struct octets serial)
{
	const ASN1_INTEGER *own = X509_get0_serialNumber(certificate);
	const uint8_t *bytes = ASN1_STRING_get0_data(own);
	size_t len = (size_t)ASN1_STRING_length(own);

	while (len && !*bytes) {
		bytes++;
		len--;
	}
	return len == serial.len && (!len || !memcmp(bytes, serial.at, len));
}

int64_t crypto_time(const ASN1_TIME *time)
{
	struct tm parts;

	return time && ASN1_TIME_to_tm(time, &parts) ? (int64_t)timegm(&parts) : 0;
}
