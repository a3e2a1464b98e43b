/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with the headers it expects before it, and random numbers that repeat. */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/**
 * unit_random - the next number of a xorshift generator
 * @state: its state, never 0; the same start gives the same numbers
 */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#endif
