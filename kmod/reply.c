// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fips.h>
#include <linux/module.h>
#include <linux/timekeeping.h>

#include "objects.h"
#include "policy.h"
#include "reply.h"
#include "selftest.h"

static int put_address(struct sk_buff *msg, int type, u8 family, const union nf_inet_addr *address)
{
	return nla_put(msg, type, family == NFPROTO_IPV4 ? 4 : 16, address);
}

static int put_addresses(struct sk_buff *msg, const struct nf_srtp_session *session)
{
	struct nf_srtp_addresses addresses;
	const struct nf_srtp_pair *rtp = &addresses.rtp;

	nf_srtp_session_addresses(session, &addresses);
	if (put_address(msg, NF_SRTP_A_SESSION_LOCAL_ADDRESS, rtp->family, &rtp->local) ||
	    put_address(msg, NF_SRTP_A_SESSION_REMOTE_ADDRESS, rtp->family, &rtp->remote) ||
	    nla_put_u16(msg, NF_SRTP_A_SESSION_LOCAL_PORT, ntohs(rtp->local_port)) ||
	    nla_put_u16(msg, NF_SRTP_A_SESSION_REMOTE_PORT, ntohs(rtp->remote_port)) ||
	    nla_put_u8(msg, NF_SRTP_A_SESSION_RTCP_MUX, addresses.mux))
		return -EMSGSIZE;
	if (addresses.mux)
		return 0;
	if (nla_put_u16(msg, NF_SRTP_A_SESSION_LOCAL_RTCP_PORT,
			ntohs(addresses.local_rtcp_port)) ||
	    nla_put_u16(msg, NF_SRTP_A_SESSION_REMOTE_RTCP_PORT,
			ntohs(addresses.remote_rtcp_port)))
		return -EMSGSIZE;
	return 0;
}

static int put_key(struct sk_buff *msg, const struct nf_srtp_key *key, bool active)
{
	struct nlattr *nest = nla_nest_start(msg, NF_SRTP_A_DIRECTION_KEY);

	if (!nest)
		return -EMSGSIZE;
	if ((key->mki_len && nla_put(msg, NF_SRTP_A_KEY_MKI, key->mki_len, key->mki)) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_KEY_LIFETIME, key->limit[0], NF_SRTP_A_KEY_PAD) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_KEY_USED_RTP, key->used[0], NF_SRTP_A_KEY_PAD) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_KEY_USED_RTCP, key->used[1], NF_SRTP_A_KEY_PAD) ||
	    nla_put_u8(msg, NF_SRTP_A_KEY_ACTIVE, active) ||
	    nla_put_u8(msg, NF_SRTP_A_KEY_EXPIRED, key->expired) ||
	    nla_put_u32(msg, NF_SRTP_A_KEY_AGE, ktime_get_boottime_seconds() - key->set_at))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_keys(struct sk_buff *msg, struct nf_srtp_direction *direction)
{
	int i;

	for (i = 0; i < NF_SRTP_KEYS_MAX; i++) {
		const struct nf_srtp_key *key = rcu_dereference_protected(direction->keys[i],
						lockdep_is_held(&direction->lock));

		if (key && put_key(msg, key, key == rcu_access_pointer(direction->active)))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_stream(struct sk_buff *msg, const struct nf_srtp_stream *stream)
{
	struct nlattr *nest = nla_nest_start(msg, NF_SRTP_A_DIRECTION_STREAM);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(msg, NF_SRTP_A_STREAM_SSRC, stream->core.ssrc) ||
	    nla_put_u32(msg, NF_SRTP_A_STREAM_ROC, stream->core.rtp_highest >> 16) ||
	    nla_put_u16(msg, NF_SRTP_A_STREAM_SEQ, stream->core.rtp_highest) ||
	    nla_put_u32(msg, NF_SRTP_A_STREAM_RTCP_INDEX, stream->core.rtcp_highest) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_STREAM_PACKETS, stream->packets,
			      NF_SRTP_A_STREAM_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_streams(struct sk_buff *msg, const struct nf_srtp_direction *direction, u32 most)
{
	struct nf_srtp_stream *stream;

	hlist_for_each_entry(stream, &direction->streams, node) {
		if (!most--)
			break;
		if (put_stream(msg, stream))
			return -EMSGSIZE;
	}
	return 0;
}

static int put_passed(struct sk_buff *msg, const struct nf_srtp_passed *passed, u64 other)
{
	if (nla_put_u64_64bit(msg, NF_SRTP_A_DIRECTION_RTP_PACKETS, passed->rtp_packets,
			      NF_SRTP_A_DIRECTION_PAD) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_DIRECTION_RTP_BYTES, passed->rtp_bytes,
			      NF_SRTP_A_DIRECTION_PAD) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_DIRECTION_RTCP_PACKETS, passed->rtcp_packets,
			      NF_SRTP_A_DIRECTION_PAD) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_DIRECTION_RTCP_BYTES, passed->rtcp_bytes,
			      NF_SRTP_A_DIRECTION_PAD) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_DIRECTION_OTHER_PACKETS, other,
			      NF_SRTP_A_DIRECTION_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_drop(struct sk_buff *msg, int type, u32 reason, u64 packets)
{
	struct nlattr *nest;

	if (!packets)
		return 0;
	nest = nla_nest_start(msg, type);
	if (!nest || nla_put_u32(msg, NF_SRTP_A_DROP_REASON, reason) ||
	    nla_put_u64_64bit(msg, NF_SRTP_A_DROP_PACKETS, packets, NF_SRTP_A_DROP_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_direction_counters(struct sk_buff *msg, struct nf_srtp_direction *direction)
{
	u32 reason;

	if (put_passed(msg, &direction->passed, (u32)atomic_read(&direction->other_packets)))
		return -EMSGSIZE;
	for (reason = 0; reason < NF_SRTP_DROP_REASONS; reason++) {
		if (put_drop(msg, NF_SRTP_A_DIRECTION_DROP, reason,
			     (u32)atomic_read(&direction->drops[reason])))
			return -EMSGSIZE;
	}
	if (!direction->passed_any)
		return 0;
	return nla_put_u32(msg, NF_SRTP_A_DIRECTION_SILENT,
			   jiffies_to_msecs(jiffies - direction->last_passed));
}

static int put_direction(struct sk_buff *msg, int type, struct nf_srtp_direction *direction,
			 bool details, u32 streams)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	int err;

	if (!nest)
		return -EMSGSIZE;
	spin_lock_bh(&direction->lock);
	err = put_direction_counters(msg, direction);
	if (!err && details)
		err = put_keys(msg, direction);
	if (!err && details)
		err = put_streams(msg, direction, streams);
	spin_unlock_bh(&direction->lock);
	if (err)
		return err;
	nla_nest_end(msg, nest);
	return 0;
}

int nf_srtp_reply_put_session(struct sk_buff *msg, struct nf_srtp_session *session, u32 streams)
{
	if (nla_put_u32(msg, NF_SRTP_A_SESSION_ID, session->id) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_SUITE, session->suite) ||
	    put_addresses(msg, session) ||
	    put_direction(msg, NF_SRTP_A_SESSION_TX, &session->way[NF_SRTP_TX], true, streams) ||
	    put_direction(msg, NF_SRTP_A_SESSION_RX, &session->way[NF_SRTP_RX], true, streams) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_HOLD, session->hold) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_PASS, session->pass) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_SILENCE_TIMEOUT, session->silence_ms) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_STATE,
			session->draining ? NF_SRTP_SESSION_STATE_DRAINING :
					    NF_SRTP_SESSION_STATE_ACTIVE) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_AGE,
			ktime_get_boottime_seconds() - session->made_at))
		return -EMSGSIZE;
	return 0;
}

int nf_srtp_reply_put_session_counters(struct sk_buff *msg, struct nf_srtp_session *session)
{
	if (nla_put_u32(msg, NF_SRTP_A_COUNTERS_SESSION_ID, session->id) ||
	    put_direction(msg, NF_SRTP_A_COUNTERS_TX, &session->way[NF_SRTP_TX], false, 0) ||
	    put_direction(msg, NF_SRTP_A_COUNTERS_RX, &session->way[NF_SRTP_RX], false, 0))
		return -EMSGSIZE;
	return 0;
}

static int put_way_counters(struct sk_buff *msg, int type,
			    const struct nf_srtp_way_counters *counters)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	u32 reason;

	if (!nest || put_passed(msg, &counters->passed, counters->other_packets))
		return -EMSGSIZE;
	for (reason = 0; reason < NF_SRTP_DROP_REASONS; reason++) {
		if (put_drop(msg, NF_SRTP_A_DIRECTION_DROP, reason, counters->drops[reason]) ||
		    put_drop(msg, NF_SRTP_A_DIRECTION_MONITORED, reason,
			     counters->monitored[reason]))
			return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

int nf_srtp_reply_put_counters(struct sk_buff *msg, struct nf_srtp_netns *ns)
{
	struct nf_srtp_way_counters sum;

	nf_srtp_counters_sum(ns->counters, NF_SRTP_TX, &sum);
	if (put_way_counters(msg, NF_SRTP_A_COUNTERS_TX, &sum))
		return -EMSGSIZE;
	nf_srtp_counters_sum(ns->counters, NF_SRTP_RX, &sum);
	return put_way_counters(msg, NF_SRTP_A_COUNTERS_RX, &sum);
}

int nf_srtp_reply_put_policy(struct sk_buff *msg, const struct nf_srtp_policy *policy)
{
	u32 i;

	if (nla_put_u32(msg, NF_SRTP_A_POLICY_MODE, policy->mode) ||
	    nla_put_u32(msg, NF_SRTP_A_POLICY_PASS, policy->pass) ||
	    nla_put_u32(msg, NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD,
			policy->auth_failure_threshold) ||
	    nla_put_u32(msg, NF_SRTP_A_POLICY_REPLAY_THRESHOLD, policy->replay_threshold))
		return -EMSGSIZE;
	for (i = 0; i < policy->ranges_count; i++) {
		struct nlattr *nest = nla_nest_start(msg, NF_SRTP_A_POLICY_RANGE);

		if (!nest || nla_put_u16(msg, NF_SRTP_A_RANGE_FIRST, policy->ranges[i].first) ||
		    nla_put_u16(msg, NF_SRTP_A_RANGE_LAST, policy->ranges[i].last))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

/* A session, its endpoints, one stream each way and the spare ones. */
static size_t session_bytes(void)
{
	return nf_srtp_object_size(NF_SRTP_OBJECT_SESSION) +
	       2 * nf_srtp_object_size(NF_SRTP_OBJECT_ENDPOINT) +
	       (2 + NF_SRTP_SPARE_STREAMS) * nf_srtp_object_size(NF_SRTP_OBJECT_STREAM);
}

int nf_srtp_reply_put_module(struct sk_buff *msg, const struct nf_srtp_netns *ns)
{
	if (nla_put_string(msg, NF_SRTP_A_MODULE_VERSION, THIS_MODULE->version) ||
	    nla_put_string(msg, NF_SRTP_A_MODULE_DRIVER, nf_srtp_driver.name) ||
	    (*nf_srtp_driver.fallback &&
	     nla_put_string(msg, NF_SRTP_A_MODULE_FALLBACK_DRIVER, nf_srtp_driver.fallback)) ||
	    nla_put_u8(msg, NF_SRTP_A_MODULE_ASYNCHRONOUS, nf_srtp_driver.asynchronous) ||
	    nla_put_u8(msg, NF_SRTP_A_MODULE_ACCELERATED, nf_srtp_driver.accelerated) ||
	    nla_put_u8(msg, NF_SRTP_A_MODULE_SELF_TEST, nf_srtp_selftest_passed) ||
	    nla_put_u8(msg, NF_SRTP_A_MODULE_FIPS, !!fips_enabled) ||
	    nla_put_u32(msg, NF_SRTP_A_MODULE_SESSIONS, ns->sessions_count) ||
	    nla_put_u32(msg, NF_SRTP_A_MODULE_SESSION_BYTES, session_bytes()))
		return -EMSGSIZE;
	return 0;
}

int nf_srtp_reply_put_event(struct sk_buff *msg, struct nf_srtp_session *session, u8 command,
			    enum nf_srtp_way way)
{
	struct nf_srtp_report report;

	spin_lock_bh(&session->way[way].lock);
	report = session->report[way];
	if (command == NF_SRTP_CMD_SSRC_NTF)
		report.ssrc = session->way[way].last_ssrc;
	spin_unlock_bh(&session->way[way].lock);
	if (nla_put_u32(msg, NF_SRTP_A_SESSION_ID, session->id) ||
	    nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_DIRECTION, way))
		return -EMSGSIZE;
	switch (command) {
	case NF_SRTP_CMD_FIRST_PACKET_NTF:
		return nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_SSRC, report.ssrc);
	case NF_SRTP_CMD_SSRC_NTF:
		if (nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_SSRC, report.ssrc))
			return -EMSGSIZE;
		return report.ssrc_changed ? nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_PREVIOUS_SSRC,
							 report.previous_ssrc) : 0;
	case NF_SRTP_CMD_AUTH_FAILURES_NTF:
		if (nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_CAUSE, report.cause))
			return -EMSGSIZE;
		fallthrough;
	case NF_SRTP_CMD_REPLAY_FLOOD_NTF:
	case NF_SRTP_CMD_SESSION_SILENT_NTF:
		return nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_COUNT, report.count);
	case NF_SRTP_CMD_KEY_SOFT_NTF:
		return nla_put_u64_64bit(msg, NF_SRTP_A_SESSION_EVENT_REMAINING, report.remaining,
					 NF_SRTP_A_SESSION_PAD);
	default:
		return 0;
	}
}
