// SPDX-License-Identifier: Apache-2.0
#include "identity.h"

#include <errno.h>
#include <openssl/err.h>
#include <string.h>

#include "calendar.h"
#include "crypto.h"
#include "identity_file.h"
#include "key_place.h"

void identity_clear(struct identity *identity)
{
	X509_free(identity->certificate);
	sk_X509_pop_free(identity->chain, X509_free);
	EVP_PKEY_free(identity->key);
	*identity = (struct identity){ 0 };
}

static bool certificate_push(STACK_OF(X509) *certificates, X509 *certificate)
{
	if (!X509_up_ref(certificate))
		return false;
	if (sk_X509_push(certificates, certificate))
		return true;
	X509_free(certificate);
	return false;
}

/* The certificate that the key is of, or NULL. */
static X509 *own_find(STACK_OF(X509) *certificates, const EVP_PKEY *key)
{
	X509 *own = NULL;

	for (int i = 0; i < sk_X509_num(certificates) && !own; i++)
		if (X509_check_private_key(sk_X509_value(certificates, i), key))
			own = sk_X509_value(certificates, i);
	ERR_clear_error();
	return own;
}

/* Who issued it, by name; NULL for one that issued itself and one whose issuer is not there. */
static X509 *issuer_find(STACK_OF(X509) *certificates, const X509 *certificate)
{
	const X509_NAME *issuer = X509_get_issuer_name(certificate);

	if (!X509_NAME_cmp(issuer, X509_get_subject_name(certificate)))
		return NULL;
	for (int i = 0; i < sk_X509_num(certificates); i++)
		if (!X509_NAME_cmp(issuer, X509_get_subject_name(sk_X509_value(certificates, i))))
			return sk_X509_value(certificates, i);
	return NULL;
}

static bool chain_fill(struct identity *identity, STACK_OF(X509) *certificates)
{
	X509 *next = issuer_find(certificates, identity->certificate);

	/* Two that name each other would go on for ever. */
	while (next && sk_X509_num(identity->chain) < IDENTITY_CHAIN_MAX - 1) {
		if (!certificate_push(identity->chain, next))
			return false;
		next = issuer_find(certificates, next);
	}
	return true;
}

int identity_make(struct identity *identity, EVP_PKEY *key, STACK_OF(X509) *certificates,
		  struct refusal *why)
{
	X509 *own = own_find(certificates, key);
	struct identity made = { .chain = sk_X509_new_null() };
	char subject[128] = "no certificate";

	if (!own) {
		if (sk_X509_num(certificates))
			crypto_name(X509_get_subject_name(sk_X509_value(certificates, 0)), subject,
				    sizeof(subject));
		sk_X509_free(made.chain);
		return refusal_set(why, REASON_IDENTITY_MISMATCH, "%s", subject);
	}
	if (made.chain && X509_up_ref(own))
		made.certificate = own;
	if (made.certificate && EVP_PKEY_up_ref(key))
		made.key = key;
	if (!made.key || !chain_fill(&made, certificates)) {
		identity_clear(&made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	*identity = made;
	return 0;
}

static int unusable(struct refusal *why, const char *name, const char *text)
{
	return refusal_set(why, REASON_IDENTITY_UNUSABLE, "%s: %s", name, text);
}

/* A key by its own name. */
static int key_load(EVP_PKEY **key, const char *name, struct refusal *why)
{
	struct crypto_objects objects;
	int err;

	err = crypto_load(&objects, name, REASON_IDENTITY_UNUSABLE, why);
	if (!err && !objects.key)
		err = unusable(why, name, "no private key in it");
	if (!err && !crypto_is_file(name) && !key_uri_set(objects.key, name))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err && EVP_PKEY_up_ref(objects.key))
		*key = objects.key;
	crypto_objects_clear(&objects);
	return err;
}

int identity_key_load(EVP_PKEY **key, const char *file, struct refusal *why)
{
	char uri[SETTINGS_URI_MAX];

	return key_load(key, identity_file_key(file, uri) ? uri : file, why);
}

/* The key, of where it is named or of the URI that the file of the certificate has. */
static int objects_complete(struct crypto_objects *objects,
			    const struct settings_identity *named, struct refusal *why)
{
	EVP_PKEY *key = NULL;
	int err;

	if (!*named->key && objects->key)
		return 0;
	err = *named->key ? key_load(&key, named->key, why) :
			    identity_key_load(&key, named->certificate, why);
	if (err)
		return err;
	EVP_PKEY_free(objects->key);
	objects->key = key;
	return 0;
}

int identity_load(struct identity *identity, const struct settings_identity *named,
		  struct refusal *why)
{
	struct crypto_objects objects;
	int err;

	if (!*named->certificate || crypto_is_absent(named->certificate))
		return refusal_set(why, REASON_IDENTITY_MISSING, "%s%s", named->certificate,
				   *named->certificate ? " is not there" : "");
	err = crypto_load(&objects, named->certificate, REASON_IDENTITY_UNUSABLE, why);
	if (err)
		return err;
	if (!sk_X509_num(objects.certificates))
		err = unusable(why, named->certificate, "no certificate in it");
	if (!err)
		err = objects_complete(&objects, named, why);
	if (!err && !key_is_usable(objects.key))
		err = unusable(why, named->certificate,
			       "its key is one of tpm2-openssl; use tpm2-pkcs11 instead");
	if (!err)
		err = identity_make(identity, objects.key, objects.certificates, why);
	if (err && why->code == REASON_IDENTITY_MISMATCH)
		err = unusable(why, named->certificate, "key values mismatch");
	crypto_objects_clear(&objects);
	return err;
}

int identity_time_check(const X509 *certificate, int64_t now_s, struct refusal *why)
{
	bool early = crypto_time(X509_get0_notBefore(certificate)) > now_s;
	bool late = crypto_time(X509_get0_notAfter(certificate)) < now_s;
	char subject[128];
	int err;

	if (!early && !late)
		return 0;
	err = calendar_check(now_s, why);
	if (err)
		return err;
	crypto_name(X509_get_subject_name(certificate), subject, sizeof(subject));
	return refusal_set(why, REASON_IDENTITY_EXPIRED, "%s %s", subject,
			   early ? "is not valid yet" : "is not valid any more");
}
