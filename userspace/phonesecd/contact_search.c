// SPDX-License-Identifier: Apache-2.0
#include "contact_search.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_loop.h"

enum {
	/* Each byte of a name may become three. */
	URL_MAX = SETTINGS_URI_MAX + 3 * CONTACT_SEARCH_NAME_MAX + 32,
};

/**
 * struct contact_search - one search
 * @loop: its transfer
 * @password: terminated, for libcurl, whose own copy is wiped with its memory
 * @body: what has arrived
 * @is_asking: somebody is asked about the server's certificate; @has_asked: at most once
 */
struct contact_search {
	sd_event *event;
	const struct settings *settings;
	const struct trust_asker *asker;
	struct http_loop *loop;
	struct curl_slist *headers;
	char url[URL_MAX];
	char user[CONTACT_SEARCH_USER_MAX + 1];
	struct secret *password;
	char *body;
	size_t len;
	bool is_asking;
	bool has_asked;
	struct contact_answer found;
	contact_search_done done;
	void *owner;
};

static bool is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == '\177')
			return false;
	return true;
}

static int question_check(const char *name, const char *user, const struct secret *password,
			  struct refusal *why)
{
	size_t len = secret_len(password);

	if (!*name || strlen(name) > CONTACT_SEARCH_NAME_MAX || !is_text(name, strlen(name)))
		return refusal_set(why, REASON_DIRECTORY_QUESTION, "%s", "");
	if (!*user || strlen(user) > CONTACT_SEARCH_USER_MAX || strchr(user, ':') ||
	    !is_text(user, strlen(user)))
		return refusal_set(why, REASON_DIRECTORY_CREDENTIALS, "user name");
	if (!len || len > CONTACT_SEARCH_PASSWORD_MAX ||
	    !is_text((const char *)secret_bytes(password), len))
		return refusal_set(why, REASON_DIRECTORY_CREDENTIALS, "password");
	return 0;
}

static void url_make(struct contact_search *search, const char *name)
{
	const char *base = search->settings->directory;
	int len = snprintf(search->url, sizeof(search->url), "%s%cmax=%d&name=", base,
			   strchr(base, '?') ? '&' : '?', CONTACTS_MAX);

	for (; *name; name++)
		len += snprintf(search->url + len, sizeof(search->url) - (size_t)len,
				isalnum((unsigned char)*name) ? "%c" : "%%%02X",
				(unsigned char)*name);
}

static size_t body_add(char *bytes, size_t size, size_t count, void *data)
{
	struct contact_search *search = data;

	if (size * count > CONTACT_ANSWER_MAX - search->len)
		return 0;
	memcpy(search->body + search->len, bytes, size * count);
	search->len += size * count;
	return size * count;
}

static void loop_drop(struct contact_search *search)
{
	if (!search->loop)
		return;
	/* A transfer that is ended sends no header fields any more. */
	http_loop_library(search->loop)->slist_free_all(search->headers);
	http_loop_free(search->loop);
	search->headers = NULL;
	search->loop = NULL;
}

/* The last thing that is done with a search: whoever is told may free it. */
static void search_end(struct contact_search *search, const struct refusal *why)
{
	struct contact_result result = { .why = *why, .found = &search->found };

	search->done(search->owner, &result);
}

static bool is_xml(const char *type)
{
	static const char *const types[] = { "application/xml", "text/xml" };

	for (size_t i = 0; type && i < sizeof(types) / sizeof(*types); i++)
		if (!strncasecmp(type, types[i], strlen(types[i])) &&
		    strchr("; \t", type[strlen(types[i])]))
			return true;
	return false;
}

static void answer_take(struct contact_search *search, struct refusal *why)
{
	const struct http_library *http = http_loop_library(search->loop);
	CURL *easy = http_loop_easy(search->loop);
	const char *type = NULL;
	long status = 0;

	http->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	http->easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	if (status == 401 || status == 403)
		refusal_set(why, REASON_DIRECTORY_REFUSED, "status %ld", status);
	else if (status != 200)
		refusal_set(why, REASON_DIRECTORY_ANSWER, "status %ld", status);
	else if (!is_xml(type))
		refusal_set(why, REASON_DIRECTORY_ANSWER, "it is not of type application/xml");
	else
		(void)contact_answer_read(&search->found,
					  (struct octets){ (const uint8_t *)search->body,
							   search->len }, why);
}

static int search_begin(struct contact_search *search, struct refusal *why);

static void on_verdict(void *owner, const struct refusal *why)
{
	struct contact_search *search = owner;
	struct refusal cause = *why;

	search->is_asking = false;
	if (!cause.code && !search_begin(search, &cause))
		return;
	search_end(search, &cause);
}

/* Whether somebody is asked about the server, and the search waits for it. */
static bool verdict_ask(struct contact_search *search)
{
	X509 *unknown = http_loop_untrusted(search->loop);
	struct refusal why;

	if (!unknown || !search->asker || search->has_asked)
		return false;
	search->has_asked = true;
	search->is_asking = !search->asker->ask(search->asker->service, unknown, TRUST_USE_WEB,
						on_verdict, search, &why);
	return search->is_asking;
}

static void on_end(void *owner, CURLcode code)
{
	struct contact_search *search = owner;
	struct refusal why = { 0 };

	if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
		refusal_set(&why, REASON_DIRECTORY_ANSWER, "it has more than %d bytes",
			    CONTACT_ANSWER_MAX);
	else if (code)
		http_loop_explain(search->loop, code, REASON_DIRECTORY_ANSWER, "directory", &why);
	else
		answer_take(search, &why);
	if (!code || !verdict_ask(search))
		search_end(search, &why);
}

static CURLcode http_options(struct contact_search *search)
{
	__typeof__(curl_easy_setopt) *set = http_loop_library(search->loop)->easy_setopt;
	CURL *easy = http_loop_easy(search->loop);
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_PROTOCOLS_STR, "https");
	code = code ?: set(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	code = code ?: set(easy, CURLOPT_USERNAME, search->user);
	code = code ?: set(easy, CURLOPT_PASSWORD, (const char *)secret_bytes(search->password));
	code = code ?: set(easy, CURLOPT_HTTPHEADER, search->headers);
	code = code ?: set(easy, CURLOPT_TIMEOUT, (long)CONTACT_SEARCH_MAX_S);
	code = code ?: set(easy, CURLOPT_WRITEFUNCTION, body_add);
	code = code ?: set(easy, CURLOPT_WRITEDATA, search);
	return code ?: set(easy, CURLOPT_MAXFILESIZE, (long)CONTACT_ANSWER_MAX);
}

static int search_begin(struct contact_search *search, struct refusal *why)
{
	const struct http_library *http;
	struct trust *trust;
	CURLcode code;
	int err;

	loop_drop(search);
	search->len = 0;
	err = http_loop_new(&search->loop, search->event, on_end, search, why);
	if (!err)
		err = trust_load(&trust, search->settings, TRUST_USE_WEB, why);
	if (err)
		return err;
	http = http_loop_library(search->loop);
	code = http_loop_tls(search->loop, search->url, trust, NULL);
	search->headers = http->slist_append(NULL, "Accept: application/xml");
	if (!search->headers)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	code = code ?: http_options(search);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", http->easy_strerror(code));
	return http_loop_begin(search->loop, why);
}

static int search_prepare(struct contact_search *search, const char *name, const char *user,
			  const struct secret *password, struct refusal *why)
{
	size_t len = secret_len(password);

	search->body = malloc(CONTACT_ANSWER_MAX);
	search->password = secret_new(len + 1);
	if (!search->body || !search->password)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < len; i++)
		(void)secret_append(search->password, secret_bytes(password)[i]);
	(void)secret_append(search->password, '\0');
	memcpy(search->user, user, strlen(user));
	url_make(search, name);
	return search_begin(search, why);
}

int contact_search_start(struct contact_search **result, sd_event *event,
			 const struct settings *settings, const struct trust_asker *asker,
			 const char *name, const char *user, const struct secret *password,
			 contact_search_done done, void *owner, struct refusal *why)
{
	struct contact_search *search;
	int err;

	if (!*settings->directory)
		return refusal_set(why, REASON_DIRECTORY_MISSING, "%s", "");
	err = question_check(name, user, password, why);
	if (err)
		return err;
	search = calloc(1, sizeof(*search));
	if (!search)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	search->event = sd_event_ref(event);
	search->settings = settings;
	search->asker = asker;
	search->done = done;
	search->owner = owner;
	err = search_prepare(search, name, user, password, why);
	if (err) {
		contact_search_free(search);
		return err;
	}
	*result = search;
	return 0;
}

void contact_search_free(struct contact_search *search)
{
	if (!search)
		return;
	if (search->is_asking)
		search->asker->forget(search->asker->service, search);
	loop_drop(search);
	secret_free(search->password);
	free(search->body);
	sd_event_unref(search->event);
	free(search);
}
