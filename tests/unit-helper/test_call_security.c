// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "call_security.h"

#define START "SIP/2.0 200 OK\r\nVia: SIP/2.0/TLS a\r\nFrom: <sip:a@b>;tag=1\r\n" \
	"To: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
#define INFO "Call-Info: <urn:x-cisco-remotecc:callinfo>;"

static enum call_security told(const char *fields, enum call_security before)
{
	static struct sip_message message;
	struct sip_frame frame;
	struct refusal why;
	char text[1024];

	snprintf(text, sizeof(text), START "%s\r\n", fields);
	assert_int_equal(sip_frame_datagram(&frame, text, strlen(text), &why), 0);
	assert_int_equal(sip_message_parse(&message, text, &frame, &why), 0);
	call_security_told(&message, &before);
	return before;
}

static void what_the_call_manager_says(void **state)
{
	static const struct {
		const char *fields;
		enum call_security told;
	} cases[] = {
		{ "", CALL_SECURITY_AUTHENTICATED },
		{ INFO " security= Encrypted; orientation= to; gci= 1-1234\r\n",
		  CALL_SECURITY_ENCRYPTED },
		{ INFO "SECURITY=encrypted\r\n", CALL_SECURITY_ENCRYPTED },
		{ INFO " security= Authenticated\r\n", CALL_SECURITY_AUTHENTICATED },
		{ INFO " security= NotAuthenticated\r\n", CALL_SECURITY_NOT_AUTHENTICATED },
		{ INFO " security= Unknown\r\n", CALL_SECURITY_UNKNOWN },
		{ INFO " security= Perfect\r\n", CALL_SECURITY_UNKNOWN },
		{ INFO " isVoip\r\n", CALL_SECURITY_UNKNOWN },
		{ "Call-Info: <http://b/photo.png>;purpose=icon;security=Unknown\r\n",
		  CALL_SECURITY_AUTHENTICATED },
		{ "Call-Info: <http://b/a,b.png>,<urn:x-cisco-remotecc:callinfo>;security=Encrypted\r\n"
		  INFO "security= NotAuthenticated\r\n", CALL_SECURITY_NOT_AUTHENTICATED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(told(cases[i].fields, CALL_SECURITY_AUTHENTICATED),
				 cases[i].told);
}

static const struct call_leg encrypted = {
	.signalling_secure = true, .media = 2, .media_secure = 2, .heard = 2, .settled = true,
};
static const struct call_phone unprotected = { .plays_tone = true };
static const struct call_phone guarded = { .is_protected = true, .plays_tone = true };

static void own_leg(void **state)
{
	struct call_leg leg = encrypted;

	(void)state;
	assert_int_equal(call_security_own(&leg), CALL_SECURITY_ENCRYPTED);
	leg.heard = 1;
	assert_int_equal(call_security_own(&leg), CALL_SECURITY_AUTHENTICATED);
	leg = encrypted;
	leg.media_secure = 1;
	assert_int_equal(call_security_own(&leg), CALL_SECURITY_AUTHENTICATED);
	leg = encrypted;
	leg.media = leg.media_secure = leg.heard = 0;
	assert_int_equal(call_security_own(&leg), CALL_SECURITY_AUTHENTICATED);
	leg = encrypted;
	leg.signalling_secure = false;
	assert_int_equal(call_security_own(&leg), CALL_SECURITY_NOT_AUTHENTICATED);
}

/* The phone lowers what the call manager says and never raises it. */
static void lowest_of_both(void **state)
{
	enum call_tone tone;

	(void)state;
	for (int said = CALL_SECURITY_UNKNOWN; said <= CALL_SECURITY_ENCRYPTED; said++) {
		struct call_state call = { .told = (enum call_security)said };
		struct call_leg leg = encrypted;

		assert_int_equal(call_state_update(&call, &leg, &unprotected, &tone), said != 0);
		assert_int_equal(call.shown, said);
		assert_false(call_state_update(&call, &leg, &unprotected, &tone));
		leg.signalling_secure = false;
		call_state_update(&call, &leg, &unprotected, &tone);
		assert_true(call.shown <= CALL_SECURITY_NOT_AUTHENTICATED);
		assert_true((int)call.shown <= said);
	}
}

static enum call_tone update(struct call_state *call, const struct call_leg *leg,
			     const struct call_phone *phone)
{
	enum call_tone tone;

	call_state_update(call, leg, phone, &tone);
	return tone;
}

static void tones(void **state)
{
	struct call_state call = { .told = CALL_SECURITY_ENCRYPTED };
	struct call_leg leg = encrypted;

	(void)state;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_NONE);
	call.connected = true;
	leg.settled = false;
	leg.heard = 0;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_NONE);
	leg = encrypted;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_SECURE);
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_NONE);
	/* A nonsecure participant joins, and leaves. */
	call.told = CALL_SECURITY_NOT_AUTHENTICATED;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_NONSECURE);
	call.told = CALL_SECURITY_AUTHENTICATED;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_NONE);
	call.told = CALL_SECURITY_UNKNOWN;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_NONE);
	call.told = CALL_SECURITY_ENCRYPTED;
	assert_int_equal(update(&call, &leg, &guarded), CALL_TONE_SECURE);
}

static void no_tone_unless_protected_and_set(void **state)
{
	static const struct call_phone quiet = { .is_protected = true };

	(void)state;
	for (int said = CALL_SECURITY_UNKNOWN; said <= CALL_SECURITY_ENCRYPTED; said++) {
		struct call_state call = { .told = (enum call_security)said, .connected = true };

		assert_int_equal(update(&call, &encrypted, &unprotected), CALL_TONE_NONE);
		assert_int_equal(update(&call, &encrypted, &quiet), CALL_TONE_NONE);
	}
}

static void icons(void **state)
{
	(void)state;
	assert_int_equal(call_security_icon(CALL_SECURITY_ENCRYPTED), CALL_ICON_LOCK);
	assert_int_equal(call_security_icon(CALL_SECURITY_AUTHENTICATED), CALL_ICON_SHIELD);
	assert_int_equal(call_security_icon(CALL_SECURITY_NOT_AUTHENTICATED), CALL_ICON_NONE);
	assert_int_equal(call_security_icon(CALL_SECURITY_UNKNOWN), CALL_ICON_NONE);
	assert_string_equal(call_security_name(CALL_SECURITY_NOT_AUTHENTICATED),
			    "NotAuthenticated");
}

static void features_of_protected_phones(void **state)
{
	struct refusal why;

	(void)state;
	for (int feature = 0; feature <= CALL_FEATURE_EXTENSION_MOBILITY; feature++) {
		assert_int_equal(call_feature_check(&unprotected, (enum call_feature)feature,
						    &why), 0);
		assert_int_equal(call_feature_check(&guarded, (enum call_feature)feature, &why),
				 -reason_words(REASON_PHONE_PROTECTED)->error);
	}
	assert_string_equal(why.detail, "Extension Mobility");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_call_manager_says),
		cmocka_unit_test(own_leg),
		cmocka_unit_test(lowest_of_both),
		cmocka_unit_test(tones),
		cmocka_unit_test(no_tone_unless_protected_and_set),
		cmocka_unit_test(icons),
		cmocka_unit_test(features_of_protected_phones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
