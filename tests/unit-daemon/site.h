/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call manager for tests: certificates that are made when they are needed, and a
 * server in a thread with a TLS library context other than the daemon's.
 */
#ifndef UNIT_SITE_H
#define UNIT_SITE_H

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <systemd/sd-event.h>

#include "stream.h"
#include "unit.h"

enum site_key { SITE_EC_256, SITE_EC_224, SITE_RSA_2048, SITE_RSA_1024, SITE_RSA_PSS };

struct site_identity {
	X509 *certificate;
	EVP_PKEY *key;
};

/**
 * struct site_wish - a certificate to be issued
 * @name: common name
 * @alternatives: as in openssl.cnf, or NULL
 * @key: kind of its key
 * @from_s, @to_s: its time, in seconds from now; a day around now when both are 0
 * @is_authority: issues others
 * @is_sha1, @is_sha224: signed with one of these
 * @issuer: NULL for itself
 */
struct site_wish {
	const char *name;
	const char *alternatives;
	enum site_key key;
	long from_s;
	long to_s;
	bool is_authority;
	bool is_sha1;
	bool is_sha224;
	const struct site_identity *issuer;
};

struct site_identity site_issue(const struct site_wish *wish);
void site_identity_free(struct site_identity *identity);

/* A path in a folder of this program's own, which goes when it ends. */
const char *site_path(const char *name);
/* Writes a certificate, and its key behind it when asked for; returns the path. */
const char *site_write(const char *name, const struct site_identity *identity, bool with_key);
/* Writes a text; returns the path. */
const char *site_text(const char *name, const char *text);

struct site_server;

/* One connection on its server's side; @ssl is NULL without TLS. */
struct site_call {
	struct site_server *server;
	int fd;
	SSL *ssl;
};

/* Sends and receives on the server's side; false at the end of the connection. */
bool site_say(struct site_call *call, const char *data, size_t len);
int site_hear(struct site_call *call, char *data, size_t size);

/**
 * struct site_wants - how a server is
 * @identity: its certificate, NULL for TCP without TLS
 * @port: its port, 0 for any
 * @clients: who must have issued the certificates of clients, or NULL to ask for none
 * @min, @max: versions of TLS, 0 for any
 * @suites: of TLS 1.2, NULL for the defaults
 * @serve: what it does with a connection; by default it answers pings and echoes the rest
 */
struct site_wants {
	const struct site_identity *identity;
	uint16_t port;
	const struct site_identity *clients;
	int min;
	int max;
	const char *suites;
	void (*serve)(struct site_call *call);
};

struct site_server {
	struct site_wants wants;
	SSL_CTX *context;
	int listener;
	uint16_t port;
	pthread_t thread;
	atomic_int accepted;
	atomic_int shaken;
	atomic_int reset; /* connections that ended in a reset */
	atomic_bool silent; /* pings are not answered */
	int talking; /* the socket of the connection that is served, -1 for none */
	pthread_mutex_t lock;
	unsigned char hello[2048];
	size_t hello_len;
};

struct site_server *site_start(const struct site_wants *wants);
/* Ends it, with a reset for whoever is connected. */
void site_stop(struct site_server *server);

/* A port that nobody has, and that the kernel gives to nobody who asks for any. */
uint16_t site_port_free(void);
/* Settings towards such servers: nothing is configured but short times. */
struct settings site_settings(void);

/* A stream and what its owner was told. */
struct site_stream {
	struct stream *stream;
	bool up;
	bool down;
	unsigned int pongs;
	unsigned int messages;
	char *text;
	size_t text_len;
	struct refusal why;
	struct stream_facts facts;
	void (*on_message)(struct site_stream *stream);
};

extern const struct stream_events site_stream_events;
/* Connects to a server of this site on 127.0.0.1. */
int site_connect(struct site_stream *stream, sd_event *event, const struct site_server *server,
		 struct tls *tls, const char *name, uint16_t local_port);
void site_stream_clear(struct site_stream *stream);

/* Runs the loop until the expression holds, some seconds at most. */
#define site_until(event, expression) do { \
	uint64_t site_end = site_now_ms() + 8000; \
	while (!(expression) && site_now_ms() < site_end) \
		assert_true(sd_event_run(event, 20000) >= 0); \
	assert_true(expression); \
} while (0)

/* Runs the loop for a time. */
void site_run(sd_event *event, unsigned int milliseconds);
uint64_t site_now_ms(void);

#endif
