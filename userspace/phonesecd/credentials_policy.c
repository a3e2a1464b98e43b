// SPDX-License-Identifier: Apache-2.0
#include "credentials_policy.h"

#include <ctype.h>
#include <string.h>

#include "../lib/capf_message.h"

/* A shorter part of a name is in a good password by chance. */
enum { NAME_PART_MIN = 4 };

/* Characters of a text in small letters, of which no copy is made. */
static int letter(const struct secret *text, size_t at)
{
	return tolower(secret_bytes(text)[at]);
}

/* Characters of UTF-8 are counted by their first bytes. */
static size_t characters(const struct secret *text)
{
	size_t count = 0;

	for (size_t i = 0; i < secret_len(text); i++)
		count += (secret_bytes(text)[i] & 0xC0) != 0x80;
	return count;
}

/* Bytes after which the text begins anew; all of them when it never does. */
static size_t period(const struct secret *text)
{
	size_t len = secret_len(text), at;

	for (size_t period = 1; period <= len / 2; period++) {
		for (at = period; at < len && letter(text, at) == letter(text, at - period); at++)
			;
		if (at == len)
			return period;
	}
	return len;
}

static bool is_of_two(const struct secret *text)
{
	int first = letter(text, 0), second = first, now;

	for (size_t i = 1; i < secret_len(text); i++) {
		now = letter(text, i);
		if (second == first)
			second = now;
		if (now != first && now != second)
			return false;
	}
	return true;
}

/* Whether each is the neighbour of the one before, always on the same side; 0 comes after 9. */
static bool is_run(const struct secret *text, size_t len)
{
	int step, side = 0;

	for (size_t i = 1; i < len; i++) {
		step = letter(text, i) - letter(text, i - 1);
		if (step == '0' - '9')
			step = 1;
		else if (step == '9' - '0')
			step = -1;
		if ((step != 1 && step != -1) || (side && step != side))
			return false;
		side = step;
	}
	return len > 1;
}

/* Whether @count letters of a text from @at on are those of the name from @from on. */
static bool is_part(const struct secret *text, size_t at, const char *name, size_t from,
		    size_t count, bool backwards)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < count; i++)
		if (letter(text, at + i) !=
		    tolower((unsigned char)name[backwards ? len - 1 - from - i : from + i]))
			return false;
	return true;
}

/* Whether the name is in the text, or the text in the name. */
static bool has_name(const struct secret *text, const char *name, bool backwards)
{
	size_t len = secret_len(text), name_len = strlen(name);
	size_t count = len < name_len ? len : name_len;

	if (count < NAME_PART_MIN)
		return false;
	for (size_t at = 0; at + count <= len; at++)
		for (size_t from = 0; from + count <= name_len; from++)
			if (is_part(text, at, name, from, count, backwards))
				return true;
	return false;
}

static const char *trivial_fault(const struct credentials_policy *policy,
				 const struct secret *text)
{
	if (is_of_two(text))
		return "it is one or two characters repeated";
	if (is_run(text, period(text)))
		return "its characters are neighbours, as in 1234 or dcba";
	if (has_name(text, policy->name, false))
		return "the name of the phone is in it, or it in that name";
	if (has_name(text, policy->name, true))
		return "the name of the phone is in it backwards, or it in that name";
	return NULL;
}

/* What can be typed, and for CAPF digits alone. */
static const char *letters_fault(enum credentials_kind kind, const struct secret *text)
{
	for (size_t i = 0; i < secret_len(text); i++) {
		unsigned char byte = secret_bytes(text)[i];

		if (kind == CREDENTIALS_CAPF_STRING && (byte < '0' || byte > '9'))
			return "it has other characters than digits";
		if (byte < ' ' || byte == 0x7F)
			return "it has characters that cannot be typed";
	}
	return NULL;
}

int credentials_policy_judge(const struct credentials_policy *policy, enum credentials_kind kind,
			     const struct secret *text, struct refusal *why)
{
	bool is_string = kind == CREDENTIALS_CAPF_STRING;
	unsigned int least = is_string ? policy->string_length : policy->password_length;
	unsigned int most = is_string ? CAPF_STRING_MAX : CREDENTIALS_PASSWORD_MAX;
	const char *fault = letters_fault(kind, text);

	if (!fault && secret_len(text) > most)
		return refusal_set(why, REASON_PASSWORD_POLICY, "it has more than %u bytes", most);
	if (!fault && (characters(text) < least || !secret_len(text)))
		return refusal_set(why, REASON_PASSWORD_POLICY, "it has less than %u characters",
				   least);
	if (!fault && !policy->trivial)
		fault = trivial_fault(policy, text);
	return fault ? refusal_set(why, REASON_PASSWORD_POLICY, "%s", fault) : 0;
}

void credentials_policy_take(struct credentials_policy *policy, const struct settings *settings)
{
	*policy = (struct credentials_policy){
		.password_length = settings->password_length,
		.string_length = settings->string_length, .trivial = settings->trivial,
		.history = settings->password_history, .tries = settings->password_tries,
		.lockout_s = settings->lockout_s, .unlock_s = settings->unlock_s,
		.rounds = settings->password_rounds,
	};
	memcpy(policy->name, settings->name, sizeof(policy->name));
}

int credentials_judge(const struct settings *settings, enum credentials_kind kind,
		      const struct secret *text, struct refusal *why)
{
	struct credentials_policy policy;

	credentials_policy_take(&policy, settings);
	return credentials_policy_judge(&policy, kind, text, why);
}
