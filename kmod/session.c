// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/timekeeping.h>

#include "objects.h"
#include "prints.h"
#include "session.h"

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

static int endpoints_alloc(struct nf_srtp_endpoint *endpoints[NF_SRTP_ENDPOINTS_MAX],
			   struct nf_srtp_session *session,
			   const struct nf_srtp_addresses *addresses)
{
	struct nf_srtp_pair rtcp = addresses->rtp;

	endpoints[0] = nf_srtp_endpoint_alloc(session, &addresses->rtp,
					      addresses->mux ? SRTP_PORT_MUX : SRTP_PORT_RTP);
	endpoints[1] = NULL;
	if (endpoints[0] && addresses->mux)
		return 0;
	rtcp.local_port = addresses->local_rtcp_port;
	rtcp.remote_port = addresses->remote_rtcp_port;
	endpoints[1] = nf_srtp_endpoint_alloc(session, &rtcp, SRTP_PORT_RTCP);
	if (endpoints[0] && endpoints[1])
		return 0;
	nf_srtp_endpoints_free(endpoints);
	return -ENOMEM;
}

int nf_srtp_session_move(struct nf_srtp_session *session,
			 const struct nf_srtp_addresses *addresses,
			 struct nf_srtp_endpoint *left[NF_SRTP_ENDPOINTS_MAX])
{
	int err;

	err = endpoints_alloc(left, session, addresses);
	if (err)
		return err;
	err = nf_srtp_endpoints_exchange(session->ns, session->endpoints, left);
	if (err)
		nf_srtp_endpoints_free(left);
	return err;
}

void nf_srtp_session_move_back(struct nf_srtp_session *session,
			       struct nf_srtp_endpoint *left[NF_SRTP_ENDPOINTS_MAX])
{
	/* No packet may still be on its way past an endpoint that is linked anew. */
	synchronize_rcu();
	nf_srtp_endpoints_exchange(session->ns, session->endpoints, left);
	nf_srtp_endpoints_free(left);
}

int nf_srtp_session_publish(struct nf_srtp_session *session,
			    const struct nf_srtp_addresses *addresses)
{
	struct nf_srtp_endpoint *none[NF_SRTP_ENDPOINTS_MAX];
	struct nf_srtp_netns *ns = session->ns;
	int id, err;

	nf_srtp_session_fill_spare(session);
	if (!session->spare[NF_SRTP_SPARE_STREAMS - 1])
		return -ENOMEM;
	id = idr_alloc_cyclic(&ns->sessions, session, 1, NF_SRTP_SESSIONS_MAX + 1, GFP_KERNEL);
	if (id < 0)
		return id;
	session->id = id;
	/* Unloading would let its media out in clear, so a session holds the module. */
	err = try_module_get(THIS_MODULE) ? 0 : -EBUSY;
	if (!err) {
		err = nf_srtp_session_move(session, addresses, none);
		if (err)
			module_put(THIS_MODULE);
	}
	if (err)
		idr_remove(&ns->sessions, id);
	else
		WRITE_ONCE(ns->sessions_count, ns->sessions_count + 1);
	return err;
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

/* What was sent under its keys is on the wire: no later session may send under them. */
static void keys_remember(const struct nf_srtp_session *session)
{
	struct nf_srtp_netns *ns = session->ns;
	int i;

	if (!READ_ONCE(session->way[NF_SRTP_TX].passed_any) || !ns->prints)
		return;
	for (i = 0; i < NF_SRTP_PRINTS_MAX; i++) {
		if (session->tx_prints[i])
			nf_srtp_prints_add(ns, session->tx_prints[i]);
	}
}

void nf_srtp_session_unpublish(struct nf_srtp_session *session)
{
	struct nf_srtp_endpoint *none[NF_SRTP_ENDPOINTS_MAX] = {};
	struct nf_srtp_netns *ns = session->ns;

	nf_srtp_endpoints_exchange(ns, session->endpoints, none);
	nf_srtp_endpoints_free(none);
	keys_remember(session);
	idr_remove(&ns->sessions, session->id);
	nf_srtp_session_set_timed(session, false);
	WRITE_ONCE(ns->sessions_count, ns->sessions_count - 1);
	module_put(THIS_MODULE);
	nf_srtp_session_put(session);
}

void nf_srtp_session_defer(struct nf_srtp_session *session, unsigned int what)
{
	set_bit(what, &session->pending);
	if (!session->ns || test_and_set_bit(NF_SRTP_PENDING_QUEUED, &session->pending))
		return;
	/* A packet may still have found a session whose last reference is gone. */
	if (!nf_srtp_session_tryget(session)) {
		clear_bit(NF_SRTP_PENDING_QUEUED, &session->pending);
		return;
	}
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
