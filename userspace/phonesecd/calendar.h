/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the clock of this phone can be right. A phone without a battery for it starts in 1970,
 * and then every certificate looks as if it were not valid yet; people must be told of the clock.
 */
#ifndef PHONESECD_CALENDAR_H
#define PHONESECD_CALENDAR_H

#include <stdint.h>

#include "../lib/reason.h"

enum calendar_witness {
	CALENDAR_BUILD, /* this program was built then */
	CALENDAR_MIC, /* the MIC is valid from then on */
	CALENDAR_FILE, /* a file of the servers was signed then */
	CALENDAR_WITNESSES,
};

/* Now, seconds since 1970, by the clock of this phone. */
int64_t calendar_now(void);

/**
 * calendar_learn - it is later than this
 * @witness: who says so
 * @seconds: since 1970; what is earlier than what is known already changes nothing
 *
 * For the life of the process.
 */
void calendar_learn(enum calendar_witness witness, int64_t seconds);

/**
 * calendar_check - whether a time can be now
 * @seconds: since 1970, as from calendar_now()
 * @why: on refusal REASON_CLOCK_WRONG, with both times as detail
 *
 * A day of grace covers time zones and servers whose clock is ahead.
 *
 * Return: 0, or the -errno of the reason.
 */
int calendar_check(int64_t seconds, struct refusal *why);

/* A time as people read it, "2026-11-23 14:00 UTC". */
void calendar_text(int64_t seconds, char text[32]);

#endif
