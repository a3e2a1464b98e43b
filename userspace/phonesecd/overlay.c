// SPDX-License-Identifier: Apache-2.0
#include "overlay.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fips.h"
#include "hardening.h"

enum { PROBLEMS_MAX = 16 };

#define KEY(field) settings_index(offsetof(struct settings, field))
#define ELEMENT(field) offsetof(struct phone_config, field)

/**
 * struct laying - settings while the configuration is laid over them
 * @settings: what comes of it
 * @local, @config, @is_signed: as given
 * @source: of each key
 * @problem: of each key, or NULL
 * @elements, @elements_count: offsets of elements with a problem of their own, and its text
 */
struct laying {
	struct settings *settings;
	const struct settings *local;
	const struct phone_config *config;
	bool is_signed;
	enum overlay_source source[SETTINGS_KEYS_MAX];
	const char *problem[SETTINGS_KEYS_MAX];
	struct {
		size_t offset;
		const char *text;
	} elements[PROBLEMS_MAX];
	size_t elements_count;
};

const char *overlay_source_word(enum overlay_source source)
{
	static const char *const words[] = {
		[OVERLAY_DEFAULT] = "default", [OVERLAY_FILE] = "file",
		[OVERLAY_ENTERPRISE] = "enterprise", [OVERLAY_COMMON] = "common",
		[OVERLAY_DEVICE] = "device",
	};

	return words[source];
}

static enum overlay_source source_of(enum phone_config_source source)
{
	static const enum overlay_source sources[PHONE_CONFIG_SOURCES] = {
		[PHONE_CONFIG_ENTERPRISE] = OVERLAY_ENTERPRISE,
		[PHONE_CONFIG_COMMON] = OVERLAY_COMMON,
		[PHONE_CONFIG_DEVICE] = OVERLAY_DEVICE,
	};

	return sources[source];
}

static void element_blame(struct laying *laying, size_t offset, const char *text)
{
	if (laying->elements_count == PROBLEMS_MAX)
		return;
	laying->elements[laying->elements_count].offset = offset;
	laying->elements[laying->elements_count++].text = text;
}

/* Of what the call manager asks for and cannot have, the row of the file tells too. */
static void key_blame(struct laying *laying, size_t key, size_t element, const char *text)
{
	laying->problem[key] = text;
	element_blame(laying, element, text);
}

#define IS_NAMED(laying, field) phone_config_source((laying)->config, field)
#define TAKEN(laying, key, field) \
	((laying)->source[KEY(key)] = source_of(IS_NAMED(laying, field)))

/* What the file names of security, and the profile would not keep, or NULL. */
static const char *profile_lowers(const struct laying *laying, enum security_profile profile)
{
	const struct settings *local = laying->local;

	if (local->given[KEY(profile)] && profile < local->profile)
		return "a configuration without signature does not lower what the file names";
	if (local->given[KEY(media)] && local->media != CALL_MEDIA_OFF &&
	    profile == PROFILE_NONSECURE)
		return "a configuration without signature does not lower the media that the file names";
	return NULL;
}

static void profile_lay(struct laying *laying)
{
	enum security_profile profile =
		(enum security_profile)(laying->config->security - PHONE_SECURITY_NONSECURE);
	const char *lowers;

	if (!IS_NAMED(laying, security))
		return;
	lowers = laying->is_signed ? NULL : profile_lowers(laying, profile);
	if (lowers) {
		key_blame(laying, KEY(profile), ELEMENT(security), lowers);
		return;
	}
	laying->settings->profile = profile;
	TAKEN(laying, profile, security);
}

static void transport_look(struct laying *laying)
{
	bool secure = laying->settings->profile != PROFILE_NONSECURE;
	enum phone_transport transport = laying->config->transport;

	if (!IS_NAMED(laying, transport))
		return;
	if (secure && transport != PHONE_TRANSPORT_TLS)
		element_blame(laying, ELEMENT(transport),
			      "TLS is used all the same, as the security mode needs it");
	else if (!secure && (transport == PHONE_TRANSPORT_UDP || transport == PHONE_TRANSPORT_TLS))
		element_blame(laying, ELEMENT(transport), "TCP is used, as without security always");
}

/* The file's own word is kept as far as the profile allows. */
static void media_lay(struct laying *laying)
{
	struct settings *settings = laying->settings;
	bool secure = settings->profile == PROFILE_ENCRYPTED;

	if (!laying->local->given[KEY(media)])
		settings->media = secure ? CALL_MEDIA_REQUIRED : CALL_MEDIA_OFF;
	else if (settings->profile == PROFILE_NONSECURE && settings->media != CALL_MEDIA_OFF) {
		settings->media = CALL_MEDIA_OFF;
		laying->problem[KEY(media)] = "off, since keys would be sent in clear";
	}
}

/* What is in the way of SIP OAuth, or NULL. */
static const char *oauth_obstacle(const struct settings *settings)
{
	if (settings->profile != PROFILE_ENCRYPTED)
		return "SIP OAuth needs the security mode encrypted";
	if (settings->remote_access)
		return "there is no SIP OAuth over Mobile and Remote Access";
	if (!*settings->token_endpoint)
		return "SIP OAuth needs [oauth] token-endpoint in the file";
	return NULL;
}

static void oauth_lay(struct laying *laying)
{
	struct settings *settings = laying->settings;
	const char *obstacle = oauth_obstacle(settings);

	if (IS_NAMED(laying, oauth)) {
		settings->oauth = laying->config->oauth;
		TAKEN(laying, oauth, oauth);
	}
	if (settings->oauth && obstacle) {
		settings->oauth = false;
		key_blame(laying, KEY(oauth), ELEMENT(oauth), obstacle);
	}
	if (settings->oauth && laying->config->is_encrypted)
		element_blame(laying, ELEMENT(is_encrypted),
			      "SIP OAuth excludes encrypted files; HTTPS takes their place");
}

static void server_set(struct settings_server *server, const char *host, uint16_t port)
{
	snprintf(server->host, sizeof(server->host), "%s", host);
	server->port = port;
}

static uint16_t port_of(const struct laying *laying, const struct phone_call_manager *manager)
{
	if (laying->settings->profile == PROFILE_NONSECURE)
		return manager->sip;
	return laying->settings->oauth ? manager->sip_oauth : manager->sip_tls;
}

static void call_managers_lay(struct laying *laying)
{
	const struct phone_config *config = laying->config;
	const struct phone_call_manager *manager;
	struct settings_server *server;

	if (!config->call_managers_count)
		return;
	for (size_t i = 0; i < SETTINGS_SERVERS_MAX; i++) {
		manager = &config->call_managers[i];
		server = &laying->settings->servers[i];
		*server = (struct settings_server){ 0 };
		if (i < config->call_managers_count)
			server_set(server, manager->host, port_of(laying, manager));
		laying->source[KEY(servers) + i] = OVERLAY_DEVICE;
	}
	if (config->call_managers_count > SETTINGS_SERVERS_MAX)
		laying->problem[KEY(servers)] = "more than three are named; the first three are used";
}

/* Why the router cannot be used, or NULL. */
static const char *srst_obstacle(const struct laying *laying)
{
	const struct settings *settings = laying->settings;
	bool secure = settings->profile != PROFILE_NONSECURE;

	if (laying->config->srst.is_secure != secure)
		return secure ? "not used, as isSecure is false and the security mode needs TLS" :
				"not used, as isSecure is true and the security mode is nonsecure";
	if (secure && !*settings->srst_certificate)
		return "not used: the element with the router's certificate is not known; name its PEM "
		       "file in [srst] certificate";
	return NULL;
}

static void srst_lay(struct laying *laying)
{
	const struct phone_srst *srst = &laying->config->srst;
	struct settings *settings = laying->settings;
	const char *obstacle;

	if (!IS_NAMED(laying, srst.is_enabled) && !*srst->routers[0].host)
		return;
	settings->srst = (struct settings_server){ 0 };
	laying->source[KEY(srst)] = OVERLAY_DEVICE;
	if ((IS_NAMED(laying, srst.is_enabled) && !srst->is_enabled) || !*srst->routers[0].host)
		return;
	settings->srst_secure = srst->is_secure;
	laying->source[KEY(srst_secure)] = OVERLAY_DEVICE;
	obstacle = srst_obstacle(laying);
	if (obstacle)
		key_blame(laying, KEY(srst), ELEMENT(srst.is_secure), obstacle);
	else
		server_set(&settings->srst, srst->routers[0].host, srst->routers[0].port);
	if (*srst->routers[1].host)
		element_blame(laying, ELEMENT(srst.routers[1].host), "one router is used, the first");
}

/* The router of the file must fit the profile of the call manager too. */
static void srst_check(struct laying *laying)
{
	struct settings *settings = laying->settings;
	bool secure = settings->profile != PROFILE_NONSECURE;

	if (!laying->local->given[KEY(srst_secure)] &&
	    laying->source[KEY(srst_secure)] < OVERLAY_ENTERPRISE)
		settings->srst_secure = secure;
	if (!*settings->srst.host ||
	    (settings->srst_secure == secure && (!secure || *settings->srst_certificate)))
		return;
	settings->srst = (struct settings_server){ 0 };
	laying->problem[KEY(srst)] = "not used, as it does not fit the security mode";
}

static void list_lay(struct laying *laying, struct settings_server *servers, size_t size,
		     size_t first_key, const struct phone_server *list, size_t count)
{
	if (!count)
		return;
	for (size_t i = 0; i < size; i++) {
		servers[i] = (struct settings_server){ 0 };
		if (i < count)
			server_set(&servers[i], list[i].host, list[i].port);
		laying->source[first_key + i] = OVERLAY_DEVICE;
	}
}

static void option_taken(void *owner, size_t setting, size_t element)
{
	struct laying *laying = owner;

	laying->source[settings_index(setting)] =
		source_of(phone_config_source_at(laying->config, element));
}

static void option_refused(void *owner, size_t setting, size_t element, const char *text)
{
	key_blame(owner, settings_index(setting), element, text);
}

/* Events go there unless the file sends them elsewhere; how they do stays for the file to say. */
static void audit_lay(struct laying *laying)
{
	const char *host = laying->config->hardening.log_server;
	const struct settings *local = laying->local;
	struct settings *settings = laying->settings;

	if (!*host)
		return;
	if (!laying->is_signed &&
	    (local->given[KEY(audit_server)] || local->given[KEY(audit_mode)])) {
		key_blame(laying, KEY(audit_server), ELEMENT(hardening.log_server),
			  "a configuration without signature does not move the audit log of the file");
		return;
	}
	server_set(&settings->audit_server, host, 0);
	TAKEN(laying, audit_server, hardening.log_server);
	if (settings->audit_mode >= AUDIT_MODE_EXTERNAL)
		return;
	settings->audit_mode = AUDIT_MODE_EXTERNAL;
	TAKEN(laying, audit_mode, hardening.log_server);
}

/* Whether an URL is that of the resource "users" of User Data Services. */
static bool is_directory(const char *url)
{
	static const char path[] = "/cucm-uds/users";
	const char *at = strncmp(url, "https://", 8) ? NULL : strchr(url + 8, '/');

	if (!at || strncmp(at, path, sizeof(path) - 1))
		return false;
	at += sizeof(path) - 1;
	return !*at || !strcmp(at, "/");
}

/* Phones are also told of directories that show pages, which nobody is looked up in here. */
static void directory_lay(struct laying *laying)
{
	const struct phone_config *config = laying->config;
	const char *url = phone_config_url(config, PHONE_URL_DIRECTORY);
	bool is_secure = url == config->secure_urls[PHONE_URL_DIRECTORY];
	size_t element = is_secure ? ELEMENT(secure_urls[PHONE_URL_DIRECTORY]) :
				     ELEMENT(urls[PHONE_URL_DIRECTORY]);

	if (!is_directory(url) || strlen(url) >= sizeof(laying->settings->directory))
		return;
	if (!laying->is_signed && laying->local->given[KEY(directory)]) {
		key_blame(laying, KEY(directory), element,
			  "a configuration without signature does not move the directory of the file");
		return;
	}
	strcpy(laying->settings->directory, url);
	laying->source[KEY(directory)] = source_of(phone_config_source_at(config, element));
}

static void config_lay(struct laying *laying)
{
	const struct phone_config *config = laying->config;
	struct settings *settings = laying->settings;

	profile_lay(laying);
	transport_look(laying);
	media_lay(laying);
	oauth_lay(laying);
	call_managers_lay(laying);
	srst_lay(laying);
	srst_check(laying);
	list_lay(laying, settings->tvs, SETTINGS_TVS_MAX, KEY(tvs), config->tvs, config->tvs_count);
	list_lay(laying, settings->capf, SETTINGS_CAPF_MAX, KEY(capf), config->capfs,
		 config->capfs_count);
	hardening_lay(settings, laying->local, config, laying->is_signed, option_taken,
		      option_refused, laying);
	audit_lay(laying);
	directory_lay(laying);
	if (IS_NAMED(laying, capf_mode)) {
		settings->capf_auth = (enum capf_auth)config->capf_mode;
		TAKEN(laying, capf_auth, capf_mode);
	}
	if (IS_NAMED(laying, resumption_s)) {
		settings->resumption_s = config->resumption_s;
		TAKEN(laying, resumption_s, resumption_s);
	}
}

/* CAPF counts as the configuration does, so that one is the other. */
_Static_assert((int)PHONE_CAPF_NONE == CAPF_AUTH_NONE &&
	       (int)PHONE_CAPF_STRING == CAPF_AUTH_STRING &&
	       (int)PHONE_CAPF_NULL_STRING == CAPF_AUTH_NULL_STRING &&
	       (int)PHONE_CAPF_LSC == CAPF_AUTH_LSC && (int)PHONE_CAPF_MIC == CAPF_AUTH_MIC,
	       "both have the same numbers");
_Static_assert((int)PHONE_CONFIG_SERVERS_MAX >= SETTINGS_SERVERS_MAX &&
	       (int)PHONE_CONFIG_SERVERS_MAX >= SETTINGS_TVS_MAX &&
	       (int)PHONE_CONFIG_SERVERS_MAX >= SETTINGS_CAPF_MAX,
	       "no list of the configuration is read beyond its end");

static struct overlay_row *row_add(struct overlay *overlay)
{
	return overlay->count < OVERLAY_ROWS_MAX ? &overlay->rows[overlay->count++] : NULL;
}

static void rows_of_settings(struct overlay *overlay, const struct laying *laying)
{
	char name[PHONE_CONFIG_NAME_MAX], value[OVERLAY_VALUE_MAX];
	struct overlay_row *row;

	for (size_t i = 0; settings_shown(laying->settings, i, name, sizeof(name), value,
					  sizeof(value)); i++) {
		row = row_add(overlay);
		if (!row)
			return;
		memcpy(row->name, name, sizeof(name));
		memcpy(row->value, value, sizeof(value));
		row->source = laying->source[i];
		snprintf(row->problem, sizeof(row->problem), "%s", laying->problem[i] ?: "");
	}
}

static const char *blame_find(const struct laying *laying, size_t offset)
{
	for (size_t i = 0; i < laying->elements_count; i++)
		if (laying->elements[i].offset == offset)
			return laying->elements[i].text;
	return NULL;
}

static void problem_write(struct overlay_row *row, const struct phone_config_problem *problem)
{
	snprintf(row->problem, sizeof(row->problem), "line %u: %s", problem->line, problem->text);
}

static void rows_of_elements(struct overlay *overlay, const struct laying *laying)
{
	struct phone_config_shown shown;
	struct overlay_row *row;
	const char *blamed;

	for (size_t i = 0; phone_config_shown(laying->config, i, &shown); i++) {
		blamed = blame_find(laying, shown.offset);
		if (!shown.source && !shown.problem && !blamed)
			continue;
		row = row_add(overlay);
		if (!row)
			return;
		snprintf(row->name, sizeof(row->name), "%s", shown.element);
		snprintf(row->value, sizeof(row->value), "%.*s", OVERLAY_VALUE_MAX - 1,
			 shown.value);
		row->source = source_of(shown.source);
		if (shown.problem)
			problem_write(row, shown.problem);
		else
			snprintf(row->problem, sizeof(row->problem), "%s", blamed ?: "");
		/* It is decided when the daemon starts, and the file's word goes first. */
		row->needs_restart = shown.offset == ELEMENT(hardening.fips) && shown.source &&
				     !laying->local->fips_mode &&
				     laying->config->hardening.fips != fips_is_on();
	}
}

/* Whether a problem has been told in the row of its element. */
static bool is_told(const struct phone_config *config, size_t problem)
{
	for (size_t i = 0; i < PHONE_CONFIG_VALUES_MAX; i++)
		if (config->problem_of[i] == problem + 1)
			return true;
	return false;
}

static void rows_of_problems(struct overlay *overlay, const struct phone_config *config)
{
	struct overlay_row *row;

	for (size_t i = 0; i < config->problems_count; i++) {
		row = is_told(config, i) ? NULL : row_add(overlay);
		if (!row)
			continue;
		snprintf(row->name, sizeof(row->name), "%s", config->problems[i].element);
		row->source = OVERLAY_DEVICE;
		problem_write(row, &config->problems[i]);
	}
}

static void rows_count(struct overlay *overlay)
{
	for (size_t i = 0; i < overlay->count; i++) {
		overlay->restart |= overlay->rows[i].needs_restart;
		overlay->problems += *overlay->rows[i].problem != '\0';
	}
}

int overlay_make(struct overlay *overlay, const struct settings *local,
		 const struct phone_config *config, bool is_signed, struct refusal *why)
{
	struct laying laying = {
		.settings = &overlay->settings, .local = local, .config = config,
		.is_signed = is_signed,
	};

	*overlay = (struct overlay){ .settings = *local };
	overlay->rows = calloc(OVERLAY_ROWS_MAX, sizeof(*overlay->rows));
	if (!overlay->rows)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < SETTINGS_KEYS_MAX; i++)
		laying.source[i] = local->given[i] ? OVERLAY_FILE : OVERLAY_DEFAULT;
	if (config)
		config_lay(&laying);
	rows_of_settings(overlay, &laying);
	if (config) {
		rows_of_elements(overlay, &laying);
		rows_of_problems(overlay, config);
	}
	rows_count(overlay);
	return 0;
}

void overlay_clear(struct overlay *overlay)
{
	free(overlay->rows);
	*overlay = (struct overlay){ 0 };
}
