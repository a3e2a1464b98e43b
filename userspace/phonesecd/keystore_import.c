// SPDX-License-Identifier: Apache-2.0
/* What people bring: the MIC at the factory, certificates of the site, answers to requests. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calendar.h"
#include "certificate_request.h"
#include "keystore_impl.h"
#include "log.h"
#include "state_file.h"

static int identity_put(const struct identity *identity, const char *path,
			int (*put)(const char *file, const void *bytes, size_t len,
				   struct refusal *why),
			struct refusal *why)
{
	struct secret *bytes = identity_write(identity, why);
	int err;

	if (!bytes)
		return -reason_words(why->code)->error;
	err = put(path, secret_bytes(bytes), secret_len(bytes), why);
	secret_free(bytes);
	return err;
}

static int permanent(struct refusal *why, const char *text)
{
	return refusal_set(why, REASON_IDENTITY_PERMANENT, "%s", text);
}

static int mic_write(struct keystore *keystore, struct octets bytes,
		     const struct secret *passphrase, const char *path, struct refusal *why)
{
	char subject[KEYSTORE_TEXT_MAX];
	struct identity identity;
	int err;

	err = identity_parse(&identity, bytes, passphrase, why);
	if (err)
		return err;
	if (!identity.certificate)
		err = refusal_set(why, REASON_IDENTITY_FORMAT, "no private key in it");
	if (!err)
		err = keystore_accept(keystore, &identity, why);
	if (!err)
		err = identity_put(&identity, path, state_file_create, why);
	if (!err) {
		keystore_subject(identity.certificate, subject);
		log_tell(LOG_MIC_PROVISIONED, "%s", subject);
		calendar_learn(CALENDAR_MIC,
			       crypto_time(X509_get0_notBefore(identity.certificate)));
	}
	identity_clear(&identity);
	return err;
}

int keystore_mic_provision(struct keystore *keystore, struct octets bytes,
			   const struct secret *passphrase, struct refusal *why)
{
	char path[KEYSTORE_PATH_MAX];
	int err;

	keystore_path(keystore, "", KEYSTORE_MIC, path);
	err = keystore_is_own(keystore, KEYSTORE_MIC, why);
	if (!err && !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW))
		err = permanent(why, "it was provisioned before");
	else if (!err && errno != ENOENT)
		err = refusal_set(why, REASON_SYSTEM, "%s: %m", path);
	if (!err)
		err = mic_write(keystore, bytes, passphrase, path, why);
	if (err)
		log_refusal(LOG_MIC_REFUSED, why, "%s", "");
	return err;
}

/* A name that others than MIC and LSC may have. */
static int name_check(const struct keystore *keystore, const char *name, struct refusal *why)
{
	struct settings_identity named;

	if (!strcmp(name, KEYSTORE_MIC))
		return permanent(why, "");
	/* With these it would be taken for what the store keeps beside the LSC. */
	if (!strcmp(name, KEYSTORE_LSC_OLD))
		return refusal_set(why, REASON_IDENTITY_NAME, "%s", name);
	return keystore_where(keystore, name, &named, why);
}

/* A new one has room. */
static int room_check(const struct keystore *keystore, const char *name, struct refusal *why)
{
	char names[KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX];
	size_t count = keystore_list(keystore, names);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return 0;
	if (count < KEYSTORE_IMPORTED_MAX)
		return 0;
	return refusal_set(why, REASON_IDENTITY_FULL, "%d", KEYSTORE_IMPORTED_MAX);
}

/*
 * The key of a certificate that came alone: that of the request, or that of the certificate of
 * this name which is there, when the authority has renewed it.
 */
static int key_find(const struct keystore *keystore, const char *name, struct identity *identity,
		    struct refusal *why)
{
	STACK_OF(X509) *certificates = identity->chain;
	struct settings_identity named;
	char request[KEYSTORE_PATH_MAX];
	EVP_PKEY *key = NULL;
	struct identity present;
	int err;

	keystore_path(keystore, KEYSTORE_REQUESTS, name, request);
	err = keystore_where(keystore, name, &named, why);
	if (err)
		return err;
	if (!crypto_is_absent(request)) {
		err = identity_key_load(&key, request, why);
	} else if (!identity_load(&present, &named, why)) {
		key = EVP_PKEY_up_ref(present.key) ? present.key : NULL;
		identity_clear(&present);
	}
	if (!err && !key)
		err = refusal_set(why, REASON_IDENTITY_REQUEST, "%s", name);
	if (!err)
		err = identity_make(identity, key, certificates, why);
	if (!err)
		sk_X509_pop_free(certificates, X509_free);
	EVP_PKEY_free(key);
	return err;
}

/* The own certificate and its chain in one list, for those who sort by themselves. */
static int lsc_import(struct keystore *keystore, const struct identity *identity,
		      struct refusal *why)
{
	STACK_OF(X509) *certificates = sk_X509_dup(identity->chain);
	int err;

	if (certificates && sk_X509_push(certificates, identity->certificate))
		err = keystore_lsc_install(keystore, identity->key, certificates, why);
	else
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	sk_X509_free(certificates);
	return err;
}

static int imported_write(struct keystore *keystore, const char *name,
			  const struct identity *identity, struct refusal *why)
{
	char path[KEYSTORE_PATH_MAX], subject[KEYSTORE_TEXT_MAX];
	int err;

	keystore_path(keystore, KEYSTORE_IMPORTED, name, path);
	err = room_check(keystore, name, why);
	if (!err)
		err = keystore_accept(keystore, identity, why);
	if (!err)
		err = identity_put(identity, path, state_file_write, why);
	if (!err) {
		keystore_subject(identity->certificate, subject);
		log_tell(LOG_IDENTITY_IMPORTED, "%s: %s", name, subject);
	}
	return err;
}

int keystore_import(struct keystore *keystore, const char *name, struct octets bytes,
		    const struct secret *passphrase, struct refusal *why)
{
	char request[KEYSTORE_PATH_MAX];
	struct identity identity = { 0 };
	int err;

	err = name_check(keystore, name, why);
	if (!err)
		err = identity_parse(&identity, bytes, passphrase, why);
	if (!err && !identity.certificate)
		err = key_find(keystore, name, &identity, why);
	if (!err && !strcmp(name, KEYSTORE_LSC))
		err = lsc_import(keystore, &identity, why);
	else if (!err)
		err = imported_write(keystore, name, &identity, why);
	identity_clear(&identity);
	if (err)
		return err;
	/* Whatever was asked for under this name is answered. */
	keystore_path(keystore, KEYSTORE_REQUESTS, name, request);
	return state_file_remove(request, why);
}

int keystore_delete(struct keystore *keystore, const char *name, struct refusal *why)
{
	char path[KEYSTORE_PATH_MAX];
	int err;

	err = name_check(keystore, name, why);
	if (err)
		return err;
	if (!strcmp(name, KEYSTORE_LSC))
		return keystore_lsc_delete(keystore, why);
	keystore_path(keystore, KEYSTORE_IMPORTED, name, path);
	if (crypto_is_absent(path))
		return refusal_set(why, REASON_IDENTITY_UNKNOWN, "%s", name);
	err = state_file_remove(path, why);
	if (!err)
		log_tell(LOG_IDENTITY_DELETED, "%s", name);
	return err;
}

static int request_keep(struct keystore *keystore, const char *name, EVP_PKEY *key,
			struct refusal *why)
{
	struct identity identity = { .key = key };
	char path[KEYSTORE_PATH_MAX];

	keystore_path(keystore, KEYSTORE_REQUESTS, name, path);
	return identity_put(&identity, path, state_file_write, why);
}

int keystore_request_make(struct keystore *keystore, const char *name, EVP_PKEY *key,
			  const char *subject, const char *alternatives, char **pem,
			  struct refusal *why)
{
	char device[SETTINGS_NAME_MAX + 3];
	X509_REQ *request = NULL;
	int err;

	snprintf(device, sizeof(device), "CN=%s", keystore->name);
	err = name_check(keystore, name, why);
	if (!err && strcmp(name, KEYSTORE_LSC))
		err = room_check(keystore, name, why);
	if (!err && !strcmp(name, KEYSTORE_LSC))
		err = keystore_is_own(keystore, name, why);
	if (!err)
		err = certificate_request_make(&request, key, subject ?: device, alternatives,
					       why);
	if (err)
		return err;
	*pem = certificate_request_pem(request);
	X509_REQ_free(request);
	err = *pem ? request_keep(keystore, name, key, why) :
		     refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (err) {
		free(*pem);
		*pem = NULL;
	}
	return err;
}
