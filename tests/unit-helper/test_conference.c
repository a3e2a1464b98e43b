// SPDX-License-Identifier: Apache-2.0
/*
 * Conferences as Cisco's table "Security Restrictions with Conference Calls" has them, one
 * test for each row, protected phones, and calls that leave the network: what a person sees
 * and hears when the call manager speaks and when the kernel hears media.
 */
#include "sip_vector.h"

#include "call_security.h"
#include "tone.h"

/* A phone in one call. */
struct phone {
	struct call_phone settings;
	struct call_leg leg;
	struct call_state call;
	enum call_tone tone;
};

static const struct call_leg secure_leg = {
	.signalling_secure = true, .media = 1, .media_secure = 1, .heard = 1, .settled = true,
};
/* RTP to a bridge that knows nothing else. */
static const struct call_leg plain_media = {
	.signalling_secure = true, .media = 1, .settled = true,
};
/* A phone without a secure profile. */
static const struct call_leg plain_leg = { .media = 1, .settled = true };

static struct phone phone_make(bool is_protected, const struct call_leg *leg)
{
	return (struct phone){
		.settings = { .is_protected = is_protected, .plays_tone = true }, .leg = *leg,
	};
}

static void update(struct phone *phone)
{
	call_state_update(&phone->call, &phone->leg, &phone->settings, &phone->tone);
}

/* A message of the call, as the call manager sends it when a party comes or goes. */
static void says(struct phone *phone, const char *start, const char *security)
{
	static struct sip_message message;
	struct sip_frame frame;
	struct refusal why;
	char text[1024];

	snprintf(text, sizeof(text), "%s\r\nVia: SIP/2.0/TLS 192.0.2.3;branch=z9hG4bK1\r\n"
		 "From: <sip:5000@192.0.2.3>;tag=1\r\nTo: <sip:1001@192.0.2.3>;tag=2\r\n"
		 "Call-ID: conference\r\nCSeq: 101 %s\r\n"
		 "Call-Info: <urn:x-cisco-remotecc:callinfo>; security= %s; "
		 "orientation= to; ui-state= connected; gci= 1-77; isVoip\r\n"
		 "Content-Length: 0\r\n\r\n", start,
		 strncmp(start, "UPDATE", 6) ? "INVITE" : "UPDATE", security);
	assert_int_equal(sip_frame_stream(&frame, text, strlen(text), true, &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	call_security_told(&message, &phone->call.told);
	phone->call.connected |= !strncmp(start, "SIP/2.0 200", 11);
	update(phone);
}

#define ANSWERED "SIP/2.0 200 OK"
#define REINVITE "INVITE sip:1001@192.0.2.1 SIP/2.0"
#define UPDATED "UPDATE sip:1001@192.0.2.1 SIP/2.0"

static void expect(const struct phone *phone, enum call_icon icon, enum call_tone tone)
{
	assert_int_equal(call_security_icon(phone->call.shown), icon);
	assert_int_equal(phone->tone, tone);
}

/* Nonsecure initiator, ad hoc, secure participants: nonsecure bridge, nonsecure conference. */
static void ad_hoc_by_a_nonsecure_phone(void **state)
{
	struct phone initiator = phone_make(false, &plain_leg);
	struct phone participant = phone_make(true, &secure_leg);

	(void)state;
	/* Secure before it was drawn into the conference, whose bridge takes RTP alone. */
	says(&participant, ANSWERED, "Encrypted");
	expect(&participant, CALL_ICON_LOCK, CALL_TONE_SECURE);
	participant.leg = plain_media;
	says(&participant, REINVITE, "NotAuthenticated");
	expect(&participant, CALL_ICON_NONE, CALL_TONE_NONSECURE);
	says(&initiator, ANSWERED, "NotAuthenticated");
	expect(&initiator, CALL_ICON_NONE, CALL_TONE_NONE);
	/* Its own leg is not secure, whatever is said of the call. */
	says(&initiator, UPDATED, "Encrypted");
	expect(&initiator, CALL_ICON_NONE, CALL_TONE_NONE);
}

/* Secure initiator, ad hoc, one member nonsecure: secure bridge, nonsecure conference. */
static void ad_hoc_with_a_nonsecure_member(void **state)
{
	struct phone initiator = phone_make(true, &secure_leg);

	(void)state;
	says(&initiator, ANSWERED, "NotAuthenticated");
	/* Its own media is SRTP, and yet the conference is not secure. */
	assert_int_equal(call_security_own(&initiator.leg), CALL_SECURITY_ENCRYPTED);
	expect(&initiator, CALL_ICON_NONE, CALL_TONE_NONSECURE);
}

/* Secure initiator, ad hoc, secure participants: secure bridge, encrypted conference. */
static void ad_hoc_of_secure_phones(void **state)
{
	struct phone initiator = phone_make(true, &secure_leg);

	(void)state;
	says(&initiator, ANSWERED, "Encrypted");
	expect(&initiator, CALL_ICON_LOCK, CALL_TONE_SECURE);
	/* All are authenticated, one without encryption: the shield. */
	says(&initiator, UPDATED, "Authenticated");
	expect(&initiator, CALL_ICON_SHIELD, CALL_TONE_NONSECURE);
}

/*
 * Nonsecure initiator, Meet-Me of encrypted level: "Does not meet Security Level", and the
 * call is rejected. The words reach the program as they are; nothing is shown or played.
 */
static void meet_me_refuses_a_nonsecure_phone(void **state)
{
	static const struct vector_edit none[VECTOR_EDITS] = { { 0 } };
	struct phone initiator = phone_make(true, &plain_leg);
	static struct vector rejection;

	(void)state;
	vector_read(&rejection, "cisco/meet_me_rejected.dat");
	assert_non_null(strstr(rejection.text, "Does not meet Security Level"));
	vector_check("meet_me_rejected", &rejection, false, none);
	update(&initiator);
	assert_false(initiator.call.connected);
	expect(&initiator, CALL_ICON_NONE, CALL_TONE_NONE);
}

/* Secure initiator, Meet-Me of nonsecure level: secure bridge, and all calls are accepted. */
static void meet_me_accepts_all_calls(void **state)
{
	struct phone initiator = phone_make(true, &secure_leg);

	(void)state;
	says(&initiator, ANSWERED, "Encrypted");
	expect(&initiator, CALL_ICON_LOCK, CALL_TONE_SECURE);
	says(&initiator, REINVITE, "NotAuthenticated");
	expect(&initiator, CALL_ICON_NONE, CALL_TONE_NONSECURE);
	assert_true(initiator.call.connected);
}

static void participants_join_and_leave(void **state)
{
	static const struct {
		const char *start;
		const char *security;
		enum call_icon icon;
		enum call_tone tone;
	} steps[] = {
		{ ANSWERED, "Encrypted", CALL_ICON_LOCK, CALL_TONE_SECURE },
		{ REINVITE, "Encrypted", CALL_ICON_LOCK, CALL_TONE_NONE },
		{ UPDATED, "Authenticated", CALL_ICON_SHIELD, CALL_TONE_NONSECURE },
		{ UPDATED, "NotAuthenticated", CALL_ICON_NONE, CALL_TONE_NONE },
		{ REINVITE, "Unknown", CALL_ICON_NONE, CALL_TONE_NONE },
		{ REINVITE, "Encrypted", CALL_ICON_LOCK, CALL_TONE_SECURE },
		{ UPDATED, "NotAuthenticated", CALL_ICON_NONE, CALL_TONE_NONSECURE },
	};
	struct phone protected_phone = phone_make(true, &secure_leg);
	struct phone other = phone_make(false, &secure_leg);

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		says(&protected_phone, steps[i].start, steps[i].security);
		expect(&protected_phone, steps[i].icon, steps[i].tone);
		/* The same icons, and never a tone, on any other phone. */
		says(&other, steps[i].start, steps[i].security);
		expect(&other, steps[i].icon, CALL_TONE_NONE);
	}
}

/* The kernel alone can take the lock away, and what it hears alone cannot bring one. */
static void media_lowers_and_never_raises(void **state)
{
	struct phone phone = phone_make(true, &secure_leg);

	(void)state;
	says(&phone, ANSWERED, "Encrypted");
	expect(&phone, CALL_ICON_LOCK, CALL_TONE_SECURE);
	phone.leg.heard = 0;
	update(&phone);
	expect(&phone, CALL_ICON_SHIELD, CALL_TONE_NONSECURE);
	phone.leg = secure_leg;
	update(&phone);
	expect(&phone, CALL_ICON_LOCK, CALL_TONE_SECURE);
	says(&phone, UPDATED, "NotAuthenticated");
	phone.leg.heard = phone.leg.media;
	update(&phone);
	expect(&phone, CALL_ICON_NONE, CALL_TONE_NONE);
}

/*
 * Behind a gateway the call goes on in a telephone network. The lock says that it is
 * encrypted within the IP network, as the call manager says; no more can be known.
 */
static void a_pstn_leg_keeps_the_lock(void **state)
{
	struct phone phone = phone_make(true, &secure_leg);

	(void)state;
	says(&phone, ANSWERED, "Encrypted");
	expect(&phone, CALL_ICON_LOCK, CALL_TONE_SECURE);
	/* A gateway without SRTP. */
	phone = phone_make(true, &plain_media);
	says(&phone, ANSWERED, "NotAuthenticated");
	expect(&phone, CALL_ICON_NONE, CALL_TONE_NONSECURE);
}

/* Every way between two states: a tone when the word for the call is another, at most one. */
static void tones_follow_the_state(void **state)
{
	static const char *const levels[] = {
		"Unknown", "NotAuthenticated", "Authenticated", "Encrypted",
	};
	static const enum call_tone tones[] = {
		CALL_TONE_NONE, CALL_TONE_NONSECURE, CALL_TONE_NONSECURE, CALL_TONE_SECURE,
	};

	(void)state;
	for (size_t from = 0; from < 4; from++) {
		for (size_t to = 0; to < 4; to++) {
			struct phone phone = phone_make(true, &secure_leg);
			bool again = tones[to] == tones[from] || !tones[to];

			says(&phone, ANSWERED, levels[from]);
			assert_int_equal(phone.tone, tones[from]);
			says(&phone, UPDATED, levels[to]);
			assert_int_equal(phone.tone, again ? CALL_TONE_NONE : tones[to]);
			assert_int_equal(tone_len(phone.tone) > 0, !again);
			says(&phone, UPDATED, levels[to]);
			assert_int_equal(phone.tone, CALL_TONE_NONE);
		}
	}
}

/* Not while it rings, and not before media had its time. */
static void no_tone_too_early(void **state)
{
	struct phone phone = phone_make(true, &secure_leg);

	(void)state;
	phone.leg.settled = false;
	says(&phone, "SIP/2.0 180 Ringing", "Encrypted");
	assert_int_equal(phone.tone, CALL_TONE_NONE);
	phone.leg.settled = true;
	update(&phone);
	assert_int_equal(phone.tone, CALL_TONE_NONE);
	phone.leg.settled = false;
	says(&phone, ANSWERED, "Encrypted");
	assert_int_equal(phone.tone, CALL_TONE_NONE);
	phone.leg.settled = true;
	update(&phone);
	assert_int_equal(phone.tone, CALL_TONE_SECURE);
}

/* "Play Secure Indication Tone" is off unless it is set, on protected phones as well. */
static void no_tone_unless_it_is_set(void **state)
{
	struct phone phone = phone_make(true, &secure_leg);

	(void)state;
	phone.settings = (struct call_phone){ .is_protected = true };
	says(&phone, ANSWERED, "Encrypted");
	expect(&phone, CALL_ICON_LOCK, CALL_TONE_NONE);
	says(&phone, UPDATED, "NotAuthenticated");
	expect(&phone, CALL_ICON_NONE, CALL_TONE_NONE);
}

static void what_protected_phones_do_without(void **state)
{
	static const char *const words[] = {
		[CALL_FEATURE_CONFERENCE] = "conference",
		[CALL_FEATURE_SHARED_LINE] = "shared line",
		[CALL_FEATURE_EXTENSION_MOBILITY] = "Extension Mobility",
	};

	(void)state;
	for (int feature = 0; feature < 3; feature++) {
		struct call_phone phone = { .is_protected = true };
		struct refusal why;

		assert_int_equal(call_feature_check(&phone, (enum call_feature)feature, &why),
				 -reason_words(REASON_PHONE_PROTECTED)->error);
		assert_string_equal(why.detail, words[feature]);
		phone.is_protected = false;
		assert_int_equal(call_feature_check(&phone, (enum call_feature)feature, &why), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ad_hoc_by_a_nonsecure_phone),
		cmocka_unit_test(ad_hoc_with_a_nonsecure_member),
		cmocka_unit_test(ad_hoc_of_secure_phones),
		cmocka_unit_test(meet_me_refuses_a_nonsecure_phone),
		cmocka_unit_test(meet_me_accepts_all_calls),
		cmocka_unit_test(participants_join_and_leave),
		cmocka_unit_test(media_lowers_and_never_raises),
		cmocka_unit_test(a_pstn_leg_keeps_the_lock),
		cmocka_unit_test(tones_follow_the_state),
		cmocka_unit_test(no_tone_too_early),
		cmocka_unit_test(no_tone_unless_it_is_set),
		cmocka_unit_test(what_protected_phones_do_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
