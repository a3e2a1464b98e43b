// SPDX-License-Identifier: Apache-2.0
/* What of the phone its pages show. Nobody's calls, no credentials, no place of a key. */
#include "page.h"

#define TEXT(label, key, source, property) { label, key, source, property, 0, PAGE_TEXT }
#define YES_NO(label, key, source, property) { label, key, source, property, 0, PAGE_YES_NO }
#define NUMBER(label, key, source, property) { label, key, source, property, 0, PAGE_NUMBER }
#define TIME(label, key, source, property) { label, key, source, property, 0, PAGE_TIME }
#define MEMBER(label, key, index, format) { label, key, NULL, NULL, index, format }

static const struct page_field phone_fields[] = {
	TEXT("Version", "version", "Phone1", "Version"),
	TEXT("Security mode", "security_mode", "Phone1", "SecurityMode"),
	TEXT("SRTP", "media_policy", "Phone1", "MediaPolicy"),
	YES_NO("Registered", "registered", "Phone1", "Registered"),
	TEXT("Kernel module", "module", "Phone1", "ModuleState"),
	TEXT("OAuth token", "token", "Phone1", "TokenState"),
	TEXT("LSC", "lsc", "Identity", "LscStatus"),
	TEXT("Software", "image", "Image", "Name"),
	TEXT("Software update", "image_state", "Image", "State"),
	{ 0 },
};

static const struct page_field network_fields[] = {
	TEXT("Device authentication", "device_authentication", "Network", "DeviceAuthentication"),
	TEXT("State", "state", "Network", "State"),
	TEXT("Transaction status", "transaction_status", "Network", "TransactionStatus"),
	TEXT("Protocols", "protocols", "Network", "Protocols"),
	TEXT("Problem", "problem", "Network", "Text"),
	TEXT("Voice VLAN", "voice_vlan", "Network", "VoiceVlanState"),
	NUMBER("Voice VLAN ID", "voice_vlan_id", "Network", "VoiceVlanId"),
	TEXT("Voice VLAN learned by", "voice_vlan_source", "Network", "VoiceVlanSource"),
	TEXT("Switch", "switch", "Network", "SwitchName"),
	TEXT("Switch port", "switch_port", "Network", "SwitchPort"),
	{ 0 },
};

static const struct page_field port_columns[] = {
	MEMBER("Port", "port", 0, PAGE_TEXT),
	MEMBER("MAC address", "mac", 2, PAGE_TEXT),
	MEMBER("Up", "up", 3, PAGE_YES_NO),
	MEMBER("Carrier", "carrier", 4, PAGE_YES_NO),
	{ 0 },
};

static const struct page_field server_columns[] = {
	TEXT("Server", "role", "Server", "Role"),
	TEXT("State", "state", "Server", "State"),
	TEXT("Host", "host", "Server", "Host"),
	NUMBER("Port", "port", "Server", "Port"),
	TEXT("TLS", "tls_version", "Server", "TlsVersion"),
	TEXT("Suite", "tls_suite", "Server", "TlsSuite"),
	TEXT("Last problem", "problem", "Server", "LastText"),
	{ 0 },
};

static const struct page_field line_columns[] = {
	MEMBER("Line", "aor", 0, PAGE_TEXT),
	MEMBER("State", "state", 1, PAGE_TEXT),
	MEMBER("Server", "server", 2, PAGE_TEXT),
	{ 0 },
};

static const struct page_field policy_fields[] = {
	YES_NO("FIPS mode", "fips_mode", "Policy", "FipsMode"),
	TEXT("FIPS provider", "fips_provider", "Policy", "FipsProvider"),
	TEXT("Settings access", "settings_access", "Policy", "SettingsAccess"),
	TEXT("Audit log", "audit_mode", "Policy", "AuditMode"),
	TEXT("Audit log server", "audit_state", "Policy", "AuditState"),
	YES_NO("Out of service for audit log", "audit_halted", "Policy", "AuditHalted"),
	{ 0 },
};

static const struct page_section status_sections[] = {
	{ "Phone", "phone", .fields = phone_fields },
	{ "Network access", "network", .fields = network_fields },
	{ "Ports", "ports", "Network", "Ports", .fields = port_columns },
	{ "Call manager", "servers", "Server", NULL, .fields = server_columns },
	{ "Lines", "lines", "Phone1", "Registrations", .fields = line_columns },
	{ "Policy", "policy", .fields = policy_fields },
	{ 0 },
};

static const struct page_field source_fields[] = {
	TEXT("State", "state", "Configuration", "State"),
	TEXT("File", "file", "Configuration", "File"),
	TEXT("From", "source", "Configuration", "Source"),
	TIME("Loaded", "loaded", "Configuration", "Loaded"),
	YES_NO("Signed", "signed", "Configuration", "Signed"),
	YES_NO("Waits for a restart", "restart", "Configuration", "RestartNeeded"),
	TEXT("Problem", "problem", "Configuration", "LastText"),
	{ 0 },
};

static const struct page_field option_columns[] = {
	MEMBER("Option", "name", 0, PAGE_TEXT),
	MEMBER("Value", "value", 3, PAGE_TEXT),
	MEMBER("Default", "default", 4, PAGE_TEXT),
	MEMBER("From", "source", 5, PAGE_TEXT),
	MEMBER("Problem", "problem", 7, PAGE_TEXT),
	{ 0 },
};

static const struct page_field setting_columns[] = {
	MEMBER("Setting", "name", 0, PAGE_TEXT),
	MEMBER("Value", "value", 1, PAGE_TEXT),
	MEMBER("From", "source", 2, PAGE_TEXT),
	MEMBER("Waits for a restart", "restart", 3, PAGE_YES_NO),
	{ 0 },
};

static const struct page_field list_columns[] = {
	MEMBER("List", "place", 0, PAGE_TEXT),
	MEMBER("Signer", "signer", 1, PAGE_TEXT),
	MEMBER("SHA-256", "fingerprint", 4, PAGE_TEXT),
	MEMBER("Made", "made", 5, PAGE_TIME),
	MEMBER("Certificates", "records", 7, PAGE_NUMBER),
	{ 0 },
};

static const struct page_field certificate_columns[] = {
	MEMBER("Certificate", "place", 0, PAGE_TEXT),
	MEMBER("State", "state", 1, PAGE_TEXT),
	MEMBER("Subject", "subject", 2, PAGE_TEXT),
	MEMBER("Issuer", "issuer", 3, PAGE_TEXT),
	MEMBER("Key", "key", 6, PAGE_TEXT),
	MEMBER("Valid until", "to", 8, PAGE_TIME),
	{ 0 },
};

static const char *const options_shown[] = { "hardening.", NULL };

static const char *const settings_shown[] = {
	"phone.name", "phone.model", "phone.security-mode", "phone.media", "phone.protected-device",
	"phone.media-ports", "call-manager.primary", "call-manager.secondary",
	"call-manager.tertiary", "call-manager.keep-alive", "srst.router", "srst.secure",
	"tvs.server-", "capf.server", "capf.authentication-mode", "oauth.sip-oauth-mode",
	"oauth.mobile-and-remote-access", "provisioning.", "dot1x.device-authentication",
	"network.voice-vlan", "fips.mode", "audit.mode", "audit.server", "audit.transport", "web.",
	NULL,
};

static const struct page_section configuration_sections[] = {
	{ "Source", "source", .fields = source_fields },
	{ "Hardening", "hardening", "Policy", "Options", options_shown, option_columns },
	{ "Settings", "settings", "Configuration", "Settings", settings_shown, setting_columns },
	{ "Trust lists", "trust_lists", "Trust", "Lists", .fields = list_columns },
	{ "Certificates", "certificates", "Identity", "Certificates",
	  .fields = certificate_columns },
	{ 0 },
};

const struct page pages[] = {
	{ "Status", "/", "/status.json", status_sections },
	{ "Configuration", "/configuration", "/configuration.json", configuration_sections },
	{ 0 },
};
