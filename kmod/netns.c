// SPDX-License-Identifier: GPL-2.0-only
#include <linux/percpu.h>

#include "events.h"
#include "hooks.h"
#include "netns.h"
#include "policy.h"
#include "prints.h"
#include "session.h"

unsigned int nf_srtp_netns_id __read_mostly;

static int __net_init netns_init(struct net *net)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(net);
	struct nf_srtp_policy *policy;

	ns->net = net;
	mutex_init(&ns->lock);
	idr_init(&ns->sessions);
	init_llist_head(&ns->pending);
	INIT_WORK(&ns->pending_work, nf_srtp_events_work);
	INIT_DELAYED_WORK(&ns->tick, nf_srtp_events_tick);
	init_waitqueue_head(&ns->idle);
	policy = nf_srtp_policy_alloc();
	if (!policy)
		return -ENOMEM;
	ns->counters = netdev_alloc_pcpu_stats(struct nf_srtp_counters);
	if (!ns->counters) {
		nf_srtp_policy_free(policy);
		return -ENOMEM;
	}
	RCU_INIT_POINTER(ns->policy, policy);
	return 0;
}

static void sessions_end(struct nf_srtp_netns *ns)
{
	struct nf_srtp_session *session;
	int id;

	mutex_lock(&ns->lock);
	idr_for_each_entry(&ns->sessions, session, id)
		nf_srtp_session_unpublish(session);
	mutex_unlock(&ns->lock);
}

/*
 * Both grace periods are due: a packet in a hook may still become a job, and the end
 * of the last job is still in a reader's section when it is counted.
 */
static void packets_end(struct nf_srtp_netns *ns)
{
	nf_srtp_hooks_unregister(ns);
	synchronize_rcu();
	wait_event(ns->idle, !atomic_read(&ns->jobs));
	synchronize_rcu();
}

/* Packets first, then what they left behind: sessions, workers. */
static void __net_exit netns_exit(struct net *net)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(net);

	if (ns->hooked)
		packets_end(ns);
	sessions_end(ns);
	cancel_delayed_work_sync(&ns->tick);
	flush_work(&ns->pending_work);
	nf_srtp_policy_exit(ns);
	idr_destroy(&ns->sessions);
	nf_srtp_endpoint_table_exit(ns);
	nf_srtp_prints_exit(ns);
	free_percpu(ns->counters);
}

static struct pernet_operations netns_ops = {
	.init = netns_init,
	.exit = netns_exit,
	.id = &nf_srtp_netns_id,
	.size = sizeof(struct nf_srtp_netns),
};

/* A device's last packets pass before its namespace goes, so this is a subsystem. */
int nf_srtp_netns_register(void)
{
	return register_pernet_subsys(&netns_ops);
}

void nf_srtp_netns_unregister(void)
{
	unregister_pernet_subsys(&netns_ops);
}
