// SPDX-License-Identifier: Apache-2.0
/*
 * Who may change things: root and the members of one group, as the bus knows them
 * since they connected.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"

/* The bus itself, as a name and as an interface. */
#define BUS_DRIVER "org.freedesktop.DBus"

enum { REQUESTS_MAX = 64 };

/* A method call whose caller is being asked for. */
struct bus_request {
	struct bus_request *next;
	struct bus *bus;
	sd_bus_message *call;
	sd_bus_slot *slot;
	bus_action action;
	uint32_t number;
};

static void request_free(struct bus_request *request)
{
	struct bus_request **at = &request->bus->requests;

	while (*at && *at != request)
		at = &(*at)->next;
	if (*at) {
		*at = request->next;
		request->bus->requests_count--;
	}
	sd_bus_slot_unref(request->slot);
	sd_bus_message_unref(request->call);
	free(request);
}

void bus_requests_clear(struct bus *bus)
{
	while (bus->requests)
		request_free(bus->requests);
}

static int refuse(sd_bus_message *call, const struct refusal *why)
{
	const struct reason *words = reason_words(why->code);
	char name[BUS_ERROR_MAX], detail[sizeof(why->detail)];
	sd_bus_message *reply = NULL;
	int err;

	bus_error_format(why->code, name);
	BUS_TEXT(detail, why->detail);
	err = sd_bus_message_new_method_errorf(call, &reply, name, "%s%s%s%s", words->text,
					       *detail ? " (" : "", detail, *detail ? ")" : "");
	if (err >= 0)
		err = sd_bus_message_append(reply, "ss", words->mend, detail);
	if (err >= 0)
		err = sd_bus_send(NULL, reply, NULL);
	sd_bus_message_unref(reply);
	return err;
}

/* Whether the array of groups that comes next in the message has the group. */
static bool groups_have(sd_bus_message *message, gid_t group)
{
	const void *groups;
	size_t size;

	if (sd_bus_message_read_array(message, 'u', &groups, &size) < 0)
		return false;
	for (size_t i = 0; i < size / sizeof(uint32_t); i++)
		if (group && ((const uint32_t *)groups)[i] == group)
			return true;
	return false;
}

/* Reads one credential of the answer a{sv}; what it does not know is passed over. */
static int credential_read(sd_bus_message *message, gid_t group, bool *allowed)
{
	const char *name, *contents;
	uint32_t user;
	int err = sd_bus_message_read(message, "s", &name);

	if (err >= 0)
		err = sd_bus_message_peek_type(message, NULL, &contents);
	if (err < 0)
		return err;
	if (!strcmp(name, "UnixUserID") && !strcmp(contents, "u")) {
		err = sd_bus_message_read(message, "v", "u", &user);
		*allowed |= err >= 0 && !user;
	} else if (!strcmp(name, "UnixGroupIDs") && !strcmp(contents, "au")) {
		err = sd_bus_message_enter_container(message, 'v', contents);
		if (err >= 0) {
			*allowed |= groups_have(message, group);
			err = sd_bus_message_exit_container(message);
		}
	} else {
		err = sd_bus_message_skip(message, "v");
	}
	return err;
}

static bool caller_allowed(sd_bus_message *answer, gid_t group)
{
	const char *sender = sd_bus_message_get_sender(answer);
	bool allowed = false;
	int err;

	/* Nobody but the bus answers for others. */
	if (!sender || strcmp(sender, BUS_DRIVER) ||
	    sd_bus_message_is_method_error(answer, NULL) ||
	    sd_bus_message_enter_container(answer, 'a', "{sv}") < 0)
		return false;
	while ((err = sd_bus_message_enter_container(answer, 'e', "sv")) > 0) {
		err = credential_read(answer, group, &allowed);
		if (err < 0 || sd_bus_message_exit_container(answer) < 0)
			return false;
	}
	return !err && allowed;
}

static int caller_known(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct bus_request *request = userdata;
	struct refusal why = { 0 };
	int err;

	(void)error;
	if (caller_allowed(answer, request->bus->group))
		err = request->action(request->bus, request->call, request->number, &why);
	else
		err = refusal_set(&why, REASON_BUS_NOT_ALLOWED, "%s", "");
	if (err)
		(void)refuse(request->call, &why);
	else
		(void)sd_bus_reply_method_return(request->call, NULL);
	request_free(request);
	return 1;
}

int bus_ask(struct bus *bus, sd_bus_message *call, bus_action action, uint32_t number)
{
	struct bus_request *request;
	int err;

	if (bus->requests_count == REQUESTS_MAX)
		return -ENOBUFS;
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	*request = (struct bus_request){ .next = bus->requests, .bus = bus, .action = action,
					 .call = sd_bus_message_ref(call), .number = number };
	bus->requests = request;
	bus->requests_count++;
	err = sd_bus_call_method_async(bus->connection, &request->slot, BUS_DRIVER,
				       "/org/freedesktop/DBus", BUS_DRIVER,
				       "GetConnectionCredentials", caller_known, request, "s",
				       sd_bus_message_get_sender(call));
	if (err < 0)
		request_free(request);
	return err < 0 ? err : 1;
}
