// SPDX-License-Identifier: Apache-2.0
#include "key_maker.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "crypto.h"
#include "key_place.h"
#include "settings.h"

/* How long the end of the process waits for one that nobody wants any more. */
enum { END_WAIT_S = 10 };

/* Bytes by which a token tells keys apart. */
enum { OBJECT_ID_LEN = 8 };

/**
 * struct making - what the loop and the thread share
 * @owners: the loop's end and the thread; the last one frees it
 * @unwanted: the loop's end is gone
 * @finished: @key or @why is there
 * @library: OpenSSL's
 * @kind, @place: as in key_maker_start()
 * @wake: eventfd that wakes the loop
 * @key: result
 * @why: reason when there is none
 */
struct making {
	atomic_uint owners;
	atomic_bool unwanted;
	atomic_bool finished;
	OSSL_LIB_CTX *library;
	struct key_kind kind;
	char *place;
	int wake;
	EVP_PKEY *key;
	struct refusal why;
};

struct key_maker {
	struct making *making;
	sd_event_source *source;
	key_maker_done done;
	void *owner;
};

/* Threads that run; OpenSSL must not be taken down under them when the process ends. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned int count;
} running = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static void running_wait(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += END_WAIT_S;
	pthread_mutex_lock(&running.lock);
	while (running.count)
		if (pthread_cond_timedwait(&running.ended, &running.lock, &until))
			break;
	pthread_mutex_unlock(&running.lock);
}

static void running_add(int difference)
{
	static bool registered;

	pthread_mutex_lock(&running.lock);
	if (!registered)
		registered = !atexit(running_wait);
	running.count += (unsigned int)difference;
	pthread_cond_broadcast(&running.ended);
	pthread_mutex_unlock(&running.lock);
}

static void making_drop(struct making *making)
{
	if (atomic_fetch_sub(&making->owners, 1) > 1)
		return;
	EVP_PKEY_free(making->key);
	if (making->wake >= 0)
		close(making->wake);
	free(making->place);
	free(making);
}

/* Asked between candidates for a prime; 0 ends the search. */
static int is_wanted(EVP_PKEY_CTX *context)
{
	const struct making *making = EVP_PKEY_CTX_get_app_data(context);

	return !atomic_load(&making->unwanted);
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

static void key_make(struct making *making)
{
	const char *type = making->kind.type == KEY_TYPE_RSA ? "RSA" : "EC";
	EVP_PKEY_CTX *context;

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

static void *thread_run(void *argument)
{
	struct making *making = argument;

	key_make(making);
	atomic_store(&making->finished, true);
	/* The counter cannot overflow, so that this cannot fail. */
	(void)eventfd_write(making->wake, 1);
	making_drop(making);
	OPENSSL_thread_stop();
	running_add(-1);
	return NULL;
}

/* No signal of the process goes to the thread. */
static int thread_start(struct making *making)
{
	sigset_t all, before;
	pthread_t thread;
	int err;

	atomic_fetch_add(&making->owners, 1);
	running_add(1);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&thread, NULL, thread_run, making);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!err)
		return -pthread_detach(thread);
	running_add(-1);
	making_drop(making);
	return -err;
}

static int finished_take(sd_event_source *source, int fd, uint32_t events, void *owner)
{
	struct key_maker *maker = owner;
	struct making *making = maker->making;
	EVP_PKEY *key = making->key;

	(void)fd;
	(void)events;
	if (!atomic_load(&making->finished))
		return 0;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	making->key = NULL;
	/* The maker may go in it. */
	atomic_fetch_add(&making->owners, 1);
	maker->done(maker->owner, key, key ? NULL : &making->why);
	making_drop(making);
	return 0;
}

static struct making *making_new(const struct key_kind *kind, const char *place)
{
	struct making *making = calloc(1, sizeof(*making));

	if (!making)
		return NULL;
	making->owners = 1;
	making->kind = *kind;
	making->place = strdup(place);
	making->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (making->place && making->wake >= 0)
		return making;
	making_drop(making);
	return NULL;
}

int key_maker_start(struct key_maker **maker, sd_event *event, const struct key_kind *kind,
		    const char *place, key_maker_done done, void *owner, struct refusal *why)
{
	struct key_maker *made = calloc(1, sizeof(*made));
	int err;

	if (made)
		made->making = making_new(kind, place);
	if (!made || !made->making) {
		free(made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	made->done = done;
	made->owner = owner;
	err = crypto_library(&made->making->library, why);
	if (err) {
		key_maker_free(made);
		return err;
	}
	err = sd_event_add_io(event, &made->source, made->making->wake, EPOLLIN, finished_take,
			      made);
	if (err >= 0)
		err = thread_start(made->making);
	if (err < 0) {
		key_maker_free(made);
		return refusal_set(why, REASON_SYSTEM, "a thread for keys: %s", strerror(-err));
	}
	*maker = made;
	return 0;
}

void key_maker_free(struct key_maker *maker)
{
	if (!maker)
		return;
	sd_event_source_disable_unref(maker->source);
	atomic_store(&maker->making->unwanted, true);
	making_drop(maker->making);
	free(maker);
}
