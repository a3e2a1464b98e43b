// SPDX-License-Identifier: Apache-2.0
#include "credentials_file.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recovery_file.h"
#include "state_file.h"

#define NAME "credentials.json"

enum {
	FILE_MAX = 1 << 14,
	ROUNDS_MAX = 100000000,
	FAILURES_MAX = 1 << 30,
	WAIT_MAX_S = 86400,
};

static json_t *record_write(const struct password_record *record)
{
	return json_pack("{s:i, s:o, s:o}", "rounds", (int)record->rounds,
			 "salt", recovery_hex(record->salt, PASSWORD_SALT_LEN),
			 "digest", recovery_hex(record->digest, PASSWORD_DIGEST_LEN));
}

static bool record_read(struct password_record *record, json_t *json)
{
	json_t *salt, *digest;
	int rounds;

	if (json_unpack(json, "{s:i, s:o, s:o !}", "rounds", &rounds, "salt", &salt,
			"digest", &digest) ||
	    rounds < 1 || rounds > ROUNDS_MAX)
		return false;
	record->rounds = (unsigned int)rounds;
	return recovery_unhex(salt, record->salt, PASSWORD_SALT_LEN) &&
	       recovery_unhex(digest, record->digest, PASSWORD_DIGEST_LEN);
}

static bool records_read(struct credentials_kept *kept, json_t *json)
{
	if (!json_is_array(json) || json_array_size(json) > CREDENTIALS_RECORDS_MAX)
		return false;
	kept->count = json_array_size(json);
	for (size_t i = 0; i < kept->count; i++)
		if (!record_read(&kept->records[i], json_array_get(json, i)))
			return false;
	return !kept->is_set || kept->count;
}

static bool kept_read(struct credentials_kept *kept, json_t *json)
{
	json_t *records, *site = NULL;
	json_int_t wait, since;
	const char *boot;
	int set, failures;

	if (json_unpack(json, "{s:b, s:o, s?o, s:i, s:I, s:s, s:I !}", "set", &set,
			"passwords", &records, "site", &site, "failures", &failures,
			"wait", &wait, "boot", &boot, "since", &since))
		return false;
	if (failures < 0 || failures > FAILURES_MAX || wait < 0 || wait > WAIT_MAX_S || since < 0 ||
	    strlen(boot) >= CREDENTIALS_BOOT_MAX)
		return false;
	*kept = (struct credentials_kept){
		.is_set = set, .failures = (unsigned int)failures, .wait_s = wait, .since = since,
	};
	strcpy(kept->boot, boot);
	return records_read(kept, records) && (!site || record_read(&kept->site, site));
}

int credentials_file_read(struct credentials_kept *kept, const char *folder, struct refusal *why)
{
	json_error_t error;
	struct octets bytes;
	char path[PATH_MAX];
	const char *fault;
	json_t *json;
	bool good;
	int err;

	*kept = (struct credentials_kept){ 0 };
	if (snprintf(path, sizeof(path), "%s/" NAME, folder) >= (int)sizeof(path))
		return refusal_set(why, REASON_SYSTEM, "%s/" NAME ": too long", folder);
	err = state_file_read(path, &bytes, FILE_MAX, &fault);
	if (err == -ENOENT)
		return 0;
	if (err)
		return refusal_set(why, REASON_SYSTEM, "%s: %s", path, fault);
	json = json_loadb((const char *)bytes.at, bytes.len, JSON_REJECT_DUPLICATES, &error);
	good = json && kept_read(kept, json);
	json_decref(json);
	free((void *)bytes.at);
	if (good)
		return 0;
	*kept = (struct credentials_kept){ 0 };
	return refusal_set(why, REASON_SYSTEM, "%s: it is not as it was written", path);
}

int credentials_file_write(const struct credentials_kept *kept, const char *folder,
			   struct refusal *why)
{
	json_t *records = json_array(), *json;

	for (size_t i = 0; i < kept->count; i++)
		(void)json_array_append_new(records, record_write(&kept->records[i]));
	json = json_pack("{s:b, s:o, s:i, s:I, s:s, s:I}", "set", kept->is_set,
			 "passwords", records, "failures", (int)kept->failures,
			 "wait", (json_int_t)kept->wait_s, "boot", kept->boot,
			 "since", (json_int_t)kept->since);
	if (json && kept->site.rounds &&
	    json_object_set_new(json, "site", record_write(&kept->site))) {
		json_decref(json);
		json = NULL;
	}
	/* Without memory an array could be short, and NULL would remove the file. */
	if (!json || json_array_size(records) != kept->count) {
		json_decref(json);
		return refusal_set(why, REASON_NO_MEMORY, "%s", folder);
	}
	return recovery_file_write(folder, NAME, json, why);
}
