// SPDX-License-Identifier: Apache-2.0
#include "phone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT(type, member) BUS_TEXT_AT(type, member)
#define BOOL(type, member) BUS_BOOL_AT(type, member)
#define U32(type, member) BUS_U32_AT(type, member)
#define I64(type, member) BUS_I64_AT(type, member)

static void text_take(char *to, size_t size, const char *from)
{
	(void)snprintf(to, size, "%s", from);
}
#define TAKE(to, from) text_take(to, sizeof(to), from)

static int registrations_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		{ "", TEXT(phone_registration, aor) },
		{ "", TEXT(phone_registration, state) },
		{ "", TEXT(phone_registration, server) },
		{ "", U32(phone_registration, expires_s) },
		{ "", U32(phone_registration, status) },
		{ "", TEXT(phone_registration, text) },
	};
	struct phone *phone = object;

	return bus_records_read(message, "(sssuus)", members, phone->registrations,
				sizeof(phone->registrations[0]), PHONE_REGISTRATIONS_MAX,
				&phone->registrations_count);
}

static int lines_read(sd_bus_message *message, void *object)
{
	static const struct bus_member members[] = {
		{ "", TEXT(phone_line, kind) },
		{ "", BOOL(phone_line, active) },
		{ "", BOOL(phone_line, secure) },
		{ "", U32(phone_line, session) },
		{ "", TEXT(phone_line, suite) },
		{ "", BOOL(phone_line, heard) },
		{ "", BOOL(phone_line, sent) },
		{ "", TEXT(phone_line, local) },
		{ "", TEXT(phone_line, remote) },
		{ "", U32(phone_line, key_age_s) },
	};
	struct phone_call *call = object;

	return bus_records_read(message, "(sbbusbbssu)", members, call->lines,
				sizeof(call->lines[0]), PHONE_LINES_MAX, &call->lines_count);
}

static const struct bus_member phone_members[] = {
	{ "Version", TEXT(phone, version) },
	{ "SecurityMode", TEXT(phone, security_mode) },
	{ "MediaPolicy", TEXT(phone, media_policy) },
	{ "Proxy", TEXT(phone, proxy) },
	{ "ProtectedDevice", BOOL(phone, is_protected) },
	{ "PlaySecureIndicationTone", BOOL(phone, plays_tone) },
	{ "Registered", BOOL(phone, registered) },
	{ "Registrations", BUS_KIND_OTHER, .read = registrations_read },
	{ "ServiceState", TEXT(phone, service_state) },
	{ "ServiceText", TEXT(phone, service.text) },
	{ "ServiceMend", TEXT(phone, service.mend) },
	{ "ServiceDetail", TEXT(phone, service.detail) },
	{ "ModuleState", TEXT(phone, module_state) },
	{ "ModuleText", TEXT(phone, module.text) },
	{ "ModuleMend", TEXT(phone, module.mend) },
	{ "ModuleDetail", TEXT(phone, module.detail) },
	{ "TokenState", TEXT(phone, token_state) },
	{ "TokenExpires", U32(phone, token_expires_s) },
	{ "TokenReason", TEXT(phone, token.code) },
	{ "TokenText", TEXT(phone, token.text) },
	{ "TokenMend", TEXT(phone, token.mend) },
	{ "TokenDetail", TEXT(phone, token.detail) },
	{ 0 },
};

static const struct bus_member server_members[] = {
	{ "Role", TEXT(phone_server, role) },
	{ "State", TEXT(phone_server, state) },
	{ "Host", TEXT(phone_server, host) },
	{ "Port", U32(phone_server, port) },
	{ "LastReason", TEXT(phone_server, last.code) },
	{ "LastText", TEXT(phone_server, last.text) },
	{ "LastMend", TEXT(phone_server, last.mend) },
	{ "LastDetail", TEXT(phone_server, last.detail) },
	{ "TlsVersion", TEXT(phone_server, version) },
	{ "TlsSuite", TEXT(phone_server, suite) },
	{ "CertificateSubject", TEXT(phone_server, subject) },
	{ "CertificateFingerprint", TEXT(phone_server, fingerprint) },
	{ "CertificateExpires", I64(phone_server, expires) },
	{ "Resumed", BOOL(phone_server, resumed) },
	{ "LocalAddress", TEXT(phone_server, local) },
	{ 0 },
};

static const struct bus_member call_members[] = {
	{ "CallId", TEXT(phone_call, call_id) },
	{ "Direction", TEXT(phone_call, direction) },
	{ "Progress", TEXT(phone_call, progress) },
	{ "FarUri", TEXT(phone_call, far_uri) },
	{ "FarName", TEXT(phone_call, far_name) },
	{ "Security", TEXT(phone_call, security) },
	{ "ToldSecurity", TEXT(phone_call, told_security) },
	{ "Icon", TEXT(phone_call, icon) },
	{ "SignallingSecure", BOOL(phone_call, signalling_secure) },
	{ "Since", I64(phone_call, since) },
	{ "Recovered", BOOL(phone_call, recovered) },
	{ "Captured", BOOL(phone_call, captured) },
	{ "Media", BUS_KIND_OTHER, .read = lines_read },
	{ 0 },
};

void phone_time_write(char text[PHONE_TIME_MAX], int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm utc;

	if (!seconds || !gmtime_r(&time, &utc) ||
	    !strftime(text, PHONE_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc))
		*text = '\0';
}

/* What the media of a call come to together. */
static void call_sum_up(struct phone_call *call)
{
	size_t active = 0, secure = 0;

	*call->suite = '\0';
	call->key_age_s = 0;
	call->heard = call->sent = true;
	for (size_t i = 0; i < call->lines_count; i++) {
		const struct phone_line *line = &call->lines[i];

		if (!line->active)
			continue;
		active++;
		secure += line->secure;
		if (!*call->suite)
			TAKE(call->suite, line->suite);
		call->heard &= line->heard;
		call->sent &= line->sent;
		if (line->key_age_s > call->key_age_s)
			call->key_age_s = line->key_age_s;
	}
	if (secure < active)
		*call->suite = '\0';
	call->heard &= active > 0;
	call->sent &= active > 0;
}

int phone_call_read(sd_bus_message *message, struct phone_call *call)
{
	int err = bus_members_read(message, call_members, call);

	phone_time_write(call->since_text, call->since);
	call_sum_up(call);
	return err;
}

uint32_t phone_call_number(const char *path)
{
	const size_t prefix = strlen(BUS_PATH_CALLS "/");
	uint64_t number;

	if (strncmp(path, BUS_PATH_CALLS "/", prefix) ||
	    !media_number_parse(path + prefix, 1, UINT32_MAX, &number))
		return 0;
	return (uint32_t)number;
}

bool phone_call_is_secure(const struct phone_call *call)
{
	return !strcmp(call->security, "Encrypted");
}

struct phone_call *phone_call(struct phone *phone, uint32_t id)
{
	for (size_t i = 0; i < phone->calls_count; i++)
		if (phone->calls[i].id == id)
			return &phone->calls[i];
	return NULL;
}

struct phone_call *phone_call_add(struct phone *phone, uint32_t id)
{
	struct phone_call *call = phone_call(phone, id), *calls;
	size_t at = phone->calls_count;

	if (call)
		return call;
	calls = reallocarray(phone->calls, phone->calls_count + 1, sizeof(*calls));
	if (!calls)
		return NULL;
	phone->calls = calls;
	for (; at && calls[at - 1].id > id; at--)
		calls[at] = calls[at - 1];
	phone->calls_count++;
	calls[at] = (struct phone_call){ .id = id };
	return &calls[at];
}

void phone_call_remove(struct phone *phone, uint32_t id)
{
	struct phone_call *call = phone_call(phone, id);

	if (!call)
		return;
	phone->calls_count--;
	memmove(call, call + 1, (size_t)(phone->calls + phone->calls_count - call) *
		sizeof(*call));
}

static int server_read(sd_bus_message *message, struct phone *phone)
{
	struct phone_server *server = &phone->servers[phone->servers_count];
	int err;

	if (phone->servers_count == PHONE_SERVERS_MAX)
		return sd_bus_message_skip(message, "a{sv}");
	err = bus_members_read(message, server_members, server);
	phone_time_write(server->expires_text, server->expires);
	phone->servers_count += err >= 0;
	return err;
}

static int interface_read(sd_bus_message *message, const char *path, struct phone *phone)
{
	uint32_t number = phone_call_number(path);
	struct phone_call *call;
	const char *interface;
	int err = sd_bus_message_read(message, "s", &interface);

	if (err < 0)
		return err;
	if (!strcmp(interface, BUS_INTERFACE_SERVER))
		return server_read(message, phone);
	if (strcmp(interface, BUS_INTERFACE_CALL) || !number)
		return sd_bus_message_skip(message, "a{sv}");
	call = phone_call_add(phone, number);
	return call ? phone_call_read(message, call) : -ENOMEM;
}

int phone_object_read(sd_bus_message *message, const char *path, struct phone *phone)
{
	int err = sd_bus_message_enter_container(message, 'a', "{sa{sv}}");

	while (err >= 0 && (err = sd_bus_message_enter_container(message, 'e', "sa{sv}")) > 0) {
		err = interface_read(message, path, phone);
		if (err >= 0)
			err = sd_bus_message_exit_container(message);
	}
	return err < 0 ? err : sd_bus_message_exit_container(message);
}

static int objects_read(sd_bus_message *message, struct phone *phone)
{
	int err = sd_bus_message_enter_container(message, 'a', "{oa{sa{sv}}}");

	while (err >= 0 &&
	       (err = sd_bus_message_enter_container(message, 'e', "oa{sa{sv}}")) > 0) {
		const char *path;

		err = sd_bus_message_read(message, "o", &path);
		if (err >= 0)
			err = phone_object_read(message, path, phone);
		if (err >= 0)
			err = sd_bus_message_exit_container(message);
	}
	return err < 0 ? err : sd_bus_message_exit_container(message);
}

/* By priority. */
static size_t server_rank(const struct phone_server *server)
{
	static const char *const roles[] = { "primary", "secondary", "tertiary", "srst" };
	size_t rank = 0;

	while (rank < sizeof(roles) / sizeof(roles[0]) && strcmp(server->role, roles[rank]))
		rank++;
	return rank;
}

static int server_compare(const void *a, const void *b)
{
	return (int)server_rank(a) - (int)server_rank(b);
}

int phone_read(struct phone *phone, sd_bus *bus, struct refusal *why)
{
	sd_bus_message *properties = NULL, *objects = NULL;
	int err;

	*phone = (struct phone){ 0 };
	err = bus_call(bus, BUS_PATH, "org.freedesktop.DBus.Properties", "GetAll", &properties,
		       why, "s", BUS_INTERFACE_PHONE);
	if (!err)
		err = bus_call(bus, BUS_PATH, "org.freedesktop.DBus.ObjectManager",
			       "GetManagedObjects", &objects, why, "");
	if (!err && (bus_members_read(properties, phone_members, phone) < 0 ||
		     objects_read(objects, phone) < 0))
		err = refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	sd_bus_message_unref(properties);
	sd_bus_message_unref(objects);
	if (err) {
		phone_clear(phone);
		return err;
	}
	if (*phone->service.text)
		TAKE(phone->service.code, phone->service_state);
	if (*phone->module.text)
		TAKE(phone->module.code, phone->module_state);
	qsort(phone->servers, phone->servers_count, sizeof(phone->servers[0]), server_compare);
	return 0;
}

int phone_fetch(struct phone *phone, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = phone_read(phone, bus, why);
	bus_close(bus);
	return err;
}

void phone_clear(struct phone *phone)
{
	free(phone->calls);
	*phone = (struct phone){ 0 };
}
