// SPDX-License-Identifier: Apache-2.0
#include "media_objects.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define WHEN(type, member) .present = offsetof(struct type, member) + 1
#define MANY(type, member, number, element) \
	.offset = offsetof(struct type, member), .count = offsetof(struct type, number), \
	.size = sizeof(struct element)

static const struct output_field key_fields[] = {
	{ "mki", "MKI", OUTPUT_TEXT, AT(media_key, mki_text) },
	{ "active", "ACTIVE", OUTPUT_BOOL, AT(media_key, active) },
	{ "used_rtp", "USED-RTP", OUTPUT_U64, AT(media_key, used_rtp) },
	{ "used_rtcp", "USED-RTCP", OUTPUT_U64, AT(media_key, used_rtcp) },
	{ "lifetime", "LIFETIME", OUTPUT_LIFETIME, AT(media_key, lifetime) },
	{ "expired", "EXPIRED", OUTPUT_BOOL, AT(media_key, expired) },
	{ "age_s", "AGE-S", OUTPUT_U32, AT(media_key, age_s) },
	{ 0 },
};

static const struct output_field stream_fields[] = {
	{ "ssrc", "SSRC", OUTPUT_SSRC, AT(media_stream, ssrc) },
	{ "roc", "ROC", OUTPUT_U32, AT(media_stream, roc) },
	{ "seq", "SEQ", OUTPUT_U16, AT(media_stream, seq) },
	{ "rtcp_index", "RTCP-INDEX", OUTPUT_U32, AT(media_stream, rtcp_index) },
	{ "packets", "PACKETS", OUTPUT_U64, AT(media_stream, packets) },
	{ 0 },
};

#define DROP_REASON AT(media_drop, reason), .words = reason_drop_words

static const struct output_field drop_fields[] = {
	{ "reason", "REASON", OUTPUT_CODE, DROP_REASON },
	{ "packets", "PACKETS", OUTPUT_U64, AT(media_drop, packets) },
	{ "text", "MEANING", OUTPUT_WORDS, DROP_REASON },
	{ "mend", "", OUTPUT_MEND, DROP_REASON, .flags = OUTPUT_JSON_ONLY },
	{ 0 },
};

#define DIRECTION_COUNTERS \
	{ "rtp_packets", "rtp packets", OUTPUT_U64, AT(media_direction, rtp_packets) }, \
	{ "rtp_bytes", "rtp bytes", OUTPUT_U64, AT(media_direction, rtp_bytes) }, \
	{ "rtcp_packets", "rtcp packets", OUTPUT_U64, AT(media_direction, rtcp_packets) }, \
	{ "rtcp_bytes", "rtcp bytes", OUTPUT_U64, AT(media_direction, rtcp_bytes) }, \
	{ "other_packets", "other packets", OUTPUT_U64, AT(media_direction, other_packets), \
	  .flags = OUTPUT_QUIET }, \
	{ "dropped", "dropped", OUTPUT_U64, AT(media_direction, dropped) }, \
	{ "drops", "drops", OUTPUT_LIST, MANY(media_direction, drops, drop_count, media_drop), \
	  .fields = drop_fields, .flags = OUTPUT_QUIET }, \
	{ "monitored", "enforcement would have dropped", OUTPUT_LIST, \
	  MANY(media_direction, monitored, monitored_count, media_drop), \
	  .fields = drop_fields, .flags = OUTPUT_QUIET }

static const struct output_field direction_fields[] = {
	{ "silent_ms", "last packet ms ago", OUTPUT_U32, AT(media_direction, silent_ms),
	  WHEN(media_direction, heard) },
	DIRECTION_COUNTERS,
	{ "keys", "keys", OUTPUT_LIST, MANY(media_direction, keys, key_count, media_key),
	  .fields = key_fields, .flags = OUTPUT_QUIET },
	{ "streams", "streams", OUTPUT_LIST,
	  MANY(media_direction, streams, stream_count, media_stream), .fields = stream_fields,
	  .flags = OUTPUT_QUIET },
	{ 0 },
};

const struct output_field media_session_fields[] = {
	{ "id", "id", OUTPUT_U32, AT(media_session, id) },
	{ "state", "state", OUTPUT_WORD, AT(media_session, state), .names = media_states },
	{ "age_s", "age s", OUTPUT_U32, AT(media_session, age_s) },
	{ "suite", "suite", OUTPUT_SUITE, AT(media_session, suite) },
	{ "local", "local", OUTPUT_ADDRESS, AT(media_session, local) },
	{ "remote", "remote", OUTPUT_ADDRESS, AT(media_session, remote) },
	{ "rtcp_mux", "rtcp mux", OUTPUT_BOOL, AT(media_session, rtcp_mux) },
	{ "hold", "hold", OUTPUT_FLAGS, AT(media_session, hold), .names = media_holds },
	{ "pass", "pass", OUTPUT_FLAGS, AT(media_session, pass), .names = media_passes },
	{ "silence_timeout_ms", "silence timeout ms", OUTPUT_U32,
	  AT(media_session, silence_timeout_ms), .flags = OUTPUT_QUIET },
	{ "tx", "tx", OUTPUT_OBJECT, AT(media_session, tx), .fields = direction_fields },
	{ "rx", "rx", OUTPUT_OBJECT, AT(media_session, rx), .fields = direction_fields },
	{ 0 },
};

const struct output_column media_session_columns[] = {
	{ "ID", "id" },
	{ "STATE", "state" },
	{ "SUITE", "suite" },
	{ "LOCAL", "local" },
	{ "REMOTE", "remote" },
	{ "MUX", "rtcp_mux" },
	{ "HOLD", "hold" },
	{ "TX", "tx.rtp_packets" },
	{ "RX", "rx.rtp_packets" },
	{ "TX-DROPS", "tx.dropped" },
	{ "RX-DROPS", "rx.dropped" },
	{ "AGE-S", "age_s" },
	{ 0 },
};

const struct output_field media_session_id_fields[] = {
	{ "id", "id", OUTPUT_U32, AT(media_session, id) },
	{ 0 },
};

static const struct output_field counters_direction_fields[] = {
	DIRECTION_COUNTERS,
	{ 0 },
};

const struct output_field media_counters_fields[] = {
	{ "session_id", "session", OUTPUT_U32, AT(media_counters, session_id),
	  .flags = OUTPUT_QUIET },
	{ "tx", "tx", OUTPUT_OBJECT, AT(media_counters, tx), .fields = counters_direction_fields },
	{ "rx", "rx", OUTPUT_OBJECT, AT(media_counters, rx), .fields = counters_direction_fields },
	{ 0 },
};

const struct output_column media_counters_columns[] = {
	{ "SESSION", "session_id" },
	{ "TX-RTP", "tx.rtp_packets" },
	{ "TX-RTCP", "tx.rtcp_packets" },
	{ "TX-DROPS", "tx.dropped" },
	{ "RX-RTP", "rx.rtp_packets" },
	{ "RX-RTCP", "rx.rtcp_packets" },
	{ "RX-DROPS", "rx.dropped" },
	{ 0 },
};

static const struct output_field range_fields[] = {
	{ "first", "FIRST", OUTPUT_U16, AT(media_range, first) },
	{ "last", "LAST", OUTPUT_U16, AT(media_range, last) },
	{ 0 },
};

const struct output_field media_policy_fields[] = {
	{ "mode", "mode", OUTPUT_WORD, AT(media_policy, mode), .names = media_modes },
	{ "ranges", "protected ports", OUTPUT_ARRAY,
	  MANY(media_policy, ranges, range_count, media_range), .fields = range_fields },
	{ "pass", "pass", OUTPUT_FLAGS, AT(media_policy, pass), .names = media_passes },
	{ "auth_failure_threshold", "auth-fail threshold", OUTPUT_U32,
	  AT(media_policy, auth_failure_threshold) },
	{ "replay_threshold", "replay threshold", OUTPUT_U32, AT(media_policy, replay_threshold) },
	{ 0 },
};

#define EVENT(member) AT(media_event_line, event.member)
#define EVENT_WHEN(member) WHEN(media_event_line, event.member)

const struct output_field media_event_fields[] = {
	{ "time", "", OUTPUT_TEXT, AT(media_event_line, time) },
	{ "event", "", OUTPUT_CODE, EVENT(command), .words = reason_event_words },
	{ "session_id", "session", OUTPUT_U32, EVENT(session_id) },
	{ "direction", "", OUTPUT_WORD, EVENT(direction), EVENT_WHEN(has_direction),
	  .names = media_directions },
	{ "ssrc", "ssrc", OUTPUT_SSRC, EVENT(ssrc), EVENT_WHEN(has_ssrc) },
	{ "previous_ssrc", "previous ssrc", OUTPUT_SSRC, EVENT(previous_ssrc),
	  EVENT_WHEN(has_previous_ssrc) },
	{ "count", "count", OUTPUT_U32, EVENT(count), EVENT_WHEN(has_count) },
	{ "remaining", "remaining", OUTPUT_U64, EVENT(remaining), EVENT_WHEN(has_remaining) },
	{ "cause", "cause", OUTPUT_CODE, EVENT(cause), EVENT_WHEN(has_cause),
	  .words = reason_cause_words },
	{ "text", "-", OUTPUT_WORDS, EVENT(command), .words = reason_event_words },
	{ "mend", "", OUTPUT_MEND, EVENT(command), .words = reason_event_words,
	  .flags = OUTPUT_QUIET },
	{ "cause_text", "", OUTPUT_WORDS, EVENT(cause), EVENT_WHEN(has_cause),
	  .words = reason_cause_words },
	{ "cause_mend", "", OUTPUT_MEND, EVENT(cause), EVENT_WHEN(has_cause),
	  .words = reason_cause_words },
	{ 0 },
};
