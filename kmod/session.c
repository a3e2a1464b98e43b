// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hash.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <net/ipv6.h>
#include <net/netns/hash.h>

#include "objects.h"
#include "session.h"

enum { TABLE_BITS = 14, TABLE_SIZE = 1 << TABLE_BITS };

/* Endpoints of all namespaces. Writers hold table_lock, readers RCU. */
static struct hlist_head *table __read_mostly;
static u32 table_seed __read_mostly;
static DEFINE_SPINLOCK(table_lock);

int nf_srtp_session_table_init(void)
{
	table = kvcalloc(TABLE_SIZE, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	table_seed = get_random_u32();
	return 0;
}

void nf_srtp_session_table_exit(void)
{
	kvfree(table);
}

static struct hlist_head *table_bucket(const struct net *net, const struct nf_srtp_pair *pair)
{
	u32 port = (__force u32)pair->local_port;
	u32 seed = table_seed ^ net_hash_mix(net) ^ port << 16 ^ port;
	u32 address;

	/* Only the administrator chooses what is in the table, so a cheap hash does. */
	if (pair->family == NFPROTO_IPV4)
		address = (__force u32)pair->local.ip;
	else
		address = ipv6_addr_hash(&pair->local.in6);
	return &table[hash_32(address ^ seed, TABLE_BITS)];
}

static bool address_equal(u8 family, const union nf_inet_addr *a, const union nf_inet_addr *b)
{
	if (family == NFPROTO_IPV4)
		return a->ip == b->ip;
	return ipv6_addr_equal(&a->in6, &b->in6);
}

static bool local_equal(const struct nf_srtp_endpoint *endpoint, const struct net *net,
			const struct nf_srtp_pair *pair)
{
	return endpoint->pair.local_port == pair->local_port &&
	       endpoint->pair.family == pair->family && endpoint->net == net &&
	       address_equal(pair->family, &endpoint->pair.local, &pair->local);
}

struct nf_srtp_endpoint *nf_srtp_endpoint_find(const struct net *net,
					       const struct nf_srtp_pair *pair, bool *port_taken)
{
	struct nf_srtp_endpoint *endpoint;

	*port_taken = false;
	hlist_for_each_entry_rcu(endpoint, table_bucket(net, pair), node,
				 lockdep_is_held(&table_lock)) {
		if (!local_equal(endpoint, net, pair))
			continue;
		if (endpoint->pair.remote_port == pair->remote_port &&
		    address_equal(pair->family, &endpoint->pair.remote, &pair->remote))
			return endpoint;
		*port_taken = true;
	}
	return NULL;
}

static void endpoint_free(struct rcu_head *head)
{
	nf_srtp_object_free(NF_SRTP_OBJECT_ENDPOINT,
			    container_of(head, struct nf_srtp_endpoint, rcu));
}

static struct nf_srtp_endpoint *endpoint_alloc(struct nf_srtp_session *session,
					       const struct nf_srtp_pair *pair, enum srtp_port port)
{
	struct nf_srtp_endpoint *endpoint =
		nf_srtp_object_alloc(NF_SRTP_OBJECT_ENDPOINT, GFP_KERNEL);

	if (!endpoint)
		return NULL;
	endpoint->net = session->ns->net;
	endpoint->session = session;
	endpoint->pair = *pair;
	endpoint->port = port;
	return endpoint;
}

static void endpoints_free(struct nf_srtp_endpoint *endpoints[2])
{
	int i;

	for (i = 0; i < 2; i++) {
		if (endpoints[i])
			call_rcu(&endpoints[i]->rcu, endpoint_free);
		endpoints[i] = NULL;
	}
}

static int endpoints_alloc(struct nf_srtp_endpoint *endpoints[2], struct nf_srtp_session *session,
			   const struct nf_srtp_addresses *addresses)
{
	struct nf_srtp_pair rtcp = addresses->rtp;

	endpoints[0] = endpoint_alloc(session, &addresses->rtp,
				      addresses->mux ? SRTP_PORT_MUX : SRTP_PORT_RTP);
	endpoints[1] = NULL;
	if (endpoints[0] && addresses->mux)
		return 0;
	rtcp.local_port = addresses->local_rtcp_port;
	rtcp.remote_port = addresses->remote_rtcp_port;
	endpoints[1] = endpoint_alloc(session, &rtcp, SRTP_PORT_RTCP);
	if (endpoints[0] && endpoints[1])
		return 0;
	endpoints_free(endpoints);
	return -ENOMEM;
}

/* Whether another session holds one of the pairs; under table_lock. */
static bool endpoints_clash(struct nf_srtp_endpoint *endpoints[2])
{
	struct nf_srtp_endpoint *found;
	bool taken;
	int i;

	for (i = 0; i < 2 && endpoints[i]; i++) {
		found = nf_srtp_endpoint_find(endpoints[i]->net, &endpoints[i]->pair, &taken);
		if (found && found->session != endpoints[i]->session)
			return true;
	}
	return false;
}

static void endpoints_link(struct nf_srtp_endpoint *endpoints[2])
{
	int i;

	for (i = 0; i < 2 && endpoints[i]; i++)
		hlist_add_head_rcu(&endpoints[i]->node,
				   table_bucket(endpoints[i]->net, &endpoints[i]->pair));
}

static void endpoints_unlink(struct nf_srtp_endpoint *endpoints[2])
{
	int i;

	for (i = 0; i < 2 && endpoints[i]; i++)
		hlist_del_rcu(&endpoints[i]->node);
}

struct nf_srtp_session *nf_srtp_session_alloc(struct nf_srtp_netns *ns, enum nf_srtp_suite suite)
{
	struct nf_srtp_session *session = nf_srtp_object_alloc(NF_SRTP_OBJECT_SESSION, GFP_KERNEL);
	int way;

	if (!session)
		return NULL;
	refcount_set(&session->refs, 1);
	session->ns = ns;
	session->suite = suite;
	session->made_jiffies = jiffies;
	session->made_at = ktime_get_boottime_seconds();
	for (way = 0; way < NF_SRTP_WAYS; way++)
		nf_srtp_direction_init(&session->way[way]);
	return session;
}

static void session_free(struct rcu_head *head)
{
	struct nf_srtp_session *session = container_of(head, struct nf_srtp_session, rcu);
	int i;

	for (i = 0; i < NF_SRTP_WAYS; i++)
		nf_srtp_direction_exit(&session->way[i]);
	for (i = 0; i < NF_SRTP_SPARE_STREAMS; i++)
		nf_srtp_stream_free(session->spare[i]);
	nf_srtp_object_free(NF_SRTP_OBJECT_SESSION, session);
}

void nf_srtp_session_put(struct nf_srtp_session *session)
{
	if (refcount_dec_and_test(&session->refs))
		call_rcu(&session->rcu, session_free);
}

static int session_link(struct nf_srtp_session *session, struct nf_srtp_endpoint *endpoints[2])
{
	int err = 0;

	spin_lock_bh(&table_lock);
	if (endpoints_clash(endpoints)) {
		err = -EEXIST;
	} else {
		endpoints_unlink(session->endpoints);
		endpoints_link(endpoints);
	}
	spin_unlock_bh(&table_lock);
	return err;
}

int nf_srtp_session_move(struct nf_srtp_session *session,
			 const struct nf_srtp_addresses *addresses)
{
	struct nf_srtp_endpoint *endpoints[2];
	int err;

	err = endpoints_alloc(endpoints, session, addresses);
	if (err)
		return err;
	err = session_link(session, endpoints);
	if (err) {
		endpoints_free(endpoints);
		return err;
	}
	endpoints_free(session->endpoints);
	memcpy(session->endpoints, endpoints, sizeof(endpoints));
	return 0;
}

int nf_srtp_session_publish(struct nf_srtp_session *session,
			    const struct nf_srtp_addresses *addresses)
{
	struct nf_srtp_netns *ns = session->ns;
	int id, err;

	nf_srtp_session_fill_spare(session);
	if (!session->spare[NF_SRTP_SPARE_STREAMS - 1])
		return -ENOMEM;
	id = idr_alloc_cyclic(&ns->sessions, session, 1, NF_SRTP_SESSIONS_MAX + 1, GFP_KERNEL);
	if (id < 0)
		return id;
	session->id = id;
	err = nf_srtp_session_move(session, addresses);
	if (err) {
		idr_remove(&ns->sessions, id);
		return err;
	}
	/* Unloading would let its media out in clear, so a session holds the module. */
	__module_get(THIS_MODULE);
	ns->sessions_count++;
	return 0;
}

void nf_srtp_session_addresses(const struct nf_srtp_session *session,
			       struct nf_srtp_addresses *addresses)
{
	memset(addresses, 0, sizeof(*addresses));
	addresses->rtp = session->endpoints[0]->pair;
	addresses->mux = !session->endpoints[1];
	if (addresses->mux)
		return;
	addresses->local_rtcp_port = session->endpoints[1]->pair.local_port;
	addresses->remote_rtcp_port = session->endpoints[1]->pair.remote_port;
}

void nf_srtp_session_set_timed(struct nf_srtp_session *session, bool timed)
{
	struct nf_srtp_netns *ns = session->ns;

	if (session->timed == timed)
		return;
	session->timed = timed;
	if (!timed) {
		ns->timed--;
		return;
	}
	ns->timed++;
	schedule_delayed_work(&ns->tick, 0);
}

void nf_srtp_session_drain(struct nf_srtp_session *session, u32 ms)
{
	session->drain_until = jiffies + msecs_to_jiffies(ms);
	WRITE_ONCE(session->draining, true);
	nf_srtp_session_set_timed(session, true);
}

void nf_srtp_session_unpublish(struct nf_srtp_session *session)
{
	struct nf_srtp_netns *ns = session->ns;

	spin_lock_bh(&table_lock);
	endpoints_unlink(session->endpoints);
	spin_unlock_bh(&table_lock);
	endpoints_free(session->endpoints);
	idr_remove(&ns->sessions, session->id);
	nf_srtp_session_set_timed(session, false);
	ns->sessions_count--;
	module_put(THIS_MODULE);
	nf_srtp_session_put(session);
}

void nf_srtp_session_defer(struct nf_srtp_session *session, unsigned int what)
{
	set_bit(what, &session->pending);
	if (!session->ns || test_and_set_bit(NF_SRTP_PENDING_QUEUED, &session->pending))
		return;
	nf_srtp_session_get(session);
	llist_add(&session->pending_node, &session->ns->pending);
	schedule_work(&session->ns->pending_work);
}

struct nf_srtp_stream *nf_srtp_session_take_spare(struct nf_srtp_session *session, u32 ssrc)
{
	struct nf_srtp_stream *stream = NULL;
	int i;

	for (i = 0; i < NF_SRTP_SPARE_STREAMS && !stream; i++)
		stream = xchg(&session->spare[i], NULL);
	nf_srtp_session_defer(session, NF_SRTP_PENDING_SPARE);
	/* More SSRCs at once than lie ready are rare enough to allocate for. */
	if (!stream)
		return nf_srtp_stream_alloc(ssrc, GFP_ATOMIC | __GFP_NOWARN);
	stream->core.ssrc = ssrc;
	return stream;
}

void nf_srtp_session_fill_spare(struct nf_srtp_session *session)
{
	int i;

	for (i = 0; i < NF_SRTP_SPARE_STREAMS; i++) {
		struct nf_srtp_stream *stream;

		if (READ_ONCE(session->spare[i]))
			continue;
		stream = nf_srtp_stream_alloc(0, GFP_KERNEL);
		if (stream)
			stream = xchg(&session->spare[i], stream);
		nf_srtp_stream_free(stream);
	}
}
