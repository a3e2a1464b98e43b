// SPDX-License-Identifier: Apache-2.0
#include "key_maker.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "key_place.h"
#include "settings.h"
#include "worker.h"

/* Bytes by which a token tells keys apart. */
enum { OBJECT_ID_LEN = 8 };

/**
 * struct making - a key pair that is made
 * @library: OpenSSL's
 * @kind, @place: as in key_maker_start()
 * @unwanted: nobody waits for it any more
 * @key: result
 * @why: reason when there is none
 */
struct making {
	OSSL_LIB_CTX *library;
	struct key_kind kind;
	char *place;
	const atomic_bool *unwanted;
	EVP_PKEY *key;
	struct refusal why;
};

struct key_maker {
	struct worker *worker;
	key_maker_done done;
	void *owner;
};

/* Asked between candidates for a prime; 0 ends the search. */
static int is_wanted(EVP_PKEY_CTX *context)
{
	const struct making *making = EVP_PKEY_CTX_get_app_data(context);

	return !atomic_load(making->unwanted);
}

static bool kind_set(EVP_PKEY_CTX *context, const struct key_kind *kind)
{
	char group[8];

	if (kind->type == KEY_TYPE_RSA)
		return EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)kind->bits) > 0;
	snprintf(group, sizeof(group), "P-%u", kind->bits);
	return EVP_PKEY_CTX_set_group_name(context, group) > 0;
}

/*
 * The URI of a token with an object in it that no other key has: the query of the URI, which may
 * name the file of the PIN, goes behind it (RFC 7512).
 */
static bool object_name(const char *token, char uri[SETTINGS_URI_MAX], OSSL_LIB_CTX *library)
{
	size_t len = strcspn(token, "?"), used;
	unsigned char id[OBJECT_ID_LEN];

	if (RAND_bytes_ex(library, id, sizeof(id), 0) != 1)
		return false;
	used = (size_t)snprintf(uri, SETTINGS_URI_MAX, "%.*s%s;id=", (int)len, token,
				strstr(token, "object=") ? "" : ";object=phonesec");
	for (size_t i = 0; i < sizeof(id) && used < SETTINGS_URI_MAX; i++)
		used += (size_t)snprintf(uri + used, SETTINGS_URI_MAX - used, "%%%02X", id[i]);
	if (used < SETTINGS_URI_MAX)
		used += (size_t)snprintf(uri + used, SETTINGS_URI_MAX - used, "%s", token + len);
	return used < SETTINGS_URI_MAX;
}

/* Has a token make the key in itself, as the object of the URI. */
static bool token_set(EVP_PKEY_CTX *context, char *uri)
{
	OSSL_PARAM parameters[] = {
		OSSL_PARAM_construct_utf8_string("pkcs11_uri", uri, 0),
		OSSL_PARAM_construct_end(),
	};

	return EVP_PKEY_CTX_set_params(context, parameters) > 0;
}

static bool is_token(const char *place)
{
	return strcmp(place, "file");
}

/* Which of the providers makes keys for a place. */
static const char *place_properties(const char *place)
{
	return is_token(place) ? "provider=" KEY_PROVIDER_TOKEN : "provider!=" KEY_PROVIDER_TOKEN;
}

/* On failure OpenSSL has the reason. */
static bool key_generate(struct making *making, EVP_PKEY_CTX *context)
{
	bool token = is_token(making->place);
	char uri[SETTINGS_URI_MAX];

	if (!context || EVP_PKEY_keygen_init(context) <= 0 || !kind_set(context, &making->kind))
		return false;
	if (token && (!object_name(making->place, uri, making->library) ||
		      !token_set(context, uri)))
		return false;
	EVP_PKEY_CTX_set_app_data(context, making);
	EVP_PKEY_CTX_set_cb(context, is_wanted);
	return EVP_PKEY_keygen(context, &making->key) > 0 &&
	       (!token || key_uri_set(making->key, uri));
}

static void key_make(void *data, const atomic_bool *unwanted)
{
	struct making *making = data;
	const char *type = making->kind.type == KEY_TYPE_RSA ? "RSA" : "EC";
	EVP_PKEY_CTX *context;

	making->unwanted = unwanted;
	context = EVP_PKEY_CTX_new_from_name(making->library, type,
					     place_properties(making->place));
	if (!key_generate(making, context)) {
		EVP_PKEY_free(making->key);
		making->key = NULL;
		refusal_set(&making->why, REASON_IDENTITY_KEY_MAKING, "in the place '%s': %s",
			    making->place, crypto_error());
	}
	EVP_PKEY_CTX_free(context);
}

static void key_take(void *owner, void *data)
{
	struct key_maker *maker = owner;
	struct making *making = data;
	EVP_PKEY *key = making->key;

	making->key = NULL;
	maker->done(maker->owner, key, key ? NULL : &making->why);
}

static void making_free(void *data)
{
	struct making *making = data;

	EVP_PKEY_free(making->key);
	free(making->place);
	free(making);
}

static struct making *making_new(const struct key_kind *kind, const char *place)
{
	struct making *making = calloc(1, sizeof(*making));

	if (!making)
		return NULL;
	making->kind = *kind;
	making->place = strdup(place);
	if (making->place)
		return making;
	making_free(making);
	return NULL;
}

int key_maker_start(struct key_maker **maker, sd_event *event, const struct key_kind *kind,
		    const char *place, key_maker_done done, void *owner, struct refusal *why)
{
	static const struct worker_work work = { "keys", key_make, key_take, making_free };
	struct making *making = making_new(kind, place);
	struct key_maker *made = calloc(1, sizeof(*made));
	int err;

	if (!made || !making) {
		if (making)
			making_free(making);
		free(made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	*made = (struct key_maker){ .done = done, .owner = owner };
	err = crypto_library(&making->library, why);
	if (err)
		making_free(making);
	else
		err = worker_start(&made->worker, event, &work, making, made, why);
	if (err) {
		free(made);
		return err;
	}
	*maker = made;
	return 0;
}

void key_maker_free(struct key_maker *maker)
{
	if (!maker)
		return;
	worker_free(maker->worker);
	free(maker);
}
