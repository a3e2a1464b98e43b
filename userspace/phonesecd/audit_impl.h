/* SPDX-License-Identifier: Apache-2.0 */
/* What the files audit.c, audit_event.c and audit_send.c share; for them only. */
#ifndef PHONESECD_AUDIT_IMPL_H
#define PHONESECD_AUDIT_IMPL_H

#include <limits.h>

#include "audit.h"
#include "audit_limit.h"
#include "audit_link.h"
#include "audit_position.h"
#include "audit_record.h"
#include "audit_spool.h"
#include "audit_sync.h"
#include "log.h"
#include "server_names.h"

enum {
	/* Seconds for which what was acknowledged is kept, with one mark a second. */
	AUDIT_KEEP_S = 10,
	AUDIT_MARKS = AUDIT_KEEP_S + 2,
};

/* Kinds of events whose number is limited: messages, and requests that change nothing. */
enum { AUDIT_KIND_REQUEST = LOG_MESSAGES, AUDIT_KINDS };

/**
 * struct audit_mark - how far it was at a time
 * @at_us: of CLOCK_MONOTONIC
 * @delivered: number of the last event that was acknowledged until then
 */
struct audit_mark {
	uint64_t at_us;
	uint64_t delivered;
};

/**
 * struct audit - the audit log
 * @settings: those in force
 * @folder: of the spool
 * @host: name of this phone in events
 * @spool: NULL with mode off, and while it cannot be used
 * @sync: has the disk written
 * @reserved: numbers up to this one are reserved on disk
 * @is_sync_failed: @disk is of that, and ends when it succeeds
 * @position_fd, @position: how far it is
 * @peer: the server in words
 * @turn: looks after room and tells the owner, in the next turn of the loop
 * @timer: next attempt at the server
 * @retry: next attempt at a disk that refused something
 * @counts: the next time that it is told how many events were only counted
 * @limits: of each kind
 * @wait_s: seconds that the next wait takes
 * @names: while addresses of the server are looked for
 * @addresses, @count, @next: what was found, and which one is tried next
 * @tls: of the attempt, or NULL
 * @link: the connection, or NULL
 * @left_tries: how often it is still asked what became of the connection of the daemon before
 * @marks, @marks_count: of this connection, oldest first
 * @started: number of the event behind which this connection began
 * @disk: why the spool cannot be written; %REASON_NONE when it can
 * @last: why the server could not be reached
 * @is_told_up, @is_told_down: what the log was told of the server
 * @is_full: was told to be full
 * @is_halted: the owner was told so
 */
struct audit {
	sd_event *event;
	const struct audit_events *events;
	void *owner;
	const struct trust_asker *asker;
	struct settings settings;
	char folder[PATH_MAX];
	char host[AUDIT_HOST_MAX];
	struct audit_spool *spool;
	struct audit_sync *sync;
	uint64_t reserved;
	bool is_sync_failed;
	int position_fd;
	struct audit_position position;
	char peer[AUDIT_PEER_MAX];
	sd_event_source *turn;
	sd_event_source *timer;
	sd_event_source *retry;
	sd_event_source *counts;
	struct audit_limit limits[AUDIT_KINDS];
	unsigned int wait_s;
	struct server_names *names;
	struct server_address addresses[SERVER_ADDRESSES_MAX];
	size_t count;
	size_t next;
	struct tls *tls;
	struct audit_link *link;
	unsigned int left_tries;
	struct audit_mark marks[AUDIT_MARKS];
	size_t marks_count;
	uint64_t started;
	struct refusal disk;
	struct refusal last;
	bool is_told_up;
	bool is_told_down;
	bool is_full;
	bool is_halted;
};

/* Keeps an event, which then has its number; one for which there is no room is counted. */
void audit_event_add(struct audit *audit, struct audit_record *record);

/* What the daemon tells the journal: a log_listener. */
void audit_message_hear(void *owner, enum log_message message, const struct refusal *why,
			const char *about);

/* Tells how many events were only counted: where it is time, or of all. */
void audit_counts_tell(struct audit *audit, bool all);

/* Whether events go to a server. */
bool audit_is_external(const struct audit *audit);

/* Begins to reach the server. */
void audit_send_start(struct audit *audit);

/* The same at first, when a daemon before this one may have left events to the kernel. */
void audit_send_go_on(struct audit *audit);

/* The wait is over: tries again, unless it is at it. */
void audit_send_again(struct audit *audit);

/* Ends the connection, and any attempt. */
void audit_send_stop(struct audit *audit);

/* There is another event. */
void audit_send_poke(struct audit *audit);

/* What the server is being asked for, in a word of the status. */
enum audit_state audit_send_state(const struct audit *audit);

/* Has the owner told in the next turn of the loop, and room looked after. */
void audit_turn(struct audit *audit);

/* Writes the position; a disk that refuses it is told. */
void audit_position_keep(struct audit *audit);

#endif
