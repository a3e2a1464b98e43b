// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "settings_table.h"

static const struct media_name profiles[] = {
	{ PROFILE_NONSECURE, "nonsecure" },
	{ PROFILE_AUTHENTICATED, "authenticated" },
	{ PROFILE_ENCRYPTED, "encrypted" },
	{ 0, NULL },
};

static const struct media_name policies[] = {
	{ CALL_MEDIA_REQUIRED, "required" },
	{ CALL_MEDIA_PREFERRED, "preferred" },
	{ CALL_MEDIA_OFF, "off" },
	{ 0, NULL },
};

static const struct media_name settings_accesses[] = {
	{ PHONE_SETTINGS_ALL, "full" },
	{ PHONE_SETTINGS_RESTRICTED, "restricted" },
	{ PHONE_SETTINGS_NONE, "disabled" },
	{ 0, NULL },
};

static const struct media_name fips_keys[] = {
	{ FIPS_KEYS_NO, "no" },
	{ FIPS_KEYS_APPROVED, "approved" },
	{ 0, NULL },
};

static const struct media_name fips_md5[] = {
	{ FIPS_MD5_NO, "no" },
	{ FIPS_MD5_NONSECURITY, "nonsecurity" },
	{ 0, NULL },
};

static const struct media_name capf_modes[] = {
	{ CAPF_AUTH_NONE, "none" },
	{ CAPF_AUTH_STRING, "string" },
	{ CAPF_AUTH_NULL_STRING, "null-string" },
	{ CAPF_AUTH_LSC, "lsc" },
	{ CAPF_AUTH_MIC, "mic" },
	{ 0, NULL },
};

static const struct media_name dot1x_decisions[] = {
	{ DOT1X_BY_USER, "user" },
	{ DOT1X_OFF, "off" },
	{ DOT1X_ON, "on" },
	{ 0, NULL },
};

static const struct media_name dot1x_methods[] = {
	{ DOT1X_TLS, "tls" },
	{ DOT1X_FAST, "fast" },
	{ DOT1X_TLS_AND_FAST, "tls-and-fast" },
	{ 0, NULL },
};

static const struct media_name dot1x_provisionings[] = {
	{ DOT1X_PAC_SERVER, "server" },
	{ DOT1X_PAC_ANONYMOUS, "anonymous" },
	{ DOT1X_PAC_NEVER, "no" },
	{ 0, NULL },
};

static const struct media_name audit_modes[] = {
	{ AUDIT_MODE_OFF, "off" },
	{ AUDIT_MODE_INTERNAL, "internal" },
	{ AUDIT_MODE_EXTERNAL, "external" },
	{ AUDIT_MODE_EXTERNAL_SECURE, "external-secure" },
	{ 0, NULL },
};

static const struct media_name audit_transports[] = {
	{ AUDIT_TCP, "tcp" },
	{ AUDIT_TLS, "tls" },
	{ AUDIT_UDP, "udp" },
	{ 0, NULL },
};

static const struct media_name audit_full_policies[] = {
	{ AUDIT_FULL_IGNORE, "ignore" },
	{ AUDIT_FULL_HALT, "halt" },
	{ 0, NULL },
};

/* RFC 5424 table 1. */
static const struct media_name audit_facilities[] = {
	{ 4, "auth" }, { 10, "authpriv" }, { 13, "audit" },
	{ 16, "local0" }, { 17, "local1" }, { 18, "local2" }, { 19, "local3" },
	{ 20, "local4" }, { 21, "local5" }, { 22, "local6" }, { 23, "local7" },
	{ 0, NULL },
};

const struct settings_section settings_sections[] = {
	{ "phone", "What this phone is." },
	{ "program", "The SIP program on this phone, which speaks plain SIP." },
	{ "call-manager", "The servers that this phone registers with.\n"
		"A server is HOST, HOST:PORT or [IPV6]:PORT; without a port it is found by SRV\n"
		"records, or has the port of the security mode." },
	{ "srst", "The router of the site that takes over when no call manager can be reached." },
	{ "trust", "Who vouches for servers." },
	{ "tvs", "The trust verification service: who is asked about certificates that no list names." },
	{ "identity", "The certificates of this phone.\n"
		"Each is a file of PEM or a URI that a provider of OpenSSL knows, as pkcs11:..." },
	{ "capf", "Where the LSC comes from: the Certificate Authority Proxy Function." },
	{ "network", "The ports of this phone: the switch on one side, a PC on the other, and the voice VLAN.\n"
		"Without switch-port all of it is left alone." },
	{ "fips", "FIPS mode: approved algorithms alone.\n"
		"It takes effect when the daemon starts.\n"
		"The kernel has to be in FIPS mode too (fips=1 on its command line).\n"
		"Beforehand 'phonesec fips check' tells what would stop working." },
	{ "oauth", "Registration with a token instead of a certificate." },
	{ "provisioning", "The configuration of this phone from the servers of the call manager.\n"
		"What they say takes precedence over this file; 'phonesec config show' tells which\n"
		"value comes from where. [phone] name must be set." },
	{ "dot1x", "Authentication on the LAN port (IEEE 802.1X), which is [network] switch-port." },
	{ "web", "Where the page of this phone is, which shows its state and its configuration.\n"
		"Whether there is one is for [hardening] web-access to say." },
	{ "directory", "The directory of the site, in which people are looked up." },
	{ "audit", "The audit log: security events of this phone, on disk and at a syslog server." },
	{ "hardening", "What this phone leaves open.\n"
		"A configuration of the call manager takes precedence, but one without signature opens\n"
		"nothing that this file closes." },
	{ "credentials", "Rules for the local settings password, and for the authentication strings of "
		"CAPF." },
	{ "image", "Images of this phone's software." },
	{ 0 },
};

#define FIELD(field) offsetof(struct settings, field), sizeof(((struct settings *)0)->field)
#define SECONDS(least, most) .min = (least), .max = (most)

const struct settings_key settings_keys[] = {
	{ "phone", "name", SETTINGS_NAME, FIELD(name), .value = "",
	  .meaning = "Device name, as SEP001122334455." },
	{ "phone", "model", SETTINGS_NUMBER, FIELD(model), .max = 999999, .value = "0",
	  .meaning = "Number of the model at the call manager, 0 to tell none." },
	{ "phone", "security-mode", SETTINGS_WORD, FIELD(profile), .words = profiles,
	  .value = "encrypted",
	  .meaning = "What the phone is at the call manager.\n"
		     "With nonsecure it is SIP over TCP and RTP, with authenticated SIP over TLS and\n"
		     "RTP, with encrypted SIP over TLS and SRTP." },
	{ "phone", "media", SETTINGS_WORD, FIELD(media), .words = policies, .value = "",
	  .follows = "required where security-mode is encrypted, else off",
	  .meaning = "Whether media must be SRTP, is where the far end takes it, or never is." },
	{ "phone", "address", SETTINGS_IP, FIELD(address), .value = "",
	  .follows = "that of the route to the call manager",
	  .meaning = "Address of this phone towards the network." },
	{ "phone", "protected-device", SETTINGS_SWITCH, FIELD(is_protected), .value = "no",
	  .meaning = "A protected phone plays tones that tell secure calls from others,\n"
		     "and does without conferences, shared lines and Extension Mobility." },
	{ "phone", "play-secure-indication-tone", SETTINGS_SWITCH, FIELD(plays_tone), .value = "no",
	  .meaning = "Whether a protected phone plays these tones." },
	{ "phone", "media-ports", SETTINGS_RANGES, FIELD(ports), .value = "16384-32767",
	  .meaning = "UDP ports of this phone that are for media: what no call vouches for is dropped "
		     "there." },

	{ "program", "listen", SETTINGS_LOOPBACK, FIELD(listen), .value = "127.0.0.1:5060",
	  .meaning = "Where the program finds its outbound proxy, by UDP and TCP." },
	{ "program", "register-interval", SETTINGS_NUMBER, FIELD(register_s), SECONDS(5, 3600),
	  .value = "60",
	  .meaning = "Seconds after which the program is to register again at the latest." },

	{ "call-manager", "primary", SETTINGS_SERVER, FIELD(servers[0]), .value = "",
	  .meaning = "The server to be used whenever it answers." },
	{ "call-manager", "secondary", SETTINGS_SERVER, FIELD(servers[1]), .value = "",
	  .meaning = "The server for when the primary one does not answer." },
	{ "call-manager", "tertiary", SETTINGS_SERVER, FIELD(servers[2]), .value = "",
	  .meaning = "The server for when neither of them answers." },
	{ "call-manager", "local-port", SETTINGS_PORT, FIELD(local_port), .max = UINT16_MAX,
	  .value = "0",
	  .meaning = "TCP port of this phone's end of connections, 0 for any." },
	{ "call-manager", "connect-timeout", SETTINGS_NUMBER, FIELD(connect_s), SECONDS(1, 60),
	  .value = "5",
	  .meaning = "Seconds that connection and TLS handshake with a server may take." },
	{ "call-manager", "keep-alive", SETTINGS_NUMBER, FIELD(keepalive_s), SECONDS(1, 600),
	  .value = "30",
	  .meaning = "Seconds between questions whether a server is still there." },
	{ "call-manager", "fail-back", SETTINGS_NUMBER, FIELD(failback_s), SECONDS(1, 3600),
	  .value = "120",
	  .meaning = "Seconds that a better server must answer before it is used again." },
	{ "call-manager", "tls-resumption-timer", SETTINGS_NUMBER, FIELD(resumption_s),
	  SECONDS(0, 86400), .value = "3600",
	  .meaning = "Seconds for which a TLS session may be resumed, 0 for never." },

	{ "srst", "router", SETTINGS_SERVER, FIELD(srst), .value = "",
	  .meaning = "The router." },
	{ "srst", "secure", SETTINGS_SWITCH, FIELD(srst_secure), .value = "",
	  .follows = "no where security-mode is nonsecure, else yes",
	  .meaning = "Whether the router is spoken to over TLS." },
	{ "srst", "certificate", SETTINGS_PATH, FIELD(srst_certificate), .value = "",
	  .meaning = "PEM file of the router's own certificate; no other one is accepted there." },

	{ "trust", "anchors", SETTINGS_PATH, FIELD(anchors), .value = "/etc/phonesec/trust",
	  .meaning = "PEM file of the authorities, or folder of such files." },
	{ "trust", "revoked", SETTINGS_PATH, FIELD(revoked), .value = "",
	  .meaning = "File of SHA-256 fingerprints, one a line, of certificates that are not to be "
		     "used." },
	{ "trust", "lists", SETTINGS_PATH, FIELD(lists), .value = "/var/lib/phonesec/trust",
	  .meaning = "Folder of the trust lists that are in force, of the daemon's own." },
	{ "trust", "first-list", SETTINGS_SWITCH, FIELD(first_list), .value = "yes",
	  .meaning = "Whether a phone without any trust list takes the first one without check.\n"
		     "With no it waits to be approved by its fingerprint." },
	{ "trust", "sha1-files", SETTINGS_SWITCH, FIELD(sha1_files), .value = "yes",
	  .meaning = "Whether trust lists and files may be signed over SHA-1, or with RSA of 1024 "
		     "bits.\n"
		     "Call managers do the former unless they are told to use SHA-512; in FIPS mode\n"
		     "it is refused all the same." },

	{ "tvs", "server-1", SETTINGS_SERVER, FIELD(tvs[0]), .value = "",
	  .meaning = "The server that is asked first; the port is 2445 when none is given." },
	{ "tvs", "server-2", SETTINGS_SERVER, FIELD(tvs[1]), .value = "",
	  .meaning = "The server for when the first one cannot be used." },
	{ "tvs", "server-3", SETTINGS_SERVER, FIELD(tvs[2]), .value = "",
	  .meaning = "The next one." },
	{ "tvs", "server-4", SETTINGS_SERVER, FIELD(tvs[3]), .value = "",
	  .meaning = "The next one." },
	{ "tvs", "server-5", SETTINGS_SERVER, FIELD(tvs[4]), .value = "",
	  .meaning = "The last one." },
	{ "tvs", "product", SETTINGS_NAME, FIELD(product), .value = "",
	  .meaning = "Model of this phone, as 8841; the servers are told CP-8841 and its name.\n"
		     "Without it they are told the name alone." },

	{ "identity", "folder", SETTINGS_PATH, FIELD(identity_folder),
	  .value = "/var/lib/phonesec/identity",
	  .meaning = "Folder of the daemon's user in which the phone keeps its certificates and keys." },
	{ "identity", "key-place", SETTINGS_KEY_PLACE, FIELD(key_place), .value = "file",
	  .meaning = "Where the phone makes its private keys: in a file of the folder, or in the token\n"
		     "of a URI, as pkcs11:token=phone.\n"
		     "That needs pkcs11-provider in openssl.cnf, and for a TPM tpm2-pkcs11 as its module." },
	{ "identity", "rsa-below-2048", SETTINGS_SWITCH, FIELD(weak_keys), .value = "no",
	  .meaning = "Whether this phone may have an RSA key of 512 or 1024 bits, for call managers\n"
		     "that know no other.\nServers may not, and in FIPS mode nobody may." },
	{ "identity", "lsc", SETTINGS_URI, FIELD(lsc.certificate), .value = "",
	  .follows = "lsc.pem in folder",
	  .meaning = "Locally significant certificate, with its chain; it is shown if there is one." },
	{ "identity", "lsc-key", SETTINGS_URI, FIELD(lsc.key), .value = "",
	  .follows = "beside the certificate", .meaning = "Private key of the LSC." },
	{ "identity", "mic", SETTINGS_URI, FIELD(mic.certificate), .value = "",
	  .follows = "mic.pem in folder",
	  .meaning = "Manufacturing installed certificate; it is shown if there is no LSC." },
	{ "identity", "mic-key", SETTINGS_URI, FIELD(mic.key), .value = "",
	  .follows = "beside the certificate", .meaning = "Private key of the MIC." },

	{ "capf", "server", SETTINGS_SERVER, FIELD(capf[0]), .value = "",
	  .meaning = "The server that issues the LSC; without a port 3804 is taken." },
	{ "capf", "server-2", SETTINGS_SERVER, FIELD(capf[1]), .value = "",
	  .meaning = "The server that is tried when the one before does not answer." },
	{ "capf", "server-3", SETTINGS_SERVER, FIELD(capf[2]), .value = "",
	  .meaning = "The one after it." },
	{ "capf", "server-4", SETTINGS_SERVER, FIELD(capf[3]), .value = "",
	  .meaning = "The one after it." },
	{ "capf", "server-5", SETTINGS_SERVER, FIELD(capf[4]), .value = "",
	  .meaning = "The last one." },
	{ "capf", "authentication-mode", SETTINGS_WORD, FIELD(capf_auth), .words = capf_modes,
	  .value = "null-string",
	  .meaning = "How the phone shows who it is when the server does not say how.\n"
		     "With string somebody enters digits that the call manager shows, with\n"
		     "null-string it is the name alone, with lsc the LSC or else the MIC, with mic\n"
		     "the MIC or else the LSC.\n"
		     "With none it is as with null-string." },
	{ "capf", "version", SETTINGS_NUMBER, FIELD(capf_version), .min = 2, .max = 3,
	  .value = "3", .meaning = "Newest version of the protocol that is spoken." },
	{ "capf", "answer-timeout", SETTINGS_NUMBER, FIELD(capf_answer_s), SECONDS(1, 600),
	  .value = "60", .meaning = "Seconds that the server may take for each of its messages." },
	{ "capf", "tries", SETTINGS_NUMBER, FIELD(capf_tries), .min = 1, .max = 10, .value = "3",
	  .meaning = "How often all servers are tried before the procedure fails." },
	{ "capf", "retry-interval", SETTINGS_NUMBER, FIELD(capf_retry_s), SECONDS(1, 3600),
	  .value = "30", .meaning = "Seconds before the second try; each later wait is twice as long." },

	{ "network", "switch-port", SETTINGS_INTERFACE, FIELD(switch_port), .value = "",
	  .meaning = "Network interface towards the switch, as eth0." },
	{ "network", "pc-port", SETTINGS_INTERFACE, FIELD(pc_port), .value = "",
	  .meaning = "Network interface of the PC that is behind this phone." },
	{ "network", "bridge", SETTINGS_INTERFACE, FIELD(bridge), .value = "",
	  .meaning = "Bridge whose ports both are; with pc-port it must be named.\n"
		     "The system makes it and gives it the phone's address." },
	{ "network", "voice-vlan", SETTINGS_VLAN, FIELD(voice_vlan), .value = "auto",
	  .meaning = "With auto the phone is in the voice VLAN that the switch tells by LLDP-MED or\n"
		     "CDP, as multidomain authentication wants it; with off it is in the native VLAN,\n"
		     "and with a number in that VLAN, whatever the switch tells." },
	{ "network", "voice-interface", SETTINGS_INTERFACE, FIELD(voice_interface),
	  .value = "voice0",
	  .meaning = "Network interface that is made for the voice VLAN; the system gives it an "
		     "address." },
	{ "network", "voice-vlan-wait", SETTINGS_NUMBER, FIELD(voice_wait_s), SECONDS(1, 600),
	  .value = "60",
	  .meaning = "Seconds for which a voice VLAN is kept that the switch tells no more." },
	{ "network", "lldpd-socket", SETTINGS_PATH, FIELD(lldpd), .value = "/run/lldpd.socket",
	  .meaning = "Socket of lldpd, which the daemon's user must be allowed to use." },
	{ "fips", "mode", SETTINGS_SWITCH, FIELD(fips_mode), .value = "no",
	  .meaning = "Whether this phone is in FIPS mode; with no the call manager decides.\n"
		     "The daemon does not start when kernel, module or provider fail in it." },
	{ "fips", "private-keys", SETTINGS_WORD, FIELD(fips_keys), .words = fips_keys, .value = "no",
	  .meaning = "Whether the private keys of LSC and MIC are used in FIPS mode.\n"
		     "With no the phone registers by SIP OAuth.\n"
		     "With approved they are used when they are of 2048 bits of RSA or on an approved\n"
		     "curve, and in files." },
	{ "fips", "md5-digest", SETTINGS_WORD, FIELD(fips_md5), .words = fips_md5, .value = "no",
	  .meaning = "Whether MD5 is let through in FIPS mode where it protects nothing that this phone\n"
		     "relies on: digests of SIP, which the program answers, and names of files.\n"
		     "With no such challenges are refused, and such files are not asked for." },
	{ "fips", "provider-module", SETTINGS_PATH, FIELD(fips_module), .value = "",
	  .follows = "fips.so in the folder of OpenSSL's modules",
	  .meaning = "OpenSSL's FIPS provider." },
	{ "fips", "provider-config", SETTINGS_PATH, FIELD(fips_config),
	  .value = "/etc/phonesec/fipsmodule.cnf",
	  .meaning = "What 'openssl fipsinstall' wrote for this very file of the provider." },

	{ "oauth", "sip-oauth-mode", SETTINGS_SWITCH, FIELD(oauth), .value = "no",
	  .meaning = "Whether this phone registers with a token.\n"
		     "It then shows no certificate, and its security mode must be encrypted." },
	{ "oauth", "mobile-and-remote-access", SETTINGS_SWITCH, FIELD(remote_access), .value = "no",
	  .meaning = "Whether the servers are reached by Mobile and Remote Access, where there is no "
		     "SIP OAuth." },
	{ "oauth", "token-endpoint", SETTINGS_HTTPS, FIELD(token_endpoint), .value = "",
	  .meaning = "Where tokens are refreshed." },
	{ "oauth", "client-id", SETTINGS_TOKEN, FIELD(token_client), .value = "",
	  .meaning = "What this phone calls itself there." },
	{ "oauth", "form", SETTINGS_FORM, FIELD(token_form), .value = "",
	  .meaning = "Fields to be added to the request." },
	{ "oauth", "anchors", SETTINGS_PATH, FIELD(token_anchors), .value = "",
	  .follows = "that of [trust]",
	  .meaning = "PEM file of the authorities of the endpoint, or folder of such files." },

	{ "provisioning", "enabled", SETTINGS_SWITCH, FIELD(provisioning), .value = "no",
	  .meaning = "Whether trust lists and configuration are asked for." },
	{ "provisioning", "primary", SETTINGS_SERVER, FIELD(provisioning_servers[0]), .value = "",
	  .meaning = "The server that is asked first; the port is that of HTTP, 6970 when none is "
		     "given." },
	{ "provisioning", "secondary", SETTINGS_SERVER, FIELD(provisioning_servers[1]), .value = "",
	  .meaning = "The server for when the first one does not answer." },
	{ "provisioning", "https-port", SETTINGS_PORT, FIELD(provisioning_https), .min = 1,
	  .max = UINT16_MAX, .value = "6971",
	  .meaning = "Port of HTTPS; the one after it is tried too.\n"
		     "HTTPS takes the place of HTTP with SIP OAuth, and where the trust list says that\n"
		     "the servers have it." },
	{ "provisioning", "tftp-port", SETTINGS_PORT, FIELD(provisioning_tftp), .max = UINT16_MAX,
	  .value = "69",
	  .meaning = "UDP port of TFTP, which is used when HTTP does not answer, 0 for never." },
	{ "provisioning", "interval", SETTINGS_NUMBER, FIELD(provisioning_s), SECONDS(60, 604800),
	  .value = "3600",
	  .meaning = "Seconds after which the servers are asked again; after a failure it is sooner." },
	{ "provisioning", "unsigned", SETTINGS_SWITCH, FIELD(provisioning_unsigned), .value = "yes",
	  .meaning = "Whether a configuration without signature is taken while this phone has no trust\n"
		     "list.\n"
		     "It cannot lower the security mode that this file names." },

	{ "dot1x", "device-authentication", SETTINGS_WORD, FIELD(dot1x), .words = dot1x_decisions,
	  .value = "user",
	  .meaning = "Whether the phone authenticates, or its user decides that, who begins with Disabled." },
	{ "dot1x", "methods", SETTINGS_WORD, FIELD(dot1x_methods), .words = dot1x_methods,
	  .value = "tls",
	  .meaning = "What the phone offers: EAP-TLS with its certificate, EAP-FAST with fast-user." },
	{ "dot1x", "certificate", SETTINGS_NAME, FIELD(dot1x_certificate), .value = "",
	  .follows = "the LSC, or the MIC where there is none",
	  .meaning = "Which certificate is shown: lsc, mic, or the name of an imported one." },
	{ "dot1x", "expired", SETTINGS_SWITCH, FIELD(dot1x_expired), .value = "yes",
	  .meaning = "Whether the MIC is shown in place of an LSC that has expired, so that the phone\n"
		     "comes back to a network on which it can have the LSC renewed.\n"
		     "The authentication server decides what it is allowed there." },
	{ "dot1x", "identity", SETTINGS_TOKEN, FIELD(dot1x_identity), .value = "",
	  .follows = "the common name of the certificate",
	  .meaning = "Who the phone says it is, with EAP-TLS." },
	{ "dot1x", "server-name", SETTINGS_TOKEN, FIELD(dot1x_server), .value = "",
	  .meaning = "Name that the certificate of the authentication server must have.\n"
		     "Without it each server certificate of anchors is accepted." },
	{ "dot1x", "anchors", SETTINGS_PATH, FIELD(dot1x_anchors), .value = "",
	  .follows = "that of [trust]",
	  .meaning = "PEM file of the authorities of the authentication server, or folder of such files." },
	{ "dot1x", "tls13", SETTINGS_SWITCH, FIELD(dot1x_tls13), .value = "no",
	  .meaning = "Whether TLS 1.3 is offered beside 1.2; there are servers that fail with it." },
	{ "dot1x", "anonymous-identity", SETTINGS_TOKEN, FIELD(dot1x_anonymous),
	  .value = "anonymous",
	  .meaning = "Who the phone says it is outside of the tunnel of EAP-FAST." },
	{ "dot1x", "fast-user", SETTINGS_TOKEN, FIELD(dot1x_user), .value = "",
	  .meaning = "User name inside of the tunnel of EAP-FAST." },
	{ "dot1x", "fast-password", SETTINGS_PATH, FIELD(dot1x_password), .value = "",
	  .meaning = "File of the daemon's user alone with the password on one line." },
	{ "dot1x", "fast-provisioning", SETTINGS_WORD, FIELD(dot1x_provisioning),
	  .words = dot1x_provisionings, .value = "server",
	  .meaning = "Where the PAC, with which EAP-FAST begins, comes from: a server that has shown\n"
		     "its certificate, or whoever answers first (anonymous), or there must be one." },
	{ "dot1x", "held-period", SETTINGS_NUMBER, FIELD(dot1x_held_s), SECONDS(1, 65535),
	  .value = "60", .meaning = "Seconds for which the phone is quiet after it was refused." },
	{ "dot1x", "start-period", SETTINGS_NUMBER, FIELD(dot1x_start_s), SECONDS(1, 65535),
	  .value = "30", .meaning = "Seconds between tries to find a switch that authenticates." },
	{ "dot1x", "supplicant", SETTINGS_PATH, FIELD(dot1x_supplicant),
	  .value = "/sbin/wpa_supplicant", .meaning = "The program wpa_supplicant." },
	{ "web", "http-port", SETTINGS_PORT, FIELD(web_http), .max = UINT16_MAX, .value = "80",
	  .meaning = "TCP port of HTTP, 0 for none." },
	{ "web", "https-port", SETTINGS_PORT, FIELD(web_https), .max = UINT16_MAX, .value = "443",
	  .meaning = "TCP port of HTTPS, 0 for none; there is none in FIPS mode." },

	{ "directory", "url", SETTINGS_HTTPS, FIELD(directory), .value = "",
	  .meaning = "Where the resource \"users\" of the User Data Services is, as\n"
		     "https://cucm.example:8443/cucm-uds/users.\n"
		     "The trust lists and anchors of [trust] vouch for the server, and nobody is looked\n"
		     "up without a user name and a password." },
	{ "audit", "mode", SETTINGS_WORD, FIELD(audit_mode), .words = audit_modes, .value = "",
	  .follows = "external where server is set, else internal",
	  .meaning = "Where security events go.\n"
		     "With internal the newest ones are kept on this phone, with external they go to\n"
		     "the server, with external-secure they go there over TLS only." },
	{ "audit", "server", SETTINGS_SERVER, FIELD(audit_server), .value = "",
	  .meaning = "The syslog server; without a port it is 514, and 6514 with TLS." },
	{ "audit", "transport", SETTINGS_WORD, FIELD(audit_transport), .words = audit_transports,
	  .value = "", .follows = "tls where mode is external-secure, else tcp",
	  .meaning = "How events get there.\n"
		     "With udp nobody tells whether they arrive, so that they may be lost." },
	{ "audit", "anchors", SETTINGS_PATH, FIELD(audit_anchors), .value = "",
	  .follows = "that of [trust]",
	  .meaning = "PEM file of the authorities of the server, or folder of such files." },
	{ "audit", "spool-size", SETTINGS_NUMBER, FIELD(audit_kib), .min = 64, .max = 4194304,
	  .value = "8192",
	  .meaning = "Kibibytes of events that are kept at most while the server is away." },
	{ "audit", "on-full", SETTINGS_WORD, FIELD(audit_on_full), .words = audit_full_policies,
	  .value = "ignore",
	  .meaning = "What happens when no more events can be kept.\n"
		     "With halt no new call can be made or taken until they can, with ignore events\n"
		     "are counted and lost." },
	{ "audit", "facility", SETTINGS_WORD, FIELD(audit_facility), .words = audit_facilities,
	  .value = "audit", .meaning = "What the server takes the events for." },

	{ "hardening", "web-access", SETTINGS_SWITCH, FIELD(web_access), .value = "no",
	  .meaning = "Whether the page of this phone is served." },
	{ "hardening", "web-https-only", SETTINGS_SWITCH, FIELD(web_https_only), .value = "no",
	  .meaning = "Whether it is served over HTTPS alone." },
	{ "hardening", "settings-access", SETTINGS_WORD, FIELD(settings_access),
	  .words = settings_accesses, .value = "full",
	  .meaning = "What people at the phone may do.\n"
		     "With restricted they see the settings and change nothing of the phone's security,\n"
		     "with disabled the menu does not show them either; calls go on as ever.\n"
		     "Who has an account on this phone can read its state all the same.\n"
		     "The local settings password, or root, unlocks them for a while." },
	{ "hardening", "gratuitous-arp", SETTINGS_SWITCH, FIELD(garp), .value = "no",
	  .meaning = "Whether the phone believes ARP that it did not ask for.\n"
		     "With no only answers to its own questions count, so that nobody can pass himself\n"
		     "off as the router by announcing it." },
	{ "hardening", "pc-port", SETTINGS_SWITCH, FIELD(pc_open), .value = "yes",
	  .meaning = "Whether a computer behind this phone gets onto the network." },
	{ "hardening", "span-to-pc-port", SETTINGS_SWITCH, FIELD(span_to_pc), .value = "no",
	  .meaning = "Whether what the phone itself sends and receives is copied to the PC port." },
	{ "hardening", "pc-voice-vlan", SETTINGS_SWITCH, FIELD(pc_voice_vlan), .value = "no",
	  .meaning = "Whether a computer behind this phone may use the voice VLAN." },
	{ "hardening", "ssh-access", SETTINGS_SWITCH, FIELD(ssh_access), .value = "yes",
	  .meaning = "Whether connections to ssh-port from the network are left alone.\n"
		     "With no they are dropped, those that are there as well." },
	{ "hardening", "ssh-port", SETTINGS_PORT, FIELD(ssh_port), .min = 1, .max = UINT16_MAX,
	  .value = "22", .meaning = "TCP port of the SSH server." },
	{ "hardening", "nft", SETTINGS_PATH, FIELD(nft), .value = "/usr/sbin/nft",
	  .meaning = "The program that sets the rules for ARP, SSH and the PC port in the kernel." },

	{ "credentials", "password-length", SETTINGS_NUMBER, FIELD(password_length), .min = 4,
	  .max = 64, .value = "8",
	  .meaning = "Characters that the local settings password has at least." },
	{ "credentials", "capf-string-length", SETTINGS_NUMBER, FIELD(string_length), .min = 4,
	  .max = 16, .value = "4",
	  .meaning = "Digits that an authentication string of CAPF has at least." },
	{ "credentials", "trivial", SETTINGS_SWITCH, FIELD(trivial), .value = "no",
	  .meaning = "Whether passwords and strings may be easily guessed.\n"
		     "That are those of one or two characters repeated, of neighbours as in 1234 or\n"
		     "abcd, with the name of the phone in them or that are part of it, also backwards,\n"
		     "and the password of before backwards." },
	{ "credentials", "password-history", SETTINGS_NUMBER, FIELD(password_history), .max = 12,
	  .value = "5", .meaning = "How many passwords of before are not to be used again." },
	{ "credentials", "tries", SETTINGS_NUMBER, FIELD(password_tries), .min = 1, .max = 100,
	  .value = "3", .meaning = "Wrong passwords after which none is looked at for a while." },
	{ "credentials", "lockout", SETTINGS_NUMBER, FIELD(lockout_s), SECONDS(1, 86400),
	  .value = "60",
	  .meaning = "Seconds of that while.\n"
		     "Each further wrong password doubles them, up to a day.\n"
		     "A restart of the daemon does not shorten them, and after one of the phone they begin\n"
		     "anew, as its clock may be wrong then." },
	{ "credentials", "unlock-time", SETTINGS_NUMBER, FIELD(unlock_s), SECONDS(10, 86400),
	  .value = "300", .meaning = "Seconds for which the settings stay unlocked." },
	{ "credentials", "hash-iterations", SETTINGS_NUMBER, FIELD(password_rounds),
	  .min = 210000, .max = 100000000, .value = "210000",
	  .meaning = "Iterations of PBKDF2 with HMAC-SHA-512, by which the password is kept." },

	{ "image", "installer", SETTINGS_PATH, FIELD(installer), .value = "",
	  .meaning = "Program that installs an image once its signature holds.\n"
		     "It gets the content as its standard input, and PHONESEC_IMAGE_NAME, _VERSION,\n"
		     "_SIGNER and _SIZE in its environment; it runs as the daemon's user." },
	{ "image", "timeout", SETTINGS_NUMBER, FIELD(installer_s), SECONDS(10, 86400),
	  .value = "1800", .meaning = "Seconds that it may take." },
	{ "image", "max-size", SETTINGS_NUMBER, FIELD(image_mib), .min = 1, .max = 65536,
	  .value = "1024", .meaning = "Mebibytes that an image may have." },
	{ 0 },
};

_Static_assert(sizeof(settings_keys) / sizeof(*settings_keys) <= SETTINGS_KEYS_MAX,
	       "there are more keys than are counted");

const struct settings_key *settings_key_at(size_t offset)
{
	const struct settings_key *key = settings_keys;

	while (key->section && key->offset != offset)
		key++;
	return key;
}

size_t settings_index(size_t offset)
{
	return (size_t)(settings_key_at(offset) - settings_keys);
}

const struct settings_key *settings_key_find(const char *section, const char *name)
{
	for (const struct settings_key *key = settings_keys; key->section; key++)
		if (!strcmp(key->section, section) && !strcmp(key->name, name))
			return key;
	return NULL;
}

bool settings_section_known(const char *name, size_t len)
{
	for (const struct settings_section *section = settings_sections; section->name; section++)
		if (strlen(section->name) == len && !memcmp(section->name, name, len))
			return true;
	return false;
}

const char *profile_word(enum security_profile profile)
{
	return media_word(profiles, profile);
}

const char *profile_title(enum security_profile profile)
{
	static const char *const titles[] = {
		[PROFILE_NONSECURE] = "Nonsecure",
		[PROFILE_AUTHENTICATED] = "Authenticated",
		[PROFILE_ENCRYPTED] = "Encrypted",
	};

	return titles[profile];
}

const char *audit_mode_word(enum audit_mode mode)
{
	return media_word(audit_modes, mode);
}

const char *audit_transport_word(enum audit_transport transport)
{
	return media_word(audit_transports, transport);
}

const char *media_policy_word(enum call_media_policy policy)
{
	return media_word(policies, policy);
}
