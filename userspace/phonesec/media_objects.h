/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptions of what the kernel module tells, for output. */
#ifndef PHONESEC_MEDIA_OBJECTS_H
#define PHONESEC_MEDIA_OBJECTS_H

#include "clock.h"
#include "output.h"

/**
 * struct media_event_line - an event as it is written
 * @time: when it was read, ISO 8601 in UTC
 */
struct media_event_line {
	char time[CLOCK_TEXT_MAX];
	struct media_event event;
};

extern const struct output_field media_session_fields[];
extern const struct output_field media_session_id_fields[];
extern const struct output_field media_counters_fields[];
extern const struct output_field media_policy_fields[];
extern const struct output_field media_event_fields[];

extern const struct output_column media_session_columns[];
extern const struct output_column media_counters_columns[];

#endif
