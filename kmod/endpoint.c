// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>

#include "endpoint.h"
#include "objects.h"

struct hlist_head *nf_srtp_endpoint_table __read_mostly;
u32 nf_srtp_endpoint_seed __read_mostly;

/* Held by writers of the table; readers have RCU. */
static DEFINE_SPINLOCK(table_lock);

int nf_srtp_endpoint_table_init(void)
{
	nf_srtp_endpoint_table = kvcalloc(1 << NF_SRTP_ENDPOINT_TABLE_BITS,
					  sizeof(*nf_srtp_endpoint_table), GFP_KERNEL);
	if (!nf_srtp_endpoint_table)
		return -ENOMEM;
	nf_srtp_endpoint_seed = get_random_u32();
	return 0;
}

void nf_srtp_endpoint_table_exit(void)
{
	kvfree(nf_srtp_endpoint_table);
}

static void endpoint_free_rcu(struct rcu_head *head)
{
	nf_srtp_object_free(NF_SRTP_OBJECT_ENDPOINT,
			    container_of(head, struct nf_srtp_endpoint, rcu));
}

struct nf_srtp_endpoint *nf_srtp_endpoint_alloc(struct nf_srtp_session *session,
						const struct net *net,
						const struct nf_srtp_pair *pair,
						enum srtp_port port)
{
	struct nf_srtp_endpoint *endpoint =
		nf_srtp_object_alloc(NF_SRTP_OBJECT_ENDPOINT, GFP_KERNEL);

	if (!endpoint)
		return NULL;
	endpoint->net = net;
	endpoint->session = session;
	endpoint->pair = *pair;
	endpoint->port = port;
	return endpoint;
}

void nf_srtp_endpoints_free(struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX])
{
	int i;

	for (i = 0; i < NF_SRTP_ENDPOINTS_MAX; i++) {
		if (endpoints[i])
			call_rcu(&endpoints[i]->rcu, endpoint_free_rcu);
		endpoints[i] = NULL;
	}
}

/* Whether another session holds one of the pairs; under table_lock. */
static bool endpoints_clash(struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX])
{
	struct nf_srtp_endpoint *found;
	bool taken;
	int i;

	for (i = 0; i < NF_SRTP_ENDPOINTS_MAX && endpoints[i]; i++) {
		found = nf_srtp_endpoint_find(endpoints[i]->net, &endpoints[i]->pair, &taken);
		if (found && found->session != endpoints[i]->session)
			return true;
	}
	return false;
}

int nf_srtp_endpoints_exchange(struct nf_srtp_endpoint *held[NF_SRTP_ENDPOINTS_MAX],
			       struct nf_srtp_endpoint *next[NF_SRTP_ENDPOINTS_MAX])
{
	int i, err = 0;

	rcu_read_lock();
	spin_lock_bh(&table_lock);
	if (endpoints_clash(next))
		err = -EEXIST;
	for (i = 0; i < NF_SRTP_ENDPOINTS_MAX && !err; i++) {
		if (held[i])
			hlist_del_rcu(&held[i]->node);
		if (next[i])
			hlist_add_head_rcu(&next[i]->node, nf_srtp_endpoint_bucket(&next[i]->pair));
		swap(held[i], next[i]);
	}
	spin_unlock_bh(&table_lock);
	rcu_read_unlock();
	return err;
}
