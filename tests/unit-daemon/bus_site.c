// SPDX-License-Identifier: Apache-2.0
/*
 * The daemon's bus over a guard that does what lines on standard input say, for
 * bus_test.py:
 *
 *   add N | change N | remove N       a call begins, changes, ends
 *   secure N yes|no                   it is encrypted, or not
 *   captured N yes|no                 somebody records it
 *   tone N secure|nonsecure           it is to be heard
 *   display N TEXT                    it is to be shown; 0 is the phone itself
 *   burst N COUNT                     it changes so often in one turn of the loop
 *   module yes|no                     the kernel module is there
 *   service yes|no                    the phone is in service
 *   register | server | token         they are told to have changed
 *   srst yes|no                       there is a fallback router
 *   oauth yes|no                      SIP OAuth is on
 *   and what bus_site_device.c has of the device, bus_site_access.c of network and policy
 *
 * Each line is answered with itself; what is asked of the guard is written as it comes.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "bus.h"
#include "bus_site.h"
#include "log.h"

enum { CALLS = 16 };

struct guard {
	struct settings settings;
	const struct guard_events *events;
	void *owner;
	struct call_status calls[CALLS];
	size_t calls_count;
	bool module;
	bool is_halted;
	bool oauth;
	struct server_status servers[SERVER_ROLES];
};

static struct guard site;

void site_told(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	fflush(stdout);
}

/* The log. */

static void log_write(const struct refusal *why)
{
	site_told("log %s %s", why ? reason_words(why->code)->code : "", why ? why->detail : "");
}

void log_tell(enum log_message message, const char *format, ...)
{
	(void)message;
	(void)format;
	log_write(NULL);
}

void log_refusal(enum log_message message, const struct refusal *why, const char *format, ...)
{
	(void)message;
	(void)format;
	log_write(why);
}

/* Words. */

const char *call_progress_word(enum call_progress progress)
{
	static const char *const words[] = { "trying", "ringing", "connected", "ending" };

	return words[progress];
}

const char *server_role_word(enum server_role role)
{
	static const char *const words[] = { "primary", "secondary", "tertiary", "srst" };

	return words[role];
}

const char *server_state_word(enum server_state state)
{
	static const char *const words[] = { "absent", "idle", "connecting", "active", "standby",
					     "failed" };

	return words[state];
}

const char *registration_state_word(enum registration_state state)
{
	static const char *const words[] = { "trying", "active", "refused", "lost" };

	return words[state];
}

const char *oauth_state_word(enum oauth_state state)
{
	static const char *const words[] = { "off", "no-token", "refreshing", "ready", "refused",
					     "unreachable" };

	return words[state];
}

const char *profile_title(enum security_profile profile)
{
	return profile == PROFILE_ENCRYPTED ? "Encrypted" : "Nonsecure";
}

const char *media_policy_word(enum call_media_policy policy)
{
	return policy == CALL_MEDIA_REQUIRED ? "required" : "off";
}

/* The guard. */

static struct call_status *call_at(uint32_t number)
{
	for (size_t i = 0; i < site.calls_count; i++)
		if (site.calls[i].number == number)
			return &site.calls[i];
	return NULL;
}

void guard_watch(struct guard *guard, const struct guard_events *events, void *owner)
{
	guard->events = events;
	guard->owner = owner;
}

void guard_unwatch(struct guard *guard, const void *owner)
{
	(void)owner;
	guard->events = NULL;
}

uint32_t guard_call_next(const struct guard *guard, uint32_t number)
{
	uint32_t next = 0;

	for (size_t i = 0; i < guard->calls_count; i++)
		if (guard->calls[i].number > number && (!next || guard->calls[i].number < next))
			next = guard->calls[i].number;
	return next;
}

bool guard_call(const struct guard *guard, uint32_t number, struct call_status *status)
{
	const struct call_status *call = call_at(number);

	(void)guard;
	if (call)
		*status = *call;
	return call;
}

int guard_call_end(struct guard *guard, uint32_t number, struct refusal *why)
{
	(void)guard;
	site_told("end %u", number);
	return number == 9 ? refusal_set(why, REASON_CALL_MISSING, "it has just ended") : 0;
}

int guard_call_rekey(struct guard *guard, uint32_t number, struct refusal *why)
{
	(void)guard;
	(void)why;
	site_told("rekey %u", number);
	return 0;
}

/* The reader gets one message, and the end. */
int guard_call_capture(struct guard *guard, uint32_t number, unsigned int seconds,
		       uint32_t process, int *end, struct refusal *why)
{
	int ends[2];

	(void)guard;
	if (number == 9)
		return refusal_set(why, REASON_CAPTURE_FIPS, "%s", "");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return refusal_set(why, REASON_SYSTEM, "%s", "");
	site_told("capture %u %u %s", number, seconds, process ? "by somebody" : "by nobody");
	(void)send(ends[0], ">BYE", 4, 0);
	close(ends[0]);
	*end = ends[1];
	return 0;
}

bool guard_registration(const struct guard *guard, size_t index,
			struct registration_status *status)
{
	static const struct registration_status all[] = {
		{ "sip:1001@cucm.example", REGISTRATION_ACTIVE, SERVER_PRIMARY, 95, 200, "OK" },
		{ "sip:1002@cucm.example", REGISTRATION_REFUSED, SERVER_ROLES, 0, 403, "No" },
	};

	(void)guard;
	if (index >= sizeof(all) / sizeof(all[0]))
		return false;
	*status = all[index];
	return true;
}

bool guard_module(const struct guard *guard, struct refusal *why)
{
	if (!guard->module)
		refusal_set(why, REASON_MODULE_MISSING, "%s", "");
	return guard->module;
}

bool guard_in_service(const struct guard *guard, struct refusal *why)
{
	if (guard->is_halted)
		refusal_set(why, REASON_AUDIT_HALTED, "the spool is full");
	return !guard->is_halted;
}

struct servers *guard_servers(struct guard *guard)
{
	return (struct servers *)guard;
}

struct oauth *guard_oauth(struct guard *guard)
{
	return guard->oauth ? (struct oauth *)guard : NULL;
}

const struct settings *guard_settings(const struct guard *guard)
{
	return &guard->settings;
}

void servers_retry(struct servers *servers)
{
	(void)servers;
	site_told("retry");
}

const struct server_status *servers_status(const struct servers *servers, enum server_role role)
{
	return &((const struct guard *)servers)->servers[role];
}

/* Tells how long the token is, and its first byte. */
int oauth_login(struct oauth *oauth, struct secret *token, struct refusal *why)
{
	(void)oauth;
	(void)why;
	site_told("login %zu %c", secret_len(token), secret_bytes(token)[0]);
	secret_free(token);
	return 0;
}

int oauth_logout(struct oauth *oauth, struct refusal *why)
{
	(void)oauth;
	site_told("logout");
	return refusal_set(why, REASON_TOKEN_MISSING, "%s", "");
}

enum oauth_state oauth_state(const struct oauth *oauth)
{
	(void)oauth;
	return OAUTH_UNREACHABLE;
}

const struct refusal *oauth_why(const struct oauth *oauth)
{
	static const struct refusal why = { .code = REASON_TOKEN_ENDPOINT, .detail = "HTTP 500" };

	(void)oauth;
	return &why;
}

unsigned int oauth_expires_s(const struct oauth *oauth)
{
	(void)oauth;
	return 77;
}

/* The site. */

static int reload(void *owner, struct refusal *why)
{
	(void)owner;
	site_told("reload");
	return refusal_set(why, REASON_SETTINGS_VALUE, "phonesecd.conf:3");
}

static void call_secure(struct call_status *call, bool secure)
{
	call->state.shown = call->state.told = secure ? CALL_SECURITY_ENCRYPTED
						      : CALL_SECURITY_AUTHENTICATED;
	call->lines[0].secure = secure;
}

/* The far name holds what must not get onto the bus as it is. */
static void call_add(uint32_t number)
{
	struct call_status *call = &site.calls[site.calls_count++];

	*call = (struct call_status){
		.number = number, .id = "a84b4c@10.0.0.1", .outgoing = true,
		.progress = CALL_CONNECTED, .far = "sip:2002@cucm.example",
		.far_name = "J\xc3\xbcrgen \xff\x1b[31m\xc3", .leg = { .signalling_secure = true },
		.begun = 1764000000, .lines_count = 1,
		.lines = { { .kind = "audio", .active = true, .session = 7, .suite =
			     NF_SRTP_SUITE_AEAD_AES_256_GCM, .heard = true, .sent = true,
			     .local = { 4, { 10, 0, 0, 1 }, 4000, 4001 },
			     .remote = { 4, { 10, 0, 0, 2 }, 5000, 5001 }, .key_age_s = 12 } },
	};
	call_secure(call, true);
	site.events->call_added(site.owner, number);
}

static void call_remove(uint32_t number)
{
	struct call_status *call = call_at(number);

	*call = site.calls[--site.calls_count];
	site.events->call_removed(site.owner, number);
}

static void call_line(const char *word, uint32_t number, const char *rest)
{
	if (!strcmp(word, "add"))
		call_add(number);
	else if (!strcmp(word, "remove"))
		call_remove(number);
	else if (!strcmp(word, "tone"))
		site.events->tone(site.owner, number, strcmp(rest, "secure") ? CALL_TONE_NONSECURE
									     : CALL_TONE_SECURE);
	else if (!strcmp(word, "display"))
		site.events->display(site.owner, number, rest);
	else if (!strcmp(word, "secure"))
		call_secure(call_at(number), !strcmp(rest, "yes"));
	else if (!strcmp(word, "captured"))
		call_at(number)->captured = !strcmp(rest, "yes");
	for (int i = strcmp(word, "burst") ? 0 : atoi(rest); i > 0; i--)
		site.events->call_changed(site.owner, number);
	if (!strcmp(word, "change") || !strcmp(word, "secure") || !strcmp(word, "captured"))
		site.events->call_changed(site.owner, number);
}

static void line_do(char *line)
{
	char *rest = line, *word = strsep(&rest, " "), *number;
	bool yes;

	if (bus_site_device_line(word, rest ? rest : "") ||
	    bus_site_access_line(word, rest ? rest : ""))
		return;
	number = strsep(&rest, " ");
	yes = number && !strcmp(number, "yes");
	if (!strcmp(word, "module")) {
		site.module = yes;
		site.events->module_changed(site.owner);
	} else if (!strcmp(word, "service")) {
		site.is_halted = !yes;
		site.events->service_changed(site.owner);
	} else if (!strcmp(word, "oauth")) {
		site.oauth = yes;
		site.events->oauth_changed(site.owner);
	} else if (!strcmp(word, "srst")) {
		site.servers[SERVER_SRST].state = yes ? SERVER_STANDBY : SERVER_ABSENT;
		site.servers[SERVER_SRST].host = yes ? "router.example" : "";
		site.events->server_changed(site.owner, SERVER_SRST);
	} else if (!strcmp(word, "register")) {
		site.events->registrations_changed(site.owner);
	} else if (!strcmp(word, "server")) {
		site.events->server_changed(site.owner, SERVER_SECONDARY);
	} else {
		call_line(word, number ? (uint32_t)atoi(number) : 0, rest ? rest : "");
	}
}

static int input_ready(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	static char text[256];
	static size_t len;
	ssize_t got = read(fd, text + len, 1);

	(void)revents;
	(void)userdata;
	if (got <= 0)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	if (text[len++] != '\n')
		return 0;
	text[len - 1] = '\0';
	len = 0;
	site_told("done %s", text);
	line_do(text);
	return 0;
}

static void servers_set_up(void)
{
	for (enum server_role role = 0; role < SERVER_ROLES; role++)
		site.servers[role] = (struct server_status){ .role = role, .host = "" };
	site.servers[SERVER_PRIMARY] = (struct server_status){
		.role = SERVER_PRIMARY, .state = SERVER_ACTIVE, .host = "cucm.example",
		.port = 5061,
		.facts = { .version = "TLSv1.3", .suite = "TLS_AES_256_GCM_SHA384",
			   .subject = "CN=cucm.example", .fingerprint = "0123abcd",
			   .expires = 1900000000, .resumed = true,
			   .local = { 4, { 10, 0, 0, 1 }, 49152, 0 } },
	};
	site.servers[SERVER_SECONDARY] = (struct server_status){
		.role = SERVER_SECONDARY, .state = SERVER_FAILED, .host = "sub.example",
		.port = 5061, .last = { .code = REASON_SERVER_EXPIRED, .detail = "CN=sub.example" },
	};
}

int main(void)
{
	sd_event *event;
	struct refusal why;
	struct bus *bus;

	site.module = true;
	site.settings = (struct settings){
		.profile = PROFILE_ENCRYPTED, .media = CALL_MEDIA_REQUIRED, .is_protected = true,
		.listen = { 4, { 127, 0, 0, 1 }, 5060, 0 },
	};
	servers_set_up();
	if (sd_event_default(&event) < 0 ||
	    sd_event_add_io(event, NULL, STDIN_FILENO, 1, input_ready, NULL) < 0 ||
	    bus_new(&bus, event, &site, bus_site_device(), reload, NULL, &why))
		return 1;
	(void)sd_event_loop(event);
	bus_free(bus);
	sd_event_unref(event);
	return 0;
}
