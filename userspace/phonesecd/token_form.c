// SPDX-License-Identifier: Apache-2.0
#include "token_form.h"

#include <string.h>

static const char grant[] = "grant_type=refresh_token&refresh_token=";
static const char client[] = "&client_id=";

/* Room was made for all of it. */
static void text_add(struct secret *form, const char *text)
{
	for (; *text; text++)
		(void)secret_append(form, (unsigned char)*text);
}

static bool is_unreserved(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '*';
}

/* As HTML forms are encoded, which is what the RFC asks for. */
static void value_add(struct secret *form, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		if (is_unreserved(bytes[i])) {
			(void)secret_append(form, bytes[i]);
			continue;
		}
		(void)secret_append(form, '%');
		(void)secret_append(form, (unsigned char)digits[bytes[i] >> 4]);
		(void)secret_append(form, (unsigned char)digits[bytes[i] & 15]);
	}
}

struct secret *token_form_new(const struct settings *settings, const struct secret *refresh)
{
	const char *id = settings->token_client, *more = settings->token_form;
	struct secret *form;

	form = secret_new(sizeof(grant) + 3 * secret_len(refresh) + sizeof(client) +
			  3 * strlen(id) + 1 + strlen(more));
	if (!form)
		return NULL;
	text_add(form, grant);
	value_add(form, secret_bytes(refresh), secret_len(refresh));
	if (*id) {
		text_add(form, client);
		value_add(form, (const unsigned char *)id, strlen(id));
	}
	if (*more) {
		text_add(form, "&");
		text_add(form, more);
	}
	return form;
}
