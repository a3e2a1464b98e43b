// SPDX-License-Identifier: Apache-2.0
/* The interface org.phonesec.Phone1.Network: how the phone gets on the network. */
#include <string.h>

#include "bus_object.h"

static int network_find(sd_bus *connection, const char *path, const char *interface,
			void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)connection;
	(void)interface;
	(void)error;
	if (strcmp(path, BUS_PATH))
		return 0;
	access_network(device_access(bus->device), &bus->network);
	*found = bus;
	return 1;
}

static int authentication_get(sd_bus *connection, const char *path, const char *interface,
			      const char *property, sd_bus_message *reply, void *enabled,
			      sd_bus_error *error)
{
	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "s", *(const bool *)enabled ? "Enabled" : "Disabled");
}

static int transaction_get(sd_bus *connection, const char *path, const char *interface,
			   const char *property, sd_bus_message *reply, void *connected,
			   sd_bus_error *error)
{
	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	return sd_bus_message_append(reply, "s",
				     *(const bool *)connected ? "Connected" : "Disconnected");
}

static int ports_get(sd_bus *connection, const char *path, const char *interface,
		     const char *property, sd_bus_message *reply, void *userdata,
		     sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct access_port port;
	int err = sd_bus_message_open_container(reply, 'a', "(sssbb)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && access_port(device_access(bus->device), i, &port); i++)
		err = sd_bus_message_append(reply, "(sssbb)", port.role, BUS_CLEAN(port.interface),
					    port.address, (int)port.is_up, (int)port.has_carrier);
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int choose_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	int enabled;

	if (sd_bus_message_read(asked->call, "b", &enabled) < 0)
		return refusal_set(why, REASON_VALUE_INVALID, "%s", "");
	return access_authenticate(device_access(bus->device), enabled, why);
}

static int check_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	const char *what;

	if (sd_bus_message_read(asked->call, "s", &what) < 0)
		return refusal_set(why, REASON_VALUE_INVALID, "%s", "");
	return access_authentication_check(device_access(bus->device), what, why);
}

static int again_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	(void)asked;
	return access_reauthenticate(device_access(bus->device), why);
}

static int logoff_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	(void)asked;
	return access_logoff(device_access(bus->device), why);
}

static int choose(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, choose_do, 0);
}

static int check(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, check_do, 0);
}

static int again(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, again_do, 0);
}

static int logoff(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, logoff_do, 0);
}

#define NETWORK(name, signature, get, member) \
	SD_BUS_PROPERTY(name, signature, get, offsetof(struct bus, network.member), \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
#define REASON(prefix, member) \
	NETWORK(prefix "Reason", "s", bus_reason_get, member), \
	NETWORK(prefix "Text", "s", bus_reason_get, member), \
	NETWORK(prefix "Mend", "s", bus_reason_get, member), \
	NETWORK(prefix "Detail", "s", bus_reason_get, member)

static const sd_bus_vtable network_vtable[] = {
	SD_BUS_VTABLE_START(0),
	NETWORK("DeviceAuthentication", "s", authentication_get, enabled),
	NETWORK("DeviceAuthenticationFixed", "b", bus_flag_get, fixed),
	NETWORK("State", "s", bus_text_get, state),
	NETWORK("TransactionStatus", "s", transaction_get, connected),
	NETWORK("Protocols", "s", bus_text_get, protocols),
	NETWORK("Method", "s", bus_text_get, method),
	NETWORK("Tls", "s", bus_text_get, tls),
	NETWORK("Identity", "s", bus_text_get, identity),
	REASON("", last),
	SD_BUS_PROPERTY("Ports", "a(sssbb)", ports_get, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	NETWORK("VoiceVlanState", "s", bus_text_get, vlan_state),
	NETWORK("VoiceVlanId", "q", NULL, vlan),
	NETWORK("VoiceVlanSource", "s", bus_text_get, vlan_source),
	NETWORK("VoiceVlanInterface", "s", bus_text_get, voice_interface),
	NETWORK("SwitchName", "s", bus_text_get, switch_name),
	NETWORK("SwitchPort", "s", bus_text_get, switch_port),
	REASON("VoiceVlan", vlan_last),
	SD_BUS_METHOD_WITH_ARGS("SetDeviceAuthentication", SD_BUS_ARGS("b", enabled),
				SD_BUS_NO_RESULT, choose, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_NAMES("CheckAuthentication", "s", SD_BUS_PARAM(what), "",, check,
				 SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reauthenticate", "", "", again, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Logoff", "", "", logoff, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int bus_network_add(struct bus *bus)
{
	return sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH, BUS_INTERFACE_NETWORK,
					  network_vtable, network_find, bus);
}
