// SPDX-License-Identifier: Apache-2.0
/* Sessions with a CAPF server: the recorded ones, and everything that may go wrong. */
#include "capf_vector.h"

#include "capf_session.h"

#define AUTH "5501 00000001 0008 070001 03 080001 00"
#define KEY_2048 "5503 00000001 0009 0a0002 0800 110001 00"
#define STORE "5509 00000001 0013 030001 01 04000c 010009 0001 30050203010203"
#define FETCH "550b 00000001 0000"
#define DELETE "550d 00000001 0000"
#define BUSY "5511 00000001 0000"
#define END_OK "550f 00000001 0004 010001 01"
#define END_NOTHING "550f 00000001 0004 010001 00"

static uint8_t answer_bytes[CAPF_ANSWER_MAX];
static struct tlv_writer answer;
static struct capf_step step;
static struct refusal why;
static struct capf_session session;

static int take(struct octets record)
{
	/* In memory of exactly its size, so that a byte read too far is seen. */
	static uint8_t *copy;
	int err;

	free(copy);
	copy = memcpy(malloc(record.len ?: 1), record.at, record.len);
	answer = (struct tlv_writer){ .bytes = answer_bytes, .size = sizeof(answer_bytes) };
	why = (struct refusal){ 0 };
	err = capf_session_take(&session, (struct octets){ copy, record.len }, &step, &answer,
				&why);
	assert_int_equal(err, err ? -reason_words(why.code)->error : 0);
	if (err)
		assert_int_equal(session.state, CAPF_STATE_OVER);
	return err;
}

static enum reason_code hear(const char *text)
{
	uint8_t bytes[512];
	size_t len = hex_read(text, bytes, sizeof(bytes));

	(void)take((struct octets){ bytes, len });
	return why.code;
}

static void said(const struct octets *wanted)
{
	assert_int_equal(answer.len, wanted->len);
	assert_memory_equal(answer.bytes, wanted->at, wanted->len);
}

static void said_hex(const char *text)
{
	uint8_t bytes[512];
	struct octets wanted = { bytes, hex_read(text, bytes, sizeof(bytes)) };

	said(&wanted);
}

static void answer_anew(void)
{
	answer.len = 0;
}

/* As far as the server's first request. */
static void authenticated(const char *request)
{
	const struct capf_identity identity = { .device = CAPF_DEVICE_NAME };

	capf_session_begin(&session, 3);
	assert_int_equal(hear(request), REASON_NONE);
	assert_int_equal(step.action, CAPF_AUTHENTICATE);
	assert_true(capf_session_authenticate(&session, &identity, &answer));
}

/* As far as the server having the public key. */
static void key_sent(void)
{
	static const uint8_t key[] = { 0x30, 0x00 };

	authenticated(AUTH);
	assert_int_equal(hear(KEY_2048), REASON_NONE);
	assert_int_equal(step.action, CAPF_KEY_MAKE);
	assert_true(capf_session_key_made(&session, (struct octets){ key, 2 }, &answer));
}

/* What a phone of a recorded session does; its answer must be the recorded one. */
struct recorded {
	const char *device;
	const char *string;
	bool by_certificate;
	struct octets certificate;
	EVP_PKEY *key;
};

static void recorded_authenticate(const struct recorded *phone)
{
	struct capf_proof proof = { 0 }, sudi = { 0 };
	struct capf_identity identity = { .device = phone->device };

	identity.string = (struct octets){ (const uint8_t *)phone->string, strlen(phone->string) };
	if (phone->by_certificate) {
		assert_int_equal(capf_proof_make(&proof, NULL, phone->key, phone->device,
						 phone->certificate, &why), 0);
		assert_int_equal(capf_proof_make_sudi(&sudi, NULL, phone->key, step.session,
						      phone->certificate, &why), 0);
		identity.certificate = identity.sudi = phone->certificate;
		identity.kind = CAPF_CERTIFICATE_LSC;
		identity.proof = &proof;
		identity.sudi_proof = &sudi;
	}
	assert_true(capf_session_authenticate(&session, &identity, &answer));
}

static void recorded_key(const struct octets *reply)
{
	struct capf_message message;

	assert_int_equal(capf_message_read(&message, *reply, &why), 0);
	assert_true(capf_session_key_made(&session, message.public_key, &answer));
}

static void recorded_step(const struct recorded *phone, const struct octets *reply)
{
	switch (step.action) {
	case CAPF_AUTHENTICATE:
		recorded_authenticate(phone);
		break;
	case CAPF_STORE:
		assert_true(capf_session_stored(&session, true, &answer));
		break;
	case CAPF_DELETE:
		assert_true(capf_session_deleted(&session, true, &answer));
		break;
	default:
		fail_msg("action %d", step.action);
	}
	said(reply);
}

/* Goes through one recorded session; returns the reason of its end. */
static enum reason_code recorded_replay(const struct capf_vector *vectors, size_t count,
					const struct recorded *phone)
{
	capf_session_begin(&session, 3);
	for (size_t i = 0; i < count; i++) {
		struct octets reply = i + 1 < count ? octets_of(&vectors[i + 1]) :
						      (struct octets){ 0 };

		assert_true(vectors[i].is_server);
		if (take(octets_of(&vectors[i])) || step.action == CAPF_END) {
			assert_int_equal(i, count - 1);
			return why.code;
		}
		i++;
		if (step.action == CAPF_KEY_MAKE) {
			said(&reply);
			answer_anew();
			reply = octets_of(&vectors[++i]);
			recorded_key(&reply);
			said(&reply);
		} else {
			recorded_step(phone, &reply);
		}
	}
	fail();
	return REASON_NONE;
}

static void recorded_sessions(void **state)
{
	static struct capf_vector vectors[CAPF_VECTOR_MESSAGES];
	static const struct {
		const char *device;
		const char *string;
		bool by_certificate;
		enum reason_code reason;
		enum capf_outcome outcome;
	} sessions[] = {
		{ CAPF_DEVICE_NAME, "123456", false, REASON_NONE, CAPF_INSTALLED },
		{ CAPF_DEVICE_NAME, "999999", false, REASON_CAPF_REFUSED, CAPF_NOTHING },
		{ "SEP00112233AAAA", "", false, REASON_CAPF_DEVICE, CAPF_NOTHING },
		{ CAPF_DEVICE_NAME, "", true, REASON_NONE, CAPF_INSTALLED },
		{ CAPF_DEVICE_NAME, "", false, REASON_NONE, CAPF_DELETED },
	};
	size_t total = capf_vectors_read(vectors), at = 0;
	struct octets certificate;
	EVP_PKEY *key;

	(void)state;
	certificate = capf_certificate_read(&key);
	for (size_t i = 0; i < sizeof(sessions) / sizeof(*sessions); i++) {
		const struct recorded phone = { sessions[i].device, sessions[i].string,
						sessions[i].by_certificate, certificate, key };
		size_t count = 0;

		while (at + count < total && vectors[at + count].session == i)
			count++;
		assert_int_equal(recorded_replay(vectors + at, count, &phone), sessions[i].reason);
		if (!sessions[i].reason)
			assert_int_equal(step.outcome, sessions[i].outcome);
		at += count;
	}
	assert_int_equal(at, total);
	OPENSSL_free((void *)certificate.at);
	EVP_PKEY_free(key);
}

static void versions(void **state)
{
	(void)state;
	/* The older of both speaks. */
	authenticated("5501 00000001 0004 070001 02");
	assert_int_equal(step.version, 2);
	assert_int_equal(answer.bytes[CAPF_HEAD_LEN + 4 + 3], 2);
	authenticated("5501 00000001 0004 070001 09");
	assert_int_equal(step.version, 3);
	authenticated("5501 00000001 0000");
	assert_int_equal(step.version, 2);
	capf_session_begin(&session, 2);
	assert_int_equal(hear(AUTH), REASON_NONE);
	assert_int_equal(step.version, 2);
	for (unsigned int version = 0; version < 2; version++) {
		char text[64];

		snprintf(text, sizeof(text), "5501 00000001 0004 070001 %02x", version);
		capf_session_begin(&session, 3);
		assert_int_equal(hear(text), REASON_CAPF_VERSION);
	}
}

/* What version 3 has brought is not shown to servers of before. */
static void version_2_by_certificate(void **state)
{
	static const uint8_t der[] = { 0x30, 0x00 };
	const struct capf_proof proof = { .sha1 = "one", .sha1_len = 3, .sha512 = "two",
					  .sha512_len = 3 };
	const struct capf_identity identity = {
		.device = "A", .certificate = { der, 2 }, .kind = CAPF_CERTIFICATE_MIC,
		.proof = &proof, .sudi = { der, 2 }, .sudi_proof = &proof,
	};

	(void)state;
	capf_session_begin(&session, 2);
	assert_int_equal(hear(AUTH), REASON_NONE);
	assert_true(capf_session_authenticate(&session, &identity, &answer));
	said_hex("5502 00000001 0021 010001 01 040007 010004 0002 3000 060003 6f6e65 "
		 "070001 02 0b0001 00 0d0002 4100");
	capf_session_begin(&session, 3);
	assert_int_equal(hear(AUTH), REASON_NONE);
	assert_true(capf_session_authenticate(&session, &identity, &answer));
	said_hex("5502 00000001 003e 010001 01 040007 010004 0002 3000 060003 6f6e65 "
		 "070001 03 0b0001 00 0d0002 4100 "
		 "100011 000002 3000 010003 6f6e65 030003 74776f 140006 030003 74776f");
}

static void modes(void **state)
{
	(void)state;
	for (unsigned int mode = 0; mode < 5; mode++) {
		char text[64];

		snprintf(text, sizeof(text), "5501 00000001 0008 070001 03 080001 %02x", mode);
		capf_session_begin(&session, 3);
		assert_int_equal(hear(text), REASON_NONE);
		assert_int_equal(step.auth, mode);
	}
	capf_session_begin(&session, 3);
	assert_int_equal(hear("5501 00000001 0008 070001 03 080001 05"), REASON_CAPF_UNSUPPORTED);
}

static void keys(void **state)
{
	static const struct {
		const char *elements;
		enum capf_key type;
		unsigned int what; /* bits or curve; 0 for keys that are refused */
	} wanted[] = {
		{ "0005 0a0002 0200", CAPF_KEY_RSA, 512 },
		{ "0009 0a0002 1000 110001 00", CAPF_KEY_RSA, 4096 },
		{ "0008 110001 01 120001 01", CAPF_KEY_EC, CAPF_CURVE_P384 },
		{ "0008 110001 01 120001 02", CAPF_KEY_EC, CAPF_CURVE_P521 },
		{ "0005 0a0002 01ff", 0, 0 },
		{ "0005 0a0002 1001", 0, 0 },
		{ "0004 110001 00", 0, 0 },
		{ "0004 110001 01", 0, 0 },
		{ "0008 110001 01 120001 03", 0, 0 },
		{ "0009 0a0002 0800 110001 02", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		char text[128];

		authenticated(AUTH);
		snprintf(text, sizeof(text), "5503 00000001 %s", wanted[i].elements);
		if (!wanted[i].what) {
			assert_int_equal(hear(text), REASON_CAPF_KEY);
			continue;
		}
		assert_int_equal(hear(text), REASON_NONE);
		assert_int_equal(step.action, CAPF_KEY_MAKE);
		assert_int_equal(step.key_type, wanted[i].type);
		assert_int_equal(wanted[i].type == CAPF_KEY_EC ? step.curve : step.key_size,
				 wanted[i].what);
		/* Before the key is made. */
		said_hex(BUSY);
	}
}

static void one_key_a_session(void **state)
{
	(void)state;
	key_sent();
	assert_int_equal(hear(STORE), REASON_NONE);
	assert_true(capf_session_stored(&session, true, &answer));
	assert_int_equal(hear(KEY_2048), REASON_CAPF_UNSUPPORTED);
}

/* A server that does something else than install after a key, or nothing. */
static void outcomes(void **state)
{
	(void)state;
	authenticated(AUTH);
	assert_int_equal(hear(END_OK), REASON_NONE);
	assert_int_equal(step.action, CAPF_END);
	assert_int_equal(step.outcome, CAPF_NOTHING);
	key_sent();
	assert_int_equal(hear(END_OK), REASON_NONE);
	assert_int_equal(step.outcome, CAPF_NOTHING);
	key_sent();
	assert_int_equal(hear(STORE), REASON_NONE);
	assert_true(capf_session_stored(&session, false, &answer));
	said_hex("550a 00000001 0004 010001 07");
	assert_int_equal(hear(END_OK), REASON_NONE);
	assert_int_equal(step.outcome, CAPF_NOTHING);
	key_sent();
	assert_int_equal(hear(STORE), REASON_NONE);
	assert_int_equal(step.certificate.len, 7);
	assert_true(capf_session_stored(&session, true, &answer));
	assert_int_equal(hear(END_NOTHING), REASON_NONE);
	assert_int_equal(step.outcome, CAPF_INSTALLED);
}

static void fetching(void **state)
{
	static const uint8_t der[] = { 0x30, 0x00 };

	(void)state;
	authenticated(AUTH);
	assert_int_equal(hear(FETCH), REASON_NONE);
	assert_int_equal(step.action, CAPF_FETCH);
	assert_int_equal(step.type, CAPF_CERTIFICATE_ANY);
	assert_true(capf_session_fetched(&session, (struct octets){ der, 2 },
					 CAPF_CERTIFICATE_MIC, &answer));
	said_hex("550c 00000001 000e 010001 01 040007 010004 0002 3000");
	assert_int_equal(hear(END_NOTHING), REASON_NONE);
	assert_int_equal(step.outcome, CAPF_FETCHED);
	authenticated(AUTH);
	assert_int_equal(hear("550b 00000001 0004 030001 02"), REASON_NONE);
	assert_int_equal(step.type, CAPF_CERTIFICATE_MIC);
	assert_true(capf_session_fetched(&session, (struct octets){ NULL, 0 }, 0, &answer));
	said_hex("550c 00000001 0004 010001 07");
	assert_int_equal(hear(END_NOTHING), REASON_NONE);
	assert_int_equal(step.outcome, CAPF_NOTHING);
}

static void deleting(void **state)
{
	(void)state;
	authenticated(AUTH);
	assert_int_equal(hear(DELETE), REASON_NONE);
	assert_int_equal(step.action, CAPF_DELETE);
	assert_true(capf_session_deleted(&session, false, &answer));
	said_hex("550e 00000001 0004 010001 07");
	assert_int_equal(hear(END_OK), REASON_NONE);
	assert_int_equal(step.outcome, CAPF_NOTHING);
}

static void later(void **state)
{
	static const struct {
		const char *elements;
		unsigned int wait_s;
	} waits[] = {
		{ "0004 0c0001 05", 5 }, { "0000", CAPF_RETRY_DEFAULT_S },
		{ "0007 0c0004 ffffffff", CAPF_RETRY_MAX_S },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		char text[64];

		snprintf(text, sizeof(text), "5510 00000001 %s", waits[i].elements);
		capf_session_begin(&session, 3);
		if (i)
			key_sent();
		assert_int_equal(hear(text), REASON_NONE);
		assert_int_equal(step.action, CAPF_WAIT);
		assert_int_equal(step.wait_s, waits[i].wait_s);
		assert_int_equal(hear(BUSY), REASON_CAPF_MESSAGE);
	}
}

static void refusals(void **state)
{
	(void)state;
	authenticated(AUTH);
	assert_int_equal(hear("550f 00000001 000f 010001 07 020008 6e 07 74 20 79 6f 75 00"),
			 REASON_CAPF_REFUSED);
	assert_string_equal(why.detail, "reason 7: n?t you");
	authenticated(AUTH);
	assert_int_equal(hear("550f 00000001 0004 010001 09"), REASON_CAPF_DEVICE);
	authenticated(AUTH);
	assert_int_equal(hear("550f 00000001 0004 010001 2a"), REASON_CAPF_REFUSED);
	assert_string_equal(why.detail, "reason 42");
	authenticated(AUTH);
	assert_int_equal(hear("550f 00000001 0000"), REASON_CAPF_MESSAGE);
	authenticated(AUTH);
	assert_int_equal(hear("5514 00000001 0000"), REASON_CAPF_REFUSED);
	/* At once, before anybody has shown who he is. */
	capf_session_begin(&session, 3);
	assert_int_equal(hear("550f 00000001 0004 010001 07"), REASON_CAPF_REFUSED);
}

/* Each message in each state: none is taken but those that belong there. */
static void turns(void **state)
{
	static const char *const messages[] = { AUTH, KEY_2048, STORE, FETCH, DELETE };
	/* Which of them each state takes. */
	static const char taken[][5] = {
		[CAPF_STATE_NEW] = { 1, 0, 0, 0, 0 },
		[CAPF_STATE_AUTHENTICATING] = { 0, 0, 0, 0, 0 },
		[CAPF_STATE_READY] = { 0, 1, 0, 1, 1 },
		[CAPF_STATE_KEY] = { 0, 0, 0, 0, 0 },
		[CAPF_STATE_CERTIFICATE] = { 0, 0, 1, 0, 0 },
		[CAPF_STATE_STORING] = { 0, 0, 0, 0, 0 },
		[CAPF_STATE_FETCHING] = { 0, 0, 0, 0, 0 },
		[CAPF_STATE_DELETING] = { 0, 0, 0, 0, 0 },
		[CAPF_STATE_OVER] = { 0, 0, 0, 0, 0 },
	};

	(void)state;
	for (unsigned int in = CAPF_STATE_NEW; in <= CAPF_STATE_OVER; in++) {
		for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++) {
			capf_session_begin(&session, 3);
			session.state = in;
			assert_int_equal(hear(messages[i]), taken[in][i] ? REASON_NONE :
							    REASON_CAPF_MESSAGE);
		}
		for (unsigned int command = 0; command < 256; command++) {
			char text[32];

			if ((command >= CAPF_AUTH_REQUEST && command <= CAPF_KEY_REQUEST) ||
			    (command >= CAPF_STORE_REQUEST && command <= CAPF_IN_PROGRESS) ||
			    command == CAPF_ABORT_REQUEST)
				continue;
			capf_session_begin(&session, 3);
			session.state = in;
			snprintf(text, sizeof(text), "55%02x 00000001 0000", command);
			assert_int_equal(hear(text), in == CAPF_STATE_OVER ? REASON_CAPF_MESSAGE :
							  REASON_CAPF_UNSUPPORTED);
		}
	}
}

/* The owner out of turn: nothing is written. */
static void owner_out_of_turn(void **state)
{
	const struct capf_identity identity = { .device = CAPF_DEVICE_NAME };
	const struct octets none = { 0 };

	(void)state;
	answer = (struct tlv_writer){ .bytes = answer_bytes, .size = sizeof(answer_bytes) };
	for (int call = 0; call < 5; call++) {
		capf_session_begin(&session, 3);
		assert_false(call == 0 ? capf_session_authenticate(&session, &identity, &answer) :
			     call == 1 ? capf_session_key_made(&session, none, &answer) :
			     call == 2 ? capf_session_stored(&session, true, &answer) :
			     call == 3 ? capf_session_fetched(&session, none, 0, &answer) :
					 capf_session_deleted(&session, true, &answer));
		assert_int_equal(session.state, CAPF_STATE_OVER);
		assert_int_equal(answer.len, 0);
	}
}

static void strangers(void **state)
{
	(void)state;
	/* Another session, and more messages than any operation has. */
	authenticated(AUTH);
	assert_int_equal(hear("5503 00000002 0005 0a0002 0800"), REASON_CAPF_MESSAGE);
	authenticated(AUTH);
	for (unsigned int i = 1; i < CAPF_SESSION_RECORDS_MAX; i++) {
		assert_int_equal(hear(BUSY), REASON_NONE);
		assert_int_equal(step.action, CAPF_GO_ON);
		assert_int_equal(answer.len, 0);
	}
	assert_int_equal(hear(BUSY), REASON_CAPF_MESSAGE);
	/* The MIC is for good. */
	key_sent();
	assert_int_equal(hear("5509 00000001 000d 030001 02 040006 010003 0002 30"),
			 REASON_CAPF_UNSUPPORTED);
	key_sent();
	assert_int_equal(hear("5509 00000001 0004 030001 01"), REASON_CAPF_MESSAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_sessions),
		cmocka_unit_test(versions),
		cmocka_unit_test(version_2_by_certificate),
		cmocka_unit_test(modes),
		cmocka_unit_test(keys),
		cmocka_unit_test(one_key_a_session),
		cmocka_unit_test(outcomes),
		cmocka_unit_test(fetching),
		cmocka_unit_test(deleting),
		cmocka_unit_test(later),
		cmocka_unit_test(refusals),
		cmocka_unit_test(turns),
		cmocka_unit_test(owner_out_of_turn),
		cmocka_unit_test(strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
