// SPDX-License-Identifier: Apache-2.0
/* The connection to the bus, and what the guard tells on its way there. */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"
#include "log.h"

enum bus_delays {
	DELAY_FIRST_MS = 250,
	DELAY_MAX_MS = 32000,
	/* Of RequestName: it is ours now, it was ours already. */
	NAME_OWNED = 1,
	NAME_OWNED_ALREADY = 4,
};

static void connection_close(struct bus *bus)
{
	bus_requests_clear(bus);
	bus_calls_clear(bus);
	if (bus->connection)
		sd_bus_detach_event(bus->connection);
	bus->connection = sd_bus_close_unref(bus->connection);
}

/* Takes the connection down, and tries again when the delay is over. */
static void connection_lost(struct bus *bus, const char *how)
{
	struct refusal why;

	connection_close(bus);
	if (!bus->down_told) {
		refusal_set(&why, REASON_BUS_MISSING, "%s", how);
		log_refusal(LOG_BUS_DOWN, &why, "%s", "");
		bus->down_told = true;
	}
	(void)sd_event_source_set_time_relative(bus->retry, bus->delay_ms * UINT64_C(1000));
	(void)sd_event_source_set_enabled(bus->retry, SD_EVENT_ONESHOT);
	bus->delay_ms = bus->delay_ms < DELAY_MAX_MS ? 2 * bus->delay_ms : DELAY_MAX_MS;
}

static int disconnected(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	(void)message;
	(void)error;
	connection_lost(userdata, "the connection ended");
	return 0;
}

static int name_answered(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	const sd_bus_error *refused = sd_bus_message_get_error(answer);
	struct bus *bus = userdata;
	uint32_t result = 0;

	(void)error;
	if (refused) {
		char text[sizeof((struct refusal){ 0 }.detail)];

		connection_lost(bus, BUS_TEXT(text, refused->message ? refused->message
								     : refused->name));
		return 0;
	}
	(void)sd_bus_message_read(answer, "u", &result);
	if (result != NAME_OWNED && result != NAME_OWNED_ALREADY) {
		connection_lost(bus, "another program has the name " BUS_NAME);
		return 0;
	}
	bus->delay_ms = DELAY_FIRST_MS;
	bus->down_told = false;
	return 0;
}

/* Calls that began while there was no bus. */
static void calls_fill(struct bus *bus)
{
	for (uint32_t number = 0; (number = guard_call_next(bus->guard, number));)
		bus_call_add(bus, number);
}

static int connection_set_up(struct bus *bus)
{
	int err = sd_bus_open_system(&bus->connection);

	if (err >= 0)
		err = sd_bus_add_object_manager(bus->connection, NULL, BUS_PATH);
	if (err >= 0)
		err = bus_phone_add(bus);
	if (err >= 0)
		err = bus_identity_add(bus);
	if (err >= 0)
		err = bus_trust_add(bus);
	if (err >= 0)
		err = bus_configuration_add(bus);
	if (err >= 0)
		err = bus_image_add(bus);
	if (err >= 0)
		err = bus_network_add(bus);
	if (err >= 0)
		err = bus_policy_add(bus);
	if (err >= 0)
		err = bus_servers_add(bus);
	if (err >= 0)
		err = bus_calls_add(bus);
	if (err >= 0)
		err = sd_bus_match_signal_async(bus->connection, NULL,
						"org.freedesktop.DBus.Local", NULL,
						"org.freedesktop.DBus.Local", "Disconnected",
						disconnected, NULL, bus);
	if (err >= 0)
		err = sd_bus_attach_event(bus->connection, bus->event, SD_EVENT_PRIORITY_NORMAL);
	/* Where the name is not given away, the bus may be asked again. */
	if (err >= 0)
		err = sd_bus_request_name_async(bus->connection, NULL, BUS_NAME, 0, name_answered,
						bus);
	return err;
}

static void connection_open(struct bus *bus)
{
	int err = connection_set_up(bus);

	if (err < 0)
		connection_lost(bus, strerror(-err));
	else
		calls_fill(bus);
}

static int retry_due(sd_event_source *source, uint64_t now, void *userdata)
{
	(void)source;
	(void)now;
	connection_open(userdata);
	return 0;
}

static int flush_due(sd_event_source *source, void *userdata)
{
	struct bus *bus = userdata;

	(void)source;
	bus_phone_flush(bus);
	bus_device_flush(bus);
	bus_servers_flush(bus);
	bus_calls_flush(bus);
	return 0;
}

void bus_flush_later(struct bus *bus)
{
	(void)sd_event_source_set_enabled(bus->flush, SD_EVENT_ONESHOT);
}

static void phone_changed(struct bus *bus, enum bus_change change)
{
	bus->phone_changed |= 1U << change;
	bus_flush_later(bus);
}

static void call_added(void *owner, uint32_t number)
{
	bus_call_add(owner, number);
}

static void call_changed(void *owner, uint32_t number)
{
	bus_call_change(owner, number);
}

static void call_removed(void *owner, uint32_t number)
{
	bus_call_remove(owner, number);
}

static void call_tone(void *owner, uint32_t number, enum call_tone tone)
{
	if (tone != CALL_TONE_NONE)
		bus_call_signal(owner, number, "Tone",
				tone == CALL_TONE_SECURE ? "secure" : "nonsecure");
}

static void call_display(void *owner, uint32_t number, const char *text)
{
	if (number)
		bus_call_signal(owner, number, "Display", text);
	else
		bus_phone_display(owner, text);
}

static void registrations_changed(void *owner)
{
	phone_changed(owner, BUS_CHANGE_REGISTRATIONS);
}

static void server_changed(void *owner, enum server_role role)
{
	struct bus *bus = owner;

	bus->servers_changed |= 1U << role;
	bus_flush_later(bus);
}

static void module_changed(void *owner)
{
	phone_changed(owner, BUS_CHANGE_MODULE);
}

static void oauth_changed(void *owner)
{
	phone_changed(owner, BUS_CHANGE_TOKEN);
}

static void service_changed(void *owner)
{
	phone_changed(owner, BUS_CHANGE_SERVICE);
}

static const struct guard_events events = {
	.call_added = call_added,
	.call_changed = call_changed,
	.call_removed = call_removed,
	.tone = call_tone,
	.display = call_display,
	.registrations_changed = registrations_changed,
	.server_changed = server_changed,
	.module_changed = module_changed,
	.oauth_changed = oauth_changed,
	.service_changed = service_changed,
};

static void identity_changed(void *owner)
{
	bus_device_change(owner, BUS_DEVICE_IDENTITY);
}

static void trust_changed(void *owner)
{
	bus_device_change(owner, BUS_DEVICE_TRUST);
}

static void configuration_changed(void *owner)
{
	bus_device_change(owner, BUS_DEVICE_CONFIGURATION);
}

static void image_changed(void *owner)
{
	bus_device_change(owner, BUS_DEVICE_IMAGE);
}

static void network_changed(void *owner)
{
	bus_device_change(owner, BUS_DEVICE_NETWORK);
}

static void policy_changed(void *owner)
{
	bus_device_change(owner, BUS_DEVICE_POLICY);
}

static void device_display(void *owner, const char *text)
{
	bus_phone_display(owner, text);
}

static const struct device_events device_events = {
	.identity = identity_changed,
	.trust = trust_changed,
	.configuration = configuration_changed,
	.image = image_changed,
	.network = network_changed,
	.policy = policy_changed,
	.display = device_display,
};

void bus_reloaded(struct bus *bus)
{
	bus->phone_changed = (1U << BUS_CHANGES) - 1;
	bus->servers_changed = (1U << SERVER_ROLES) - 1;
	bus->device_changed = (1U << BUS_DEVICE_INTERFACES) - 1;
	bus_flush_later(bus);
}

static int sources_add(struct bus *bus)
{
	int err = sd_event_add_time_relative(bus->event, &bus->retry, CLOCK_MONOTONIC, 0, 0,
					     retry_due, bus);

	if (err >= 0)
		err = sd_event_source_set_enabled(bus->retry, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_add_defer(bus->event, &bus->flush, flush_due, bus);
	if (err >= 0)
		err = sd_event_source_set_enabled(bus->flush, SD_EVENT_OFF);
	/* What else has happened by now is told in the same message. */
	if (err >= 0)
		err = sd_event_source_set_priority(bus->flush, SD_EVENT_PRIORITY_NORMAL + 1);
	return err;
}

int bus_new(struct bus **result, sd_event *event, struct guard *guard, struct device *device,
	    int (*reload)(void *owner, struct refusal *why), void *owner, struct refusal *why)
{
	const struct group *group = getgrnam(BUS_GROUP);
	struct bus *bus = calloc(1, sizeof(*bus));
	int err;

	*result = NULL;
	if (!bus)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	*bus = (struct bus){ .event = sd_event_ref(event), .guard = guard, .device = device,
			     .reload = reload, .owner = owner, .delay_ms = DELAY_FIRST_MS,
			     .group = group ? group->gr_gid : 0 };
	err = sources_add(bus);
	if (err < 0) {
		bus_free(bus);
		return refusal_set(why, REASON_SYSTEM, "event sources: %s", strerror(-err));
	}
	guard_watch(guard, &events, bus);
	device_watch(device, &device_events, bus);
	connection_open(bus);
	*result = bus;
	return 0;
}

void bus_free(struct bus *bus)
{
	if (!bus)
		return;
	guard_unwatch(bus->guard, bus);
	device_watch(bus->device, NULL, NULL);
	connection_close(bus);
	sd_event_source_disable_unref(bus->retry);
	sd_event_source_disable_unref(bus->flush);
	sd_event_unref(bus->event);
	free(bus);
}
