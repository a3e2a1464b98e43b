// SPDX-License-Identifier: Apache-2.0
#include "calendar.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400 };

/* The compiler's word for when that was; it follows SOURCE_DATE_EPOCH. */
static int64_t build_seconds(void)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm parts = { 0 };
	char month[4];
	const char *at;

	if (sscanf(__DATE__, "%3s %d %d", month, &parts.tm_mday, &parts.tm_year) != 3)
		return 0;
	at = strstr(months, month);
	parts.tm_mon = at ? (int)(at - months) / 3 : 0;
	parts.tm_year -= 1900;
	return (int64_t)timegm(&parts);
}

/* What each witness has said last. */
static int64_t *witness_seconds(void)
{
	static int64_t seconds[CALENDAR_WITNESSES];

	if (!seconds[CALENDAR_BUILD])
		seconds[CALENDAR_BUILD] = build_seconds();
	return seconds;
}

int64_t calendar_now(void)
{
	return (int64_t)time(NULL);
}

void calendar_learn(enum calendar_witness witness, int64_t seconds)
{
	int64_t *known = &witness_seconds()[witness];

	if (seconds > *known)
		*known = seconds;
}

void calendar_text(int64_t seconds, char text[32])
{
	time_t time = (time_t)seconds;
	struct tm parts;

	if (!gmtime_r(&time, &parts) || !strftime(text, 32, "%Y-%m-%d %H:%M UTC", &parts))
		*text = '\0';
}

int calendar_check(int64_t seconds, struct refusal *why)
{
	static const char *const words[CALENDAR_WITNESSES] = {
		[CALENDAR_BUILD] = "this program was built",
		[CALENDAR_MIC] = "the MIC is valid from",
		[CALENDAR_FILE] = "a file of the servers was signed",
	};
	const int64_t *known = witness_seconds();
	enum calendar_witness latest = CALENDAR_BUILD;
	char clock[32], at[32];

	for (enum calendar_witness i = 0; i < CALENDAR_WITNESSES; i++)
		if (known[i] > known[latest])
			latest = i;
	if (seconds + DAY_S >= known[latest])
		return 0;
	calendar_text(seconds, clock);
	calendar_text(known[latest], at);
	return refusal_set(why, REASON_CLOCK_WRONG, "it says %s, and %s %s", clock, words[latest],
			   at);
}
