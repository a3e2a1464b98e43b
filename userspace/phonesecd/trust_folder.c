// SPDX-License-Identifier: Apache-2.0
#include "trust_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "state_file.h"

enum { JSON_FILE_MAX = 1 << 20 };

static int path_make(char path[PATH_MAX], const struct settings *settings, const char *name,
		     struct refusal *why)
{
	if (!*settings->lists)
		return refusal_set(why, REASON_TRUST_FILE, "no folder of lists is configured");
	if (snprintf(path, PATH_MAX, "%s/%s", settings->lists, name) < PATH_MAX)
		return 0;
	return refusal_set(why, REASON_TRUST_FILE, "%s: %s", name, strerror(ENAMETOOLONG));
}

int trust_folder_read(const struct settings *settings, const char *name, struct octets *bytes,
		      size_t max, struct refusal *why)
{
	const char *fault = NULL;
	char path[PATH_MAX];
	int err;

	*bytes = (struct octets){ 0 };
	if (!*settings->lists)
		return 0;
	err = path_make(path, settings, name, why);
	if (err)
		return err;
	err = state_file_read(path, bytes, max, &fault);
	if (!err || err == -ENOENT)
		return 0;
	return refusal_set(why, REASON_TRUST_FILE, "%s: %s", path, fault ?: strerror(-err));
}

int trust_folder_write(const struct settings *settings, const char *name, struct octets bytes,
		       struct refusal *why)
{
	char path[PATH_MAX];
	int err = path_make(path, settings, name, why);

	if (err)
		return err;
	if (mkdir(settings->lists, 0700) && errno != EEXIST)
		return refusal_set(why, REASON_SYSTEM, "%s: %s", settings->lists, strerror(errno));
	return state_file_write(path, bytes.at, bytes.len, why);
}

int trust_folder_remove(const struct settings *settings, const char *name, struct refusal *why)
{
	struct stat status;
	char path[PATH_MAX];
	int err = path_make(path, settings, name, why);

	if (err)
		return err;
	/* An empty phone need not have the folder either. */
	if (lstat(path, &status) && errno == ENOENT)
		return 0;
	return state_file_remove(path, why);
}

json_t *trust_folder_json(const struct settings *settings, const char *name)
{
	struct octets bytes;
	struct refusal why;
	json_error_t error;
	json_t *json = NULL;

	if (trust_folder_read(settings, name, &bytes, JSON_FILE_MAX, &why)) {
		log_refusal(LOG_FAILED, &why, "%s counts as empty", name);
		return NULL;
	}
	if (!bytes.at)
		return NULL;
	json = json_loadb((const char *)bytes.at, bytes.len, JSON_REJECT_DUPLICATES, &error);
	free((void *)bytes.at);
	if (json)
		return json;
	refusal_set(&why, REASON_TRUST_FILE, "%s/%s: %s", settings->lists, name, error.text);
	log_refusal(LOG_FAILED, &why, "%s counts as empty", name);
	return NULL;
}

int trust_folder_write_json(const struct settings *settings, const char *name, json_t *json,
			    struct refusal *why)
{
	char *text = json ? json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	int err;

	if (text)
		err = trust_folder_write(settings, name, (struct octets){ (const uint8_t *)text,
					 strlen(text) }, why);
	else
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	free(text);
	json_decref(json);
	return err;
}
