/* SPDX-License-Identifier: Apache-2.0 */
/* The time of an event. */
#ifndef PHONESEC_CLOCK_H
#define PHONESEC_CLOCK_H

enum { CLOCK_TEXT_MAX = 32 };

/* Writes the present time with milliseconds, ISO 8601 in UTC. */
void clock_write(char text[CLOCK_TEXT_MAX]);

#endif
