// SPDX-License-Identifier: Apache-2.0
#include "key_place.h"

#include <openssl/provider.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void uri_forget(void *parent, void *uri, CRYPTO_EX_DATA *data, int index, long argument,
		       void *pointer)
{
	(void)parent, (void)data, (void)index, (void)argument, (void)pointer;
	free(uri);
}

/* A copy of the key has a copy of the URI. */
static int uri_copy(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **uri, int index,
		    long argument, void *pointer)
{
	(void)to, (void)from, (void)index, (void)argument, (void)pointer;
	if (*uri)
		*uri = strdup(*uri);
	return 1;
}

/* Where a key keeps its URI. */
static int uri_index(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int index = -1;

	pthread_mutex_lock(&lock);
	if (index < 0)
		index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_EVP_PKEY, 0, NULL, NULL, uri_copy,
						uri_forget);
	pthread_mutex_unlock(&lock);
	return index;
}

const char *key_uri(const EVP_PKEY *key)
{
	return EVP_PKEY_get_ex_data(key, uri_index());
}

bool key_uri_set(EVP_PKEY *key, const char *uri)
{
	char *copy = strdup(uri);

	free(EVP_PKEY_get_ex_data(key, uri_index()));
	if (copy && EVP_PKEY_set_ex_data(key, uri_index(), copy))
		return true;
	free(copy);
	(void)EVP_PKEY_set_ex_data(key, uri_index(), NULL);
	return false;
}

/* The name of the provider that has the key; empty for none. */
static const char *provider_name(const EVP_PKEY *key)
{
	const OSSL_PROVIDER *provider = EVP_PKEY_get0_provider(key);

	return provider ? OSSL_PROVIDER_get0_name(provider) : "";
}

const char *key_place(const EVP_PKEY *key)
{
	return strcmp(provider_name(key), KEY_PROVIDER_TOKEN) ? "file" : "pkcs11";
}

/*
 * OpenSSL signs with the first provider that takes the key, and this one gives others the public
 * part of its keys; told to prefer it, OpenSSL has no curve left that call managers know.
 */
bool key_is_usable(const EVP_PKEY *key)
{
	return strcmp(provider_name(key), "tpm2");
}
