/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a netlink request asks of one direction of a session, with everything
 * that can fail already done: keys derived, streams allocated.
 */
#ifndef NF_SRTP_REQUEST_H
#define NF_SRTP_REQUEST_H

#include <net/genetlink.h>

#include "direction.h"
#include "session.h"

/**
 * struct nf_srtp_way_request - changes to one direction
 * @keys: keys to set, @keys_count of them
 * @activate: by key, whether packets are sent under it
 * @context: what the keys mean for indices, valid when @has_context
 * @select: MKI of a key held already that becomes active, @select_len bytes
 * @streams: rollover counters to set, @streams_count of them; each stream is
 *           linked when its SSRC is not known yet, else freed
 * @attribute: the attribute of the direction, for refusals
 */
struct nf_srtp_way_request {
	struct nf_srtp_key *keys[NF_SRTP_KEYS_MAX];
	bool activate[NF_SRTP_KEYS_MAX];
	u32 keys_count;
	enum nf_srtp_context context;
	bool has_context;
	u8 select[NF_SRTP_MKI_MAX];
	u8 select_len;
	struct nf_srtp_stream *streams[NF_SRTP_STREAMS_MAX];
	u32 rocs[NF_SRTP_STREAMS_MAX];
	u32 streams_count;
	const struct nlattr *attribute;
};

struct nf_srtp_request_ways {
	struct nf_srtp_way_request way[NF_SRTP_WAYS];
};

/**
 * nf_srtp_request_parse - read both directions of a request
 * @ways: result; give it to nf_srtp_request_free() whatever is returned
 * @info: the request
 * @suite: protection profile of the session
 *
 * Return: 0 or a negative error with an extended acknowledgment.
 */
int nf_srtp_request_parse(struct nf_srtp_request_ways *ways, struct genl_info *info,
			  enum nf_srtp_suite suite);

/**
 * nf_srtp_request_apply - make the changes, all or none
 * @ways: what nf_srtp_request_parse() read; what is used is taken out of it
 * @session: the session, its namespace locked
 * @extack: why not
 *
 * Return: 0, -EINVAL or -ERANGE with an extended acknowledgment.
 */
int nf_srtp_request_apply(struct nf_srtp_request_ways *ways, struct nf_srtp_session *session,
			  struct netlink_ext_ack *extack);

/* Free what was not taken. */
void nf_srtp_request_free(struct nf_srtp_request_ways *ways);

/* Overwrite every master key in a request. */
void nf_srtp_request_wipe(struct genl_info *info);

#endif
