/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of servers.h share. */
#ifndef PHONESECD_SERVERS_IMPL_H
#define PHONESECD_SERVERS_IMPL_H

#include "server_link.h"
#include "servers.h"

/**
 * struct server - one of them
 * @servers: all of them
 * @status: what is shown
 * @link: its connection, or the attempt
 * @retry: event source of its next attempt
 * @is_due: it has failed, and is to be tried again now
 * @failures: in a row
 * @rejects: how often the program could not use it, in a row
 * @used_s: boot time since which it is, or was last, in use
 * @answers_s: boot time since which it is known to live as a standby, 0 before
 */
struct server {
	struct servers *servers;
	struct server_status status;
	struct server_link *link;
	sd_event_source *retry;
	bool is_due;
	unsigned int failures;
	unsigned int rejects;
	int64_t used_s;
	int64_t answers_s;
};

enum servers_told {
	SERVERS_SILENT, /* nothing yet */
	SERVERS_UP,
	SERVERS_DOWN,
};

/**
 * struct servers - all of them
 * @turn: event source of the next look at what is to be done
 * @tls: of the call managers, made when it is needed
 * @srst_tls: of the SRST router
 * @asker: who knows more of certificates, or NULL
 * @active: the one in use, or NULL
 * @told: what the owner was told last
 * @last: why the last one was lost or did not come to be
 */
struct servers {
	sd_event *event;
	sd_event_source *turn;
	const struct settings *settings;
	const struct servers_events *events;
	void *owner;
	struct tls *tls;
	struct tls *srst_tls;
	const struct trust_asker *asker;
	struct server list[SERVER_ROLES];
	struct server *active;
	enum servers_told told;
	struct refusal last;
};

/**
 * struct server_route - how a role is reached under some settings
 * @server: host and port as configured; the host is empty when it is not to be used
 * @is_secure: with TLS
 * @pinned: the certificate, for the SRST router
 * @token: a token stands in for a certificate of this phone
 * @service: SRV records to look for, or NULL
 * @port: when nothing tells another one
 * @local: our address, or none
 */
struct server_route {
	struct settings_server server;
	bool is_secure;
	const char *pinned;
	bool token;
	const char *service;
	uint16_t port;
	struct media_address local;
};

void server_route(struct server_route *route, const struct settings *settings,
		  enum server_role role);
/* Whether a connection over the one route is as good as one over the other. */
bool server_route_equal(const struct server_route *a, const struct server_route *b);

/* TLS of the call managers, or of the SRST router when @pinned. */
int servers_tls(struct tls **tls, const struct settings *settings, const char *pinned,
		struct refusal *why);

/* Has the certificate asked about that a server of the call managers was refused for, if it was. */
void server_ask(struct server *server, const struct refusal *why);

/* Microseconds until the next attempt. */
uint64_t server_wait_us(const struct server *server);

#endif
