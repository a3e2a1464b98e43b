// SPDX-License-Identifier: Apache-2.0
/* Certificates of call managers that nobody vouches for are asked about. */
#include "servers_impl.h"

static void server_answered(void *owner, const struct refusal *why)
{
	struct server *server = owner;
	struct servers *servers = server->servers;

	if (why->code == REASON_NONE) {
		servers_trust_changed(servers);
		return;
	}
	/* That there is nobody to ask says less than what the server was refused for. */
	if (why->code == REASON_VERIFY_NONE || server->status.state != SERVER_FAILED)
		return;
	server->status.last = *why;
	servers->events->changed(servers->owner, &server->status);
}

void server_ask(struct server *server, const struct refusal *why)
{
	struct servers *servers = server->servers;
	const struct trust_asker *asker = servers->asker;
	X509 *unknown = tls_unknown(servers->tls);
	struct refusal unused;

	if (!asker || !unknown || server->status.role == SERVER_SRST ||
	    (why->code != REASON_SERVER_UNTRUSTED && why->code != REASON_SERVER_NAME))
		return;
	(void)asker->ask(asker->service, unknown, TRUST_USE_CALL_MANAGER, server_answered, server,
			 &unused);
}

void servers_trust_by(struct servers *servers, const struct trust_asker *asker)
{
	struct server *server;

	for (server = servers->list; server < servers->list + SERVER_ROLES; server++)
		if (servers->asker)
			servers->asker->forget(servers->asker->service, server);
	servers->asker = asker;
}

void servers_trust_changed(struct servers *servers)
{
	tls_free(servers->tls);
	servers->tls = NULL;
	servers_retry(servers);
}
