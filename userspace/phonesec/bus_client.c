// SPDX-License-Identifier: Apache-2.0
#include "bus_client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MAX_S = 10 };

int bus_failed(int err, struct refusal *why)
{
	return refusal_set(why, REASON_BUS_MISSING, "%s", strerror(-err));
}

int bus_open(sd_bus **bus, struct refusal *why)
{
	int err = sd_bus_open_system(bus);

	return err < 0 ? bus_failed(err, why) : 0;
}

void bus_close(sd_bus *bus)
{
	sd_bus_flush_close_unref(bus);
}

/* The daemon writes "TEXT (DETAIL)"; the text is that of the table, of which this is a part too. */
static int refuse_by_code(enum reason_code code, const char *message, struct refusal *why)
{
	size_t text = strlen(reason_words(code)->text), len = message ? strlen(message) : 0;

	if (len > text + 3 && !strncmp(message, reason_words(code)->text, text) &&
	    message[len - 1] == ')')
		return refusal_set(why, code, "%.*s", (int)(len - text - 3), message + text + 2);
	return refusal_set(why, code, "%s", "");
}

/* What the bus itself says when it could not hand the call over. */
static int refuse_by_error(const sd_bus_error *error, int err, struct refusal *why)
{
	static const struct {
		const char *name;
		enum reason_code code;
	} errors[] = {
		{ SD_BUS_ERROR_SERVICE_UNKNOWN, REASON_DAEMON_MISSING },
		{ SD_BUS_ERROR_NAME_HAS_NO_OWNER, REASON_DAEMON_MISSING },
		{ SD_BUS_ERROR_NO_REPLY, REASON_DAEMON_MISSING },
		{ SD_BUS_ERROR_TIMEOUT, REASON_DAEMON_MISSING },
		{ SD_BUS_ERROR_ACCESS_DENIED, REASON_BUS_NOT_ALLOWED },
		{ SD_BUS_ERROR_UNKNOWN_OBJECT, REASON_CALL_MISSING },
	};
	enum reason_code code = error->name ? bus_error_parse(error->name) : REASON_NONE;

	if (!error->name)
		return bus_failed(err, why);
	if (code)
		return refuse_by_code(code, error->message, why);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (!strcmp(error->name, errors[i].name))
			return refusal_set(why, errors[i].code, "%s", "");
	/* sd-bus turns a lost connection into an error of its own. */
	if (err == -ENOENT || err == -ECONNREFUSED || err == -ECONNRESET || err == -ENOTCONN)
		return bus_failed(err, why);
	return refusal_set(why, REASON_SYSTEM, "%s: %s", error->name,
			   error->message ? error->message : "");
}

/* Where the call goes, and how long its answer may take. */
struct way {
	const char *path;
	const char *interface;
	const char *method;
	unsigned int seconds;
};

static int call_way(sd_bus *bus, const struct way *way, sd_bus_message **answer,
		    struct refusal *why, const char *types, va_list list)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *call = NULL;
	int err = sd_bus_message_new_method_call(bus, &call, BUS_NAME, way->path, way->interface,
						 way->method);

	if (err >= 0)
		err = sd_bus_message_appendv(call, types, list);
	/* Whether the daemon runs is for the system to decide, not for a question about it. */
	if (err >= 0)
		err = sd_bus_message_set_auto_start(call, false);
	if (err >= 0)
		err = sd_bus_call(bus, call, way->seconds * UINT64_C(1000000), &error, answer);
	err = err < 0 ? refuse_by_error(&error, err, why) : 0;
	sd_bus_error_free(&error);
	sd_bus_message_unref(call);
	return err;
}

int bus_call(sd_bus *bus, const char *path, const char *interface, const char *method,
	     sd_bus_message **answer, struct refusal *why, const char *types, ...)
{
	va_list list;
	int err;

	va_start(list, types);
	err = call_way(bus, &(struct way){ path, interface, method, ANSWER_MAX_S }, answer, why,
		       types, list);
	va_end(list);
	return err;
}

int bus_call_within(sd_bus *bus, unsigned int seconds, const char *path, const char *interface,
		    const char *method, sd_bus_message **answer, struct refusal *why,
		    const char *types, ...)
{
	va_list list;
	int err;

	va_start(list, types);
	err = call_way(bus, &(struct way){ path, interface, method, seconds }, answer, why, types,
		       list);
	va_end(list);
	return err;
}

static int basic_read(sd_bus_message *message, const struct bus_member *member, char type,
		      void *at)
{
	uint16_t small;
	const char *text;
	int value, err;

	switch (member->kind) {
	case BUS_KIND_TEXT:
		err = type == 's' ? sd_bus_message_read(message, "s", &text) : -EBADMSG;
		if (err >= 0)
			(void)snprintf(at, member->size, "%s", text);
		return err;
	case BUS_KIND_BOOL:
		err = type == 'b' ? sd_bus_message_read(message, "b", &value) : -EBADMSG;
		if (err >= 0)
			*(bool *)at = value;
		return err;
	case BUS_KIND_U32:
		if (type == 'u')
			return sd_bus_message_read(message, "u", at);
		err = type == 'q' ? sd_bus_message_read(message, "q", &small) : -EBADMSG;
		if (err >= 0)
			*(uint32_t *)at = small;
		return err;
	case BUS_KIND_I64:
		return type == 'x' ? sd_bus_message_read(message, "x", at) : -EBADMSG;
	case BUS_KIND_U64:
		return type == 't' ? sd_bus_message_read(message, "t", at) : -EBADMSG;
	case BUS_KIND_OTHER:
		break;
	}
	return -EBADMSG;
}

static int member_read(sd_bus_message *message, const struct bus_member *member, void *object)
{
	const char *contents;
	int err = sd_bus_message_peek_type(message, NULL, &contents);

	if (err < 0)
		return err;
	err = sd_bus_message_enter_container(message, 'v', contents);
	if (err < 0)
		return err;
	if (member->kind == BUS_KIND_OTHER)
		err = member->read(message, object);
	else
		err = basic_read(message, member, *contents, (char *)object + member->offset);
	return err < 0 ? err : sd_bus_message_exit_container(message);
}

static const struct bus_member *member_find(const struct bus_member *members, const char *name)
{
	while (members->name && strcmp(members->name, name))
		members++;
	return members->name ? members : NULL;
}

int bus_members_read(sd_bus_message *message, const struct bus_member *members, void *object)
{
	int err = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (err >= 0 && (err = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
		const struct bus_member *member;
		const char *name;

		err = sd_bus_message_read(message, "s", &name);
		if (err < 0)
			break;
		member = member_find(members, name);
		err = member ? member_read(message, member, object)
			     : sd_bus_message_skip(message, "v");
		if (err >= 0)
			err = sd_bus_message_exit_container(message);
	}
	return err < 0 ? err : sd_bus_message_exit_container(message);
}

static int record_read(sd_bus_message *message, const char *types,
		       const struct bus_member *members, void *record)
{
	int err = 0;

	for (; err >= 0 && *types; types++, members++)
		err = basic_read(message, members, *types, (char *)record + members->offset);
	return err;
}

int bus_records_read(sd_bus_message *message, const char *types,
		     const struct bus_member *members, void *records, size_t size, size_t max,
		     size_t *count)
{
	char inner[32];
	int err = sd_bus_message_enter_container(message, 'a', types);

	(void)snprintf(inner, sizeof(inner), "%.*s", (int)strlen(types) - 2, types + 1);
	*count = 0;
	while (err >= 0 && (err = sd_bus_message_at_end(message, false)) == 0) {
		if (*count == max) {
			err = sd_bus_message_skip(message, types);
			continue;
		}
		err = sd_bus_message_enter_container(message, 'r', inner);
		if (err >= 0)
			err = record_read(message, inner, members,
					  (char *)records + *count * size);
		if (err >= 0)
			err = sd_bus_message_exit_container(message);
		*count += err >= 0;
	}
	return err < 0 ? err : sd_bus_message_exit_container(message);
}
