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

const struct settings_section settings_sections[] = {
	{ "phone", "What this phone is." },
	{ "program", "The SIP program on this phone, which speaks plain SIP." },
	{ "call-manager", "The servers that this phone registers with.\n"
		"A server is HOST, HOST:PORT or [IPV6]:PORT; without a port it is found by SRV\n"
		"records, or has the port of the security mode." },
	{ "srst", "The router of the site that takes over when no call manager can be reached." },
	{ "trust", "Who vouches for servers." },
	{ "identity", "The certificates of this phone.\n"
		"Each is a file of PEM or a URI that a provider of OpenSSL knows, as pkcs11:..." },
	{ "oauth", "Registration with a token instead of a certificate." },
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

const char *media_policy_word(enum call_media_policy policy)
{
	return media_word(policies, policy);
}
