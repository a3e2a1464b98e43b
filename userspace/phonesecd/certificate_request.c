// SPDX-License-Identifier: Apache-2.0
#include "certificate_request.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "crypto.h"

/* Bytes of one attribute, with its zero: X.520 has no more than 128 of characters for any. */
enum { PART_MAX = 256, PARTS_MAX = 16 };

static int subject_refuse(struct refusal *why, const char *text, const char *fault)
{
	return refusal_set(why, REASON_IDENTITY_SUBJECT, "%s: %s", text, fault);
}

/* Takes "NAME=VALUE" up to the next comma, without the escapes. Returns what follows, or NULL. */
static const char *part_take(const char *at, char part[PART_MAX])
{
	size_t len = 0;

	for (; *at && *at != ','; at++) {
		if (*at == '\\' && !*++at)
			return NULL;
		if ((unsigned char)*at < ' ' || len == PART_MAX - 1)
			return NULL;
		part[len++] = *at;
	}
	part[len] = '\0';
	if (*at && !at[1])
		return NULL;
	return at + !!*at;
}

static bool part_add(X509_NAME *name, char *part)
{
	char *value = strchr(part, '=');

	part += strspn(part, " ");
	if (!value || value <= part || !value[1])
		return false;
	*value++ = '\0';
	return X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8, (unsigned char *)value, -1,
					  -1, 0);
}

static int subject_set(X509_REQ *request, const char *subject, struct refusal *why)
{
	X509_NAME *name = X509_REQ_get_subject_name(request);
	const char *at = subject;
	char part[PART_MAX];
	int count = 0;

	while (at && *at && count++ < PARTS_MAX) {
		at = part_take(at, part);
		if (!at || !part_add(name, part))
			return subject_refuse(why, subject, "not NAME=VALUE,NAME=VALUE");
	}
	if (!count || *at)
		return subject_refuse(why, subject, count ? "too long" : "it is empty");
	return 0;
}

static bool extension_add(STACK_OF(X509_EXTENSION) *extensions, int nid, const char *text)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, text);

	if (extension && sk_X509_EXTENSION_push(extensions, extension))
		return true;
	X509_EXTENSION_free(extension);
	return false;
}

/* Names that begin with @ or name sections of a configuration file are none here. */
static bool alternatives_are_plain(const char *text)
{
	return !strchr(text, '@') && !strcasestr(text, "dirName") &&
	       !strcasestr(text, "otherName") && !strcasestr(text, "email:");
}

static int extensions_set(X509_REQ *request, const char *alternatives, struct refusal *why)
{
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	int err = 0;

	if (!extensions ||
	    !extension_add(extensions, NID_basic_constraints, "critical,CA:FALSE") ||
	    !extension_add(extensions, NID_key_usage,
			   "critical,digitalSignature,keyEncipherment") ||
	    !extension_add(extensions, NID_ext_key_usage, "clientAuth,serverAuth"))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err && alternatives &&
	    (!alternatives_are_plain(alternatives) ||
	     !extension_add(extensions, NID_subject_alt_name, alternatives)))
		err = subject_refuse(why, alternatives, "not DNS:NAME, IP:ADDRESS or URI:NAME");
	if (!err && !X509_REQ_add_extensions(request, extensions))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return err;
}

/* With the digest of the daemon's library context, as the key is of it. */
static bool request_sign(X509_REQ *request, EVP_PKEY *key, OSSL_LIB_CTX *library)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done;

	done = context &&
	       EVP_DigestSignInit_ex(context, NULL, "SHA256", library, NULL, key, NULL) &&
	       X509_REQ_sign_ctx(request, context) > 0;
	EVP_MD_CTX_free(context);
	return done;
}

int certificate_request_make(X509_REQ **request, EVP_PKEY *key, const char *subject,
			     const char *alternatives, struct refusal *why)
{
	OSSL_LIB_CTX *library;
	X509_REQ *made;
	int err;

	err = crypto_library(&library, why);
	if (err)
		return err;
	ERR_clear_error();
	made = X509_REQ_new_ex(library, NULL);
	if (!made || !X509_REQ_set_version(made, X509_REQ_VERSION_1) ||
	    !X509_REQ_set_pubkey(made, key))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err)
		err = subject_set(made, subject, why);
	if (!err)
		err = extensions_set(made, alternatives, why);
	if (!err && !request_sign(made, key, library))
		err = refusal_set(why, REASON_IDENTITY_UNUSABLE, "the key does not sign: %s",
				  crypto_error());
	ERR_clear_error();
	if (err)
		X509_REQ_free(made);
	else
		*request = made;
	return err;
}

char *certificate_request_pem(const X509_REQ *request)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *pem = NULL;
	long len;

	if (bio && PEM_write_bio_X509_REQ(bio, (X509_REQ *)request)) {
		len = BIO_get_mem_data(bio, &bytes);
		pem = strndup(bytes, (size_t)len);
	}
	BIO_free(bio);
	return pem;
}
