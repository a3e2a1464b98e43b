/* SPDX-License-Identifier: Apache-2.0 */
/* One port that pages are served on, inside the event loop. */
#ifndef PHONESEC_WEB_SERVER_H
#define PHONESEC_WEB_SERVER_H

#include <systemd/sd-event.h>

#include "server_identity.h"
#include "snapshot.h"

enum server_limits {
	SERVER_CONNECTIONS_MAX = 16,
	SERVER_CONNECTIONS_OF_ONE_MAX = 6, /* of one address */
	SERVER_MEMORY_MAX = 8192, /* bytes of a request with its header fields */
	SERVER_IDLE_S = 5, /* until a connection that says nothing ends */
	SERVER_ALL_S = 20, /* until any connection ends */
};

struct server;

/**
 * server_open - listen
 * @server: result, the caller's until server_close(), which ends all connections at once
 * @event: the loop
 * @port: TCP port, on all addresses of this phone
 * @identity: for HTTPS, or NULL for HTTP; stays
 * @snapshot: what the pages show; stays
 * @why: on refusal the reason
 *
 * A connection carries one request. TLS is 1.2 or later with AES-GCM.
 *
 * Return: 0, or the -errno of the reason.
 */
int server_open(struct server **server, sd_event *event, uint16_t port,
		const struct server_identity *identity, struct snapshot *snapshot,
		struct refusal *why);
void server_close(struct server *server);

#endif
