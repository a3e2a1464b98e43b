// SPDX-License-Identifier: Apache-2.0
#include "phone_device.h"

#include <stdlib.h>

#define T(type, member) { "", BUS_TEXT_AT(type, member) }
#define B(type, member) { "", BUS_BOOL_AT(type, member) }
#define U(type, member) { "", BUS_U32_AT(type, member) }
#define X(type, member) { "", BUS_I64_AT(type, member) }
#define REASON(type, member) \
	T(type, member.code), T(type, member.text), T(type, member.mend), T(type, member.detail)
#define INTO(array) (array), sizeof((array)[0]), sizeof(array) / sizeof((array)[0])

static int certificates_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_certificate, place), T(phone_certificate, state),
		T(phone_certificate, subject), T(phone_certificate, issuer),
		T(phone_certificate, serial), T(phone_certificate, fingerprint),
		T(phone_certificate, key), X(phone_certificate, from), X(phone_certificate, to),
		B(phone_certificate, shown), B(phone_certificate, on_trial),
	};
	struct phone_device *device = object;
	int err = bus_records_read(message, "(sssssssxxbb)", members, INTO(device->certificates),
				   &device->certificates_count);

	for (size_t i = 0; i < device->certificates_count; i++) {
		struct phone_certificate *one = &device->certificates[i];

		phone_time_write(one->from_text, one->from);
		phone_time_write(one->to_text, one->to);
	}
	return err;
}

static int lists_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_list, place), T(phone_list, signer), T(phone_list, issuer),
		T(phone_list, serial), T(phone_list, fingerprint), X(phone_list, timestamp),
		U(phone_list, size), U(phone_list, records), REASON(phone_list, why),
	};
	struct phone_device *device = object;
	int err = bus_records_read(message, "(sssssxuussss)", members, INTO(device->lists),
				   &device->lists_count);

	for (size_t i = 0; i < device->lists_count; i++)
		phone_time_write(device->lists[i].timestamp_text, device->lists[i].timestamp);
	return err;
}

static int records_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_record, place), T(phone_record, role), T(phone_record, subject),
		T(phone_record, issuer), T(phone_record, serial), T(phone_record, host),
		T(phone_record, fingerprint), X(phone_record, to),
	};
	struct phone_device *device = object;
	int err = bus_records_read(message, "(sssssssx)", members, INTO(device->records),
				   &device->records_count);

	for (size_t i = 0; i < device->records_count; i++)
		phone_time_write(device->records[i].to_text, device->records[i].to);
	return err;
}

static int verify_servers_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_verify_server, host), U(phone_verify_server, port),
		X(phone_verify_server, answered), U(phone_verify_server, latency_ms),
		REASON(phone_verify_server, last),
	};
	struct phone_device *device = object;
	int err = bus_records_read(message, "(sqxussss)", members, INTO(device->verify_servers),
				   &device->verify_servers_count);

	for (size_t i = 0; i < device->verify_servers_count; i++)
		phone_time_write(device->verify_servers[i].answered_text,
				 device->verify_servers[i].answered);
	return err;
}

static int settings_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_setting, name), T(phone_setting, value), T(phone_setting, source),
		B(phone_setting, restart),
	};
	struct phone_configuration *configuration = &((struct phone_device *)object)->configuration;

	return bus_records_read(message, "(sssb)", members, INTO(configuration->settings),
				&configuration->settings_count);
}

static int problems_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		T(phone_problem, element), T(phone_problem, value), T(phone_problem, text),
	};
	struct phone_configuration *configuration = &((struct phone_device *)object)->configuration;

	return bus_records_read(message, "(sss)", members, INTO(configuration->problems),
				&configuration->problems_count);
}

#define REASON_MEMBERS(prefix, type, member) \
	{ prefix "Reason", BUS_TEXT_AT(type, member.code) }, \
	{ prefix "Text", BUS_TEXT_AT(type, member.text) }, \
	{ prefix "Mend", BUS_TEXT_AT(type, member.mend) }, \
	{ prefix "Detail", BUS_TEXT_AT(type, member.detail) }

static const struct bus_member identity_members[] = {
	{ "Certificates", BUS_KIND_OTHER, .read = certificates_read },
	{ "LscStatus", BUS_TEXT_AT(phone_device, lsc.status) },
	{ "LscWorks", BUS_BOOL_AT(phone_device, lsc.works) },
	{ "LscAwaitsString", BUS_BOOL_AT(phone_device, lsc.awaits_string) },
	{ "LscRenewal", BUS_I64_AT(phone_device, lsc.renewal) },
	REASON_MEMBERS("Lsc", phone_device, lsc.last),
	{ 0 },
};

static const struct bus_member trust_members[] = {
	{ "Lists", BUS_KIND_OTHER, .read = lists_read },
	{ "Records", BUS_KIND_OTHER, .read = records_read },
	{ "VerifyServers", BUS_KIND_OTHER, .read = verify_servers_read },
	{ 0 },
};

static const struct bus_member configuration_members[] = {
	{ "State", BUS_TEXT_AT(phone_device, configuration.state) },
	{ "File", BUS_TEXT_AT(phone_device, configuration.file) },
	{ "Source", BUS_TEXT_AT(phone_device, configuration.source) },
	{ "Loaded", BUS_I64_AT(phone_device, configuration.loaded) },
	{ "Signed", BUS_BOOL_AT(phone_device, configuration.is_signed) },
	{ "Stored", BUS_BOOL_AT(phone_device, configuration.is_stored) },
	{ "RestartNeeded", BUS_BOOL_AT(phone_device, configuration.restart) },
	REASON_MEMBERS("Last", phone_device, configuration.last),
	{ "Settings", BUS_KIND_OTHER, .read = settings_read },
	{ "Problems", BUS_KIND_OTHER, .read = problems_read },
	{ 0 },
};

static const struct bus_member image_members[] = {
	{ "State", BUS_TEXT_AT(phone_device, image.state) },
	{ "Percent", BUS_U32_AT(phone_device, image.percent) },
	{ "Progress", BUS_TEXT_AT(phone_device, image.text) },
	{ "Name", BUS_TEXT_AT(phone_device, image.name) },
	REASON_MEMBERS("Last", phone_device, image.last),
	{ 0 },
};

static int part_read(struct phone_device *device, sd_bus *bus, const char *interface,
		     const struct bus_member *members, struct refusal *why)
{
	sd_bus_message *answer = NULL;
	int err = bus_call(bus, BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll", &answer,
			   why, "s", interface);

	if (!err && bus_members_read(answer, members, device) < 0)
		err = refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	sd_bus_message_unref(answer);
	return err;
}

int phone_device_read(struct phone_device *device, sd_bus *bus, unsigned int parts,
		      struct refusal *why)
{
	static const struct {
		enum phone_device_part part;
		const char *interface;
		const struct bus_member *members;
	} all[] = {
		{ PHONE_IDENTITY, BUS_INTERFACE_IDENTITY, identity_members },
		{ PHONE_TRUST, BUS_INTERFACE_TRUST, trust_members },
		{ PHONE_CONFIGURATION, BUS_INTERFACE_CONFIGURATION, configuration_members },
		{ PHONE_IMAGE, BUS_INTERFACE_IMAGE, image_members },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(all) / sizeof(all[0]); i++)
		if (parts & all[i].part)
			err = part_read(device, bus, all[i].interface, all[i].members, why);
	phone_time_write(device->lsc.renewal_text, device->lsc.renewal);
	phone_time_write(device->configuration.loaded_text, device->configuration.loaded);
	return err;
}

int phone_device_fetch(struct phone_device **device, unsigned int parts, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	*device = calloc(1, sizeof(**device));
	err = *device ? phone_device_read(*device, bus, parts, why) :
			refusal_set(why, REASON_NO_MEMORY, "%s", "");
	bus_close(bus);
	if (err)
		free(*device);
	return err;
}

int phone_judgement_read(struct phone_judgement *judgement, sd_bus_message *answer,
			 struct refusal *why)
{
	static const struct bus_member members[] = {
		{ "accepted", BUS_BOOL_AT(phone_judgement, accepted) },
		{ "kind", BUS_TEXT_AT(phone_judgement, kind) },
		{ "name", BUS_TEXT_AT(phone_judgement, name) },
		{ "signer", BUS_TEXT_AT(phone_judgement, signer) },
		{ "issuer", BUS_TEXT_AT(phone_judgement, issuer) },
		{ "serial", BUS_TEXT_AT(phone_judgement, serial) },
		{ "digest", BUS_TEXT_AT(phone_judgement, digest) },
		{ "timestamp", BUS_I64_AT(phone_judgement, timestamp) },
		{ "found", BUS_TEXT_AT(phone_judgement, found) },
		{ "asks", BUS_BOOL_AT(phone_judgement, asks) },
		{ "reason", BUS_TEXT_AT(phone_judgement, why.code) },
		{ "text", BUS_TEXT_AT(phone_judgement, why.text) },
		{ "mend", BUS_TEXT_AT(phone_judgement, why.mend) },
		{ "detail", BUS_TEXT_AT(phone_judgement, why.detail) },
		{ 0 },
	};

	*judgement = (struct phone_judgement){ 0 };
	if (bus_members_read(answer, members, judgement) < 0)
		return refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	phone_time_write(judgement->timestamp_text, judgement->timestamp);
	return 0;
}
