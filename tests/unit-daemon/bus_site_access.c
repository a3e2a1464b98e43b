// SPDX-License-Identifier: Apache-2.0
/*
 * Network access and policy for bus_site.c. What becomes of it:
 *
 *   dot1x off|open|held|fixed                     802.1X is so; it is told to have changed
 *   vlan native|learned|failed                    the voice VLAN is so
 *   settings full|restricted|disabled|unlocked    people at the phone may do so much
 *   fips off|on|refused                           FIPS mode is so
 *   audit off|connected|halted                    the audit log is so; unless it is off, what is
 *                                                 asked for over the bus is told with its end
 *
 * The password of settings is "Open7-sesame". Of the directory's people one has a name that must
 * not get onto the bus as it is.
 */
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-event.h>

#include "access.h"
#include "bus_site.h"
#include "device.h"

#define PASSWORD "Open7-sesame"

struct access {
	const struct device_events *events;
	void *owner;
	struct access_network network;
	struct access_policy policy;
	struct access_fips fips;
	struct access_audit audit;
	access_done done;
	access_found found;
	void *requester;
	struct refusal why;
};

/* What the phone has not, of what it authenticates with. */
static char site_lacks[16];

static struct access site = {
	.network = { .state = "Disabled", .protocols = "None", .vlan_state = "off",
		     .voice_interface = "eth0" },
	.policy = { .settings_access = "full", .web = true, .web_port = 80, .web_tls_port = 443,
		    .rules = "in-force" },
	.fips = { .private_keys = "no" },
	.audit = { .mode = "internal", .state = "internal", .written = 3 },
};

struct access *device_access(const struct device *device)
{
	(void)device;
	return &site;
}

void bus_site_access_watch(const struct device_events *events, void *owner)
{
	site.events = events;
	site.owner = owner;
}

void access_network(const struct access *access, struct access_network *network)
{
	*network = access->network;
}

bool access_port(const struct access *access, size_t index, struct access_port *port)
{
	static const struct access_port all[] = {
		{ "lan", "eth0", "02:00:00:00:00:01", true, true },
		{ "pc", "", "", false, false },
	};

	(void)access;
	if (index >= sizeof(all) / sizeof(all[0]))
		return false;
	*port = all[index];
	return true;
}

bool access_option(const struct access *access, size_t index, struct access_option *option)
{
	static const struct access_option all[] = {
		{ "hardening.web-access", "Web access", "webAccess", "on", "off", "device",
		  "Whether the phone serves web pages.", "" },
		{ "hardening.gratuitous-arp", "Gratuitous ARP", "garp", "off", "off", "default",
		  "Whether unasked for answers of ARP are believed.", "closed by the file" },
	};

	(void)access;
	if (index >= sizeof(all) / sizeof(all[0]))
		return false;
	*option = all[index];
	return true;
}

void access_policy(const struct access *access, struct access_policy *policy)
{
	*policy = access->policy;
}

void access_fips(const struct access *access, struct access_fips *fips)
{
	*fips = access->fips;
}

void access_audit(const struct access *access, struct access_audit *audit)
{
	*audit = access->audit;
}

int access_authenticate(struct access *access, bool enabled, struct refusal *why)
{
	site_told("dot1x %s", enabled ? "enable" : "disable");
	if (access->network.fixed)
		return refusal_set(why, REASON_VALUE_INVALID, "the configuration decides");
	access->network.enabled = enabled;
	strcpy(access->network.state, enabled ? "Authenticating" : "Disabled");
	access->events->network(access->owner);
	return 0;
}

int access_reauthenticate(struct access *access, struct refusal *why)
{
	(void)access;
	(void)why;
	site_told("reauthenticate");
	return 0;
}

int access_authentication_check(struct access *access, const char *what, struct refusal *why)
{
	(void)access;
	return strcmp(site_lacks, what) ? 0 :
	       refusal_set(why, REASON_DOT1X_CREDENTIALS, "no %s", what);
}

int access_logoff(struct access *access, struct refusal *why)
{
	(void)access;
	(void)why;
	site_told("logoff");
	return 0;
}

int access_fips_check(const struct access *access, struct access_need **needs, size_t *count,
		      struct refusal *why)
{
	static const struct access_need all[] = {
		{ "media", "AES-256-GCM", "ok", "" },
		{ "digest authentication", "MD5", "stops", "Registration with a password stops." },
	};

	(void)access;
	*count = access->fips.on ? 1 : 2;
	*needs = malloc(sizeof(all));
	if (!*needs)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	memcpy(*needs, all, sizeof(all));
	return 0;
}

int access_audit_test(struct access *access, uint32_t user, struct refusal *why)
{
	(void)why;
	site_told("audit test of %u", user);
	access->audit.written++;
	access->events->policy(access->owner);
	return 0;
}

/* From the loop, as after a hash or an answer of the network. */
static int request_due(sd_event_source *source, void *userdata)
{
	static const struct contact_answer people = { .count = 2, .total = 3, .contacts = {
		{ .user = "alice", .name = "Alice \x1b[2J", .number = "+15550100",
		  .home = "+15550102", .mobile = "+15550103", .mail = "a@example",
		  .uri = "sip:a@example", .department = "Sales", .title = "Dr" },
		{ .user = "bob", .name = "Bob", .number = "+15550101" },
	} };
	struct access *access = userdata;
	const struct refusal *why = access->why.code ? &access->why : NULL;

	(void)source;
	if (access->requester && access->found)
		access->found(access->requester, &people, why);
	else if (access->requester)
		access->done(access->requester, why);
	access->requester = NULL;
	return 0;
}

static int request_begin(struct access *access, access_done done, access_found found, void *owner)
{
	sd_event *event;

	access->done = done;
	access->found = found;
	access->requester = owner;
	if (sd_event_default(&event) < 0 ||
	    sd_event_add_defer(event, NULL, request_due, access) < 0)
		abort();
	sd_event_unref(event);
	return 0;
}

static bool password_is(const struct secret *secret, const char *password)
{
	return secret_len(secret) == strlen(password) &&
	       !memcmp(secret_bytes(secret), password, strlen(password));
}

int access_unlock(struct access *access, struct secret *password, uint32_t user, access_done done,
		  void *owner, struct refusal *why)
{
	bool good = password_is(password, PASSWORD);

	(void)user;
	(void)why;
	site_told("unlock %zu", secret_len(password));
	secret_free(password);
	access->why = (struct refusal){ 0 };
	if (good)
		access->policy.unlocked_until = 1900000000;
	else
		refusal_set(&access->why, REASON_VALUE_INVALID, "the password");
	return request_begin(access, done, NULL, owner);
}

void access_lock(struct access *access)
{
	site_told("lock");
	access->policy.unlocked_until = 0;
}

int access_password_set(struct access *access, struct secret *old, struct secret *new,
			uint32_t user, access_done done, void *owner, struct refusal *why)
{
	(void)user;
	(void)why;
	site_told("password %zu %zu", secret_len(old), secret_len(new));
	access->why = (struct refusal){ 0 };
	if (access->policy.password_set && !password_is(old, PASSWORD))
		refusal_set(&access->why, REASON_VALUE_INVALID, "the old password");
	else
		access->policy.password_set = true;
	secret_free(old);
	secret_free(new);
	return request_begin(access, done, NULL, owner);
}

int access_search(struct access *access, const char *name, const char *user,
		  struct secret *password, access_found found, void *owner, struct refusal *why)
{
	size_t len = secret_len(password);

	site_told("search '%s' '%s' %zu", name, user, len);
	secret_free(password);
	if (!len)
		return refusal_set(why, REASON_VALUE_INVALID, "no password");
	access->why = (struct refusal){ 0 };
	return request_begin(access, NULL, found, owner);
}

void access_forget(struct access *access, void *owner)
{
	if (access->requester != owner)
		return;
	site_told("access forget");
	access->requester = NULL;
}

/* Nothing but locking and unlocking while settings are closed, for root as well. */
int access_allow(const struct access *access, const struct access_request *request,
		 struct refusal *why)
{
	if (strcmp(access->policy.settings_access, "disabled") || access->policy.unlocked_until ||
	    !strcmp(request->method, "Unlock"))
		return 0;
	return refusal_set(why, REASON_BUS_NOT_ALLOWED, "settings access is disabled");
}

void access_asked(struct access *access, const struct access_request *request)
{
	const char *interface = strrchr(request->interface, '.') + 1;

	if (strcmp(access->audit.mode, "external"))
		return;
	site_told("asked %s.%s by %u: %s", interface, request->method, request->user,
		  request->result ? reason_words(request->result->code)->code : "done");
}

static void dot1x_line(const char *rest)
{
	struct access_network *network = &site.network;

	if (!strncmp(rest, "lacks ", 6)) {
		(void)snprintf(site_lacks, sizeof(site_lacks), "%s", rest + 6);
		return;
	}
	network->enabled = strcmp(rest, "off");
	network->fixed = !strcmp(rest, "fixed");
	network->connected = !strcmp(rest, "open");
	network->last = (struct refusal){ 0 };
	strcpy(network->state, network->connected ? "Authenticated" :
	       network->enabled ? "Held" : "Disabled");
	strcpy(network->protocols, network->connected ? "EAP-TLS" :
	       network->enabled ? "EAP-TLS, EAP-FAST" : "None");
	strcpy(network->method, network->connected ? "EAP-TLS" : "");
	strcpy(network->identity, network->connected ? "lsc" : "");
	if (!strcmp(rest, "held"))
		refusal_set(&network->last, REASON_SERVER_UNREACHABLE, "eth0");
}

static void vlan_line(const char *rest)
{
	struct access_network *network = &site.network;
	bool learned = !strcmp(rest, "learned");

	network->vlan = learned ? 110 : 0;
	strcpy(network->vlan_state, learned ? "up" : strcmp(rest, "failed") ? "off" : "failed");
	strcpy(network->vlan_source, learned ? "lldp-med" : "");
	strcpy(network->voice_interface, learned ? "eth0.110" : "eth0");
	strcpy(network->switch_name, learned ? "switch\x07" "1" : "");
	strcpy(network->switch_port, learned ? "Gi1/0/7" : "");
	network->vlan_last = (struct refusal){ 0 };
	if (!strcmp(rest, "failed"))
		refusal_set(&network->vlan_last, REASON_SYSTEM, "eth0.110");
}

static void policy_line(const char *word, const char *rest)
{
	if (!strcmp(word, "settings")) {
		bool unlocked = !strcmp(rest, "unlocked");

		site.policy.unlocked_until = unlocked ? 1900000000 : 0;
		strcpy(site.policy.settings_access, unlocked ? "disabled" : rest);
	} else if (!strcmp(word, "fips")) {
		site.fips.on = site.fips.wanted = site.fips.kernel = !strcmp(rest, "on");
		strcpy(site.fips.provider, site.fips.on ? "OpenSSL FIPS Provider 3.5.0" : "");
		site.fips.why = (struct refusal){ 0 };
		if (!strcmp(rest, "refused"))
			refusal_set(&site.fips.why, REASON_VALUE_INVALID, "LSC of 1024 bits");
	} else {
		site.audit.halted = !strcmp(rest, "halted");
		strcpy(site.audit.mode, strcmp(rest, "off") ? "external" : "off");
		strcpy(site.audit.state, site.audit.halted ? "waiting" :
		       strcmp(rest, "off") ? "sending" : "off");
		strcpy(site.audit.server, strcmp(rest, "off") ? "logs.example:601" : "");
		strcpy(site.audit.transport, strcmp(rest, "off") ? "tcp" : "");
		site.audit.spooled = site.audit.halted ? UINT64_C(1) << 33 : 0;
	}
	site.events->policy(site.owner);
}

bool bus_site_access_line(const char *word, const char *rest)
{
	if (!strcmp(word, "dot1x"))
		dot1x_line(rest);
	else if (!strcmp(word, "vlan"))
		vlan_line(rest);
	if (!strcmp(word, "dot1x") || !strcmp(word, "vlan"))
		site.events->network(site.owner);
	else if (!strcmp(word, "settings") || !strcmp(word, "fips") || !strcmp(word, "audit"))
		policy_line(word, rest);
	else
		return false;
	return true;
}
