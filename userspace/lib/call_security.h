/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How secure a call is from end to end: what the call manager says of all its
 * parties, lowered by what this phone knows of its own leg, and what a person
 * sees and hears of it.
 */
#ifndef PHONESEC_CALL_SECURITY_H
#define PHONESEC_CALL_SECURITY_H

#include "reason.h"
#include "sip_message.h"

/* In rising order, as in the Call-Info header field of the call manager. */
enum call_security {
	CALL_SECURITY_UNKNOWN,
	CALL_SECURITY_NOT_AUTHENTICATED,
	CALL_SECURITY_AUTHENTICATED,
	CALL_SECURITY_ENCRYPTED,
};

enum call_icon {
	CALL_ICON_NONE,
	CALL_ICON_SHIELD, /* authenticated */
	CALL_ICON_LOCK, /* encrypted */
};

enum call_tone {
	CALL_TONE_NONE,
	CALL_TONE_SECURE, /* three long beeps with pauses */
	CALL_TONE_NONSECURE, /* six short beeps with brief pauses */
};

/* What protected phones do without. */
enum call_feature {
	CALL_FEATURE_CONFERENCE,
	CALL_FEATURE_SHARED_LINE,
	CALL_FEATURE_EXTENSION_MOBILITY,
};

/**
 * struct call_leg - what this phone knows of its own leg
 * @signalling_secure: signalling goes over TLS to a server that was verified
 * @media: media lines that are active
 * @media_secure: those of them that are SRTP
 * @heard: those of them of which the kernel has authenticated packets and sent some
 * @settled: the media had its time to be heard
 */
struct call_leg {
	bool signalling_secure;
	size_t media;
	size_t media_secure;
	size_t heard;
	bool settled;
};

/**
 * struct call_phone - settings that matter to tones and features
 * @is_protected: "Protected Device"
 * @plays_tone: "Play Secure Indication Tone", false unless it is set
 */
struct call_phone {
	bool is_protected;
	bool plays_tone;
};

/**
 * struct call_state - the state of one call; all zeroes at its start
 * @told: what the call manager said last
 * @shown: what a person is told
 * @connected: the call was answered
 * @played: the last tone
 */
struct call_state {
	enum call_security told;
	enum call_security shown;
	bool connected;
	enum call_tone played;
};

/**
 * call_security_told - what a message says of the call
 * @message: a request or response of the call
 * @told: result; without Call-Info of the call manager's kind it stays as it is
 *
 * An unknown value counts as %CALL_SECURITY_UNKNOWN. Of several the lowest counts.
 */
void call_security_told(const struct sip_message *message, enum call_security *told);

/* What the phone's own leg is worth. */
enum call_security call_security_own(const struct call_leg *leg);

/**
 * call_state_update - draw the conclusions from what is known now
 * @state: the call; @told and @connected are up to date, the rest is updated
 * @leg: its own leg
 * @phone: settings
 * @tone: result, the tone to be played now
 *
 * A tone is played once the call is connected and its media settled, and again
 * when the state comes to call for the other one.
 *
 * Return: whether what is shown has changed.
 */
bool call_state_update(struct call_state *state, const struct call_leg *leg,
		       const struct call_phone *phone, enum call_tone *tone);

/* The icon of a state, and its name in the words of the call manager. */
enum call_icon call_security_icon(enum call_security security);
const char *call_security_name(enum call_security security);

/**
 * call_feature_check - whether a phone may use a feature
 * @phone: settings
 * @feature: the feature
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int call_feature_check(const struct call_phone *phone, enum call_feature feature,
		       struct refusal *why);

#endif
