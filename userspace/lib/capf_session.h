/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session with the Certificate Authority Proxy Function from the phone's side, without
 * any I/O: messages of the server go in, what is to be done comes out. The server leads.
 *
 * Whatever the server asked for takes effect when the session ends well and not before:
 * a session that is cut off anywhere leaves the phone with the certificate that it had.
 */
#ifndef PHONESEC_CAPF_SESSION_H
#define PHONESEC_CAPF_SESSION_H

#include "capf_message.h"
#include "capf_proof.h"

enum {
	/* Messages of one session, more than any operation has. */
	CAPF_SESSION_RECORDS_MAX = 32,
	/* Room for the largest answer: three certificates and five signatures. */
	CAPF_ANSWER_MAX = 65536,
	/* When a server that wants to be asked later does not say when. */
	CAPF_RETRY_DEFAULT_S = 30,
	CAPF_RETRY_MAX_S = 3600,
};

/* What the owner of a session does next. */
enum capf_action {
	CAPF_GO_ON, /* nothing but to wait for the server */
	CAPF_AUTHENTICATE, /* show who this phone is: capf_session_authenticate() */
	CAPF_KEY_MAKE, /* send the answer, make a key: capf_session_key_made() */
	CAPF_STORE, /* check the certificate and keep it at hand: capf_session_stored() */
	CAPF_FETCH, /* hand out a certificate: capf_session_fetched() */
	CAPF_DELETE, /* whether there is an LSC to be deleted: capf_session_deleted() */
	CAPF_WAIT, /* the server is to be asked again after a time; the session is over */
	CAPF_END, /* the session is over, and was a success */
};

/* What an ended session came to, to be put into effect now. */
enum capf_outcome {
	CAPF_NOTHING, /* the server had nothing for this phone */
	CAPF_INSTALLED, /* the certificate of CAPF_STORE is the LSC from now on */
	CAPF_DELETED, /* the LSC is to be removed */
	CAPF_FETCHED, /* a certificate was handed out, nothing changes */
};

/**
 * struct capf_step - what a message of the server leads to
 * @action: what to do
 * @auth: for CAPF_AUTHENTICATE: %CAPF_AUTH_NONE when the server leaves it to the phone
 * @session: for CAPF_AUTHENTICATE: number of the session
 * @version: for CAPF_AUTHENTICATE: of the protocol; SUDI and SHA-512 are of version 3
 * @key_type: for CAPF_KEY_MAKE: enum capf_key
 * @key_size: for CAPF_KEY_MAKE: bits of an RSA key
 * @curve: for CAPF_KEY_MAKE: enum capf_curve
 * @certificate: for CAPF_STORE: DER; lies in the message
 * @type: for CAPF_FETCH and CAPF_DELETE: enum capf_certificate, or a number that is not known
 * @wait_s: for CAPF_WAIT: seconds
 * @outcome: for CAPF_END
 */
struct capf_step {
	enum capf_action action;
	enum capf_auth auth;
	uint32_t session;
	uint8_t version;
	enum capf_key key_type;
	unsigned int key_size;
	enum capf_curve curve;
	struct octets certificate;
	enum capf_certificate type;
	unsigned int wait_s;
	enum capf_outcome outcome;
};

enum capf_state {
	CAPF_STATE_NEW, /* the server has to begin */
	CAPF_STATE_AUTHENTICATING, /* the owner's turn */
	CAPF_STATE_READY, /* the server may ask for anything */
	CAPF_STATE_KEY, /* the owner's turn */
	CAPF_STATE_CERTIFICATE, /* the server has the public key */
	CAPF_STATE_STORING, /* the owner's turn */
	CAPF_STATE_FETCHING, /* the owner's turn */
	CAPF_STATE_DELETING, /* the owner's turn */
	CAPF_STATE_OVER,
};

/**
 * struct capf_session - one session; nothing in it is the owner's business
 * @state: whose turn it is
 * @id: the server's number of the session
 * @version: of the protocol that both speak
 * @version_max: newest that this phone speaks, 2 or 3
 * @outcome: what the session comes to when it ends well
 * @has_key: a key was made; there is one a session
 * @records: messages of the server so far
 */
struct capf_session {
	enum capf_state state;
	uint32_t id;
	uint8_t version;
	uint8_t version_max;
	enum capf_outcome outcome;
	bool has_key;
	unsigned int records;
};

/**
 * struct capf_identity - what a phone shows of itself; empty for what it does not have
 * @device: name, as SEP001122334455
 * @string: authentication string
 * @certificate: DER of the existing certificate, for CAPF_AUTH_LSC and CAPF_AUTH_MIC
 * @kind: what @certificate is
 * @proof: of it
 * @sudi: DER of the certificate of the maker
 * @sudi_proof: of it
 */
struct capf_identity {
	const char *device;
	struct octets string;
	struct octets certificate;
	enum capf_certificate kind;
	const struct capf_proof *proof;
	struct octets sudi;
	const struct capf_proof *sudi_proof;
};

/* Begins one; @version_max is the newest version that is spoken, 2 or 3. */
void capf_session_begin(struct capf_session *session, unsigned int version_max);

/**
 * capf_session_take - a message of the server
 * @session: the session
 * @record: the message
 * @step: what to do
 * @answer: what to send before that goes here; with nothing written nothing is sent
 * @why: on refusal the reason: the server refuses the phone, or breaks the protocol. The
 *       session is then over
 *
 * Return: 0, or the -errno of the reason.
 */
int capf_session_take(struct capf_session *session, struct octets record, struct capf_step *step,
		      struct tlv_writer *answer, struct refusal *why);

/*
 * What the owner was asked for, each in its turn; writes the message to send. They return
 * false when it is not their turn or does not fit into @answer; the session is then over.
 */
bool capf_session_authenticate(struct capf_session *session, const struct capf_identity *identity,
			       struct tlv_writer *answer);
/* @public_key: DER of SubjectPublicKeyInfo. */
bool capf_session_key_made(struct capf_session *session, struct octets public_key,
			   struct tlv_writer *answer);
/* Whether the certificate is the one that was asked for. When it is not the LSC stays. */
bool capf_session_stored(struct capf_session *session, bool is_good, struct tlv_writer *answer);
/* @certificate: DER, empty when there is none. */
bool capf_session_fetched(struct capf_session *session, struct octets certificate,
			  enum capf_certificate kind, struct tlv_writer *answer);
/* Whether there is an LSC that can be deleted. */
bool capf_session_deleted(struct capf_session *session, bool is_there, struct tlv_writer *answer);

#endif
