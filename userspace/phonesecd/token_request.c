// SPDX-License-Identifier: Apache-2.0
#include "token_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http_loop.h"
#include "token_form.h"
#include "trust.h"

struct token_request {
	struct http_loop *loop;
	struct curl_slist *headers;
	const struct secret *refresh;
	struct secret *form;
	struct secret *body;
	token_request_done done;
	void *owner;
};

static void transfer_explain(struct token_request *request, CURLcode code, struct refusal *why)
{
	if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
		refusal_set(why, REASON_TOKEN_ENDPOINT, "the answer is longer than %d bytes",
			    TOKEN_ANSWER_MAX);
	else
		http_loop_explain(request->loop, code, REASON_TOKEN_ENDPOINT, "token endpoint",
				  why);
}

static bool is_json(const char *type)
{
	static const char json[] = "application/json";
	size_t len = sizeof(json) - 1;

	return type && !strncasecmp(type, json, len) && strchr("; \t", type[len]);
}

static void result_read(struct token_request *request, CURLcode code,
			struct token_result *result)
{
	const struct http_library *http = http_loop_library(request->loop);
	CURL *easy = http_loop_easy(request->loop);
	const char *type = NULL;
	curl_off_t after = 0;
	long status = 0;

	if (code) {
		transfer_explain(request, code, &result->why);
		return;
	}
	http->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	http->easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	http->easy_getinfo(easy, CURLINFO_RETRY_AFTER, &after);
	result->after_s = after > 0 && after <= TOKEN_EXPIRES_MAX_S ? (unsigned int)after : 0;
	if (status != 200)
		result->is_final = token_answer_refusal(status, request->body, request->refresh,
							&result->why);
	else if (!is_json(type))
		refusal_set(&result->why, REASON_TOKEN_ENDPOINT,
			    "the answer is not of type application/json");
	else
		(void)token_answer_read(&result->answer, request->body, &result->why);
}

/* Must be the last thing that is done with a request: whoever is told may free it. */
static void request_end(void *owner, CURLcode code)
{
	struct token_request *request = owner;
	struct token_result result = { 0 };

	result_read(request, code, &result);
	request->done(request->owner, &result);
}

static size_t body_add(char *bytes, size_t size, size_t count, void *data)
{
	struct token_request *request = data;

	for (size_t i = 0; i < size * count; i++)
		if (!secret_append(request->body, (unsigned char)bytes[i]))
			return 0;
	return size * count;
}

static CURLcode http_options(struct token_request *request)
{
	long len = (long)secret_len(request->form);
	__typeof__(curl_easy_setopt) *set = http_loop_library(request->loop)->easy_setopt;
	CURL *easy = http_loop_easy(request->loop);
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_PROTOCOLS_STR, "https");
	code = code ?: set(easy, CURLOPT_POSTFIELDSIZE, len);
	code = code ?: set(easy, CURLOPT_POSTFIELDS, secret_bytes(request->form));
	code = code ?: set(easy, CURLOPT_HTTPHEADER, request->headers);
	code = code ?: set(easy, CURLOPT_TIMEOUT, (long)TOKEN_REQUEST_MAX_S);
	code = code ?: set(easy, CURLOPT_WRITEFUNCTION, body_add);
	code = code ?: set(easy, CURLOPT_WRITEDATA, request);
	return code ?: set(easy, CURLOPT_MAXFILESIZE, (long)TOKEN_ANSWER_MAX);
}

/* The store of call managers, but for the endpoint's own anchors when it has any. */
static int trust_find(struct trust **trust, const struct settings *settings, struct refusal *why)
{
	struct settings *own;
	int err;

	if (!*settings->token_anchors)
		return trust_load(trust, settings, TRUST_USE_WEB, why);
	own = malloc(sizeof(*own));
	if (!own)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	*own = *settings;
	memcpy(own->anchors, settings->token_anchors, sizeof(own->anchors));
	err = trust_load(trust, own, TRUST_USE_WEB, why);
	free(own);
	return err;
}

static int request_prepare(struct token_request *request, sd_event *event,
			   const struct settings *settings, struct refusal *why)
{
	const struct http_library *http;
	struct trust *trust;
	CURLcode code;
	int err;

	err = http_loop_new(&request->loop, event, request_end, request, why);
	if (!err)
		err = trust_find(&trust, settings, why);
	if (err)
		return err;
	http = http_loop_library(request->loop);
	code = http_loop_tls(request->loop, settings->token_endpoint, trust, NULL);
	request->form = token_form_new(settings, request->refresh);
	request->body = secret_new(TOKEN_ANSWER_MAX);
	request->headers = http->slist_append(NULL, "Accept: application/json");
	if (!request->form || !request->body || !request->headers)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	code = code ?: http_options(request);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", http->easy_strerror(code));
	return 0;
}

int token_request_start(struct token_request **result, sd_event *event,
			const struct settings *settings, const struct secret *refresh,
			token_request_done done, void *owner, struct refusal *why)
{
	struct token_request *request = calloc(1, sizeof(*request));
	int err;

	if (!request)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	request->refresh = refresh;
	request->done = done;
	request->owner = owner;
	err = request_prepare(request, event, settings, why);
	if (!err)
		err = http_loop_begin(request->loop, why);
	if (err) {
		token_request_free(request);
		return err;
	}
	*result = request;
	return 0;
}

void token_request_free(struct token_request *request)
{
	const struct http_library *http;

	if (!request)
		return;
	if (request->loop) {
		/* A transfer that is ended sends no header fields any more. */
		http = http_loop_library(request->loop);
		http->slist_free_all(request->headers);
		http_loop_free(request->loop);
	}
	secret_free(request->form);
	secret_free(request->body);
	free(request);
}
