// SPDX-License-Identifier: Apache-2.0
#include "recovery_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state_file.h"

/* More than any call can need. */
enum { FILE_MAX = 1 << 20 };

static int path_make(char path[PATH_MAX], const char *folder, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int recovery_file_write(const char *folder, const char *name, json_t *json, struct refusal *why)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	char path[PATH_MAX];
	int err = 0;

	if (path_make(path, folder, name))
		err = refusal_set(why, REASON_SYSTEM, "%s/%s: too long", folder, name);
	else if (json && !text)
		err = refusal_set(why, REASON_NO_MEMORY, "%s", path);
	else if (json)
		err = state_file_write(path, text, strlen(text), why);
	else
		err = state_file_remove(path, why);
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
	json_decref(json);
	return err;
}

json_t *recovery_file_read(const char *folder, const char *name)
{
	struct octets bytes;
	char path[PATH_MAX];
	json_error_t error;
	const char *fault;
	json_t *json;

	if (path_make(path, folder, name) || state_file_read(path, &bytes, FILE_MAX, &fault))
		return NULL;
	json = json_loadb((const char *)bytes.at, bytes.len, JSON_REJECT_DUPLICATES, &error);
	explicit_bzero((void *)bytes.at, bytes.len);
	free((void *)bytes.at);
	return json;
}

json_t *recovery_text(struct span text)
{
	char *wide = malloc(2 * text.len + 1);
	json_t *json;
	size_t len = 0;

	if (!wide)
		return json_null();
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		if (byte >= 0x80)
			wide[len++] = (char)(0xC0 | byte >> 6);
		wide[len++] = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte);
	}
	json = json_stringn(wide, len);
	free(wide);
	return json ?: json_null();
}

struct span recovery_untext(const json_t *json)
{
	const unsigned char *wide = (const unsigned char *)json_string_value(json);
	size_t len = json_string_length(json), used = 0;
	char *text = wide ? malloc(len + 1) : NULL;

	if (!text)
		return (struct span){ 0 };
	for (size_t i = 0; i < len; i++) {
		bool two = wide[i] >= 0x80 && i + 1 < len;

		text[used++] = (char)(two ? (wide[i] & 3) << 6 | (wide[i + 1] & 0x3F) : wide[i]);
		i += two;
	}
	text[used] = '\0';
	return (struct span){ text, used };
}

json_t *recovery_hex(const uint8_t *bytes, size_t len)
{
	char text[2 * 64 + 1] = "";

	for (size_t i = 0; i < len && i < 64; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return json_string(text);
}

bool recovery_unhex(const json_t *text, uint8_t *bytes, size_t len)
{
	const char *at = json_string_value(text);
	unsigned int byte;
	int used;

	if (!at || strlen(at) != 2 * len || strspn(at, "0123456789abcdef") != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (sscanf(at + 2 * i, "%2x%n", &byte, &used) != 1)
			return false;
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

json_t *recovery_address(const struct media_address *address)
{
	char text[MEDIA_ADDRESS_TEXT_MAX];

	if (!address->len)
		return json_null();
	media_address_format(address, text);
	return json_pack("{s:s, s:i}", "address", text, "rtcp_port", address->rtcp_port);
}

bool recovery_unaddress(const json_t *json, struct media_address *address)
{
	const char *text = json_string_value(json_object_get(json, "address"));
	json_int_t port = json_integer_value(json_object_get(json, "rtcp_port"));

	*address = (struct media_address){ 0 };
	if (!text || !media_address_parse(address, text) || port < 0 || port > UINT16_MAX)
		return false;
	address->rtcp_port = (uint16_t)port;
	return true;
}
