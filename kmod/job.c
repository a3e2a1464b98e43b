// SPDX-License-Identifier: GPL-2.0-only
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <net/dst.h>
#include <net/sock.h>

#include "drop.h"
#include "events.h"
#include "job.h"
#include "objects.h"

/**
 * struct job - a packet in the hands of the cipher
 * @transform: the packet; session and key are referenced
 * @state: of the hook; devices and socket are referenced
 * @in_tracker: of the reference to the device it came by
 * @out_tracker: of the reference to the device it leaves by
 * @request: memory for the cipher, last for its length
 */
struct job {
	struct nf_srtp_transform transform;
	struct nf_hook_state state;
	netdevice_tracker in_tracker;
	netdevice_tracker out_tracker;
	u8 request[] __aligned(CRYPTO_MINALIGN);
};

size_t nf_srtp_job_size(void)
{
	return sizeof(struct job) + nf_srtp_aead_request_size();
}

DEFINE_PER_CPU(const struct sk_buff *, nf_srtp_job_returning);

void nf_srtp_job_continue(struct sk_buff *skb, const struct nf_hook_state *state)
{
	this_cpu_write(nf_srtp_job_returning, skb);
	NF_HOOK(state->pf, state->hook, state->net, state->sk, skb, state->in, state->out,
		state->okfn);
	this_cpu_write(nf_srtp_job_returning, NULL);
}

/*
 * Everything that the packet only borrowed from its hook. What is about to go, or
 * a route that has gone, ends the packet.
 */
static bool job_hold(struct job *job)
{
	struct sk_buff *skb = job->transform.datagram.skb;
	struct sock *sk = job->state.sk;

	if (skb_dst(skb) && !skb_dst_force(skb))
		return false;
	if (!nf_srtp_session_tryget(job->transform.session))
		return false;
	if (!nf_srtp_key_tryget(job->transform.key))
		goto put_session;
	if (sk && !refcount_inc_not_zero(&sk->sk_refcnt))
		goto put_key;
	netdev_hold(job->state.in, &job->in_tracker, GFP_ATOMIC);
	netdev_hold(job->state.out, &job->out_tracker, GFP_ATOMIC);
	atomic_inc(&job->transform.session->ns->jobs);
	return true;

put_key:
	nf_srtp_key_put(job->transform.key);
put_session:
	nf_srtp_session_put(job->transform.session);
	return false;
}

static void job_free(struct job *job)
{
	struct nf_srtp_netns *ns = job->transform.session->ns;

	netdev_put(job->state.in, &job->in_tracker);
	netdev_put(job->state.out, &job->out_tracker);
	if (job->state.sk)
		sock_put(job->state.sk);
	nf_srtp_key_put(job->transform.key);
	nf_srtp_session_put(job->transform.session);
	nf_srtp_object_free(NF_SRTP_OBJECT_JOB, job);
	/* The namespace waits for a grace period after the last job. */
	rcu_read_lock();
	if (atomic_dec_and_test(&ns->jobs))
		wake_up_all(&ns->idle);
	rcu_read_unlock();
}

static enum nf_srtp_drop_reason transform_end(struct nf_srtp_transform *transform, int err)
{
	if (transform->way == NF_SRTP_TX)
		return nf_srtp_protect_end(transform, err);
	return nf_srtp_unprotect_end(transform, err);
}

static void job_complete(void *arg, int err)
{
	struct job *job = arg;
	struct nf_srtp_transform *transform = &job->transform;
	struct nf_srtp_session *session = transform->session;
	struct sk_buff *skb = transform->datagram.skb;
	enum nf_srtp_drop_reason reason;

	local_bh_disable();
	rcu_read_lock();
	reason = transform_end(transform, err);
	if (likely(reason == NF_SRTP_DROP_REASON_NONE)) {
		nf_srtp_counters_add_passed(session->ns->counters, transform->way,
					    transform->rtcp, transform->clear_len);
		nf_srtp_job_continue(skb, &job->state);
	} else {
		nf_srtp_event_refused(session, transform->way, reason);
		nf_srtp_drop_note(session->ns, skb, transform->way, reason, false);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	local_bh_enable();
	job_free(job);
}

unsigned int nf_srtp_job_submit(struct nf_srtp_transform *transform,
				const struct nf_hook_state *state,
				enum nf_srtp_drop_reason *reason)
{
	struct nf_srtp_transform *mine;
	struct job *job;
	int err;

	job = nf_srtp_object_alloc(NF_SRTP_OBJECT_JOB, GFP_ATOMIC);
	if (!job) {
		*reason = transform_end(transform, -ENOMEM);
		return NF_DROP;
	}
	job->transform = *transform;
	job->state = *state;
	if (!job_hold(job)) {
		nf_srtp_object_free(NF_SRTP_OBJECT_JOB, job);
		*reason = transform_end(transform, -ENOENT);
		return NF_DROP;
	}
	mine = &job->transform;
	err = nf_srtp_cipher_submit(nf_srtp_transform_cipher(mine),
				    (struct nf_srtp_request *)job->request, job_complete, job,
				    nf_srtp_transform_at(mine), mine->op.aad_len,
				    mine->op.text_len, mine->op.iv, mine->way == NF_SRTP_TX);
	if (err == -EINPROGRESS)
		return NF_STOLEN;
	*reason = transform_end(mine, err);
	job_free(job);
	return *reason == NF_SRTP_DROP_REASON_NONE ? NF_ACCEPT : NF_DROP;
}
