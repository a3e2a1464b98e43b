// SPDX-License-Identifier: Apache-2.0
/* How each server is reached, and when it is tried again. */
#include <string.h>
#include <sys/random.h>

#include "servers_impl.h"

enum {
	PORT_TCP = 5060,
	PORT_TLS = 5061,
	PORT_OAUTH = 5090,
	WAIT_MAX_S = 60,
	WAIT_DOUBLINGS_MAX = 6,
	REJECT_DOUBLINGS_MAX = 5,
	MS_PER_S = 1000,
	US_PER_MS = 1000,
};

static void srst_route(struct server_route *route, const struct settings *settings)
{
	bool is_secure = settings->profile != PROFILE_NONSECURE;

	/* Without the router's certificate anyone could be the router. */
	if (!is_secure || (settings->srst_secure && *settings->srst_certificate))
		route->server = settings->srst;
	route->is_secure = is_secure;
	route->pinned = is_secure ? settings->srst_certificate : NULL;
	route->port = is_secure ? PORT_TLS : PORT_TCP;
}

void server_route(struct server_route *route, const struct settings *settings,
		  enum server_role role)
{
	*route = (struct server_route){
		.token = settings->oauth && settings->profile != PROFILE_NONSECURE,
		.local = settings->address,
	};
	if (role == SERVER_SRST) {
		srst_route(route, settings);
	} else {
		route->server = settings->servers[role];
		route->is_secure = settings->profile != PROFILE_NONSECURE;
		route->port = !route->is_secure ? PORT_TCP :
			      settings->oauth ? PORT_OAUTH : PORT_TLS;
		/* Records know no service for OAuth, whose port is another one. */
		if (!settings->oauth)
			route->service = route->is_secure ? "_sips._tcp" : "_sip._tcp";
	}
	if (route->server.port) {
		route->port = route->server.port;
		route->service = NULL;
	}
}

bool server_route_equal(const struct server_route *a, const struct server_route *b)
{
	return !strcmp(a->server.host, b->server.host) && a->port == b->port &&
	       a->is_secure == b->is_secure && a->token == b->token && !a->service == !b->service &&
	       !strcmp(a->pinned ?: "", b->pinned ?: "") &&
	       media_address_equal(&a->local, &b->local);
}

int servers_tls(struct tls **tls, const struct settings *settings, const char *pinned,
		struct refusal *why)
{
	struct trust *trust = NULL;
	int err = 0;

	if (!pinned)
		err = trust_load(&trust, settings, TRUST_USE_CALL_MANAGER, why);
	if (!err)
		err = tls_new(tls, settings, TRUST_USE_CALL_MANAGER, trust, pinned, why);
	trust_free(trust);
	return err;
}

uint64_t server_wait_us(const struct server *server)
{
	unsigned int doublings = server->failures ? server->failures - 1 : 0;
	uint64_t wait_s, wait_ms;
	uint32_t chance = 0;

	wait_s = 1ULL << (doublings < WAIT_DOUBLINGS_MAX ? doublings : WAIT_DOUBLINGS_MAX);
	if (wait_s > WAIT_MAX_S || server->rejects)
		wait_s = WAIT_MAX_S;
	/* Each fail-back to a server that then cannot be used interrupts signalling. */
	if (server->rejects)
		wait_s <<= server->rejects - 1 < REJECT_DOUBLINGS_MAX ? server->rejects - 1 :
									REJECT_DOUBLINGS_MAX;
	wait_ms = wait_s * MS_PER_S;
	/* Phones that lost a server together do not come back together. */
	(void)!getrandom(&chance, sizeof(chance), GRND_NONBLOCK);
	return (wait_ms / 2 + chance % (wait_ms / 2 + 1)) * US_PER_MS;
}
