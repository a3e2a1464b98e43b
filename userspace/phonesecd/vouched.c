// SPDX-License-Identifier: Apache-2.0
#include "vouched.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <time.h>

#include "crypto.h"
#include "trust_folder.h"

static X509 *pem_read(const char *text)
{
	BIO *bio = text ? BIO_new_mem_buf(text, -1) : NULL;
	OSSL_LIB_CTX *library;
	X509 *certificate = NULL;
	struct refusal why;

	if (bio && !crypto_library(&library, &why))
		certificate = X509_new_ex(library, NULL);
	if (certificate && !PEM_read_bio_X509(bio, &certificate, NULL, NULL)) {
		X509_free(certificate);
		certificate = NULL;
	}
	BIO_free(bio);
	ERR_clear_error();
	return certificate;
}

static json_t *pem_write(X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	json_t *text = NULL;
	char *bytes;
	long len;

	if (bio && PEM_write_bio_X509(bio, certificate)) {
		len = BIO_get_mem_data(bio, &bytes);
		text = json_stringn(bytes, (size_t)len);
	}
	BIO_free(bio);
	return text;
}

/* One that counts now; anything odd about it and it does not. */
static bool entry_read(struct vouched_certificate *entry, const json_t *json, int64_t now)
{
	const char *server = json_string_value(json_object_get(json, "server"));
	json_int_t roles = json_integer_value(json_object_get(json, "roles"));

	*entry = (struct vouched_certificate){
		.roles = (uint32_t)roles,
		.from = json_integer_value(json_object_get(json, "from")),
		.until = json_integer_value(json_object_get(json, "until")),
	};
	if (roles <= 0 || roles > UINT32_MAX || now < entry->from || now >= entry->until ||
	    entry->until - entry->from > VOUCHED_MAX_S)
		return false;
	snprintf(entry->server, sizeof(entry->server), "%s", server ?: "");
	entry->certificate = pem_read(json_string_value(json_object_get(json, "certificate")));
	return entry->certificate;
}

int vouched_load(struct vouched *vouched, const struct settings *settings, struct refusal *why)
{
	json_t *list = trust_folder_json(settings, TRUST_FILE_VOUCHED);
	size_t count = json_array_size(list), i;
	int64_t now = time(NULL);

	*vouched = (struct vouched){ 0 };
	if (count > VOUCHED_MAX)
		count = VOUCHED_MAX;
	if (count)
		vouched->list = calloc(count, sizeof(*vouched->list));
	for (i = 0; vouched->list && i < count; i++)
		vouched->count += entry_read(&vouched->list[vouched->count],
					     json_array_get(list, i), now);
	json_decref(list);
	return !count || vouched->list ? 0 : refusal_set(why, REASON_NO_MEMORY, "%s", "");
}

void vouched_clear(struct vouched *vouched)
{
	size_t i;

	for (i = 0; i < vouched->count; i++)
		X509_free(vouched->list[i].certificate);
	free(vouched->list);
	*vouched = (struct vouched){ 0 };
}

static json_t *entry_write(const struct vouched_certificate *entry)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:s}",
			 "certificate", pem_write(entry->certificate),
			 "roles", (json_int_t)entry->roles, "from", (json_int_t)entry->from,
			 "until", (json_int_t)entry->until, "server", entry->server);
}

/* The place that has to go for a new one, or the count when there is room. */
static size_t place_find(const struct vouched *vouched, const X509 *certificate)
{
	size_t first = 0, i;

	for (i = 0; i < vouched->count; i++) {
		if (!X509_cmp(vouched->list[i].certificate, certificate))
			return i;
		if (vouched->list[i].until < vouched->list[first].until)
			first = i;
	}
	return vouched->count < VOUCHED_MAX ? vouched->count : first;
}

int vouched_add(const struct settings *settings, X509 *certificate, uint32_t roles,
		uint32_t ttl_s, const char *server, struct refusal *why)
{
	uint32_t time_s = ttl_s < VOUCHED_MIN_S ? VOUCHED_MIN_S :
			  ttl_s > VOUCHED_MAX_S ? VOUCHED_MAX_S : ttl_s;
	struct vouched_certificate entry = { .certificate = certificate, .roles = roles };
	struct vouched vouched;
	json_t *list;
	size_t place, i;
	int err;

	err = vouched_load(&vouched, settings, why);
	if (err)
		return err;
	entry.from = time(NULL);
	entry.until = entry.from + time_s;
	snprintf(entry.server, sizeof(entry.server), "%s", server);
	place = place_find(&vouched, certificate);
	list = json_array();
	for (i = 0; i < vouched.count; i++)
		if (i != place && json_array_append_new(list, entry_write(&vouched.list[i])))
			err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (!err && json_array_append_new(list, entry_write(&entry)))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (err)
		json_decref(list);
	else
		err = trust_folder_write_json(settings, TRUST_FILE_VOUCHED, list, why);
	vouched_clear(&vouched);
	return err;
}

int vouched_forget(const struct settings *settings, struct refusal *why)
{
	return trust_folder_remove(settings, TRUST_FILE_VOUCHED, why);
}
