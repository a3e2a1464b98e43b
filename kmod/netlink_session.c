// SPDX-License-Identifier: GPL-2.0-only
/* Requests about sessions: new, set, del, get. */
#include <net/ipv6.h>
#include <net/sock.h>

#include "compat/genetlink.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "policy.h"
#include "reply.h"
#include "request.h"
#include "selftest.h"

/* The kernel keeps a refusal's text by reference, so it must be a literal. */
#define refuse(info, text) ({ GENL_SET_ERR_MSG(info, text); -EINVAL; })

static bool address_is_unicast(u8 family, const union nf_inet_addr *address)
{
	if (family == NFPROTO_IPV6)
		return !ipv6_addr_any(&address->in6) && !ipv6_addr_is_multicast(&address->in6);
	return !ipv4_is_zeronet(address->ip) && !ipv4_is_multicast(address->ip) &&
	       !ipv4_is_lbcast(address->ip);
}

static int address_parse(const struct nlattr *attribute, union nf_inet_addr *address, u8 *family,
			 struct netlink_ext_ack *extack)
{
	int len = nla_len(attribute);

	memset(address, 0, sizeof(*address));
	if (len != 4 && len != 16) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "an address must have 4 bytes for IPv4 or 16 for IPv6");
		return -EINVAL;
	}
	memcpy(address, nla_data(attribute), len);
	*family = len == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
	if (!address_is_unicast(*family, address)) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "an address must be that of one host: give a unicast address");
		return -EINVAL;
	}
	return 0;
}

/* The pair's remote half, in a new session and in one that moves. */
static int remote_parse(struct nf_srtp_addresses *addresses, struct genl_info *info)
{
	const struct nlattr *address = info->attrs[NF_SRTP_A_SESSION_REMOTE_ADDRESS];
	const struct nlattr *port = info->attrs[NF_SRTP_A_SESSION_REMOTE_PORT];
	const struct nlattr *rtcp = info->attrs[NF_SRTP_A_SESSION_REMOTE_RTCP_PORT];
	u8 family;
	int err;

	if (address) {
		err = address_parse(address, &addresses->rtp.remote, &family, info->extack);
		if (err)
			return err;
		if (family != addresses->rtp.family) {
			NL_SET_ERR_MSG_ATTR(info->extack, address,
					    "remote-address must be of the same family as local-address");
			return -EINVAL;
		}
	}
	if (port)
		addresses->rtp.remote_port = htons(nla_get_u16(port));
	if (addresses->mux) {
		if (!rtcp)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, rtcp,
				    "remote-rtcp-port makes no sense with rtcp-mux: leave one of them out");
		return -EINVAL;
	}
	if (rtcp) {
		addresses->remote_rtcp_port = htons(nla_get_u16(rtcp));
	} else if (port) {
		if (nla_get_u16(port) == U16_MAX)
			return refuse(info,
				      "remote-rtcp-port is needed: no port follows remote-port");
		addresses->remote_rtcp_port = htons(nla_get_u16(port) + 1);
	}
	return 0;
}

static int local_rtcp_parse(struct nf_srtp_addresses *addresses, struct genl_info *info)
{
	const struct nlattr *rtcp = info->attrs[NF_SRTP_A_SESSION_LOCAL_RTCP_PORT];
	u16 port = ntohs(addresses->rtp.local_port);

	if (addresses->mux) {
		if (!rtcp)
			return 0;
		NL_SET_ERR_MSG_ATTR(info->extack, rtcp,
				    "local-rtcp-port makes no sense with rtcp-mux: leave one of them out");
		return -EINVAL;
	}
	if (!rtcp && port == U16_MAX)
		return refuse(info, "local-rtcp-port is needed: no port follows local-port");
	addresses->local_rtcp_port = htons(rtcp ? nla_get_u16(rtcp) : port + 1);
	if (addresses->local_rtcp_port != addresses->rtp.local_port)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, rtcp,
			    "local-rtcp-port is the RTP port: set rtcp-mux instead");
	return -EINVAL;
}

static int addresses_parse(struct nf_srtp_addresses *addresses, struct genl_info *info)
{
	const struct nlattr *mux = info->attrs[NF_SRTP_A_SESSION_RTCP_MUX];
	int err;

	memset(addresses, 0, sizeof(*addresses));
	if (!info->attrs[NF_SRTP_A_SESSION_LOCAL_ADDRESS] ||
	    !info->attrs[NF_SRTP_A_SESSION_LOCAL_PORT])
		return refuse(info, "local-address and local-port are needed");
	if (!info->attrs[NF_SRTP_A_SESSION_REMOTE_ADDRESS] ||
	    !info->attrs[NF_SRTP_A_SESSION_REMOTE_PORT])
		return refuse(info, "remote-address and remote-port are needed");
	err = address_parse(info->attrs[NF_SRTP_A_SESSION_LOCAL_ADDRESS], &addresses->rtp.local,
			    &addresses->rtp.family, info->extack);
	if (err)
		return err;
	addresses->rtp.local_port = htons(nla_get_u16(info->attrs[NF_SRTP_A_SESSION_LOCAL_PORT]));
	addresses->mux = mux && nla_get_u8(mux);
	err = local_rtcp_parse(addresses, info);
	if (err)
		return err;
	return remote_parse(addresses, info);
}

static struct nf_srtp_session *session_find(struct nf_srtp_netns *ns, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[NF_SRTP_A_SESSION_ID];
	struct nf_srtp_session *session;

	if (!id) {
		GENL_SET_ERR_MSG(info, "id is missing: name the session");
		return ERR_PTR(-EINVAL);
	}
	session = idr_find(&ns->sessions, nla_get_u32(id));
	if (!session) {
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "id names no session of this namespace: list the sessions");
		return ERR_PTR(-ENOENT);
	}
	return session;
}

/* The simple settings, once nothing can fail any more. */
static void settings_apply(struct nf_srtp_session *session, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;

	if (attrs[NF_SRTP_A_SESSION_HOLD])
		WRITE_ONCE(session->hold, nla_get_u32(attrs[NF_SRTP_A_SESSION_HOLD]));
	if (attrs[NF_SRTP_A_SESSION_PASS])
		WRITE_ONCE(session->pass, nla_get_u32(attrs[NF_SRTP_A_SESSION_PASS]));
	if (attrs[NF_SRTP_A_SESSION_SILENCE_TIMEOUT]) {
		session->silence_ms = nla_get_u32(attrs[NF_SRTP_A_SESSION_SILENCE_TIMEOUT]);
		session->silent_told = false;
	}
}

static int settings_check(struct genl_info *info)
{
	const struct nlattr *silence = info->attrs[NF_SRTP_A_SESSION_SILENCE_TIMEOUT];

	if (!silence || !nla_get_u32(silence) || nla_get_u32(silence) >= NF_SRTP_SILENCE_MIN_MS)
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, silence,
			    "silence-timeout must be 0 or at least 100 milliseconds");
	return -ERANGE;
}

static int session_insert(struct nf_srtp_netns *ns, struct nf_srtp_session *session,
			  const struct nf_srtp_addresses *addresses, struct genl_info *info)
{
	int err = nf_srtp_netlink_hook(ns, info->extack);

	if (err)
		return err;
	err = nf_srtp_session_publish(session, addresses);
	if (err == -EEXIST)
		GENL_SET_ERR_MSG(info,
				 "local and remote address belong to another session: delete it first");
	else if (err == -ENOSPC)
		GENL_SET_ERR_MSG(info, "too many sessions: delete some first");
	else if (err == -EBUSY)
		GENL_SET_ERR_MSG(info, "the module is being unloaded: load it again");
	else if (err)
		GENL_SET_ERR_MSG(info, "out of memory for the session, try again");
	return err;
}

static int session_reply(struct genl_info *info, u32 id)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *header;

	if (!msg)
		return -ENOMEM;
	header = genlmsg_put_reply(msg, info, &nf_srtp_family, 0, NF_SRTP_CMD_SESSION_NEW);
	if (!header || nla_put_u32(msg, NF_SRTP_A_SESSION_ID, id)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return genlmsg_reply(msg, info);
}

static int session_create(struct nf_srtp_netns *ns, struct genl_info *info,
			  struct nf_srtp_request_ways *ways, enum nf_srtp_suite suite)
{
	struct nf_srtp_addresses addresses;
	struct nf_srtp_session *session;
	int err;

	err = addresses_parse(&addresses, info);
	if (!err)
		err = settings_check(info);
	if (!err)
		err = nf_srtp_request_parse(ways, info, suite);
	if (err)
		return err;
	session = nf_srtp_session_alloc(ns, suite);
	if (!session) {
		GENL_SET_ERR_MSG(info, "out of memory for the session, try again");
		return -ENOMEM;
	}
	session->pass = rcu_dereference_protected(ns->policy, lockdep_is_held(&ns->lock))->pass;
	settings_apply(session, info);
	err = nf_srtp_request_apply(ways, session, info->extack);
	if (!err)
		err = session_insert(ns, session, &addresses, info);
	if (err) {
		nf_srtp_session_put(session);
		return err;
	}
	nf_srtp_session_set_timed(session, session->silence_ms);
	err = session_reply(info, session->id);
	if (err)
		nf_srtp_session_unpublish(session);
	return err;
}

int nf_srtp_nl_session_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(genl_info_net(info));
	const struct nlattr *suite = info->attrs[NF_SRTP_A_SESSION_SUITE];
	struct nf_srtp_request_ways *ways = NULL;
	int err = -EINVAL;

	if (!suite) {
		GENL_SET_ERR_MSG(info,
				 "suite is missing: name AEAD_AES_128_GCM or AEAD_AES_256_GCM");
	} else if (!nf_srtp_selftest_passed) {
		GENL_SET_ERR_MSG(info,
				 "the self-test failed, no media is passed: see the kernel log");
		err = -EKEYREJECTED;
	} else {
		ways = kzalloc(sizeof(*ways), GFP_KERNEL);
		err = -ENOMEM;
	}
	if (ways) {
		mutex_lock(&ns->lock);
		err = session_create(ns, info, ways, nla_get_u32(suite));
		mutex_unlock(&ns->lock);
		nf_srtp_request_free(ways);
		kfree(ways);
	}
	nf_srtp_request_wipe(info);
	return err;
}

/* Leaves what was there before in @left, or NULLs when nothing moves. */
static int session_relocate(struct nf_srtp_session *session, struct genl_info *info,
			    struct nf_srtp_endpoint *left[NF_SRTP_ENDPOINTS_MAX])
{
	struct nf_srtp_addresses addresses;
	int err;

	if (!info->attrs[NF_SRTP_A_SESSION_REMOTE_ADDRESS] &&
	    !info->attrs[NF_SRTP_A_SESSION_REMOTE_PORT] &&
	    !info->attrs[NF_SRTP_A_SESSION_REMOTE_RTCP_PORT])
		return 0;
	nf_srtp_session_addresses(session, &addresses);
	err = remote_parse(&addresses, info);
	if (err)
		return err;
	err = nf_srtp_session_move(session, &addresses, left);
	if (err == -EEXIST)
		GENL_SET_ERR_MSG(info,
				 "remote-address and ports belong to another session: delete it first");
	else if (err)
		GENL_SET_ERR_MSG(info, "out of memory for the new address, try again");
	return err;
}

static int session_change(struct nf_srtp_netns *ns, struct genl_info *info,
			  struct nf_srtp_request_ways *ways)
{
	struct nf_srtp_endpoint *left[NF_SRTP_ENDPOINTS_MAX] = {};
	struct nf_srtp_session *session = session_find(ns, info);
	int err;

	if (IS_ERR(session))
		return PTR_ERR(session);
	if (session->draining) {
		GENL_SET_ERR_MSG(info, "the session is ending: make a new one");
		return -EBUSY;
	}
	err = settings_check(info);
	if (!err)
		err = nf_srtp_request_parse(ways, info, session->suite);
	if (!err)
		err = session_relocate(session, info, left);
	if (err)
		return err;
	err = nf_srtp_request_apply(ways, session, info->extack);
	if (err) {
		if (left[0])
			nf_srtp_session_move_back(session, left);
		return err;
	}
	nf_srtp_endpoints_free(left);
	settings_apply(session, info);
	nf_srtp_session_set_timed(session, session->silence_ms);
	return 0;
}

int nf_srtp_nl_session_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(genl_info_net(info));
	struct nf_srtp_request_ways *ways = kzalloc(sizeof(*ways), GFP_KERNEL);
	int err = -ENOMEM;

	if (ways) {
		mutex_lock(&ns->lock);
		err = session_change(ns, info, ways);
		mutex_unlock(&ns->lock);
		nf_srtp_request_free(ways);
		kfree(ways);
	}
	nf_srtp_request_wipe(info);
	return err;
}

int nf_srtp_nl_session_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(genl_info_net(info));
	const struct nlattr *drain = info->attrs[NF_SRTP_A_SESSION_DRAIN];
	struct nf_srtp_session *session;

	u32 drain_ms = drain ? nla_get_u32(drain) : 0;

	if (drain_ms > NF_SRTP_DRAIN_MAX_MS) {
		NL_SET_ERR_MSG_ATTR(info->extack, drain,
				    "drain must be at most 60,000 milliseconds");
		return -ERANGE;
	}
	mutex_lock(&ns->lock);
	session = session_find(ns, info);
	if (IS_ERR(session)) {
		mutex_unlock(&ns->lock);
		return PTR_ERR(session);
	}
	if (drain_ms) {
		nf_srtp_session_drain(session, drain_ms);
	} else {
		nf_srtp_netlink_event(session, NF_SRTP_CMD_SESSION_DEL_NTF, NF_SRTP_TX);
		nf_srtp_session_unpublish(session);
	}
	mutex_unlock(&ns->lock);
	return 0;
}

static int session_get(struct nf_srtp_netns *ns, struct genl_info *info, struct sk_buff *msg)
{
	struct nf_srtp_session *session = session_find(ns, info);
	void *header;

	if (IS_ERR(session))
		return PTR_ERR(session);
	header = genlmsg_put_reply(msg, info, &nf_srtp_family, 0, NF_SRTP_CMD_SESSION_GET);
	if (!header || nf_srtp_reply_put_session(msg, session, NF_SRTP_REPLY_STREAMS))
		return -EMSGSIZE;
	genlmsg_end(msg, header);
	return 0;
}

int nf_srtp_nl_session_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nf_srtp_netns *ns = nf_srtp_netns(genl_info_net(info));
	struct sk_buff *msg = genlmsg_new(NF_SRTP_REPLY_BYTES, GFP_KERNEL);
	int err;

	if (!msg)
		return -ENOMEM;
	mutex_lock(&ns->lock);
	err = session_get(ns, info, msg);
	mutex_unlock(&ns->lock);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/* Put each session after the last one that fitted, as far as the buffer goes. */
static int sessions_dump(struct sk_buff *msg, struct netlink_callback *cb, u8 command,
			 int (*put)(struct sk_buff *msg, struct nf_srtp_session *session))
{
	struct nf_srtp_netns *ns = nf_srtp_netns(sock_net(msg->sk));
	struct nf_srtp_session *session;
	int id = cb->args[0] + 1;

	mutex_lock(&ns->lock);
	idr_for_each_entry_continue(&ns->sessions, session, id) {
		void *header = genlmsg_put(msg, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
					   &nf_srtp_family, NLM_F_MULTI, command);

		if (!header)
			break;
		if (put(msg, session)) {
			genlmsg_cancel(msg, header);
			break;
		}
		genlmsg_end(msg, header);
		cb->args[0] = id;
	}
	mutex_unlock(&ns->lock);
	if (session && !msg->len)
		return -EMSGSIZE;
	return msg->len;
}

static int session_dump_put(struct sk_buff *msg, struct nf_srtp_session *session)
{
	return nf_srtp_reply_put_session(msg, session, NF_SRTP_DUMP_STREAMS);
}

int nf_srtp_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return sessions_dump(skb, cb, NF_SRTP_CMD_SESSION_GET, session_dump_put);
}

int nf_srtp_nl_counters_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return sessions_dump(skb, cb, NF_SRTP_CMD_COUNTERS_GET,
			     nf_srtp_reply_put_session_counters);
}
