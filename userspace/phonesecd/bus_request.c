// SPDX-License-Identifier: Apache-2.0
/*
 * Who may change things: root and, in most cases, the members of one group, as the bus
 * knows them since they connected.
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
	enum bus_right right;
	bus_action action;
	uint32_t number;
	struct access_request asked;
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
	while (bus->requests) {
		device_forget(bus->device, bus->requests);
		access_forget(device_access(bus->device), bus->requests);
		request_free(bus->requests);
	}
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

/* What the bus knows of a caller. */
struct caller {
	bool is_root;
	bool is_member;
	uint32_t user;
	uint32_t process;
};

/* Reads one credential of the answer a{sv}; what it does not know is passed over. */
static int credential_read(sd_bus_message *message, gid_t group, struct caller *caller)
{
	const char *name, *contents;
	int err = sd_bus_message_read(message, "s", &name);

	if (err >= 0)
		err = sd_bus_message_peek_type(message, NULL, &contents);
	if (err < 0)
		return err;
	if (!strcmp(name, "UnixUserID") && !strcmp(contents, "u")) {
		err = sd_bus_message_read(message, "v", "u", &caller->user);
		caller->is_root |= err >= 0 && !caller->user;
	} else if (!strcmp(name, "ProcessID") && !strcmp(contents, "u")) {
		err = sd_bus_message_read(message, "v", "u", &caller->process);
	} else if (!strcmp(name, "UnixGroupIDs") && !strcmp(contents, "au")) {
		err = sd_bus_message_enter_container(message, 'v', contents);
		if (err >= 0) {
			caller->is_member |= groups_have(message, group);
			err = sd_bus_message_exit_container(message);
		}
	} else {
		err = sd_bus_message_skip(message, "v");
	}
	return err;
}

static bool caller_read(sd_bus_message *answer, gid_t group, struct caller *caller)
{
	const char *sender = sd_bus_message_get_sender(answer);
	int err;

	/* Nobody but the bus answers for others. */
	if (!sender || strcmp(sender, BUS_DRIVER) ||
	    sd_bus_message_is_method_error(answer, NULL) ||
	    sd_bus_message_enter_container(answer, 'a', "{sv}") < 0)
		return false;
	while ((err = sd_bus_message_enter_container(answer, 'e', "sv")) > 0) {
		err = credential_read(answer, group, caller);
		if (err < 0 || sd_bus_message_exit_container(answer) < 0)
			return false;
	}
	return !err;
}

/* How it ended is what the audit log has. */
static void request_end(struct bus_request *request, const struct refusal *result)
{
	request->asked.result = result;
	access_asked(device_access(request->bus->device), &request->asked);
	request_free(request);
}

static void request_refuse(struct bus_request *request, const struct refusal *why)
{
	(void)refuse(request->call, why);
	request_end(request, why);
}

void bus_answer(struct bus_request *request, const char *text, const struct refusal *why)
{
	if (!text) {
		request_refuse(request, why);
		return;
	}
	(void)sd_bus_reply_method_return(request->call, "s", text);
	request_end(request, NULL);
}

void bus_answer_done(struct bus_request *request, const struct refusal *why)
{
	if (why) {
		request_refuse(request, why);
		return;
	}
	(void)sd_bus_reply_method_return(request->call, "");
	request_end(request, NULL);
}

void bus_answer_by(struct bus_request *request, bus_append append, const void *what)
{
	sd_bus_message *reply = NULL;
	struct refusal why;

	if (sd_bus_message_new_method_return(request->call, &reply) >= 0 &&
	    append(reply, what) >= 0) {
		(void)sd_bus_send(NULL, reply, NULL);
		request_end(request, NULL);
	} else {
		refusal_set(&why, REASON_NO_MEMORY, "%s", "");
		request_refuse(request, &why);
	}
	sd_bus_message_unref(reply);
}

static int judgement_append(sd_bus_message *reply, const void *judgement)
{
	struct refusal why;

	return bus_judgement_append(reply, judgement, &why);
}

void bus_answer_judged(struct bus_request *request, const struct device_judgement *judgement)
{
	bus_answer_by(request, judgement_append, judgement);
}

static int action_run(struct bus_request *request, uint32_t process, sd_bus_message **reply,
		      struct refusal *why)
{
	struct bus_asked asked = { .call = request->call, .number = request->number,
				   .process = process, .user = request->asked.user,
				   .request = request };

	if (sd_bus_message_new_method_return(request->call, &asked.reply) < 0)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	*reply = asked.reply;
	return request->action(request->bus, &asked, why);
}

/* What the caller is allowed as who it is, and as the site's policy has it. */
static int caller_check(struct bus_request *request, const struct caller *caller,
			struct refusal *why)
{
	if (!caller->is_root && (!caller->is_member || request->right != BUS_RIGHT_GROUP))
		return refusal_set(why, REASON_BUS_NOT_ALLOWED, "%s",
				   request->right == BUS_RIGHT_ROOT ? "to root alone" : "");
	return access_allow(device_access(request->bus->device), &request->asked, why);
}

static int caller_known(sd_bus_message *answer, void *userdata, sd_bus_error *error)
{
	struct bus_request *request = userdata;
	struct caller caller = { .user = UINT32_MAX };
	struct refusal why = { 0 };
	sd_bus_message *reply = NULL;
	int err;

	(void)error;
	if (!caller_read(answer, request->bus->group, &caller))
		caller = (struct caller){ .user = UINT32_MAX };
	request->asked.user = caller.user;
	request->asked.process = caller.process;
	err = caller_check(request, &caller, &why);
	if (!err)
		err = action_run(request, caller.process, &reply, &why);
	if (err < 0) {
		request_refuse(request, &why);
	} else if (!err) {
		(void)sd_bus_send(NULL, reply, NULL);
		request_end(request, NULL);
	}
	sd_bus_message_unref(reply);
	return 1;
}

int bus_ask(struct bus *bus, sd_bus_message *call, enum bus_right right, bus_action action,
	    uint32_t number)
{
	struct bus_request *request;
	int err;

	if (bus->requests_count == REQUESTS_MAX)
		return -ENOBUFS;
	request = calloc(1, sizeof(*request));
	if (!request)
		return -ENOMEM;
	*request = (struct bus_request){ .next = bus->requests, .bus = bus, .right = right,
					 .call = sd_bus_message_ref(call), .action = action,
					 .number = number,
					 .asked = { .interface = sd_bus_message_get_interface(call),
						    .method = sd_bus_message_get_member(call) } };
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
