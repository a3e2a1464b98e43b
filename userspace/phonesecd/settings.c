// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <string.h>

#include "settings_table.h"

enum {
	/* Bytes of a file name in a refusal. */
	NAME_SHOWN_MAX = 120,
};

/**
 * struct reading - a file while it is read
 * @settings: what it says so far
 * @stream, @name: the file
 * @line: that was read last, counted from 1
 * @line_of: where each key stands, 0 for nowhere
 * @known: the section is known
 * @report: warnings
 * @why: the first refusal
 * @err: its -errno, 0 for none
 */
struct reading {
	struct settings settings;
	FILE *stream;
	const char *name;
	unsigned int line;
	unsigned int line_of[SETTINGS_KEYS_MAX];
	bool known;
	struct settings_report *report;
	struct refusal *why;
	int err;
};

/* The end of a long name tells more than its beginning. */
static const char *name_shown(const struct reading *reading)
{
	size_t len = strlen(reading->name);

	return reading->name + (len > NAME_SHOWN_MAX ? len - NAME_SHOWN_MAX : 0);
}

/* Values are not repeated: one that stands in the wrong place may be a secret. */
static void refuse(struct reading *reading, enum reason_code code, unsigned int line,
		   const char *text)
{
	if (reading->err)
		return;
	if (line)
		reading->err = refusal_set(reading->why, code, "%s:%u: %s", name_shown(reading),
					   line, text);
	else
		reading->err = refusal_set(reading->why, code, "%s: %s", name_shown(reading), text);
}

__attribute__((format(printf, 3, 4)))
static void warn(struct reading *reading, unsigned int line, const char *format, ...)
{
	struct settings_report *report = reading->report;
	char text[SETTINGS_ALLOWED_MAX];
	va_list list;

	if (report->count++ >= SETTINGS_WARNINGS_MAX)
		return;
	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	for (char *tab = text; (tab = strchr(tab, '\t'));)
		*tab = ' ';
	refusal_set(&report->warnings[report->count - 1], REASON_SETTINGS_SYNTAX, "%s:%u: %s",
		    name_shown(reading), line, text);
}

/* inih forgets what stands behind a section's name, and sections without keys. */
static void section_check(struct reading *reading, const char *line)
{
	size_t len = strcspn(line, "]");

	if (!line[len] || line[len + 1 + strspn(line + len + 1, " \t\r\n")]) {
		refuse(reading, REASON_SETTINGS_SYNTAX, reading->line, "a section is [NAME]");
		return;
	}
	reading->known = settings_section_known(line + 1, len - 1);
	if (!reading->known)
		warn(reading, reading->line, "the section [%.*s] is not known", (int)(len - 1),
		     line + 1);
}

/* Beside tabs only the end of a line is no character that can be seen. */
static bool line_is_text(const char *line, size_t len)
{
	if (len && line[len - 1] == '\n')
		len -= len > 1 && line[len - 2] == '\r' ? 2 : 1;
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)line[i] < ' ' && line[i] != '\t') || line[i] == '\177')
			return false;
	return true;
}

/* Reads a line of at most @size bytes with its end; returns its length, 0 at the end. */
static size_t line_read(struct reading *reading, char *line, size_t size)
{
	size_t len = 0;
	int byte;

	while ((byte = getc_unlocked(reading->stream)) != EOF) {
		if (len + 1 == size) {
			refuse(reading, REASON_SETTINGS_SYNTAX, reading->line, "the line is too long");
			return 0;
		}
		line[len++] = (char)byte;
		if (byte == '\n')
			break;
	}
	line[len] = '\0';
	return len;
}

/* A line for inih, which calls this once a line, as none is longer than its room. */
static char *next_line(char *line, int size, void *stream)
{
	struct reading *reading = stream;
	size_t len;

	reading->line++;
	len = line_read(reading, line, (size_t)size);
	if (!len)
		return NULL;
	if (reading->line > SETTINGS_LINES_MAX)
		refuse(reading, REASON_SETTINGS_SYNTAX, reading->line, "the file has too many lines");
	if (!line_is_text(line, len))
		refuse(reading, REASON_SETTINGS_SYNTAX, reading->line,
		       "there is a control character in the line");
	else if (line[strspn(line, " \t")] == '[')
		section_check(reading, line + strspn(line, " \t"));
	return reading->err ? NULL : line;
}

static void value_refuse(struct reading *reading, const struct settings_key *key)
{
	char allowed[SETTINGS_ALLOWED_MAX], text[2 * SETTINGS_ALLOWED_MAX];

	settings_value_allowed(key, allowed);
	snprintf(text, sizeof(text), "%s is %s", key->name, allowed);
	refuse(reading, REASON_SETTINGS_VALUE, reading->line, text);
}

static int take(void *user, const char *section, const char *name, const char *value)
{
	struct reading *reading = user;
	const struct settings_key *key = settings_key_find(section, name);
	char text[SETTINGS_ALLOWED_MAX];
	size_t index;

	if (reading->err)
		return 0;
	if (!key) {
		if (!*section)
			warn(reading, reading->line, "'%.40s' stands before any section", name);
		else if (reading->known)
			warn(reading, reading->line, "[%s] has no key '%.40s'", section, name);
		return 1;
	}
	index = (size_t)(key - settings_keys);
	if (reading->line_of[index]) {
		snprintf(text, sizeof(text), "%s stands in line %u already", key->name,
			 reading->line_of[index]);
		refuse(reading, REASON_SETTINGS_SYNTAX, reading->line, text);
		return 0;
	}
	reading->line_of[index] = reading->line;
	reading->settings.given[index] = *value;
	if (!settings_value_set(&reading->settings, key, value))
		value_refuse(reading, key);
	return !reading->err;
}

#define IS_GIVEN(reading, field) \
	((reading)->settings.given[SETTINGS_KEY(field) - settings_keys])
#define LINE_OF(reading, field) \
	((reading)->line_of[SETTINGS_KEY(field) - settings_keys])

static void defaults_set(struct settings *settings)
{
	for (const struct settings_key *key = settings_keys; key->section; key++)
		(void)settings_value_set(settings, key, key->value);
}

/* What another key decides. */
static void followers_set(struct reading *reading)
{
	struct settings *settings = &reading->settings;

	if (!IS_GIVEN(reading, media))
		settings->media = settings->profile == PROFILE_ENCRYPTED ? CALL_MEDIA_REQUIRED :
									   CALL_MEDIA_OFF;
	if (!IS_GIVEN(reading, srst_secure))
		settings->srst_secure = settings->profile != PROFILE_NONSECURE;
	if (!IS_GIVEN(reading, audit_mode))
		settings->audit_mode = *settings->audit_server.host ? AUDIT_MODE_EXTERNAL :
								      AUDIT_MODE_INTERNAL;
	if (!IS_GIVEN(reading, audit_transport))
		settings->audit_transport =
			settings->audit_mode == AUDIT_MODE_EXTERNAL_SECURE ? AUDIT_TLS : AUDIT_TCP;
}

static void audit_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;
	bool external = settings->audit_mode >= AUDIT_MODE_EXTERNAL;

	if (external && !*settings->audit_server.host)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, audit_mode),
		       "[audit] mode sends events to a server, and server names none");
	if (settings->audit_mode == AUDIT_MODE_EXTERNAL_SECURE &&
	    settings->audit_transport != AUDIT_TLS)
		refuse(reading, REASON_SETTINGS_CONFLICT, LINE_OF(reading, audit_transport),
		       "[audit] mode is external-secure, which needs transport tls");
}

static void media_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;

	if (settings->profile == PROFILE_NONSECURE && settings->media != CALL_MEDIA_OFF)
		refuse(reading, REASON_SETTINGS_CONFLICT, LINE_OF(reading, media),
		       "with security-mode nonsecure, media must be off: its keys would be sent in "
		       "clear");
	if (settings->profile == PROFILE_ENCRYPTED && settings->media == CALL_MEDIA_OFF)
		warn(reading, LINE_OF(reading, media),
		     "media is off although security-mode is encrypted");
	for (size_t i = 0; i < settings->ports_count; i++)
		if (settings->listen.port >= settings->ports[i].first &&
		    settings->listen.port <= settings->ports[i].last)
			refuse(reading, REASON_SETTINGS_CONFLICT,
			       LINE_OF(reading, ports) ? LINE_OF(reading, ports) :
							 LINE_OF(reading, listen),
			       "the port of listen is one of media-ports");
}

static void servers_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;
	bool secure = settings->profile != PROFILE_NONSECURE;
	bool any = *settings->srst.host;

	for (size_t i = 0; i < SETTINGS_SERVERS_MAX; i++)
		any |= *settings->servers[i].host;
	if (!any && !settings->provisioning)
		refuse(reading, REASON_SETTINGS_MISSING, 0,
		       "[call-manager] primary names no server");
	if (secure && !*settings->anchors)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, anchors),
		       "[trust] anchors names no authorities, and security-mode needs them");
	if (!*settings->srst.host)
		return;
	if (settings->srst_secure != secure)
		refuse(reading, REASON_SETTINGS_CONFLICT, LINE_OF(reading, srst_secure),
		       secure ? "[srst] secure is no, and security-mode needs TLS" :
				"[srst] secure is yes, and security-mode is nonsecure");
	if (settings->srst_secure && !*settings->srst_certificate)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, srst),
		       "[srst] certificate is missing, and the router is secure");
}

static void identity_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;

	if (!*settings->identity_folder)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, identity_folder),
		       "[identity] folder is empty");
	if (*settings->lsc.key && !*settings->lsc.certificate)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, lsc.key),
		       "there is lsc-key, and lsc is missing");
	if (*settings->mic.key && !*settings->mic.certificate)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, mic.key),
		       "there is mic-key, and mic is missing");
}

/* What nobody names is where the phone keeps it. */
static void identity_follow(struct settings *settings)
{
	static const char *const names[] = { "lsc.pem", "mic.pem" };
	struct settings_identity *identities[] = { &settings->lsc, &settings->mic };

	for (size_t i = 0; i < 2; i++)
		if (!*identities[i]->certificate)
			snprintf(identities[i]->certificate, SETTINGS_URI_MAX, "%s/%s",
				 settings->identity_folder, names[i]);
}

static bool is_given(const struct settings *settings, size_t offset)
{
	return settings->given[settings_index(offset)];
}

int settings_place(struct settings *settings, const char *state, struct refusal *why)
{
	const size_t folder = offsetof(struct settings, identity_folder);
	const size_t lists = offsetof(struct settings, lists);
	int len = 0;

	if (!is_given(settings, offsetof(struct settings, lsc.certificate)))
		*settings->lsc.certificate = '\0';
	if (!is_given(settings, offsetof(struct settings, mic.certificate)))
		*settings->mic.certificate = '\0';
	if (!is_given(settings, folder))
		len = snprintf(settings->identity_folder, sizeof(settings->identity_folder),
			       "%s/identity", state);
	if (len >= (int)sizeof(settings->identity_folder))
		return refusal_set(why, REASON_SETTINGS_VALUE, "the name of %s is too long", state);
	/* An empty name is nobody's folder. */
	if (!is_given(settings, lists) && *settings->lists)
		(void)snprintf(settings->lists, sizeof(settings->lists), "%s/trust", state);
	identity_follow(settings);
	return 0;
}

static void network_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;

	if (!*settings->switch_port)
		return;
	if (*settings->pc_port && !*settings->bridge)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, pc_port),
		       "there is pc-port, and bridge is missing");
	if (!strcmp(settings->voice_interface, settings->switch_port) ||
	    !strcmp(settings->voice_interface, settings->pc_port) ||
	    !strcmp(settings->voice_interface, settings->bridge) ||
	    !strcmp(settings->switch_port, settings->pc_port))
		refuse(reading, REASON_SETTINGS_CONFLICT, LINE_OF(reading, switch_port),
		       "two of the interfaces of [network] are the same");
}

static void web_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;

	if (settings->web_http && settings->web_http == settings->web_https)
		refuse(reading, REASON_SETTINGS_CONFLICT, LINE_OF(reading, web_https),
		       "http-port and https-port are the same");
}

static void oauth_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;
	unsigned int line = LINE_OF(reading, oauth);

	if (!settings->oauth)
		return;
	if (settings->remote_access)
		refuse(reading, REASON_TOKEN_REMOTE_ACCESS, line,
		       "sip-oauth-mode and mobile-and-remote-access are both on");
	if (settings->profile != PROFILE_ENCRYPTED)
		refuse(reading, REASON_SETTINGS_CONFLICT, line,
		       "sip-oauth-mode needs security-mode encrypted");
	if (!*settings->token_endpoint)
		refuse(reading, REASON_SETTINGS_MISSING, line,
		       "sip-oauth-mode needs token-endpoint");
}

static void provisioning_check(struct reading *reading)
{
	const struct settings *settings = &reading->settings;

	if (!settings->provisioning)
		return;
	if (!*settings->name)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, provisioning),
		       "[provisioning] asks for files by the device name, and [phone] name is missing");
	if (!*settings->provisioning_servers[0].host)
		refuse(reading, REASON_SETTINGS_MISSING, LINE_OF(reading, provisioning),
		       "[provisioning] primary names no server");
}

/* What inih can be told is told it through variables. */
static void inih_set_up(void)
{
	ini_max_line = SETTINGS_LINE_MAX;
	ini_use_stack = true;
	ini_allow_bom = false;
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_allow_no_value = false;
	ini_stop_on_first_error = true;
}

static void settings_read(struct reading *reading)
{
	int failed;

	inih_set_up();
	failed = ini_parse_stream(next_line, reading, take, reading);
	if (ferror(reading->stream))
		refuse(reading, REASON_SETTINGS_FILE, 0, "it cannot be read to its end");
	else if (failed)
		refuse(reading, REASON_SETTINGS_SYNTAX, reading->line,
		       "a line is [SECTION], KEY = VALUE, or a comment that begins with #");
}

int settings_parse(struct settings *settings, FILE *stream, const char *name,
		   struct settings_report *report, struct refusal *why)
{
	struct reading reading = {
		.stream = stream, .name = name, .report = report, .why = why,
	};

	*report = (struct settings_report){ 0 };
	defaults_set(&reading.settings);
	settings_read(&reading);
	followers_set(&reading);
	media_check(&reading);
	network_check(&reading);
	web_check(&reading);
	oauth_check(&reading);
	audit_check(&reading);
	servers_check(&reading);
	identity_check(&reading);
	provisioning_check(&reading);
	identity_follow(&reading.settings);
	if (!reading.err)
		*settings = reading.settings;
	return reading.err;
}

int settings_load(struct settings *settings, const char *path, struct settings_report *report,
		  struct refusal *why)
{
	FILE *stream = fopen(path, "re");
	int err;

	*report = (struct settings_report){ 0 };
	if (!stream)
		return refusal_set(why, REASON_SETTINGS_FILE, "%s: %m", path);
	err = settings_parse(settings, stream, path, report, why);
	(void)fclose(stream);
	return err;
}
