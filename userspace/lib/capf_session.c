// SPDX-License-Identifier: Apache-2.0
#include "capf_session.h"

#include <string.h>

enum {
	VERSION_MIN = 2,
	VERSION_MAX = 3,
	RSA_BITS_MIN = 512,
	RSA_BITS_MAX = 4096,
};

void capf_session_begin(struct capf_session *session, unsigned int version_max)
{
	*session = (struct capf_session){ .version_max = VERSION_MAX };
	if (version_max >= VERSION_MIN && version_max < VERSION_MAX)
		session->version_max = (uint8_t)version_max;
}

static bool has(const struct capf_message *message, enum capf_tag tag)
{
	return message->has & CAPF_HAS(tag);
}

static struct capf_message answer_begin(const struct capf_session *session,
					enum capf_command command)
{
	return (struct capf_message){ .command = (uint8_t)command, .session = session->id };
}

static void reason_put(struct capf_message *message, enum capf_reason reason)
{
	message->has |= CAPF_HAS(CAPF_TAG_REASON);
	message->reason = (uint8_t)reason;
}

/* An answer of the owner, whose turn ends with it. */
static bool owner_answer(struct capf_session *session, enum capf_state turn, enum capf_state next,
			 const struct capf_message *message, struct tlv_writer *answer)
{
	bool is_turn = session->state == turn;

	session->state = is_turn ? next : CAPF_STATE_OVER;
	if (is_turn && capf_message_write(answer, message))
		return true;
	session->state = CAPF_STATE_OVER;
	return false;
}

static int auth_request(struct capf_session *session, const struct capf_message *message,
			struct capf_step *step, struct refusal *why)
{
	/* One that names no version speaks as the first phones did. */
	uint8_t version = has(message, CAPF_TAG_VERSION) ? message->version : VERSION_MIN;

	if (version < VERSION_MIN)
		return refusal_set(why, REASON_CAPF_VERSION, "the server has version %u", version);
	if (message->auth > CAPF_AUTH_MIC)
		return refusal_set(why, REASON_CAPF_UNSUPPORTED, "authentication mode %u",
				   message->auth);
	session->id = message->session;
	session->version = version < session->version_max ? version : session->version_max;
	session->state = CAPF_STATE_AUTHENTICATING;
	step->action = CAPF_AUTHENTICATE;
	step->auth = message->auth;
	step->session = session->id;
	step->version = session->version;
	return 0;
}

static int key_read(const struct capf_message *message, struct capf_step *step,
		    struct refusal *why)
{
	step->key_type = message->key_type;
	step->key_size = message->key_size;
	step->curve = message->curve;
	if (message->key_type == CAPF_KEY_EC) {
		if (has(message, CAPF_TAG_CURVE) && message->curve <= CAPF_CURVE_P521)
			return 0;
		return refusal_set(why, REASON_CAPF_KEY, "EC, curve %u", message->curve);
	}
	if (message->key_type != CAPF_KEY_RSA)
		return refusal_set(why, REASON_CAPF_KEY, "key type %u", message->key_type);
	if (message->key_size < RSA_BITS_MIN || message->key_size > RSA_BITS_MAX)
		return refusal_set(why, REASON_CAPF_KEY, "RSA of %u bits", message->key_size);
	return 0;
}

static int key_request(struct capf_session *session, const struct capf_message *message,
		       struct capf_step *step, struct tlv_writer *answer, struct refusal *why)
{
	struct capf_message busy = answer_begin(session, CAPF_IN_PROGRESS);
	int err;

	if (session->has_key)
		return refusal_set(why, REASON_CAPF_UNSUPPORTED, "a second key in one session");
	err = key_read(message, step, why);
	if (err)
		return err;
	/* A large key takes longer than some servers wait in silence. */
	if (!capf_message_write(answer, &busy))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	session->has_key = true;
	session->state = CAPF_STATE_KEY;
	step->action = CAPF_KEY_MAKE;
	return 0;
}

static int store_request(struct capf_session *session, const struct capf_message *message,
			 struct capf_step *step, struct refusal *why)
{
	if (!message->certificate.len)
		return refusal_set(why, REASON_CAPF_MESSAGE, "%s without a certificate",
				   capf_command_name(message->command));
	if (has(message, CAPF_TAG_CERTIFICATE_TYPE) &&
	    message->certificate_type != CAPF_CERTIFICATE_LSC)
		return refusal_set(why, REASON_CAPF_UNSUPPORTED,
				   "a certificate of type %u is not replaced",
				   message->certificate_type);
	session->state = CAPF_STATE_STORING;
	step->action = CAPF_STORE;
	step->certificate = message->certificate;
	return 0;
}

static int type_request(struct capf_session *session, const struct capf_message *message,
			struct capf_step *step)
{
	bool is_fetch = message->command == CAPF_FETCH_REQUEST;

	session->state = is_fetch ? CAPF_STATE_FETCHING : CAPF_STATE_DELETING;
	step->action = is_fetch ? CAPF_FETCH : CAPF_DELETE;
	step->type = message->certificate_type;
	return 0;
}

/* What the server says in its own words, of which only what can be printed is shown. */
static int refused(const struct capf_message *message, enum reason_code code,
		   struct refusal *why)
{
	char words[128];
	size_t len = message->reason_info.len;

	if (len >= sizeof(words))
		len = sizeof(words) - 1;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = message->reason_info.at[i];

		words[i] = c >= ' ' && c <= '~' ? (char)c : '?';
	}
	words[len] = '\0';
	return refusal_set(why, code, "reason %u%s%s", message->reason, len ? ": " : "", words);
}

static int end_session(struct capf_session *session, const struct capf_message *message,
		       struct capf_step *step, struct refusal *why)
{
	session->state = CAPF_STATE_OVER;
	if (!has(message, CAPF_TAG_REASON))
		return refusal_set(why, REASON_CAPF_MESSAGE, "%s without a reason",
				   capf_command_name(message->command));
	switch (message->reason) {
	case CAPF_REASON_NOTHING:
	case CAPF_REASON_OK:
		step->action = CAPF_END;
		step->outcome = session->outcome;
		return 0;
	case CAPF_REASON_UNKNOWN_DEVICE:
		return refused(message, REASON_CAPF_DEVICE, why);
	default:
		return refused(message, REASON_CAPF_REFUSED, why);
	}
}

static int retry_later(struct capf_session *session, const struct capf_message *message,
		       struct capf_step *step)
{
	session->state = CAPF_STATE_OVER;
	step->action = CAPF_WAIT;
	step->wait_s = message->retry_s ?: CAPF_RETRY_DEFAULT_S;
	if (step->wait_s > CAPF_RETRY_MAX_S)
		step->wait_s = CAPF_RETRY_MAX_S;
	return 0;
}

static int out_of_turn(const struct capf_message *message, struct refusal *why)
{
	switch (message->command) {
	case CAPF_AUTH_REQUEST:
	case CAPF_KEY_REQUEST:
	case CAPF_STORE_REQUEST:
	case CAPF_FETCH_REQUEST:
	case CAPF_DELETE_REQUEST:
		return refusal_set(why, REASON_CAPF_MESSAGE, "%s out of turn",
				   capf_command_name(message->command));
	case CAPF_ABORT_REQUEST:
		return refusal_set(why, REASON_CAPF_REFUSED, "the server aborts the session");
	default:
		return refusal_set(why, REASON_CAPF_UNSUPPORTED, "%s (%u)",
				   capf_command_name(message->command), message->command);
	}
}

/* Requests, each in the states where it can come. */
static int request_take(struct capf_session *session, const struct capf_message *message,
			struct capf_step *step, struct tlv_writer *answer, struct refusal *why)
{
	bool is_ready = session->state == CAPF_STATE_READY;

	switch (message->command) {
	case CAPF_AUTH_REQUEST:
		if (session->state == CAPF_STATE_NEW)
			return auth_request(session, message, step, why);
		break;
	case CAPF_KEY_REQUEST:
		if (is_ready)
			return key_request(session, message, step, answer, why);
		break;
	case CAPF_STORE_REQUEST:
		if (session->state == CAPF_STATE_CERTIFICATE)
			return store_request(session, message, step, why);
		break;
	case CAPF_FETCH_REQUEST:
	case CAPF_DELETE_REQUEST:
		if (is_ready)
			return type_request(session, message, step);
		break;
	case CAPF_END_SESSION:
		return end_session(session, message, step, why);
	case CAPF_RETRY_LATER:
		return retry_later(session, message, step);
	case CAPF_IN_PROGRESS:
		return 0;
	}
	return out_of_turn(message, why);
}

int capf_session_take(struct capf_session *session, struct octets record, struct capf_step *step,
		      struct tlv_writer *answer, struct refusal *why)
{
	struct capf_message message;
	int err;

	*step = (struct capf_step){ .action = CAPF_GO_ON };
	err = capf_message_read(&message, record, why);
	if (!err && session->state == CAPF_STATE_OVER)
		err = refusal_set(why, REASON_CAPF_MESSAGE, "%s after the end",
				  capf_command_name(message.command));
	if (!err && ++session->records > CAPF_SESSION_RECORDS_MAX)
		err = refusal_set(why, REASON_CAPF_MESSAGE, "more than %d messages",
				  CAPF_SESSION_RECORDS_MAX);
	if (!err && session->id && message.session != session->id)
		err = refusal_set(why, REASON_CAPF_MESSAGE, "session %u became session %u",
				  session->id, message.session);
	if (!err)
		err = request_take(session, &message, step, answer, why);
	if (err)
		session->state = CAPF_STATE_OVER;
	return err;
}

static void signature_put(struct capf_message *message, enum capf_tag tag, struct octets *field,
			  const uint8_t *bytes, size_t len)
{
	if (!len)
		return;
	message->has |= CAPF_HAS(tag);
	*field = (struct octets){ bytes, len };
}

static void sudi_put(struct capf_message *message, const struct capf_identity *identity)
{
	const struct capf_proof *proof = identity->sudi_proof;

	message->has |= CAPF_HAS(CAPF_TAG_SUDI);
	message->sudi_certificate = identity->sudi;
	message->sudi_signature = (struct octets){ proof->sha1, proof->sha1_len };
	message->sudi_signature_sha2 = (struct octets){ proof->sha512, proof->sha512_len };
}

static void certificate_put(struct capf_message *message, const struct capf_session *session,
			    const struct capf_identity *identity)
{
	const struct capf_proof *proof = identity->proof;

	message->has |= CAPF_HAS(CAPF_TAG_CERTIFICATE);
	message->certificate = identity->certificate;
	message->certificate_kind = (uint8_t)identity->kind;
	signature_put(message, CAPF_TAG_SIGNATURE, &message->signature, proof->sha1,
		      proof->sha1_len);
	if (session->version < VERSION_MAX)
		return;
	signature_put(message, CAPF_TAG_SIGNATURE_SHA2, &message->signature_sha2, proof->sha512,
		      proof->sha512_len);
	if (identity->sudi.len)
		sudi_put(message, identity);
}

bool capf_session_authenticate(struct capf_session *session, const struct capf_identity *identity,
			       struct tlv_writer *answer)
{
	struct capf_message message = answer_begin(session, CAPF_AUTH_RESPONSE);

	reason_put(&message, CAPF_REASON_OK);
	message.has |= CAPF_HAS(CAPF_TAG_VERSION) | CAPF_HAS(CAPF_TAG_STRING) |
		       CAPF_HAS(CAPF_TAG_DEVICE);
	message.version = session->version;
	message.string = identity->string;
	message.device = (struct octets){ (const uint8_t *)identity->device,
					  strlen(identity->device) };
	if (identity->certificate.len)
		certificate_put(&message, session, identity);
	return owner_answer(session, CAPF_STATE_AUTHENTICATING, CAPF_STATE_READY, &message, answer);
}

bool capf_session_key_made(struct capf_session *session, struct octets public_key,
			   struct tlv_writer *answer)
{
	struct capf_message message = answer_begin(session, CAPF_KEY_RESPONSE);

	message.has |= CAPF_HAS(CAPF_TAG_PUBLIC_KEY);
	message.public_key = public_key;
	return owner_answer(session, CAPF_STATE_KEY, CAPF_STATE_CERTIFICATE, &message, answer);
}

bool capf_session_stored(struct capf_session *session, bool is_good, struct tlv_writer *answer)
{
	struct capf_message message = answer_begin(session, CAPF_STORE_RESPONSE);

	reason_put(&message, is_good ? CAPF_REASON_OK : CAPF_REASON_REFUSED);
	if (is_good)
		session->outcome = CAPF_INSTALLED;
	return owner_answer(session, CAPF_STATE_STORING, CAPF_STATE_READY, &message, answer);
}

bool capf_session_fetched(struct capf_session *session, struct octets certificate,
			  enum capf_certificate kind, struct tlv_writer *answer)
{
	struct capf_message message = answer_begin(session, CAPF_FETCH_RESPONSE);

	reason_put(&message, certificate.len ? CAPF_REASON_OK : CAPF_REASON_REFUSED);
	if (certificate.len) {
		message.has |= CAPF_HAS(CAPF_TAG_CERTIFICATE);
		message.certificate = certificate;
		message.certificate_kind = (uint8_t)kind;
	}
	if (session->outcome == CAPF_NOTHING && certificate.len)
		session->outcome = CAPF_FETCHED;
	return owner_answer(session, CAPF_STATE_FETCHING, CAPF_STATE_READY, &message, answer);
}

bool capf_session_deleted(struct capf_session *session, bool is_there, struct tlv_writer *answer)
{
	struct capf_message message = answer_begin(session, CAPF_DELETE_RESPONSE);

	reason_put(&message, is_there ? CAPF_REASON_OK : CAPF_REASON_REFUSED);
	if (is_there)
		session->outcome = CAPF_DELETED;
	return owner_answer(session, CAPF_STATE_DELETING, CAPF_STATE_READY, &message, answer);
}
