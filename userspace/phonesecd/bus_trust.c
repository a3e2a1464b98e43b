// SPDX-License-Identifier: Apache-2.0
/* The interface org.phonesec.Phone1.Trust: lists, and servers that vouch beside them. */
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"

static int trust_find(sd_bus *connection, const char *path, const char *interface,
		      void *userdata, void **found, sd_bus_error *error)
{
	(void)connection;
	(void)interface;
	(void)error;
	*found = userdata;
	return !strcmp(path, BUS_PATH);
}

static int lists_get(sd_bus *connection, const char *path, const char *interface,
		     const char *property, sd_bus_message *reply, void *userdata,
		     sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct device_list list;
	int err = sd_bus_message_open_container(reply, 'a', "(sssssxuussss)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && device_list(bus->device, i, &list); i++) {
		struct bus_reason why;

		bus_reason_fill(&why, &list.why);
		err = sd_bus_message_append(reply, "(sssssxuussss)", list.place,
					    BUS_CLEAN(list.signer), BUS_CLEAN(list.issuer),
					    list.serial, list.fingerprint, list.timestamp,
					    list.size, list.records, why.code, why.text, why.mend,
					    why.detail_text);
	}
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int records_get(sd_bus *connection, const char *path, const char *interface,
		       const char *property, sd_bus_message *reply, void *userdata,
		       sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct device_record one;
	int err = sd_bus_message_open_container(reply, 'a', "(sssssssx)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && device_record(bus->device, i, &one); i++)
		err = sd_bus_message_append(reply, "(sssssssx)", one.place, one.role,
					    BUS_CLEAN(one.subject), BUS_CLEAN(one.issuer),
					    one.serial, BUS_CLEAN(one.host), one.fingerprint,
					    one.to);
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int verify_servers_get(sd_bus *connection, const char *path, const char *interface,
			      const char *property, sd_bus_message *reply, void *userdata,
			      sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct device_verify_server server;
	int err = sd_bus_message_open_container(reply, 'a', "(sqxussss)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && device_verify_server(bus->device, i, &server); i++) {
		struct bus_reason why;

		bus_reason_fill(&why, &server.last);
		err = sd_bus_message_append(reply, "(sqxussss)", BUS_CLEAN(server.host),
					    server.port, server.answered, server.latency_ms,
					    why.code, why.text, why.mend, why.detail_text);
	}
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int explain_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct device_judgement judgement = { 0 };
	struct octets file;
	const char *name;
	int err = bus_file_read(asked->call, &file, why);

	if (err)
		return err;
	if (sd_bus_message_read(asked->call, "s", &name) < 0)
		err = refusal_set(why, REASON_VALUE_INVALID, "the name");
	else
		device_explain(bus->device, name, file, &judgement);
	free((void *)file.at);
	return err ? err : bus_judgement_append(asked->reply, &judgement, why);
}

static int approve_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	const char *fingerprint;

	if (sd_bus_message_read(asked->call, "s", &fingerprint) < 0)
		return refusal_set(why, REASON_VALUE_INVALID, "the fingerprint");
	return device_trust_approve(bus->device, fingerprint, why);
}

static int reset_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	(void)asked;
	return device_trust_reset(bus->device, why);
}

static int explain(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, explain_do, 0);
}

static int approve(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_ROOT, approve_do, 0);
}

static int reset(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_ROOT, reset_do, 0);
}

static const sd_bus_vtable trust_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Lists", "a(sssssxuussss)", lists_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Records", "a(sssssssx)", records_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("VerifyServers", "a(sqxussss)", verify_servers_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_METHOD_WITH_ARGS("Explain", SD_BUS_ARGS("h", file, "s", name),
				SD_BUS_RESULT("a{sv}", judgement), explain,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Approve", SD_BUS_ARGS("s", fingerprint), SD_BUS_NO_RESULT,
				approve, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reset", "", "", reset, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int bus_trust_add(struct bus *bus)
{
	return sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH, BUS_INTERFACE_TRUST,
					  trust_vtable, trust_find, bus);
}
