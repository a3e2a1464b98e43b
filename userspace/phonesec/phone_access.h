/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon tells of network access and policy, as plain values. */
#ifndef PHONESEC_PHONE_ACCESS_H
#define PHONESEC_PHONE_ACCESS_H

#include "phone.h"

enum phone_access_limits {
	PHONE_PORTS_MAX = 4,
	PHONE_OPTIONS_MAX = 64,
	PHONE_NEEDS_MAX = 256,
	PHONE_CONTACTS_MAX = 64,
};

struct phone_dot1x {
	char device_authentication[PHONE_WORD_MAX];
	bool fixed;
	char state[PHONE_WORD_MAX];
	char transaction[PHONE_WORD_MAX];
	char protocols[PHONE_URI_MAX];
	char method[PHONE_WORD_MAX];
	char tls[PHONE_URI_MAX];
	char identity[PHONE_URI_MAX];
	struct phone_reason last;
};

struct phone_vlan {
	char state[PHONE_WORD_MAX];
	uint32_t id;
	char source[PHONE_WORD_MAX];
	char interface[PHONE_WORD_MAX];
	char switch_name[PHONE_URI_MAX];
	char switch_port[PHONE_URI_MAX];
	struct phone_reason last;
};

struct phone_port {
	char role[PHONE_WORD_MAX];
	char interface[PHONE_WORD_MAX];
	char address[PHONE_WORD_MAX];
	bool is_up;
	bool has_carrier;
};

struct phone_network {
	struct phone_dot1x dot1x;
	struct phone_vlan vlan;
	struct phone_port ports[PHONE_PORTS_MAX];
	size_t ports_count;
};

struct phone_option {
	char name[PHONE_URI_MAX];
	char title[PHONE_URI_MAX];
	char element[PHONE_URI_MAX];
	char value[PHONE_URI_MAX];
	char usual[PHONE_URI_MAX];
	char source[PHONE_WORD_MAX];
	char effect[PHONE_SENTENCE_MAX];
	char problem[PHONE_URI_MAX];
};

/* What people at the phone may do. */
struct phone_access {
	char settings[PHONE_WORD_MAX];
	bool password_set;
	int64_t unlocked_until;
	char unlocked_text[PHONE_TIME_MAX];
	int64_t locked_out_until;
	char locked_out_text[PHONE_TIME_MAX];
};

/* What the kernel has of the options. */
struct phone_rules {
	char state[PHONE_WORD_MAX];
	struct phone_reason last;
};

struct phone_web {
	bool access;
	bool https_only;
	uint32_t http_port;
	uint32_t https_port;
};

struct phone_fips {
	bool on;
	bool wanted;
	char provider[PHONE_URI_MAX];
	bool kernel;
	char private_keys[PHONE_WORD_MAX];
	struct phone_reason why;
};

struct phone_audit {
	char mode[PHONE_WORD_MAX];
	char state[PHONE_WORD_MAX];
	char server[PHONE_URI_MAX];
	char transport[PHONE_WORD_MAX];
	uint64_t written;
	uint64_t delivered;
	uint64_t waiting;
	uint64_t lost;
	uint64_t spooled;
	bool halted;
	struct phone_reason last;
};

struct phone_policy {
	struct phone_option options[PHONE_OPTIONS_MAX];
	size_t options_count;
	struct phone_access access;
	struct phone_web web;
	struct phone_rules rules;
	struct phone_fips fips;
	struct phone_audit audit;
};

struct phone_need {
	char feature[PHONE_URI_MAX];
	char need[PHONE_URI_MAX];
	char verdict[PHONE_WORD_MAX];
	char effect[PHONE_SENTENCE_MAX];
};

struct phone_needs {
	struct phone_need all[PHONE_NEEDS_MAX];
	size_t count;
};

struct phone_contact {
	char name[PHONE_URI_MAX];
	char number[PHONE_URI_MAX];
	char mobile[PHONE_URI_MAX];
	char home[PHONE_URI_MAX];
	char uri[PHONE_URI_MAX];
	char mail[PHONE_URI_MAX];
	char department[PHONE_URI_MAX];
	char title[PHONE_URI_MAX];
	char user[PHONE_URI_MAX];
};

struct phone_contacts {
	struct phone_contact all[PHONE_CONTACTS_MAX];
	size_t count;
	uint32_t total;
};

/* Ask the daemon: 0, or the -errno of the reason. */
int phone_network_read(struct phone_network *network, sd_bus *bus, struct refusal *why);
int phone_policy_read(struct phone_policy *policy, sd_bus *bus, struct refusal *why);

/* The same over a connection for this one question; the caller's until free(). */
int phone_network_fetch(struct phone_network **network, struct refusal *why);
int phone_policy_fetch(struct phone_policy **policy, struct refusal *why);

/* Read the answers of FipsCheck and Search: 0, or the -errno of the reason. */
int phone_needs_read(struct phone_needs *needs, sd_bus_message *answer, struct refusal *why);
int phone_contacts_read(struct phone_contacts *contacts, sd_bus_message *answer,
			struct refusal *why);

/* Descriptions for output. */
extern const struct output_field phone_dot1x_fields[];
extern const struct output_field phone_vlan_fields[];
extern const struct output_field phone_port_fields[];
extern const struct output_column phone_port_columns[];
extern const struct output_field phone_network_fields[];
extern const struct output_field phone_option_fields[];
extern const struct output_column phone_option_columns[];
extern const struct output_field phone_access_fields[];
extern const struct output_field phone_web_fields[];
extern const struct output_field phone_rules_fields[];
extern const struct output_field phone_hardening_fields[];
extern const struct output_field phone_fips_fields[];
extern const struct output_field phone_audit_fields[];
extern const struct output_field phone_need_fields[];
extern const struct output_column phone_need_columns[];
extern const struct output_field phone_contact_fields[];
extern const struct output_column phone_contact_columns[];

#endif
