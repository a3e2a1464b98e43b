// SPDX-License-Identifier: Apache-2.0
#include "http_loop.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "../lib/wiped_memory.h"
#include "tls.h"

static const char suites_12[] =
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
static const char suites_13[] = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";

struct http_loop {
	const struct http_library *http;
	sd_event *event;
	sd_event_source *timer;
	CURLM *multi;
	CURL *easy;
	struct trust *trust;
	const struct settings *identity;
	SSL_verify_cb check; /* of the trust store */
	char *host; /* whom the certificate is to be of */
	struct refusal refused; /* why, when it is for certificates */
	char error[CURL_ERROR_SIZE];
	http_loop_done done;
	void *owner;
};

/* Initialisations of the library nest. */
static int library_begin(const struct http_library **http, struct refusal *why)
{
	const struct http_library *found;
	CURLcode code;
	int err;

	err = http_library_load(&found, why);
	if (err)
		return err;
	code = found->global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiped_free, wiped_resize,
				      strdup, calloc);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", found->easy_strerror(code));
	*http = found;
	return 0;
}

/* Must be the last thing that is done with a transfer: whoever is told may free it. */
static void transfer_check(struct http_loop *loop)
{
	const CURLMsg *message;
	int left;

	message = loop->http->multi_info_read(loop->multi, &left);
	if (message && message->msg == CURLMSG_DONE)
		loop->done(loop->owner, message->data.result);
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct http_loop *loop = data;
	int running, mask = 0;

	(void)source;
	mask |= events & EPOLLIN ? CURL_CSELECT_IN : 0;
	mask |= events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
	mask |= events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
	loop->http->multi_socket_action(loop->multi, fd, mask, &running);
	transfer_check(loop);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct http_loop *loop = data;
	int running;

	(void)source;
	(void)usec;
	loop->http->multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	transfer_check(loop);
	return 0;
}

/* What libcurl waits for on a socket; the event source is kept at the socket. */
static int socket_watch(CURL *easy, curl_socket_t fd, int what, void *data, void *kept)
{
	struct http_loop *loop = data;
	sd_event_source *source = kept;
	uint32_t events = 0;

	(void)easy;
	events |= what & CURL_POLL_IN ? EPOLLIN : 0;
	events |= what & CURL_POLL_OUT ? EPOLLOUT : 0;
	if (what == CURL_POLL_REMOVE) {
		sd_event_source_disable_unref(source);
		loop->http->multi_assign(loop->multi, fd, NULL);
		return 0;
	}
	if (source)
		return sd_event_source_set_io_events(source, events) < 0 ? -1 : 0;
	if (sd_event_add_io(loop->event, &source, fd, events, on_socket, loop) < 0)
		return -1;
	loop->http->multi_assign(loop->multi, fd, source);
	return 0;
}

static int timer_set(CURLM *multi, long timeout_ms, void *data)
{
	struct http_loop *loop = data;
	int err;

	(void)multi;
	if (timeout_ms < 0)
		return sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
	err = sd_event_source_set_time_relative(loop->timer, (uint64_t)timeout_ms * 1000);
	if (err >= 0)
		err = sd_event_source_set_enabled(loop->timer, SD_EVENT_ONESHOT);
	return err < 0 ? -1 : 0;
}

/* Listens as well: how libcurl tells that a chain is bad depends on where it is. */
static int chain_watch(int is_good, X509_STORE_CTX *chain)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct http_loop *loop = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	is_good = loop->check(is_good, chain);
	if (!is_good && !loop->refused.code)
		trust_explain(loop->trust, X509_STORE_CTX_get_error(chain),
			      X509_STORE_CTX_get_current_cert(chain), &loop->refused);
	return is_good;
}

static bool address_expect(X509_VERIFY_PARAM *param, const char *bracketed)
{
	char address[INET6_ADDRSTRLEN];
	size_t len = strcspn(bracketed + 1, "]");

	if (len >= sizeof(address))
		return false;
	memcpy(address, bracketed + 1, len);
	address[len] = '\0';
	return X509_VERIFY_PARAM_set1_ip_asc(param, address);
}

/* libcurl would ask for the name whoever vouches, so it is the store that asks. */
static bool host_expect(SSL_CTX *context, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);

	/* An address is none of a name, and an IPv6 address has brackets around it in a URL. */
	if (*host == '[' || X509_VERIFY_PARAM_set1_ip_asc(param, host))
		return *host != '[' || address_expect(param, host);
	ERR_clear_error();
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0);
}

static CURLcode tls_prepare(CURL *easy, void *context, void *data)
{
	struct http_loop *loop = data;
	enum tls_identity shown;
	struct refusal unused;

	(void)easy;
	if (!host_expect(context, loop->host) ||
	    trust_apply(loop->trust, context, &loop->refused))
		return CURLE_ABORTED_BY_CALLBACK;
	/* Without one that can be used the server decides, and may hand out what mends it. */
	if (loop->identity)
		(void)tls_identity_show(context, loop->identity, &shown, &unused);
	loop->check = SSL_CTX_get_verify_callback(context);
	SSL_CTX_set_app_data((SSL_CTX *)context, loop);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, chain_watch);
	SSL_CTX_set_options(context, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_NO_RENEGOTIATION);
	return CURLE_OK;
}

/* The host of a URL, as a certificate names it. */
static CURLcode host_find(struct http_loop *loop, const char *url)
{
	const struct http_library *http = loop->http;
	CURLU *parts = http->url();
	CURLUcode code = CURLUE_OUT_OF_MEMORY;
	char *host;

	if (parts)
		code = http->url_set(parts, CURLUPART_URL, url, 0);
	code = code ?: http->url_get(parts, CURLUPART_HOST, &host, 0);
	if (!code) {
		free(loop->host);
		loop->host = strdup(host);
		http->free(host);
	}
	http->url_cleanup(parts);
	return code ? CURLE_URL_MALFORMAT : loop->host ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

CURLcode http_loop_tls(struct http_loop *loop, const char *url, struct trust *trust,
		       const struct settings *settings)
{
	__typeof__(curl_easy_setopt) *set = loop->http->easy_setopt;
	CURL *easy = loop->easy;
	CURLcode code = CURLE_OK;

	trust_free(loop->trust);
	loop->trust = trust;
	loop->identity = settings;
	code = host_find(loop, url);
	code = code ?: set(easy, CURLOPT_URL, url);
	code = code ?: set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	code = code ?: set(easy, CURLOPT_SSL_CIPHER_LIST, suites_12);
	code = code ?: set(easy, CURLOPT_TLS13_CIPHERS, suites_13);
	code = code ?: set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	code = code ?: set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	/* The store of the system, which is the default, vouches for nobody here. */
	code = code ?: set(easy, CURLOPT_CAINFO, NULL);
	code = code ?: set(easy, CURLOPT_CAPATH, NULL);
	code = code ?: set(easy, CURLOPT_SSL_CTX_FUNCTION, tls_prepare);
	code = code ?: set(easy, CURLOPT_SSL_CTX_DATA, loop);
	return code ?: set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

/* One connection for one transfer, to the address that is named and no other. */
static CURLcode easy_prepare(struct http_loop *loop)
{
	__typeof__(curl_easy_setopt) *set = loop->http->easy_setopt;
	CURL *easy = loop->easy;
	CURLcode code = CURLE_OK;

	code = code ?: set(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	code = code ?: set(easy, CURLOPT_FOLLOWLOCATION, 0L);
	code = code ?: set(easy, CURLOPT_PROXY, "");
	code = code ?: set(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	code = code ?: set(easy, CURLOPT_ERRORBUFFER, loop->error);
	code = code ?: set(easy, CURLOPT_FORBID_REUSE, 1L);
	code = code ?: set(easy, CURLOPT_NOSIGNAL, 1L);
	/* Else the end of a transfer waits for the thread that still asks a dead name server. */
	return code ?: set(easy, CURLOPT_QUICK_EXIT, 1L);
}

static int loop_prepare(struct http_loop *loop, struct refusal *why)
{
	CURLcode code;
	int err;

	err = library_begin(&loop->http, why);
	if (err)
		return err;
	loop->multi = loop->http->multi_init();
	loop->easy = loop->http->easy_init();
	if (!loop->multi || !loop->easy)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	code = easy_prepare(loop);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s",
				   loop->http->easy_strerror(code));
	return 0;
}

int http_loop_new(struct http_loop **result, sd_event *event, http_loop_done done, void *owner,
		  struct refusal *why)
{
	struct http_loop *loop = calloc(1, sizeof(*loop));
	int err;

	if (!loop)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	loop->event = sd_event_ref(event);
	loop->done = done;
	loop->owner = owner;
	err = loop_prepare(loop, why);
	if (err) {
		http_loop_free(loop);
		return err;
	}
	*result = loop;
	return 0;
}

CURL *http_loop_easy(struct http_loop *loop)
{
	return loop->easy;
}

const struct http_library *http_loop_library(const struct http_loop *loop)
{
	return loop->http;
}

/* The first step is the timer's, which libcurl sets when the transfer is added. */
int http_loop_begin(struct http_loop *loop, struct refusal *why)
{
	const struct http_library *http = loop->http;
	CURLM *multi = loop->multi;
	CURLMcode code = CURLM_OK;
	int err;

	/* libcurl reckons in this clock, and a timer that comes too early is not set again. */
	err = sd_event_add_time_relative(loop->event, &loop->timer, CLOCK_MONOTONIC, 0, 1,
					 on_timer, loop);
	if (err >= 0)
		err = sd_event_source_set_enabled(loop->timer, SD_EVENT_OFF);
	if (err < 0)
		return refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
	code = code ?: http->multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_watch);
	code = code ?: http->multi_setopt(multi, CURLMOPT_SOCKETDATA, loop);
	code = code ?: http->multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_set);
	code = code ?: http->multi_setopt(multi, CURLMOPT_TIMERDATA, loop);
	code = code ?: http->multi_add_handle(multi, loop->easy);
	if (code)
		return refusal_set(why, REASON_SYSTEM, "libcurl: %s", http->multi_strerror(code));
	return 0;
}

static enum reason_code code_reason(CURLcode code, enum reason_code other)
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
	default:
		return other;
	}
}

void http_loop_explain(const struct http_loop *loop, CURLcode code, enum reason_code other,
		       const char *what, struct refusal *why)
{
	const char *words = *loop->error ? loop->error : loop->http->easy_strerror(code);

	if (loop->refused.code)
		*why = loop->refused;
	else
		refusal_set(why, code_reason(code, other), "%s: %s", what, words);
}

X509 *http_loop_untrusted(const struct http_loop *loop)
{
	return loop->trust ? trust_unknown(loop->trust) : NULL;
}

static void transfer_free(struct http_loop *loop)
{
	const struct http_library *http = loop->http;

	/* The sockets' event sources go with the transfer and its connection. */
	if (loop->easy && loop->multi)
		http->multi_remove_handle(loop->multi, loop->easy);
	http->easy_cleanup(loop->easy);
	http->multi_cleanup(loop->multi);
	http->global_cleanup();
}

void http_loop_free(struct http_loop *loop)
{
	if (!loop)
		return;
	if (loop->http)
		transfer_free(loop);
	sd_event_source_disable_unref(loop->timer);
	trust_free(loop->trust);
	free(loop->host);
	sd_event_unref(loop->event);
	free(loop);
}
