// SPDX-License-Identifier: Apache-2.0
/* Descriptions of what the daemon tells of certificates, trust and configuration. */
#include "phone_device.h"

#define TEXT(key, label, type, member, more) \
	{ key, label, OUTPUT_TEXT, .offset = offsetof(struct type, member), .flags = more }
#define U32(key, label, type, member, more) \
	{ key, label, OUTPUT_U32, .offset = offsetof(struct type, member), .flags = more }
#define BOOL(key, label, type, member, more) \
	{ key, label, OUTPUT_BOOL, .offset = offsetof(struct type, member), .flags = more }
#define REASON(key, label, type, member) \
	{ key, label, OUTPUT_OBJECT, .offset = offsetof(struct type, member), \
	  .fields = phone_reason_fields, .flags = OUTPUT_QUIET }
#define MANY(key, type, member, number, what, element) \
	{ key, key, OUTPUT_ARRAY, .offset = offsetof(struct type, member), .fields = what, \
	  .count = offsetof(struct type, number), .size = sizeof(struct element), \
	  .flags = OUTPUT_JSON_ONLY }

/* In text, the place is the headline. */
const struct output_field phone_certificate_fields[] = {
	TEXT("place", "place", phone_certificate, place, OUTPUT_JSON_ONLY),
	TEXT("state", "state", phone_certificate, state, 0),
	BOOL("shown", "shown to servers", phone_certificate, shown, 0),
	BOOL("on_trial", "on trial", phone_certificate, on_trial, OUTPUT_QUIET),
	TEXT("subject", "subject", phone_certificate, subject, 0),
	TEXT("issuer", "issuer", phone_certificate, issuer, 0),
	TEXT("serial", "serial number", phone_certificate, serial, 0),
	TEXT("fingerprint", "SHA-256", phone_certificate, fingerprint, 0),
	TEXT("key", "key", phone_certificate, key, 0),
	TEXT("from", "valid from", phone_certificate, from_text, OUTPUT_QUIET),
	TEXT("to", "valid until", phone_certificate, to_text, OUTPUT_QUIET),
	{ 0 },
};

const struct output_field phone_lsc_fields[] = {
	TEXT("status", "LSC", phone_lsc, status, 0),
	BOOL("works", "session runs", phone_lsc, works, OUTPUT_QUIET),
	BOOL("awaits_string", "awaits the string", phone_lsc, awaits_string, OUTPUT_QUIET),
	TEXT("renewal", "is renewed", phone_lsc, renewal_text, OUTPUT_QUIET),
	REASON("problem", "problem", phone_lsc, last),
	{ 0 },
};

const struct output_field phone_list_fields[] = {
	TEXT("place", "list", phone_list, place, 0),
	TEXT("signer", "signer", phone_list, signer, 0),
	TEXT("issuer", "issuer", phone_list, issuer, 0),
	TEXT("serial", "serial number", phone_list, serial, 0),
	TEXT("fingerprint", "SHA-256", phone_list, fingerprint, 0),
	TEXT("timestamp", "made", phone_list, timestamp_text, OUTPUT_QUIET),
	U32("size", "bytes", phone_list, size, 0),
	U32("records", "records", phone_list, records, 0),
	REASON("problem", "refused", phone_list, why),
	{ 0 },
};

const struct output_column phone_list_columns[] = {
	{ "LIST", "place" },
	{ "RECORDS", "records" },
	{ "BYTES", "size" },
	{ "MADE", "timestamp" },
	{ "SIGNER", "signer" },
	{ "REFUSED", "problem.code" },
	{ 0 },
};

const struct output_field phone_record_fields[] = {
	TEXT("place", "list", phone_record, place, 0),
	TEXT("role", "role", phone_record, role, 0),
	TEXT("subject", "subject", phone_record, subject, 0),
	TEXT("issuer", "issuer", phone_record, issuer, 0),
	TEXT("serial", "serial number", phone_record, serial, 0),
	TEXT("host", "host", phone_record, host, OUTPUT_QUIET),
	TEXT("fingerprint", "SHA-256", phone_record, fingerprint, OUTPUT_QUIET),
	TEXT("to", "ends", phone_record, to_text, OUTPUT_QUIET),
	{ 0 },
};

const struct output_column phone_record_columns[] = {
	{ "LIST", "place" },
	{ "ROLE", "role" },
	{ "ENDS", "to" },
	{ "SERIAL", "serial" },
	{ "SUBJECT", "subject" },
	{ 0 },
};

const struct output_field phone_verify_server_fields[] = {
	TEXT("host", "host", phone_verify_server, host, 0),
	U32("port", "port", phone_verify_server, port, 0),
	TEXT("answered", "answered", phone_verify_server, answered_text, OUTPUT_QUIET),
	U32("latency_ms", "after ms", phone_verify_server, latency_ms, OUTPUT_QUIET),
	REASON("problem", "last problem", phone_verify_server, last),
	{ 0 },
};

const struct output_column phone_verify_server_columns[] = {
	{ "SERVER", "host" },
	{ "PORT", "port" },
	{ "ANSWERED", "answered" },
	{ "LATENCY-MS", "latency_ms" },
	{ "LAST-PROBLEM", "problem.code" },
	{ 0 },
};

const struct output_field phone_setting_fields[] = {
	TEXT("name", "name", phone_setting, name, 0),
	TEXT("value", "value", phone_setting, value, 0),
	TEXT("source", "source", phone_setting, source, 0),
	BOOL("restart", "waits for a restart", phone_setting, restart, 0),
	{ 0 },
};

const struct output_column phone_setting_columns[] = {
	{ "SETTING", "name" },
	{ "SOURCE", "source" },
	{ "RESTART", "restart" },
	{ "VALUE", "value" },
	{ 0 },
};

const struct output_field phone_problem_fields[] = {
	TEXT("element", "element", phone_problem, element, 0),
	TEXT("value", "value", phone_problem, value, 0),
	TEXT("text", "problem", phone_problem, text, 0),
	{ 0 },
};

const struct output_column phone_problem_columns[] = {
	{ "ELEMENT", "element" },
	{ "VALUE", "value" },
	{ "PROBLEM", "text" },
	{ 0 },
};

/* In text, settings and problems come as tables of their own. */
const struct output_field phone_configuration_fields[] = {
	TEXT("state", "state", phone_configuration, state, 0),
	TEXT("file", "file", phone_configuration, file, OUTPUT_QUIET),
	TEXT("source", "from", phone_configuration, source, OUTPUT_QUIET),
	TEXT("loaded", "loaded", phone_configuration, loaded_text, OUTPUT_QUIET),
	BOOL("signed", "signed", phone_configuration, is_signed, 0),
	BOOL("stored", "of before", phone_configuration, is_stored, OUTPUT_QUIET),
	BOOL("restart", "waits for a restart", phone_configuration, restart, OUTPUT_QUIET),
	REASON("problem", "problem", phone_configuration, last),
	MANY("settings", phone_configuration, settings, settings_count, phone_setting_fields,
	     phone_setting),
	MANY("problems", phone_configuration, problems, problems_count, phone_problem_fields,
	     phone_problem),
	{ 0 },
};

const struct output_field phone_image_fields[] = {
	TEXT("state", "state", phone_image, state, 0),
	TEXT("name", "name", phone_image, name, OUTPUT_QUIET),
	U32("percent", "per cent verified", phone_image, percent, OUTPUT_QUIET),
	TEXT("progress", "installer says", phone_image, text, OUTPUT_QUIET),
	REASON("problem", "problem", phone_image, last),
	{ 0 },
};

const struct output_field phone_judgement_fields[] = {
	BOOL("accepted", "accepted", phone_judgement, accepted, 0),
	TEXT("kind", "kind", phone_judgement, kind, OUTPUT_QUIET),
	TEXT("name", "signed as", phone_judgement, name, OUTPUT_QUIET),
	TEXT("signer", "signer", phone_judgement, signer, OUTPUT_QUIET),
	TEXT("issuer", "issuer", phone_judgement, issuer, OUTPUT_QUIET),
	TEXT("serial", "serial number", phone_judgement, serial, OUTPUT_QUIET),
	TEXT("found", "signer known by", phone_judgement, found, 0),
	BOOL("asks", "TVS may know it", phone_judgement, asks, OUTPUT_QUIET),
	TEXT("digest", "digest", phone_judgement, digest, OUTPUT_QUIET),
	TEXT("timestamp", "made", phone_judgement, timestamp_text, OUTPUT_QUIET),
	REASON("problem", "problem", phone_judgement, why),
	{ 0 },
};
