/* SPDX-License-Identifier: Apache-2.0 */
/* The state of calls and registrations, as JSON in files as state_file.h has them. */
#ifndef PHONESECD_RECOVERY_FILE_H
#define PHONESECD_RECOVERY_FILE_H

#include <jansson.h>
#include <stdint.h>

#include "calls.h"

/*
 * Writes FOLDER/NAME, or removes it when @json is NULL. Takes @json over. Returns 0, or the -errno
 * of the reason.
 */
int recovery_file_write(const char *folder, const char *name, json_t *json,
			struct refusal *why);

/* Reads FOLDER/NAME; NULL when there is none that can be understood. The caller owns it. */
json_t *recovery_file_read(const char *folder, const char *name);

/* A call as JSON, the caller's, or NULL without memory. */
json_t *recovery_call_write(const struct call *call);

/* Fills a new call in. Returns 0, -EINVAL or -ENOMEM. */
int recovery_call_read(struct call *call, const json_t *json);

/*
 * Texts of the network are not always UTF-8, and JSON takes nothing else: each byte becomes
 * the character of its number, and back. The text is owned by the caller until text_free();
 * it ends in a zero that does not count, and is empty where @json is no such text.
 */
json_t *recovery_text(struct span text);
struct span recovery_untext(const json_t *json);

/* Bytes as hexadecimal text, and back; false when it is anything else. */
json_t *recovery_hex(const uint8_t *bytes, size_t len);
bool recovery_unhex(const json_t *text, uint8_t *bytes, size_t len);

/* An address with its ports, and back; false when it is anything else. */
json_t *recovery_address(const struct media_address *address);
bool recovery_unaddress(const json_t *json, struct media_address *address);

#endif
