/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often events of one kind are told: those that a far end can cause as often as it likes are
 * only counted when there are too many, so that they cannot fill the spool.
 */
#ifndef PHONESECD_AUDIT_LIMIT_H
#define PHONESECD_AUDIT_LIMIT_H

#include <stdint.h>

enum {
	AUDIT_LIMIT_BURST = 30, /* events that are told one after the other */
	AUDIT_LIMIT_EVERY_S = 10, /* seconds that each of them is made up for in */
	/* Seconds after which it is told how many there were; twice as many each time. */
	AUDIT_LIMIT_WAIT_S = 60,
	AUDIT_LIMIT_WAIT_MAX_S = 480,
};

/**
 * struct audit_limit - events of one kind; zero to begin with
 * @made_up_us: when the last one that was told is made up for
 * @counted: those that were not told since the last count
 * @wait_us: the time that is counted for, 0 while each is told
 * @due_us: end of it, of the clock that the caller goes by
 */
struct audit_limit {
	uint64_t made_up_us;
	uint64_t counted;
	uint64_t wait_us;
	uint64_t due_us;
};

enum audit_limit_answer {
	AUDIT_LIMIT_TELL, /* it is told as it is */
	AUDIT_LIMIT_BEGIN, /* it is the first that is only counted */
	AUDIT_LIMIT_COUNT, /* it is counted */
};

/* Another event, at this time in microseconds. */
enum audit_limit_answer audit_limit_take(struct audit_limit *limit, uint64_t now_us);

/**
 * audit_limit_end - the time that was counted for is over, or is ended now
 * @limit: with a @wait_us that is not 0
 * @now_us: the time
 *
 * When there were any, it is counted for a longer time from now on; when there were none, events
 * are told again.
 *
 * Return: how many were counted.
 */
uint64_t audit_limit_end(struct audit_limit *limit, uint64_t now_us);

#endif
