// SPDX-License-Identifier: Apache-2.0
/* Descriptions of what the daemon tells of network access and policy. */
#include "phone_access.h"

#define TEXT(key, label, type, member, more) \
	{ key, label, OUTPUT_TEXT, .offset = offsetof(struct type, member), .flags = more }
#define U32(key, label, type, member, more) \
	{ key, label, OUTPUT_U32, .offset = offsetof(struct type, member), .flags = more }
#define U64(key, label, type, member, more) \
	{ key, label, OUTPUT_U64, .offset = offsetof(struct type, member), .flags = more }
#define BOOL(key, label, type, member, more) \
	{ key, label, OUTPUT_BOOL, .offset = offsetof(struct type, member), .flags = more }
#define REASON(key, label, type, member) \
	{ key, label, OUTPUT_OBJECT, .offset = offsetof(struct type, member), \
	  .fields = phone_reason_fields, .flags = OUTPUT_QUIET }

const struct output_field phone_dot1x_fields[] = {
	TEXT("device_authentication", "device authentication", phone_dot1x, device_authentication,
	     0),
	BOOL("fixed", "fixed by configuration", phone_dot1x, fixed, OUTPUT_QUIET),
	TEXT("state", "state", phone_dot1x, state, 0),
	TEXT("transaction_status", "transaction status", phone_dot1x, transaction, 0),
	TEXT("protocols", "protocols", phone_dot1x, protocols, 0),
	TEXT("method", "last method", phone_dot1x, method, OUTPUT_QUIET),
	TEXT("tls", "its TLS", phone_dot1x, tls, OUTPUT_QUIET),
	TEXT("identity", "shows", phone_dot1x, identity, OUTPUT_QUIET),
	REASON("problem", "last problem", phone_dot1x, last),
	{ 0 },
};

const struct output_field phone_vlan_fields[] = {
	TEXT("state", "state", phone_vlan, state, 0),
	U32("id", "VLAN", phone_vlan, id, 0),
	TEXT("source", "learned by", phone_vlan, source, OUTPUT_QUIET),
	TEXT("interface", "interface of voice", phone_vlan, interface, OUTPUT_QUIET),
	TEXT("switch_name", "switch", phone_vlan, switch_name, OUTPUT_QUIET),
	TEXT("switch_port", "its port", phone_vlan, switch_port, OUTPUT_QUIET),
	REASON("problem", "last problem", phone_vlan, last),
	{ 0 },
};

const struct output_field phone_port_fields[] = {
	TEXT("role", "port", phone_port, role, 0),
	TEXT("interface", "interface", phone_port, interface, OUTPUT_QUIET),
	TEXT("address", "address", phone_port, address, OUTPUT_QUIET),
	BOOL("up", "up", phone_port, is_up, 0),
	BOOL("carrier", "carrier", phone_port, has_carrier, 0),
	{ 0 },
};

const struct output_column phone_port_columns[] = {
	{ "PORT", "role" },
	{ "INTERFACE", "interface" },
	{ "ADDRESS", "address" },
	{ "UP", "up" },
	{ "CARRIER", "carrier" },
	{ 0 },
};

/* In text each part is an object of its own. */
const struct output_field phone_network_fields[] = {
	{ "dot1x", "", OUTPUT_OBJECT, .offset = offsetof(struct phone_network, dot1x),
	  .fields = phone_dot1x_fields },
	{ "vlan", "", OUTPUT_OBJECT, .offset = offsetof(struct phone_network, vlan),
	  .fields = phone_vlan_fields },
	{ "ports", "", OUTPUT_ARRAY, .offset = offsetof(struct phone_network, ports),
	  .fields = phone_port_fields, .size = sizeof(struct phone_port),
	  .count = offsetof(struct phone_network, ports_count) },
	{ 0 },
};

const struct output_field phone_option_fields[] = {
	TEXT("name", "name", phone_option, name, 0),
	TEXT("title", "title", phone_option, title, 0),
	TEXT("element", "element", phone_option, element, OUTPUT_QUIET),
	TEXT("value", "value", phone_option, value, 0),
	TEXT("default", "default", phone_option, usual, 0),
	TEXT("source", "source", phone_option, source, 0),
	TEXT("effect", "effect", phone_option, effect, 0),
	TEXT("problem", "problem", phone_option, problem, OUTPUT_QUIET),
	{ 0 },
};

const struct output_column phone_option_columns[] = {
	{ "OPTION", "name" },
	{ "VALUE", "value" },
	{ "DEFAULT", "default" },
	{ "SOURCE", "source" },
	{ "ELEMENT", "element" },
	{ "PROBLEM", "problem" },
	{ 0 },
};

const struct output_field phone_access_fields[] = {
	TEXT("settings_access", "settings access", phone_access, settings, 0),
	BOOL("password_set", "password", phone_access, password_set, 0),
	TEXT("unlocked_until", "unlocked until", phone_access, unlocked_text, OUTPUT_QUIET),
	TEXT("locked_out_until", "locked out until", phone_access, locked_out_text, OUTPUT_QUIET),
	{ 0 },
};

const struct output_field phone_web_fields[] = {
	BOOL("access", "web access", phone_web, access, 0),
	BOOL("https_only", "HTTPS only", phone_web, https_only, 0),
	U32("http_port", "port of HTTP", phone_web, http_port, OUTPUT_QUIET),
	U32("https_port", "port of HTTPS", phone_web, https_port, OUTPUT_QUIET),
	{ 0 },
};

const struct output_field phone_rules_fields[] = {
	TEXT("state", "rules in the kernel", phone_rules, state, 0),
	REASON("problem", "last problem", phone_rules, last),
	{ 0 },
};

const struct output_field phone_hardening_fields[] = {
	{ "access", "", OUTPUT_OBJECT, .offset = offsetof(struct phone_policy, access),
	  .fields = phone_access_fields },
	{ "web", "", OUTPUT_OBJECT, .offset = offsetof(struct phone_policy, web),
	  .fields = phone_web_fields },
	{ "rules", "", OUTPUT_OBJECT, .offset = offsetof(struct phone_policy, rules),
	  .fields = phone_rules_fields },
	{ "options", "", OUTPUT_ARRAY, .offset = offsetof(struct phone_policy, options),
	  .fields = phone_option_fields, .size = sizeof(struct phone_option),
	  .count = offsetof(struct phone_policy, options_count) },
	{ 0 },
};

const struct output_field phone_fips_fields[] = {
	BOOL("on", "FIPS mode", phone_fips, on, 0),
	BOOL("wanted", "after a restart", phone_fips, wanted, 0),
	TEXT("provider", "provider", phone_fips, provider, OUTPUT_QUIET),
	BOOL("kernel", "kernel with fips=1", phone_fips, kernel, 0),
	TEXT("private_keys", "private keys", phone_fips, private_keys, 0),
	REASON("problem", "not as wanted", phone_fips, why),
	{ 0 },
};

const struct output_field phone_audit_fields[] = {
	TEXT("mode", "mode", phone_audit, mode, 0),
	TEXT("state", "state", phone_audit, state, 0),
	TEXT("server", "server", phone_audit, server, OUTPUT_QUIET),
	TEXT("transport", "transport", phone_audit, transport, OUTPUT_QUIET),
	U64("written", "events", phone_audit, written, 0),
	U64("delivered", "delivered", phone_audit, delivered, 0),
	U64("waiting", "waiting", phone_audit, waiting, 0),
	U64("lost", "lost", phone_audit, lost, 0),
	U64("spooled", "bytes kept", phone_audit, spooled, 0),
	BOOL("halted", "phone out of service", phone_audit, halted, OUTPUT_QUIET),
	REASON("problem", "last problem", phone_audit, last),
	{ 0 },
};

const struct output_field phone_need_fields[] = {
	TEXT("feature", "feature", phone_need, feature, 0),
	TEXT("need", "needs", phone_need, need, 0),
	TEXT("verdict", "verdict", phone_need, verdict, 0),
	TEXT("effect", "effect", phone_need, effect, OUTPUT_QUIET),
	{ 0 },
};

const struct output_column phone_need_columns[] = {
	{ "FEATURE", "feature" },
	{ "VERDICT", "verdict" },
	{ "NEEDS", "need" },
	{ "EFFECT", "effect" },
	{ 0 },
};

const struct output_field phone_contact_fields[] = {
	TEXT("name", "name", phone_contact, name, 0),
	TEXT("number", "number", phone_contact, number, 0),
	TEXT("mobile", "mobile", phone_contact, mobile, OUTPUT_QUIET),
	TEXT("home", "home", phone_contact, home, OUTPUT_QUIET),
	TEXT("uri", "SIP address", phone_contact, uri, OUTPUT_QUIET),
	TEXT("mail", "e-mail", phone_contact, mail, OUTPUT_QUIET),
	TEXT("department", "department", phone_contact, department, OUTPUT_QUIET),
	TEXT("title", "title", phone_contact, title, OUTPUT_QUIET),
	TEXT("user", "user", phone_contact, user, OUTPUT_QUIET),
	{ 0 },
};

const struct output_column phone_contact_columns[] = {
	{ "NAME", "name" },
	{ "NUMBER", "number" },
	{ "MOBILE", "mobile" },
	{ "HOME", "home" },
	{ "MAIL", "mail" },
	{ "DEPARTMENT", "department" },
	{ 0 },
};
