/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that a call manager makes for a phone (SEP<MAC>.cnf.xml), as typed values
 * that know where they come from. No document type and no entity is read, sizes are limited,
 * elements that are not known are passed over, and what is wrong with one of them is told and
 * stops none of the others.
 */
#ifndef PHONESEC_PHONE_CONFIG_H
#define PHONESEC_PHONE_CONFIG_H

#include <stdbool.h>

#include "octets.h"
#include "reason.h"
#include "secret.h"

enum phone_config_limits {
	PHONE_CONFIG_SIZE_MAX = 1 << 20, /* bytes of the file */
	PHONE_CONFIG_DEPTH_MAX = 24, /* elements within one another */
	PHONE_CONFIG_ELEMENTS_MAX = 20000,
	PHONE_CONFIG_TEXT_MAX = 1024, /* bytes of a value */
	PHONE_CONFIG_HOST_MAX = 256,
	PHONE_CONFIG_NAME_MAX = 128,
	PHONE_CONFIG_URL_MAX = 512,
	PHONE_CONFIG_SECRET_MAX = 128,
	PHONE_CONFIG_SERVERS_MAX = 5,
	PHONE_CONFIG_ROUTERS_MAX = 3,
	PHONE_CONFIG_PROBLEMS_MAX = 32,
	PHONE_CONFIG_HASH_LEN = 32, /* hexadecimal digits of an MD5 */
};

/* Where a value comes from, in rising precedence. */
enum phone_config_source {
	PHONE_CONFIG_ABSENT,
	PHONE_CONFIG_ENTERPRISE,
	PHONE_CONFIG_COMMON,
	PHONE_CONFIG_DEVICE,
	PHONE_CONFIG_SOURCES,
};

enum phone_protocol { PHONE_PROTOCOL_SIP, PHONE_PROTOCOL_SCCP };

/* deviceSecurityMode, with its numbers. */
enum phone_security_mode {
	PHONE_SECURITY_NONSECURE = 1,
	PHONE_SECURITY_AUTHENTICATED = 2,
	PHONE_SECURITY_ENCRYPTED = 3,
};

/* transportLayerProtocol, with its numbers. */
enum phone_transport {
	PHONE_TRANSPORT_TCP = 1,
	PHONE_TRANSPORT_UDP = 2,
	PHONE_TRANSPORT_TLS = 3,
	PHONE_TRANSPORT_TCP_UDP = 4,
};

/* capfAuthMode, with its numbers. */
enum phone_capf_mode {
	PHONE_CAPF_NONE = 0,
	PHONE_CAPF_STRING = 1,
	PHONE_CAPF_NULL_STRING = 2,
	PHONE_CAPF_LSC = 3, /* the LSC, else the MIC */
	PHONE_CAPF_MIC = 4,
};

/* settingsAccess, with its numbers. */
enum phone_settings_access {
	PHONE_SETTINGS_NONE = 0,
	PHONE_SETTINGS_ALL = 1,
	PHONE_SETTINGS_RESTRICTED = 2,
};

/* eapAuthentication, with its numbers. */
enum phone_dot1x {
	PHONE_DOT1X_USER = 0, /* whoever uses the phone decides */
	PHONE_DOT1X_OFF = 1,
	PHONE_DOT1X_ON = 2,
};

/**
 * struct phone_call_manager - a member of the call manager group
 * @priority: 0 is used first
 * @host: name or address
 * @sip, @sip_tls, @sip_oauth, @sip_remote_oauth: TCP ports; the usual ones when not named
 */
struct phone_call_manager {
	uint16_t priority;
	char host[PHONE_CONFIG_HOST_MAX];
	uint16_t sip, sip_tls, sip_oauth, sip_remote_oauth;
};

/**
 * struct phone_server - a CAPF or TVS server
 * @priority: 0 is asked first
 * @host: name or address
 * @port: TCP port
 */
struct phone_server {
	uint16_t priority;
	char host[PHONE_CONFIG_HOST_MAX];
	uint16_t port;
};

/**
 * struct phone_router - an address of the SRST reference
 * @host: name or address, empty for none
 * @port: of SIP
 */
struct phone_router {
	char host[PHONE_CONFIG_HOST_MAX];
	uint16_t port;
};

/**
 * struct phone_srst - srstInfo. The element that carries a router's certificate is not known,
 * so it is not read
 * @name: of the reference
 * @is_enabled: srstOption
 * @is_secure: isSecure: TLS towards the router
 * @routers: in their order: sipIpAddrN and sipPortN, else ipAddrN
 */
struct phone_srst {
	char name[PHONE_CONFIG_NAME_MAX];
	bool is_enabled;
	bool is_secure;
	struct phone_router routers[PHONE_CONFIG_ROUTERS_MAX];
};

/* What URL stands for; each has its secure* twin. */
enum phone_url {
	PHONE_URL_AUTHENTICATION,
	PHONE_URL_DIRECTORY,
	PHONE_URL_IDLE,
	PHONE_URL_INFORMATION,
	PHONE_URL_MESSAGES,
	PHONE_URL_SERVICES,
	PHONE_URLS,
};

/**
 * struct phone_hardening - what a phone leaves open; elements of vendorConfig, commonConfig and
 * enterpriseConfig
 * @ciphers_off: disableTLSCiphers, bit N for number N of the list
 * @pc_voice_vlan: voiceVlanAccess. Sources contradict one another about its numbers; read as 0
 *           enabled and 1 disabled, as all its siblings are
 * @garp: answers gratuitous ARP. Sources contradict one another here too; read as 0 enabled and
 *           1 disabled, since the usual file of a call manager, where it is off, has 1
 * @fips: fipsMode, whose name is known for some models only
 * Others are the elements of their names; true is switched on.
 */
struct phone_hardening {
	bool web;
	bool web_https_only;
	bool tls12_only;
	uint16_t ciphers_off;
	bool ssh;
	enum phone_settings_access settings_access;
	bool pc_port;
	bool span_to_pc;
	bool pc_voice_vlan;
	bool garp;
	bool cdp_switch, cdp_pc, lldp_switch, lldp_pc;
	enum phone_dot1x dot1x;
	bool fips;
	char lldp_asset[PHONE_CONFIG_NAME_MAX];
	uint16_t power_priority;
	char load_server[PHONE_CONFIG_HOST_MAX];
	char log_server[PHONE_CONFIG_HOST_MAX];
	bool peer_firmware;
};

/**
 * struct phone_config_problem - what is wrong with an element
 * @line: of the file, counted from 1
 * @element: its path below device
 * @text: what would be right; the value itself is not repeated, it may be a secret
 */
struct phone_config_problem {
	unsigned int line;
	char element[PHONE_CONFIG_NAME_MAX];
	char text[PHONE_CONFIG_NAME_MAX];
};

/* More values than there are. */
enum { PHONE_CONFIG_VALUES_MAX = 128 };

/**
 * struct phone_config - a whole file. A value of which phone_config_source() says
 * %PHONE_CONFIG_ABSENT has its default
 * @is_full: fullConfig; a file that is not holds what is needed to get the whole one
 * @protocol, @load: deviceProtocol, loadInformation
 * @security, @transport, @resumption_s: deviceSecurityMode, transportLayerProtocol,
 *           TLSResumptionTimer
 * @capf_mode, @cert_hash, @is_encrypted: capfAuthMode, certHash in small letters, encrConfig
 * @oauth: sipOAuthMode
 * @call_managers, @capfs, @tvs: in the order of their priority
 * @srst: srstInfo
 * @srst_plain: ipAddrN and portN as they stand; what is not named for SIP is taken from there
 * @urls, @secure_urls: where phones ask for services; see phone_config_url()
 * @ssh_user, @ssh_password, @phone_password: the last one locks the settings; secrets are NULL
 *           when not named
 * @https_services: phoneServices useHTTPS
 * @hardening: see there
 * @problems, @problems_count: elements that were not taken, of which so many are kept
 * @source, @problem_of: by value; the latter is the number of its problem, from 1, or 0
 */
struct phone_config {
	bool is_full;
	enum phone_protocol protocol;
	char load[PHONE_CONFIG_NAME_MAX];
	enum phone_security_mode security;
	enum phone_transport transport;
	unsigned int resumption_s;
	enum phone_capf_mode capf_mode;
	char cert_hash[PHONE_CONFIG_HASH_LEN + 1];
	bool is_encrypted;
	bool oauth;
	struct phone_call_manager call_managers[PHONE_CONFIG_SERVERS_MAX];
	size_t call_managers_count;
	struct phone_server capfs[PHONE_CONFIG_SERVERS_MAX];
	size_t capfs_count;
	struct phone_server tvs[PHONE_CONFIG_SERVERS_MAX];
	size_t tvs_count;
	struct phone_srst srst;
	struct phone_router srst_plain[PHONE_CONFIG_ROUTERS_MAX];
	char urls[PHONE_URLS][PHONE_CONFIG_URL_MAX];
	char secure_urls[PHONE_URLS][PHONE_CONFIG_URL_MAX];
	char ssh_user[PHONE_CONFIG_NAME_MAX];
	struct secret *ssh_password;
	struct secret *phone_password;
	char owner[PHONE_CONFIG_NAME_MAX];
	bool https_services;
	struct phone_hardening hardening;
	struct phone_config_problem problems[PHONE_CONFIG_PROBLEMS_MAX];
	size_t problems_count;
	uint8_t source[PHONE_CONFIG_VALUES_MAX];
	uint8_t problem_of[PHONE_CONFIG_VALUES_MAX];
};

/**
 * phone_config_read - read a file
 * @config: result, the caller's until phone_config_free()
 * @file: its bytes, UTF-8 or another encoding that the file itself names
 * @why: on refusal the reason: no XML, a document type, or more than the limits
 *
 * Return: 0, or the -errno of the reason.
 */
int phone_config_read(struct phone_config **config, struct octets file, struct refusal *why);
void phone_config_free(struct phone_config *config);

/* Where the value of a field of struct phone_config comes from, and what is wrong with it. */
enum phone_config_source phone_config_source_at(const struct phone_config *config, size_t offset);
const struct phone_config_problem *phone_config_problem_at(const struct phone_config *config,
							    size_t offset);
#define phone_config_source(config, field) \
	phone_config_source_at(config, offsetof(struct phone_config, field))
#define phone_config_problem(config, field) \
	phone_config_problem_at(config, offsetof(struct phone_config, field))

/* The secure URL where there is one, else the other; empty for none. */
const char *phone_config_url(const struct phone_config *config, enum phone_url url);

/* The word for a source: absent, enterprise, common or device. */
const char *phone_config_source_word(enum phone_config_source source);

/**
 * struct phone_config_shown - a value as it is shown
 * @element: its path below device
 * @offset: of its field in struct phone_config
 * @value: in words; of a secret only that it is set
 * @source: where it comes from
 * @problem: what is wrong with it, or NULL
 */
struct phone_config_shown {
	const char *element;
	size_t offset;
	char value[PHONE_CONFIG_TEXT_MAX];
	enum phone_config_source source;
	const struct phone_config_problem *problem;
};

/* Values by index from 0, lists left out. Returns false behind the last. */
bool phone_config_shown(const struct phone_config *config, size_t index,
			struct phone_config_shown *shown);

#endif
