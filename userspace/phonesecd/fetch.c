// SPDX-License-Identifier: Apache-2.0
#include "fetch.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/wiped_memory.h"
#include "http_loop.h"

enum {
	URL_MAX = SETTINGS_HOST_MAX + FETCH_NAME_MAX + sizeof("https://[]:65535/"),
	/* The first piece of memory for a file, which grows by doubling. */
	ROOM_FIRST = 16384,
	STATUS_OK = 200,
	STATUS_NOT_FOUND = 404,
	STATUS_GONE = 410,
};

struct fetch {
	sd_event *event;
	struct http_loop *loop;
	sd_event_source *next; /* asks the next source, out of libcurl's own calls */
	char name[FETCH_NAME_MAX];
	struct fetch_source sources[FETCH_SOURCES_MAX];
	size_t count;
	size_t at; /* the source that is asked */
	size_t max;
	unsigned int connect_s;
	const struct settings *settings;
	struct secret *token;
	uint8_t *bytes;
	size_t len;
	size_t room;
	bool is_too_long;
	X509 *untrusted;
	struct refusal why;
	fetch_done done;
	void *owner;
};

const char *fetch_way_word(enum fetch_way way)
{
	static const char *const words[] = {
		[FETCH_HTTP] = "http", [FETCH_HTTPS] = "https", [FETCH_TFTP] = "tftp",
	};

	return words[way];
}

/* No part of a path begins with a dot, so that none leads up; none is empty. */
static bool name_is_valid(const char *name)
{
	bool begins = true;

	if (!*name || strlen(name) >= FETCH_NAME_MAX)
		return false;
	for (; *name; name++) {
		if (begins && (*name == '.' || *name == '/'))
			return false;
		if (!isalnum((unsigned char)*name) && !strchr("-_./", *name))
			return false;
		begins = *name == '/';
	}
	return !begins;
}

static void url_write(const struct fetch *fetch, char url[URL_MAX])
{
	const struct fetch_source *source = &fetch->sources[fetch->at];
	struct in6_addr address;
	bool bracketed = inet_pton(AF_INET6, source->host, &address) == 1;

	snprintf(url, URL_MAX, "%s://%s%s%s:%u/%s", fetch_way_word(source->way),
		 bracketed ? "[" : "", source->host, bracketed ? "]" : "", source->port,
		 fetch->name);
}

static bool room_make(struct fetch *fetch, size_t more)
{
	size_t room = fetch->room ? fetch->room : ROOM_FIRST;
	uint8_t *bytes;

	while (room < fetch->len + more)
		room *= 2;
	if (room == fetch->room)
		return true;
	bytes = wiped_resize(fetch->bytes, room);
	if (!bytes)
		return false;
	fetch->bytes = bytes;
	fetch->room = room;
	return true;
}

/* One byte of room stays for a zero that does not count. */
static size_t body_add(char *bytes, size_t size, size_t count, void *data)
{
	struct fetch *fetch = data;
	size_t len = size * count;

	fetch->is_too_long = len > fetch->max - fetch->len;
	if (fetch->is_too_long || !room_make(fetch, len + 1))
		return 0;
	memcpy(fetch->bytes + fetch->len, bytes, len);
	fetch->len += len;
	fetch->bytes[fetch->len] = '\0';
	return len;
}

static CURLcode options_set(struct fetch *fetch, const char *url)
{
	__typeof__(curl_easy_setopt) *set = http_loop_library(fetch->loop)->easy_setopt;
	const struct fetch_source *source = &fetch->sources[fetch->at];
	CURL *easy = http_loop_easy(fetch->loop);
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_URL, url);
	code = code ?: set(easy, CURLOPT_PROTOCOLS_STR, fetch_way_word(source->way));
	code = code ?: set(easy, CURLOPT_WRITEFUNCTION, body_add);
	code = code ?: set(easy, CURLOPT_WRITEDATA, fetch);
	code = code ?: set(easy, CURLOPT_MAXFILESIZE, (long)fetch->max);
	code = code ?: set(easy, CURLOPT_CONNECTTIMEOUT, (long)fetch->connect_s);
	/* A file of one byte a second would hold everything up. */
	code = code ?: set(easy, CURLOPT_LOW_SPEED_LIMIT, 64L);
	code = code ?: set(easy, CURLOPT_LOW_SPEED_TIME, (long)fetch->connect_s * 2);
	return code ?: set(easy, CURLOPT_TIMEOUT, (long)FETCH_ALL_S);
}

/*
 * How phones show the token to a configuration server is not known; this is the form of
 * RFC 6750. Servers without SIP OAuth see the certificate instead.
 */
static CURLcode token_show(struct fetch *fetch)
{
	__typeof__(curl_easy_setopt) *set = http_loop_library(fetch->loop)->easy_setopt;
	CURL *easy = http_loop_easy(fetch->loop);
	size_t len = secret_len(fetch->token);
	char *token = malloc(len + 1);
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (token) {
		memcpy(token, secret_bytes(fetch->token), len);
		token[len] = '\0';
		code = set(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		code = code ?: set(easy, CURLOPT_XOAUTH2_BEARER, token);
	}
	wiped_free(token);
	return code;
}

static int tls_set(struct fetch *fetch, const char *url, struct refusal *why)
{
	const struct http_library *http = http_loop_library(fetch->loop);
	struct trust *trust;
	CURLcode code;
	int err;

	err = trust_load(&trust, fetch->settings, TRUST_USE_FILES, why);
	if (err)
		return err;
	code = http_loop_tls(fetch->loop, url, trust, fetch->token ? NULL : fetch->settings);
	if (fetch->token)
		code = code ?: token_show(fetch);
	return code ? refusal_set(why, REASON_SYSTEM, "libcurl: %s", http->easy_strerror(code)) : 0;
}

static void on_end(void *owner, CURLcode code);

/* Begins to ask the source that is its turn. */
static int source_ask(struct fetch *fetch, struct refusal *why)
{
	const struct http_library *http;
	char url[URL_MAX];
	CURLcode code;
	int err;

	http_loop_free(fetch->loop);
	fetch->loop = NULL;
	fetch->len = 0;
	fetch->is_too_long = false;
	err = http_loop_new(&fetch->loop, fetch->event, on_end, fetch, why);
	if (err)
		return err;
	http = http_loop_library(fetch->loop);
	url_write(fetch, url);
	code = options_set(fetch, url);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", http->easy_strerror(code));
	if (fetch->sources[fetch->at].way == FETCH_HTTPS)
		err = tls_set(fetch, url, why);
	return err ?: http_loop_begin(fetch->loop, why);
}

/* Must be the last thing that is done with a fetch: whoever is told may free it. */
static void fetch_tell(struct fetch *fetch, enum fetch_state state)
{
	struct fetch_result result = {
		.state = state,
		.source = &fetch->sources[fetch->at],
		.why = fetch->why,
		.untrusted = state == FETCH_FAILED ? fetch->untrusted : NULL,
	};

	if (state == FETCH_GOT)
		result.file = (struct octets){ fetch->bytes, fetch->len };
	fetch->done(fetch->owner, &result);
}

static int on_next(sd_event_source *source, void *data)
{
	struct fetch *fetch = data;

	(void)source;
	while (source_ask(fetch, &fetch->why)) {
		if (fetch->at + 1 == fetch->count) {
			fetch_tell(fetch, FETCH_FAILED);
			break;
		}
		fetch->at++;
	}
	return 0;
}

static void next_ask(struct fetch *fetch)
{
	if (++fetch->at < fetch->count &&
	    sd_event_source_set_enabled(fetch->next, SD_EVENT_ONESHOT) >= 0)
		return;
	fetch->at--;
	fetch_tell(fetch, FETCH_FAILED);
}

/* How a transfer ended that libcurl found nothing wrong with; TFTP has no numbers. */
static enum fetch_state status_read(struct fetch *fetch)
{
	const struct http_library *http = http_loop_library(fetch->loop);
	const struct fetch_source *source = &fetch->sources[fetch->at];
	long status = STATUS_OK;

	if (source->way != FETCH_TFTP)
		http->easy_getinfo(http_loop_easy(fetch->loop), CURLINFO_RESPONSE_CODE, &status);
	if (status == STATUS_OK)
		return FETCH_GOT;
	refusal_set(&fetch->why, REASON_FETCH_STATUS, "%s: status %ld for %s", source->host, status,
		    fetch->name);
	return status == STATUS_NOT_FOUND || status == STATUS_GONE ? FETCH_NOT_FOUND : FETCH_FAILED;
}

static enum fetch_state failure_read(struct fetch *fetch, CURLcode code)
{
	const struct fetch_source *source = &fetch->sources[fetch->at];

	if (code == CURLE_TFTP_NOTFOUND) {
		refusal_set(&fetch->why, REASON_FETCH_STATUS, "%s: no such file: %s", source->host,
			    fetch->name);
		return FETCH_NOT_FOUND;
	}
	if (code == CURLE_FILESIZE_EXCEEDED || fetch->is_too_long)
		refusal_set(&fetch->why, REASON_FETCH_LONG, "%s: %s has more than %zu bytes",
			    source->host, fetch->name, fetch->max);
	else
		http_loop_explain(fetch->loop, code, REASON_FETCH_STATUS, source->host,
				  &fetch->why);
	return FETCH_FAILED;
}

static void untrusted_keep(struct fetch *fetch)
{
	X509 *untrusted = http_loop_untrusted(fetch->loop);

	if (!untrusted || !X509_up_ref(untrusted))
		return;
	X509_free(fetch->untrusted);
	fetch->untrusted = untrusted;
}

static void on_end(void *owner, CURLcode code)
{
	struct fetch *fetch = owner;
	enum fetch_state state;

	untrusted_keep(fetch);
	state = code ? failure_read(fetch, code) : status_read(fetch);
	if (state == FETCH_GOT && !room_make(fetch, 1)) {
		refusal_set(&fetch->why, REASON_NO_MEMORY, "%s", "");
		state = FETCH_FAILED;
	}
	/* Behind an empty answer as well. */
	if (state == FETCH_GOT)
		fetch->bytes[fetch->len] = '\0';
	if (state == FETCH_FAILED)
		next_ask(fetch);
	else
		fetch_tell(fetch, state);
}

static int fetch_begin(struct fetch *fetch, const struct fetch_wish *wish, struct refusal *why)
{
	int err;

	if (!name_is_valid(wish->name))
		return refusal_set(why, REASON_FETCH_NAME, "'%.64s'", wish->name);
	if (!wish->count || wish->count > FETCH_SOURCES_MAX)
		return refusal_set(why, REASON_SERVER_NONE, "[provisioning] names no server");
	memcpy(fetch->name, wish->name, strlen(wish->name));
	memcpy(fetch->sources, wish->sources, wish->count * sizeof(*wish->sources));
	fetch->count = wish->count;
	fetch->max = wish->max;
	fetch->connect_s = wish->connect_s;
	fetch->settings = wish->settings;
	fetch->token = wish->token ? secret_copy(wish->token) : NULL;
	if (wish->token && !fetch->token)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = sd_event_add_defer(fetch->event, &fetch->next, on_next, fetch);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err)) : 0;
}

int fetch_start(struct fetch **result, sd_event *event, const struct fetch_wish *wish,
		fetch_done done, void *owner, struct refusal *why)
{
	const struct http_library *http;
	struct fetch *fetch;
	int err;

	/* Else every source would fail for it. */
	err = http_library_load(&http, why);
	if (err)
		return err;
	fetch = calloc(1, sizeof(*fetch));
	if (!fetch)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	fetch->event = sd_event_ref(event);
	fetch->done = done;
	fetch->owner = owner;
	err = fetch_begin(fetch, wish, why);
	if (err) {
		fetch_free(fetch);
		return err;
	}
	*result = fetch;
	return 0;
}

void fetch_free(struct fetch *fetch)
{
	if (!fetch)
		return;
	http_loop_free(fetch->loop);
	sd_event_source_disable_unref(fetch->next);
	wiped_free(fetch->bytes);
	X509_free(fetch->untrusted);
	secret_free(fetch->token);
	sd_event_unref(fetch->event);
	free(fetch);
}
