/* SPDX-License-Identifier: Apache-2.0 */
/* What a token endpoint answers (RFC 6749 sections 5.1 and 5.2), as far as it is used. */
#ifndef PHONESECD_TOKEN_ANSWER_H
#define PHONESECD_TOKEN_ANSWER_H

#include "../lib/reason.h"
#include "../lib/secret.h"

enum token_limits {
	TOKEN_ANSWER_MAX = 65536,
	TOKEN_EXPIRES_MAX_S = 365 * 86400,
};

/**
 * struct token_answer - an answer
 * @access: access token, checked to be fit for a header field; NULL when there is none
 * @refresh: refresh token that takes the place of the one that was used, or NULL
 * @expires_s: seconds that the access token is good for, at most %TOKEN_EXPIRES_MAX_S
 */
struct token_answer {
	struct secret *access;
	struct secret *refresh;
	unsigned int expires_s;
};

/* Whether a text can be an access token: visible ASCII without quote and backslash. */
bool token_is_access(const char *text, size_t len);

/* Whether a text can be a refresh token: ASCII without control characters (appendix A.17). */
bool token_is_refresh(const char *text, size_t len);

/**
 * token_answer_read - read an answer with status 200
 * @answer: result; both tokens are the caller's, to be given to token_answer_clear()
 * @body: JSON text
 * @why: on refusal the reason, which quotes nothing of the body
 *
 * The values that the JSON library holds are destroyed before they are freed; what it
 * copied while it read them is out of reach.
 *
 * Return: 0, or the -errno of the reason.
 */
int token_answer_read(struct token_answer *answer, const struct secret *body,
		      struct refusal *why);

void token_answer_clear(struct token_answer *answer);

/**
 * token_answer_refusal - read an answer with another status
 * @status: status of HTTP
 * @body: JSON text with the error, or anything else
 * @used: the refresh token that was sent
 * @why: filled in; the error and its description are the detail, in printable ASCII and
 *	 with stars where they repeat a part of @used
 *
 * Return: whether the endpoint refuses the refresh token itself, so that another try
 * is useless; @why is then %REASON_TOKEN_REFUSED.
 */
bool token_answer_refusal(long status, const struct secret *body, const struct secret *used,
			  struct refusal *why);

#endif
