// SPDX-License-Identifier: Apache-2.0
#include "settings_access.h"

#include <string.h>

#include "../lib/bus_names.h"

/* What is not here changes something: a method that nobody thought of is closed, not open. */
static const struct {
	const char *interface;
	const char *method;
	enum settings_right right;
} rights[] = {
	{ BUS_INTERFACE_CALL, "Capture", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_CALL, "End", SETTINGS_RIGHT_ALWAYS },
	{ BUS_INTERFACE_CALL, "Rekey", SETTINGS_RIGHT_ALWAYS },
	{ BUS_INTERFACE_CONFIGURATION, "FetchNow", SETTINGS_RIGHT_ALWAYS },
	{ BUS_INTERFACE_IDENTITY, "Delete", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IDENTITY, "Import", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IDENTITY, "InstallCertificate", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IDENTITY, "LscUpdate", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IDENTITY, "ProvisionMic", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IDENTITY, "Request", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IMAGE, "Install", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_IMAGE, "Verify", SETTINGS_RIGHT_LOOK },
	{ BUS_INTERFACE_PHONE, "OAuthLogin", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_PHONE, "OAuthLogout", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_PHONE, "Reload", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_PHONE, "RetryServers", SETTINGS_RIGHT_ALWAYS },
	{ BUS_INTERFACE_TRUST, "Approve", SETTINGS_RIGHT_CHANGE },
	{ BUS_INTERFACE_TRUST, "Explain", SETTINGS_RIGHT_LOOK },
	{ BUS_INTERFACE_TRUST, "Reset", SETTINGS_RIGHT_CHANGE },
	{ BUS_NAME ".Directory", "Search", SETTINGS_RIGHT_ALWAYS },
	{ BUS_NAME ".Network", "CheckAuthentication", SETTINGS_RIGHT_LOOK },
	{ BUS_NAME ".Network", "Logoff", SETTINGS_RIGHT_CHANGE },
	{ BUS_NAME ".Network", "Reauthenticate", SETTINGS_RIGHT_ALWAYS },
	{ BUS_NAME ".Network", "SetDeviceAuthentication", SETTINGS_RIGHT_CHANGE },
	/* Events could be made until there is no room for others. */
	{ BUS_NAME ".Policy", "AuditTest", SETTINGS_RIGHT_CHANGE },
	{ BUS_NAME ".Policy", "FipsCheck", SETTINGS_RIGHT_LOOK },
	{ BUS_NAME ".Policy", "Lock", SETTINGS_RIGHT_ALWAYS },
	{ BUS_NAME ".Policy", "SetPassword", SETTINGS_RIGHT_CHANGE },
	{ BUS_NAME ".Policy", "Unlock", SETTINGS_RIGHT_ALWAYS },
};

/* The right of a method, or NULL. */
static const enum settings_right *right_find(const char *interface, const char *method)
{
	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		if (!strcmp(rights[i].interface, interface) && !strcmp(rights[i].method, method))
			return &rights[i].right;
	return NULL;
}

bool settings_access_has(const char *interface, const char *method)
{
	return right_find(interface, method);
}

enum settings_right settings_access_right(const char *interface, const char *method)
{
	const enum settings_right *right = right_find(interface, method);

	return right ? *right : SETTINGS_RIGHT_CHANGE;
}

int settings_access_allows(const struct settings *settings, enum settings_right right,
			   bool is_unlocked, struct refusal *why)
{
	enum phone_settings_access access = settings->settings_access;

	if (is_unlocked || right == SETTINGS_RIGHT_ALWAYS || access == PHONE_SETTINGS_ALL ||
	    (access == PHONE_SETTINGS_RESTRICTED && right == SETTINGS_RIGHT_LOOK))
		return 0;
	return refusal_set(why, REASON_SETTINGS_LOCKED, "settings access is %s",
			   settings_access_word(access));
}

const char *settings_access_word(enum phone_settings_access access)
{
	static const char *const words[] = {
		[PHONE_SETTINGS_NONE] = "disabled", [PHONE_SETTINGS_ALL] = "full",
		[PHONE_SETTINGS_RESTRICTED] = "restricted",
	};

	return words[access];
}

const char *settings_access_title(enum phone_settings_access access)
{
	static const char *const titles[] = {
		[PHONE_SETTINGS_NONE] = "Disabled", [PHONE_SETTINGS_ALL] = "Enabled",
		[PHONE_SETTINGS_RESTRICTED] = "Restricted",
	};

	return titles[access];
}
