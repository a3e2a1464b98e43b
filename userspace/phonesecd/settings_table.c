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

static const struct media_name capf_modes[] = {
	{ CAPF_AUTH_NONE, "none" },
	{ CAPF_AUTH_STRING, "string" },
	{ CAPF_AUTH_NULL_STRING, "null-string" },
	{ CAPF_AUTH_LSC, "lsc" },
	{ CAPF_AUTH_MIC, "mic" },
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
	{ "oauth", "Registration with a token instead of a certificate." },
	{ "provisioning", "The configuration of this phone from the servers of the call manager.\n"
		"What they say takes precedence over this file; 'phonesec config show' tells which\n"
		"value comes from where. [phone] name must be set." },
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

const char *media_policy_word(enum call_media_policy policy)
{
	return media_word(policies, policy);
}
