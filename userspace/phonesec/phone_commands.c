// SPDX-License-Identifier: Apache-2.0
/* Commands about the phone as a whole: status, registration, servers, tokens. */
#include "phone_commands.h"

#include <string.h>
#include <unistd.h>

#include "hand_over.h"
#include "phone.h"

/* Calls a method of the phone without arguments. */
static int phone_ask(const char *method, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, BUS_INTERFACE_PHONE, method, NULL, why, "");
	bus_close(bus);
	return err;
}

static void registrations_write(const struct phone *phone, struct output *out)
{
	output_list(out, "registrations", "no registrations", phone_registration_columns,
		    phone_registration_fields, phone->registrations,
		    sizeof(phone->registrations[0]), phone->registrations_count);
}

/* For people alone: a server that is not configured has nothing to tell. */
static size_t servers_configured(const struct phone *phone,
				 struct phone_server servers[PHONE_SERVERS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < phone->servers_count; i++)
		if (strcmp(phone->servers[i].state, "absent"))
			servers[count++] = phone->servers[i];
	return count;
}

/* Whoever looks at the phone is told that somebody else listens. */
static void captures_write(const struct phone *phone, struct output *out)
{
	for (size_t i = 0; i < phone->calls_count; i++)
		if (phone->calls[i].captured)
			output_remark(out, "CALL %u IS BEING RECORDED IN CLEAR; see "
				      "'journalctl -u phonesecd' for by whom\n",
				      phone->calls[i].id);
}

int status_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_server servers[PHONE_SERVERS_MAX];
	struct phone phone;
	int err = phone_fetch(&phone, why);

	(void)a;
	if (err)
		return err;
	captures_write(&phone, out);
	output_object(out, "status", "phone", phone_fields, &phone);
	if (!out->json) {
		output_remark(out, "%s", "");
		output_list(out, "servers", "no servers", phone_server_columns,
			    phone_server_fields, servers, sizeof(servers[0]),
			    servers_configured(&phone, servers));
		output_remark(out, "%s", "");
		registrations_write(&phone, out);
		output_remark(out, "%s", "");
		output_list(out, "calls", "no calls", phone_call_columns, phone_call_fields,
			    phone.calls, sizeof(*phone.calls), phone.calls_count);
	}
	phone_clear(&phone);
	return 0;
}

int register_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone phone;
	int err = phone_fetch(&phone, why);

	(void)a;
	if (err)
		return err;
	registrations_write(&phone, out);
	phone_clear(&phone);
	return 0;
}

static void servers_write(const struct phone *phone, struct output *out)
{
	struct phone_server servers[PHONE_SERVERS_MAX];
	size_t count = servers_configured(phone, servers);

	if (out->json) {
		output_list(out, "servers", "", NULL, phone_server_fields, phone->servers,
			    sizeof(phone->servers[0]), phone->servers_count);
		return;
	}
	for (size_t i = 0; i < count; i++)
		output_object(out, "server", servers[i].role, phone_server_fields, &servers[i]);
	if (!count)
		output_remark(out, "%s", "no servers");
}

int signalling_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone phone;
	int err = phone_fetch(&phone, why);

	(void)a;
	if (err)
		return err;
	servers_write(&phone, out);
	phone_clear(&phone);
	return 0;
}

int signalling_retry(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = phone_ask("RetryServers", why);

	return err ? err : signalling_show(a, out, why);
}

int oauth_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone phone;
	int err = phone_fetch(&phone, why);

	(void)a;
	if (err)
		return err;
	output_object(out, "oauth", "token", phone_token_fields, &phone);
	phone_clear(&phone);
	return 0;
}

static int token_send(int end, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, BUS_INTERFACE_PHONE, "OAuthLogin", NULL, why, "h", end);
	bus_close(bus);
	return err;
}

int oauth_login(const struct arguments *a, struct output *out, struct refusal *why)
{
	SECRET_AUTO token = secret_new(BUS_TOKEN_MAX);
	int end = -1, err;

	if (!token)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = secret_take(token, a->key_fd, "token", BUS_TOKEN_MAX, why);
	/* The line's end is not of the token. */
	secret_trim(token);
	if (!err && !secret_len(token))
		err = refusal_set(why, REASON_TOKEN_MISSING, "what was read is empty");
	if (!err)
		err = secret_pipe(token, &end, why);
	if (err)
		return err;
	err = token_send(end, why);
	close(end);
	return err ? err : oauth_status(a, out, why);
}

int oauth_logout(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = phone_ask("OAuthLogout", why);

	return err ? err : oauth_status(a, out, why);
}
