// SPDX-License-Identifier: Apache-2.0
/* Commands about the namespace as a whole: policy, counters, events. */
#include "media_commands.h"

#include <errno.h>
#include <string.h>

#include "media_objects.h"

static int policy_change(struct media_link *link, const struct arguments *a, struct refusal *why)
{
	struct media_policy_change change = {
		.has_mode = option_given(a, OPTION_MODE),
		.mode = a->mode,
		.range_count = a->range_count,
		.has_pass = option_given(a, OPTION_PASS),
		.pass = a->pass,
		.auth_failure_threshold = a->auth_failure_threshold,
		.replay_threshold = a->replay_threshold,
	};

	memcpy(change.ranges, a->ranges, sizeof(change.ranges));
	return media_policy_set(link, &change, why);
}

int media_policy(const struct arguments *a, struct output *out, struct refusal *why)
{
	bool changes = a->given & ~option_bit(OPTION_JSON);
	struct media_policy policy;
	struct media_link *link;
	int err = media_open(&link, why);

	if (err)
		return err;
	if (changes)
		err = policy_change(link, a, why);
	if (!err)
		err = media_policy_get(link, &policy, why);
	if (!err)
		output_object(out, "policy", "policy", media_policy_fields, &policy);
	media_close(link);
	return err;
}

static int stats_session(struct media_link *link, uint32_t id, struct output *out,
			 struct refusal *why)
{
	struct media_session session;
	struct media_counters counters;
	int err = media_session_get(link, id, &session, why);

	if (err)
		return err;
	/* The session owns the lists; the counters only point at them. */
	counters = (struct media_counters){ .session_id = id, .tx = session.tx, .rx = session.rx };
	output_list(out, "counters", "", NULL, media_counters_fields, &counters,
		    sizeof(counters), 1);
	media_session_clear(&session);
	return 0;
}

int media_stats(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_counters *counters;
	struct media_link *link;
	size_t count;
	int err = media_open(&link, why);

	if (err)
		return err;
	if (a->id) {
		err = stats_session(link, a->id, out, why);
		media_close(link);
		return err;
	}
	err = a->all ? media_counters_list(link, &counters, &count, why)
		     : media_counters_get(link, &counters, &count, why);
	if (!err)
		output_list(out, "counters", "no sessions",
			    a->all ? media_counters_columns : NULL, media_counters_fields, counters,
			    sizeof(*counters), count);
	media_counters_free(counters, count);
	media_close(link);
	return err;
}

int media_monitor(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_event_line line;
	struct media_link *link;
	uint32_t seen = 0;
	int err = media_open(&link, why);

	if (err)
		return err;
	err = media_subscribe(link, why);
	while (!err && (!a->limit || seen < a->limit)) {
		err = media_event_next(link, &line.event, why);
		if (err == -ENOBUFS) {
			output_refusal(out, why);
			err = 0;
			continue;
		}
		if (err)
			break;
		clock_write(line.time);
		output_line(out, media_event_fields, &line);
		seen++;
	}
	media_close(link);
	return err;
}
