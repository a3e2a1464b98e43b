/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the phone gets on the network, and what the site's policy has it do: 802.1X, voice
 * VLAN, ports, hardening, FIPS mode, the audit log, the directory. Owns the rooms that look
 * after these. What is here is what others may see of them, as plain values, and ask for.
 */
#ifndef PHONESECD_ACCESS_H
#define PHONESECD_ACCESS_H

#include <systemd/sd-event.h>

#include "../lib/secret.h"
#include "contact_answer.h"
#include "keystore.h"
#include "overlay.h"
#include "settings.h"
#include "trust.h"

enum access_limits {
	/* A word, a name or address, what the far end or a table says. */
	ACCESS_WORD_MAX = 32,
	ACCESS_NAME_MAX = 256,
	ACCESS_TEXT_MAX = 512,
	/* Bytes of a password. */
	ACCESS_PASSWORD_MAX = 256,
};

/**
 * struct access_network - 802.1X and the voice VLAN
 * @enabled: the phone takes part in 802.1X
 * @fixed: the configuration decides about that
 * @state: Disabled, Disconnected, Acquired, Authenticating, Authenticated or Held
 * @connected: the port is open for this phone
 * @protocols: EAP methods that are offered with commas between, or None
 * @method, @tls: what was agreed on last: EAP method; version and suite of TLS; or empty
 * @identity: place of the certificate that is shown, or empty
 * @last: why the last attempt failed
 * @vlan_state: disabled, waiting, native, up or failed
 * @vlan: its number, 0 for the native one
 * @vlan_source: lldp-med, cdp, setting, or empty
 * @voice_interface: that voice uses
 * @switch_name, @switch_port: as the neighbour says
 * @vlan_last: why there is no VLAN
 */
struct access_network {
	bool enabled;
	bool fixed;
	char state[ACCESS_WORD_MAX];
	bool connected;
	char protocols[ACCESS_NAME_MAX];
	char method[ACCESS_NAME_MAX];
	char tls[ACCESS_NAME_MAX];
	char identity[ACCESS_NAME_MAX];
	struct refusal last;
	char vlan_state[ACCESS_WORD_MAX];
	uint16_t vlan;
	char vlan_source[ACCESS_WORD_MAX];
	char voice_interface[ACCESS_WORD_MAX];
	char switch_name[ACCESS_NAME_MAX];
	char switch_port[ACCESS_NAME_MAX];
	struct refusal vlan_last;
};

/* An Ethernet port: lan or pc. */
struct access_port {
	char role[ACCESS_WORD_MAX];
	char interface[ACCESS_WORD_MAX];
	char address[ACCESS_WORD_MAX];
	bool is_up;
	bool has_carrier;
};

/**
 * struct access_option - a hardening option
 * @name: SECTION.KEY of phonesecd.conf
 * @title: as menus have it
 * @element: of the site's configuration, or empty
 * @value, @usual: in force, and the default
 * @source: default, file, device, common or enterprise
 * @effect: what the option does
 * @problem: why the value of the site's configuration is not in force, or empty
 */
struct access_option {
	char name[ACCESS_NAME_MAX];
	char title[ACCESS_NAME_MAX];
	char element[ACCESS_NAME_MAX];
	char value[ACCESS_NAME_MAX];
	char usual[ACCESS_NAME_MAX];
	char source[ACCESS_WORD_MAX];
	char effect[ACCESS_TEXT_MAX];
	char problem[ACCESS_NAME_MAX];
};

/**
 * struct access_policy - what people at the phone, and its web pages, may do
 * @settings_access: full, restricted or disabled
 * @password_set: there is a local settings password
 * @unlocked_until, @locked_out_until: in seconds since 1970, 0 for not
 * @web: pages may be served; @web_https_only: over HTTPS alone
 * @web_port, @web_tls_port: 0 for none
 * @rules: what the kernel has of all this: setting, in-force or failed
 * @rules_last: why it has not
 */
struct access_policy {
	char settings_access[ACCESS_WORD_MAX];
	bool password_set;
	int64_t unlocked_until;
	int64_t locked_out_until;
	bool web;
	bool web_https_only;
	uint16_t web_port;
	uint16_t web_tls_port;
	char rules[ACCESS_WORD_MAX];
	struct refusal rules_last;
};

/**
 * struct access_fips - FIPS mode
 * @on: approved algorithms are enforced
 * @wanted: they will be after the next start
 * @provider: name and version of the provider, empty without one
 * @kernel: runs with fips=1
 * @private_keys: no or approved
 * @why: why it is not as asked for, which may be that a restart is due
 */
struct access_fips {
	bool on;
	bool wanted;
	char provider[ACCESS_NAME_MAX];
	bool kernel;
	char private_keys[ACCESS_WORD_MAX];
	struct refusal why;
};

/* What a feature needs; ok, limited, stops or prevents; what that means. */
struct access_need {
	char feature[ACCESS_NAME_MAX];
	char need[ACCESS_NAME_MAX];
	char verdict[ACCESS_WORD_MAX];
	char effect[ACCESS_TEXT_MAX];
};

/**
 * struct access_audit - the audit log
 * @mode: off, internal, external or external-secure
 * @state: off, internal, connecting, sending, waiting or failed
 * @server: HOST:PORT, or empty; @transport: tcp, tls or udp
 * @written, @delivered, @waiting, @lost: events
 * @spooled: bytes of those that are kept here
 * @halted: the spool is full, and the phone out of service
 * @last: why the server cannot be reached
 */
struct access_audit {
	char mode[ACCESS_WORD_MAX];
	char state[ACCESS_WORD_MAX];
	char server[ACCESS_NAME_MAX];
	char transport[ACCESS_WORD_MAX];
	uint64_t written;
	uint64_t delivered;
	uint64_t waiting;
	uint64_t lost;
	uint64_t spooled;
	bool halted;
	struct refusal last;
};

/**
 * struct access_events - what happened; the flow goes outwards only
 * @network, @policy: something of it is another one
 * @voice: access_voice_address() has something new
 * @halted: access_halted() has something new: the reason, or NULL
 */
struct access_events {
	void (*network)(void *owner);
	void (*policy)(void *owner);
	void (*voice)(void *owner);
	void (*halted)(void *owner, const struct refusal *why);
};

/*
 * What access is made from; all of it stays the caller's and as long as access does, but for
 * @file, the settings of the file without the site's configuration.
 */
struct access_parts {
	sd_event *event;
	const struct settings *file;
	const struct overlay *overlay;
	struct keystore *keystore;
	const struct trust_asker *asker;
	const char *runtime;
	const char *state;
	const struct access_events *events;
	void *owner;
};

struct access;

/**
 * access_new - take network access and policy up
 * @access: result, the caller's until access_free()
 * @parts: what it is made from
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int access_new(struct access **access, const struct access_parts *parts, struct refusal *why);
void access_free(struct access *access);

/* Uses other settings, which stay as long as this or until the next ones; @file need not stay. */
void access_reload(struct access *access, const struct settings *file,
		   const struct overlay *overlay);

/* The site has another configuration; what of it is no setting is taken from there. */
void access_configured(struct access *access, const struct phone_config *config, bool is_signed);

/* The phone has another certificate, or one less. */
void access_identity_changed(struct access *access);

/* The phone's address in the voice VLAN; false, and nothing written, where there is none. */
bool access_voice_address(const struct access *access, struct media_address *address);

/* Whether the audit log has the phone out of service, and why. */
bool access_halted(const struct access *access, struct refusal *why);

void access_network(const struct access *access, struct access_network *network);
/* By index from 0; false behind the last. */
bool access_port(const struct access *access, size_t index, struct access_port *port);
bool access_option(const struct access *access, size_t index, struct access_option *option);
void access_policy(const struct access *access, struct access_policy *policy);
void access_fips(const struct access *access, struct access_fips *fips);
void access_audit(const struct access *access, struct access_audit *audit);

/* Takes part in 802.1X or not, from now on and after restarts. */
int access_authenticate(struct access *access, bool enabled, struct refusal *why);
int access_reauthenticate(struct access *access, struct refusal *why);
int access_logoff(struct access *access, struct refusal *why);
/* dot1x_check() of what the phone authenticates with. */
int access_authentication_check(struct access *access, const char *what, struct refusal *why);

/**
 * access_fips_check - compare what features need with what is there
 * @access: access
 * @needs: result, the caller's until free()
 * @count: result, how many
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int access_fips_check(const struct access *access, struct access_need **needs, size_t *count,
		      struct refusal *why);

/* Writes an event of its own into the audit log, which @user wants to see. */
int access_audit_test(struct access *access, uint32_t user, struct refusal *why);

/* What was begun has ended; @why is NULL when it was done. */
typedef void (*access_done)(void *owner, const struct refusal *why);

/**
 * access_unlock - open settings for some minutes
 * @access: access
 * @password: local settings password; taken over
 * @user: who asks; root needs no password
 * @done: told the end; not before this returns
 * @owner: its first argument
 * @why: on refusal the reason; @done is then not told
 *
 * Return: 0, or the -errno of the reason.
 */
int access_unlock(struct access *access, struct secret *password, uint32_t user, access_done done,
		  void *owner, struct refusal *why);
void access_lock(struct access *access);

/* Sets the local settings password likewise; @old is empty where there is none. */
int access_password_set(struct access *access, struct secret *old, struct secret *new,
			uint32_t user, access_done done, void *owner, struct refusal *why);

/* A search has ended: what the directory answered, and NULL or the reason why there is nothing. */
typedef void (*access_found)(void *owner, const struct contact_answer *found,
			     const struct refusal *why);

/* Asks the directory for people as a user with a password, which is taken over; as above. */
int access_search(struct access *access, const char *name, const char *user,
		  struct secret *password, access_found found, void *owner, struct refusal *why);

/* Tells no request whose owner this is any more. */
void access_forget(struct access *access, void *owner);

/**
 * struct access_request - what somebody asks the daemon for over the bus
 * @user, @process: who
 * @interface, @method: what
 * @result: NULL when it was done, else why not
 */
struct access_request {
	uint32_t user;
	uint32_t process;
	const char *interface;
	const char *method;
	const struct refusal *result;
};

/* Whether settings access leaves it open now: 0, or the -errno of the reason. */
int access_allow(const struct access *access, const struct access_request *request,
		 struct refusal *why);
/* Puts it into the audit log. */
void access_asked(struct access *access, const struct access_request *request);

#endif
