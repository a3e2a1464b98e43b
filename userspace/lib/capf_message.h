/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the Certificate Authority Proxy Function: a head of 8 bytes (0x55, command,
 * session, length) and elements behind it, all integers big-endian.
 */
#ifndef PHONESEC_CAPF_MESSAGE_H
#define PHONESEC_CAPF_MESSAGE_H

#include <sys/types.h>

#include "reason.h"
#include "tlv.h"

enum {
	CAPF_HEAD_LEN = 8,
	/* What is taken of a server at most: a certificate of the largest key has a third of it. */
	CAPF_RECORD_MAX = 16384,
	/* Digits of an authentication string. */
	CAPF_STRING_MIN = 4,
	CAPF_STRING_MAX = 16,
};

enum capf_command {
	CAPF_AUTH_REQUEST = 1, /* the server begins */
	CAPF_AUTH_RESPONSE,
	CAPF_KEY_REQUEST,
	CAPF_KEY_RESPONSE,
	CAPF_ENCRYPT_RESPONSE,
	CAPF_ENCRYPT_REQUEST,
	CAPF_DECRYPT_REQUEST,
	CAPF_DECRYPT_RESPONSE,
	CAPF_STORE_REQUEST,
	CAPF_STORE_RESPONSE,
	CAPF_FETCH_REQUEST,
	CAPF_FETCH_RESPONSE,
	CAPF_DELETE_REQUEST,
	CAPF_DELETE_RESPONSE,
	CAPF_END_SESSION,
	CAPF_RETRY_LATER,
	CAPF_IN_PROGRESS,
	CAPF_STATUS_REQUEST,
	CAPF_STATUS_RESPONSE,
	CAPF_ABORT_REQUEST,
	CAPF_ABORT_RESPONSE,
	CAPF_SIGN_REQUEST,
	CAPF_SIGN_RESPONSE,
	CAPF_COMMANDS,
};

/* How a phone shows who it is; the numbers are those of capfAuthMode too. */
enum capf_auth {
	CAPF_AUTH_NONE,
	CAPF_AUTH_STRING,
	CAPF_AUTH_NULL_STRING,
	CAPF_AUTH_LSC, /* by existing certificate, the LSC before the MIC */
	CAPF_AUTH_MIC, /* the MIC before the LSC */
};

/* What is known of reasons. */
enum capf_reason {
	CAPF_REASON_NOTHING, /* no action */
	CAPF_REASON_OK,
	CAPF_REASON_REFUSED = 7, /* a wrong string, and what the server does not take */
	CAPF_REASON_UNKNOWN_DEVICE = 9,
};

enum capf_certificate { CAPF_CERTIFICATE_ANY, CAPF_CERTIFICATE_LSC, CAPF_CERTIFICATE_MIC };
enum capf_key { CAPF_KEY_RSA, CAPF_KEY_EC };
enum capf_curve { CAPF_CURVE_P256, CAPF_CURVE_P384, CAPF_CURVE_P521 };

/* Tags of elements. */
enum capf_tag {
	CAPF_TAG_REASON = 1,
	CAPF_TAG_REASON_INFO,
	CAPF_TAG_CERTIFICATE_TYPE,
	CAPF_TAG_CERTIFICATE,
	CAPF_TAG_SIGNATURE = 6, /* SHA-1 */
	CAPF_TAG_VERSION,
	CAPF_TAG_AUTH,
	CAPF_TAG_PUBLIC_KEY,
	CAPF_TAG_KEY_SIZE,
	CAPF_TAG_STRING,
	CAPF_TAG_RETRY_DELAY,
	CAPF_TAG_DEVICE,
	CAPF_TAG_SUDI = 16,
	CAPF_TAG_KEY_TYPE,
	CAPF_TAG_CURVE,
	CAPF_TAG_SIGNATURE_SHA2 = 20, /* SHA-512 */
};

/**
 * struct capf_message - one message; texts and values lie where they were read, or are the
 * caller's
 * @command: enum capf_command
 * @session: number that the server chose
 * @has: bits 1 << tag of the elements that are there; the fields of others are zero
 * @reason: enum capf_reason, or a number that is not known
 * @reason_info: text
 * @certificate_type: enum capf_certificate
 * @certificate: DER
 * @certificate_kind: enum capf_certificate of @certificate as it says itself
 * @signature, @signature_sha2: over the device's name and its certificate
 * @version: of the protocol, 2 or 3
 * @auth: enum capf_auth
 * @public_key: DER of SubjectPublicKeyInfo
 * @key_size: bits of an RSA key
 * @string: authentication string, may be empty
 * @retry_s: seconds to wait
 * @device: name, as SEP001122334455
 * @sudi_certificate: DER
 * @sudi_signature, @sudi_signature_sha2: over the session's number and that certificate
 * @key_type: enum capf_key
 * @curve: enum capf_curve
 */
struct capf_message {
	uint8_t command;
	uint32_t session;
	uint32_t has;
	uint8_t reason;
	struct octets reason_info;
	uint8_t certificate_type;
	struct octets certificate;
	uint8_t certificate_kind;
	struct octets signature;
	struct octets signature_sha2;
	uint8_t version;
	uint8_t auth;
	struct octets public_key;
	uint16_t key_size;
	struct octets string;
	uint32_t retry_s;
	struct octets device;
	struct octets sudi_certificate;
	struct octets sudi_signature;
	struct octets sudi_signature_sha2;
	uint8_t key_type;
	uint8_t curve;
};

/* The bit of an element in @has. */
#define CAPF_HAS(tag) (UINT32_C(1) << (tag))

/**
 * capf_frame - where the first message of a stream ends
 * @text: what has arrived, at least one byte
 * @why: on refusal the reason: it is no message, or longer than is taken
 *
 * A head is judged as soon as it is there, so that nobody waits for 64 KiB that never come.
 *
 * Return: bytes of the message, 0 when more are needed, or the -errno of the reason.
 */
ssize_t capf_frame(struct octets text, struct refusal *why);

/**
 * capf_message_read - take a message apart
 * @message: filled in; points into @record
 * @record: the whole message and nothing else
 * @why: on refusal the reason
 *
 * Elements may stand in any order; unknown ones are passed over. One that comes twice or
 * does not have the form of its kind is refused.
 *
 * Return: 0, or the -errno of the reason.
 */
int capf_message_read(struct capf_message *message, struct octets record, struct refusal *why);

/**
 * capf_message_write - put a message together
 * @writer: where it goes, behind what is there; it has an authentication string in it when
 *          @message has one, and is then to be wiped
 * @message: the elements of @has are written in the order of their tags
 *
 * Return: false when it does not fit.
 */
bool capf_message_write(struct tlv_writer *writer, const struct capf_message *message);

/* The name of a command for people, as "KeyGenRequest"; never NULL. */
const char *capf_command_name(uint8_t command);

#endif
