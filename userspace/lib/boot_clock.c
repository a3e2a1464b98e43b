// SPDX-License-Identifier: Apache-2.0
#include "boot_clock.h"

#include <time.h>

int64_t boot_clock_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}
