/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon's configuration as typed values, from one table of keys. A file is
 * taken whole or not at all.
 */
#ifndef PHONESECD_SETTINGS_H
#define PHONESECD_SETTINGS_H

#include <limits.h>
#include <stdio.h>

#include "../lib/call_media.h"
#include "../lib/capf_message.h"
#include "../lib/reason.h"

enum settings_limits {
	SETTINGS_NAME_MAX = 64,
	SETTINGS_HOST_MAX = 256,
	SETTINGS_URI_MAX = 1024,
	/* Bytes of the path of a folder, so that those of its files are URIs. */
	SETTINGS_FOLDER_MAX = 512,
	SETTINGS_SERVERS_MAX = 3,
	SETTINGS_TVS_MAX = 5,
	SETTINGS_CAPF_MAX = 5,
	SETTINGS_PROVISIONING_MAX = 2,
	SETTINGS_WARNINGS_MAX = 16,
	/* More keys than there are. */
	SETTINGS_KEYS_MAX = 128,
	/* Bytes of a line of the file with its end, and lines. */
	SETTINGS_LINE_MAX = 2048,
	SETTINGS_LINES_MAX = 10000,
};

/* "Security mode": what signalling and media of the phone are. */
enum security_profile {
	PROFILE_NONSECURE, /* SIP over TCP, RTP */
	PROFILE_AUTHENTICATED, /* SIP over TLS, RTP */
	PROFILE_ENCRYPTED, /* SIP over TLS, SRTP */
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

/* The word of a media policy as in the file and on the bus. */
const char *media_policy_word(enum call_media_policy policy);

/* Writes every key with its default and what it means, as the manual page has it (mdoc). */
void settings_manual(FILE *stream);

/* Writes a configuration file in which every key stands as a comment with its default. */
void settings_example(FILE *stream);

#endif
