// SPDX-License-Identifier: Apache-2.0
#include "file_times.h"

#include "trust_folder.h"

int64_t file_times_newest(const struct settings *settings, const char *name)
{
	json_t *times = trust_folder_json(settings, TRUST_FILE_TIMES);
	int64_t time = json_integer_value(json_object_get(times, name));

	json_decref(times);
	return time;
}

int64_t file_times_last(const struct settings *settings)
{
	json_t *times = trust_folder_json(settings, TRUST_FILE_TIMES), *time;
	int64_t last = 0;
	const char *name;

	json_object_foreach(times, name, time)
		if (json_integer_value(time) > last)
			last = json_integer_value(time);
	json_decref(times);
	return last;
}

/* Makes room for one more name. */
static void times_shorten(json_t *times)
{
	while (json_object_size(times) >= FILE_TIMES_MAX) {
		const char *name, *oldest = NULL;
		json_t *time, *least = NULL;

		json_object_foreach(times, name, time) {
			if (least && json_integer_value(time) >= json_integer_value(least))
				continue;
			least = time;
			oldest = name;
		}
		json_object_del(times, oldest);
	}
}

int file_times_accept(const struct settings *settings, const char *name, int64_t time,
		      struct refusal *why)
{
	json_t *times = trust_folder_json(settings, TRUST_FILE_TIMES);

	if (!json_is_object(times)) {
		json_decref(times);
		times = json_object();
	}
	if (time <= json_integer_value(json_object_get(times, name))) {
		json_decref(times);
		return 0;
	}
	if (!json_object_get(times, name))
		times_shorten(times);
	if (json_object_set_new(times, name, json_integer(time))) {
		json_decref(times);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	return trust_folder_write_json(settings, TRUST_FILE_TIMES, times, why);
}
