/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the folder that [trust] lists names. Private to the rooms of trust. */
#ifndef PHONESECD_TRUST_FOLDER_H
#define PHONESECD_TRUST_FOLDER_H

#include <jansson.h>

#include "../lib/octets.h"
#include "settings.h"

/* Names in the folder. */
#define TRUST_FILE_CTL "ctl.tlv"
#define TRUST_FILE_ITL "itl.tlv"
#define TRUST_FILE_PENDING "pending.tlv"
#define TRUST_FILE_VOUCHED "vouched.json"
#define TRUST_FILE_TIMES "times.json"

/**
 * trust_folder_read - read a file of the folder
 * @settings: names the folder
 * @name: of the file
 * @bytes: result, the caller's until free(); .at is NULL when there is no such file
 * @max: bytes that are taken at most
 * @why: on refusal %REASON_TRUST_FILE
 *
 * Return: 0, also when there is none, or the -errno of the reason.
 */
int trust_folder_read(const struct settings *settings, const char *name, struct octets *bytes,
		      size_t max, struct refusal *why);

/* Replaces a file; the folder is made when it is not there. */
int trust_folder_write(const struct settings *settings, const char *name, struct octets bytes,
		       struct refusal *why);

/* Removes a file; none is no error. */
int trust_folder_remove(const struct settings *settings, const char *name, struct refusal *why);

/*
 * The same for JSON. What cannot be used is read as NULL, and told to the journal; what is written
 * is given up.
 */
json_t *trust_folder_json(const struct settings *settings, const char *name);
int trust_folder_write_json(const struct settings *settings, const char *name, json_t *json,
			    struct refusal *why);

#endif
