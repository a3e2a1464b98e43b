// SPDX-License-Identifier: Apache-2.0
#include "media_decode.h"

#include <errno.h>
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define U8 { .type = NLA_U8 }
#define U16 { .type = NLA_U16 }
#define U32 { .type = NLA_U32 }
#define U64 { .type = NLA_U64 }
#define NEST { .type = NLA_NESTED }
#define ADDRESS { .minlen = 4, .maxlen = MEDIA_ADDRESS_BYTES_MAX }

static const struct nla_policy key_attributes[NF_SRTP_A_KEY_MAX + 1] = {
	[NF_SRTP_A_KEY_MKI] = { .maxlen = NF_SRTP_MKI_MAX },
	[NF_SRTP_A_KEY_LIFETIME] = U64,
	[NF_SRTP_A_KEY_USED_RTP] = U64,
	[NF_SRTP_A_KEY_USED_RTCP] = U64,
	[NF_SRTP_A_KEY_ACTIVE] = U8,
	[NF_SRTP_A_KEY_EXPIRED] = U8,
	[NF_SRTP_A_KEY_AGE] = U32,
};

static const struct nla_policy stream_attributes[NF_SRTP_A_STREAM_MAX + 1] = {
	[NF_SRTP_A_STREAM_SSRC] = U32,
	[NF_SRTP_A_STREAM_ROC] = U32,
	[NF_SRTP_A_STREAM_SEQ] = U16,
	[NF_SRTP_A_STREAM_RTCP_INDEX] = U32,
	[NF_SRTP_A_STREAM_PACKETS] = U64,
};

static const struct nla_policy drop_attributes[NF_SRTP_A_DROP_MAX + 1] = {
	[NF_SRTP_A_DROP_REASON] = U32,
	[NF_SRTP_A_DROP_PACKETS] = U64,
};

static const struct nla_policy direction_attributes[NF_SRTP_A_DIRECTION_MAX + 1] = {
	[NF_SRTP_A_DIRECTION_RTP_PACKETS] = U64,
	[NF_SRTP_A_DIRECTION_RTP_BYTES] = U64,
	[NF_SRTP_A_DIRECTION_RTCP_PACKETS] = U64,
	[NF_SRTP_A_DIRECTION_RTCP_BYTES] = U64,
	[NF_SRTP_A_DIRECTION_OTHER_PACKETS] = U64,
	[NF_SRTP_A_DIRECTION_SILENT] = U32,
};

static const struct nla_policy session_attributes[NF_SRTP_A_SESSION_MAX + 1] = {
	[NF_SRTP_A_SESSION_ID] = U32,
	[NF_SRTP_A_SESSION_SUITE] = U32,
	[NF_SRTP_A_SESSION_LOCAL_ADDRESS] = ADDRESS,
	[NF_SRTP_A_SESSION_LOCAL_PORT] = U16,
	[NF_SRTP_A_SESSION_REMOTE_ADDRESS] = ADDRESS,
	[NF_SRTP_A_SESSION_REMOTE_PORT] = U16,
	[NF_SRTP_A_SESSION_LOCAL_RTCP_PORT] = U16,
	[NF_SRTP_A_SESSION_REMOTE_RTCP_PORT] = U16,
	[NF_SRTP_A_SESSION_RTCP_MUX] = U8,
	[NF_SRTP_A_SESSION_TX] = NEST,
	[NF_SRTP_A_SESSION_RX] = NEST,
	[NF_SRTP_A_SESSION_HOLD] = U32,
	[NF_SRTP_A_SESSION_PASS] = U32,
	[NF_SRTP_A_SESSION_SILENCE_TIMEOUT] = U32,
	[NF_SRTP_A_SESSION_STATE] = U32,
	[NF_SRTP_A_SESSION_AGE] = U32,
	[NF_SRTP_A_SESSION_EVENT_DIRECTION] = U32,
	[NF_SRTP_A_SESSION_EVENT_SSRC] = U32,
	[NF_SRTP_A_SESSION_EVENT_PREVIOUS_SSRC] = U32,
	[NF_SRTP_A_SESSION_EVENT_COUNT] = U32,
	[NF_SRTP_A_SESSION_EVENT_CAUSE] = U32,
	[NF_SRTP_A_SESSION_EVENT_REMAINING] = U64,
};

static const struct nla_policy range_attributes[NF_SRTP_A_RANGE_MAX + 1] = {
	[NF_SRTP_A_RANGE_FIRST] = U16,
	[NF_SRTP_A_RANGE_LAST] = U16,
};

static const struct nla_policy policy_attributes[NF_SRTP_A_POLICY_MAX + 1] = {
	[NF_SRTP_A_POLICY_MODE] = U32,
	[NF_SRTP_A_POLICY_PASS] = U32,
	[NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD] = U32,
	[NF_SRTP_A_POLICY_REPLAY_THRESHOLD] = U32,
};

static const struct nla_policy counters_attributes[NF_SRTP_A_COUNTERS_MAX + 1] = {
	[NF_SRTP_A_COUNTERS_TX] = NEST,
	[NF_SRTP_A_COUNTERS_RX] = NEST,
	[NF_SRTP_A_COUNTERS_SESSION_ID] = U32,
};

static const struct nla_policy module_attributes[NF_SRTP_A_MODULE_MAX + 1] = {
	[NF_SRTP_A_MODULE_VERSION] = { .type = NLA_STRING },
	[NF_SRTP_A_MODULE_DRIVER] = { .type = NLA_STRING },
	[NF_SRTP_A_MODULE_FALLBACK_DRIVER] = { .type = NLA_STRING },
	[NF_SRTP_A_MODULE_ASYNCHRONOUS] = U8,
	[NF_SRTP_A_MODULE_ACCELERATED] = U8,
	[NF_SRTP_A_MODULE_SELF_TEST] = U8,
	[NF_SRTP_A_MODULE_FIPS] = U8,
	[NF_SRTP_A_MODULE_SESSIONS] = U32,
	[NF_SRTP_A_MODULE_SESSION_BYTES] = U32,
};

static uint64_t number64(struct nlattr *attribute)
{
	return attribute ? nla_get_u64(attribute) : 0;
}

static uint32_t number32(struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : 0;
}

static uint16_t number16(struct nlattr *attribute)
{
	return attribute ? nla_get_u16(attribute) : 0;
}

static bool truth(struct nlattr *attribute)
{
	return attribute && nla_get_u8(attribute);
}

static void text_copy(char *text, size_t size, struct nlattr *attribute)
{
	*text = '\0';
	if (attribute)
		nla_strlcpy(text, attribute, size);
}

/* Makes room behind @count entries and clears it. Returns the array at its new place, or NULL. */
static void *array_grown(void *array, size_t count, size_t size)
{
	char *grown = reallocarray(array, count + 1, size);

	if (grown)
		memset(grown + count * size, 0, size);
	return grown;
}

static int key_decode(struct media_direction *direction, struct nlattr *nest)
{
	struct nlattr *a[NF_SRTP_A_KEY_MAX + 1];
	struct media_key *key;

	if (nla_parse_nested(a, NF_SRTP_A_KEY_MAX, nest, key_attributes))
		return -EPROTO;
	key = array_grown(direction->keys, direction->key_count, sizeof(*key));
	if (!key)
		return -ENOMEM;
	direction->keys = key;
	key += direction->key_count++;
	if (a[NF_SRTP_A_KEY_MKI]) {
		const uint8_t *mki = nla_data(a[NF_SRTP_A_KEY_MKI]);

		key->mki_len = (uint8_t)nla_len(a[NF_SRTP_A_KEY_MKI]);
		for (size_t i = 0; i < key->mki_len; i++)
			sprintf(key->mki_text + 2 * i, "%02x", mki[i]);
	}
	key->lifetime = number64(a[NF_SRTP_A_KEY_LIFETIME]);
	key->used_rtp = number64(a[NF_SRTP_A_KEY_USED_RTP]);
	key->used_rtcp = number64(a[NF_SRTP_A_KEY_USED_RTCP]);
	key->active = truth(a[NF_SRTP_A_KEY_ACTIVE]);
	key->expired = truth(a[NF_SRTP_A_KEY_EXPIRED]);
	key->age_s = number32(a[NF_SRTP_A_KEY_AGE]);
	return 0;
}

static int stream_decode(struct media_direction *direction, struct nlattr *nest)
{
	struct nlattr *a[NF_SRTP_A_STREAM_MAX + 1];
	struct media_stream *stream;

	if (nla_parse_nested(a, NF_SRTP_A_STREAM_MAX, nest, stream_attributes))
		return -EPROTO;
	stream = array_grown(direction->streams, direction->stream_count, sizeof(*stream));
	if (!stream)
		return -ENOMEM;
	direction->streams = stream;
	stream += direction->stream_count++;
	stream->ssrc = number32(a[NF_SRTP_A_STREAM_SSRC]);
	stream->roc = number32(a[NF_SRTP_A_STREAM_ROC]);
	stream->seq = number16(a[NF_SRTP_A_STREAM_SEQ]);
	stream->rtcp_index = number32(a[NF_SRTP_A_STREAM_RTCP_INDEX]);
	stream->packets = number64(a[NF_SRTP_A_STREAM_PACKETS]);
	return 0;
}

static int drop_decode(struct media_drop **drops, size_t *count, struct nlattr *nest)
{
	struct nlattr *a[NF_SRTP_A_DROP_MAX + 1];
	struct media_drop *drop;

	if (nla_parse_nested(a, NF_SRTP_A_DROP_MAX, nest, drop_attributes))
		return -EPROTO;
	if (!number64(a[NF_SRTP_A_DROP_PACKETS]))
		return 0;
	drop = array_grown(*drops, *count, sizeof(*drop));
	if (!drop)
		return -ENOMEM;
	*drops = drop;
	drop += (*count)++;
	drop->reason = number32(a[NF_SRTP_A_DROP_REASON]);
	drop->packets = number64(a[NF_SRTP_A_DROP_PACKETS]);
	return 0;
}

/* Attributes that may occur several times; nla_parse() keeps only the last of them. */
static int direction_arrays_decode(struct media_direction *direction, struct nlattr *nest)
{
	struct nlattr *at;
	int left, err = 0;

	nla_for_each_nested(at, nest, left) {
		if (nla_type(at) == NF_SRTP_A_DIRECTION_KEY)
			err = key_decode(direction, at);
		else if (nla_type(at) == NF_SRTP_A_DIRECTION_STREAM)
			err = stream_decode(direction, at);
		else if (nla_type(at) == NF_SRTP_A_DIRECTION_DROP)
			err = drop_decode(&direction->drops, &direction->drop_count, at);
		else if (nla_type(at) == NF_SRTP_A_DIRECTION_MONITORED)
			err = drop_decode(&direction->monitored, &direction->monitored_count, at);
		if (err)
			return err;
	}
	for (size_t i = 0; i < direction->drop_count; i++)
		direction->dropped += direction->drops[i].packets;
	return 0;
}

static int direction_decode(struct media_direction *direction, struct nlattr *nest)
{
	struct nlattr *a[NF_SRTP_A_DIRECTION_MAX + 1];

	if (!nest)
		return 0;
	if (nla_parse_nested(a, NF_SRTP_A_DIRECTION_MAX, nest, direction_attributes))
		return -EPROTO;
	direction->rtp_packets = number64(a[NF_SRTP_A_DIRECTION_RTP_PACKETS]);
	direction->rtp_bytes = number64(a[NF_SRTP_A_DIRECTION_RTP_BYTES]);
	direction->rtcp_packets = number64(a[NF_SRTP_A_DIRECTION_RTCP_PACKETS]);
	direction->rtcp_bytes = number64(a[NF_SRTP_A_DIRECTION_RTCP_BYTES]);
	direction->other_packets = number64(a[NF_SRTP_A_DIRECTION_OTHER_PACKETS]);
	direction->heard = a[NF_SRTP_A_DIRECTION_SILENT];
	direction->silent_ms = number32(a[NF_SRTP_A_DIRECTION_SILENT]);
	return direction_arrays_decode(direction, nest);
}

static int address_decode(struct media_address *address, struct nlattr *ip, struct nlattr *port,
			  struct nlattr *rtcp_port)
{
	if (!ip || (nla_len(ip) != 4 && nla_len(ip) != 16))
		return -EPROTO;
	address->len = (uint8_t)nla_len(ip);
	memcpy(address->bytes, nla_data(ip), address->len);
	address->port = number16(port);
	address->rtcp_port = number16(rtcp_port);
	return 0;
}

int media_session_decode(struct media_session *session, struct nlmsghdr *message)
{
	struct nlattr *a[NF_SRTP_A_SESSION_MAX + 1];
	int err;

	*session = (struct media_session){ 0 };
	if (genlmsg_parse(message, 0, a, NF_SRTP_A_SESSION_MAX, session_attributes) ||
	    !a[NF_SRTP_A_SESSION_ID])
		return -EPROTO;
	session->id = number32(a[NF_SRTP_A_SESSION_ID]);
	session->suite = number32(a[NF_SRTP_A_SESSION_SUITE]);
	session->rtcp_mux = truth(a[NF_SRTP_A_SESSION_RTCP_MUX]);
	session->hold = number32(a[NF_SRTP_A_SESSION_HOLD]);
	session->pass = number32(a[NF_SRTP_A_SESSION_PASS]);
	session->silence_timeout_ms = number32(a[NF_SRTP_A_SESSION_SILENCE_TIMEOUT]);
	session->state = number32(a[NF_SRTP_A_SESSION_STATE]);
	session->age_s = number32(a[NF_SRTP_A_SESSION_AGE]);
	err = address_decode(&session->local, a[NF_SRTP_A_SESSION_LOCAL_ADDRESS],
			     a[NF_SRTP_A_SESSION_LOCAL_PORT], a[NF_SRTP_A_SESSION_LOCAL_RTCP_PORT]);
	if (!err)
		err = address_decode(&session->remote, a[NF_SRTP_A_SESSION_REMOTE_ADDRESS],
				     a[NF_SRTP_A_SESSION_REMOTE_PORT],
				     a[NF_SRTP_A_SESSION_REMOTE_RTCP_PORT]);
	if (!err)
		err = direction_decode(&session->tx, a[NF_SRTP_A_SESSION_TX]);
	if (!err)
		err = direction_decode(&session->rx, a[NF_SRTP_A_SESSION_RX]);
	if (err)
		media_session_clear(session);
	return err;
}

int media_counters_decode(struct media_counters *counters, struct nlmsghdr *message)
{
	struct nlattr *a[NF_SRTP_A_COUNTERS_MAX + 1];
	int err;

	*counters = (struct media_counters){ 0 };
	if (genlmsg_parse(message, 0, a, NF_SRTP_A_COUNTERS_MAX, counters_attributes))
		return -EPROTO;
	counters->session_id = number32(a[NF_SRTP_A_COUNTERS_SESSION_ID]);
	err = direction_decode(&counters->tx, a[NF_SRTP_A_COUNTERS_TX]);
	if (!err)
		err = direction_decode(&counters->rx, a[NF_SRTP_A_COUNTERS_RX]);
	if (err)
		media_counters_clear(counters);
	return err;
}

static int range_decode(struct media_policy *policy, struct nlattr *nest)
{
	struct nlattr *a[NF_SRTP_A_RANGE_MAX + 1];
	struct media_range *range;

	if (nla_parse_nested(a, NF_SRTP_A_RANGE_MAX, nest, range_attributes) ||
	    policy->range_count == NF_SRTP_RANGES_MAX)
		return -EPROTO;
	range = &policy->ranges[policy->range_count++];
	range->first = number16(a[NF_SRTP_A_RANGE_FIRST]);
	range->last = number16(a[NF_SRTP_A_RANGE_LAST]);
	return 0;
}

int media_policy_decode(struct media_policy *policy, struct nlmsghdr *message)
{
	struct nlattr *a[NF_SRTP_A_POLICY_MAX + 1], *at;
	struct genlmsghdr *header = nlmsg_data(message);
	int left;

	*policy = (struct media_policy){ 0 };
	if (genlmsg_parse(message, 0, a, NF_SRTP_A_POLICY_MAX, policy_attributes))
		return -EPROTO;
	policy->mode = number32(a[NF_SRTP_A_POLICY_MODE]);
	policy->pass = number32(a[NF_SRTP_A_POLICY_PASS]);
	policy->auth_failure_threshold = number32(a[NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD]);
	policy->replay_threshold = number32(a[NF_SRTP_A_POLICY_REPLAY_THRESHOLD]);
	nla_for_each_attr(at, genlmsg_attrdata(header, 0), genlmsg_attrlen(header, 0), left)
		if (nla_type(at) == NF_SRTP_A_POLICY_RANGE && range_decode(policy, at))
			return -EPROTO;
	return 0;
}

int media_module_decode(struct media_module *module, struct nlmsghdr *message)
{
	struct nlattr *a[NF_SRTP_A_MODULE_MAX + 1];

	if (genlmsg_parse(message, 0, a, NF_SRTP_A_MODULE_MAX, module_attributes))
		return -EPROTO;
	text_copy(module->version, sizeof(module->version), a[NF_SRTP_A_MODULE_VERSION]);
	text_copy(module->driver, sizeof(module->driver), a[NF_SRTP_A_MODULE_DRIVER]);
	text_copy(module->fallback_driver, sizeof(module->fallback_driver),
		  a[NF_SRTP_A_MODULE_FALLBACK_DRIVER]);
	module->asynchronous = truth(a[NF_SRTP_A_MODULE_ASYNCHRONOUS]);
	module->accelerated = truth(a[NF_SRTP_A_MODULE_ACCELERATED]);
	module->self_test = truth(a[NF_SRTP_A_MODULE_SELF_TEST]);
	module->fips = truth(a[NF_SRTP_A_MODULE_FIPS]);
	module->sessions = number32(a[NF_SRTP_A_MODULE_SESSIONS]);
	module->session_bytes = number32(a[NF_SRTP_A_MODULE_SESSION_BYTES]);
	return 0;
}

int media_event_decode(struct media_event *event, struct nlmsghdr *message)
{
	struct nlattr *a[NF_SRTP_A_SESSION_MAX + 1];

	if (genlmsg_parse(message, 0, a, NF_SRTP_A_SESSION_MAX, session_attributes))
		return -EPROTO;
	*event = (struct media_event){
		.command = ((struct genlmsghdr *)nlmsg_data(message))->cmd,
		.session_id = number32(a[NF_SRTP_A_SESSION_ID]),
		.has_direction = a[NF_SRTP_A_SESSION_EVENT_DIRECTION],
		.direction = number32(a[NF_SRTP_A_SESSION_EVENT_DIRECTION]),
		.has_ssrc = a[NF_SRTP_A_SESSION_EVENT_SSRC],
		.ssrc = number32(a[NF_SRTP_A_SESSION_EVENT_SSRC]),
		.has_previous_ssrc = a[NF_SRTP_A_SESSION_EVENT_PREVIOUS_SSRC],
		.previous_ssrc = number32(a[NF_SRTP_A_SESSION_EVENT_PREVIOUS_SSRC]),
		.has_count = a[NF_SRTP_A_SESSION_EVENT_COUNT],
		.count = number32(a[NF_SRTP_A_SESSION_EVENT_COUNT]),
		.has_cause = a[NF_SRTP_A_SESSION_EVENT_CAUSE],
		.cause = number32(a[NF_SRTP_A_SESSION_EVENT_CAUSE]),
		.has_remaining = a[NF_SRTP_A_SESSION_EVENT_REMAINING],
		.remaining = number64(a[NF_SRTP_A_SESSION_EVENT_REMAINING]),
	};
	return 0;
}
