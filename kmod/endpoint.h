/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An endpoint is a session as packets find it: by a local port. Each namespace
 * has a hash table of them, so that nobody can make another one's lookups slow.
 */
#ifndef NF_SRTP_ENDPOINT_H
#define NF_SRTP_ENDPOINT_H

#include <linux/hash.h>
#include <linux/netfilter.h>
#include <linux/rculist.h>
#include <net/ipv6.h>

#include "core/packet.h"
#include "netns.h"

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
 * @session: the session, which outlives its endpoints
 * @pair: addresses
 * @port: what the port carries, enum srtp_port
 * @rcu: for freeing
 *
 * Never changed once it is in the table; another address means another endpoint.
 */
struct nf_srtp_endpoint {
	struct hlist_node node;
	struct nf_srtp_session *session;
	struct nf_srtp_pair pair;
	u8 port;
	struct rcu_head rcu;
};

/* Make the table of a namespace unless it has one; locked. Return: 0 or -ENOMEM. */
int nf_srtp_endpoint_table_init(struct nf_srtp_netns *ns);
void nf_srtp_endpoint_table_exit(struct nf_srtp_netns *ns);

/* An endpoint that is in no table yet, or NULL without memory. */
struct nf_srtp_endpoint *nf_srtp_endpoint_alloc(struct nf_srtp_session *session,
						const struct nf_srtp_pair *pair,
						enum srtp_port port);

/* Free endpoints that are in no table any more, after a grace period. */
void nf_srtp_endpoints_free(struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX]);

/**
 * nf_srtp_endpoints_exchange - replace the endpoints of a session in the table
 * @ns: namespace, locked
 * @held: those in the table, with NULL for none
 * @next: those to be put there, likewise
 *
 * Afterwards the two arrays have changed places.
 *
 * Return: 0, or -EEXIST when another session holds a pair; then nothing changed.
 */
int nf_srtp_endpoints_exchange(struct nf_srtp_netns *ns,
			       struct nf_srtp_endpoint *held[NF_SRTP_ENDPOINTS_MAX],
			       struct nf_srtp_endpoint *next[NF_SRTP_ENDPOINTS_MAX]);

/* Only the administrator of the namespace chooses what is in the table, so a cheap hash does. */
static inline struct hlist_head *nf_srtp_endpoint_bucket(const struct nf_srtp_netns *ns,
							 const struct nf_srtp_pair *pair)
{
	u32 port = (__force u32)pair->local_port;
	u32 address = pair->family == NFPROTO_IPV4 ? (__force u32)pair->local.ip :
						     ipv6_addr_hash(&pair->local.in6);

	return &ns->endpoints[hash_32(address ^ port << 16 ^ port, NF_SRTP_ENDPOINT_TABLE_BITS)];
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
 * @ns: namespace
 * @pair: addresses and ports of the packet, seen from the phone
 * @port_taken: set when the local port has a session with another remote address
 *
 * Return: the endpoint or NULL.
 */
static __always_inline struct nf_srtp_endpoint *
nf_srtp_endpoint_find(const struct nf_srtp_netns *ns, const struct nf_srtp_pair *pair,
		      bool *port_taken)
{
	struct nf_srtp_endpoint *endpoint;

	*port_taken = false;
	hlist_for_each_entry_rcu(endpoint, nf_srtp_endpoint_bucket(ns, pair), node) {
		if (endpoint->pair.local_port != pair->local_port ||
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
