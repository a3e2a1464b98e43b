// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include <jansson.h>

#include "media_objects.h"

static char written[16384];

static struct output open_output(bool json)
{
	memset(written, 0, sizeof(written));
	return (struct output){ .stream = fmemopen(written, sizeof(written), "w"), .json = json };
}

static struct media_key keys[] = {
	{ .mki_text = "0001", .lifetime = UINT64_C(1) << 48, .used_rtp = 12, .active = true },
	{ .lifetime = 1000, .expired = true },
};
static struct media_stream streams[] = { { .ssrc = 0xdecaf, .roc = 2, .seq = 65535 } };
static struct media_drop drops[] = {
	{ NF_SRTP_DROP_REASON_REPLAYED, 3 }, { NF_SRTP_DROP_REASON_AUTH_FAILED, 40 }, { 77, 1 },
};
static struct media_session session = {
	.id = 5,
	.suite = NF_SRTP_SUITE_AEAD_AES_128_GCM,
	.local = { .len = 4, .bytes = { 10, 0, 0, 1 }, .port = 4000, .rtcp_port = 4001 },
	.remote = { .len = 16, .bytes = { [15] = 1 }, .port = 5000 },
	.pass = NF_SRTP_PASS_STUN | NF_SRTP_PASS_DTLS,
	.hold = NF_SRTP_HOLD_TX | NF_SRTP_HOLD_RX,
	.rx = { .keys = keys, .key_count = 2, .streams = streams, .stream_count = 1, .drops = drops,
		.drop_count = 3, .dropped = 44, .rtp_packets = 12 },
};

static json_t *written_json(void)
{
	json_error_t error;
	json_t *json = json_loads(written, 0, &error);

	if (!json)
		fail_msg("no JSON: %s in %s", error.text, written);
	return json;
}

static void session_in_json(void **state)
{
	struct output out = open_output(true);
	const char *local, *mki, *reason, *unknown;
	json_int_t packets;
	json_t *json;

	(void)state;
	output_object(&out, "session", "session", media_session_fields, &session);
	fclose(out.stream);
	json = written_json();
	assert_int_equal(json_unpack(json, "{s:{s:{s:s}, s:{s:[{s:s}], s:[{}, {s:s, s:I}, {s:s}]}}}",
				     "session", "local", "address", &local, "rx", "keys", "mki",
				     &mki,
				     "drops", "reason", &reason, "packets", &packets,
				     "reason", &unknown), 0);
	assert_string_equal(local, "10.0.0.1");
	assert_string_equal(mki, "0001");
	assert_string_equal(reason, "auth-failed");
	assert_int_equal(packets, 40);
	assert_string_equal(unknown, "reason-77");
	/* Nothing was heard, so there is no time since. */
	assert_null(json_object_get(json_object_get(json_object_get(json, "session"), "rx"),
				    "silent_ms"));
	json_decref(json);
}

static void session_in_text(void **state)
{
	struct output out = open_output(false);

	(void)state;
	output_object(&out, "session", "session", media_session_fields, &session);
	fclose(out.stream);
	assert_non_null(strstr(written, "AEAD_AES_128_GCM"));
	assert_non_null(strstr(written, "10.0.0.1:4000 rtcp 4001"));
	assert_non_null(strstr(written, "[::1]:5000"));
	assert_non_null(strstr(written, "stun,dtls"));
	assert_non_null(strstr(written, "0x000decaf"));
	assert_non_null(strstr(written, "2^48"));
	/* The mend of the main reason, and of no other. */
	assert_non_null(strstr(written, reason_drop_words(NF_SRTP_DROP_REASON_AUTH_FAILED)->mend));
	assert_null(strstr(written, reason_drop_words(NF_SRTP_DROP_REASON_REPLAYED)->mend));
	assert_null(strstr(written, "\033"));
}

static void list_in_text_is_aligned(void **state)
{
	struct output out = open_output(false);
	struct media_session two[] = { session, session };
	size_t width = 0;

	(void)state;
	two[1].id = 123456;
	output_list(&out, "sessions", "no sessions", media_session_columns,
		    media_session_fields, two, sizeof(two[0]), 2);
	fclose(out.stream);
	for (char *line = strtok(written, "\n"); line; line = strtok(NULL, "\n")) {
		const char *suite = strstr(line, width ? "AEAD" : "SUITE");

		assert_non_null(suite);
		if (width)
			assert_int_equal(suite - line, width);
		width = (size_t)(suite - line);
	}
	out = open_output(false);
	output_list(&out, "sessions", "no sessions", media_session_columns,
		    media_session_fields, two, sizeof(two[0]), 0);
	fclose(out.stream);
	assert_string_equal(written, "no sessions\n");
}

static void refusal_in_json(void **state)
{
	struct output out = open_output(true);
	struct refusal why = { .code = REASON_SDES_KDR, .line = 2, .position = 70 };
	int line, position, status;
	const char *code, *mend;
	json_t *json;

	(void)state;
	output_refusal(&out, &why);
	fclose(out.stream);
	json = written_json();
	assert_int_equal(json_unpack(json, "{s:{s:s, s:s, s:i, s:i, s:i}}", "error", "code", &code,
				     "mend", &mend, "line", &line, "position", &position, "exit",
				     &status), 0);
	assert_string_equal(code, "sdes-kdr");
	assert_int_equal(line, 2);
	assert_int_equal(position, 70);
	assert_int_equal(status, EXIT_STATUS_USAGE);
	/* One line, so that it may stand between events. */
	assert_ptr_equal(strchr(written, '\n'), written + strlen(written) - 1);
	json_decref(json);
}

static void event_on_one_line(void **state)
{
	const struct media_event_line line = {
		.time = "2026-01-02T03:04:05.678Z",
		.event = { .command = NF_SRTP_CMD_AUTH_FAILURES_NTF, .session_id = 9,
			   .has_direction = true, .direction = 1, .has_count = true, .count = 32,
			   .has_cause = true, .cause = NF_SRTP_CAUSE_WRONG_KEY },
	};
	struct output out = open_output(false);
	const char *cause, *direction;
	json_t *json;

	(void)state;
	output_line(&out, media_event_fields, &line);
	fclose(out.stream);
	assert_non_null(strstr(written, "auth-failures session 9 rx count 32 cause wrong-key - "));
	assert_non_null(strstr(written, reason_cause_words(NF_SRTP_CAUSE_WRONG_KEY)->mend));
	assert_null(strstr(written, "ssrc"));
	out = open_output(true);
	output_line(&out, media_event_fields, &line);
	fclose(out.stream);
	assert_ptr_equal(strchr(written, '\n'), written + strlen(written) - 1);
	json = written_json();
	assert_int_equal(json_unpack(json, "{s:s, s:s}", "cause", &cause, "direction", &direction),
			 0);
	assert_string_equal(cause, "wrong-key");
	assert_string_equal(direction, "rx");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_in_json),
		cmocka_unit_test(session_in_text),
		cmocka_unit_test(list_in_text_is_aligned),
		cmocka_unit_test(refusal_in_json),
		cmocka_unit_test(event_on_one_line),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
