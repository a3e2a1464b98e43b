// SPDX-License-Identifier: Apache-2.0
/* What the server of a session asks for, done with the keystore. */
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "enroll_impl.h"

enum {
	/* A slow phone and RSA of 4096 bits are given this. */
	KEY_MAKE_MAX_S = 300,
};

/* A certificate as DER; the bytes are OpenSSL's until OPENSSL_free(). */
struct der {
	unsigned char *bytes;
	int len;
};

static struct der certificate_der(const X509 *certificate)
{
	struct der der = { 0 };

	der.len = certificate ? i2d_X509(certificate, &der.bytes) : 0;
	if (der.len < 0)
		der.len = 0;
	return der;
}

static struct octets der_octets(const struct der *der)
{
	return (struct octets){ der->bytes, (size_t)der->len };
}

/**
 * struct evidence - what the phone shows of itself by certificate
 * @shown: the existing certificate
 * @mic: the certificate of the maker
 */
struct evidence {
	struct identity shown;
	struct identity mic;
	struct der shown_der;
	struct der mic_der;
	struct capf_proof proof;
	struct capf_proof sudi;
};

static void evidence_clear(struct evidence *evidence)
{
	identity_clear(&evidence->shown);
	identity_clear(&evidence->mic);
	OPENSSL_free(evidence->shown_der.bytes);
	OPENSSL_free(evidence->mic_der.bytes);
}

static bool is_mic(const struct evidence *evidence)
{
	return evidence->mic.certificate &&
	       !X509_cmp(evidence->mic.certificate, evidence->shown.certificate);
}

/* What the MIC shows besides, where the phone has one with an RSA key; else nothing. */
static void sudi_make(struct evidence *evidence, OSSL_LIB_CTX *library, uint32_t session,
		      struct capf_identity *identity)
{
	struct octets mic = der_octets(&evidence->mic_der);
	struct refusal unused;

	if (!mic.len || capf_proof_make_sudi(&evidence->sudi, library, evidence->mic.key, session,
					     mic, &unused))
		return;
	identity->sudi = mic;
	identity->sudi_proof = &evidence->sudi;
}

static int evidence_make(struct enroll *enroll, struct evidence *evidence, enum capf_auth mode,
			 uint32_t session, struct capf_identity *identity, struct refusal *why)
{
	enum identity_use use = mode == CAPF_AUTH_MIC ? IDENTITY_USE_MIC_FIRST :
							IDENTITY_USE_LSC_FIRST;
	OSSL_LIB_CTX *library;
	struct refusal unused;
	int err;

	err = crypto_library(&library, why);
	if (!err)
		err = keystore_identity_for(enroll->keystore, use, NULL, &evidence->shown, NULL,
					    why);
	if (err)
		return err;
	if (keystore_identity_for(enroll->keystore, IDENTITY_USE_MIC_FIRST, KEYSTORE_MIC,
				  &evidence->mic, NULL, &unused))
		evidence->mic = (struct identity){ 0 };
	evidence->shown_der = certificate_der(evidence->shown.certificate);
	evidence->mic_der = certificate_der(evidence->mic.certificate);
	identity->certificate = der_octets(&evidence->shown_der);
	identity->kind = is_mic(evidence) ? CAPF_CERTIFICATE_MIC : CAPF_CERTIFICATE_LSC;
	identity->proof = &evidence->proof;
	err = capf_proof_make(&evidence->proof, library, evidence->shown.key, identity->device,
			      identity->certificate, why);
	if (!err)
		sudi_make(evidence, library, session, identity);
	return err;
}

/* What a server asks for goes before what is configured. */
static enum capf_auth mode_choose(const struct enroll *enroll, const struct capf_step *step)
{
	if (step->auth != CAPF_AUTH_NONE)
		return step->auth;
	return enroll->string ? CAPF_AUTH_STRING : enroll->settings->capf_auth;
}

static int authenticate(struct enroll *enroll, const struct capf_step *step,
			struct tlv_writer *answer, struct refusal *why)
{
	struct capf_identity identity = { .device = enroll->settings->name };
	struct evidence evidence = { 0 };
	enum capf_auth mode = mode_choose(enroll, step);
	int err = 0;

	enroll_progress(enroll, "Authenticating");
	if (mode == CAPF_AUTH_STRING && !enroll->string)
		return refusal_set(why, REASON_CAPF_STRING, "the server asks for one");
	if (mode == CAPF_AUTH_STRING)
		identity.string = (struct octets){ secret_bytes(enroll->string),
						   secret_len(enroll->string) };
	else if (mode == CAPF_AUTH_LSC || mode == CAPF_AUTH_MIC)
		err = evidence_make(enroll, &evidence, mode, step->session, &identity, why);
	if (!err && !capf_session_authenticate(&enroll->session, &identity, answer))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	evidence_clear(&evidence);
	return err;
}

static void key_is_late(struct enroll *enroll)
{
	struct refusal why;

	refusal_set(&why, REASON_CAPF_KEY, "it was not there within %d seconds", KEY_MAKE_MAX_S);
	enroll_failed(enroll, &why);
}

static int key_hand_over(struct enroll *enroll, struct tlv_writer *answer, struct refusal *why)
{
	struct der der = { 0 };
	bool written;

	der.len = i2d_PUBKEY(enroll->key, &der.bytes);
	if (der.len <= 0)
		return refusal_set(why, REASON_SYSTEM, "public key: %s", crypto_error());
	written = capf_session_key_made(&enroll->session, der_octets(&der), answer);
	OPENSSL_free(der.bytes);
	return written ? 0 : refusal_set(why, REASON_NO_MEMORY, "%s", "");
}

static void key_is_made(void *owner, EVP_PKEY *key, const struct refusal *failed)
{
	struct enroll *enroll = owner;
	uint8_t bytes[4096];
	struct tlv_writer answer = { .bytes = bytes, .size = sizeof(bytes) };
	struct refusal why;
	int err;

	key_maker_free(enroll->maker);
	enroll->maker = NULL;
	if (failed) {
		why = *failed;
		enroll_failed(enroll, &why);
		return;
	}
	enroll->key = key;
	enroll_progress(enroll, "Requesting the certificate");
	err = key_hand_over(enroll, &answer, &why);
	if (!err)
		err = enroll_send(enroll, &answer, &why);
	if (err)
		enroll_failed(enroll, &why);
	else
		enroll_expect(enroll);
}

static int key_make(struct enroll *enroll, const struct capf_step *step, struct refusal *why)
{
	static const unsigned int curves[] = { [CAPF_CURVE_P256] = 256, [CAPF_CURVE_P384] = 384,
					       [CAPF_CURVE_P521] = 521 };
	struct key_kind kind = { KEY_TYPE_RSA, step->key_size };
	char text[KEY_KIND_TEXT_MAX];

	if (step->key_type == CAPF_KEY_EC)
		kind = (struct key_kind){ KEY_TYPE_EC, curves[step->curve] };
	key_kind_text(&kind, text);
	enroll_progress(enroll, "Making a key pair, %s", text);
	enroll_timer(enroll, KEY_MAKE_MAX_S, key_is_late);
	return keystore_key_make(&enroll->maker, enroll->keystore, enroll->event, &kind,
				 key_is_made, enroll, why);
}

static int certificate_judge(const X509 *certificate, const EVP_PKEY *key, struct refusal *why)
{
	char until[64] = "";
	BIO *bio;

	if (EVP_PKEY_eq(X509_get0_pubkey(certificate), key) != 1)
		return refusal_set(why, REASON_CAPF_CERTIFICATE, "it is of another key");
	if (X509_cmp_current_time(X509_get0_notAfter(certificate)) >= 0)
		return 0;
	bio = BIO_new(BIO_s_mem());
	if (bio && ASN1_TIME_print(bio, X509_get0_notAfter(certificate)))
		BIO_read(bio, until, sizeof(until) - 1);
	BIO_free(bio);
	return refusal_set(why, REASON_CAPF_CERTIFICATE,
			   "it ended on %s, says the clock of this phone", until);
}

static int certificate_read(struct enroll *enroll, struct octets der, struct refusal *why)
{
	const unsigned char *at = der.at;
	OSSL_LIB_CTX *library;
	int err;

	err = crypto_library(&library, why);
	if (err)
		return err;
	ERR_clear_error();
	enroll->certificate = X509_new_ex(library, NULL);
	/* On failure it is freed and the pointer is NULL. */
	if (!enroll->certificate || !d2i_X509(&enroll->certificate, &at, (long)der.len))
		return refusal_set(why, REASON_CAPF_CERTIFICATE, "%s", crypto_error());
	if (at != der.at + der.len)
		return refusal_set(why, REASON_CAPF_CERTIFICATE, "%zu bytes are behind it",
				   (size_t)(der.at + der.len - at));
	err = certificate_judge(enroll->certificate, enroll->key, why);
	ERR_clear_error();
	return err;
}

/* What is of no use is told to the server, which then ends the session. */
static int store(struct enroll *enroll, const struct capf_step *step, struct tlv_writer *answer,
		 struct refusal *why)
{
	bool is_good;

	enroll_progress(enroll, "Checking the new certificate");
	is_good = !certificate_read(enroll, step->certificate, &enroll->fault);
	if (!capf_session_stored(&enroll->session, is_good, answer))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return 0;
}

/* The certificate that a server wants to see: where it does not care the LSC, else the MIC. */
static enum capf_certificate existing_find(const struct enroll *enroll, enum capf_certificate type,
					   struct identity *identity)
{
	struct refusal unused;

	if (type != CAPF_CERTIFICATE_MIC &&
	    !keystore_identity_for(enroll->keystore, IDENTITY_USE_LSC_FIRST, KEYSTORE_LSC, identity,
				   NULL, &unused))
		return CAPF_CERTIFICATE_LSC;
	if (type != CAPF_CERTIFICATE_LSC &&
	    !keystore_identity_for(enroll->keystore, IDENTITY_USE_MIC_FIRST, KEYSTORE_MIC, identity,
				   NULL, &unused))
		return CAPF_CERTIFICATE_MIC;
	*identity = (struct identity){ 0 };
	return CAPF_CERTIFICATE_ANY;
}

static int fetch(struct enroll *enroll, const struct capf_step *step, struct tlv_writer *answer,
		 struct refusal *why)
{
	struct identity identity;
	enum capf_certificate kind;
	struct der der;
	bool written;

	enroll_progress(enroll, "Handing out the certificate");
	kind = existing_find(enroll, step->type, &identity);
	der = certificate_der(identity.certificate);
	written = capf_session_fetched(&enroll->session, der_octets(&der), kind, answer);
	OPENSSL_free(der.bytes);
	identity_clear(&identity);
	return written ? 0 : refusal_set(why, REASON_NO_MEMORY, "%s", "");
}

/* A MIC is never deleted. */
static int delete(struct enroll *enroll, const struct capf_step *step, struct tlv_writer *answer,
		  struct refusal *why)
{
	struct keystore_certificate lsc;
	bool is_there;

	enroll_progress(enroll, "Deleting the certificate");
	keystore_show(enroll->keystore, KEYSTORE_LSC, &lsc);
	is_there = step->type != CAPF_CERTIFICATE_MIC && lsc.state != CERTIFICATE_MISSING;
	if (!capf_session_deleted(&enroll->session, is_there, answer))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return 0;
}

static int install(struct enroll *enroll, struct refusal *why)
{
	STACK_OF(X509) *certificates = sk_X509_new_null();
	int err;

	if (certificates && sk_X509_push(certificates, enroll->certificate))
		err = keystore_lsc_install(enroll->keystore, enroll->key, certificates, why);
	else
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	sk_X509_free(certificates);
	return err;
}

/* The session has ended well: what it was for takes effect now. */
static void session_end(struct enroll *enroll, const struct capf_step *step)
{
	static const enum enroll_outcome outcomes[] = {
		[CAPF_NOTHING] = ENROLL_NOTHING,
		[CAPF_INSTALLED] = ENROLL_INSTALLED,
		[CAPF_DELETED] = ENROLL_DELETED,
		[CAPF_FETCHED] = ENROLL_FETCHED,
	};
	struct refusal why = enroll->fault;
	int err = 0;

	if (step->outcome == CAPF_INSTALLED)
		err = install(enroll, &why);
	else if (step->outcome == CAPF_DELETED)
		err = keystore_lsc_delete(enroll->keystore, &why);
	else if (step->outcome == CAPF_NOTHING && !why.code)
		refusal_set(&why, REASON_CAPF_NOTHING, "%s", "");
	enroll_finish(enroll, err || enroll->fault.code ? ENROLL_FAILED : outcomes[step->outcome],
		      &why);
}

static int step_do(struct enroll *enroll, const struct capf_step *step, struct tlv_writer *answer,
		   struct refusal *why)
{
	switch (step->action) {
	case CAPF_AUTHENTICATE:
		return authenticate(enroll, step, answer, why);
	case CAPF_KEY_MAKE:
		return key_make(enroll, step, why);
	case CAPF_STORE:
		return store(enroll, step, answer, why);
	case CAPF_FETCH:
		return fetch(enroll, step, answer, why);
	case CAPF_DELETE:
		return delete(enroll, step, answer, why);
	default:
		return 0;
	}
}

/* Takes a message, does what it asks for and sends the answer. */
static int record_take(struct enroll *enroll, struct octets record, struct capf_step *step,
		       struct refusal *why)
{
	struct tlv_writer answer = { .bytes = malloc(CAPF_ANSWER_MAX), .size = CAPF_ANSWER_MAX };
	int err;

	if (!answer.bytes)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = capf_session_take(&enroll->session, record, step, &answer, why);
	if (!err)
		err = step_do(enroll, step, &answer, why);
	if (!err)
		err = enroll_send(enroll, &answer, why);
	/* An authentication string may have gone through it. */
	explicit_bzero(answer.bytes, answer.len);
	free(answer.bytes);
	return err;
}

void enroll_take(struct enroll *enroll, struct octets record)
{
	struct capf_step step;
	struct refusal why;

	if (record_take(enroll, record, &step, &why))
		enroll_failed(enroll, &why);
	else if (step.action == CAPF_WAIT)
		enroll_wait(enroll, step.wait_s);
	else if (step.action == CAPF_END)
		session_end(enroll, &step);
}
