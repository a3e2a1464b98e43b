// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	include/netlink/nf_srtp.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/nf_srtp.h>

/* Common nested types */
const struct nla_policy nf_srtp_direction_nl_policy[NF_SRTP_A_DIRECTION_PAD + 1] = {
	[NF_SRTP_A_DIRECTION_KEY] = NLA_POLICY_NESTED(nf_srtp_key_nl_policy),
	[NF_SRTP_A_DIRECTION_CONTEXT] = NLA_POLICY_MAX(NLA_U32, 1),
	[NF_SRTP_A_DIRECTION_STREAM] = NLA_POLICY_NESTED(nf_srtp_stream_nl_policy),
	[NF_SRTP_A_DIRECTION_RTP_PACKETS] = { .type = NLA_U64, },
	[NF_SRTP_A_DIRECTION_RTP_BYTES] = { .type = NLA_U64, },
	[NF_SRTP_A_DIRECTION_RTCP_PACKETS] = { .type = NLA_U64, },
	[NF_SRTP_A_DIRECTION_RTCP_BYTES] = { .type = NLA_U64, },
	[NF_SRTP_A_DIRECTION_OTHER_PACKETS] = { .type = NLA_U64, },
	[NF_SRTP_A_DIRECTION_DROP] = NLA_POLICY_NESTED(nf_srtp_drop_nl_policy),
	[NF_SRTP_A_DIRECTION_MONITORED] = NLA_POLICY_NESTED(nf_srtp_drop_nl_policy),
	[NF_SRTP_A_DIRECTION_SILENT] = { .type = NLA_U32, },
};

const struct nla_policy nf_srtp_drop_nl_policy[NF_SRTP_A_DROP_PAD + 1] = {
	[NF_SRTP_A_DROP_REASON] = NLA_POLICY_MAX(NLA_U32, 23),
	[NF_SRTP_A_DROP_PACKETS] = { .type = NLA_U64, },
};

const struct nla_policy nf_srtp_key_nl_policy[NF_SRTP_A_KEY_PAD + 1] = {
	[NF_SRTP_A_KEY_MASTER] = { .type = NLA_BINARY, },
	[NF_SRTP_A_KEY_MKI] = { .type = NLA_BINARY, },
	[NF_SRTP_A_KEY_LIFETIME] = { .type = NLA_U64, },
	[NF_SRTP_A_KEY_USED_RTP] = { .type = NLA_U64, },
	[NF_SRTP_A_KEY_USED_RTCP] = { .type = NLA_U64, },
	[NF_SRTP_A_KEY_ACTIVE] = { .type = NLA_U8, },
	[NF_SRTP_A_KEY_EXPIRED] = { .type = NLA_U8, },
	[NF_SRTP_A_KEY_AGE] = { .type = NLA_U32, },
};

const struct nla_policy nf_srtp_range_nl_policy[NF_SRTP_A_RANGE_LAST + 1] = {
	[NF_SRTP_A_RANGE_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_RANGE_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy nf_srtp_stream_nl_policy[NF_SRTP_A_STREAM_PAD + 1] = {
	[NF_SRTP_A_STREAM_SSRC] = { .type = NLA_U32, },
	[NF_SRTP_A_STREAM_ROC] = { .type = NLA_U32, },
	[NF_SRTP_A_STREAM_SEQ] = { .type = NLA_U16, },
	[NF_SRTP_A_STREAM_RTCP_INDEX] = { .type = NLA_U32, },
	[NF_SRTP_A_STREAM_PACKETS] = { .type = NLA_U64, },
};

/* NF_SRTP_CMD_SESSION_NEW - do */
static const struct nla_policy nf_srtp_session_new_nl_policy[NF_SRTP_A_SESSION_SILENCE_TIMEOUT + 1] = {
	[NF_SRTP_A_SESSION_SUITE] = NLA_POLICY_RANGE(NLA_U32, 7, 8),
	[NF_SRTP_A_SESSION_LOCAL_ADDRESS] = { .type = NLA_BINARY, },
	[NF_SRTP_A_SESSION_LOCAL_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_SESSION_REMOTE_ADDRESS] = { .type = NLA_BINARY, },
	[NF_SRTP_A_SESSION_REMOTE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_SESSION_LOCAL_RTCP_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_SESSION_REMOTE_RTCP_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_SESSION_RTCP_MUX] = NLA_POLICY_MAX(NLA_U8, 1),
	[NF_SRTP_A_SESSION_TX] = NLA_POLICY_NESTED(nf_srtp_direction_nl_policy),
	[NF_SRTP_A_SESSION_RX] = NLA_POLICY_NESTED(nf_srtp_direction_nl_policy),
	[NF_SRTP_A_SESSION_HOLD] = NLA_POLICY_MASK(NLA_U32, 0x3),
	[NF_SRTP_A_SESSION_PASS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[NF_SRTP_A_SESSION_SILENCE_TIMEOUT] = { .type = NLA_U32, },
};

/* NF_SRTP_CMD_SESSION_SET - do */
static const struct nla_policy nf_srtp_session_set_nl_policy[NF_SRTP_A_SESSION_SILENCE_TIMEOUT + 1] = {
	[NF_SRTP_A_SESSION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[NF_SRTP_A_SESSION_REMOTE_ADDRESS] = { .type = NLA_BINARY, },
	[NF_SRTP_A_SESSION_REMOTE_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_SESSION_REMOTE_RTCP_PORT] = NLA_POLICY_MIN(NLA_U16, 1),
	[NF_SRTP_A_SESSION_TX] = NLA_POLICY_NESTED(nf_srtp_direction_nl_policy),
	[NF_SRTP_A_SESSION_RX] = NLA_POLICY_NESTED(nf_srtp_direction_nl_policy),
	[NF_SRTP_A_SESSION_HOLD] = NLA_POLICY_MASK(NLA_U32, 0x3),
	[NF_SRTP_A_SESSION_PASS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[NF_SRTP_A_SESSION_SILENCE_TIMEOUT] = { .type = NLA_U32, },
};

/* NF_SRTP_CMD_SESSION_DEL - do */
static const struct nla_policy nf_srtp_session_del_nl_policy[NF_SRTP_A_SESSION_DRAIN + 1] = {
	[NF_SRTP_A_SESSION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
	[NF_SRTP_A_SESSION_DRAIN] = { .type = NLA_U32, },
};

/* NF_SRTP_CMD_SESSION_GET - do */
static const struct nla_policy nf_srtp_session_get_nl_policy[NF_SRTP_A_SESSION_ID + 1] = {
	[NF_SRTP_A_SESSION_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* NF_SRTP_CMD_POLICY_SET - do */
static const struct nla_policy nf_srtp_policy_set_nl_policy[NF_SRTP_A_POLICY_REPLAY_THRESHOLD + 1] = {
	[NF_SRTP_A_POLICY_MODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NF_SRTP_A_POLICY_RANGE] = NLA_POLICY_NESTED(nf_srtp_range_nl_policy),
	[NF_SRTP_A_POLICY_PASS] = NLA_POLICY_MASK(NLA_U32, 0xf),
	[NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD] = NLA_POLICY_MIN(NLA_U32, 1),
	[NF_SRTP_A_POLICY_REPLAY_THRESHOLD] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* Ops table for nf_srtp */
const struct genl_split_ops nf_srtp_nl_ops[10] = {
	{
		.cmd		= NF_SRTP_CMD_SESSION_NEW,
		.doit		= nf_srtp_nl_session_new_doit,
		.policy		= nf_srtp_session_new_nl_policy,
		.maxattr	= NF_SRTP_A_SESSION_SILENCE_TIMEOUT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NF_SRTP_CMD_SESSION_SET,
		.doit		= nf_srtp_nl_session_set_doit,
		.policy		= nf_srtp_session_set_nl_policy,
		.maxattr	= NF_SRTP_A_SESSION_SILENCE_TIMEOUT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NF_SRTP_CMD_SESSION_DEL,
		.doit		= nf_srtp_nl_session_del_doit,
		.policy		= nf_srtp_session_del_nl_policy,
		.maxattr	= NF_SRTP_A_SESSION_DRAIN,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NF_SRTP_CMD_SESSION_GET,
		.doit		= nf_srtp_nl_session_get_doit,
		.policy		= nf_srtp_session_get_nl_policy,
		.maxattr	= NF_SRTP_A_SESSION_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NF_SRTP_CMD_SESSION_GET,
		.dumpit	= nf_srtp_nl_session_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NF_SRTP_CMD_POLICY_SET,
		.doit		= nf_srtp_nl_policy_set_doit,
		.policy		= nf_srtp_policy_set_nl_policy,
		.maxattr	= NF_SRTP_A_POLICY_REPLAY_THRESHOLD,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NF_SRTP_CMD_POLICY_GET,
		.doit	= nf_srtp_nl_policy_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NF_SRTP_CMD_COUNTERS_GET,
		.doit	= nf_srtp_nl_counters_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NF_SRTP_CMD_COUNTERS_GET,
		.dumpit	= nf_srtp_nl_counters_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= NF_SRTP_CMD_MODULE_GET,
		.doit	= nf_srtp_nl_module_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group nf_srtp_nl_mcgrps[] = {
	[NF_SRTP_NLGRP_EVENTS] = { "events", },
};
