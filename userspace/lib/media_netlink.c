// SPDX-License-Identifier: Apache-2.0
#include "media_netlink.h"

#include <errno.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>

#include "media_decode.h"
#include "media_link.h"

/* A request without attributes. */
static int request_bare(struct media_link *link, uint8_t command, int flags,
			struct media_exchange *exchange, struct refusal *why)
{
	struct nl_msg *msg = media_request_new(link, command, flags, why);

	return msg ? media_request_send(link, msg, exchange, why) : -ENOMEM;
}

/* The put functions return 0 or a negative number when the request is full. */
static int put_key(struct nl_msg *msg, const struct media_direction_change *change)
{
	const struct sdes *key = change->key;
	struct nlattr *nest;
	int err;

	if (!key && !change->activate_len)
		return 0;
	nest = nla_nest_start(msg, NF_SRTP_A_DIRECTION_KEY | NLA_F_NESTED);
	if (!nest)
		return -1;
	if (!key) {
		err = nla_put(msg, NF_SRTP_A_KEY_MKI, change->activate_len, change->activate);
		nla_nest_end(msg, nest);
		return err;
	}
	err = nla_put(msg, NF_SRTP_A_KEY_MASTER, (int)secret_len(key->master),
		      secret_bytes(key->master));
	if (!err && key->mki_len)
		err = nla_put(msg, NF_SRTP_A_KEY_MKI, key->mki_len, key->mki);
	if (!err)
		err = nla_put_u64(msg, NF_SRTP_A_KEY_LIFETIME, key->lifetime);
	if (!err && change->standby)
		err = nla_put_u8(msg, NF_SRTP_A_KEY_ACTIVE, 0);
	nla_nest_end(msg, nest);
	return err;
}

static int put_roc(struct nl_msg *msg, const struct media_roc *roc)
{
	struct nlattr *nest = nla_nest_start(msg, NF_SRTP_A_DIRECTION_STREAM | NLA_F_NESTED);
	int err;

	if (!nest)
		return -1;
	err = nla_put_u32(msg, NF_SRTP_A_STREAM_SSRC, roc->ssrc);
	if (!err)
		err = nla_put_u32(msg, NF_SRTP_A_STREAM_ROC, roc->roc);
	nla_nest_end(msg, nest);
	return err;
}

static int put_direction(struct nl_msg *msg, int attribute,
			 const struct media_direction_change *change)
{
	struct nlattr *nest;
	int err;

	if (!change->key && !change->activate_len && !change->roc_count)
		return 0;
	nest = nla_nest_start(msg, attribute | NLA_F_NESTED);
	if (!nest)
		return -1;
	err = put_key(msg, change);
	if (!err && change->has_context)
		err = nla_put_u32(msg, NF_SRTP_A_DIRECTION_CONTEXT, change->context);
	for (size_t i = 0; !err && i < change->roc_count; i++)
		err = put_roc(msg, &change->rocs[i]);
	nla_nest_end(msg, nest);
	return err;
}

static int put_remote(struct nl_msg *msg, const struct media_address *remote)
{
	int err = 0;

	if (remote->len)
		err = nla_put(msg, NF_SRTP_A_SESSION_REMOTE_ADDRESS, remote->len, remote->bytes);
	if (!err && remote->port)
		err = nla_put_u16(msg, NF_SRTP_A_SESSION_REMOTE_PORT, remote->port);
	if (!err && remote->rtcp_port)
		err = nla_put_u16(msg, NF_SRTP_A_SESSION_REMOTE_RTCP_PORT, remote->rtcp_port);
	return err;
}

/* What both new and existing sessions take. */
static int put_change(struct nl_msg *msg, const struct media_session_change *change)
{
	int err = put_remote(msg, &change->remote);

	if (!err)
		err = put_direction(msg, NF_SRTP_A_SESSION_TX, &change->tx);
	if (!err)
		err = put_direction(msg, NF_SRTP_A_SESSION_RX, &change->rx);
	if (!err && change->has_hold)
		err = nla_put_u32(msg, NF_SRTP_A_SESSION_HOLD, change->hold);
	if (!err && change->has_pass)
		err = nla_put_u32(msg, NF_SRTP_A_SESSION_PASS, change->pass);
	if (!err && change->has_silence_timeout)
		err = nla_put_u32(msg, NF_SRTP_A_SESSION_SILENCE_TIMEOUT,
				  change->silence_timeout_ms);
	return err;
}

static int put_new(struct nl_msg *msg, const struct media_session_change *change)
{
	const struct media_address *local = &change->local;
	int err = nla_put_u32(msg, NF_SRTP_A_SESSION_SUITE, change->suite);

	if (!err)
		err = nla_put(msg, NF_SRTP_A_SESSION_LOCAL_ADDRESS, local->len, local->bytes);
	if (!err)
		err = nla_put_u16(msg, NF_SRTP_A_SESSION_LOCAL_PORT, local->port);
	if (!err && local->rtcp_port)
		err = nla_put_u16(msg, NF_SRTP_A_SESSION_LOCAL_RTCP_PORT, local->rtcp_port);
	if (!err && change->rtcp_mux)
		err = nla_put_u8(msg, NF_SRTP_A_SESSION_RTCP_MUX, 1);
	return err ? err : put_change(msg, change);
}

static int take_id(void *into, struct nlmsghdr *message)
{
	struct nlattr *id = genlmsg_attrlen(nlmsg_data(message), 0) > 0 ?
		nla_find(genlmsg_attrdata(nlmsg_data(message), 0),
			 genlmsg_attrlen(nlmsg_data(message), 0), NF_SRTP_A_SESSION_ID) : NULL;

	if (!id || nla_len(id) != sizeof(uint32_t))
		return -EPROTO;
	*(uint32_t *)into = nla_get_u32(id);
	return 0;
}

int media_session_new(struct media_link *link, const struct media_session_change *change,
		      uint32_t *id, struct refusal *why)
{
	struct media_exchange exchange = { .take = take_id, .into = id };
	struct nl_msg *msg = media_request_new(link, NF_SRTP_CMD_SESSION_NEW, 0, why);

	*id = 0;
	if (!msg)
		return -ENOMEM;
	if (put_new(msg, change))
		return media_request_drop(msg, why);
	return media_request_send(link, msg, &exchange, why);
}

int media_session_set(struct media_link *link, uint32_t id,
		      const struct media_session_change *change, struct refusal *why)
{
	struct media_exchange exchange = { 0 };
	struct nl_msg *msg = media_request_new(link, NF_SRTP_CMD_SESSION_SET, 0, why);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, NF_SRTP_A_SESSION_ID, id) || put_change(msg, change))
		return media_request_drop(msg, why);
	return media_request_send(link, msg, &exchange, why);
}

int media_session_del(struct media_link *link, uint32_t id, uint32_t drain_ms, struct refusal *why)
{
	struct media_exchange exchange = { 0 };
	struct nl_msg *msg = media_request_new(link, NF_SRTP_CMD_SESSION_DEL, 0, why);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, NF_SRTP_A_SESSION_ID, id) ||
	    (drain_ms && nla_put_u32(msg, NF_SRTP_A_SESSION_DRAIN, drain_ms)))
		return media_request_drop(msg, why);
	return media_request_send(link, msg, &exchange, why);
}

static int take_session(void *into, struct nlmsghdr *message)
{
	media_session_clear(into);
	return media_session_decode(into, message);
}

int media_session_get(struct media_link *link, uint32_t id, struct media_session *session,
		      struct refusal *why)
{
	struct media_exchange exchange = { .take = take_session, .into = session };
	struct nl_msg *msg = media_request_new(link, NF_SRTP_CMD_SESSION_GET, 0, why);
	int err;

	*session = (struct media_session){ 0 };
	if (!msg)
		return -ENOMEM;
	if (nla_put_u32(msg, NF_SRTP_A_SESSION_ID, id))
		return media_request_drop(msg, why);
	err = media_request_send(link, msg, &exchange, why);
	if (err)
		media_session_clear(session);
	return err;
}

struct session_list {
	struct media_session *sessions;
	size_t count;
};

static int take_sessions(void *into, struct nlmsghdr *message)
{
	struct session_list *list = into;
	struct media_session *grown;
	int err;

	grown = reallocarray(list->sessions, list->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->sessions = grown;
	err = media_session_decode(&grown[list->count], message);
	if (!err)
		list->count++;
	return err;
}

int media_sessions_list(struct media_link *link, struct media_session **sessions, size_t *count,
			struct refusal *why)
{
	struct session_list list = { 0 };
	struct media_exchange exchange = { .take = take_sessions, .into = &list };
	int err = request_bare(link, NF_SRTP_CMD_SESSION_GET, NLM_F_DUMP, &exchange, why);

	if (err) {
		media_sessions_free(list.sessions, list.count);
		list = (struct session_list){ 0 };
	}
	*sessions = list.sessions;
	*count = list.count;
	return err;
}

void media_sessions_free(struct media_session *sessions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		media_session_clear(&sessions[i]);
	free(sessions);
}

struct counters_list {
	struct media_counters *counters;
	size_t count;
};

static int take_counters(void *into, struct nlmsghdr *message)
{
	struct counters_list *list = into;
	struct media_counters *grown;
	int err;

	grown = reallocarray(list->counters, list->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	list->counters = grown;
	err = media_counters_decode(&grown[list->count], message);
	if (!err)
		list->count++;
	return err;
}

static int counters_request(struct media_link *link, int flags, struct media_counters **counters,
			    size_t *count, struct refusal *why)
{
	struct counters_list list = { 0 };
	struct media_exchange exchange = { .take = take_counters, .into = &list };
	int err = request_bare(link, NF_SRTP_CMD_COUNTERS_GET, flags, &exchange, why);

	if (err) {
		media_counters_free(list.counters, list.count);
		list = (struct counters_list){ 0 };
	}
	*counters = list.counters;
	*count = list.count;
	return err;
}

int media_counters_get(struct media_link *link, struct media_counters **counters, size_t *count,
		       struct refusal *why)
{
	return counters_request(link, 0, counters, count, why);
}

int media_counters_list(struct media_link *link, struct media_counters **counters, size_t *count,
			struct refusal *why)
{
	return counters_request(link, NLM_F_DUMP, counters, count, why);
}

void media_counters_free(struct media_counters *counters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		media_counters_clear(&counters[i]);
	free(counters);
}

static int take_policy(void *into, struct nlmsghdr *message)
{
	return media_policy_decode(into, message);
}

int media_policy_get(struct media_link *link, struct media_policy *policy, struct refusal *why)
{
	struct media_exchange exchange = { .take = take_policy, .into = policy };

	*policy = (struct media_policy){ 0 };
	return request_bare(link, NF_SRTP_CMD_POLICY_GET, 0, &exchange, why);
}

static int put_range(struct nl_msg *msg, const struct media_range *range)
{
	struct nlattr *nest = nla_nest_start(msg, NF_SRTP_A_POLICY_RANGE | NLA_F_NESTED);
	int err;

	if (!nest)
		return -1;
	err = nla_put_u16(msg, NF_SRTP_A_RANGE_FIRST, range->first);
	if (!err)
		err = nla_put_u16(msg, NF_SRTP_A_RANGE_LAST, range->last);
	nla_nest_end(msg, nest);
	return err;
}

static int put_policy(struct nl_msg *msg, const struct media_policy_change *change)
{
	int err = 0;

	if (change->has_mode)
		err = nla_put_u32(msg, NF_SRTP_A_POLICY_MODE, change->mode);
	for (size_t i = 0; !err && i < change->range_count; i++)
		err = put_range(msg, &change->ranges[i]);
	if (!err && change->has_pass)
		err = nla_put_u32(msg, NF_SRTP_A_POLICY_PASS, change->pass);
	if (!err && change->auth_failure_threshold)
		err = nla_put_u32(msg, NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD,
				  change->auth_failure_threshold);
	if (!err && change->replay_threshold)
		err = nla_put_u32(msg, NF_SRTP_A_POLICY_REPLAY_THRESHOLD, change->replay_threshold);
	return err;
}

int media_policy_set(struct media_link *link, const struct media_policy_change *change,
		     struct refusal *why)
{
	struct media_exchange exchange = { 0 };
	struct nl_msg *msg = media_request_new(link, NF_SRTP_CMD_POLICY_SET, 0, why);

	if (!msg)
		return -ENOMEM;
	if (put_policy(msg, change))
		return media_request_drop(msg, why);
	return media_request_send(link, msg, &exchange, why);
}

static int take_module(void *into, struct nlmsghdr *message)
{
	return media_module_decode(into, message);
}

int media_module_get(struct media_link *link, struct media_module *module, struct refusal *why)
{
	struct media_exchange exchange = { .take = take_module, .into = module };

	*module = (struct media_module){ 0 };
	return request_bare(link, NF_SRTP_CMD_MODULE_GET, 0, &exchange, why);
}

static int take_event(void *into, struct nlmsghdr *message)
{
	return media_event_decode(into, message);
}

int media_event_next(struct media_link *link, struct media_event *event, struct refusal *why)
{
	struct media_exchange exchange = { .take = take_event, .into = event };

	*event = (struct media_event){ 0 };
	return media_message_await(link, &exchange, why);
}
