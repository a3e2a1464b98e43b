// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/rand.h>

#include "log.h"
#include "recovery.h"

/* What a phone of the call manager's own kind says it can do. */
static const char *const supported[] = {
	"replaces", "X-cisco-callinfo", "X-cisco-srtp-fallback", "X-cisco-sis-7.0.0",
};

/* Whether a list already has an element. */
static bool list_has(struct span list, const char *word)
{
	struct span element;

	while (sip_list_next(&list, &element))
		if (span_is(element, word))
			return true;
	return false;
}

static void supported_add(const struct sip_message *message, struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_SUPPORTED);
	struct span end = field ? (struct span){ field->value.at + field->value.len, 0 } :
				  message->fields_end;
	bool first = !field || !field->value.len;

	if (!field)
		splice_replace(splice, end, "Supported: ");
	for (size_t i = 0; i < sizeof(supported) / sizeof(supported[0]); i++) {
		if (field && list_has(field->value, supported[i]))
			continue;
		splice_replace(splice, end, "%s%s", first ? "" : ",", supported[i]);
		first = false;
	}
	if (!field)
		splice_replace(splice, end, "\r\n");
}

/* "SEP001122334455" has its MAC address behind three letters. */
static const char *mac_of(const char *name)
{
	return strlen(name) == 15 && strspn(name + 3, "0123456789ABCDEFabcdef") == 12 ? name + 3 :
											 NULL;
}

static void contact_add(const struct settings *settings, struct span contact,
			struct splice *splice)
{
	struct span end = { contact.at + contact.len, 0 }, found;
	const char *mac = mac_of(settings->name);

	if (mac && !sip_param_find(contact, "+sip.instance", &found))
		splice_replace(splice, end,
			       ";+sip.instance=\"<urn:uuid:00000000-0000-0000-0000-%s>\"", mac);
	splice_replace(splice, end, ";+u.sip!devicename.ccm.cisco.com=\"%s\"", settings->name);
	if (settings->model)
		splice_replace(splice, end, ";+u.sip!model.ccm.cisco.com=\"%u\"",
			       settings->model);
}

/* Registers as a phone that the call manager knows by its device name. */
static void device_add(const struct settings *settings, const struct sip_message *message,
		       struct splice *splice)
{
	const struct sip_field *field = sip_field_first(message, SIP_FIELD_CONTACT);

	if (!*settings->name)
		return;
	for (; field; field = sip_field_next(message, field)) {
		struct span rest = field->value, element;

		while (sip_list_next(&rest, &element))
			if (!span_is(element, "*"))
				contact_add(settings, element, splice);
	}
	supported_add(message, splice);
}

/* The field that the call manager takes a token in; the token is checked to fit there. */
static int token_add(struct guard *guard, const struct sip_message *message,
		     struct splice *splice, struct refusal *why)
{
	const struct secret *token = guard->oauth ? oauth_token(guard->oauth) : NULL;

	if (!guard->oauth)
		return 0;
	if (!token)
		return refusal_set(why, REASON_TOKEN_MISSING, "%s",
				   oauth_why(guard->oauth)->detail);
	splice_replace(splice, message->fields_end, "Proxy-Authorization: Bearer token=\"");
	splice_put(splice, message->fields_end,
		   (struct span){ (const char *)secret_bytes(token), secret_len(token) });
	splice_replace(splice, message->fields_end, "\"\r\n");
	return 0;
}

int guard_register_out(struct guard *guard, struct guard_passage *passage, struct refusal *why)
{
	struct registration *registration =
		registrations_request(&guard->registrations, &passage->message);

	if (!registration)
		return refusal_set(why, REASON_CALLS_FULL, "registrations");
	device_add(guard->settings, &passage->message, passage->splice);
	if (token_add(guard, &passage->message, passage->splice, why))
		return -reason_words(why->code)->error;
	registration->waits = true;
	guard_register_asked(guard, registration);
	return 0;
}

/* The program comes back sooner than the server wants, to notice when that was lost. */
static void expires_lower(const struct guard *guard, const struct sip_message *response,
			  struct splice *splice)
{
	const struct sip_field *field = sip_field_first(response, SIP_FIELD_EXPIRES);
	unsigned long most = guard->settings->register_s, seconds;
	struct span param;

	if (field && span_number(field->value, UINT32_MAX, &seconds) && seconds > most)
		splice_replace(splice, field->value, "%lu", most);
	for (field = sip_field_first(response, SIP_FIELD_CONTACT); field;
	     field = sip_field_next(response, field)) {
		struct span rest = field->value, element;

		while (sip_list_next(&rest, &element))
			if (sip_param_find(element, "expires", &param) &&
			    span_number(param, UINT32_MAX, &seconds) && seconds > most)
				splice_replace(splice, param, "%lu", most);
	}
}

/* Asks for a token as the call manager does and not for a password, or says so in a Warning. */
static bool refuses_token(const struct sip_message *response)
{
	const struct sip_field *field = sip_field_first(response, SIP_FIELD_PROXY_AUTHENTICATE);

	if (response->status == 407)
		return field && field->value.len > 6 && !strncasecmp(field->value.at, "Bearer", 6);
	field = sip_field_first(response, SIP_FIELD_WARNING);
	return response->status == 403 && field &&
	       memmem(field->value.at, field->value.len, "oken", 4);
}

static void response_log(struct guard *guard, const struct registration_status *status)
{
	if (status->state == REGISTRATION_ACTIVE)
		log_tell(LOG_REGISTERED, "%s at the %s server", status->aor,
			 server_role_word(status->server));
	else if (status->state == REGISTRATION_REFUSED)
		log_tell(LOG_REGISTRATION_REFUSED, "%s: %u %s", status->aor, status->status,
			 status->text);
	if (status->state == REGISTRATION_REFUSED)
		guard_register_blame(guard, status);
}

static void response_take(struct guard *guard, struct registration *registration,
			  const struct sip_message *response)
{
	const struct server_status *server = servers_active(guard->servers);
	struct registration_status before = registration->status;
	size_t count = guard->registrations.count;
	bool changed;

	registration->asked = 0;
	changed = registrations_response(&guard->registrations, registration, response,
					 guard->relay.outside,
					 server ? server->role : SERVER_ROLES);
	if (guard->oauth && refuses_token(response)) {
		registration->status.state = REGISTRATION_REFUSED;
		oauth_token_refused(guard->oauth);
	}
	if (!changed)
		return;
	recovery_save_registrations(guard);
	recovery_save_relay(guard);
	if (guard->registrations.count < count)
		log_tell(LOG_UNREGISTERED, "%s", before.aor);
	else if (registration->status.state != before.state)
		response_log(guard, &registration->status);
	guard_tell(guard, registrations_changed);
}

void guard_register_in(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *response = &passage->message;
	struct registration *registration = registrations_find(&guard->registrations, response);

	if (!registration || response->status < 200)
		return;
	registration->waits = false;
	response_take(guard, registration, response);
	expires_lower(guard, response, passage->splice);
}

static void branch_replace(struct guard *guard, const struct sip_message *message,
			   struct splice *splice)
{
	const struct sip_field *via = sip_field_first(message, SIP_FIELD_VIA);
	char own[GUARD_VIA_MAX];

	guard_own_via(guard, SIP_END_FAR, GUARD_OWN_REGISTER, 0, own, sizeof(own));
	splice_replace(splice, via->whole, "Via: %s\r\n", own);
	for (via = sip_field_next(message, via); via; via = sip_field_next(message, via))
		splice_put(splice, via->whole, (struct span){ "", 0 });
}

/* Its own Call-ID, or its number would stand in the way of the program's next one. */
static void identity_replace(const struct sip_message *message, struct splice *splice)
{
	uint64_t random[2] = { 0 };

	RAND_bytes((unsigned char *)random, sizeof(random));
	splice_replace(splice, sip_field_first(message, SIP_FIELD_CALL_ID)->value,
		       "%016llx%016llx", (unsigned long long)random[0],
		       (unsigned long long)random[1]);
}

/* The program waits for an answer that the server before did not give. */
static void ask_again(struct guard *guard, struct registration *registration)
{
	struct span request = { 0 };
	struct sip_frame frame;
	struct refusal why;

	registration->waits = false;
	/* What is noted anew frees what was noted. */
	if (!call_text_keep(&request, registration->request) &&
	    !sip_frame_datagram(&frame, request.at, request.len, &why))
		guard_pass(guard, SIP_END_PROGRAM, request.at, &frame);
	text_free(&request);
}

/* Registers in the program's place, with what it said the last time. */
static void renew_one(struct guard *guard, struct registration *registration)
{
	struct guard_passage passage = { .from = SIP_END_PROGRAM };
	struct refusal why;
	struct span text;

	if (sip_message_read(&passage.message, registration->request, &why))
		return;
	passage.splice = splice_new(passage.message.text);
	if (!passage.splice)
		return;
	branch_replace(guard, &passage.message, passage.splice);
	identity_replace(&passage.message, passage.splice);
	sip_relay_contacts(&guard->relay, &passage.message, passage.splice);
	device_add(guard->settings, &passage.message, passage.splice);
	if (!token_add(guard, &passage.message, passage.splice, &why) &&
	    !splice_finish(passage.splice, &text)) {
		if (guard_send(guard, SIP_END_FAR, text))
			guard_register_asked(guard, registration);
		text_free(&text);
	}
	splice_free(passage.splice);
}

void guard_register_renew(struct guard *guard)
{
	if (guard->halted.code)
		return;
	for (size_t i = 0; i < guard->registrations.count; i++) {
		struct registration *one = &guard->registrations.list[i];

		if (one->asked)
			continue;
		if (one->waits)
			ask_again(guard, one);
		else if (one->status.state != REGISTRATION_ACTIVE)
			renew_one(guard, one);
	}
}

void guard_register_own(struct guard *guard, const struct sip_message *response)
{
	struct span aor = sip_address_uri(sip_field_first(response, SIP_FIELD_TO)->value);

	/* A server that asks for the password gets it when the program comes back. */
	if (response->status < 200 || guard_register_turned_away(guard, response))
		return;
	for (size_t i = 0; i < guard->registrations.count; i++)
		if (span_is(aor, guard->registrations.list[i].status.aor)) {
			response_take(guard, &guard->registrations.list[i], response);
			return;
		}
}

void guard_register_lost(struct guard *guard)
{
	if (registrations_lost(&guard->registrations))
		guard_tell(guard, registrations_changed);
}
