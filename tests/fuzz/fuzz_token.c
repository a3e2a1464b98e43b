// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/phonesecd/token_answer.c userspace/lib/secret.c userspace/lib/splice.c */
/* sources: userspace/lib/reason.c */
/*
 * What a token endpoint answers: a token that comes out of it can stand in a header
 * field, and what is told of an error is printable and has no part of the token.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/phonesecd/oauth.h"
#include "../../userspace/phonesecd/token_answer.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static const char used_text[] = "refresh-token-0123456789";

static struct secret *secret_of(const void *bytes, size_t len)
{
	struct secret *secret = secret_new(len + 1);

	for (size_t i = 0; i < len; i++)
		DEMAND(secret_append(secret, ((const unsigned char *)bytes)[i]));
	return secret;
}

static void check_answer(const struct secret *body)
{
	struct token_answer answer;
	struct refusal why = { 0 };

	if (token_answer_read(&answer, body, &why)) {
		DEMAND(why.code && !answer.access && !answer.refresh);
		return;
	}
	DEMAND(answer.expires_s && answer.expires_s <= TOKEN_EXPIRES_MAX_S);
	DEMAND(secret_len(answer.access) && secret_len(answer.access) <= OAUTH_TOKEN_MAX);
	for (size_t i = 0; i < secret_len(answer.access); i++) {
		unsigned char c = secret_bytes(answer.access)[i];

		DEMAND(c > 0x20 && c < 0x7f && c != '"' && c != '\\');
	}
	if (answer.refresh)
		DEMAND(token_is_refresh((const char *)secret_bytes(answer.refresh),
					secret_len(answer.refresh)));
	token_answer_clear(&answer);
}

static void check_refusal(long status, const struct secret *body, const struct secret *used)
{
	struct refusal why = { 0 };
	bool refused = token_answer_refusal(status, body, used, &why);
	const char *at;

	DEMAND(refused == (why.code == REASON_TOKEN_REFUSED));
	DEMAND(refused || why.code == REASON_TOKEN_ENDPOINT);
	for (at = why.detail; *at; at++) {
		DEMAND(*at >= ' ' && *at <= '~');
		DEMAND(strnlen(at, 8) < 8 || !memmem(used_text, sizeof(used_text) - 1, at, 8));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const long statuses[] = { 400, 401, 307, 503 };
	struct secret *used = secret_of(used_text, sizeof(used_text) - 1);
	struct secret *body = secret_of(data, len);

	check_answer(body);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		check_refusal(statuses[i], body, used);
	secret_free(body);
	secret_free(used);
	return 0;
}
