// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "endpoint.h"
#include "objects.h"

int nf_srtp_endpoint_table_init(struct nf_srtp_netns *ns)
{
	if (ns->endpoints)
		return 0;
	ns->endpoints = kvcalloc(1 << NF_SRTP_ENDPOINT_TABLE_BITS, sizeof(*ns->endpoints),
				 GFP_KERNEL_ACCOUNT);
	return ns->endpoints ? 0 : -ENOMEM;
}

void nf_srtp_endpoint_table_exit(struct nf_srtp_netns *ns)
{
	kvfree(ns->endpoints);
}

static void endpoint_free_rcu(struct rcu_head *head)
{
	nf_srtp_object_free(NF_SRTP_OBJECT_ENDPOINT,
			    container_of(head, struct nf_srtp_endpoint, rcu));
}

struct nf_srtp_endpoint *nf_srtp_endpoint_alloc(struct nf_srtp_session *session,
						const struct nf_srtp_pair *pair,
						enum srtp_port port)
{
	struct nf_srtp_endpoint *endpoint =
		nf_srtp_object_alloc(NF_SRTP_OBJECT_ENDPOINT, GFP_KERNEL);

	if (!endpoint)
		return NULL;
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

/* Whether another session holds one of the pairs. */
static bool endpoints_clash(const struct nf_srtp_netns *ns,
			    struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX])
{
	struct nf_srtp_endpoint *found;
	bool taken;
	int i;

	for (i = 0; i < NF_SRTP_ENDPOINTS_MAX && endpoints[i]; i++) {
		found = nf_srtp_endpoint_find(ns, &endpoints[i]->pair, &taken);
		if (found && found->session != endpoints[i]->session)
			return true;
	}
	return false;
}

int nf_srtp_endpoints_exchange(struct nf_srtp_netns *ns,
			       struct nf_srtp_endpoint *held[NF_SRTP_ENDPOINTS_MAX],
			       struct nf_srtp_endpoint *next[NF_SRTP_ENDPOINTS_MAX])
{
	bool clash;
	int i;

	lockdep_assert_held(&ns->lock);
	rcu_read_lock();
	clash = endpoints_clash(ns, next);
	rcu_read_unlock();
	if (clash)
		return -EEXIST;
	/* At no moment is a port without an endpoint: its media would pass in clear. */
	for (i = 0; i < NF_SRTP_ENDPOINTS_MAX; i++) {
		if (next[i])
			hlist_add_head_rcu(&next[i]->node,
					   nf_srtp_endpoint_bucket(ns, &next[i]->pair));
	}
	for (i = 0; i < NF_SRTP_ENDPOINTS_MAX; i++) {
		if (held[i])
			hlist_del_rcu(&held[i]->node);
		swap(held[i], next[i]);
	}
	return 0;
}
