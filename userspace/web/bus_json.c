// SPDX-License-Identifier: Apache-2.0
#include "bus_json.h"

#include <stdbool.h>
#include <stdint.h>

static json_t *text_read(sd_bus_message *message, char type)
{
	const char *text;

	return sd_bus_message_read_basic(message, type, &text) < 0 ? NULL : json_string(text);
}

static json_t *number_read(sd_bus_message *message, char type)
{
	union {
		uint8_t y;
		uint16_t q;
		int32_t i;
		uint32_t u;
		int64_t x;
	} value;

	if (sd_bus_message_read_basic(message, type, &value) < 0)
		return NULL;
	switch (type) {
	case SD_BUS_TYPE_BYTE:
		return json_integer(value.y);
	case SD_BUS_TYPE_UINT16:
		return json_integer(value.q);
	case SD_BUS_TYPE_UINT32:
		return json_integer(value.u);
	case SD_BUS_TYPE_BOOLEAN:
		return json_boolean(value.i);
	case SD_BUS_TYPE_INT32:
		return json_integer(value.i);
	default: /* 64 bits, of which JSON has no more without a sign */
		return json_integer(value.x);
	}
}

/* One entry of a dictionary: a text, and what it stands for. */
static int entry_read(sd_bus_message *message, const char *contents, json_t *object)
{
	const char *key;
	int err = sd_bus_message_enter_container(message, SD_BUS_TYPE_DICT_ENTRY, contents);

	if (err >= 0)
		err = sd_bus_message_read_basic(message, *contents, &key);
	if (err >= 0 && json_object_set_new(object, key, bus_json_read(message)))
		err = -1;
	return err < 0 ? err : sd_bus_message_exit_container(message);
}

static int member_read(sd_bus_message *message, char type, const char *contents, json_t *into)
{
	if (type == SD_BUS_TYPE_DICT_ENTRY)
		return json_is_object(into) ? entry_read(message, contents, into) : -1;
	return json_array_append_new(into, bus_json_read(message));
}

static json_t *container_read(sd_bus_message *message, char type, const char *contents)
{
	json_t *into = *contents == SD_BUS_TYPE_DICT_ENTRY_BEGIN ? json_object() : json_array();
	int err = sd_bus_message_enter_container(message, type, contents);

	while (into && err >= 0 && !sd_bus_message_at_end(message, false)) {
		err = sd_bus_message_peek_type(message, &type, &contents);
		if (err > 0)
			err = member_read(message, type, contents, into);
	}
	if (err < 0 || sd_bus_message_exit_container(message) < 0) {
		json_decref(into);
		return NULL;
	}
	return into;
}

static json_t *variant_read(sd_bus_message *message, const char *contents)
{
	json_t *value;

	if (sd_bus_message_enter_container(message, SD_BUS_TYPE_VARIANT, contents) < 0)
		return NULL;
	value = bus_json_read(message);
	if (sd_bus_message_exit_container(message) < 0) {
		json_decref(value);
		return NULL;
	}
	return value;
}

json_t *bus_json_read(sd_bus_message *message)
{
	const char *contents;
	char type;

	if (sd_bus_message_peek_type(message, &type, &contents) <= 0)
		return NULL;
	switch (type) {
	case SD_BUS_TYPE_STRING:
	case SD_BUS_TYPE_OBJECT_PATH:
		return text_read(message, type);
	case SD_BUS_TYPE_BYTE:
	case SD_BUS_TYPE_UINT16:
	case SD_BUS_TYPE_INT32:
	case SD_BUS_TYPE_UINT32:
	case SD_BUS_TYPE_INT64:
	case SD_BUS_TYPE_UINT64:
	case SD_BUS_TYPE_BOOLEAN:
		return number_read(message, type);
	case SD_BUS_TYPE_ARRAY:
	case SD_BUS_TYPE_STRUCT:
		return container_read(message, type, contents);
	case SD_BUS_TYPE_VARIANT:
		return variant_read(message, contents);
	default:
		return sd_bus_message_skip(message, NULL) < 0 ? NULL : json_null();
	}
}
