/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of verify_service.h share. */
#ifndef PHONESECD_VERIFY_IMPL_H
#define PHONESECD_VERIFY_IMPL_H

#include "crypto.h"
#include "server_link.h"
#include "verify_service.h"

/* What tells one question from another: SHA-256 of all that is asked. */
struct verify_key {
	unsigned char digest[CRYPTO_FINGERPRINT_LEN];
	enum trust_use use;
};

/* Somebody who waits for an answer. */
struct verify_waiter {
	trust_answered *done;
	void *owner;
	struct verify_waiter *next;
};

/**
 * struct verify_question - one question, of everybody who asked it
 * @service, @next: where it is kept
 * @key: tells it from others
 * @waiters: who is told
 * @is_over: they are being told, and nobody joins them
 * @certificate: to be verified, or NULL
 * @name, @issuer, @serial: of the one that is looked for, copies
 * @subject: for the journal
 * @server: index of the server that is asked
 * @link: to it
 * @timer: the next step: the beginning, or the end of the wait for an answer
 * @is_up: connected, and the question was sent
 * @session: number of this question at this server
 * @begun_ms: boot time of the attempt
 */
struct verify_question {
	struct verify_service *service;
	struct verify_question *next;
	struct verify_key key;
	struct verify_waiter *waiters;
	bool is_over;
	X509 *certificate;
	struct octets name;
	struct octets issuer;
	struct octets serial;
	char subject[128];
	size_t server;
	struct server_link *link;
	sd_event_source *timer;
	bool is_up;
	uint32_t session;
	int64_t begun_ms;
};

/* A question that was not answered with yes, and until when that stays so. */
struct verify_refused {
	struct verify_key key;
	int64_t until_s;
	struct refusal why;
};

/**
 * struct verify_service - all questions
 * @servers, @count: who is asked
 * @questions, @questions_count: that are asked now
 * @refused, @refused_next: the last ones that were not answered with yes, as a ring
 * @session: number of the next question
 */
struct verify_service {
	sd_event *event;
	const struct settings *settings;
	struct trust_asker asker;
	struct verify_server servers[SETTINGS_TVS_MAX];
	size_t count;
	struct verify_question *questions;
	size_t questions_count;
	struct verify_refused refused[VERIFY_QUESTIONS_MAX];
	size_t refused_next;
	uint32_t session;
};

/* Begins with the first server, in the next turn of the loop. Returns 0 or a -errno with @why. */
int verify_question_begin(struct verify_question *question, struct refusal *why);
/* Ends the attempt that is under way, and begins anew. */
void verify_question_again(struct verify_question *question);
void verify_question_free(struct verify_question *question);

/* Tells everybody who waits, remembers a refusal, and frees the question. */
void verify_question_over(struct verify_question *question, const struct refusal *why);

/* The refusal that still holds for a question, or NULL. */
const struct refusal *verify_refused_find(const struct verify_service *service,
					  const struct verify_key *key);

#endif
