// SPDX-License-Identifier: Apache-2.0
#include "label.h"

#include <stdio.h>
#include <time.h>

void label_text(char *text, size_t size, struct octets label)
{
	size_t len = label.len < size ? label.len : size - 1, i;

	for (i = 0; i < len; i++)
		text[i] = (char)(label.at[i] >= ' ' && label.at[i] <= '~' ? label.at[i] : '?');
	text[len] = '\0';
}

void label_hex(char *text, size_t size, struct octets bytes)
{
	size_t i;

	*text = '\0';
	for (i = 0; i < bytes.len && 2 * i + 2 < size; i++)
		snprintf(text + 2 * i, size - 2 * i, "%02x", bytes.at[i]);
}

void label_time(char text[LABEL_TIME_MAX], int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&time, &parts) ||
	    !strftime(text, LABEL_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &parts))
		*text = '\0';
}
