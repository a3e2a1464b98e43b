// SPDX-License-Identifier: Apache-2.0
/* What becomes an event of the audit log. */
#include <inttypes.h>
#include <syslog.h>

#include "audit_impl.h"
#include "audit_table.h"
#include "log_table.h"

enum { NUMBER_MAX = 24 };

static void field_set(struct audit_record *record, const char *name, const char *value)
{
	record->fields[record->count++] = (struct audit_field){ name, value };
}

/* What is told of the event itself is the caller's to add. */
static struct audit_record record_of(size_t kind)
{
	const struct log_words *words;
	const char *id;

	if (kind == AUDIT_KIND_REQUEST)
		return (struct audit_record){ .severity = LOG_NOTICE, .id = AUDIT_ID_REQUEST };
	words = log_words((enum log_message)kind);
	id = audit_words((enum log_message)kind)->id;
	return (struct audit_record){ .severity = words->priority, .id = id ?: words->id };
}

static const char *kind_words(size_t kind)
{
	return kind == AUDIT_KIND_REQUEST ? "Requests that were refused or change nothing" :
					    log_words((enum log_message)kind)->words;
}

static uint64_t now_us(const struct audit *audit)
{
	uint64_t now = 0;

	(void)sd_event_now(audit->event, CLOCK_MONOTONIC, &now);
	return now;
}

static void counts_arm(struct audit *audit)
{
	uint64_t due_us = UINT64_MAX;

	for (size_t i = 0; i < AUDIT_KINDS; i++)
		if (audit->limits[i].wait_us && audit->limits[i].due_us < due_us)
			due_us = audit->limits[i].due_us;
	(void)sd_event_source_set_time(audit->counts, due_us);
	(void)sd_event_source_set_enabled(audit->counts, due_us == UINT64_MAX ?
					  SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void count_tell(struct audit *audit, size_t kind, uint64_t count)
{
	struct audit_record record = record_of(kind);
	char number[NUMBER_MAX], text[AUDIT_RECORD_MAX];

	snprintf(number, sizeof(number), "%" PRIu64, count);
	snprintf(text, sizeof(text), "%s: %s more that were only counted", kind_words(kind),
		 number);
	record.text = text;
	field_set(&record, "count", number);
	audit_event_add(audit, &record);
}

void audit_counts_tell(struct audit *audit, bool all)
{
	uint64_t now = now_us(audit), count;
	struct audit_limit *limit;

	for (size_t kind = 0; kind < AUDIT_KINDS; kind++) {
		limit = &audit->limits[kind];
		if (!limit->wait_us || (!all && limit->due_us > now))
			continue;
		count = audit_limit_end(limit, now);
		if (count)
			count_tell(audit, kind, count);
	}
	counts_arm(audit);
}

/* Returns whether an event is told; that it is only counted from now on is told as well. */
static bool limit_allows(struct audit *audit, size_t kind)
{
	struct audit_record record = record_of(kind);
	char text[AUDIT_RECORD_MAX];

	switch (audit_limit_take(&audit->limits[kind], now_us(audit))) {
	case AUDIT_LIMIT_TELL:
		return true;
	case AUDIT_LIMIT_BEGIN:
		snprintf(text, sizeof(text), "%s: these are only counted from now on",
			 kind_words(kind));
		record.text = text;
		field_set(&record, "count", "begins");
		audit_event_add(audit, &record);
		counts_arm(audit);
		break;
	case AUDIT_LIMIT_COUNT:
		break;
	}
	return false;
}

void audit_message_hear(void *owner, enum log_message message, const struct refusal *why,
			const char *about)
{
	struct audit_record record = record_of(message);
	struct audit *audit = owner;
	char text[AUDIT_RECORD_MAX];

	if (audit->settings.audit_mode == AUDIT_MODE_OFF || audit_words(message)->not_told ||
	    (audit_words(message)->is_limited && !limit_allows(audit, message)))
		return;
	snprintf(text, sizeof(text), "%s%s%s", log_words(message)->words, *about ? ": " : "",
		 about);
	record.text = text;
	if (why)
		field_set(&record, "reason", reason_words(why->code)->code);
	audit_event_add(audit, &record);
}

static void actor_tell(struct audit *audit, const char *id, int severity,
		       const struct audit_actor *actor, const char *method,
		       const struct refusal *result, const char *text)
{
	struct audit_record record = { .severity = severity, .id = id, .text = text };
	char uid[NUMBER_MAX], pid[NUMBER_MAX];

	snprintf(uid, sizeof(uid), "%" PRIu32, actor->uid);
	snprintf(pid, sizeof(pid), "%" PRIu32, actor->pid);
	field_set(&record, "uid", uid);
	if (actor->pid)
		field_set(&record, "pid", pid);
	if (method)
		field_set(&record, "method", method);
	if (method)
		field_set(&record, "result", result ? reason_words(result->code)->code : "done");
	audit_event_add(audit, &record);
}

/* The detail of a refusal may be what somebody entered, so it is left out. */
void audit_request(struct audit *audit, const struct audit_actor *actor, const char *method,
		   bool changes, const struct refusal *result)
{
	char text[AUDIT_RECORD_MAX];

	if (!audit || ((result || !changes) && !limit_allows(audit, AUDIT_KIND_REQUEST)))
		return;
	snprintf(text, sizeof(text), "User %" PRIu32 " asked for %s: %s", actor->uid, method,
		 result ? reason_words(result->code)->text : "done");
	actor_tell(audit, AUDIT_ID_REQUEST, result ? LOG_WARNING : LOG_NOTICE, actor, method,
		   result, text);
}

void audit_test(struct audit *audit, const struct audit_actor *actor)
{
	if (audit)
		actor_tell(audit, AUDIT_ID_TEST, LOG_INFO, actor, NULL, NULL,
			   "This event tells that events arrive.");
}
