/* SPDX-License-Identifier: Apache-2.0 */
/* Time that goes on while the phone sleeps, and that nobody sets. */
#ifndef PHONESEC_BOOT_CLOCK_H
#define PHONESEC_BOOT_CLOCK_H

#include <stdint.h>

/* Seconds of CLOCK_BOOTTIME. */
int64_t boot_clock_s(void);

#endif
