/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An endpoint is a session as packets find it: by a local port. All endpoints
 * of all namespaces are in one hash table.
 */
#ifndef NF_SRTP_ENDPOINT_H
#define NF_SRTP_ENDPOINT_H

#include <linux/hash.h>
#include <linux/netfilter.h>
#include <linux/rculist.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>

#include "core/packet.h"

struct nf_srtp_session;

enum nf_srtp_endpoint_limits {
	NF_SRTP_ENDPOINT_TABLE_BITS = 14,
	/* Of one session: RTP, and RTCP unless it shares the RTP port. */
	NF_SRTP_ENDPOINTS_MAX = 2,
};

/**
 * struct nf_srtp_pair - a transport address pair as the network sees it
 * @local: address of the phone; of IPv4 only the first 4 bytes count
 * @remote: address of the other end
 * @local_port: network byte order
 * @remote_port: network byte order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
struct nf_srtp_pair {
	union nf_inet_addr local;
	union nf_inet_addr remote;
	__be16 local_port;
	__be16 remote_port;
	u8 family;
};

/**
 * struct nf_srtp_endpoint - one port of a session
 * @node: in the table
 * @net: namespace
 * @session: the session, which outlives its endpoints
 * @pair: addresses
 * @port: what the port carries, enum srtp_port
 * @rcu: for freeing
 *
 * Never changed once it is in the table; another address means another endpoint.
 */
struct nf_srtp_endpoint {
	struct hlist_node node;
	const struct net *net;
	struct nf_srtp_session *session;
	struct nf_srtp_pair pair;
	u8 port;
	struct rcu_head rcu;
};

extern struct hlist_head *nf_srtp_endpoint_table;
extern u32 nf_srtp_endpoint_seed;

int nf_srtp_endpoint_table_init(void);
void nf_srtp_endpoint_table_exit(void);

/* An endpoint that is in no table yet, or NULL without memory. */
struct nf_srtp_endpoint *nf_srtp_endpoint_alloc(struct nf_srtp_session *session,
						const struct net *net,
						const struct nf_srtp_pair *pair,
						enum srtp_port port);

/* Free endpoints that are in no table any more, after a grace period. */
void nf_srtp_endpoints_free(struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX]);

/**
 * nf_srtp_endpoints_exchange - replace the endpoints of a session in the table
 * @held: those in the table, with NULL for none
 * @next: those to be put there, likewise
 *
 * Afterwards the two arrays have changed places.
 *
 * Return: 0, or -EEXIST when another session holds a pair; then nothing changed.
 */
int nf_srtp_endpoints_exchange(struct nf_srtp_endpoint *held[NF_SRTP_ENDPOINTS_MAX],
			       struct nf_srtp_endpoint *next[NF_SRTP_ENDPOINTS_MAX]);

/* Only the administrator chooses what is in the table, so a cheap hash does. */
static inline struct hlist_head *nf_srtp_endpoint_bucket(const struct nf_srtp_pair *pair)
{
	u32 port = (__force u32)pair->local_port;
	u32 address = pair->family == NFPROTO_IPV4 ? (__force u32)pair->local.ip :
						     ipv6_addr_hash(&pair->local.in6);

	return &nf_srtp_endpoint_table[hash_32(address ^ port << 16 ^ port ^ nf_srtp_endpoint_seed,
					       NF_SRTP_ENDPOINT_TABLE_BITS)];
}

static inline bool nf_srtp_address_equal(u8 family, const union nf_inet_addr *a,
					 const union nf_inet_addr *b)
{
	if (family == NFPROTO_IPV4)
		return a->ip == b->ip;
	return ipv6_addr_equal(&a->in6, &b->in6);
}

/**
 * nf_srtp_endpoint_find - the endpoint that a packet belongs to; under RCU
 * @net: namespace
 * @pair: addresses and ports of the packet, seen from the phone
 * @port_taken: set when the local port has a session with another remote address
 *
 * Return: the endpoint or NULL.
 */
static __always_inline struct nf_srtp_endpoint *
nf_srtp_endpoint_find(const struct net *net, const struct nf_srtp_pair *pair, bool *port_taken)
{
	struct nf_srtp_endpoint *endpoint;

	*port_taken = false;
	hlist_for_each_entry_rcu(endpoint, nf_srtp_endpoint_bucket(pair), node) {
		if (endpoint->pair.local_port != pair->local_port || endpoint->net != net ||
		    endpoint->pair.family != pair->family ||
		    !nf_srtp_address_equal(pair->family, &endpoint->pair.local, &pair->local))
			continue;
		if (likely(endpoint->pair.remote_port == pair->remote_port &&
			   nf_srtp_address_equal(pair->family, &endpoint->pair.remote,
						 &pair->remote)))
			return endpoint;
		*port_taken = true;
	}
	return NULL;
}

#endif
