// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/capf_session.c userspace/lib/capf_message.c userspace/lib/tlv.c */
/* sources: userspace/lib/reason.c */
/*
 * A whole session with a server that sends anything: each answer is one message of the kind
 * that belongs there, and nothing comes of a session that this phone did not agree to and the
 * server did not end well. The input is the server's messages one behind the other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capf_session.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static uint8_t answer_bytes[CAPF_ANSWER_MAX];

/* What the phone agreed to so far. */
struct agreed {
	bool shown;
	bool key;
	bool stored;
	bool deleted;
	bool fetched;
};

static void check_answer(const struct tlv_writer *answer, enum capf_command command)
{
	struct capf_message message;
	struct refusal why;

	DEMAND(!answer->full);
	DEMAND(!capf_message_read(&message, (struct octets){ answer->bytes, answer->len }, &why));
	DEMAND(message.command == command);
}

/* Does its part; half of what a server wants is refused. */
static void step_do(struct capf_session *session, const struct capf_step *step,
		    struct agreed *agreed, struct tlv_writer *answer)
{
	static const uint8_t der[] = { 0x30, 0x00 };
	static const struct capf_proof proof = { .sha1_len = 20, .sha512_len = 64 };
	struct capf_identity identity = { .device = "SEP001122334455", .string = { der, 0 } };
	bool is_good = session->id & 1;

	switch (step->action) {
	case CAPF_AUTHENTICATE:
		DEMAND(!agreed->shown && step->version >= 2 && step->version <= 3);
		if (is_good) {
			identity.certificate = identity.sudi = (struct octets){ der, 2 };
			identity.proof = identity.sudi_proof = &proof;
		}
		DEMAND(capf_session_authenticate(session, &identity, answer));
		check_answer(answer, CAPF_AUTH_RESPONSE);
		agreed->shown = true;
		break;
	case CAPF_KEY_MAKE:
		DEMAND(agreed->shown && !agreed->key);
		check_answer(answer, CAPF_IN_PROGRESS);
		answer->len = 0;
		DEMAND(step->key_type == CAPF_KEY_EC ? step->curve <= CAPF_CURVE_P521 :
		       step->key_size >= 512 && step->key_size <= 4096);
		DEMAND(capf_session_key_made(session, (struct octets){ der, 2 }, answer));
		check_answer(answer, CAPF_KEY_RESPONSE);
		agreed->key = true;
		break;
	case CAPF_STORE:
		DEMAND(agreed->key && step->certificate.len);
		DEMAND(capf_session_stored(session, is_good, answer));
		check_answer(answer, CAPF_STORE_RESPONSE);
		agreed->stored |= is_good;
		break;
	case CAPF_FETCH:
		DEMAND(agreed->shown);
		DEMAND(capf_session_fetched(session, (struct octets){ der, is_good ? 2 : 0 },
					    CAPF_CERTIFICATE_LSC, answer));
		check_answer(answer, CAPF_FETCH_RESPONSE);
		agreed->fetched |= is_good;
		break;
	case CAPF_DELETE:
		DEMAND(agreed->shown);
		DEMAND(capf_session_deleted(session, is_good, answer));
		check_answer(answer, CAPF_DELETE_RESPONSE);
		agreed->deleted |= is_good;
		break;
	case CAPF_WAIT:
		DEMAND(step->wait_s && step->wait_s <= CAPF_RETRY_MAX_S);
		break;
	case CAPF_END:
		DEMAND(step->outcome != CAPF_INSTALLED || agreed->stored);
		DEMAND(step->outcome != CAPF_DELETED || agreed->deleted);
		DEMAND(step->outcome != CAPF_FETCHED || agreed->fetched);
		break;
	case CAPF_GO_ON:
		DEMAND(!answer->len);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct agreed agreed = { 0 };
	struct capf_session session;
	unsigned int taken = 0;
	struct refusal why;

	capf_session_begin(&session, 3);
	while (len) {
		struct tlv_writer answer = { .bytes = answer_bytes, .size = CAPF_ANSWER_MAX };
		ssize_t frame = capf_frame((struct octets){ data, len }, &why);
		struct capf_step step;

		if (frame <= 0)
			break;
		if (capf_session_take(&session, (struct octets){ data, (size_t)frame }, &step,
				      &answer, &why)) {
			DEMAND(why.code && session.state == CAPF_STATE_OVER);
		} else {
			DEMAND(++taken <= CAPF_SESSION_RECORDS_MAX);
			step_do(&session, &step, &agreed, &answer);
		}
		data += frame;
		len -= (size_t)frame;
	}
	return 0;
}
