// SPDX-License-Identifier: Apache-2.0
/* Digest authentication of SIP: the program answers it, and answers what it is asked. */
#include <string.h>
#include <strings.h>

#include "fips.h"

static bool starts_with(struct span span, const char *word)
{
	return span.len >= strlen(word) && !strncasecmp(span.at, word, strlen(word));
}

static bool algorithm_is_approved(struct span value)
{
	static const char *const approved[] = {
		"SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess",
	};

	value = span_trim(value);
	if (value.len > 1 && *value.at == '"')
		value = (struct span){ value.at + 1, value.len - 2 };
	for (size_t i = 0; i < sizeof(approved) / sizeof(*approved); i++)
		if (span_is(value, approved[i]))
			return true;
	return false;
}

/* Whether this element of a challenge names an algorithm, and which one. */
static bool algorithm_find(struct span element, struct span *value)
{
	const char *equals = memchr(element.at, '=', element.len);
	struct span name = { element.at, equals ? (size_t)(equals - element.at) : 0 };

	name = span_trim(name);
	if (starts_with(name, "Digest "))
		name = span_trim((struct span){ name.at + 7, name.len - 7 });
	if (!equals || !span_is(name, "algorithm"))
		return false;
	*value = (struct span){ equals + 1, element.len - (size_t)(equals + 1 - element.at) };
	return true;
}

/* Without a name it is MD5 (RFC 8760 section 2.3); of two each has to be approved. */
static bool challenge_is_approved(struct span challenge)
{
	struct span element, value;
	bool is_named = false;

	if (!starts_with(challenge, "Digest"))
		return true;
	while (sip_list_next(&challenge, &element)) {
		if (!algorithm_find(element, &value))
			continue;
		if (!algorithm_is_approved(value))
			return false;
		is_named = true;
	}
	return is_named;
}

int fips_challenges_pass(enum fips_md5 policy, const struct sip_message *response,
			 struct splice *splice, struct refusal *why)
{
	static const enum sip_field_id ids[] = {
		SIP_FIELD_PROXY_AUTHENTICATE, SIP_FIELD_WWW_AUTHENTICATE,
	};
	size_t kept = 0, taken = 0;

	if (!fips_is_on() || policy == FIPS_MD5_NONSECURITY)
		return 0;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		const struct sip_field *field = sip_field_first(response, ids[i]);

		for (; field; field = sip_field_next(response, field)) {
			if (challenge_is_approved(field->value)) {
				kept++;
				continue;
			}
			splice_put(splice, field->whole, (struct span){ "", 0 });
			taken++;
		}
	}
	return kept || !taken ? 0 :
	       refusal_set(why, REASON_FIPS_MD5, "the answer %u to %.*s", response->status,
			   (int)response->method.len, response->method.at);
}
