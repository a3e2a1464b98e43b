// SPDX-License-Identifier: Apache-2.0
/* The interface org.phonesec.Phone1: the phone as a whole. */
#include <errno.h>
#include <string.h>

#include "bus_object.h"

_Static_assert((int)BUS_TOKEN_MAX == (int)OAUTH_TOKEN_MAX, "one length for a token");

static void settings_fill(struct bus_phone *phone, const struct settings *settings)
{
	media_address_format(&settings->listen, phone->proxy_text);
	phone->version = PHONESEC_VERSION;
	phone->mode = profile_title(settings->profile);
	phone->media = media_policy_word(settings->media);
	phone->proxy = phone->proxy_text;
	phone->is_protected = settings->is_protected;
	phone->plays_tone = settings->plays_tone;
}

static void module_fill(struct bus_phone *phone, const struct guard *guard)
{
	struct refusal why = { 0 };

	bus_reason_fill(&phone->module, guard_module(guard, &why) ? NULL : &why);
	phone->module_state = *phone->module.code ? phone->module.code : "ready";
}

static void token_fill(struct bus_phone *phone, struct guard *guard)
{
	const struct oauth *oauth = guard_oauth(guard);

	phone->token_state = oauth_state_word(oauth ? oauth_state(oauth) : OAUTH_OFF);
	phone->token_expires_s = oauth ? oauth_expires_s(oauth) : 0;
	bus_reason_fill(&phone->token, oauth ? oauth_why(oauth) : NULL);
}

static void service_fill(struct bus_phone *phone, const struct guard *guard)
{
	struct refusal why = { 0 };

	bus_reason_fill(&phone->service, guard_in_service(guard, &why) ? NULL : &why);
	phone->service_state = *phone->service.code ? phone->service.code : "in-service";
}

static bool is_registered(const struct guard *guard)
{
	struct registration_status status;

	for (size_t i = 0; guard_registration(guard, i, &status); i++)
		if (status.state == REGISTRATION_ACTIVE)
			return true;
	return false;
}

static int phone_find(sd_bus *connection, const char *path, const char *interface,
		      void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)connection;
	(void)interface;
	(void)error;
	if (strcmp(path, BUS_PATH))
		return 0;
	settings_fill(&bus->phone, guard_settings(bus->guard));
	module_fill(&bus->phone, bus->guard);
	token_fill(&bus->phone, bus->guard);
	service_fill(&bus->phone, bus->guard);
	bus->phone.registered = is_registered(bus->guard);
	*found = bus;
	return 1;
}

static int registrations_get(sd_bus *connection, const char *path, const char *interface,
			     const char *property, sd_bus_message *reply, void *userdata,
			     sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct registration_status status;
	int err = sd_bus_message_open_container(reply, 'a', "(sssuus)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && guard_registration(bus->guard, i, &status); i++) {
		char aor[sizeof(status.aor)], text[sizeof(status.text)];
		bool held = status.server < SERVER_ROLES;

		err = sd_bus_message_append(reply, "(sssuus)", BUS_TEXT(aor, status.aor),
					    registration_state_word(status.state),
					    held ? server_role_word(status.server) : "",
					    status.expires_s, status.status,
					    BUS_TEXT(text, status.text));
	}
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int reload_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	int err = bus->reload(bus->owner, why);

	(void)asked;
	if (!err)
		bus_reloaded(bus);
	return err;
}

static int retry_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	(void)asked;
	(void)why;
	servers_retry(guard_servers(bus->guard));
	return 0;
}

static int oauth_find(struct bus *bus, struct oauth **oauth, struct refusal *why)
{
	*oauth = guard_oauth(bus->guard);
	return *oauth ? 0 : refusal_set(why, REASON_SETTINGS_MISSING, "[oauth] sip-oauth-mode");
}

static int login_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct secret *token;
	struct oauth *oauth;
	int err = oauth_find(bus, &oauth, why);

	if (!err)
		err = bus_secret_read(asked->call, BUS_TOKEN_MAX, "token", &token, why);
	if (err)
		return err;
	if (secret_len(token))
		return oauth_login(oauth, token, why);
	secret_free(token);
	return refusal_set(why, REASON_TOKEN_MISSING, "it is empty");
}

static int logout_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct oauth *oauth;
	int err = oauth_find(bus, &oauth, why);

	(void)asked;
	return err ? err : oauth_logout(oauth, why);
}

static int reload(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, reload_do, 0);
}

static int retry_servers(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, retry_do, 0);
}

static int oauth_login_ask(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, login_do, 0);
}

static int oauth_logout_ask(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, logout_do, 0);
}

#define PHONE(name, signature, member) \
	SD_BUS_PROPERTY(name, signature, NULL, offsetof(struct bus, phone.member), \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

/* Bus policy and bus_ask() decide who may call, not sd-bus. */
#define PHONE_METHOD SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable phone_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Version", "s", NULL, offsetof(struct bus, phone.version),
			SD_BUS_VTABLE_PROPERTY_CONST),
	PHONE("SecurityMode", "s", mode),
	PHONE("MediaPolicy", "s", media),
	PHONE("Proxy", "s", proxy),
	PHONE("ProtectedDevice", "b", is_protected),
	PHONE("PlaySecureIndicationTone", "b", plays_tone),
	PHONE("Registered", "b", registered),
	SD_BUS_PROPERTY("Registrations", "a(sssuus)", registrations_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	PHONE("ModuleState", "s", module_state),
	PHONE("ModuleText", "s", module.text),
	PHONE("ModuleMend", "s", module.mend),
	PHONE("ModuleDetail", "s", module.detail_text),
	PHONE("TokenState", "s", token_state),
	PHONE("TokenExpires", "u", token_expires_s),
	PHONE("TokenReason", "s", token.code),
	PHONE("TokenText", "s", token.text),
	PHONE("TokenMend", "s", token.mend),
	PHONE("TokenDetail", "s", token.detail_text),
	PHONE("ServiceState", "s", service_state),
	PHONE("ServiceText", "s", service.text),
	PHONE("ServiceMend", "s", service.mend),
	PHONE("ServiceDetail", "s", service.detail_text),
	SD_BUS_METHOD("Reload", "", "", reload, PHONE_METHOD),
	SD_BUS_METHOD("RetryServers", "", "", retry_servers, PHONE_METHOD),
	SD_BUS_METHOD_WITH_ARGS("OAuthLogin", SD_BUS_ARGS("h", token), SD_BUS_NO_RESULT,
				oauth_login_ask, PHONE_METHOD),
	SD_BUS_METHOD("OAuthLogout", "", "", oauth_logout_ask, PHONE_METHOD),
	SD_BUS_SIGNAL_WITH_ARGS("Display", SD_BUS_ARGS("s", text), 0),
	SD_BUS_VTABLE_END,
};

int bus_phone_add(struct bus *bus)
{
	return sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH, BUS_INTERFACE_PHONE,
					  phone_vtable, phone_find, bus);
}

void bus_phone_flush(struct bus *bus)
{
	static const char *const groups[BUS_CHANGES][7] = {
		[BUS_CHANGE_SETTINGS] = { "SecurityMode", "MediaPolicy", "Proxy",
					  "ProtectedDevice", "PlaySecureIndicationTone" },
		[BUS_CHANGE_REGISTRATIONS] = { "Registered", "Registrations" },
		[BUS_CHANGE_MODULE] = { "ModuleState", "ModuleText", "ModuleMend",
					"ModuleDetail" },
		[BUS_CHANGE_TOKEN] = { "TokenState", "TokenExpires", "TokenReason", "TokenText",
				       "TokenMend", "TokenDetail" },
		[BUS_CHANGE_SERVICE] = { "ServiceState", "ServiceText", "ServiceMend",
					 "ServiceDetail" },
	};
	char *names[BUS_CHANGES * 7 + 1];
	size_t count = 0;

	for (enum bus_change change = 0; change < BUS_CHANGES; change++)
		for (const char *const *name = groups[change];
		     bus->phone_changed & 1U << change && *name; name++)
			names[count++] = (char *)*name;
	names[count] = NULL;
	bus->phone_changed = 0;
	if (bus->connection && count)
		(void)sd_bus_emit_properties_changed_strv(bus->connection, BUS_PATH,
							  BUS_INTERFACE_PHONE, names);
}

void bus_phone_display(struct bus *bus, const char *text)
{
	char shown[CALL_URI_MAX];

	if (!bus->connection)
		return;
	/* What it is about can be seen by then. */
	bus_phone_flush(bus);
	(void)sd_bus_emit_signal(bus->connection, BUS_PATH, BUS_INTERFACE_PHONE, "Display", "s",
				 BUS_TEXT(shown, text));
}
