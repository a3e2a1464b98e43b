// SPDX-License-Identifier: Apache-2.0
#include "registrations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/boot_clock.h"

/* A registrar that does not say how long means this (RFC 3261 section 20.19). */
enum { EXPIRES_DEFAULT_S = 3600, EXPIRES_MAX_S = 7 * 86400 };

static void text_take(char *text, size_t size, struct span value)
{
	snprintf(text, size, "%.*s", (int)value.len, value.at);
}

static struct span field_value(const struct sip_message *message, enum sip_field_id id)
{
	const struct sip_field *field = sip_field_first(message, id);

	return field ? field->value : (struct span){ "", 0 };
}

struct registration *registrations_request(struct registrations *registrations,
					   const struct sip_message *message)
{
	struct span aor = sip_address_uri(field_value(message, SIP_FIELD_TO));
	struct registration *registration = NULL;
	char *copy = malloc(message->text.len);

	/* What is cut would not be known again. */
	if (aor.len >= CALL_URI_MAX ||
	    field_value(message, SIP_FIELD_CALL_ID).len >= CALL_ID_MAX) {
		free(copy);
		return NULL;
	}
	for (size_t i = 0; i < registrations->count && !registration; i++)
		if (span_is(aor, registrations->list[i].status.aor))
			registration = &registrations->list[i];
	if (!copy || (!registration && registrations->count == GUARD_REGISTRATIONS_MAX)) {
		free(copy);
		return NULL;
	}
	if (!registration) {
		registration = &registrations->list[registrations->count++];
		*registration = (struct registration){ .status.server = SERVER_ROLES };
		text_take(registration->status.aor, sizeof(registration->status.aor), aor);
	}
	memcpy(copy, message->text.at, message->text.len);
	text_free(&registration->request);
	registration->request = (struct span){ copy, message->text.len };
	text_take(registration->call_id, sizeof(registration->call_id),
		  field_value(message, SIP_FIELD_CALL_ID));
	registration->cseq = message->cseq;
	return registration;
}

struct registration *registrations_find(struct registrations *registrations,
					const struct sip_message *message)
{
	struct span id = field_value(message, SIP_FIELD_CALL_ID);
	struct span aor = sip_address_uri(field_value(message, SIP_FIELD_TO));

	for (size_t i = 0; i < registrations->count; i++)
		if (span_is(id, registrations->list[i].call_id) &&
		    span_is(aor, registrations->list[i].status.aor))
			return &registrations->list[i];
	return NULL;
}

/* Seconds that the server grants our contact, 0 when it holds none. */
static unsigned long granted_s(const struct sip_message *response, const char *contact)
{
	const struct sip_field *field = sip_field_first(response, SIP_FIELD_CONTACT);
	unsigned long seconds = EXPIRES_DEFAULT_S;
	struct span param;
	struct sip_uri uri;

	span_number(field_value(response, SIP_FIELD_EXPIRES), EXPIRES_MAX_S, &seconds);
	for (; field; field = sip_field_next(response, field)) {
		struct span rest = field->value, element;

		while (sip_list_next(&rest, &element)) {
			if (!sip_uri_parse(&uri, sip_address_uri(element)) ||
			    !span_is(uri.host_port, contact))
				continue;
			if (sip_param_find(element, "expires", &param))
				span_number(param, EXPIRES_MAX_S, &seconds);
			return seconds;
		}
	}
	return 0;
}

static void registration_remove(struct registrations *registrations,
				struct registration *registration)
{
	size_t index = (size_t)(registration - registrations->list);

	text_free(&registration->request);
	registrations->count--;
	memmove(registration, registration + 1,
		(registrations->count - index) * sizeof(*registration));
	memset(&registrations->list[registrations->count], 0, sizeof(*registration));
}

bool registrations_response(struct registrations *registrations,
			    struct registration *registration,
			    const struct sip_message *response, const char *contact,
			    enum server_role server)
{
	struct registration_status *status = &registration->status;
	struct registration_status before = *status;
	unsigned long seconds;

	status->status = response->status;
	text_take(status->text, sizeof(status->text), sip_response_text(response));
	if (response->status < 300) {
		seconds = granted_s(response, contact);
		if (!seconds) {
			registration_remove(registrations, registration);
			return true;
		}
		status->state = REGISTRATION_ACTIVE;
		status->server = server;
		registration->until = boot_clock_s() + (int64_t)seconds;
	} else if (response->status == 401 || response->status == 407) {
		/* The program is asked for its password; one that is in force stays so. */
		if (status->state != REGISTRATION_ACTIVE)
			status->state = REGISTRATION_TRYING;
	} else {
		status->state = REGISTRATION_REFUSED;
		status->server = SERVER_ROLES;
	}
	return memcmp(&before, status, sizeof(before)) != 0;
}

bool registrations_lost(struct registrations *registrations)
{
	bool changed = false;

	for (size_t i = 0; i < registrations->count; i++) {
		struct registration_status *status = &registrations->list[i].status;

		registrations->list[i].asked = 0;
		if (status->state != REGISTRATION_ACTIVE)
			continue;
		status->state = REGISTRATION_LOST;
		status->server = SERVER_ROLES;
		changed = true;
	}
	return changed;
}

void registrations_clear(struct registrations *registrations)
{
	while (registrations->count)
		registration_remove(registrations, &registrations->list[0]);
}
