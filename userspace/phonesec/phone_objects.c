// SPDX-License-Identifier: Apache-2.0
/* Descriptions of what the daemon tells, for output. */
#include "phone.h"

#define AT(type, member) .offset = offsetof(struct type, member)
#define MANY(type, member, number, element) \
	.offset = offsetof(struct type, member), .count = offsetof(struct type, number), \
	.size = sizeof(struct element)

const struct output_field phone_reason_fields[] = {
	{ "code", "reason", OUTPUT_TEXT, AT(phone_reason, code), .flags = OUTPUT_QUIET },
	{ "text", "text", OUTPUT_TEXT, AT(phone_reason, text), .flags = OUTPUT_QUIET },
	{ "mend", "mend", OUTPUT_TEXT, AT(phone_reason, mend), .flags = OUTPUT_QUIET },
	{ "detail", "detail", OUTPUT_TEXT, AT(phone_reason, detail), .flags = OUTPUT_QUIET },
	{ 0 },
};

static const struct output_field line_fields[] = {
	{ "kind", "KIND", OUTPUT_TEXT, AT(phone_line, kind) },
	{ "active", "ACTIVE", OUTPUT_BOOL, AT(phone_line, active) },
	{ "secure", "SECURE", OUTPUT_BOOL, AT(phone_line, secure) },
	{ "session_id", "SESSION", OUTPUT_U32, AT(phone_line, session) },
	{ "suite", "SUITE", OUTPUT_TEXT, AT(phone_line, suite) },
	{ "heard", "HEARD", OUTPUT_BOOL, AT(phone_line, heard) },
	{ "sent", "SENT", OUTPUT_BOOL, AT(phone_line, sent) },
	{ "local", "LOCAL", OUTPUT_TEXT, AT(phone_line, local) },
	{ "remote", "REMOTE", OUTPUT_TEXT, AT(phone_line, remote) },
	{ "key_age_s", "KEY-AGE-S", OUTPUT_U32, AT(phone_line, key_age_s) },
	{ 0 },
};

const struct output_field phone_call_fields[] = {
	{ "id", "id", OUTPUT_U32, AT(phone_call, id) },
	{ "call_id", "Call-ID", OUTPUT_TEXT, AT(phone_call, call_id) },
	{ "direction", "direction", OUTPUT_TEXT, AT(phone_call, direction) },
	{ "progress", "progress", OUTPUT_TEXT, AT(phone_call, progress) },
	{ "far_uri", "far end", OUTPUT_TEXT, AT(phone_call, far_uri) },
	{ "far_name", "far name", OUTPUT_TEXT, AT(phone_call, far_name), .flags = OUTPUT_QUIET },
	{ "security", "security", OUTPUT_TEXT, AT(phone_call, security) },
	{ "told_security", "call manager says", OUTPUT_TEXT, AT(phone_call, told_security) },
	{ "icon", "icon", OUTPUT_TEXT, AT(phone_call, icon) },
	{ "signalling_secure", "signalling secure", OUTPUT_BOOL,
	  AT(phone_call, signalling_secure) },
	{ "suite", "suite", OUTPUT_TEXT, AT(phone_call, suite) },
	{ "key_age_s", "key age s", OUTPUT_U32, AT(phone_call, key_age_s) },
	{ "heard", "heard", OUTPUT_BOOL, AT(phone_call, heard) },
	{ "sent", "sent", OUTPUT_BOOL, AT(phone_call, sent) },
	{ "since", "since", OUTPUT_TEXT, AT(phone_call, since_text), .flags = OUTPUT_QUIET },
	{ "recovered", "recovered", OUTPUT_BOOL, AT(phone_call, recovered),
	  .flags = OUTPUT_QUIET },
	{ "captured", "recorded in clear", OUTPUT_BOOL, AT(phone_call, captured),
	  .flags = OUTPUT_QUIET },
	{ "media", "media", OUTPUT_ARRAY, MANY(phone_call, lines, lines_count, phone_line),
	  .fields = line_fields, .flags = OUTPUT_QUIET },
	{ 0 },
};

const struct output_column phone_call_columns[] = {
	{ "CALL", "id" },
	{ "FAR-END", "far_uri" },
	{ "PROGRESS", "progress" },
	{ "SECURITY", "security" },
	{ "TLS", "signalling_secure" },
	{ "SUITE", "suite" },
	{ "KEY-AGE-S", "key_age_s" },
	{ "HEARD", "heard" },
	{ "SENT", "sent" },
	{ 0 },
};

const struct output_field phone_call_id_fields[] = {
	{ "id", "id", OUTPUT_U32, AT(phone_call, id) },
	{ 0 },
};

/* In text, the role is the headline. */
const struct output_field phone_server_fields[] = {
	{ "role", "role", OUTPUT_TEXT, AT(phone_server, role), .flags = OUTPUT_JSON_ONLY },
	{ "state", "state", OUTPUT_TEXT, AT(phone_server, state) },
	{ "host", "host", OUTPUT_TEXT, AT(phone_server, host), .flags = OUTPUT_QUIET },
	{ "port", "port", OUTPUT_U32, AT(phone_server, port), .flags = OUTPUT_QUIET },
	{ "local", "local", OUTPUT_TEXT, AT(phone_server, local), .flags = OUTPUT_QUIET },
	{ "tls_version", "TLS version", OUTPUT_TEXT, AT(phone_server, version),
	  .flags = OUTPUT_QUIET },
	{ "tls_suite", "TLS suite", OUTPUT_TEXT, AT(phone_server, suite), .flags = OUTPUT_QUIET },
	{ "resumed", "resumed", OUTPUT_BOOL, AT(phone_server, resumed), .flags = OUTPUT_QUIET },
	{ "certificate_subject", "certificate", OUTPUT_TEXT, AT(phone_server, subject),
	  .flags = OUTPUT_QUIET },
	{ "certificate_fingerprint", "fingerprint", OUTPUT_TEXT, AT(phone_server, fingerprint),
	  .flags = OUTPUT_QUIET },
	{ "certificate_expires", "expires", OUTPUT_TEXT, AT(phone_server, expires_text),
	  .flags = OUTPUT_QUIET },
	{ "last", "last problem", OUTPUT_OBJECT, AT(phone_server, last),
	  .fields = phone_reason_fields, .flags = OUTPUT_QUIET },
	{ 0 },
};

const struct output_column phone_server_columns[] = {
	{ "SERVER", "role" },
	{ "STATE", "state" },
	{ "HOST", "host" },
	{ "PORT", "port" },
	{ "TLS", "tls_version" },
	{ "LAST-PROBLEM", "last.code" },
	{ 0 },
};

const struct output_field phone_registration_fields[] = {
	{ "aor", "LINE", OUTPUT_TEXT, AT(phone_registration, aor) },
	{ "state", "STATE", OUTPUT_TEXT, AT(phone_registration, state) },
	{ "server", "SERVER", OUTPUT_TEXT, AT(phone_registration, server) },
	{ "expires_s", "EXPIRES-S", OUTPUT_U32, AT(phone_registration, expires_s) },
	{ "status", "STATUS", OUTPUT_U32, AT(phone_registration, status) },
	{ "text", "TEXT", OUTPUT_TEXT, AT(phone_registration, text) },
	{ 0 },
};

const struct output_column phone_registration_columns[] = {
	{ "LINE", "aor" },
	{ "STATE", "state" },
	{ "SERVER", "server" },
	{ "EXPIRES-S", "expires_s" },
	{ "STATUS", "status" },
	{ "TEXT", "text" },
	{ 0 },
};

const struct output_field phone_token_fields[] = {
	{ "state", "state", OUTPUT_TEXT, AT(phone, token_state) },
	{ "expires_s", "expires s", OUTPUT_U32, AT(phone, token_expires_s),
	  .flags = OUTPUT_QUIET },
	{ "problem", "problem", OUTPUT_OBJECT, AT(phone, token), .fields = phone_reason_fields,
	  .flags = OUTPUT_QUIET },
	{ 0 },
};

/* In text, servers and calls come as tables of their own. */
const struct output_field phone_fields[] = {
	{ "version", "version", OUTPUT_TEXT, AT(phone, version) },
	{ "security_mode", "security mode", OUTPUT_TEXT, AT(phone, security_mode) },
	{ "media_policy", "SRTP", OUTPUT_TEXT, AT(phone, media_policy) },
	{ "proxy", "proxy", OUTPUT_TEXT, AT(phone, proxy) },
	{ "protected_device", "protected device", OUTPUT_BOOL, AT(phone, is_protected) },
	{ "play_secure_indication_tone", "plays tone", OUTPUT_BOOL, AT(phone, plays_tone) },
	{ "registered", "registered", OUTPUT_BOOL, AT(phone, registered) },
	{ "service", "service", OUTPUT_TEXT, AT(phone, service_state) },
	{ "service_problem", "out of service", OUTPUT_OBJECT, AT(phone, service),
	  .fields = phone_reason_fields, .flags = OUTPUT_QUIET },
	{ "module", "kernel module", OUTPUT_TEXT, AT(phone, module_state) },
	{ "module_problem", "kernel module problem", OUTPUT_OBJECT, AT(phone, module),
	  .fields = phone_reason_fields, .flags = OUTPUT_QUIET },
	{ "token", "OAuth token", OUTPUT_TEXT, AT(phone, token_state) },
	{ "registrations", "registrations", OUTPUT_ARRAY,
	  MANY(phone, registrations, registrations_count, phone_registration),
	  .fields = phone_registration_fields, .flags = OUTPUT_JSON_ONLY },
	{ "servers", "servers", OUTPUT_ARRAY, MANY(phone, servers, servers_count, phone_server),
	  .fields = phone_server_fields, .flags = OUTPUT_JSON_ONLY },
	{ "calls", "calls", OUTPUT_LIST, MANY(phone, calls, calls_count, phone_call),
	  .fields = phone_call_fields, .flags = OUTPUT_JSON_ONLY },
	{ 0 },
};
