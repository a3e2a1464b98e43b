// SPDX-License-Identifier: Apache-2.0
#include "snapshot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/boot_clock.h"
#include "../lib/bus_names.h"
#include "bus_json.h"

/*
 * Seconds for which an answer counts, and one that did not come: a daemon that hangs is not to
 * have each request wait for it.
 */
enum { KEEP_S = 1, KEEP_FAILED_S = 3 };

/**
 * struct snapshot - see snapshot.h
 * @phone: what the daemon said, NULL when it did not
 * @failed: why it did not
 * @until_s: when it is asked again, by boot_clock_s()
 */
struct snapshot {
	sd_bus *bus;
	json_t *phone;
	struct refusal failed;
	int64_t until_s;
};

/* Asks for the properties of an object's interface; what is not there is passed over. */
static int part_ask(sd_bus *bus, const char *path, const char *interface, json_t **part,
		    struct refusal *why)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL, *answer = NULL;
	int err;

	*part = NULL;
	err = sd_bus_message_new_method_call(bus, &call, BUS_NAME, path,
					     "org.freedesktop.DBus.Properties", "GetAll");
	if (err >= 0)
		err = sd_bus_message_append(call, "s", interface);
	if (err >= 0)
		err = sd_bus_message_set_auto_start(call, false);
	if (err >= 0)
		err = sd_bus_call(bus, call, SNAPSHOT_ANSWER_S * UINT64_C(1000000), &error,
				  &answer);
	if (err >= 0)
		*part = bus_json_read(answer);
	if (sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_INTERFACE) ||
	    sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
		err = 0;
	else if (err < 0 || !json_is_object(*part))
		err = refusal_set(why, REASON_DAEMON_MISSING, "%s",
				  error.message ? error.message : "its answer cannot be read");
	sd_bus_error_free(&error);
	sd_bus_message_unref(call);
	sd_bus_message_unref(answer);
	return err < 0 ? err : 0;
}

static int servers_ask(sd_bus *bus, json_t *phone, struct refusal *why)
{
	static const char *const paths[] = {
		BUS_PATH_SERVERS "/primary", BUS_PATH_SERVERS "/secondary",
		BUS_PATH_SERVERS "/tertiary", BUS_PATH_SERVERS "/srst",
	};
	json_t *servers = json_array(), *server;
	int err = 0;

	json_object_set_new(phone, "Server", servers);
	for (size_t i = 0; !err && i < sizeof(paths) / sizeof(*paths); i++) {
		err = part_ask(bus, paths[i], BUS_INTERFACE_SERVER, &server, why);
		if (!err && server)
			json_array_append_new(servers, server);
	}
	return err;
}

static int phone_ask(sd_bus *bus, json_t *phone, struct refusal *why)
{
	static const char *const interfaces[] = {
		BUS_INTERFACE_PHONE, BUS_INTERFACE_IDENTITY, BUS_INTERFACE_TRUST,
		BUS_INTERFACE_CONFIGURATION, BUS_INTERFACE_IMAGE, BUS_INTERFACE_NETWORK,
		BUS_INTERFACE_POLICY,
	};
	json_t *part;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(interfaces) / sizeof(*interfaces); i++) {
		err = part_ask(bus, BUS_PATH, interfaces[i], &part, why);
		if (!err && part)
			json_object_set_new(phone, strrchr(interfaces[i], '.') + 1, part);
	}
	return err ? err : servers_ask(bus, phone, why);
}

const json_t *snapshot_get(struct snapshot *snapshot, struct refusal *why)
{
	if (boot_clock_s() >= snapshot->until_s) {
		json_decref(snapshot->phone);
		snapshot->phone = json_object();
		if (!snapshot->phone) {
			refusal_set(&snapshot->failed, REASON_NO_MEMORY, "%s", "");
		} else if (phone_ask(snapshot->bus, snapshot->phone, &snapshot->failed)) {
			json_decref(snapshot->phone);
			snapshot->phone = NULL;
		}
		snapshot->until_s = boot_clock_s() + (snapshot->phone ? KEEP_S : KEEP_FAILED_S);
	}
	if (!snapshot->phone)
		*why = snapshot->failed;
	return snapshot->phone;
}

struct snapshot *snapshot_new(sd_bus *bus)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (snapshot)
		snapshot->bus = bus;
	return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	json_decref(snapshot->phone);
	free(snapshot);
}
