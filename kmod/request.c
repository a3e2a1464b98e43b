// SPDX-License-Identifier: GPL-2.0-only
#include "compat/genetlink.h"
#include "netlink_gen.h"
#include "prints.h"
#include "request.h"

static const int way_attributes[NF_SRTP_WAYS] = {
	[NF_SRTP_TX] = NF_SRTP_A_SESSION_TX,
	[NF_SRTP_RX] = NF_SRTP_A_SESSION_RX,
};

static void key_limit(struct nf_srtp_key *key, u64 lifetime)
{
	key->limit[0] = lifetime;
	key->limit[1] = min_t(u64, lifetime, NF_SRTP_RTCP_LIFETIME_MAX);
}

static int mki_parse(u8 *mki, u8 *mki_len, const struct nlattr *attribute,
		     struct netlink_ext_ack *extack)
{
	int len = nla_len(attribute);

	if (!len || len > NF_SRTP_MKI_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "key.mki must have 1 to 16 bytes; leave it out for none");
		return -EINVAL;
	}
	memcpy(mki, nla_data(attribute), len);
	*mki_len = len;
	return 0;
}

static int key_details(struct nf_srtp_key *key, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *mki = attrs[NF_SRTP_A_KEY_MKI];
	const struct nlattr *lifetime = attrs[NF_SRTP_A_KEY_LIFETIME];

	if (mki) {
		int err = mki_parse(key->mki, &key->mki_len, mki, extack);

		if (err)
			return err;
	}
	if (lifetime) {
		u64 packets = nla_get_u64(lifetime);

		if (!packets || packets > NF_SRTP_LIFETIME_MAX) {
			NL_SET_ERR_MSG_ATTR(extack, lifetime,
					    "key.lifetime must be 1 to 2^48 packets; leave it out for 2^48");
			return -ERANGE;
		}
		key_limit(key, packets);
	}
	return 0;
}

/* Without a master key the MKI names a key that was set before. */
static int select_parse(struct nf_srtp_way_request *way, const struct nlattr *attribute,
			struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	if (!attrs[NF_SRTP_A_KEY_MKI] || attrs[NF_SRTP_A_KEY_LIFETIME] ||
	    attrs[NF_SRTP_A_KEY_ACTIVE]) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "key.master is missing: give master key and master salt, or key.mki alone for a key set before");
		return -EINVAL;
	}
	return mki_parse(way->select, &way->select_len, attrs[NF_SRTP_A_KEY_MKI], extack);
}

static int key_parse(struct nf_srtp_way_request *way, const struct nlattr *attribute,
		     enum nf_srtp_suite suite, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[NF_SRTP_A_KEY_PAD + 1];
	const struct nlattr *master;
	struct nf_srtp_key *key;
	int err;

	err = nla_parse_nested(attrs, NF_SRTP_A_KEY_PAD, attribute, nf_srtp_key_nl_policy, extack);
	if (err)
		return err;
	if (way->keys_count == NF_SRTP_KEYS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "too many keys: a direction holds four, set fewer");
		return -E2BIG;
	}
	master = attrs[NF_SRTP_A_KEY_MASTER];
	if (!master)
		return select_parse(way, attribute, attrs, extack);
	if (nla_len(master) != nf_srtp_suite_master_len(suite)) {
		NL_SET_ERR_MSG_ATTR(extack, master,
				    "key.master has the wrong length: AEAD_AES_128_GCM takes 28 bytes, AEAD_AES_256_GCM takes 44");
		return -EINVAL;
	}
	key = nf_srtp_key_derive(suite, nla_data(master));
	if (IS_ERR(key)) {
		NL_SET_ERR_MSG_ATTR(extack, master,
				    "key.master could not be set up: out of memory or no cipher driver, try again");
		return PTR_ERR(key);
	}
	way->activate[way->keys_count] = !attrs[NF_SRTP_A_KEY_ACTIVE] ||
					 nla_get_u8(attrs[NF_SRTP_A_KEY_ACTIVE]);
	way->keys[way->keys_count++] = key;
	return key_details(key, attrs, extack);
}

static int stream_parse(struct nf_srtp_way_request *way, const struct nlattr *attribute,
			struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[NF_SRTP_A_STREAM_PAD + 1];
	struct nf_srtp_stream *stream;
	int err;

	err = nla_parse_nested(attrs, NF_SRTP_A_STREAM_PAD, attribute, nf_srtp_stream_nl_policy,
			       extack);
	if (err)
		return err;
	if (!attrs[NF_SRTP_A_STREAM_SSRC] || !attrs[NF_SRTP_A_STREAM_ROC]) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "stream needs both ssrc and roc: name the source and its counter");
		return -EINVAL;
	}
	if (way->streams_count == NF_SRTP_STREAMS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, attribute,
				    "too many streams: a direction follows 32 SSRCs, set fewer");
		return -E2BIG;
	}
	stream = nf_srtp_stream_alloc(nla_get_u32(attrs[NF_SRTP_A_STREAM_SSRC]), GFP_KERNEL);
	if (!stream) {
		NL_SET_ERR_MSG_ATTR(extack, attribute, "out of memory for stream, try again");
		return -ENOMEM;
	}
	way->rocs[way->streams_count] = nla_get_u32(attrs[NF_SRTP_A_STREAM_ROC]);
	way->streams[way->streams_count++] = stream;
	return 0;
}

static int way_parse(struct nf_srtp_way_request *way, const struct nlattr *attribute,
		     enum nf_srtp_suite suite, struct netlink_ext_ack *extack)
{
	struct nlattr *each;
	int left, err = 0;

	way->attribute = attribute;
	nla_for_each_nested(each, attribute, left) {
		switch (nla_type(each)) {
		case NF_SRTP_A_DIRECTION_KEY:
			err = key_parse(way, each, suite, extack);
			break;
		case NF_SRTP_A_DIRECTION_CONTEXT:
			way->context = nla_get_u32(each);
			way->has_context = true;
			break;
		case NF_SRTP_A_DIRECTION_STREAM:
			err = stream_parse(way, each, extack);
			break;
		default:
			NL_SET_ERR_MSG_ATTR(extack, each,
					    "this attribute of a direction can be read only, leave it out");
			err = -EINVAL;
		}
		if (err)
			return err;
	}
	return 0;
}

static bool mkis_repeat(const struct nf_srtp_way_request *way)
{
	u32 i, j;

	for (i = 1; i < way->keys_count; i++) {
		for (j = 0; j < i; j++) {
			if (nf_srtp_key_has_mki(way->keys[i], way->keys[j]->mki,
						way->keys[j]->mki_len))
				return true;
		}
	}
	return false;
}

static int keys_agree(const struct nf_srtp_way_request *way, struct netlink_ext_ack *extack)
{
	u32 i;

	if (way->select_len && way->keys_count) {
		NL_SET_ERR_MSG_ATTR(extack, way->attribute,
				    "key.mki without key.master stands alone: set keys in another request");
		return -EINVAL;
	}
	for (i = 1; i < way->keys_count; i++) {
		if (way->keys[i]->mki_len == way->keys[0]->mki_len)
			continue;
		NL_SET_ERR_MSG_ATTR(extack, way->attribute,
				    "key.mki must have the same length in all keys of a direction");
		return -EINVAL;
	}
	if (mkis_repeat(way)) {
		NL_SET_ERR_MSG_ATTR(extack, way->attribute,
				    "key.mki names two keys of the request: give each its own");
		return -EINVAL;
	}
	return 0;
}

int nf_srtp_request_parse(struct nf_srtp_request_ways *ways, struct genl_info *info,
			  enum nf_srtp_suite suite)
{
	int i, err;

	memset(ways, 0, sizeof(*ways));
	for (i = 0; i < NF_SRTP_WAYS; i++) {
		const struct nlattr *attribute = info->attrs[way_attributes[i]];

		if (!attribute)
			continue;
		err = way_parse(&ways->way[i], attribute, suite, info->extack);
		if (!err)
			err = keys_agree(&ways->way[i], info->extack);
		if (err)
			return err;
	}
	return 0;
}

static bool request_knows(const struct nf_srtp_way_request *way, u32 count,
			  const struct nf_srtp_key *key)
{
	bool known = false;
	u32 i;

	for (i = 0; i < count; i++)
		known |= nf_srtp_key_equal(way->keys[i], key);
	return known;
}

/* The session knows its own last keys, the namespace those of sessions that ended. */
static bool sent_under(const struct nf_srtp_session *session, const struct nf_srtp_key *key)
{
	const struct nf_srtp_netns *ns = session->ns;
	u64 print = nf_srtp_key_print(key);
	int i;

	for (i = 0; i < NF_SRTP_PRINTS_MAX; i++) {
		if (session->tx_prints[i] == print)
			return true;
	}
	return ns && ns->prints && nf_srtp_prints_has(ns, print);
}

/* A key is used when indices under it would start again. */
static bool key_is_used(const struct nf_srtp_session *session, int number,
			const struct nf_srtp_way_request *way, const struct nf_srtp_key *key)
{
	if (number == NF_SRTP_TX)
		return sent_under(session, key);
	return way->context == NF_SRTP_CONTEXT_SAME &&
	       nf_srtp_direction_knows(&session->way[number], key);
}

/* A key that is only to be added must leave another one active. */
static int standby_check(const struct nf_srtp_way_request *way,
			 const struct nf_srtp_direction *direction, struct netlink_ext_ack *extack)
{
	bool same = way->context == NF_SRTP_CONTEXT_SAME;
	const struct nf_srtp_key *active;
	bool replaced = false;
	u32 i, activated = 0;

	rcu_read_lock();
	active = rcu_dereference(direction->active);
	for (i = 0; i < way->keys_count; i++) {
		activated += way->activate[i];
		replaced |= active && nf_srtp_key_has_mki(active, way->keys[i]->mki,
							  way->keys[i]->mki_len);
	}
	rcu_read_unlock();
	if (activated || (active && same && !replaced))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, way->attribute,
			    "key.active is 0 and no other key would be active: set it to 1, or give the key an MKI of its own in the same context");
	return -EINVAL;
}

/* Rules that keep a nonce from being used twice, and a replay from passing. */
static int keys_check(const struct nf_srtp_request_ways *ways,
		      const struct nf_srtp_session *session, int number,
		      struct netlink_ext_ack *extack)
{
	const struct nf_srtp_way_request *way = &ways->way[number];
	const struct nf_srtp_way_request *other = &ways->way[!number];
	const struct nf_srtp_direction *direction = &session->way[number];
	bool fresh = !rcu_access_pointer(direction->active);
	u32 i;

	if (!way->keys_count)
		return 0;
	if (!way->has_context && !fresh) {
		NL_SET_ERR_MSG_ATTR(extack, way->attribute,
				    "context is missing: say new, or same to keep rollover counters");
		return -EINVAL;
	}
	if (!fresh && way->context == NF_SRTP_CONTEXT_SAME &&
	    way->keys[0]->mki_len != direction->mki_len) {
		NL_SET_ERR_MSG_ATTR(extack, way->attribute,
				    "key.mki must be as long as before in the same context; set a new context instead");
		return -EINVAL;
	}
	if (standby_check(way, direction, extack))
		return -EINVAL;
	for (i = 0; i < way->keys_count; i++) {
		const struct nf_srtp_key *key = way->keys[i];

		if (nf_srtp_direction_knows(&session->way[!number], key) ||
		    request_knows(other, other->keys_count, key)) {
			NL_SET_ERR_MSG_ATTR(extack, way->attribute,
					    "key.master is that of the other direction: each needs its own, generate a new one");
			return -EKEYREJECTED;
		}
		if (request_knows(way, i, key)) {
			NL_SET_ERR_MSG_ATTR(extack, way->attribute,
					    "key.master appears twice in the request: give each key once");
			return -EKEYREJECTED;
		}
		if (key_is_used(session, number, way, key)) {
			NL_SET_ERR_MSG_ATTR(extack, way->attribute,
					    "key.master was used before: to keep it leave it out, else generate a new one");
			return -EKEYREJECTED;
		}
	}
	return 0;
}

/* Both directions are locked from here to the end of nf_srtp_request_apply(). */
static int streams_check(const struct nf_srtp_way_request *way,
			 struct nf_srtp_direction *direction, struct netlink_ext_ack *extack)
{
	bool forget = way->keys_count && way->context == NF_SRTP_CONTEXT_NEW;
	u32 i, fresh = 0;

	for (i = 0; i < way->streams_count; i++) {
		struct nf_srtp_stream *known = forget ? NULL :
			nf_srtp_stream_find(direction, way->streams[i]->core.ssrc);

		if (!known) {
			fresh++;
			continue;
		}
		if (known->core.rtp_started && way->rocs[i] < known->core.rtp_highest >> 16) {
			NL_SET_ERR_MSG_ATTR(extack, way->attribute,
					    "stream.roc would go back under a key in use: set a new key in a new context");
			return -ERANGE;
		}
	}
	if ((forget ? 0 : direction->streams_count) + fresh > NF_SRTP_STREAMS_MAX) {
		NL_SET_ERR_MSG_ATTR(extack, way->attribute,
				    "too many streams: a direction follows 32 SSRCs, set a new context");
		return -E2BIG;
	}
	return 0;
}

/* The key that a request selects; expired ones are as good as none. */
static struct nf_srtp_key *selected_key(const struct nf_srtp_way_request *way,
					const struct nf_srtp_direction *direction)
{
	struct nf_srtp_key *key;

	if (way->select_len != direction->mki_len)
		return NULL;
	key = nf_srtp_direction_key_by_mki(direction, way->select, way->select_len);
	return key && !key->expired ? key : NULL;
}

static int select_check(const struct nf_srtp_way_request *way,
			const struct nf_srtp_direction *direction, struct netlink_ext_ack *extack)
{
	if (!way->select_len || selected_key(way, direction))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, way->attribute,
			    "key.mki names no key that is set and alive: give key.master too");
	return -ENOKEY;
}

static void way_apply(struct nf_srtp_way_request *way, struct nf_srtp_direction *direction,
		      bool received)
{
	bool same = way->has_context && way->context == NF_SRTP_CONTEXT_SAME;
	u32 i;

	if (way->keys_count && !same)
		nf_srtp_direction_forget(direction);
	for (i = 0; i < way->keys_count; i++) {
		nf_srtp_direction_install(direction, way->keys[i], !same && !i, way->activate[i],
					  received && same && !way->keys[i]->mki_len);
		way->keys[i] = NULL;
	}
	if (way->select_len)
		nf_srtp_direction_select(direction, selected_key(way, direction));
	if (way->keys_count)
		memset(&direction->trouble, 0, sizeof(direction->trouble));
	for (i = 0; i < way->streams_count; i++) {
		struct nf_srtp_stream *stream =
			nf_srtp_stream_find(direction, way->streams[i]->core.ssrc);

		if (!stream) {
			stream = way->streams[i];
			way->streams[i] = NULL;
			nf_srtp_stream_link(direction, stream);
		}
		srtp_stream_set_roc(&stream->core, way->rocs[i]);
	}
}

static void prints_add(struct nf_srtp_session *session, const struct nf_srtp_way_request *way)
{
	u32 i;

	for (i = 0; i < way->keys_count; i++) {
		session->tx_prints[session->tx_prints_next] = nf_srtp_key_print(way->keys[i]);
		session->tx_prints_next = (session->tx_prints_next + 1) % NF_SRTP_PRINTS_MAX;
	}
}

int nf_srtp_request_apply(struct nf_srtp_request_ways *ways, struct nf_srtp_session *session,
			  struct netlink_ext_ack *extack)
{
	int i, err = 0;

	for (i = 0; i < NF_SRTP_WAYS && !err; i++)
		err = keys_check(ways, session, i, extack);
	if (err)
		return err;
	rcu_read_lock();
	spin_lock_bh(&session->way[NF_SRTP_TX].lock);
	spin_lock_nested(&session->way[NF_SRTP_RX].lock, SINGLE_DEPTH_NESTING);
	for (i = 0; i < NF_SRTP_WAYS && !err; i++) {
		err = streams_check(&ways->way[i], &session->way[i], extack);
		if (!err)
			err = select_check(&ways->way[i], &session->way[i], extack);
	}
	if (!err)
		prints_add(session, &ways->way[NF_SRTP_TX]);
	for (i = 0; i < NF_SRTP_WAYS && !err; i++)
		way_apply(&ways->way[i], &session->way[i], i == NF_SRTP_RX);
	spin_unlock(&session->way[NF_SRTP_RX].lock);
	spin_unlock_bh(&session->way[NF_SRTP_TX].lock);
	rcu_read_unlock();
	return err;
}

void nf_srtp_request_free(struct nf_srtp_request_ways *ways)
{
	int i;
	u32 j;

	for (i = 0; i < NF_SRTP_WAYS; i++) {
		for (j = 0; j < ways->way[i].keys_count; j++)
			nf_srtp_key_put(ways->way[i].keys[j]);
		for (j = 0; j < ways->way[i].streams_count; j++)
			nf_srtp_stream_free(ways->way[i].streams[j]);
	}
}

static void key_wipe(struct nlattr *key)
{
	struct nlattr *each;
	int left;

	nla_for_each_nested(each, key, left) {
		if (nla_type(each) == NF_SRTP_A_KEY_MASTER)
			memzero_explicit(nla_data(each), nla_len(each));
	}
}

static void way_wipe(struct nlattr *way)
{
	struct nlattr *each;
	int left;

	nla_for_each_nested(each, way, left) {
		if (nla_type(each) == NF_SRTP_A_DIRECTION_KEY)
			key_wipe(each);
	}
}

/* The message is walked, because of a repeated attribute only the last is in info->attrs. */
void nf_srtp_request_wipe(struct genl_info *info)
{
	struct nlattr *each;
	int left;

	nlmsg_for_each_attr(each, info->nlhdr, GENL_HDRLEN, left) {
		if (nla_type(each) == NF_SRTP_A_SESSION_TX ||
		    nla_type(each) == NF_SRTP_A_SESSION_RX)
			way_wipe(each);
	}
}
