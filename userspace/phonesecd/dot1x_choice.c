// SPDX-License-Identifier: Apache-2.0
/* Whether the user of the phone wants Device authentication. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "dot1x_impl.h"
#include "log.h"
#include "state_file.h"

enum { CHOICE_MAX = 1024 };

static int file_name(char file[PATH_MAX], const char *folder, struct refusal *why)
{
	if (snprintf(file, PATH_MAX, "%s/dot1x.json", folder) < PATH_MAX)
		return 0;
	return refusal_set(why, REASON_SYSTEM, "%s: %s", folder, strerror(ENAMETOOLONG));
}

bool dot1x_choice_read(const char *folder)
{
	const char *fault = NULL;
	struct octets bytes = { 0 };
	char file[PATH_MAX];
	struct refusal why;
	json_t *json, *value;
	bool chosen;
	int err;

	if (file_name(file, folder, &why))
		return false;
	err = state_file_read(file, &bytes, CHOICE_MAX, &fault);
	if (err == -ENOENT && !fault)
		return false;
	json = err ? NULL : json_loadb((const char *)bytes.at, bytes.len, JSON_REJECT_DUPLICATES,
				       NULL);
	value = json_object_get(json, "device-authentication");
	chosen = json_is_true(value);
	if (!json_is_boolean(value)) {
		refusal_set(&why, REASON_SYSTEM, "%s: %s", file, fault ?: "it is damaged");
		log_refusal(LOG_FAILED, &why, "Device authentication counts as Disabled");
	}
	json_decref(json);
	free((void *)bytes.at);
	return chosen;
}

int dot1x_choice_write(const char *folder, bool is_enabled, struct refusal *why)
{
	const char *text = is_enabled ? "{ \"device-authentication\": true }\n" :
					"{ \"device-authentication\": false }\n";
	char file[PATH_MAX];
	int err = file_name(file, folder, why);

	return err ?: state_file_write(file, text, strlen(text), why);
}
