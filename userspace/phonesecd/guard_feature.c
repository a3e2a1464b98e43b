// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <string.h>
#include <strings.h>

static bool is_named(struct span name, const char *word)
{
	return name.len == strlen(word) && !strncasecmp(name.at, word, name.len);
}

static bool has_text(struct span text, const char *word)
{
	return memmem(text.at, text.len, word, strlen(word));
}

/* A field of any name; compact forms are of no matter to those that are asked for. */
static const struct sip_field *field_named(const struct sip_message *message, const char *name)
{
	for (size_t i = 0; i < message->fields_count; i++)
		if (is_named(message->fields[i].name, name))
			return &message->fields[i];
	return NULL;
}

/* The far end is the focus of a conference (RFC 4579 section 4). */
static bool is_focus(const struct sip_message *message)
{
	const struct sip_field *contact = sip_field_first(message, SIP_FIELD_CONTACT);
	struct span value;

	return contact && sip_param_find(contact->value, "isfocus", &value);
}

/* Lines of several phones are followed by these (RFC 7463; "sla" is older). */
static bool is_shared_line(const struct sip_message *message)
{
	static const char *const packages[] = { "line-seize", "call-info" };
	const struct sip_field *event = field_named(message, "Event");
	struct span value, package;

	if (!event || (!span_is(message->method, "SUBSCRIBE") &&
		       !span_is(message->method, "PUBLISH")))
		return false;
	package = event->value;
	for (size_t i = 0; i < package.len; i++)
		if (package.at[i] == ';' || package.at[i] == ' ')
			package.len = i;
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
		if (is_named(package, packages[i]))
			return true;
	return is_named(package, "dialog") && (sip_param_find(event->value, "sla", &value) ||
					       sip_param_find(event->value, "shared", &value));
}

/* What a key of the phone asks the call manager for, in a REFER of its own kind. */
static bool asks_by_key(const struct sip_message *message, const char *const *keys)
{
	const struct sip_field *type = sip_field_first(message, SIP_FIELD_CONTENT_TYPE);

	if (!span_is(message->method, "REFER") || !type ||
	    !has_text(type->value, "x-cisco-remotecc"))
		return false;
	for (; *keys; keys++)
		if (has_text(message->body, *keys))
			return true;
	return false;
}

int guard_feature_check(const struct guard *guard, const struct guard_passage *passage,
			struct refusal *why)
{
	static const char *const conference_keys[] = { "<softkeyevent>Conference<",
						       "<softkeyevent>Join<",
						       "<softkeyevent>MeetMe<", NULL };
	static const char *const line_keys[] = { "<softkeyevent>Barge<",
						 "<softkeyevent>CBarge<", NULL };
	const struct call_phone phone = { .is_protected = guard->settings->is_protected };
	const struct sip_message *message = &passage->message;

	if ((passage->from == SIP_END_FAR && is_focus(message)) ||
	    (message->is_request && (field_named(message, "Join") ||
				     asks_by_key(message, conference_keys))))
		return call_feature_check(&phone, CALL_FEATURE_CONFERENCE, why);
	if (message->is_request && (is_shared_line(message) || asks_by_key(message, line_keys)))
		return call_feature_check(&phone, CALL_FEATURE_SHARED_LINE, why);
	return 0;
}
