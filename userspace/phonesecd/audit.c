// SPDX-License-Identifier: Apache-2.0
/* Where events are kept, and what happens when there is no room. */
#include "audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit_impl.h"
#include "audit_numbers.h"
#include "log.h"

enum {
	KIB = 1024,
	/* Part of the spool that is left for what follows from its being full. */
	RESERVE_PARTS = 16,
	/* After this a disk that refused something is tried again. */
	DISK_WAIT_US = 10 * 1000000,
};

static uint64_t spool_max(const struct audit *audit)
{
	return (uint64_t)audit->settings.audit_kib * KIB;
}

static bool is_off(const struct audit *audit)
{
	return audit->settings.audit_mode == AUDIT_MODE_OFF;
}

void audit_turn(struct audit *audit)
{
	(void)sd_event_source_set_enabled(audit->turn, SD_EVENT_ONESHOT);
}

static void disk_fail(struct audit *audit, const struct refusal *why)
{
	audit->disk = *why;
	(void)sd_event_source_set_time_relative(audit->retry, DISK_WAIT_US);
	(void)sd_event_source_set_enabled(audit->retry, SD_EVENT_ONESHOT);
	audit_turn(audit);
}

void audit_position_keep(struct audit *audit)
{
	int err = audit_position_write(audit->position_fd, &audit->position);
	struct refusal why;

	if (!err)
		return;
	refusal_set(&why, REASON_AUDIT_DISK, "%.160s/position: %s", audit->folder, strerror(-err));
	disk_fail(audit, &why);
}

/* Whether there is room for one more event, beside @reserve bytes. */
static bool has_room(const struct audit *audit, uint64_t reserve)
{
	struct audit_spool_facts facts;

	if (!audit->spool || audit->disk.code)
		return false;
	audit_spool_facts(audit->spool, &facts);
	return facts.bytes + reserve + 2 * AUDIT_RECORD_MAX <= facts.max;
}

/* Kept on the phone alone the newest events are worth more than the oldest. */
static void room_make(struct audit *audit)
{
	while (audit->settings.audit_mode == AUDIT_MODE_INTERNAL && !audit->disk.code &&
	       !has_room(audit, 0) && audit_spool_forget(audit->spool))
		;
	if (!has_room(audit, spool_max(audit) / RESERVE_PARTS))
		audit_spool_release(audit->spool, audit->position.delivered);
}

static void event_lose(struct audit *audit)
{
	audit->position.lost++;
	audit->position.lost_ever++;
	if (audit->position_fd >= 0)
		audit_position_keep(audit);
	audit_turn(audit);
}

/* Waits for the disk, which is rare: a thread has reserved more before these were used up. */
static bool numbers_reserve(struct audit *audit, uint64_t newest)
{
	uint64_t last = newest + AUDIT_NUMBERS_AHEAD;
	struct refusal why;

	if (audit_numbers_write(audit->folder, last, &why)) {
		disk_fail(audit, &why);
		return false;
	}
	audit->reserved = last;
	return true;
}

static bool sync_begin(void *owner, struct audit_spool_sync *work)
{
	struct audit *audit = owner;

	if (!audit->spool || !audit_spool_sync_begin(audit->spool, work))
		return false;
	work->reserve = work->up_to + AUDIT_NUMBERS_AHEAD / 2 < audit->reserved ? 0 :
			work->up_to + AUDIT_NUMBERS_AHEAD;
	return true;
}

static void sync_done(void *owner, const struct audit_spool_sync *work, const struct refusal *why)
{
	struct audit *audit = owner;

	if (!audit->spool)
		return;
	if (why) {
		audit->is_sync_failed = true;
		disk_fail(audit, why);
		return;
	}
	audit_spool_sync_done(audit->spool, work);
	if (audit->reserved < work->reserve)
		audit->reserved = work->reserve;
	if (!audit->is_sync_failed)
		return;
	audit->is_sync_failed = false;
	audit->disk = (struct refusal){ 0 };
	audit_turn(audit);
}

static const struct audit_sync_events sync_events = { .begin = sync_begin, .done = sync_done };

void audit_event_add(struct audit *audit, struct audit_record *record)
{
	struct audit_spool_facts facts;
	char text[AUDIT_RECORD_MAX];
	struct refusal why;
	size_t len;

	if (is_off(audit))
		return;
	if (!audit->spool) {
		event_lose(audit);
		return;
	}
	room_make(audit);
	audit_spool_facts(audit->spool, &facts);
	if (facts.newest >= audit->reserved && !numbers_reserve(audit, facts.newest)) {
		event_lose(audit);
		return;
	}
	record->facility = audit->settings.audit_facility;
	record->host = audit->host;
	record->number = facts.newest + 1;
	len = audit_record_format(record, text);
	if (audit_spool_add(audit->spool, (struct octets){ (uint8_t *)text, len }, &why)) {
		if (why.code != REASON_AUDIT_FULL)
			disk_fail(audit, &why);
		event_lose(audit);
		return;
	}
	if (!audit->is_sync_failed)
		audit->disk = (struct refusal){ 0 };
	audit_sync_want(audit->sync);
	audit_send_poke(audit);
	if (audit->is_full != !has_room(audit, spool_max(audit) / RESERVE_PARTS))
		audit_turn(audit);
}

/* Told when there is room again, and before anything else. */
static void lost_tell(struct audit *audit)
{
	uint64_t lost = audit->position.lost;

	if (!lost || !has_room(audit, 0))
		return;
	audit->position.lost = 0;
	log_tell(LOG_AUDIT_LOST, "%" PRIu64, lost);
	if (audit->position.lost)
		audit->position.lost += lost;
	audit_position_keep(audit);
}

static void full_look(struct audit *audit)
{
	bool halts = audit->settings.audit_on_full == AUDIT_FULL_HALT;
	uint64_t reserve = spool_max(audit) / RESERVE_PARTS;
	struct refusal why = audit->disk;
	bool is_full;

	/* The way back is longer, so that a phone is not in and out of service by turns. */
	is_full = !is_off(audit) && !has_room(audit, audit->is_full ? 2 * reserve : reserve) &&
		  (audit->disk.code || !audit->spool || audit_is_external(audit));
	if (is_full && !audit->is_full) {
		if (!why.code)
			refusal_set(&why, REASON_AUDIT_FULL, "%" PRIu64 " KiB",
				    spool_max(audit) / KIB);
		log_refusal(LOG_AUDIT_FULL, &why, "%s",
			    halts ? "no new calls" : "events will be lost");
	}
	audit->is_full = is_full;
	if ((is_full && halts) == audit->is_halted)
		return;
	audit->is_halted = is_full && halts;
	refusal_set(&why, REASON_AUDIT_HALTED, "%s",
		    audit->disk.code ? audit->disk.detail : "the spool is full");
	if (audit->events->halted)
		audit->events->halted(audit->owner, audit->is_halted ? &why : NULL);
}

static void spool_open(struct audit *audit);

static int turn_take(sd_event_source *source, void *data)
{
	struct audit *audit = data;

	(void)source;
	lost_tell(audit);
	full_look(audit);
	audit->events->changed(audit->owner);
	return 0;
}

static int timer_take(sd_event_source *source, uint64_t time, void *data)
{
	struct audit *audit = data;

	(void)source, (void)time;
	audit_send_again(audit);
	return 0;
}

/* If it refuses again, that begins another wait. */
static int retry_take(sd_event_source *source, uint64_t time, void *data)
{
	struct audit *audit = data;

	(void)source, (void)time;
	if (is_off(audit))
		return 0;
	if (audit->is_sync_failed) {
		audit_sync_want(audit->sync);
		return 0;
	}
	audit->disk = (struct refusal){ 0 };
	if (audit->spool) {
		audit_position_keep(audit);
	} else {
		spool_open(audit);
		audit_send_again(audit);
	}
	audit_turn(audit);
	return 0;
}

/* All is on disk then, and no number is left out because of it. */
static void spool_end(struct audit *audit)
{
	struct audit_spool_sync work = { .count = 0 };
	struct audit_spool_facts facts;
	struct refusal why;

	if (!audit->spool || !audit->sync)
		return;
	audit_sync_wait(audit->sync);
	audit_spool_facts(audit->spool, &facts);
	(void)audit_spool_sync_begin(audit->spool, &work);
	work.reserve = facts.newest;
	(void)audit_spool_sync_run(&work, &why);
}

static void spool_close(struct audit *audit)
{
	audit_spool_close(audit->spool);
	audit->spool = NULL;
	audit->reserved = 0;
	audit->is_sync_failed = false;
	if (audit->position_fd >= 0)
		close(audit->position_fd);
	audit->position_fd = -1;
}

/* Events of which nobody knows whether they were sent had a number nevertheless. */
static void spool_open(struct audit *audit)
{
	struct audit_position *position = &audit->position;
	struct audit_spool_facts facts;
	uint64_t lost = position->lost;
	struct refusal why;
	int err;

	err = audit_spool_open(&audit->spool, audit->folder, spool_max(audit), &why);
	if (!err)
		err = audit_position_open(&audit->position_fd, audit->folder, position, &why);
	if (err) {
		spool_close(audit);
		disk_fail(audit, &why);
		return;
	}
	position->lost += lost;
	position->lost_ever += lost;
	if (position->sent < position->delivered)
		position->sent = position->delivered;
	audit_spool_skip(audit->spool, position->sent);
	audit_spool_skip(audit->spool, audit_numbers_read(audit->folder));
	audit->disk = (struct refusal){ 0 };
	audit_spool_facts(audit->spool, &facts);
	(void)numbers_reserve(audit, facts.newest);
	audit_turn(audit);
}

static void host_name(struct audit *audit)
{
	if (*audit->settings.name)
		snprintf(audit->host, sizeof(audit->host), "%s", audit->settings.name);
	else if (gethostname(audit->host, sizeof(audit->host)))
		*audit->host = '\0';
	audit->host[sizeof(audit->host) - 1] = '\0';
}

static int counts_take(sd_event_source *source, uint64_t time, void *data)
{
	(void)source, (void)time;
	audit_counts_tell(data, false);
	return 0;
}

static int sources_add(struct audit *audit, struct refusal *why)
{
	int err;

	err = sd_event_add_defer(audit->event, &audit->turn, turn_take, audit);
	if (err >= 0)
		err = sd_event_add_time(audit->event, &audit->timer, CLOCK_MONOTONIC, 0, 0,
					timer_take, audit);
	if (err >= 0)
		err = sd_event_add_time(audit->event, &audit->retry, CLOCK_MONOTONIC, 0, 0,
					retry_take, audit);
	if (err >= 0)
		err = sd_event_add_time(audit->event, &audit->counts, CLOCK_MONOTONIC, 0, 0,
					counts_take, audit);
	if (err >= 0)
		err = sd_event_source_set_enabled(audit->turn, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_source_set_enabled(audit->timer, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_source_set_enabled(audit->retry, SD_EVENT_OFF);
	if (err >= 0)
		err = sd_event_source_set_enabled(audit->counts, SD_EVENT_OFF);
	return err >= 0 ? 0 : refusal_set(why, REASON_SYSTEM, "event loop: %s", strerror(-err));
}

static void begin(struct audit *audit)
{
	host_name(audit);
	if (is_off(audit))
		return;
	spool_open(audit);
	if (audit->spool)
		audit_send_go_on(audit);
}

int audit_new(struct audit **audit, sd_event *event, const struct settings *settings,
	      const char *state, const struct trust_asker *asker,
	      const struct audit_events *events, void *owner, struct refusal *why)
{
	struct audit *made = calloc(1, sizeof(*made));
	int err;

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	made->asker = asker;
	made->settings = *settings;
	made->position_fd = -1;
	made->wait_s = 1;
	snprintf(made->folder, sizeof(made->folder), "%s/audit", state);
	err = sources_add(made, why);
	if (!err)
		err = audit_sync_new(&made->sync, event, &sync_events, made, why);
	if (err) {
		audit_free(made);
		return err;
	}
	log_listen(audit_message_hear, made);
	begin(made);
	*audit = made;
	return 0;
}

/* Whether what is sent goes elsewhere, or otherwise. */
static bool is_other_server(const struct settings *a, const struct settings *b)
{
	return a->audit_mode != b->audit_mode || a->audit_transport != b->audit_transport ||
	       a->audit_server.port != b->audit_server.port ||
	       strcmp(a->audit_server.host, b->audit_server.host) ||
	       strcmp(a->audit_anchors, b->audit_anchors) || strcmp(a->anchors, b->anchors);
}

int audit_reload(struct audit *audit, const struct settings *settings, struct refusal *why)
{
	bool is_other = is_other_server(&audit->settings, settings), was_off = is_off(audit);

	(void)why;
	audit->settings = *settings;
	host_name(audit);
	if (is_off(audit)) {
		memset(audit->limits, 0, sizeof(audit->limits));
		audit_send_stop(audit);
		spool_end(audit);
		spool_close(audit);
		audit->position = (struct audit_position){ 0 };
		audit->disk = (struct refusal){ 0 };
	} else if (was_off) {
		begin(audit);
	} else if (audit->spool) {
		audit_spool_limit(audit->spool, spool_max(audit));
		if (is_other)
			audit_send_start(audit);
	}
	audit_turn(audit);
	return 0;
}

void audit_free(struct audit *audit)
{
	if (!audit)
		return;
	log_listen(NULL, NULL);
	if (audit->counts) {
		audit_counts_tell(audit, true);
		audit_send_stop(audit);
	}
	spool_end(audit);
	spool_close(audit);
	audit_sync_free(audit->sync);
	sd_event_source_disable_unref(audit->turn);
	sd_event_source_disable_unref(audit->timer);
	sd_event_source_disable_unref(audit->retry);
	sd_event_source_disable_unref(audit->counts);
	sd_event_unref(audit->event);
	free(audit);
}

static enum audit_state state_of(const struct audit *audit)
{
	if (is_off(audit))
		return AUDIT_OFF;
	if (audit->disk.code)
		return AUDIT_FAILED;
	return audit_is_external(audit) ? audit_send_state(audit) : AUDIT_INTERNAL;
}

void audit_status(const struct audit *audit, struct audit_status *status)
{
	struct audit_spool_facts facts = { .max = spool_max(audit) };

	if (audit->spool)
		audit_spool_facts(audit->spool, &facts);
	*status = (struct audit_status){
		.mode = audit->settings.audit_mode,
		.transport = audit->settings.audit_transport,
		.state = state_of(audit), .newest = facts.newest,
		.delivered = audit->position.delivered,
		.spool_bytes = facts.bytes, .spool_max = facts.max,
		.lost = audit->position.lost_ever, .is_full = audit->is_full,
		.is_halted = audit->is_halted,
		.last = audit->disk.code ? audit->disk : audit->last,
	};
	if (!audit_is_external(audit))
		return;
	status->waiting = facts.newest - audit->position.delivered;
	snprintf(status->server, sizeof(status->server), "%s", audit->peer);
}

const char *audit_state_word(enum audit_state state)
{
	static const char *const states[AUDIT_STATES] = {
		[AUDIT_OFF] = "off", [AUDIT_INTERNAL] = "internal",
		[AUDIT_CONNECTING] = "connecting", [AUDIT_SENDING] = "sending",
		[AUDIT_WAITING] = "waiting", [AUDIT_FAILED] = "failed",
	};

	return states[state];
}
