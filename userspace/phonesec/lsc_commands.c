// SPDX-License-Identifier: Apache-2.0
/* Commands about the locally significant certificate; a session with CAPF is watched. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device_commands.h"
#include "hand_over.h"
#include "phone_device.h"

enum { STRING_MIN = 4, STRING_MAX = 16 };

int lsc_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_IDENTITY, why);

	(void)a;
	if (err)
		return err;
	output_object(out, "lsc", NULL, phone_lsc_fields, &device->lsc);
	free(device);
	return 0;
}

int lsc_delete(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = identity_destroy("lsc", why);

	return err ? err : lsc_status(a, out, why);
}

static int string_check(const struct secret *string, struct refusal *why)
{
	size_t len = secret_len(string);

	for (size_t i = 0; i < len; i++)
		if (secret_bytes(string)[i] < '0' || secret_bytes(string)[i] > '9')
			return refusal_set(why, REASON_STRING_FORM, "it has other characters");
	if (len && (len < STRING_MIN || len > STRING_MAX))
		return refusal_set(why, REASON_STRING_FORM, "it has %zu digits", len);
	return 0;
}

static int string_read(const struct arguments *a, struct secret *string, struct refusal *why)
{
	int err;

	if (!option_given(a, OPTION_KEY_FD) && isatty(STDIN_FILENO))
		err = secret_ask(string, "Authentication string, empty for none: ", why);
	else
		err = secret_take(string, a->key_fd, "string", STRING_MAX, why);
	secret_trim(string);
	return err;
}

int lsc_submit(sd_bus *bus, const struct secret *string, struct refusal *why)
{
	int end, err = string_check(string, why);

	if (!err)
		err = secret_pipe(string, &end, why);
	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, BUS_INTERFACE_IDENTITY, "LscUpdate", NULL, why, "h", end);
	close(end);
	return err;
}

/* Only wakes the loop: what there is to see is asked for. */
static int identity_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
	(void)message;
	(void)error;
	*(bool *)userdata = true;
	return 0;
}

/* A daemon that ends tells no change any more: that it has gone is one. */
static int changes_match(sd_bus *bus, bool *changed)
{
	int err = sd_bus_match_signal(bus, NULL, BUS_NAME, BUS_PATH,
				      "org.freedesktop.DBus.Properties", "PropertiesChanged",
				      identity_changed, changed);

	return err < 0 ? err :
	       sd_bus_add_match(bus, NULL, "type='signal',sender='org.freedesktop.DBus',"
				"member='NameOwnerChanged',arg0='" BUS_NAME "'", identity_changed,
				changed);
}

static int change_wait(sd_bus *bus, bool *changed, struct refusal *why)
{
	int err = 0;

	while (err >= 0 && !*changed) {
		err = sd_bus_process(bus, NULL);
		if (!err)
			err = sd_bus_wait(bus, UINT64_MAX);
		if (err == -EINTR)
			err = 0;
	}
	*changed = false;
	return err < 0 ? bus_failed(err, why) : 0;
}

/* Writes each message of the LSC field until the session is over. */
static int session_watch(sd_bus *bus, struct phone_device *device, bool *changed,
			 struct output *out, struct refusal *why)
{
	char before[sizeof(device->lsc.status)] = "";
	int err;

	while (!(err = phone_device_read(device, bus, PHONE_IDENTITY, why))) {
		if (strcmp(before, device->lsc.status))
			output_remark(out, "LSC: %s", device->lsc.status);
		(void)fflush(out->stream);
		memcpy(before, device->lsc.status, sizeof(before));
		if (!device->lsc.works)
			break;
		err = change_wait(bus, changed, why);
		if (err)
			break;
	}
	return err;
}

/* How it ended is what the command ends with. */
static int session_result(const struct phone_lsc *lsc, struct output *out, struct refusal *why)
{
	if (*lsc->last.code)
		return refusal_set(why, reason_find(lsc->last.code), "%s", lsc->last.detail);
	if (out->json)
		output_object(out, "lsc", NULL, phone_lsc_fields, lsc);
	return 0;
}

static int session_run(sd_bus *bus, const struct secret *string, struct output *out,
		       struct refusal *why)
{
	struct phone_device *device = calloc(1, sizeof(*device));
	bool changed = false;
	int err;

	if (!device)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = changes_match(bus, &changed);
	err = err < 0 ? bus_failed(err, why) : lsc_submit(bus, string, why);
	if (!err)
		err = session_watch(bus, device, &changed, out, why);
	if (!err)
		err = session_result(&device->lsc, out, why);
	free(device);
	return err;
}

int lsc_update(const struct arguments *a, struct output *out, struct refusal *why)
{
	SECRET_AUTO string = secret_new(STRING_MAX + 1);
	sd_bus *bus;
	int err;

	if (!string)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = string_read(a, string, why);
	if (!err)
		err = string_check(string, why);
	if (!err)
		err = bus_open(&bus, why);
	if (err)
		return err;
	err = session_run(bus, string, out, why);
	bus_close(bus);
	return err;
}
