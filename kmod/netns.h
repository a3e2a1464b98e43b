/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module keeps for one network namespace. */
#ifndef NF_SRTP_NETNS_H
#define NF_SRTP_NETNS_H

#include <linux/idr.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "counters.h"

struct nf_srtp_policy;
struct nf_srtp_prints;

/* Two families, two directions. */
enum { NF_SRTP_HOOKS = 4 };

/**
 * struct nf_srtp_netns - sessions, policy and counters of a namespace
 * @sessions: by id, under @lock
 * @timed: sessions that want the tick, under @lock
 * @hooked: @hooks are registered, under @lock
 * @endpoints: hash table of sessions by their ports, changed under @lock, made
 *             before the hooks
 * @prints: fingerprints of keys that ended sessions have sent under, likewise
 * @pending: sessions whose packets left something to do in process context
 * @jobs: packets that an asynchronous cipher holds
 */
struct nf_srtp_netns {
	struct net *net;
	struct nf_srtp_policy __rcu *policy;
	struct nf_srtp_counters __percpu *counters;
	atomic_t jobs;
	struct llist_head pending;
	struct work_struct pending_work;
	struct mutex lock; /* of every change from netlink or a worker */
	struct idr sessions;
	unsigned int sessions_count;
	unsigned int timed;
	bool hooked;
	struct hlist_head *endpoints;
	struct nf_srtp_prints *prints;
	struct nf_hook_ops hooks[NF_SRTP_HOOKS];
	struct delayed_work tick;
	wait_queue_head_t idle;
};

extern unsigned int nf_srtp_netns_id __read_mostly;

static inline struct nf_srtp_netns *nf_srtp_netns(const struct net *net)
{
	return net_generic(net, nf_srtp_netns_id);
}

int nf_srtp_netns_register(void);
void nf_srtp_netns_unregister(void);

#endif
