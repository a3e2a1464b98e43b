/* SPDX-License-Identifier: Apache-2.0 */
/* One file from the first of several servers that answers. */
#ifndef PHONESECD_FETCH_H
#define PHONESECD_FETCH_H

#include <openssl/x509.h>
#include <systemd/sd-event.h>

#include "../lib/octets.h"
#include "settings.h"

enum {
	FETCH_HTTP_PORT = 6970,
	FETCH_HTTPS_PORT = 6971,
	FETCH_TFTP_PORT = 69,
	FETCH_NAME_MAX = 128,
	FETCH_SOURCES_MAX = 8,
	FETCH_ALL_S = 60, /* seconds for one source, from its name to the last byte */
};

enum fetch_way { FETCH_HTTP, FETCH_HTTPS, FETCH_TFTP };

/**
 * struct fetch_source - where a file may be
 * @way: protocol
 * @host: name or address
 * @port: TCP port, of TFTP the UDP port
 */
struct fetch_source {
	enum fetch_way way;
	char host[SETTINGS_HOST_MAX];
	uint16_t port;
};

/**
 * struct fetch_wish - what to get
 * @name: of the file: letters, digits and "-_." in folders, none of which begins with a dot
 * @sources, @count: servers in their order, at most FETCH_SOURCES_MAX
 * @max: bytes that are taken
 * @settings: who vouches for HTTPS servers, and which certificate of this phone is shown
 * @token: shown to HTTPS servers in the place of a certificate, or NULL
 * @connect_s: seconds that a connection may take
 */
struct fetch_wish {
	const char *name;
	const struct fetch_source *sources;
	size_t count;
	size_t max;
	const struct settings *settings;
	const struct secret *token;
	unsigned int connect_s;
};

enum fetch_state {
	FETCH_GOT,
	FETCH_NOT_FOUND, /* a server answered that it has no such file */
	FETCH_FAILED, /* no server gave an answer */
};

/**
 * struct fetch_result - how it ended
 * @state: how
 * @file: its bytes, which are wiped when the fetch is freed; empty unless %FETCH_GOT
 * @source: who answered, or was asked last
 * @why: of the source that was asked last, when it is not %FETCH_GOT
 * @untrusted: the certificate that nobody vouched for, to be asked about, or NULL; the fetch's
 */
struct fetch_result {
	enum fetch_state state;
	struct octets file;
	const struct fetch_source *source;
	struct refusal why;
	X509 *untrusted;
};

/* Told once, from the event loop; may free the fetch. */
typedef void (*fetch_done)(void *owner, const struct fetch_result *result);

struct fetch;

/**
 * fetch_start - get a file
 * @fetch: result, the caller's until fetch_free(), which also ends it early
 * @event: the loop
 * @wish: what to get; may be freed afterwards, all but its settings
 * @done: whom to tell
 * @owner: its first argument
 * @why: on refusal the reason: a name that is none, no libcurl
 *
 * Sources are asked one after the other until one has the file or says that there is none. What
 * is longer than @max, cut off or answered with another error is as good as no answer. Nothing
 * is followed elsewhere, and no proxy is used.
 *
 * Return: 0, or the -errno of the reason; @done is then not called.
 */
int fetch_start(struct fetch **fetch, sd_event *event, const struct fetch_wish *wish,
		fetch_done done, void *owner, struct refusal *why);
void fetch_free(struct fetch *fetch);

/* The word for a way: http, https or tftp. */
const char *fetch_way_word(enum fetch_way way);

#endif
