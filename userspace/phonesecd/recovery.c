// SPDX-License-Identifier: Apache-2.0
#include "recovery.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "recovery_file.h"

static const char relay_name[] = "relay.json";
static const char registrations_name[] = "registrations.json";

enum { CALL_NAME_MAX = 32 };

static void file_save(const struct guard *guard, const char *name, json_t *json)
{
	struct refusal why;

	if (recovery_file_write(guard->runtime, name, json, &why))
		log_refusal(LOG_FAILED, &why, "calls may not survive a restart");
}

void recovery_save_relay(const struct guard *guard)
{
	struct media_address program;

	program_address(guard->program, &program);
	file_save(guard, relay_name,
		  json_pack("{s:s, s:b, s:s, s:o, s:o}", "program", guard->relay.program,
			    "names_transport", guard->relay.names_transport,
			    "outside", guard->relay.outside,
			    "program_address", recovery_address(&program),
			    "secret", recovery_hex(guard->relay.secret,
						   sizeof(guard->relay.secret))));
}

uint16_t recovery_local_port(const struct guard *guard)
{
	json_t *json = recovery_file_read(guard->runtime, relay_name);
	const char *outside = json_string_value(json_object_get(json, "outside"));
	struct media_address address = { 0 };

	if (outside)
		media_address_parse(&address, outside);
	json_decref(json);
	return address.port;
}

void recovery_save_registrations(const struct guard *guard)
{
	json_t *list = json_array();

	for (size_t i = 0; i < guard->registrations.count; i++) {
		const struct registration *registration = &guard->registrations.list[i];

		/* A registration that the program took back stays gone. */
		json_array_append_new(list, json_stringn(registration->request.at,
							 registration->request.len));
	}
	file_save(guard, registrations_name, list);
}

static void call_name(uint32_t number, char name[CALL_NAME_MAX])
{
	snprintf(name, CALL_NAME_MAX, "call-%u.json", number);
}

void recovery_save_call(const struct guard *guard, const struct call *call)
{
	char name[CALL_NAME_MAX];

	call_name(call->status.number, name);
	file_save(guard, name, call->ended ? NULL : recovery_call_write(call));
}

static void registration_load(struct guard *guard, const json_t *text)
{
	struct sip_message *message = calloc(1, sizeof(*message));
	const struct span request = { json_string_value(text), json_string_length(text) };
	struct registration *registration;
	struct refusal why;

	if (message && json_is_string(text) && !sip_message_read(message, request, &why)) {
		registration = registrations_request(&guard->registrations, message);
		if (registration)
			registration->status.state = REGISTRATION_LOST;
	}
	free(message);
}

static void registrations_load(struct guard *guard)
{
	json_t *list = recovery_file_read(guard->runtime, registrations_name);

	for (size_t i = 0; i < json_array_size(list); i++)
		registration_load(guard, json_array_get(list, i));
	json_decref(list);
}

void recovery_load_relay(struct guard *guard)
{
	json_t *json = recovery_file_read(guard->runtime, relay_name);
	const char *program = json_string_value(json_object_get(json, "program"));
	uint8_t secret[SIP_RELAY_SECRET_LEN];
	struct media_address address;

	if (program && strlen(program) < sizeof(guard->relay.program) &&
	    recovery_unhex(json_object_get(json, "secret"), secret, sizeof(secret))) {
		snprintf(guard->relay.program, sizeof(guard->relay.program), "%s", program);
		guard->relay.names_transport =
			json_is_true(json_object_get(json, "names_transport"));
		memcpy(guard->relay.secret, secret, sizeof(secret));
		if (recovery_unaddress(json_object_get(json, "program_address"), &address))
			program_expect(guard->program, &address);
	}
	explicit_bzero(secret, sizeof(secret));
	json_decref(json);
	registrations_load(guard);
}

/* Whether the kernel still has every session of a call. */
static bool sessions_live(struct guard *guard, struct call *call)
{
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		if (call->sessions[i].id &&
		    !call_session_refresh(&call->sessions[i], guard->kernel))
			return false;
	return true;
}

/* A call that was not answered yet has too many ends that nobody knows of. */
static bool is_recovered(struct guard *guard, struct call *call)
{
	return call->status.progress == CALL_CONNECTED && call->current &&
	       sessions_live(guard, call);
}

static void call_load(struct guard *guard, const char *name, unsigned int number)
{
	json_t *json = recovery_file_read(guard->runtime, name);
	struct call *call = calls_new(&guard->calls);
	int err = call ? recovery_call_read(call, json) : -ENOMEM;

	json_decref(json);
	if (!err && call->status.number != number)
		err = -EINVAL;
	if (err) {
		log_tell(LOG_CALL_LOST, "%s cannot be understood", name);
		file_save(guard, name, NULL);
		if (call)
			calls_remove(&guard->calls, call);
		return;
	}
	if (guard->calls.last_number < call->status.number)
		guard->calls.last_number = call->status.number;
	guard_tell(guard, call_added, call->status.number);
	call->stale = true;
	if (is_recovered(guard, call)) {
		log_tell(LOG_CALL_RECOVERED, "call %u with %s", call->status.number,
			 call->status.far);
		guard_call_update(guard, call);
	} else {
		log_tell(LOG_CALL_LOST, "call %u with %s", call->status.number, call->status.far);
		call->status.progress = CALL_TRYING;
	}
}

/* What was being changed stays as it was, and both ends hear of it by an offer of ours. */
static void change_abandon(struct guard *guard, struct call *call)
{
	bool any = false;

	for (enum sip_end end = 0; end < SIP_ENDS; end++) {
		any = any || call->invites[end].received.len;
		guard_invite_end(guard, call, end, 491, NULL);
	}
	if (any)
		guard_rekey_soon(guard, call, 0);
}

void recovery_settle(struct guard *guard)
{
	for (struct call *call = guard->calls.first; call; call = call->next) {
		if (!call->stale || call->ended)
			continue;
		call->stale = false;
		if (call->status.progress == CALL_CONNECTED)
			change_abandon(guard, call);
		else
			guard_call_end_both(guard, call, 480, NULL);
	}
}

void recovery_load_calls(struct guard *guard)
{
	DIR *folder = opendir(guard->runtime);
	unsigned int number;
	struct dirent *entry;
	char name[CALL_NAME_MAX];

	while (folder && (entry = readdir(folder))) {
		if (sscanf(entry->d_name, "call-%u.json", &number) != 1)
			continue;
		call_name(number, name);
		if (!strcmp(name, entry->d_name) && !calls_find_number(&guard->calls, number))
			call_load(guard, name, number);
	}
	if (folder)
		closedir(folder);
	if (servers_ready(guard->servers))
		recovery_settle(guard);
}
