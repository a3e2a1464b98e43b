// SPDX-License-Identifier: Apache-2.0
#include "site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static EVP_PKEY *pss_make(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	assert_true(EVP_PKEY_keygen_init(context) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) > 0);
	assert_true(EVP_PKEY_generate(context, &key) > 0);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *key_make(enum site_key kind)
{
	switch (kind) {
	case SITE_EC_256:
		return EVP_EC_gen("P-256");
	case SITE_EC_224:
		return EVP_EC_gen("P-224");
	case SITE_RSA_2048:
		return EVP_RSA_gen(2048);
	case SITE_RSA_1024:
		return EVP_RSA_gen(1024);
	default:
		return pss_make();
	}
}

static void extension_add(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(extension);
	assert_true(X509_add_ext(certificate, extension, -1));
	X509_EXTENSION_free(extension);
}

struct site_identity site_issue(const struct site_wish *wish)
{
	struct site_identity made = { X509_new(), key_make(wish->key) };
	const struct site_identity *issuer = wish->issuer ?: &made;
	bool any_time = !wish->from_s && !wish->to_s;
	X509_NAME *name = X509_get_subject_name(made.certificate);
	static long serial;

	assert_non_null(made.key);
	X509_set_version(made.certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(made.certificate), any_time ? -86400 : wish->from_s);
	X509_gmtime_adj(X509_getm_notAfter(made.certificate), any_time ? 86400 : wish->to_s);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Site", -1, -1,
				   0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)wish->name, -1,
				   -1, 0);
	X509_set_issuer_name(made.certificate, X509_get_subject_name(issuer->certificate));
	X509_set_pubkey(made.certificate, made.key);
	extension_add(made.certificate, NID_basic_constraints,
		      wish->is_authority ? "critical,CA:TRUE" : "CA:FALSE");
	if (wish->alternatives)
		extension_add(made.certificate, NID_subject_alt_name, wish->alternatives);
	assert_true(X509_sign(made.certificate, issuer->key,
			      wish->is_sha1 ? EVP_sha1() :
			      wish->is_sha224 ? EVP_sha224() : EVP_sha256()));
	return made;
}

void site_identity_free(struct site_identity *identity)
{
	X509_free(identity->certificate);
	EVP_PKEY_free(identity->key);
	*identity = (struct site_identity){ 0 };
}

static char folder[64];

static int entry_remove(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status, (void)type, (void)ftw;
	return remove(path);
}

static void folder_remove(void)
{
	nftw(folder, entry_remove, 8, FTW_DEPTH | FTW_PHYS);
}

const char *site_path(const char *name)
{
	static char paths[16][128];
	static unsigned int next;
	char *path = paths[next++ % 16];

	if (!*folder) {
		snprintf(folder, sizeof(folder), "/tmp/phonesec-unit.XXXXXX");
		assert_non_null(mkdtemp(folder));
		atexit(folder_remove);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

const char *site_write(const char *name, const struct site_identity *identity, bool with_key)
{
	const char *path = site_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(PEM_write_X509(file, identity->certificate));
	if (with_key)
		assert_true(PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL));
	fclose(file);
	return path;
}

const char *site_text(const char *name, const char *text)
{
	const char *path = site_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

bool site_say(struct site_call *call, const char *data, size_t len)
{
	if (call->ssl)
		return SSL_write(call->ssl, data, (int)len) == (int)len;
	return send(call->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

int site_hear(struct site_call *call, char *data, size_t size)
{
	int done;

	errno = 0;
	done = call->ssl ? SSL_read(call->ssl, data, (int)size) :
			   (int)recv(call->fd, data, size, 0);
	if (done <= 0 && errno == ECONNRESET)
		atomic_fetch_add(&call->server->reset, 1);
	return done;
}

static void echo(struct site_call *call)
{
	char data[4096];
	int len;

	while ((len = site_hear(call, data, sizeof(data))) > 0) {
		if (len == 4 && !memcmp(data, "\r\n\r\n", 4)) {
			if (!atomic_load(&call->server->silent))
				site_say(call, "\r\n", 2);
		} else if (!site_say(call, data, (size_t)len)) {
			break;
		}
	}
}

static void talking_set(struct site_server *server, int fd)
{
	pthread_mutex_lock(&server->lock);
	server->talking = fd;
	pthread_mutex_unlock(&server->lock);
}

static void serve(struct site_server *server, int fd)
{
	struct site_call call = { .server = server, .fd = fd };
	int shaken = 1;

	talking_set(server, fd);
	if (server->context) {
		ssize_t len = recv(fd, server->hello, sizeof(server->hello), MSG_PEEK);

		server->hello_len = len > 0 ? (size_t)len : 0;
		call.ssl = SSL_new(server->context);
		SSL_set_fd(call.ssl, fd);
		shaken = SSL_accept(call.ssl);
	}
	if (shaken == 1) {
		atomic_fetch_add(&server->shaken, 1);
		(server->wants.serve ?: echo)(&call);
	}
	SSL_free(call.ssl);
	talking_set(server, -1);
	close(fd);
}

static void *server_run(void *data)
{
	struct site_server *server = data;
	sigset_t pipe;
	int fd;

	/* Of the server; the daemon's side must not raise it. */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		atomic_fetch_add(&server->accepted, 1);
		serve(server, fd);
	}
	return NULL;
}

static SSL_CTX *context_make(const struct site_wants *wants)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());

	/* What the daemon must refuse has to be offered first. */
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, wants->min ?: TLS1_VERSION);
	SSL_CTX_set_max_proto_version(context, wants->max);
	if (wants->suites)
		assert_true(SSL_CTX_set_cipher_list(context, wants->suites));
	assert_true(SSL_CTX_use_certificate(context, wants->identity->certificate));
	assert_true(SSL_CTX_use_PrivateKey(context, wants->identity->key));
	if (wants->clients) {
		X509_STORE_add_cert(SSL_CTX_get_cert_store(context), wants->clients->certificate);
		SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   NULL);
	}
	SSL_CTX_set_session_id_context(context, (const unsigned char *)"site", 4);
	return context;
}

struct site_server *site_start(const struct site_wants *wants)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(wants->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct site_server *server = calloc(1, sizeof(*server));
	socklen_t len = sizeof(address);
	int on = 1;

	signal(SIGPIPE, SIG_DFL);
	server->wants = *wants;
	server->talking = -1;
	pthread_mutex_init(&server->lock, NULL);
	server->context = wants->identity ? context_make(wants) : NULL;
	server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(server->listener, 8), 0);
	getsockname(server->listener, (struct sockaddr *)&address, &len);
	server->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
	return server;
}

void site_stop(struct site_server *server)
{
	struct linger reset = { .l_onoff = 1 };

	shutdown(server->listener, SHUT_RDWR);
	pthread_mutex_lock(&server->lock);
	if (server->talking >= 0) {
		setsockopt(server->talking, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		shutdown(server->talking, SHUT_RDWR);
	}
	pthread_mutex_unlock(&server->lock);
	pthread_join(server->thread, NULL);
	close(server->listener);
	SSL_CTX_free(server->context);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

static bool port_is_free(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_free = !bind(fd, (const struct sockaddr *)&address, sizeof(address));

	close(fd);
	return is_free;
}

uint16_t site_port_free(void)
{
	/* Below the kernel's own range, and not where another run of the tests begins. */
	static uint16_t next;

	if (!next)
		next = (uint16_t)(20000 + getpid() % 10000);
	while (!port_is_free(++next))
		;
	return next;
}

struct settings site_settings(void)
{
	return (struct settings){
		.profile = PROFILE_ENCRYPTED,
		.connect_s = 3,
		.keepalive_s = 1,
		.failback_s = 1,
		.resumption_s = 3600,
	};
}

static void stream_is_up(void *owner)
{
	struct site_stream *stream = owner;

	stream->up = true;
	stream_facts(stream->stream, &stream->facts);
}

static void stream_has_message(void *owner, const char *data, const struct sip_frame *frame)
{
	struct site_stream *stream = owner;

	stream->messages++;
	stream->text = realloc(stream->text, stream->text_len + frame->len);
	memcpy(stream->text + stream->text_len, data, frame->len);
	stream->text_len += frame->len;
	if (stream->on_message)
		stream->on_message(stream);
}

static void stream_has_pong(void *owner)
{
	struct site_stream *stream = owner;

	stream->pongs++;
}

static void stream_is_down(void *owner, const struct refusal *why)
{
	struct site_stream *stream = owner;

	stream->down = true;
	stream->why = *why;
	stream->stream = NULL;
}

const struct stream_events site_stream_events = {
	.up = stream_is_up,
	.message = stream_has_message,
	.pong = stream_has_pong,
	.down = stream_is_down,
};

int site_connect(struct site_stream *stream, sd_event *event, const struct site_server *server,
		 struct tls *tls, const char *name, uint16_t local_port)
{
	struct stream_target target = {
		.address_len = sizeof(struct sockaddr_in),
		.local_port = local_port,
		.tls = tls,
		.server = name,
		.timeout_s = 3,
	};
	struct sockaddr_in *address = (struct sockaddr_in *)&target.address;

	address->sin_family = AF_INET;
	address->sin_port = htons(server->port);
	address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return stream_connect(&stream->stream, event, &target, &site_stream_events, stream,
			      &stream->why);
}

void site_stream_clear(struct site_stream *stream)
{
	stream_close(stream->stream);
	free(stream->text);
	*stream = (struct site_stream){ .on_message = stream->on_message };
}

uint64_t site_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void site_run(sd_event *event, unsigned int milliseconds)
{
	uint64_t end = site_now_ms() + milliseconds;

	while (site_now_ms() < end)
		assert_true(sd_event_run(event, 10000) >= 0);
}
