// SPDX-License-Identifier: Apache-2.0
#include "token_request.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

#include "http_library.h"
#include "token_form.h"
#include "trust.h"

static const char suites_12[] =
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
static const char suites_13[] = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";

struct token_request {
	const struct http_library *http;
	sd_event *event;
	sd_event_source *timer;
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	struct trust *trust;
	SSL_verify_cb check; /* of the trust store */
	const struct secret *refresh;
	struct secret *form;
	struct secret *body;
	struct refusal untrusted; /* why, when it is for the endpoint's certificates */
	char error[CURL_ERROR_SIZE];
	token_request_done done;
	void *owner;
};

/* The HTTP library's memory: forms and answers pass through it, so that it is wiped when freed. */
static void memory_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void *memory_resize(void *memory, size_t size)
{
	size_t had = memory ? malloc_usable_size(memory) : 0;
	void *more = malloc(size);

	if (!more)
		return NULL;
	if (memory)
		memcpy(more, memory, had < size ? had : size);
	memory_free(memory);
	return more;
}

/* Initialisations of the library nest. */
static int library_begin(const struct http_library **http, struct refusal *why)
{
	const struct http_library *found;
	CURLcode code;
	int err;

	err = http_library_load(&found, why);
	if (err)
		return err;
	code = found->global_init_mem(CURL_GLOBAL_DEFAULT, malloc, memory_free, memory_resize,
				      strdup, calloc);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", found->easy_strerror(code));
	*http = found;
	return 0;
}

static enum reason_code code_reason(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return REASON_SERVER_UNKNOWN;
	case CURLE_COULDNT_CONNECT:
		return REASON_SERVER_UNREACHABLE;
	case CURLE_OPERATION_TIMEDOUT:
		return REASON_SERVER_SILENT;
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return REASON_SERVER_CLOSED;
	case CURLE_SSL_CONNECT_ERROR:
		return REASON_TLS_HANDSHAKE;
	case CURLE_PEER_FAILED_VERIFICATION: /* the chain is right, so it is the name */
		return REASON_SERVER_NAME;
	default:
		return REASON_TOKEN_ENDPOINT;
	}
}

static void transfer_explain(struct token_request *request, CURLcode code, struct refusal *why)
{
	const char *words = *request->error ? request->error : request->http->easy_strerror(code);

	if (request->untrusted.code)
		*why = request->untrusted;
	else if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
		refusal_set(why, REASON_TOKEN_ENDPOINT, "the answer is longer than %d bytes",
			    TOKEN_ANSWER_MAX);
	else
		refusal_set(why, code_reason(code), "token endpoint: %s", words);
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
	const char *type = NULL;
	curl_off_t after = 0;
	long status = 0;

	if (code) {
		transfer_explain(request, code, &result->why);
		return;
	}
	request->http->easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
	request->http->easy_getinfo(request->easy, CURLINFO_CONTENT_TYPE, &type);
	request->http->easy_getinfo(request->easy, CURLINFO_RETRY_AFTER, &after);
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
static void request_check(struct token_request *request)
{
	struct token_result result = { 0 };
	const CURLMsg *message;
	int left;

	message = request->http->multi_info_read(request->multi, &left);
	if (!message || message->msg != CURLMSG_DONE)
		return;
	result_read(request, message->data.result, &result);
	request->done(request->owner, &result);
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct token_request *request = data;
	int running, mask = 0;

	(void)source;
	mask |= events & EPOLLIN ? CURL_CSELECT_IN : 0;
	mask |= events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
	mask |= events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
	request->http->multi_socket_action(request->multi, fd, mask, &running);
	request_check(request);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct token_request *request = data;
	int running;

	(void)source;
	(void)usec;
	request->http->multi_socket_action(request->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	request_check(request);
	return 0;
}

/* What libcurl waits for on a socket; the event source is kept at the socket. */
static int socket_watch(CURL *easy, curl_socket_t fd, int what, void *data, void *kept)
{
	struct token_request *request = data;
	sd_event_source *source = kept;
	uint32_t events = 0;

	(void)easy;
	events |= what & CURL_POLL_IN ? EPOLLIN : 0;
	events |= what & CURL_POLL_OUT ? EPOLLOUT : 0;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		request->http->multi_assign(request->multi, fd, NULL);
		return 0;
	}
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(request->event, &source, fd, events, on_socket, request) < 0)
		return -1;
	request->http->multi_assign(request->multi, fd, source);
	return 0;
}

static int timer_set(CURLM *multi, long timeout_ms, void *data)
{
	struct token_request *request = data;
	int err;

	(void)multi;
	if (timeout_ms < 0)
		return sd_event_source_set_enabled(request->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	err = sd_event_source_set_time_relative(request->timer, (uint64_t)timeout_ms * 1000);
	if (err >= 0)
		err = sd_event_source_set_enabled(request->timer, SD_EVENT_ONESHOT);
	return err < 0 ? -1 : 0;
}

static size_t body_add(char *bytes, size_t size, size_t count, void *data)
{
	struct token_request *request = data;

	for (size_t i = 0; i < size * count; i++)
		if (!secret_append(request->body, (unsigned char)bytes[i]))
			return 0;
	return size * count;
}

/* Listens as well: how libcurl tells that a chain is bad depends on where it is. */
static int chain_watch(int is_good, X509_STORE_CTX *chain)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct token_request *request = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	is_good = request->check(is_good, chain);
	if (!is_good && !request->untrusted.code)
		trust_explain(request->trust, X509_STORE_CTX_get_error(chain),
			      X509_STORE_CTX_get_current_cert(chain), &request->untrusted);
	return is_good;
}

static CURLcode tls_prepare(CURL *easy, void *context, void *data)
{
	struct token_request *request = data;

	(void)easy;
	if (trust_apply(request->trust, context, &request->untrusted))
		return CURLE_ABORTED_BY_CALLBACK;
	request->check = SSL_CTX_get_verify_callback(context);
	SSL_CTX_set_app_data((SSL_CTX *)context, request);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, chain_watch);
	SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION);
	return CURLE_OK;
}

static CURLcode tls_options(struct token_request *request)
{
	__typeof__(curl_easy_setopt) *set = request->http->easy_setopt;
	CURL *easy = request->easy;
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	code = code ?: set(easy, CURLOPT_SSL_CIPHER_LIST, suites_12);
	code = code ?: set(easy, CURLOPT_TLS13_CIPHERS, suites_13);
	code = code ?: set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	code = code ?: set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	/* The store of the system, which is the default, vouches for nobody here. */
	code = code ?: set(easy, CURLOPT_CAINFO, NULL);
	code = code ?: set(easy, CURLOPT_CAPATH, NULL);
	code = code ?: set(easy, CURLOPT_SSL_CTX_FUNCTION, tls_prepare);
	code = code ?: set(easy, CURLOPT_SSL_CTX_DATA, request);
	return code ?: set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static CURLcode http_options(struct token_request *request, const struct settings *settings)
{
	long len = (long)secret_len(request->form);
	__typeof__(curl_easy_setopt) *set = request->http->easy_setopt;
	CURL *easy = request->easy;
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_URL, settings->token_endpoint);
	code = code ?: set(easy, CURLOPT_PROTOCOLS_STR, "https");
	code = code ?: set(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	code = code ?: set(easy, CURLOPT_POSTFIELDSIZE, len);
	code = code ?: set(easy, CURLOPT_POSTFIELDS, secret_bytes(request->form));
	code = code ?: set(easy, CURLOPT_HTTPHEADER, request->headers);
	code = code ?: set(easy, CURLOPT_FOLLOWLOCATION, 0L);
	code = code ?: set(easy, CURLOPT_PROXY, "");
	code = code ?: set(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	code = code ?: set(easy, CURLOPT_TIMEOUT, (long)TOKEN_REQUEST_MAX_S);
	return code ?: set(easy, CURLOPT_MAXFILESIZE, (long)TOKEN_ANSWER_MAX);
}

static CURLcode loop_options(struct token_request *request)
{
	__typeof__(curl_easy_setopt) *set = request->http->easy_setopt;
	CURL *easy = request->easy;
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_WRITEFUNCTION, body_add);
	code = code ?: set(easy, CURLOPT_WRITEDATA, request);
	code = code ?: set(easy, CURLOPT_ERRORBUFFER, request->error);
	code = code ?: set(easy, CURLOPT_FORBID_REUSE, 1L);
	code = code ?: set(easy, CURLOPT_NOSIGNAL, 1L);
	/* Else the end of a request waits for the thread that still asks a dead name server. */
	return code ?: set(easy, CURLOPT_QUICK_EXIT, 1L);
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

static int request_prepare(struct token_request *request, const struct settings *settings,
			   struct refusal *why)
{
	CURLcode code;
	int err;

	err = library_begin(&request->http, why);
	if (!err)
		err = trust_find(&request->trust, settings, why);
	if (err)
		return err;
	request->form = token_form_new(settings, request->refresh);
	request->body = secret_new(TOKEN_ANSWER_MAX);
	request->headers = request->http->slist_append(NULL, "Accept: application/json");
	request->multi = request->http->multi_init();
	request->easy = request->http->easy_init();
	if (!request->form || !request->body || !request->headers || !request->multi ||
	    !request->easy)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	code = http_options(request, settings) ?: tls_options(request) ?: loop_options(request);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s",
				   request->http->easy_strerror(code));
	return 0;
}

/* The first step is the timer's, which libcurl sets when the transfer is added. */
static int request_begin(struct token_request *request, struct refusal *why)
{
	const struct http_library *http = request->http;
	CURLM *multi = request->multi;
	CURLMcode code = CURLM_OK;
	int err;

	/* libcurl reckons in this clock, and a timer that comes too early is not set again. */
	err = sd_event_add_time_relative(request->event, &request->timer, CLOCK_MONOTONIC, 0, 1,
					 on_timer, request);
	if (err >= 0)
		err = sd_event_source_set_enabled(request->timer, SD_EVENT_OFF);
	if (err < 0)
		return refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	code = code ?: http->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_watch);
	code = code ?: http->multi_setopt(multi, CURLMOPT_SOCKETDATA, request);
	code = code ?: http->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_set);
	code = code ?: http->multi_setopt(multi, CURLMOPT_TIMERDATA, request);
	code = code ?: http->multi_add_handle(multi, request->easy);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", http->multi_strerror(code));
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
	request->event = sd_event_ref(event);
	request->refresh = refresh;
	request->done = done;
	request->owner = owner;
	err = request_prepare(request, settings, why);
	if (!err)
		err = request_begin(request, why);
	if (err) {
		token_request_free(request);
		return err;
	}
	*result = request;
	return 0;
}

static void transfer_free(struct token_request *request)
{
	const struct http_library *http = request->http;

	/* The sockets' event sources go with the transfer and its connection. */
	if (request->easy && request->multi)
		http->multi_remove_handle(request->multi, request->easy);
	http->easy_cleanup(request->easy);
	http->multi_cleanup(request->multi);
	http->slist_free_all(request->headers);
	http->global_cleanup();
}

void token_request_free(struct token_request *request)
{
	if (!request)
		return;
	if (request->http)
		transfer_free(request);
	sd_event_source_disable_unref(request->timer);
	trust_free(request->trust);
	secret_free(request->form);
	secret_free(request->body);
	sd_event_unref(request->event);
	free(request);
}
