// SPDX-License-Identifier: Apache-2.0
/* Where the code stands is told by the message's identifier. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "log_table.h"

enum {
	/* Bytes of what a message is about, and of all of it. */
	ABOUT_MAX = 1024,
	MESSAGE_MAX = 2048,
	FIELDS_MAX = 8,
	FIELD_MAX = MESSAGE_MAX + 32,
};

static bool to_journal;

/* Who hears every message, and whether it is hearing one now. */
static struct {
	log_listener *hear;
	void *owner;
	bool busy;
} listener;

/* Set by the service manager, and wrong when somebody has redirected standard error since. */
void log_open(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat status;
	char end;

	to_journal = stream && sscanf(stream, "%llu:%llu%c", &device, &inode, &end) == 2 &&
		     !fstat(STDERR_FILENO, &status) && status.st_dev == device &&
		     status.st_ino == inode;
}

/* What comes from the network must not look like another line of the log. */
static void make_one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\177')
			*text = '?';
}

/* The sentence of a reason goes on with what it was about. */
static void reason_append(char *text, size_t size, const struct refusal *why)
{
	const char *sentence = reason_words(why->code)->text;
	size_t used = strlen(text), len = strlen(sentence);

	if (*why->detail && len && sentence[len - 1] == '.')
		len--;
	snprintf(text + used, size - used, "%s%.*s%s%s", *text ? ": " : "", (int)len, sentence,
		 *why->detail ? ": " : "", why->detail);
}

/* One field of a message of the journal. */
struct log_field {
	char text[FIELD_MAX];
};

/**
 * struct log_fields - a message of the journal
 * @fields: the fields
 * @parts: the same for the library
 * @count: how many
 */
struct log_fields {
	struct log_field fields[FIELDS_MAX];
	struct iovec parts[FIELDS_MAX];
	size_t count;
};

__attribute__((format(printf, 2, 3)))
static void field_add(struct log_fields *fields, const char *format, ...)
{
	struct log_field *field = &fields->fields[fields->count];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(field->text, sizeof(field->text), format, list);
	va_end(list);
	fields->parts[fields->count++] = (struct iovec){ field->text, strlen(field->text) };
}

static bool journal_send(const struct log_words *words, const struct refusal *why,
			 const char *about)
{
	struct log_fields fields = { .count = 0 };

	field_add(&fields, "MESSAGE=%s%s%s", words->words, *about ? ": " : "", about);
	field_add(&fields, "MESSAGE_ID=%s", words->id);
	field_add(&fields, "PRIORITY=%d", words->priority);
	field_add(&fields, "SYSLOG_IDENTIFIER=phonesecd");
	field_add(&fields, "PHONESEC_ABOUT=%s", about);
	if (why) {
		field_add(&fields, "PHONESEC_REASON=%s", reason_words(why->code)->code);
		field_add(&fields, "PHONESEC_MEND=%s", reason_words(why->code)->mend);
	}
	return !sd_journal_sendv(fields.parts, (int)fields.count);
}

/* In one piece, so that it stays a line beside others' lines. */
static void text_write(const struct log_words *words, const struct refusal *why,
		       const char *about)
{
	const struct reason *reason = why ? reason_words(why->code) : NULL;
	char line[MESSAGE_MAX];
	int len;

	len = snprintf(line, sizeof(line) - 1, "<%d> %s%s%s%s%s%s%s%s", words->priority,
		       words->words, *about ? ": " : "", about, why ? " (" : "",
		       why ? reason->code : "", why && *reason->mend ? "; " : "",
		       why ? reason->mend : "", why ? ")" : "");
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len++] = '\n';
	fflush(stderr);
	/* There is nobody left to tell that it cannot be told. */
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

static void listener_tell(enum log_message message, const struct refusal *why, const char *about)
{
	if (!listener.hear || listener.busy)
		return;
	listener.busy = true;
	listener.hear(listener.owner, message, why, about);
	listener.busy = false;
}

static void tell(enum log_message message, const struct refusal *why, const char *format,
		 va_list list)
{
	const struct log_words *words = log_words(message);
	char about[ABOUT_MAX];

	(void)vsnprintf(about, sizeof(about), format, list);
	if (why)
		reason_append(about, sizeof(about), why);
	make_one_line(about);
	if (!to_journal || !journal_send(words, why, about))
		text_write(words, why, about);
	listener_tell(message, why, about);
}

void log_listen(log_listener *hear, void *owner)
{
	listener.hear = hear;
	listener.owner = owner;
}

void log_tell(enum log_message message, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	tell(message, NULL, format, list);
	va_end(list);
}

void log_refusal(enum log_message message, const struct refusal *why, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	tell(message, why, format, list);
	va_end(list);
}

void log_catalog(FILE *stream)
{
	fputs("# SPDX-License-Identifier: Apache-2.0\n"
	      "#\n# What the messages of phonesecd mean, for 'journalctl -x'.\n", stream);
	for (enum log_message message = 0; message < LOG_MESSAGES; message++) {
		const struct log_words *words = log_words(message);

		fprintf(stream, "\n-- %s\nSubject: %s\nDefined-By: phonesec\n"
			"Documentation: man:phonesecd(8)\n\n@PHONESEC_ABOUT@\n\n%s\n",
			words->id, words->words, words->happened);
		if (*words->mend)
			fprintf(stream, "\n%s\n", words->mend);
		if (words->has_reason)
			fputs("\nReason: @PHONESEC_REASON@\n@PHONESEC_MEND@\n", stream);
	}
}

/* As in syslog.h, where they are numbers. */
static const char *priority_word(int priority)
{
	static const char *const priorities[] = {
		[LOG_ERR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",
	};

	return priorities[priority];
}

void log_manual(FILE *stream)
{
	fputs(".Bl -tag -width Ds\n", stream);
	for (enum log_message message = 0; message < LOG_MESSAGES; message++) {
		const struct log_words *words = log_words(message);

		fprintf(stream, ".It %s Pq %s\n.Li %s\n.br\n%s\n", words->words,
			priority_word(words->priority), words->id, words->happened);
		if (*words->mend)
			fprintf(stream, "%s\n", words->mend);
	}
	fputs(".El\n", stream);
}
