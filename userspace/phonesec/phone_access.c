// SPDX-License-Identifier: Apache-2.0
#include "phone_access.h"

#include <stdlib.h>

#define T(type, member) { "", BUS_TEXT_AT(type, member) }
#define B(type, member) { "", BUS_BOOL_AT(type, member) }
#define INTO(array) (array), sizeof((array)[0]), sizeof(array) / sizeof((array)[0])

static int ports_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_port, role), T(phone_port, interface), T(phone_port, address),
		B(phone_port, is_up), B(phone_port, has_carrier),
	};
	struct phone_network *network = object;

	return bus_records_read(message, "(sssbb)", members, INTO(network->ports),
				&network->ports_count);
}

static int options_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_option, name), T(phone_option, title), T(phone_option, element),
		T(phone_option, value), T(phone_option, usual), T(phone_option, source),
		T(phone_option, effect), T(phone_option, problem),
	};
	struct phone_policy *policy = object;

	return bus_records_read(message, "(ssssssss)", members, INTO(policy->options),
				&policy->options_count);
}

#define REASON_MEMBERS(prefix, type, member) \
	{ prefix "Reason", BUS_TEXT_AT(type, member.code) }, \
	{ prefix "Text", BUS_TEXT_AT(type, member.text) }, \
	{ prefix "Mend", BUS_TEXT_AT(type, member.mend) }, \
	{ prefix "Detail", BUS_TEXT_AT(type, member.detail) }

static const struct bus_member network_members[] = {
	{ "DeviceAuthentication", BUS_TEXT_AT(phone_network, dot1x.device_authentication) },
	{ "DeviceAuthenticationFixed", BUS_BOOL_AT(phone_network, dot1x.fixed) },
	{ "State", BUS_TEXT_AT(phone_network, dot1x.state) },
	{ "TransactionStatus", BUS_TEXT_AT(phone_network, dot1x.transaction) },
	{ "Protocols", BUS_TEXT_AT(phone_network, dot1x.protocols) },
	{ "Method", BUS_TEXT_AT(phone_network, dot1x.method) },
	{ "Tls", BUS_TEXT_AT(phone_network, dot1x.tls) },
	{ "Identity", BUS_TEXT_AT(phone_network, dot1x.identity) },
	REASON_MEMBERS("", phone_network, dot1x.last),
	{ "Ports", BUS_KIND_OTHER, .read = ports_read },
	{ "VoiceVlanState", BUS_TEXT_AT(phone_network, vlan.state) },
	{ "VoiceVlanId", BUS_U32_AT(phone_network, vlan.id) },
	{ "VoiceVlanSource", BUS_TEXT_AT(phone_network, vlan.source) },
	{ "VoiceVlanInterface", BUS_TEXT_AT(phone_network, vlan.interface) },
	{ "SwitchName", BUS_TEXT_AT(phone_network, vlan.switch_name) },
	{ "SwitchPort", BUS_TEXT_AT(phone_network, vlan.switch_port) },
	REASON_MEMBERS("VoiceVlan", phone_network, vlan.last),
	{ 0 },
};

static const struct bus_member policy_members[] = {
	{ "Options", BUS_KIND_OTHER, .read = options_read },
	{ "SettingsAccess", BUS_TEXT_AT(phone_policy, access.settings) },
	{ "PasswordSet", BUS_BOOL_AT(phone_policy, access.password_set) },
	{ "UnlockedUntil", BUS_I64_AT(phone_policy, access.unlocked_until) },
	{ "LockedOutUntil", BUS_I64_AT(phone_policy, access.locked_out_until) },
	{ "WebAccess", BUS_BOOL_AT(phone_policy, web.access) },
	{ "WebHttpsOnly", BUS_BOOL_AT(phone_policy, web.https_only) },
	{ "WebHttpPort", BUS_U32_AT(phone_policy, web.http_port) },
	{ "WebHttpsPort", BUS_U32_AT(phone_policy, web.https_port) },
	{ "RulesState", BUS_TEXT_AT(phone_policy, rules.state) },
	REASON_MEMBERS("Rules", phone_policy, rules.last),
	{ "FipsMode", BUS_BOOL_AT(phone_policy, fips.on) },
	{ "FipsWanted", BUS_BOOL_AT(phone_policy, fips.wanted) },
	{ "FipsProvider", BUS_TEXT_AT(phone_policy, fips.provider) },
	{ "FipsKernel", BUS_BOOL_AT(phone_policy, fips.kernel) },
	{ "FipsPrivateKeys", BUS_TEXT_AT(phone_policy, fips.private_keys) },
	REASON_MEMBERS("Fips", phone_policy, fips.why),
	{ "AuditMode", BUS_TEXT_AT(phone_policy, audit.mode) },
	{ "AuditState", BUS_TEXT_AT(phone_policy, audit.state) },
	{ "AuditServer", BUS_TEXT_AT(phone_policy, audit.server) },
	{ "AuditTransport", BUS_TEXT_AT(phone_policy, audit.transport) },
	{ "AuditWritten", BUS_U64_AT(phone_policy, audit.written) },
	{ "AuditDelivered", BUS_U64_AT(phone_policy, audit.delivered) },
	{ "AuditWaiting", BUS_U64_AT(phone_policy, audit.waiting) },
	{ "AuditLost", BUS_U64_AT(phone_policy, audit.lost) },
	{ "AuditSpooled", BUS_U64_AT(phone_policy, audit.spooled) },
	{ "AuditHalted", BUS_BOOL_AT(phone_policy, audit.halted) },
	REASON_MEMBERS("Audit", phone_policy, audit.last),
	{ 0 },
};

static int interface_read(void *object, const struct bus_member *members, const char *interface,
			  sd_bus *bus, struct refusal *why)
{
	sd_bus_message *answer = NULL;
	int err = bus_call(bus, BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll", &answer,
			   why, "s", interface);

	if (!err && bus_members_read(answer, members, object) < 0)
		err = refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	sd_bus_message_unref(answer);
	return err;
}

int phone_network_read(struct phone_network *network, sd_bus *bus, struct refusal *why)
{
	return interface_read(network, network_members, BUS_INTERFACE_NETWORK, bus, why);
}

int phone_policy_read(struct phone_policy *policy, sd_bus *bus, struct refusal *why)
{
	struct phone_access *access = &policy->access;
	int err = interface_read(policy, policy_members, BUS_INTERFACE_POLICY, bus, why);

	phone_time_write(access->unlocked_text, access->unlocked_until);
	phone_time_write(access->locked_out_text, access->locked_out_until);
	return err;
}

int phone_network_fetch(struct phone_network **network, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	*network = calloc(1, sizeof(**network));
	err = *network ? phone_network_read(*network, bus, why) :
			 refusal_set(why, REASON_NO_MEMORY, "%s", "");
	bus_close(bus);
	if (err)
		free(*network);
	return err;
}

int phone_policy_fetch(struct phone_policy **policy, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	*policy = calloc(1, sizeof(**policy));
	err = *policy ? phone_policy_read(*policy, bus, why) :
			refusal_set(why, REASON_NO_MEMORY, "%s", "");
	bus_close(bus);
	if (err)
		free(*policy);
	return err;
}

int phone_needs_read(struct phone_needs *needs, sd_bus_message *answer, struct refusal *why)
{
	static const struct bus_member members[] = {
		T(phone_need, feature), T(phone_need, need), T(phone_need, verdict),
		T(phone_need, effect),
	};

	if (bus_records_read(answer, "(ssss)", members, INTO(needs->all), &needs->count) < 0)
		return refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	return 0;
}

int phone_contacts_read(struct phone_contacts *contacts, sd_bus_message *answer,
			struct refusal *why)
{
	static const struct bus_member members[] = {
		T(phone_contact, name), T(phone_contact, number), T(phone_contact, mobile),
		T(phone_contact, home), T(phone_contact, uri), T(phone_contact, mail),
		T(phone_contact, department), T(phone_contact, title), T(phone_contact, user),
	};

	if (bus_records_read(answer, "(sssssssss)", members, INTO(contacts->all),
			     &contacts->count) < 0 ||
	    sd_bus_message_read(answer, "u", &contacts->total) < 0)
		return refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	return 0;
}
