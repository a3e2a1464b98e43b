// SPDX-License-Identifier: Apache-2.0
#include "splice.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One exchange, in the order of its place. */
struct exchange {
	size_t at;
	size_t remove;
	char *with;
	size_t len;
};

struct splice {
	struct span text;
	struct exchange *exchanges;
	size_t count;
	size_t room;
	int err;
};

bool span_is(struct span span, const char *word)
{
	return span.len == strlen(word) && !strncasecmp(span.at, word, span.len);
}

bool span_equal(struct span span, const char *text)
{
	return span.len == strlen(text) && !memcmp(span.at, text, span.len);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span span)
{
	while (span.len && is_space(*span.at)) {
		span.at++;
		span.len--;
	}
	while (span.len && is_space(span.at[span.len - 1]))
		span.len--;
	return span;
}

bool span_number(struct span span, unsigned long max, unsigned long *number)
{
	unsigned long sum = 0, digit;

	if (!span.len)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		if (span.at[i] < '0' || span.at[i] > '9')
			return false;
		digit = (unsigned long)(span.at[i] - '0');
		if (digit > max || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

struct splice *splice_new(struct span text)
{
	struct splice *splice = calloc(1, sizeof(*splice));

	if (splice)
		splice->text = text;
	return splice;
}

static void bytes_free(char *bytes, size_t len)
{
	if (bytes)
		explicit_bzero(bytes, len);
	free(bytes);
}

void splice_free(struct splice *splice)
{
	if (!splice)
		return;
	for (size_t i = 0; i < splice->count; i++)
		bytes_free(splice->exchanges[i].with, splice->exchanges[i].len);
	free(splice->exchanges);
	free(splice);
}

/* Where an exchange goes: behind what is inserted at its place, before what is removed there. */
static size_t place_find(const struct splice *splice, const struct exchange *new)
{
	size_t i = splice->count;

	for (; i; i--) {
		const struct exchange *before = &splice->exchanges[i - 1];

		if (before->at < new->at || (before->at == new->at && !before->remove) ||
		    (before->at == new->at && new->remove))
			break;
	}
	return i;
}

static bool overlaps(const struct splice *splice, size_t place, const struct exchange *new)
{
	const struct exchange *before = place ? &splice->exchanges[place - 1] : NULL;
	const struct exchange *behind = place < splice->count ? &splice->exchanges[place] : NULL;

	return (before && before->at + before->remove > new->at) ||
	       (behind && new->at + new->remove > behind->at);
}

static char *bytes_add(char *to, const char *bytes, size_t len)
{
	if (len)
		memcpy(to, bytes, len);
	return to + len;
}

static bool room_make(struct splice *splice)
{
	size_t room = splice->room ? 2 * splice->room : 16;
	struct exchange *more;

	if (splice->count < splice->room)
		return true;
	more = reallocarray(splice->exchanges, room, sizeof(*more));
	if (!more)
		return false;
	splice->exchanges = more;
	splice->room = room;
	return true;
}

/* Takes @with over. */
static void exchange_add(struct splice *splice, struct span part, char *with, size_t len)
{
	struct exchange new = { .remove = part.len, .with = with, .len = len };
	const struct span *text = &splice->text;
	size_t place;

	if (splice->err)
		goto refuse;
	splice->err = -EINVAL;
	if (part.at < text->at || part.at > text->at + text->len ||
	    part.len > (size_t)(text->at + text->len - part.at))
		goto refuse;
	new.at = (size_t)(part.at - text->at);
	place = place_find(splice, &new);
	if (overlaps(splice, place, &new))
		goto refuse;
	splice->err = -ENOMEM;
	if (!room_make(splice))
		goto refuse;
	splice->err = 0;
	memmove(&splice->exchanges[place + 1], &splice->exchanges[place],
		(splice->count - place) * sizeof(new));
	splice->exchanges[place] = new;
	splice->count++;
	return;

refuse:
	bytes_free(with, len);
}

void splice_replace(struct splice *splice, struct span part, const char *format, ...)
{
	va_list arguments;
	char *with;
	int len;

	va_start(arguments, format);
	len = vasprintf(&with, format, arguments);
	va_end(arguments);
	if (len < 0)
		splice->err = splice->err ?: -ENOMEM;
	else
		exchange_add(splice, part, with, (size_t)len);
}

void splice_put(struct splice *splice, struct span part, struct span with)
{
	char *copy = malloc(with.len + 1);

	if (!copy) {
		splice->err = splice->err ?: -ENOMEM;
		return;
	}
	bytes_add(copy, with.at, with.len);
	exchange_add(splice, part, copy, with.len);
}

int splice_finish(struct splice *splice, struct span *text)
{
	size_t len = splice->text.len, from = 0;
	char *new, *to;

	*text = (struct span){ 0 };
	if (splice->err)
		return splice->err;
	for (size_t i = 0; i < splice->count; i++)
		len += splice->exchanges[i].len - splice->exchanges[i].remove;
	new = malloc(len + 1);
	if (!new)
		return -ENOMEM;
	to = new;
	for (size_t i = 0; i < splice->count; i++) {
		const struct exchange *exchange = &splice->exchanges[i];

		to = bytes_add(to, splice->text.at + from, exchange->at - from);
		to = bytes_add(to, exchange->with, exchange->len);
		from = exchange->at + exchange->remove;
	}
	to = bytes_add(to, splice->text.at + from, splice->text.len - from);
	*to = '\0';
	*text = (struct span){ new, len };
	return 0;
}

void text_free(struct span *text)
{
	bytes_free((char *)text->at, text->len);
	*text = (struct span){ 0 };
}
