// SPDX-License-Identifier: Apache-2.0
/* Which elements are known, and what they mean. */
#include <string.h>

#include "hardening_table.h"
#include "phone_config_table.h"

static const struct phone_config_word protocols[] = {
	{ PHONE_PROTOCOL_SIP, "SIP" },
	{ PHONE_PROTOCOL_SCCP, "SCCP" },
	{ 0, NULL },
};

static const struct phone_config_word srst_options[] = {
	{ 0, "Disable" },
	{ 1, "Enable" },
	{ 0, "0" },
	{ 1, "1" },
	/* What call managers write for a reference with a router of its own. */
	{ 1, "userSpecific" },
	{ 0, NULL },
};

/* A phone of another family has 2 for a page with everything on it. */
static const struct phone_config_word web_access[] = {
	{ 1, "0" },
	{ 0, "1" },
	{ 1, "2" },
	{ 0, NULL },
};

#define FIELD(field) \
	.offset = offsetof(struct phone_config, field), \
	.size = sizeof(((struct phone_config *)0)->field)
#define MEMBER(type, field) \
	.offset = offsetof(struct type, field), .size = sizeof(((struct type *)0)->field)

#define DEVICE(name, kind_of, field, ...) \
	{ name, PHONE_CONFIG_##kind_of, FIELD(field), __VA_ARGS__ }
#define SHARED(name, kind_of, field, ...) \
	{ name, PHONE_CONFIG_##kind_of, .shared = true, FIELD(hardening.field), __VA_ARGS__ }
/* Rows of the table of options: KIND(what else there is to it). */
#define AS_WORD(list) PHONE_CONFIG_WORD, .words = (list)
#define AS_TRUTH() PHONE_CONFIG_TRUTH
#define AS_OPEN() PHONE_CONFIG_OPEN
#define AS_NUMBER(most) PHONE_CONFIG_NUMBER, .max = (most)
#define HARDENING(name, title, element, reading, field, ...) \
	{ element, .kind = AS_##reading, .shared = true, FIELD(hardening.field) },
#define ITEM(list_of, name, kind_of, type, field, ...) \
	{ name, PHONE_CONFIG_##kind_of, PHONE_CONFIG_##list_of, MEMBER(type, field), __VA_ARGS__ }
#define PORTS .min = 1, .max = UINT16_MAX
#define CM "callManager/"
#define URLS(name, secure_name, which) \
	DEVICE(name, URL, urls[which]), \
	DEVICE(secure_name, SECURE_URL, secure_urls[which])
#define ROUTER(address, port_of, sip_address, sip_port, number) \
	DEVICE("devicePool/srstInfo/" address, HOST, srst_plain[number].host), \
	DEVICE("devicePool/srstInfo/" port_of, NUMBER, srst_plain[number].port, PORTS), \
	DEVICE("devicePool/srstInfo/" sip_address, HOST, srst.routers[number].host), \
	DEVICE("devicePool/srstInfo/" sip_port, NUMBER, srst.routers[number].port, PORTS)

const struct phone_config_element phone_config_elements[] = {
	DEVICE("fullConfig", TRUTH, is_full),
	DEVICE("deviceProtocol", WORD, protocol, .words = protocols),
	DEVICE("loadInformation", TEXT, load),
	DEVICE("deviceSecurityMode", NUMBER, security, .min = 1, .max = 3),
	DEVICE("transportLayerProtocol", NUMBER, transport, .min = 1, .max = 4),
	DEVICE("TLSResumptionTimer", NUMBER, resumption_s, .max = 86400),
	DEVICE("capfAuthMode", NUMBER, capf_mode, .max = 4),
	DEVICE("certHash", HASH, cert_hash),
	DEVICE("encrConfig", TRUTH, is_encrypted),
	DEVICE("sipOAuthMode", TRUTH, oauth),
	DEVICE("sshUserId", TEXT, ssh_user),
	DEVICE("sshPassword", HIDDEN, ssh_password),
	DEVICE("commonProfile/phonePassword", HIDDEN, phone_password),
	DEVICE("ownerId", TEXT, owner),
	DEVICE("phoneServices/useHTTPS", TRUTH, https_services),
	DEVICE("devicePool/srstInfo/name", TEXT, srst.name),
	DEVICE("devicePool/srstInfo/srstOption", WORD, srst.is_enabled, .words = srst_options),
	DEVICE("devicePool/srstInfo/isSecure", TRUTH, srst.is_secure),
	ROUTER("ipAddr1", "port1", "sipIpAddr1", "sipPort1", 0),
	ROUTER("ipAddr2", "port2", "sipIpAddr2", "sipPort2", 1),
	ROUTER("ipAddr3", "port3", "sipIpAddr3", "sipPort3", 2),
	URLS("authenticationURL", "secureAuthenticationURL", PHONE_URL_AUTHENTICATION),
	URLS("directoryURL", "secureDirectoryURL", PHONE_URL_DIRECTORY),
	URLS("idleURL", "secureIdleURL", PHONE_URL_IDLE),
	URLS("informationURL", "secureInformationURL", PHONE_URL_INFORMATION),
	URLS("messagesURL", "secureMessagesURL", PHONE_URL_MESSAGES),
	URLS("servicesURL", "secureServicesURL", PHONE_URL_SERVICES),

	ITEM(CALL_MANAGERS, CM "processNodeName", HOST, phone_call_manager, host),
	ITEM(CALL_MANAGERS, CM "ports/sipPort", NUMBER, phone_call_manager, sip, PORTS),
	ITEM(CALL_MANAGERS, CM "ports/securedSipPort", NUMBER, phone_call_manager, sip_tls, PORTS),
	ITEM(CALL_MANAGERS, CM "ports/sipOAuthPort", NUMBER, phone_call_manager, sip_oauth, PORTS),
	ITEM(CALL_MANAGERS, CM "ports/sipMRAOAuthPort", NUMBER, phone_call_manager,
	     sip_remote_oauth, PORTS),
	ITEM(CAPFS, "processNodeName", HOST, phone_server, host),
	ITEM(CAPFS, "phonePort", NUMBER, phone_server, port, PORTS),
	ITEM(CAPFS6, "processNodeName", HOST, phone_server, host),
	ITEM(CAPFS6, "phonePort", NUMBER, phone_server, port, PORTS),
	ITEM(TVS, "address", HOST, phone_server, host),
	ITEM(TVS, "port", NUMBER, phone_server, port, PORTS),

	HARDENING_ITEMS(HARDENING)
	SHARED("tls12Only", TRUTH, tls12_only),
	SHARED("disableTLSCiphers", CIPHERS, ciphers_off),
	SHARED("enableCdpSwPort", TRUTH, cdp_switch),
	SHARED("enableCdpPcPort", TRUTH, cdp_pc),
	SHARED("enableLldpSwPort", TRUTH, lldp_switch),
	SHARED("enableLldpPcPort", TRUTH, lldp_pc),
	SHARED("lldpAssetId", TEXT, lldp_asset),
	SHARED("powerPriority", NUMBER, power_priority, .max = 3),
	SHARED("loadServer", HOST, load_server),
	SHARED("logServer", HOST, log_server),
	SHARED("peerFirmwareSharing", TRUTH, peer_firmware),
	{ 0 },
};

_Static_assert(sizeof(phone_config_elements) / sizeof(*phone_config_elements) <=
	       PHONE_CONFIG_VALUES_MAX, "there are more elements than are counted");

static const struct phone_call_manager fresh_call_manager = {
	.sip = 5060, .sip_tls = 5061, .sip_oauth = 5090, .sip_remote_oauth = 5091,
};
static const struct phone_server fresh_capf = { .port = 3804 };
static const struct phone_server fresh_tvs = { .port = 2445 };

#define ITEMS(path_of, list, fresh_item) { \
	.path = path_of, .offset = offsetof(struct phone_config, list), \
	.size = sizeof(((struct phone_config *)0)->list[0]), \
	.count = offsetof(struct phone_config, list##_count), .fresh = &(fresh_item), \
}

const struct phone_config_items phone_config_items[PHONE_CONFIG_LISTS] = {
	[PHONE_CONFIG_CALL_MANAGERS] = ITEMS("devicePool/callManagerGroup/members/member",
					     call_managers, fresh_call_manager),
	[PHONE_CONFIG_CAPFS] = ITEMS("capfList/capf", capfs, fresh_capf),
	[PHONE_CONFIG_CAPFS6] = ITEMS("capfList/capf6", capfs, fresh_capf),
	[PHONE_CONFIG_TVS] = ITEMS("TVS/members/member", tvs, fresh_tvs),
};

void phone_config_defaults(struct phone_config *config)
{
	enum { SIP_PORT = 5060 };

	*config = (struct phone_config){
		.is_full = true,
		.security = PHONE_SECURITY_NONSECURE,
		.transport = PHONE_TRANSPORT_TCP,
		.resumption_s = 3600,
		.hardening = {
			.settings_access = PHONE_SETTINGS_ALL,
			.pc_port = true,
			.cdp_switch = true, .cdp_pc = true,
			.lldp_switch = true, .lldp_pc = true,
		},
	};
	for (size_t i = 0; i < PHONE_CONFIG_ROUTERS_MAX; i++) {
		config->srst.routers[i].port = SIP_PORT;
		config->srst_plain[i].port = SIP_PORT;
	}
}

enum phone_config_source phone_config_source_at(const struct phone_config *config, size_t offset)
{
	for (size_t i = 0; phone_config_elements[i].path; i++)
		if (!phone_config_elements[i].list && phone_config_elements[i].offset == offset)
			return config->source[i];
	return PHONE_CONFIG_ABSENT;
}

const struct phone_config_problem *phone_config_problem_at(const struct phone_config *config,
							    size_t offset)
{
	for (size_t i = 0; phone_config_elements[i].path; i++)
		if (!phone_config_elements[i].list && phone_config_elements[i].offset == offset &&
		    config->problem_of[i])
			return &config->problems[config->problem_of[i] - 1];
	return NULL;
}

const char *phone_config_url(const struct phone_config *config, enum phone_url url)
{
	return *config->secure_urls[url] ? config->secure_urls[url] : config->urls[url];
}

const char *phone_config_source_word(enum phone_config_source source)
{
	static const char *const words[PHONE_CONFIG_SOURCES] = {
		[PHONE_CONFIG_ABSENT] = "absent",
		[PHONE_CONFIG_ENTERPRISE] = "enterprise",
		[PHONE_CONFIG_COMMON] = "common",
		[PHONE_CONFIG_DEVICE] = "device",
	};

	return words[source];
}

bool phone_config_shown(const struct phone_config *config, size_t index,
			struct phone_config_shown *shown)
{
	const struct phone_config_element *element = phone_config_elements;

	for (; element->path; element++)
		if (!element->list && !index--)
			break;
	if (!element->path)
		return false;
	index = (size_t)(element - phone_config_elements);
	*shown = (struct phone_config_shown){
		.element = element->path, .offset = element->offset,
		.source = config->source[index],
		.problem = config->problem_of[index] ?
				   &config->problems[config->problem_of[index] - 1] : NULL,
	};
	phone_config_value_format((const char *)config + element->offset, element, shown->value,
				  sizeof(shown->value));
	return true;
}
