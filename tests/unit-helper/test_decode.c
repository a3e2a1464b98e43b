// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <errno.h>
#include <netlink/genl/genl.h>

#include "media_decode.h"

static struct nl_msg *message_new(uint8_t command)
{
	struct nl_msg *msg = nlmsg_alloc_size(8192);

	genlmsg_put(msg, 0, 0, 32, 0, 0, command, NF_SRTP_FAMILY_VERSION);
	return msg;
}

static void put_drop(struct nl_msg *msg, int attribute, uint32_t reason, uint64_t packets)
{
	struct nlattr *nest = nla_nest_start(msg, attribute);

	nla_put_u32(msg, NF_SRTP_A_DROP_REASON, reason);
	nla_put_u64(msg, NF_SRTP_A_DROP_PACKETS, packets);
	nla_nest_end(msg, nest);
}

static void put_direction(struct nl_msg *msg, int attribute)
{
	static const uint8_t mki[] = { 0xde, 0xad };
	struct nlattr *nest = nla_nest_start(msg, attribute), *inner;

	nla_put_u64(msg, NF_SRTP_A_DIRECTION_RTP_PACKETS, UINT64_C(5000000000));
	nla_put_u32(msg, NF_SRTP_A_DIRECTION_SILENT, 20);
	for (uint32_t i = 0; i < 3; i++) {
		inner = nla_nest_start(msg, NF_SRTP_A_DIRECTION_KEY);
		nla_put(msg, NF_SRTP_A_KEY_MKI, sizeof(mki), mki);
		nla_put_u64(msg, NF_SRTP_A_KEY_LIFETIME, UINT64_C(1) << 48);
		nla_put_u8(msg, NF_SRTP_A_KEY_ACTIVE, i == 1);
		nla_nest_end(msg, inner);
		inner = nla_nest_start(msg, NF_SRTP_A_DIRECTION_STREAM);
		nla_put_u32(msg, NF_SRTP_A_STREAM_SSRC, i);
		nla_put_u16(msg, NF_SRTP_A_STREAM_SEQ, 65535);
		nla_nest_end(msg, inner);
		put_drop(msg, NF_SRTP_A_DIRECTION_DROP, i, i * 10);
		put_drop(msg, NF_SRTP_A_DIRECTION_MONITORED, 99, 1);
	}
	/* What a newer module may add. */
	nla_put_u32(msg, 200, 1);
	nla_nest_end(msg, nest);
}

static void put_session(struct nl_msg *msg, int address_len)
{
	static const uint8_t address[16] = { 10, 0, 0, 1 };

	nla_put_u32(msg, NF_SRTP_A_SESSION_ID, 7);
	nla_put_u32(msg, NF_SRTP_A_SESSION_SUITE, NF_SRTP_SUITE_AEAD_AES_256_GCM);
	nla_put(msg, NF_SRTP_A_SESSION_LOCAL_ADDRESS, 4, address);
	nla_put_u16(msg, NF_SRTP_A_SESSION_LOCAL_PORT, 4000);
	put_direction(msg, NF_SRTP_A_SESSION_TX);
	put_direction(msg, NF_SRTP_A_SESSION_RX);
	nla_put(msg, NF_SRTP_A_SESSION_REMOTE_ADDRESS, address_len, address);
	nla_put_u8(msg, NF_SRTP_A_SESSION_RTCP_MUX, 1);
}

static void session_whole(void **state)
{
	struct nl_msg *msg = message_new(NF_SRTP_CMD_SESSION_GET);
	struct media_session session;

	(void)state;
	put_session(msg, 16);
	assert_int_equal(media_session_decode(&session, nlmsg_hdr(msg)), 0);
	assert_int_equal(session.id, 7);
	assert_int_equal(session.local.len, 4);
	assert_int_equal(session.local.port, 4000);
	assert_int_equal(session.remote.len, 16);
	assert_true(session.rtcp_mux);
	assert_int_equal(session.rx.key_count, 3);
	assert_string_equal(session.rx.keys[2].mki_text, "dead");
	assert_true(session.rx.keys[1].active);
	assert_false(session.rx.keys[2].active);
	assert_int_equal(session.tx.stream_count, 3);
	assert_int_equal(session.tx.streams[2].ssrc, 2);
	assert_int_equal(session.tx.streams[0].seq, 65535);
	/* A reason that never occurred is no entry. */
	assert_int_equal(session.tx.drop_count, 2);
	assert_int_equal(session.tx.dropped, 30);
	assert_int_equal(session.tx.monitored_count, 3);
	assert_true(session.tx.rtp_packets == UINT64_C(5000000000));
	assert_true(session.tx.heard);
	media_session_clear(&session);
	nlmsg_free(msg);
}

static void session_broken(void **state)
{
	struct nl_msg *msg = message_new(NF_SRTP_CMD_SESSION_GET);
	struct media_session session;

	(void)state;
	/* Neither IPv4 nor IPv6. */
	put_session(msg, 5);
	assert_int_equal(media_session_decode(&session, nlmsg_hdr(msg)), -EPROTO);
	assert_null(session.tx.keys);
	nlmsg_free(msg);
	msg = message_new(NF_SRTP_CMD_SESSION_GET);
	assert_int_equal(media_session_decode(&session, nlmsg_hdr(msg)), -EPROTO);
	nla_put_u16(msg, NF_SRTP_A_SESSION_ID, 7);
	assert_int_equal(media_session_decode(&session, nlmsg_hdr(msg)), -EPROTO);
	nlmsg_free(msg);
}

static void policy_ranges(void **state)
{
	struct nl_msg *msg = message_new(NF_SRTP_CMD_POLICY_GET);
	struct media_policy policy;

	(void)state;
	nla_put_u32(msg, NF_SRTP_A_POLICY_MODE, NF_SRTP_POLICY_MODE_ENFORCE);
	for (uint16_t i = 0; i < NF_SRTP_RANGES_MAX + 1; i++) {
		struct nlattr *nest = nla_nest_start(msg, NF_SRTP_A_POLICY_RANGE);

		nla_put_u16(msg, NF_SRTP_A_RANGE_FIRST, (uint16_t)(i + 1));
		nla_put_u16(msg, NF_SRTP_A_RANGE_LAST, (uint16_t)(i + 2));
		nla_nest_end(msg, nest);
		assert_int_equal(media_policy_decode(&policy, nlmsg_hdr(msg)),
				 i < NF_SRTP_RANGES_MAX ? 0 : -EPROTO);
		assert_int_equal(policy.mode, NF_SRTP_POLICY_MODE_ENFORCE);
		assert_int_equal(policy.range_count, i < NF_SRTP_RANGES_MAX ? i + 1 : i);
		assert_int_equal(policy.ranges[policy.range_count - 1].last,
				 policy.range_count + 1);
	}
	nlmsg_free(msg);
}

static void module_texts(void **state)
{
	struct nl_msg *msg = message_new(NF_SRTP_CMD_MODULE_GET);
	struct media_module module;
	char longer[300];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	nla_put_string(msg, NF_SRTP_A_MODULE_VERSION, "1.2");
	nla_put_string(msg, NF_SRTP_A_MODULE_DRIVER, longer);
	nla_put_u8(msg, NF_SRTP_A_MODULE_SELF_TEST, 1);
	assert_int_equal(media_module_decode(&module, nlmsg_hdr(msg)), 0);
	assert_string_equal(module.version, "1.2");
	assert_int_equal(strlen(module.driver), sizeof(module.driver) - 1);
	assert_string_equal(module.fallback_driver, "");
	assert_true(module.self_test);
	assert_false(module.accelerated);
	nlmsg_free(msg);
}

static void event_values(void **state)
{
	struct nl_msg *msg = message_new(NF_SRTP_CMD_AUTH_FAILURES_NTF);
	struct media_event event;

	(void)state;
	nla_put_u32(msg, NF_SRTP_A_SESSION_ID, 3);
	nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_DIRECTION, 1);
	nla_put_u32(msg, NF_SRTP_A_SESSION_EVENT_CAUSE, NF_SRTP_CAUSE_UNKNOWN);
	assert_int_equal(media_event_decode(&event, nlmsg_hdr(msg)), 0);
	assert_int_equal(event.command, NF_SRTP_CMD_AUTH_FAILURES_NTF);
	assert_int_equal(event.session_id, 3);
	assert_true(event.has_direction && event.has_cause);
	assert_false(event.has_ssrc || event.has_count || event.has_remaining);
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_whole),
		cmocka_unit_test(session_broken),
		cmocka_unit_test(policy_ranges),
		cmocka_unit_test(module_texts),
		cmocka_unit_test(event_values),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
