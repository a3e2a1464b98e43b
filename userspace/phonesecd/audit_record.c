// SPDX-License-Identifier: Apache-2.0
#include "audit_record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bus_object.h"

/* The number of an enterprise that is for examples (RFC 5612): this program has none of its own. */
#define DATA_ID "phonesec@32473"

enum {
	VALUE_MAX = 512,
	/* RFC 5424 section 7.3.1. */
	SEQUENCE_MAX = INT32_MAX,
	/* "]" and " " that must still fit behind cut data. */
	CLOSING = 2,
};

struct text {
	char *at;
	size_t used;
	size_t size;
};

static void byte_add(struct text *text, char byte)
{
	if (text->used < text->size)
		text->at[text->used++] = byte;
}

static void words_add(struct text *text, const char *words)
{
	for (; *words; words++)
		byte_add(text, *words);
}

__attribute__((format(printf, 2, 3)))
static void format_add(struct text *text, const char *format, ...)
{
	char words[VALUE_MAX];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(words, sizeof(words), format, list);
	va_end(list);
	words_add(text, words);
}

/* HOSTNAME and MSGID are of printable ASCII without spaces; empty ones are "-". */
static void name_add(struct text *text, const char *name, size_t max)
{
	if (!*name)
		byte_add(text, '-');
	for (size_t i = 0; name[i] && i < max; i++)
		byte_add(text, name[i] > ' ' && name[i] <= '~' ? name[i] : '?');
}

static void time_add(struct text *text)
{
	struct timespec now;
	char words[32];
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &tm) ||
	    !strftime(words, sizeof(words), "%Y-%m-%dT%H:%M:%S", &tm)) {
		byte_add(text, '-');
		return;
	}
	format_add(text, "%s.%06ldZ", words, now.tv_nsec / 1000);
}

/* RFC 5424 section 6.3.3. What could not be closed any more is left out. */
static void field_add(struct text *text, const struct audit_field *field)
{
	char value[VALUE_MAX];
	size_t before = text->used;

	format_add(text, " %s=\"", field->name);
	for (const char *at = bus_text(value, sizeof(value), field->value); *at; at++) {
		if (strchr("\"\\]", *at))
			byte_add(text, '\\');
		byte_add(text, *at);
	}
	byte_add(text, '"');
	if (text->used + CLOSING > text->size)
		text->used = before;
}

static void data_add(struct text *text, const struct audit_record *record)
{
	format_add(text, " [meta sequenceId=\"%" PRIu64 "\"]",
		   (record->number - 1) % SEQUENCE_MAX + 1);
	if (!record->count)
		return;
	words_add(text, "[" DATA_ID);
	for (size_t i = 0; i < record->count; i++)
		field_add(text, &record->fields[i]);
	byte_add(text, ']');
}

size_t audit_record_format(const struct audit_record *record, char text[AUDIT_RECORD_MAX])
{
	struct text into = { text, 0, AUDIT_RECORD_MAX };

	format_add(&into, "<%u>1 ", record->facility * 8 + (unsigned int)record->severity);
	time_add(&into);
	byte_add(&into, ' ');
	name_add(&into, record->host, AUDIT_HOST_MAX - 1);
	format_add(&into, " phonesecd %ld ", (long)getpid());
	name_add(&into, record->id, 32);
	data_add(&into, record);
	byte_add(&into, ' ');
	/* Cut where a character begins. */
	return into.used +
	       strlen(bus_text(text + into.used, into.size - into.used, record->text));
}
