// SPDX-License-Identifier: Apache-2.0
#include "clock.h"

#include <stddef.h>
#include <stdio.h>
#include <time.h>

void clock_write(char text[CLOCK_TEXT_MAX])
{
	struct timespec now;
	struct tm utc;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	len = strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
	snprintf(text + len, CLOCK_TEXT_MAX - len, ".%03ldZ", now.tv_nsec / 1000000);
}
