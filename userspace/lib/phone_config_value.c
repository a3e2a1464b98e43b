// SPDX-License-Identifier: Apache-2.0
/* The text of values. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "phone_config_table.h"

/* Numbers of disableTLSCiphers. */
enum { CIPHER_MAX = 7 };

/* Digits alone; what does not fit is more than every maximum. */
static bool number_read(const char *text, unsigned int min, unsigned int max,
			unsigned int *number)
{
	unsigned int value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (unsigned int)(*text - '0');
		if (value > max)
			return false;
	}
	*number = value;
	return value >= min;
}

/* Into a field of this width. */
static void number_set(void *field, size_t size, unsigned int number)
{
	uint16_t narrow = (uint16_t)number;

	if (size == sizeof(bool))
		*(bool *)field = number;
	else if (size == sizeof(narrow))
		memcpy(field, &narrow, sizeof(narrow));
	else
		memcpy(field, &number, sizeof(number));
}

static unsigned int number_get(const void *field, size_t size)
{
	unsigned int number;
	uint16_t narrow;

	if (size == sizeof(bool))
		return *(const bool *)field;
	memcpy(&narrow, field, sizeof(narrow));
	if (size == sizeof(narrow))
		return narrow;
	memcpy(&number, field, sizeof(number));
	return number;
}

static bool truth_read(bool *field, const char *text, bool is_open)
{
	if (!is_open && (!strcasecmp(text, "true") || !strcasecmp(text, "false"))) {
		*field = !strcasecmp(text, "true");
		return true;
	}
	if (strcmp(text, "0") && strcmp(text, "1"))
		return false;
	*field = (*text == '1') != is_open;
	return true;
}

static bool word_read(void *field, const struct phone_config_element *element, const char *text)
{
	for (const struct phone_config_word *word = element->words; word->word; word++) {
		if (!strcasecmp(word->word, text)) {
			number_set(field, element->size, word->number);
			return true;
		}
	}
	return false;
}

static bool text_copy(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		return false;
	memset(field, 0, size);
	memcpy(field, text, len);
	return true;
}

/* What is shown on a terminal must not speak to it; above ASCII it is UTF-8, as expat sees to. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\177')
			return false;
	return true;
}

/* A name or an address, which the resolver has the last word about. */
static bool host_is_valid(const char *text)
{
	if (*text == '-')
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("-_.:", *text))
			return false;
	return true;
}

static bool url_is_valid(const char *text, bool must_be_secure)
{
	bool secure = !strncasecmp(text, "https://", 8);

	if (!*text)
		return true;
	if (!secure && (must_be_secure || strncasecmp(text, "http://", 7)))
		return false;
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at > '~')
			return false;
	return true;
}

static bool hash_read(char *field, size_t size, const char *text)
{
	size_t len = strlen(text);

	if ((len && len != PHONE_CONFIG_HASH_LEN) || text[strspn(text, "0123456789abcdefABCDEF")] ||
	    !text_copy(field, size, text))
		return false;
	for (; *field; field++)
		*field = (char)tolower((unsigned char)*field);
	return true;
}

/* "1,2,5": bit N for number N; blanks between them do not matter. */
static bool ciphers_read(uint16_t *field, const char *text)
{
	unsigned int number;
	uint16_t bits = 0;
	char digits[4];
	size_t len;

	while (*text) {
		len = strcspn(text, ", ");
		if (!len || len >= sizeof(digits))
			return false;
		memcpy(digits, text, len);
		digits[len] = '\0';
		if (!number_read(digits, 1, CIPHER_MAX, &number))
			return false;
		bits |= (uint16_t)(1 << number);
		text += len;
		text += strspn(text, ", ");
	}
	*field = bits;
	return true;
}

static bool secret_read(struct secret **field, const char *text)
{
	struct secret *secret = secret_new(PHONE_CONFIG_SECRET_MAX);
	bool good = secret;

	for (; good && *text; text++)
		good = secret_append(secret, (unsigned char)*text);
	if (!good) {
		secret_free(secret);
		return false;
	}
	secret_free(*field);
	*field = secret;
	return true;
}

bool phone_config_value_set(void *field, const struct phone_config_element *element,
			    const char *text)
{
	unsigned int number;

	switch (element->kind) {
	case PHONE_CONFIG_TRUTH:
		return truth_read(field, text, false);
	case PHONE_CONFIG_OPEN:
		return truth_read(field, text, true);
	case PHONE_CONFIG_NUMBER:
		if (!number_read(text, element->min, element->max, &number))
			return false;
		number_set(field, element->size, number);
		return true;
	case PHONE_CONFIG_WORD:
		return word_read(field, element, text);
	case PHONE_CONFIG_TEXT:
		return is_printable(text) && text_copy(field, element->size, text);
	case PHONE_CONFIG_HOST:
		return host_is_valid(text) && text_copy(field, element->size, text);
	case PHONE_CONFIG_URL:
	case PHONE_CONFIG_SECURE_URL:
		return url_is_valid(text, element->kind == PHONE_CONFIG_SECURE_URL) &&
		       text_copy(field, element->size, text);
	case PHONE_CONFIG_HASH:
		return hash_read(field, element->size, text);
	case PHONE_CONFIG_CIPHERS:
		return ciphers_read(field, text);
	case PHONE_CONFIG_HIDDEN:
		return secret_read(field, text);
	}
	return false;
}

static void words_write(const struct phone_config_word *words, char *text, size_t size)
{
	size_t used = 0;

	for (; words->word && used < size; words++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
					 words->word);
}

void phone_config_allowed(const struct phone_config_element *element, char *text, size_t size)
{
	static const char *const kinds[] = {
		[PHONE_CONFIG_TRUTH] = "true or false, 1 or 0",
		[PHONE_CONFIG_OPEN] = "0 for enabled or 1 for disabled",
		[PHONE_CONFIG_TEXT] = "printable, and not as long",
		[PHONE_CONFIG_HOST] = "a name or an address",
		[PHONE_CONFIG_URL] = "a URL of http or https",
		[PHONE_CONFIG_SECURE_URL] = "a URL of https",
		[PHONE_CONFIG_HASH] = "32 hexadecimal digits, or none",
		[PHONE_CONFIG_CIPHERS] = "numbers from 1 to 7, with commas between",
		[PHONE_CONFIG_HIDDEN] = "not as long",
	};

	if (element->kind == PHONE_CONFIG_NUMBER)
		snprintf(text, size, "a number from %u to %u", element->min, element->max);
	else if (element->kind == PHONE_CONFIG_WORD)
		words_write(element->words, text, size);
	else
		snprintf(text, size, "%s", kinds[element->kind]);
}

static void ciphers_format(uint16_t bits, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (unsigned int number = 1; number <= CIPHER_MAX; number++)
		if (bits & 1 << number)
			used += (size_t)snprintf(text + used, size - used, "%s%u",
						 used ? "," : "", number);
}

static void word_format(const void *field, const struct phone_config_element *element, char *text,
			size_t size)
{
	unsigned int number = number_get(field, element->size);
	const struct phone_config_word *word = element->words;

	while (word->word && word->number != number)
		word++;
	snprintf(text, size, "%s", word->word ? word->word : "");
}

void phone_config_value_format(const void *field, const struct phone_config_element *element,
			       char *text, size_t size)
{
	struct secret *secret;

	switch (element->kind) {
	case PHONE_CONFIG_TRUTH:
		snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
		break;
	case PHONE_CONFIG_OPEN:
		snprintf(text, size, "%s", *(const bool *)field ? "0" : "1");
		break;
	case PHONE_CONFIG_NUMBER:
		snprintf(text, size, "%u", number_get(field, element->size));
		break;
	case PHONE_CONFIG_WORD:
		word_format(field, element, text, size);
		break;
	case PHONE_CONFIG_CIPHERS:
		ciphers_format(*(const uint16_t *)field, text, size);
		break;
	case PHONE_CONFIG_HIDDEN:
		memcpy(&secret, field, sizeof(secret));
		snprintf(text, size, "%s", secret ? "is set" : "");
		break;
	default:
		snprintf(text, size, "%s", (const char *)field);
	}
}
