/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of passwords: PBKDF2 (NIST SP 800-132) with HMAC-SHA-512 and a salt of their own,
 * computed beside the event loop.
 */
#ifndef PHONESECD_PASSWORD_HASH_H
#define PHONESECD_PASSWORD_HASH_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "../lib/reason.h"
#include "../lib/secret.h"

enum password_hash_limits {
	PASSWORD_SALT_LEN = 32,
	PASSWORD_DIGEST_LEN = 64,
	PASSWORD_QUESTIONS_MAX = 16,
};

/**
 * struct password_record - what is kept of a password
 * @rounds: iterations; 0 for no password
 */
struct password_record {
	unsigned int rounds;
	uint8_t salt[PASSWORD_SALT_LEN];
	uint8_t digest[PASSWORD_DIGEST_LEN];
};

/**
 * struct password_question - one computation
 * @password: of which password; copied
 * @backwards: from its last byte to its first
 * @makes: @record is filled in, with a new salt; its rounds are given. Else compared with
 * @record: what is kept
 * @matches: result: it is the password of the record
 */
struct password_question {
	const struct secret *password;
	bool backwards;
	bool makes;
	struct password_record record;
	bool matches;
};

/**
 * struct password_questions - what is computed
 * @at, @count: in their order
 */
struct password_questions {
	struct password_question at[PASSWORD_QUESTIONS_MAX];
	size_t count;
};

struct password_hash;

/**
 * password_hash_done - told once
 * @owner: as given
 * @questions: with their results, or NULL
 * @why: why there are none: OpenSSL refuses, as its FIPS provider does with short passwords
 */
typedef void (*password_hash_done)(void *owner, const struct password_questions *questions,
				   const struct refusal *why);

/**
 * password_hash_start - begin to compute
 * @hash: result, the caller's until password_hash_free(), also from within @done
 * @event: the loop
 * @questions: what to compute; copied
 * @done: told the end from the loop, never from within
 * @owner: handed to @done
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int password_hash_start(struct password_hash **hash, sd_event *event,
			const struct password_questions *questions, password_hash_done done,
			void *owner, struct refusal *why);

/* Ends it without waiting; @done is not told any more. NULL is allowed. */
void password_hash_free(struct password_hash *hash);

#endif
