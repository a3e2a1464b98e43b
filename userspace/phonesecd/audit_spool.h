/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events that wait, on disk: files of a folder, each a run of records that is only written
 * at its end. A record is in the kernel's hands when audit_spool_add() returns, so that it
 * outlives the daemon however that ends.
 */
#ifndef PHONESECD_AUDIT_SPOOL_H
#define PHONESECD_AUDIT_SPOOL_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/octets.h"
#include "../lib/reason.h"

enum audit_spool_limits {
	AUDIT_RECORD_MAX = 2048, /* bytes of an event: RFC 5424 section 6.1 */
	AUDIT_SPOOL_MIN = 64 * 1024, /* bytes that a spool has at least */
};

struct audit_spool;

/**
 * struct audit_spool_facts - what is in it
 * @oldest: number of the first event that is there; one more than @newest for none
 * @newest: number of the last event that was added ever, 0 for none
 * @bytes: on disk
 * @max: cap of them
 */
struct audit_spool_facts {
	uint64_t oldest;
	uint64_t newest;
	uint64_t bytes;
	uint64_t max;
};

/**
 * audit_spool_open - take a spool over, or begin one
 * @spool: result, the caller's until audit_spool_close()
 * @folder: where; made if it is not there
 * @max: bytes on disk at most
 * @why: on refusal the reason
 *
 * What a crash left of a record that was being written is cut off. Where the disk has lost
 * records before the end, what is whole is kept.
 *
 * Return: 0, or the -errno of the reason.
 */
int audit_spool_open(struct audit_spool **spool, const char *folder, uint64_t max,
		     struct refusal *why);
void audit_spool_close(struct audit_spool *spool);

/* There was an event of this number, whatever the disk has: the next one has a higher one. */
void audit_spool_skip(struct audit_spool *spool, uint64_t number);

/* Another cap; what is there already stays. */
void audit_spool_limit(struct audit_spool *spool, uint64_t max);

/**
 * audit_spool_add - keep an event
 * @spool: where
 * @record: its text, at most %AUDIT_RECORD_MAX bytes; it has the number @newest + 1
 * @why: on refusal the reason: %REASON_AUDIT_FULL, or what the disk says. Nothing was kept then
 *
 * Return: 0, or the -errno of the reason.
 */
int audit_spool_add(struct audit_spool *spool, struct octets record, struct refusal *why);

/**
 * audit_spool_read - an event and its number
 * @spool: where
 * @after: the first event with a higher number is read
 * @record: room of %AUDIT_RECORD_MAX bytes
 * @number: its number
 *
 * It is quick when events are read in their order.
 *
 * Return: bytes of the event, or 0 when there is none.
 */
size_t audit_spool_read(struct audit_spool *spool, uint64_t after, char *record,
			uint64_t *number);

/* Events up to this number are not needed any more; their files go when all of them may. */
void audit_spool_release(struct audit_spool *spool, uint64_t number);

/* Makes room by letting go of the oldest file. Returns false when there is only one. */
bool audit_spool_forget(struct audit_spool *spool);

enum { AUDIT_SPOOL_FILES_MAX = 80 };

/**
 * struct audit_spool_sync - what is to be written to the disk, for another thread
 * @folder: name of the spool's folder
 * @up_to: number of the last event that is meant
 * @files, @count: numbers of the first events of the files that hold them
 * @reserve: numbers up to this one are reserved as well, see audit_numbers.h; 0 for none
 */
struct audit_spool_sync {
	char folder[PATH_MAX];
	uint64_t up_to;
	uint64_t files[AUDIT_SPOOL_FILES_MAX];
	size_t count;
	uint64_t reserve;
};

/* What is not known to be on disk. Returns false when all of it is. */
bool audit_spool_sync_begin(const struct audit_spool *spool, struct audit_spool_sync *work);

/* Writes it; touches nothing of the spool's but its files. Returns 0 or the reason's -errno. */
int audit_spool_sync_run(const struct audit_spool_sync *work, struct refusal *why);

/* That was done. */
void audit_spool_sync_done(struct audit_spool *spool, const struct audit_spool_sync *work);

void audit_spool_facts(const struct audit_spool *spool, struct audit_spool_facts *facts);

#endif
