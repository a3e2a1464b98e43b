/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's configuration as typed values, from one table of keys. A file is
 * taken whole or not at all.
 */
#ifndef PHONESECD_SETTINGS_H
#define PHONESECD_SETTINGS_H

#include <limits.h>
#include <net/if.h>
#include <stdio.h>

#include "../lib/call_media.h"
#include "../lib/capf_message.h"
#include "../lib/phone_config.h"
#include "../lib/reason.h"

enum settings_limits {
	SETTINGS_NAME_MAX = 64,
	SETTINGS_HOST_MAX = 256,
	SETTINGS_URI_MAX = 1024,
	/* Bytes of the path of a folder, so that those of its files are URIs. */
	SETTINGS_FOLDER_MAX = 512,
	/* Bytes of the path of a socket. */
	SETTINGS_SOCKET_MAX = 108,
	SETTINGS_SERVERS_MAX = 3,
	SETTINGS_TVS_MAX = 5,
	SETTINGS_CAPF_MAX = 5,
	SETTINGS_PROVISIONING_MAX = 2,
	SETTINGS_WARNINGS_MAX = 16,
	/* More keys than there are. */
	SETTINGS_KEYS_MAX = 192,
	/* Bytes of a line of the file with its end, and lines. */
	SETTINGS_LINE_MAX = 2048,
	SETTINGS_LINES_MAX = 10000,
};

/* "Voice VLAN" where it is no ID: reserved ones of IEEE 802.1Q stand for both. */
enum settings_voice_vlan {
	VOICE_VLAN_NONE = 0, /* Disabled: the native VLAN */
	VOICE_VLAN_LEARNED = 4095, /* Enabled: what the switch says */
};

/* "Security mode": what signalling and media of the phone are. */
enum security_profile {
	PROFILE_NONSECURE, /* SIP over TCP, RTP */
	PROFILE_AUTHENTICATED, /* SIP over TLS, RTP */
	PROFILE_ENCRYPTED, /* SIP over TLS, SRTP */
};

/* Where security events go. */
enum audit_mode {
	AUDIT_MODE_OFF, /* nowhere */
	AUDIT_MODE_INTERNAL, /* into the spool, where the newest ones are kept */
	AUDIT_MODE_EXTERNAL, /* to the server */
	AUDIT_MODE_EXTERNAL_SECURE, /* to the server, over TLS */
};

enum audit_transport {
	AUDIT_TCP, /* RFC 6587, octet counting */
	AUDIT_TLS, /* RFC 5425 */
	AUDIT_UDP, /* RFC 5426 */
};

/* What happens when no more events can be kept. */
enum audit_full {
	AUDIT_FULL_IGNORE, /* events are counted and lost */
	AUDIT_FULL_HALT, /* no new calls */
};

/* Which private keys of this phone are used in FIPS mode. */
enum fips_keys {
	FIPS_KEYS_NO,
	FIPS_KEYS_APPROVED,
};

/* Whether MD5 is let through in FIPS mode. */
enum fips_md5 {
	FIPS_MD5_NO,
	FIPS_MD5_NONSECURITY,
};

/**
 * struct settings_server - where a server is
 * @host: name or address; its certificate must be issued for it. Empty for none
 * @port: TCP port
 */
struct settings_server {
	char host[SETTINGS_HOST_MAX];
	uint16_t port;
};

/**
 * struct settings_identity - a certificate of this phone
 * @certificate: file or URI of OSSL_STORE of the certificate with its chain, empty for none
 * @key: the same of its private key, empty when it is beside the certificate
 */
struct settings_identity {
	char certificate[SETTINGS_URI_MAX];
	char key[SETTINGS_URI_MAX];
};

/* Who decides whether the phone authenticates on its LAN port. */
enum dot1x_decision {
	DOT1X_BY_USER,
	DOT1X_OFF,
	DOT1X_ON,
};

/* What it offers to authenticate by. */
enum dot1x_methods {
	DOT1X_TLS,
	DOT1X_FAST,
	DOT1X_TLS_AND_FAST,
};

/* Where the first PAC of EAP-FAST comes from. */
enum dot1x_provisioning {
	DOT1X_PAC_SERVER,
	DOT1X_PAC_ANONYMOUS,
	DOT1X_PAC_NEVER,
};

/**
 * struct settings - the configuration; comments name section and key of the file
 */
struct settings {
	/* [phone] */
	char name[SETTINGS_NAME_MAX]; /* name: device name, as SEP001122334455; may be empty */
	unsigned int model; /* model: number of the model at the call manager, 0 to tell none */
	enum security_profile profile; /* security-mode: nonsecure, authenticated, encrypted */
	enum call_media_policy media; /* media: required, preferred, off; follows the profile */
	struct media_address address; /* address: towards the network; none: of the route */
	bool is_protected; /* protected-device */
	bool plays_tone; /* play-secure-indication-tone */
	struct media_range ports[NF_SRTP_RANGES_MAX]; /* media-ports: FIRST-LAST[, ...] */
	size_t ports_count;

	/* [program] */
	struct media_address listen; /* listen: ADDRESS:PORT on loopback, UDP and TCP */
	unsigned int register_s; /* register-interval: how often the program registers */

	/* [call-manager] */
	struct settings_server servers[SETTINGS_SERVERS_MAX]; /* primary, secondary, tertiary */
	uint16_t local_port; /* local-port: our end of connections */
	unsigned int connect_s; /* connect-timeout */
	unsigned int keepalive_s; /* keep-alive */
	unsigned int failback_s; /* fail-back: how long a better server must answer */
	unsigned int resumption_s; /* tls-resumption-timer */

	/* [srst] */
	struct settings_server srst; /* router */
	bool srst_secure; /* secure */
	char srst_certificate[PATH_MAX]; /* certificate: the router's own, in PEM */

	/* [trust] */
	char anchors[PATH_MAX]; /* anchors: file or folder of PEM certificates */
	char revoked[PATH_MAX]; /* revoked: file of SHA-256 fingerprints, one a line */
	char lists[PATH_MAX]; /* lists: folder of the trust lists in force; empty for none */
	bool first_list; /* first-list: an empty phone takes the first list without check */
	bool sha1_files; /* sha1-files: files may be signed over SHA-1 */

	/* [tvs] */
	struct settings_server tvs[SETTINGS_TVS_MAX]; /* server-1 to server-5, best one first */
	char product[SETTINGS_NAME_MAX]; /* product: model as its name has it, as 8841 */

	/* [identity] */
	struct settings_identity lsc; /* lsc, lsc-key */
	struct settings_identity mic; /* mic, mic-key */
	char identity_folder[SETTINGS_FOLDER_MAX]; /* folder: where the phone keeps them itself */
	char key_place[SETTINGS_URI_MAX]; /* key-place: "file" or a URI of PKCS#11 */
	bool weak_keys; /* rsa-below-2048 */

	/* [capf] */
	struct settings_server capf[SETTINGS_CAPF_MAX]; /* server, server-2 to server-5 */
	enum capf_auth capf_auth; /* authentication-mode: none, string, null-string, lsc, mic */
	unsigned int capf_version; /* version: newest that is spoken */
	unsigned int capf_answer_s; /* answer-timeout */
	unsigned int capf_tries; /* tries */
	unsigned int capf_retry_s; /* retry-interval */

	/* [network] */
	char switch_port[IFNAMSIZ]; /* switch-port: interface towards the switch, empty for none */
	char pc_port[IFNAMSIZ]; /* pc-port: interface of the PC behind the phone, empty for none */
	char bridge[IFNAMSIZ]; /* bridge: whose ports both are */
	unsigned int voice_vlan; /* voice-vlan: an ID, or one of enum settings_voice_vlan */
	char voice_interface[IFNAMSIZ]; /* voice-interface: the VLAN interface that is made */
	unsigned int voice_wait_s; /* voice-vlan-wait */
	char lldpd[SETTINGS_SOCKET_MAX]; /* lldpd-socket: where lldpd is asked */
	/* [fips] */
	bool fips_mode; /* mode */
	enum fips_keys fips_keys; /* private-keys: no, approved */
	enum fips_md5 fips_md5; /* md5-digest: no, nonsecurity */
	char fips_module[PATH_MAX]; /* provider-module, empty for OpenSSL's own */
	char fips_config[PATH_MAX]; /* provider-config */

	/* [oauth] */
	bool oauth; /* sip-oauth-mode */
	bool remote_access; /* mobile-and-remote-access */
	char token_endpoint[SETTINGS_URI_MAX]; /* token-endpoint: URL with https */
	char token_client[SETTINGS_NAME_MAX]; /* client-id */
	char token_form[SETTINGS_URI_MAX]; /* form: more fields of the request, a=b&c=d */
	char token_anchors[PATH_MAX]; /* anchors: of the endpoint; those of [trust] when empty */

	/* [provisioning] */
	bool provisioning; /* enabled */
	/* primary, secondary */
	struct settings_server provisioning_servers[SETTINGS_PROVISIONING_MAX];
	uint16_t provisioning_https; /* https-port */
	uint16_t provisioning_tftp; /* tftp-port, 0 to do without TFTP */
	unsigned int provisioning_s; /* interval */
	bool provisioning_unsigned; /* unsigned: taken while there is no trust list */

	/* [dot1x] */
	enum dot1x_decision dot1x; /* device-authentication: user, off, on */
	enum dot1x_methods dot1x_methods; /* methods: tls, fast, tls-and-fast */
	char dot1x_certificate[SETTINGS_NAME_MAX]; /* certificate: a name; empty for LSC or MIC */
	bool dot1x_expired; /* expired: the MIC is shown when the LSC is not valid */
	char dot1x_identity[SETTINGS_NAME_MAX]; /* identity; that of the certificate when empty */
	char dot1x_server[SETTINGS_NAME_MAX]; /* server-name; empty for any */
	char dot1x_anchors[PATH_MAX]; /* anchors; those of [trust] when empty */
	bool dot1x_tls13; /* tls13 */
	char dot1x_anonymous[SETTINGS_NAME_MAX]; /* anonymous-identity */
	char dot1x_user[SETTINGS_NAME_MAX]; /* fast-user */
	char dot1x_password[PATH_MAX]; /* fast-password: file with the password on one line */
	enum dot1x_provisioning dot1x_provisioning; /* fast-provisioning: server, anonymous, no */
	unsigned int dot1x_held_s; /* held-period */
	unsigned int dot1x_start_s; /* start-period */
	char dot1x_supplicant[PATH_MAX]; /* supplicant: the program */
	/* [web] */
	uint16_t web_http; /* http-port, 0 for none */
	uint16_t web_https; /* https-port, 0 for none */

	/* [directory] */
	char directory[SETTINGS_URI_MAX]; /* url: URL with https, empty for none */
	/* [audit] */
	enum audit_mode audit_mode; /* mode: off, internal, external, external-secure */
	struct settings_server audit_server; /* server */
	enum audit_transport audit_transport; /* transport: tcp, tls, udp */
	char audit_anchors[PATH_MAX]; /* anchors: of the server; those of [trust] when empty */
	unsigned int audit_kib; /* spool-size */
	enum audit_full audit_on_full; /* on-full: ignore, halt */
	unsigned int audit_facility; /* facility: number of RFC 5424 table 1 */

	/* [hardening] */
	bool web_access; /* web-access */
	bool web_https_only; /* web-https-only */
	/* settings-access: full, restricted, disabled */
	enum phone_settings_access settings_access;
	bool garp; /* gratuitous-arp */
	bool pc_open; /* pc-port */
	bool span_to_pc; /* span-to-pc-port */
	bool pc_voice_vlan; /* pc-voice-vlan */
	bool ssh_access; /* ssh-access */
	uint16_t ssh_port; /* ssh-port */
	char nft[PATH_MAX]; /* nft: the program */

	/* [credentials] */
	unsigned int password_length; /* password-length: least */
	unsigned int string_length; /* capf-string-length: least */
	bool trivial; /* trivial: easily guessed ones are allowed */
	unsigned int password_history; /* password-history */
	unsigned int password_tries; /* tries */
	unsigned int lockout_s; /* lockout */
	unsigned int unlock_s; /* unlock-time */
	unsigned int password_rounds; /* hash-iterations */

	/* [image] */
	char installer[PATH_MAX]; /* installer */
	unsigned int installer_s; /* timeout */
	unsigned int image_mib; /* max-size */

	bool given[SETTINGS_KEYS_MAX]; /* keys that the file names with a value */
};

/**
 * struct settings_report - what is odd about a file that is taken nevertheless
 * @warnings: one line of text each, with file and line
 * @count: how many there are, of which the first %SETTINGS_WARNINGS_MAX are kept
 */
struct settings_report {
	struct refusal warnings[SETTINGS_WARNINGS_MAX];
	size_t count;
};

/**
 * settings_load - read a configuration file
 * @settings: filled in; values that the file does not name have their defaults
 * @path: the file
 * @report: unknown keys and sections
 * @why: on refusal the reason, with file, line and what is allowed as detail
 *
 * Return: 0, or the -errno of the reason.
 */
int settings_load(struct settings *settings, const char *path, struct settings_report *report,
		  struct refusal *why);

/**
 * settings_parse - the same from a stream
 * @settings: filled in; on refusal left as it was
 * @stream: where to read, up to its end; stays open
 * @name: of the file, for warnings and refusals
 * @report: unknown keys and sections
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int settings_parse(struct settings *settings, FILE *stream, const char *name,
		   struct settings_report *report, struct refusal *why);

/**
 * settings_place - put the daemon's own folders below its state folder
 * @settings: of a file; certificates and lists whose folder it does not name are below @state
 * @state: the state folder; with "/var/lib/phonesec" nothing changes
 * @why: on refusal the reason; @settings are then of no use
 *
 * Return: 0, or the -errno of the reason.
 */
int settings_place(struct settings *settings, const char *state, struct refusal *why);

/* A key of the file by its index from 0: "SECTION.KEY" with its value there, for people. Returns
 * false behind the last. What may hold a secret is only told to be set. */
bool settings_shown(const struct settings *settings, size_t index, char *name, size_t name_size,
		    char *value, size_t value_size);
/* The index of a field, for settings_shown() and given[]. */
size_t settings_index(size_t offset);

/* The word of a profile as in the file and on the bus, and as people read it. */
const char *profile_word(enum security_profile profile);
const char *profile_title(enum security_profile profile);

/* The words of [audit] as in the file and on the bus. */
const char *audit_mode_word(enum audit_mode mode);
const char *audit_transport_word(enum audit_transport transport);

/* The word of a media policy as in the file and on the bus. */
const char *media_policy_word(enum call_media_policy policy);

/* Writes every key with its default and what it means, as the manual page has it (mdoc). */
void settings_manual(FILE *stream);

/* Writes a configuration file in which every key stands as a comment with its default. */
void settings_example(FILE *stream);

#endif
