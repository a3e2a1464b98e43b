// SPDX-License-Identifier: Apache-2.0
#include "verify_service.h"

#include <openssl/evp.h>
#include <string.h>

#include "../lib/boot_clock.h"
#include "../lib/tvs_message.h"
#include "label.h"
#include "log.h"
#include "verify_impl.h"

/* What is known of a server stays while it is configured. */
static void server_keep(struct verify_server *server, const struct verify_server *before,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (before[i].port == server->port && !strcmp(before[i].host, server->host)) {
			const char *host = server->host;

			*server = before[i];
			server->host = host;
			return;
		}
}

static void servers_take(struct verify_service *service, const struct settings *settings)
{
	struct verify_server before[SETTINGS_TVS_MAX];
	const struct settings_server *named;
	struct verify_server *server;
	size_t count = service->count;

	memcpy(before, service->servers, sizeof(before));
	service->settings = settings;
	service->count = 0;
	memset(service->servers, 0, sizeof(service->servers));
	for (size_t i = 0; i < SETTINGS_TVS_MAX; i++) {
		named = &settings->tvs[i];
		if (!*named->host)
			continue;
		server = &service->servers[service->count++];
		server->host = named->host;
		server->port = named->port ?: VERIFY_PORT;
		server_keep(server, before, count);
	}
}

static int asker_ask(void *service, X509 *certificate, enum trust_use use, trust_answered *done,
		     void *owner, struct refusal *why)
{
	return verify_service_ask(service, certificate, use, done, owner, why);
}

static void asker_forget(void *service, void *owner)
{
	verify_service_forget(service, owner);
}

int verify_service_new(struct verify_service **service, sd_event *event,
		       const struct settings *settings, struct refusal *why)
{
	struct verify_service *made = calloc(1, sizeof(*made));

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->session = TVS_SESSION_FIRST;
	made->asker = (struct trust_asker){
		.service = made,
		.ask = asker_ask,
		.forget = asker_forget,
	};
	servers_take(made, settings);
	*service = made;
	return 0;
}

void verify_service_free(struct verify_service *service)
{
	struct verify_question *question;

	if (!service)
		return;
	while ((question = service->questions)) {
		service->questions = question->next;
		verify_question_free(question);
	}
	sd_event_unref(service->event);
	free(service);
}

void verify_service_reload(struct verify_service *service, const struct settings *settings)
{
	struct verify_question *question;

	servers_take(service, settings);
	memset(service->refused, 0, sizeof(service->refused));
	for (question = service->questions; question; question = question->next)
		verify_question_again(question);
}

static bool key_is(const struct verify_key *a, const struct verify_key *b)
{
	return a->use == b->use && !memcmp(a->digest, b->digest, sizeof(a->digest));
}

const struct refusal *verify_refused_find(const struct verify_service *service,
					  const struct verify_key *key)
{
	const struct verify_refused *refused = service->refused;

	for (; refused < service->refused + VERIFY_QUESTIONS_MAX; refused++)
		if (refused->why.code != REASON_NONE && key_is(&refused->key, key) &&
		    boot_clock_s() < refused->until_s)
			return &refused->why;
	return NULL;
}

static void refused_keep(struct verify_service *service, const struct verify_key *key,
			 const struct refusal *why)
{
	bool is_final = why->code == REASON_VERIFY_NO || why->code == REASON_VERIFY_ROLE;

	service->refused[service->refused_next] = (struct verify_refused){
		.key = *key,
		.until_s = boot_clock_s() + (is_final ? VERIFY_NO_S : VERIFY_FAILED_S),
		.why = *why,
	};
	service->refused_next = (service->refused_next + 1) % VERIFY_QUESTIONS_MAX;
}

static void question_drop(struct verify_question *question)
{
	struct verify_question **at = &question->service->questions;

	while (*at != question)
		at = &(*at)->next;
	*at = question->next;
	question->service->questions_count--;
	verify_question_free(question);
}

void verify_question_over(struct verify_question *question, const struct refusal *why)
{
	struct verify_service *service = question->service;
	struct verify_waiter *waiter;

	if (why->code != REASON_NONE && !verify_refused_find(service, &question->key)) {
		refused_keep(service, &question->key, why);
		log_refusal(LOG_VERIFY_REFUSED, why, "%s", question->subject);
	}
	sd_event_source_set_enabled(question->timer, SD_EVENT_OFF);
	question->is_over = true;
	/* Whoever is told may ask anew, and may have others forgotten. */
	while ((waiter = question->waiters)) {
		question->waiters = waiter->next;
		waiter->done(waiter->owner, why);
		free(waiter);
	}
	question_drop(question);
}

static struct verify_question *question_find(struct verify_service *service,
					     const struct verify_key *key)
{
	struct verify_question *question;

	for (question = service->questions; question; question = question->next)
		if (!question->is_over && key_is(&question->key, key))
			return question;
	return NULL;
}

static bool waiter_add(struct verify_question *question, trust_answered *done, void *owner)
{
	struct verify_waiter *waiter = malloc(sizeof(*waiter)), **at = &question->waiters;

	if (!waiter)
		return false;
	*waiter = (struct verify_waiter){ .done = done, .owner = owner };
	while (*at)
		at = &(*at)->next;
	*at = waiter;
	return true;
}

/* A new question, without anybody who waits; owned by the service. */
static struct verify_question *question_new(struct verify_service *service,
					    const struct verify_key *key, struct refusal *why)
{
	struct verify_question *question;

	if (service->questions_count == VERIFY_QUESTIONS_MAX) {
		refusal_set(why, REASON_VERIFY_UNREACHABLE, "%d questions wait",
			    VERIFY_QUESTIONS_MAX);
		return NULL;
	}
	question = calloc(1, sizeof(*question));
	if (!question) {
		refusal_set(why, REASON_NO_MEMORY, "%s", "");
		return NULL;
	}
	question->service = service;
	question->key = *key;
	if (verify_question_begin(question, why)) {
		free(question);
		return NULL;
	}
	question->next = service->questions;
	service->questions = question;
	service->questions_count++;
	return question;
}

static int key_make(struct verify_key *key, enum trust_use use, const struct octets *parts,
		    size_t count, struct refusal *why)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	OSSL_LIB_CTX *library;
	EVP_MD *sha256 = NULL;
	unsigned int len;
	bool done;
	size_t i;

	*key = (struct verify_key){ .use = use };
	if (!crypto_library(&library, why))
		sha256 = EVP_MD_fetch(library, "SHA256", NULL);
	done = context && sha256 && EVP_DigestInit_ex2(context, sha256, NULL);
	for (i = 0; done && i < count; i++)
		done = EVP_DigestUpdate(context, &parts[i].len, sizeof(parts[i].len)) &&
		       EVP_DigestUpdate(context, parts[i].at, parts[i].len);
	done = done && EVP_DigestFinal_ex(context, key->digest, &len);
	EVP_MD_free(sha256);
	EVP_MD_CTX_free(context);
	return done ? 0 : refusal_set(why, REASON_SYSTEM, "SHA-256: %s", crypto_error());
}

static int use_check(enum trust_use use, struct refusal *why)
{
	return use != TRUST_USE_TVS ? 0 :
	       refusal_set(why, REASON_VERIFY_NONE, "lists alone vouch for those who vouch");
}

static bool octets_copy(struct octets *copy, struct octets from)
{
	uint8_t *bytes = malloc(from.len + 1);

	if (!bytes)
		return false;
	if (from.len)
		memcpy(bytes, from.at, from.len);
	*copy = (struct octets){ bytes, from.len };
	return true;
}

int verify_service_ask(struct verify_service *service, X509 *certificate, enum trust_use use,
		       trust_answered *done, void *owner, struct refusal *why)
{
	struct verify_question *question;
	unsigned char *der = NULL;
	struct verify_key key;
	int len, err;

	err = use_check(use, why);
	if (err)
		return err;
	len = i2d_X509(certificate, &der);
	err = len > 0 ? key_make(&key, use, &(struct octets){ der, (size_t)len }, 1, why) :
			refusal_set(why, REASON_SYSTEM, "%s", crypto_error());
	OPENSSL_free(der);
	if (err)
		return err;
	question = question_find(service, &key);
	if (!question) {
		question = question_new(service, &key, why);
		if (!question)
			return -reason_words(why->code)->error;
		if (X509_up_ref(certificate))
			question->certificate = certificate;
		crypto_name(X509_get_subject_name(certificate), question->subject,
			    sizeof(question->subject));
	}
	if (question->certificate && waiter_add(question, done, owner))
		return 0;
	if (!question->waiters)
		question_drop(question);
	return refusal_set(why, REASON_NO_MEMORY, "%s", "");
}

int verify_service_query(struct verify_service *service, struct octets name, struct octets issuer,
			 struct octets serial, enum trust_use use, trust_answered *done,
			 void *owner, struct refusal *why)
{
	const struct octets parts[] = { name, issuer, serial };
	struct verify_question *question;
	struct verify_key key;
	int err;

	err = use_check(use, why) ?: key_make(&key, use, parts, 3, why);
	if (err)
		return err;
	question = question_find(service, &key);
	if (!question) {
		question = question_new(service, &key, why);
		if (!question)
			return -reason_words(why->code)->error;
		if (!octets_copy(&question->name, name) ||
		    !octets_copy(&question->issuer, issuer) ||
		    !octets_copy(&question->serial, serial)) {
			question_drop(question);
			return refusal_set(why, REASON_NO_MEMORY, "%s", "");
		}
		label_text(question->subject, sizeof(question->subject), name);
	}
	if (waiter_add(question, done, owner))
		return 0;
	if (!question->waiters)
		question_drop(question);
	return refusal_set(why, REASON_NO_MEMORY, "%s", "");
}

void verify_service_forget(struct verify_service *service, void *owner)
{
	struct verify_question *question;

	for (question = service->questions; question; question = question->next) {
		struct verify_waiter **at = &question->waiters;

		while (*at) {
			struct verify_waiter *waiter = *at;

			if (waiter->owner != owner) {
				at = &waiter->next;
				continue;
			}
			*at = waiter->next;
			free(waiter);
		}
	}
}

const struct trust_asker *verify_service_asker(struct verify_service *service)
{
	return &service->asker;
}

const struct verify_server *verify_service_server(const struct verify_service *service,
						  size_t index)
{
	return index < service->count ? &service->servers[index] : NULL;
}
