// SPDX-License-Identifier: Apache-2.0
/* The interface org.phonesec.Phone1.Call: one call. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/sdes.h"
#include "bus_object.h"

static const char *const icons[] = {
	[CALL_ICON_NONE] = "none",
	[CALL_ICON_SHIELD] = "shield",
	[CALL_ICON_LOCK] = "lock",
};

static void path_write(char path[BUS_PATH_MAX], uint32_t number)
{
	(void)snprintf(path, BUS_PATH_MAX, "%s/%u", BUS_PATH_CALLS, number);
}

static struct bus_call *call_find(struct bus *bus, uint32_t number)
{
	struct bus_call *call = bus->calls;

	while (call && call->number != number)
		call = call->next;
	return call;
}

static void call_fill(struct bus_call *call, const struct guard *guard)
{
	struct call_status status;

	if (guard_call(guard, call->number, &status))
		call->status = status;
	call->id = BUS_TEXT(call->id_text, call->status.id);
	call->direction = call->status.outgoing ? "outgoing" : "incoming";
	call->progress = call_progress_word(call->status.progress);
	call->far = BUS_TEXT(call->far_text, call->status.far);
	call->far_name = BUS_TEXT(call->far_name_text, call->status.far_name);
	call->security = call_security_name(call->status.state.shown);
	call->told = call_security_name(call->status.state.told);
	call->icon = icons[call_security_icon(call->status.state.shown)];
	call->since = call->status.begun;
	call->recovered = call->status.recovered;
	call->captured = call->status.captured;
	call->signalling_secure = call->status.leg.signalling_secure;
}

static int call_object_find(sd_bus *connection, const char *path, const char *interface,
			    void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;

	(void)connection;
	(void)interface;
	(void)error;
	for (struct bus_call *call = bus->calls; call; call = call->next) {
		char known[BUS_PATH_MAX];

		path_write(known, call->number);
		if (strcmp(path, known))
			continue;
		call_fill(call, bus->guard);
		*found = call;
		return 1;
	}
	return 0;
}

static int calls_enumerate(sd_bus *connection, const char *prefix, void *userdata,
			   char ***nodes, sd_bus_error *error)
{
	const struct bus *bus = userdata;
	size_t count = 0;
	char **paths;

	(void)connection;
	(void)prefix;
	(void)error;
	for (const struct bus_call *call = bus->calls; call; call = call->next)
		count++;
	paths = calloc(count + 1, sizeof(*paths));
	if (!paths)
		return -ENOMEM;
	/* A list that is cut short by want of memory is still one. */
	for (const struct bus_call *call = bus->calls; call; call = call->next) {
		char path[BUS_PATH_MAX];

		path_write(path, call->number);
		paths[--count] = strdup(path);
	}
	*nodes = paths;
	return 0;
}

static int media_append(sd_bus_message *reply, const struct call_line_status *line)
{
	char kind[sizeof(line->kind)], local[MEDIA_ADDRESS_TEXT_MAX] = "";
	char remote[MEDIA_ADDRESS_TEXT_MAX] = "";
	const char *suite = line->secure ? sdes_suite_name(line->suite) : "";

	if (line->local.len)
		media_address_format(&line->local, local);
	if (line->remote.len)
		media_address_format(&line->remote, remote);
	return sd_bus_message_append(reply, "(sbbusbbssu)", BUS_TEXT(kind, line->kind),
				     line->active, line->secure, line->session,
				     suite ? suite : "", line->heard, line->sent, local, remote,
				     line->key_age_s);
}

static int media_get(sd_bus *connection, const char *path, const char *interface,
		     const char *property, sd_bus_message *reply, void *userdata,
		     sd_bus_error *error)
{
	const struct bus_call *call = userdata;
	int err = sd_bus_message_open_container(reply, 'a', "(sbbusbbssu)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && i < call->status.lines_count; i++)
		err = media_append(reply, &call->status.lines[i]);
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int end_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	return guard_call_end(bus->guard, asked->number, why);
}

static int rekey_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	return guard_call_rekey(bus->guard, asked->number, why);
}

static int capture_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	uint32_t seconds;
	int end, err;

	if (sd_bus_message_read(asked->call, "u", &seconds) < 0)
		return refusal_set(why, REASON_VALUE_INVALID, "seconds");
	err = guard_call_capture(bus->guard, asked->number, seconds, asked->process, &end, why);
	if (err)
		return err;
	err = sd_bus_message_append(asked->reply, "h", end);
	close(end);
	return err < 0 ? refusal_set(why, REASON_NO_MEMORY, "%s", "") : 0;
}

static int end(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct bus_call *call = userdata;

	(void)error;
	return bus_ask(call->bus, message, BUS_RIGHT_GROUP, end_do, call->number);
}

static int rekey(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct bus_call *call = userdata;

	(void)error;
	return bus_ask(call->bus, message, BUS_RIGHT_GROUP, rekey_do, call->number);
}

static int capture(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	const struct bus_call *call = userdata;

	(void)error;
	return bus_ask(call->bus, message, BUS_RIGHT_ROOT, capture_do, call->number);
}

#define CALL(name, signature, member, flags) \
	SD_BUS_PROPERTY(name, signature, NULL, offsetof(struct bus_call, member), flags)
#define CALL_CONST SD_BUS_VTABLE_PROPERTY_CONST
/* Bus policy and bus_ask() decide who may call, not sd-bus. */
#define CALL_METHOD SD_BUS_VTABLE_UNPRIVILEGED
#define CALL_CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable call_vtable[] = {
	SD_BUS_VTABLE_START(0),
	CALL("CallId", "s", id, CALL_CONST),
	CALL("Direction", "s", direction, CALL_CONST),
	CALL("Progress", "s", progress, CALL_CHANGES),
	CALL("FarUri", "s", far, CALL_CHANGES),
	CALL("FarName", "s", far_name, CALL_CHANGES),
	CALL("Security", "s", security, CALL_CHANGES),
	CALL("ToldSecurity", "s", told, CALL_CHANGES),
	CALL("Icon", "s", icon, CALL_CHANGES),
	CALL("SignallingSecure", "b", signalling_secure, CALL_CHANGES),
	CALL("Since", "x", since, CALL_CHANGES),
	CALL("Recovered", "b", recovered, CALL_CONST),
	CALL("Captured", "b", captured, CALL_CHANGES),
	SD_BUS_PROPERTY("Media", "a(sbbusbbssu)", media_get, 0, CALL_CHANGES),
	SD_BUS_METHOD("End", "", "", end, CALL_METHOD),
	SD_BUS_METHOD("Rekey", "", "", rekey, CALL_METHOD),
	SD_BUS_METHOD_WITH_ARGS("Capture", SD_BUS_ARGS("u", seconds), SD_BUS_RESULT("h", records),
				capture, CALL_METHOD),
	SD_BUS_SIGNAL_WITH_ARGS("Tone", SD_BUS_ARGS("s", tone), 0),
	SD_BUS_SIGNAL_WITH_ARGS("Display", SD_BUS_ARGS("s", text), 0),
	SD_BUS_VTABLE_END,
};

int bus_calls_add(struct bus *bus)
{
	int err = sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH_CALLS,
					     BUS_INTERFACE_CALL, call_vtable, call_object_find,
					     bus);

	return err < 0 ? err : sd_bus_add_node_enumerator(bus->connection, NULL, BUS_PATH_CALLS,
							  calls_enumerate, bus);
}

void bus_call_add(struct bus *bus, uint32_t number)
{
	struct bus_call *call;

	/* Without a connection there is nobody to show it to; it is found when there is one. */
	if (!bus->connection || call_find(bus, number))
		return;
	call = calloc(1, sizeof(*call));
	if (!call)
		return;
	call->bus = bus;
	call->number = number;
	call->next = bus->calls;
	bus->calls = call;
	bus_flush_later(bus);
}

void bus_call_change(struct bus *bus, uint32_t number)
{
	struct bus_call *call = call_find(bus, number);

	if (!call)
		return;
	call->changed = true;
	bus_flush_later(bus);
}

static void call_flush(struct bus_call *call)
{
	sd_bus *connection = call->bus->connection;
	char path[BUS_PATH_MAX];

	path_write(path, call->number);
	if (!call->announced)
		(void)sd_bus_emit_object_added(connection, path);
	else if (call->changed)
		(void)sd_bus_emit_properties_changed_strv(connection, path, BUS_INTERFACE_CALL,
							  NULL);
	call->announced = true;
	call->changed = false;
}

void bus_calls_flush(struct bus *bus)
{
	for (struct bus_call *call = bus->calls; call; call = call->next)
		call_flush(call);
}

static void call_unlink(struct bus_call *call)
{
	struct bus_call **at = &call->bus->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	free(call);
}

void bus_call_remove(struct bus *bus, uint32_t number)
{
	struct bus_call *call = call_find(bus, number);
	char path[BUS_PATH_MAX];

	if (!call)
		return;
	path_write(path, number);
	if (call->announced)
		(void)sd_bus_emit_object_removed(bus->connection, path);
	call_unlink(call);
}

void bus_calls_clear(struct bus *bus)
{
	while (bus->calls)
		call_unlink(bus->calls);
}

void bus_call_signal(struct bus *bus, uint32_t number, const char *signal, const char *text)
{
	struct bus_call *call = call_find(bus, number);
	char path[BUS_PATH_MAX], shown[CALL_URI_MAX];

	if (!call)
		return;
	/* Whoever hears a tone can see already what it stands for. */
	call_flush(call);
	path_write(path, number);
	(void)sd_bus_emit_signal(bus->connection, path, BUS_INTERFACE_CALL, signal, "s",
				 BUS_TEXT(shown, text));
}
