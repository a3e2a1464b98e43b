/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the trust verification service: a head of ten bytes (0x57, version 1, command, a
 * byte without meaning, session, length of the rest), then elements of tlv.h. A phone asks, the
 * server answers.
 */
#ifndef PHONESEC_TVS_MESSAGE_H
#define PHONESEC_TVS_MESSAGE_H

#include <stdbool.h>
#include <sys/types.h>

#include "octets.h"
#include "reason.h"

enum tvs_limits {
	TVS_HEAD_LEN = 10,
	TVS_BODY_MAX = 16384, /* a certificate and little else */
	TVS_MESSAGE_MAX = TVS_HEAD_LEN + TVS_BODY_MAX,
	TVS_DEVICE_MAX = 64,
	TVS_SESSION_FIRST = 0x3E9, /* phones count from here */
};

enum tvs_command {
	TVS_VERIFY_REQUEST = 1,
	TVS_VERIFY_ANSWER = 2,
	TVS_QUERY_REQUEST = 3,
	TVS_QUERY_ANSWER = 4,
};

enum tvs_element {
	TVS_DEVICE = 1, /* the byte 1, then the name without a zero */
	TVS_CERTIFICATE = 2, /* DER */
	TVS_SUBJECT = 3, /* text with a zero */
	/*
	 * Lengths in a trace of a real phone fit an issuer and a serial number behind the subject;
	 * that their tags are the next two numbers is concluded from that, not seen.
	 */
	TVS_ISSUER = 4, /* text with a zero */
	TVS_SERIAL = 5, /* bytes */
	TVS_STATUS = 7, /* 0 for a certificate that is good, else 1 */
	TVS_ROLES = 8, /* numbers of roles as in trust lists, a byte each */
	TVS_TTL = 9, /* seconds */
};

/**
 * struct tvs_request - what is asked
 * @command: %TVS_VERIFY_REQUEST or %TVS_QUERY_REQUEST
 * @session: number, which the answer has too
 * @device: name of the phone, at most %TVS_DEVICE_MAX - 1 characters
 * @certificate: to be verified, DER
 * @subject, @issuer, @serial: of the certificate that is looked for, without the zeros
 */
struct tvs_request {
	enum tvs_command command;
	uint32_t session;
	const char *device;
	struct octets certificate;
	struct octets subject;
	struct octets issuer;
	struct octets serial;
};

/**
 * tvs_request_write - a request as it is sent
 * @request: the request
 * @bytes: room for %TVS_MESSAGE_MAX bytes
 *
 * Return: bytes of it, or 0 when it is too long.
 */
size_t tvs_request_write(const struct tvs_request *request, uint8_t *bytes);

/**
 * tvs_frame - where the first message of a stream ends
 * @text: what has come, at least one byte
 * @why: on refusal %REASON_VERIFY_ANSWER
 *
 * Return: bytes of the message, 0 when more are needed, or the -errno of the reason.
 */
ssize_t tvs_frame(struct octets text, struct refusal *why);

/**
 * struct tvs_answer - what came
 * @command: of the message
 * @session: number of the request
 * @is_good: the server vouches
 * @certificate: DER, of an answer to a query; empty when there is none
 * @has_roles: @roles was there
 * @roles: roles from 0 to 31 as bits; others mean nothing here
 * @ttl_s: seconds for which it holds, 0 when it does not tell
 */
struct tvs_answer {
	enum tvs_command command;
	uint32_t session;
	bool is_good;
	struct octets certificate;
	bool has_roles;
	uint32_t roles;
	uint32_t ttl_s;
};

/**
 * tvs_answer_read - read an answer
 * @answer: filled in; points into @message
 * @message: one whole message, as tvs_frame() found it
 * @why: on refusal %REASON_VERIFY_ANSWER with what is wrong
 *
 * Elements may stand in any order, and unknown ones are passed over; none that is known may be
 * there twice.
 *
 * Return: 0, or the -errno of the reason.
 */
int tvs_answer_read(struct tvs_answer *answer, struct octets message, struct refusal *why);

#endif
