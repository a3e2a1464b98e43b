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

/* What is told of the message itself is the caller's to add. */
static struct audit_record record_of(enum log_message message)
{
	const char *id = audit_words(message)->id;
	const struct log_words *words = log_words(message);

	return (struct audit_record){ .severity = words->priority, .id = id ?: words->id };
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

	for (size_t i = 0; i < LOG_MESSAGES; i++)
		if (audit->limits[i].wait_us && audit->limits[i].due_us < due_us)
			due_us = audit->limits[i].due_us;
	(void)sd_event_source_set_time(audit->counts, due_us);
	(void)sd_event_source_set_enabled(audit->counts, due_us == UINT64_MAX ?
					  SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void count_tell(struct audit *audit, enum log_message message, uint64_t count)
{
	struct audit_record record = record_of(message);
	char number[NUMBER_MAX], text[AUDIT_RECORD_MAX];

	snprintf(number, sizeof(number), "%" PRIu64, count);
	snprintf(text, sizeof(text), "%s: %s more that were only counted",
		 log_words(message)->words, number);
	record.text = text;
	field_set(&record, "count", number);
	audit_event_add(audit, &record);
}

void audit_counts_tell(struct audit *audit, bool all)
{
	uint64_t now = now_us(audit), count;
	struct audit_limit *limit;

	for (enum log_message message = 0; message < LOG_MESSAGES; message++) {
		limit = &audit->limits[message];
		if (!limit->wait_us || (!all && limit->due_us > now))
			continue;
		count = audit_limit_end(limit, now);
		if (count)
			count_tell(audit, message, count);
	}
	counts_arm(audit);
}

/* Returns whether a message is told; that it is only counted from now on is told as well. */
static bool limit_allows(struct audit *audit, enum log_message message)
{
	struct audit_record record = record_of(message);
	char text[AUDIT_RECORD_MAX];

	if (!audit_words(message)->is_limited)
		return true;
	switch (audit_limit_take(&audit->limits[message], now_us(audit))) {
	case AUDIT_LIMIT_TELL:
		return true;
	case AUDIT_LIMIT_BEGIN:
		snprintf(text, sizeof(text), "%s: these are only counted from now on",
			 log_words(message)->words);
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
	    !limit_allows(audit, message))
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
		   const struct refusal *result)
{
	char text[AUDIT_RECORD_MAX];

	if (!audit)
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
