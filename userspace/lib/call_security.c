// SPDX-License-Identifier: Apache-2.0
#include "call_security.h"

static const char *const names[] = {
	[CALL_SECURITY_UNKNOWN] = "Unknown",
	[CALL_SECURITY_NOT_AUTHENTICATED] = "NotAuthenticated",
	[CALL_SECURITY_AUTHENTICATED] = "Authenticated",
	[CALL_SECURITY_ENCRYPTED] = "Encrypted",
};

static const char *const features[] = {
	[CALL_FEATURE_CONFERENCE] = "conference",
	[CALL_FEATURE_SHARED_LINE] = "shared line",
	[CALL_FEATURE_EXTENSION_MOBILITY] = "Extension Mobility",
};

const char *call_security_name(enum call_security security)
{
	return names[security];
}

enum call_icon call_security_icon(enum call_security security)
{
	switch (security) {
	case CALL_SECURITY_ENCRYPTED:
		return CALL_ICON_LOCK;
	case CALL_SECURITY_AUTHENTICATED:
		return CALL_ICON_SHIELD;
	case CALL_SECURITY_NOT_AUTHENTICATED:
	case CALL_SECURITY_UNKNOWN:
		break;
	}
	return CALL_ICON_NONE;
}

static enum call_security security_read(struct span word)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(word, names[i]))
			return (enum call_security)i;
	return CALL_SECURITY_UNKNOWN;
}

static enum call_security lower(enum call_security a, enum call_security b)
{
	return a < b ? a : b;
}

/* One element of Call-Info; false when it is of another kind, a picture for instance. */
static bool element_read(struct span element, enum call_security *security)
{
	struct span value;

	if (!span_is(sip_address_uri(element), "urn:x-cisco-remotecc:callinfo"))
		return false;
	*security = sip_param_find(element, "security", &value) ? security_read(value) :
								  CALL_SECURITY_UNKNOWN;
	return true;
}

void call_security_told(const struct sip_message *message, enum call_security *told)
{
	enum call_security lowest = CALL_SECURITY_ENCRYPTED, one;
	const struct sip_field *field;
	bool any = false;

	for (field = sip_field_first(message, SIP_FIELD_CALL_INFO); field;
	     field = sip_field_next(message, field)) {
		struct span rest = field->value, element;

		while (sip_list_next(&rest, &element)) {
			if (!element_read(element, &one))
				continue;
			lowest = lower(lowest, one);
			any = true;
		}
	}
	if (any)
		*told = lowest;
}

enum call_security call_security_own(const struct call_leg *leg)
{
	if (!leg->signalling_secure)
		return CALL_SECURITY_NOT_AUTHENTICATED;
	if (!leg->media || leg->media_secure < leg->media || leg->heard < leg->media)
		return CALL_SECURITY_AUTHENTICATED;
	return CALL_SECURITY_ENCRYPTED;
}

static enum call_tone tone_for(const struct call_state *state, const struct call_leg *leg,
			       const struct call_phone *phone)
{
	if (!phone->is_protected || !phone->plays_tone || !state->connected || !leg->settled ||
	    state->shown == CALL_SECURITY_UNKNOWN)
		return CALL_TONE_NONE;
	return state->shown == CALL_SECURITY_ENCRYPTED ? CALL_TONE_SECURE : CALL_TONE_NONSECURE;
}

bool call_state_update(struct call_state *state, const struct call_leg *leg,
		       const struct call_phone *phone, enum call_tone *tone)
{
	enum call_security shown = lower(state->told, call_security_own(leg));
	bool changed = shown != state->shown;

	state->shown = shown;
	*tone = tone_for(state, leg, phone);
	if (*tone == state->played)
		*tone = CALL_TONE_NONE;
	if (*tone != CALL_TONE_NONE)
		state->played = *tone;
	return changed;
}

int call_feature_check(const struct call_phone *phone, enum call_feature feature,
		       struct refusal *why)
{
	if (!phone->is_protected)
		return 0;
	return refusal_set(why, REASON_PHONE_PROTECTED, "%s", features[feature]);
}
