// SPDX-License-Identifier: Apache-2.0
#include "token_answer.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "../lib/splice.h"
#include "oauth.h"

/* So many characters in a row, found in the token too, are taken for a part of it. */
enum { TELLING_LEN = 8 };

bool token_is_refresh(const char *text, size_t len)
{
	if (!len || len > OAUTH_TOKEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return true;
}

bool token_is_access(const char *text, size_t len)
{
	return token_is_refresh(text, len) && !memchr(text, ' ', len) &&
	       !memchr(text, '"', len) && !memchr(text, '\\', len);
}

static json_t *body_load(const struct secret *body)
{
	return json_loadb((const char *)secret_bytes(body), secret_len(body),
			  JSON_REJECT_DUPLICATES, NULL);
}

/* The library has no means to destroy a string; its bytes are its own memory, not constants. */
static void string_wipe(const json_t *string)
{
	if (json_is_string(string))
		explicit_bzero((char *)json_string_value(string), json_string_length(string));
}

static void body_free(json_t *root)
{
	string_wipe(json_object_get(root, "access_token"));
	string_wipe(json_object_get(root, "refresh_token"));
	json_decref(root);
}

static struct secret *token_copy(const json_t *string)
{
	const char *text = json_string_value(string);
	size_t len = json_string_length(string);
	struct secret *token = secret_new(len);

	for (size_t i = 0; token && i < len; i++)
		(void)secret_append(token, (unsigned char)text[i]);
	return token;
}

/* Seconds as a number, or in digits as some endpoints write them; 0 for anything else. */
static unsigned int expires_read(const json_t *value)
{
	unsigned long seconds = 0;
	struct span digits;

	if (json_is_integer(value) && json_integer_value(value) > 0) {
		json_int_t number = json_integer_value(value);

		return number > TOKEN_EXPIRES_MAX_S ? TOKEN_EXPIRES_MAX_S : (unsigned int)number;
	}
	digits = (struct span){ json_string_value(value), json_string_length(value) };
	if (!digits.at || !span_number(digits, UINT32_MAX, &seconds))
		return 0;
	return seconds > TOKEN_EXPIRES_MAX_S ? TOKEN_EXPIRES_MAX_S : (unsigned int)seconds;
}

/* What is wrong with an answer, or NULL. */
static const char *answer_fault(const json_t *root)
{
	const json_t *access = json_object_get(root, "access_token");
	const json_t *refresh = json_object_get(root, "refresh_token");
	const json_t *type = json_object_get(root, "token_type");

	if (!json_is_object(root))
		return "the answer is no JSON object";
	if (!json_is_string(access))
		return "the answer has no access_token";
	if (!token_is_access(json_string_value(access), json_string_length(access)))
		return "the access token is too long or has characters that no header may have";
	if (!json_is_string(type) || strcasecmp(json_string_value(type), "Bearer"))
		return "the answer has no token_type Bearer";
	if (!expires_read(json_object_get(root, "expires_in")))
		return "the answer does not tell in expires_in how long the token is good";
	if (refresh && !json_is_null(refresh) &&
	    (!json_is_string(refresh) ||
	     !token_is_refresh(json_string_value(refresh), json_string_length(refresh))))
		return "the refresh token is too long or has characters that it may not have";
	return NULL;
}

int token_answer_read(struct token_answer *answer, const struct secret *body,
		      struct refusal *why)
{
	json_t *root = body_load(body);
	const char *fault = answer_fault(root);
	const json_t *refresh;
	int err = 0;

	*answer = (struct token_answer){ 0 };
	if (fault) {
		err = refusal_set(why, REASON_TOKEN_ENDPOINT, "%s", fault);
		goto out;
	}
	refresh = json_object_get(root, "refresh_token");
	answer->expires_s = expires_read(json_object_get(root, "expires_in"));
	answer->access = token_copy(json_object_get(root, "access_token"));
	if (json_is_string(refresh))
		answer->refresh = token_copy(refresh);
	if (!answer->access || (json_is_string(refresh) && !answer->refresh)) {
		token_answer_clear(answer);
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
out:
	body_free(root);
	return err;
}

void token_answer_clear(struct token_answer *answer)
{
	secret_free(answer->access);
	secret_free(answer->refresh);
	*answer = (struct token_answer){ 0 };
}

/* How many characters at the front of a text stand in the token too. */
static size_t common_len(const char *text, const struct secret *token)
{
	size_t len = 0, most = strlen(text);

	while (len < most && memmem(secret_bytes(token), secret_len(token), text, len + 1))
		len++;
	return len;
}

/* An endpoint may quote what it was sent; what people read of it holds no part of the token. */
static void detail_clean(char *text, const struct secret *token)
{
	size_t telling = secret_len(token) < TELLING_LEN ? secret_len(token) : TELLING_LEN;
	size_t len;

	for (char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			*at = '?';
	for (char *at = text; *at; at++) {
		len = common_len(at, token);
		if (len >= telling) {
			memset(at, '*', len);
			at += len - 1;
		}
	}
}

bool token_answer_refusal(long status, const struct secret *body, const struct secret *used,
			  struct refusal *why)
{
	json_t *root = body_load(body);
	const char *error = json_string_value(json_object_get(root, "error"));
	const char *words = json_string_value(json_object_get(root, "error_description"));
	bool refused;

	refused = (status == 400 || status == 401) && error && !strcmp(error, "invalid_grant");
	if (status >= 300 && status < 400)
		refusal_set(why, REASON_TOKEN_ENDPOINT,
			    "HTTP status %ld: it points to another address, which is not followed",
			    status);
	else if (!error)
		refusal_set(why, REASON_TOKEN_ENDPOINT, "HTTP status %ld", status);
	else
		refusal_set(why, refused ? REASON_TOKEN_REFUSED : REASON_TOKEN_ENDPOINT,
			    "%s%s%s", error, words ? ": " : "", words ?: "");
	detail_clean(why->detail, used);
	body_free(root);
	return refused;
}
