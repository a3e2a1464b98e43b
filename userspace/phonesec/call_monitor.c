// SPDX-License-Identifier: Apache-2.0
/* What happens to calls, one line an event. */
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "phone.h"
#include "phone_commands.h"

enum call_event {
	CALL_EVENT_ADDED,
	CALL_EVENT_CHANGED,
	CALL_EVENT_REMOVED,
	CALL_EVENT_TONE,
	CALL_EVENT_DISPLAY,
};

static const struct media_name events[] = {
	{ CALL_EVENT_ADDED, "added" },
	{ CALL_EVENT_CHANGED, "changed" },
	{ CALL_EVENT_REMOVED, "removed" },
	{ CALL_EVENT_TONE, "tone" },
	{ CALL_EVENT_DISPLAY, "display" },
	{ 0, NULL },
};

/* An event as it is written, with the call as it is after it. */
struct event_line {
	char time[CLOCK_TEXT_MAX];
	uint32_t event;
	struct phone_call call;
	bool has_tone;
	bool has_text;
	char text[PHONE_URI_MAX];
};

#define AT(member) .offset = offsetof(struct event_line, member)
#define WHEN(member) .present = offsetof(struct event_line, member) + 1

static const struct output_field event_fields[] = {
	{ "time", "", OUTPUT_TEXT, AT(time) },
	{ "event", "", OUTPUT_WORD, AT(event), .names = events },
	{ "id", "call", OUTPUT_U32, AT(call.id) },
	{ "progress", "", OUTPUT_TEXT, AT(call.progress), .flags = OUTPUT_QUIET },
	{ "security", "", OUTPUT_TEXT, AT(call.security), .flags = OUTPUT_QUIET },
	{ "icon", "icon", OUTPUT_TEXT, AT(call.icon), .flags = OUTPUT_JSON_ONLY },
	{ "heard", "heard", OUTPUT_BOOL, AT(call.heard), .flags = OUTPUT_QUIET },
	{ "sent", "sent", OUTPUT_BOOL, AT(call.sent), .flags = OUTPUT_QUIET },
	{ "captured", "RECORDED-IN-CLEAR", OUTPUT_BOOL, AT(call.captured),
	  .flags = OUTPUT_QUIET },
	{ "far_uri", "", OUTPUT_TEXT, AT(call.far_uri), .flags = OUTPUT_QUIET },
	{ "far_name", "", OUTPUT_TEXT, AT(call.far_name), .flags = OUTPUT_QUIET },
	{ "tone", "tone", OUTPUT_TEXT, AT(text), WHEN(has_tone) },
	{ "text", "-", OUTPUT_TEXT, AT(text), WHEN(has_text) },
	{ 0 },
};

/* @left counts down where @limited. */
struct monitor {
	struct output *out;
	struct phone phone;
	bool limited;
	uint32_t left;
};

static bool monitor_done(const struct monitor *monitor)
{
	return monitor->limited && !monitor->left;
}

static void event_write(struct monitor *monitor, enum call_event event,
			const struct phone_call *call, const char *text)
{
	struct event_line line = { .event = event, .call = *call };

	/* One message may tell of more than is wanted. */
	if (monitor_done(monitor))
		return;
	line.has_tone = event == CALL_EVENT_TONE;
	line.has_text = event == CALL_EVENT_DISPLAY;
	(void)snprintf(line.text, sizeof(line.text), "%s", text);
	clock_write(line.time);
	output_line(monitor->out, event_fields, &line);
	monitor->left--;
}

static int call_added(struct monitor *monitor, sd_bus_message *message)
{
	const struct phone_call *call;
	bool known = false;
	const char *path;
	int err = sd_bus_message_read(message, "o", &path);

	/* It may have been in the daemon's answer that this message came with. */
	if (err >= 0) {
		known = phone_call(&monitor->phone, phone_call_number(path));
		err = phone_object_read(message, path, &monitor->phone);
	}
	call = err < 0 ? NULL : phone_call(&monitor->phone, phone_call_number(path));
	if (call && !known)
		event_write(monitor, CALL_EVENT_ADDED, call, "");
	return err;
}

static int call_removed(struct monitor *monitor, sd_bus_message *message)
{
	const struct phone_call *call;
	const char *path;
	int err = sd_bus_message_read(message, "o", &path);

	call = err < 0 ? NULL : phone_call(&monitor->phone, phone_call_number(path));
	if (call) {
		event_write(monitor, CALL_EVENT_REMOVED, call, "");
		phone_call_remove(&monitor->phone, call->id);
	}
	return err;
}

static int call_changed(struct monitor *monitor, sd_bus_message *message)
{
	struct phone_call *call = phone_call(&monitor->phone,
					     phone_call_number(sd_bus_message_get_path(message)));
	const char *interface;
	int err = sd_bus_message_read(message, "s", &interface);

	if (err < 0 || !call || strcmp(interface, BUS_INTERFACE_CALL))
		return err;
	err = phone_call_read(message, call);
	if (err >= 0)
		event_write(monitor, CALL_EVENT_CHANGED, call, "");
	return err;
}

static int call_told(struct monitor *monitor, sd_bus_message *message)
{
	const struct phone_call *call = phone_call(&monitor->phone, phone_call_number(
						   sd_bus_message_get_path(message)));
	bool tone = sd_bus_message_is_signal(message, BUS_INTERFACE_CALL, "Tone");
	const char *text;
	int err;

	if (!call || (!tone && !sd_bus_message_is_signal(message, BUS_INTERFACE_CALL, "Display")))
		return 0;
	err = sd_bus_message_read(message, "s", &text);
	if (err >= 0)
		event_write(monitor, tone ? CALL_EVENT_TONE : CALL_EVENT_DISPLAY, call, text);
	return err;
}

/* A daemon that went is told of; one that came has calls that are new to who watches. */
static int owner_changed(struct monitor *monitor, sd_bus_message *message)
{
	const char *name, *before, *now;
	struct refusal why;
	int err = sd_bus_message_read(message, "sss", &name, &before, &now);

	if (err < 0)
		return err;
	phone_clear(&monitor->phone);
	if (!*now) {
		refusal_set(&why, REASON_DAEMON_MISSING, "%s", "");
		output_refusal(monitor->out, &why);
		return 0;
	}
	if (phone_read(&monitor->phone, sd_bus_message_get_bus(message), &why))
		return 0;
	for (size_t i = 0; i < monitor->phone.calls_count; i++)
		event_write(monitor, CALL_EVENT_ADDED, &monitor->phone.calls[i], "");
	return 0;
}

static int signal_take(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	static const char manager[] = "org.freedesktop.DBus.ObjectManager";

	(void)error;
	if (sd_bus_message_is_signal(message, manager, "InterfacesAdded"))
		return call_added(userdata, message);
	if (sd_bus_message_is_signal(message, manager, "InterfacesRemoved"))
		return call_removed(userdata, message);
	if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Properties",
				     "PropertiesChanged"))
		return call_changed(userdata, message);
	if (sd_bus_message_is_signal(message, "org.freedesktop.DBus", "NameOwnerChanged"))
		return owner_changed(userdata, message);
	return call_told(userdata, message);
}

static int signals_subscribe(sd_bus *bus, struct monitor *monitor)
{
	int err = sd_bus_add_match(bus, NULL, "type='signal',sender='" BUS_NAME
				   "',path_namespace='" BUS_PATH "'", signal_take, monitor);

	return err < 0 ? err : sd_bus_add_match(bus, NULL, "type='signal',"
						"sender='org.freedesktop.DBus',"
						"member='NameOwnerChanged',arg0='" BUS_NAME "'",
						signal_take, monitor);
}

static int signals_watch(sd_bus *bus, const struct monitor *monitor)
{
	int err = 0;

	while (err >= 0 && !monitor_done(monitor)) {
		err = sd_bus_process(bus, NULL);
		if (!err)
			err = sd_bus_wait(bus, UINT64_MAX);
		if (err == -EINTR)
			err = 0;
	}
	return err < 0 ? err : 0;
}

int call_monitor(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct monitor monitor = { .out = out, .limited = a->limit, .left = a->limit };
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	/* Subscribed first: what happens while the daemon answers is told afterwards. */
	err = signals_subscribe(bus, &monitor);
	err = err < 0 ? bus_failed(err, why) : phone_read(&monitor.phone, bus, why);
	if (!err) {
		err = signals_watch(bus, &monitor);
		if (err)
			bus_failed(err, why);
	}
	phone_clear(&monitor.phone);
	bus_close(bus);
	return err;
}
