// SPDX-License-Identifier: Apache-2.0
/* One TLS connection: whom it must reach, what came over it, and how it is resumed. */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "crypto.h"
#include "tls_impl.h"

enum { MS_PER_S = 1000, NS_PER_MS = 1000000 };

static void link_free(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index,
		      long argument, void *unused)
{
	struct tls_link *link = pointer;

	(void)parent, (void)data, (void)index, (void)argument, (void)unused;
	if (!link)
		return;
	tls_free(link->tls);
	free(link->server);
	free(link);
}

static int link_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, link_free);
	return index;
}

struct tls_link *tls_link(const SSL *ssl)
{
	return SSL_get_ex_data(ssl, link_index());
}

static bool link_add(SSL *ssl, struct tls *tls, const char *server)
{
	struct tls_link *link = calloc(1, sizeof(*link));

	if (!link)
		return false;
	link->server = strdup(server);
	link->alert = -1;
	if (!link->server || !SSL_set_ex_data(ssl, link_index(), link)) {
		free(link->server);
		free(link);
		return false;
	}
	link->tls = tls_ref(tls);
	return true;
}

/* Time that goes on while the phone sleeps, and that nobody sets. */
static int64_t boot_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

static void memory_clear(struct tls_memory *memory)
{
	SSL_SESSION_free(memory->session);
	free(memory->server);
	*memory = (struct tls_memory){ 0 };
}

void tls_forget(struct tls *tls)
{
	size_t i;

	for (i = 0; i < TLS_SESSIONS_MAX; i++)
		memory_clear(&tls->sessions[i]);
}

/* The place of this server, else an empty one, else the one that ends first. */
static struct tls_memory *memory_place(struct tls *tls, const char *server)
{
	struct tls_memory *best = tls->sessions, *at;

	for (at = tls->sessions; at < tls->sessions + TLS_SESSIONS_MAX; at++) {
		if (at->server && !strcmp(at->server, server))
			return at;
		if (at->until_ms < best->until_ms)
			best = at;
	}
	return best;
}

/* When the first certificate ends that the server's identity rests on. */
static int64_t chain_expires(SSL *ssl)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	int64_t first = crypto_time(X509_get0_notAfter(SSL_get0_peer_certificate(ssl))), end;
	int i;

	for (i = 0; chain && i < sk_X509_num(chain); i++) {
		end = crypto_time(X509_get0_notAfter(sk_X509_value(chain, i)));
		if (end < first)
			first = end;
	}
	return first;
}

/* The library has a new session; returns 1 when it is kept. */
static int session_keep(SSL *ssl, SSL_SESSION *session)
{
	struct tls_link *link = tls_link(ssl);
	struct tls_memory *memory;
	char *server;

	if (!link || !SSL_get0_peer_certificate(ssl))
		return 0;
	server = strdup(link->server);
	if (!server)
		return 0;
	if (!SSL_session_reused(ssl)) {
		link->until_ms = boot_ms() + (int64_t)link->tls->resumption_s * MS_PER_S;
		link->expires = chain_expires(ssl);
	}
	memory = memory_place(link->tls, server);
	memory_clear(memory);
	*memory = (struct tls_memory){ server, session, link->until_ms, link->expires };
	return 1;
}

/* Certificates are not checked again when a session is resumed: what can change is looked at. */
static bool memory_is_good(const struct tls *tls, const struct tls_memory *memory)
{
	return SSL_SESSION_is_resumable(memory->session) && boot_ms() < memory->until_ms &&
	       time(NULL) < memory->expires &&
	       trust_still(tls->context, SSL_SESSION_get0_peer(memory->session));
}

static void session_resume(struct tls *tls, SSL *ssl, const char *server)
{
	struct tls_memory *memory = memory_place(tls, server);
	struct tls_link *link = tls_link(ssl);

	if (!memory->server || strcmp(memory->server, server))
		return;
	if (memory_is_good(tls, memory) && SSL_set_session(ssl, memory->session)) {
		link->until_ms = memory->until_ms;
		link->expires = memory->expires;
		/* A ticket of TLS 1.3 is used once (RFC 8446 appendix C.4); others come. */
		if (SSL_SESSION_get_protocol_version(memory->session) < TLS1_3_VERSION)
			return;
	}
	memory_clear(memory);
}

static void message_seen(int written, int version, int type, const void *data, size_t len,
			 SSL *ssl, void *argument)
{
	struct tls_link *link = tls_link(ssl);
	const unsigned char *bytes = data;

	(void)version, (void)argument;
	if (written || !link)
		return;
	if (type == SSL3_RT_HANDSHAKE && len && bytes[0] == SSL3_MT_CERTIFICATE_REQUEST)
		link->asked = true;
	if (type == SSL3_RT_ALERT && len == 2 && bytes[0] == SSL3_AL_FATAL)
		link->alert = bytes[1];
}

bool tls_watch(struct tls *tls)
{
	SSL_CTX_set_msg_callback(tls->context, message_seen);
	if (!tls->resumption_s) {
		SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_options(tls->context, SSL_OP_NO_TICKET);
	} else {
		SSL_CTX_set_session_cache_mode(tls->context, SSL_SESS_CACHE_CLIENT |
					       SSL_SESS_CACHE_NO_INTERNAL |
					       SSL_SESS_CACHE_NO_AUTO_CLEAR);
		SSL_CTX_sess_set_new_cb(tls->context, session_keep);
	}
	return link_index() >= 0;
}

static bool is_address(const char *server)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, server, bytes) == 1 || inet_pton(AF_INET6, server, bytes) == 1;
}

/* Whose certificate must come; a pinned one is known whoever it names. */
static bool server_name_set(SSL *ssl, const struct tls *tls, const char *server)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (is_address(server))
		return tls->pinned || X509_VERIFY_PARAM_set1_ip_asc(param, server);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set_tlsext_host_name(ssl, server) &&
	       (tls->pinned || X509_VERIFY_PARAM_set1_host(param, server, 0));
}

/* A name without the dot at its end that makes it absolute: certificates have none. */
static bool server_name(char name[SETTINGS_HOST_MAX], const char *server)
{
	size_t len = strlen(server);

	if (len && server[len - 1] == '.')
		len--;
	if (!len || len >= SETTINGS_HOST_MAX)
		return false;
	memcpy(name, server, len);
	name[len] = '\0';
	return true;
}

SSL *tls_connect(struct tls *tls, int fd, const char *server, struct refusal *why)
{
	char name[SETTINGS_HOST_MAX];
	BIO *socket;
	SSL *ssl;

	/* Without a name to check nothing would be checked. */
	if (!server_name(name, server)) {
		refusal_set(why, REASON_SERVER_NAME, "no name to check");
		return NULL;
	}
	ERR_clear_error();
	ssl = SSL_new(tls->context);
	socket = ssl ? tls_socket(fd) : NULL;
	if (socket)
		SSL_set_bio(ssl, socket, socket);
	if (!socket || !link_add(ssl, tls, name) || !server_name_set(ssl, tls, name)) {
		refusal_set(why, REASON_SYSTEM, "TLS: %s", crypto_error());
		SSL_free(ssl);
		return NULL;
	}
	SSL_set_connect_state(ssl);
	session_resume(tls, ssl, name);
	return ssl;
}
