// SPDX-License-Identifier: Apache-2.0
/* Commands about trust lists and whoever vouches beside them, configuration and images. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device_commands.h"
#include "hand_over.h"
#include "phone_device.h"

/* A large image, and the program that installs it, take their time. */
enum { JUDGE_SECONDS = 3600 };

int trust_list(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_TRUST, why);

	(void)a;
	if (err)
		return err;
	output_list(out, "lists", "no trust list", phone_list_columns, phone_list_fields,
		    device->lists, sizeof(device->lists[0]), device->lists_count);
	free(device);
	return 0;
}

/* Leaves those of one list, or all. */
static void records_keep(struct phone_device *device, const char *place)
{
	size_t count = 0;

	for (size_t i = 0; i < device->records_count; i++)
		if (!place || !strcasecmp(device->records[i].place, place))
			device->records[count++] = device->records[i];
	device->records_count = count;
}

static void records_write(struct phone_device *device, const char *place, struct output *out)
{
	records_keep(device, place);
	output_list(out, "records", "no certificates", phone_record_columns, phone_record_fields,
		    device->records, sizeof(device->records[0]), device->records_count);
}

int trust_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_TRUST, why);

	if (err)
		return err;
	records_write(device, a->list, out);
	free(device);
	return 0;
}

int trust_pending(const struct arguments *a, struct output *out, struct refusal *why)
{
	const struct phone_list *pending = NULL;
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_TRUST, why);

	(void)a;
	if (err)
		return err;
	for (size_t i = 0; i < device->lists_count; i++)
		if (!strcmp(device->lists[i].place, "pending"))
			pending = &device->lists[i];
	if (out->json || !pending) {
		output_list(out, "pending", "no list waits", NULL, phone_list_fields, pending,
			    sizeof(*pending), pending ? 1 : 0);
	} else {
		output_object(out, "pending", NULL, phone_list_fields, pending);
		output_remark(out, "%s", "");
		records_write(device, "pending", out);
		output_remark(out, "\nAfter a comparison with the administrator's:\n"
			      "phonesec trust approve %s", pending->fingerprint);
	}
	free(device);
	return 0;
}

int trust_approve(const struct arguments *a, struct output *out, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, BUS_INTERFACE_TRUST, "Approve", NULL, why, "s",
		       a->fingerprint);
	bus_close(bus);
	return err ? err : trust_list(a, out, why);
}

int trust_reset(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = device_ask(BUS_INTERFACE_TRUST, "Reset", why);

	return err ? err : trust_list(a, out, why);
}

/* Asks a method that takes a file with a name, and tells what it answers. */
static int device_judge(const struct arguments *a, const char *interface, const char *method,
			int file, struct output *out, struct refusal *why)
{
	struct phone_judgement judgement;
	sd_bus_message *answer = NULL;
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call_within(bus, JUDGE_SECONDS, BUS_PATH, interface, method, &answer, why, "hs",
			      file, a->asked ? a->asked : "");
	if (!err)
		err = phone_judgement_read(&judgement, answer, why);
	sd_bus_message_unref(answer);
	bus_close(bus);
	if (err)
		return err;
	output_object(out, "judgement", a->path, phone_judgement_fields, &judgement);
	return judgement.accepted ? 0 :
	       (int)reason_words(reason_find(judgement.why.code))->status;
}

int trust_explain(const struct arguments *a, struct output *out, struct refusal *why)
{
	int file, err = file_seal(a->path, &file, why);

	if (err)
		return err;
	err = device_judge(a, BUS_INTERFACE_TRUST, "Explain", file, out, why);
	close(file);
	return err;
}

int tvs_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_TRUST, why);

	(void)a;
	if (err)
		return err;
	output_list(out, "verify_servers", "no trust verification servers",
		    phone_verify_server_columns, phone_verify_server_fields,
		    device->verify_servers, sizeof(device->verify_servers[0]),
		    device->verify_servers_count);
	if (!out->json) {
		output_remark(out, "%s", "");
		records_write(device, "TVS", out);
	}
	free(device);
	return 0;
}

int config_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	const struct phone_configuration *configuration;
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_CONFIGURATION, why);

	(void)a;
	if (err)
		return err;
	configuration = &device->configuration;
	output_object(out, "configuration", "configuration", phone_configuration_fields,
		      configuration);
	if (!out->json) {
		output_remark(out, "%s", "");
		output_list(out, "settings", "no settings", phone_setting_columns,
			    phone_setting_fields, configuration->settings,
			    sizeof(configuration->settings[0]), configuration->settings_count);
	}
	if (!out->json && configuration->problems_count) {
		output_remark(out, "%s", "");
		output_list(out, "problems", "", phone_problem_columns, phone_problem_fields,
			    configuration->problems, sizeof(configuration->problems[0]),
			    configuration->problems_count);
	}
	free(device);
	return 0;
}

int config_fetch(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = device_ask(BUS_INTERFACE_CONFIGURATION, "FetchNow", why);

	return err ? err : config_show(a, out, why);
}

/* It may be larger than memory, so that it is not copied there. */
static int image_judge(const struct arguments *a, const char *method, struct output *out,
		       struct refusal *why)
{
	int file, err = file_open(a->path, &file, why);

	if (err)
		return err;
	err = device_judge(a, BUS_INTERFACE_IMAGE, method, file, out, why);
	close(file);
	return err;
}

int image_verify(const struct arguments *a, struct output *out, struct refusal *why)
{
	return image_judge(a, "Verify", out, why);
}

int image_install(const struct arguments *a, struct output *out, struct refusal *why)
{
	return image_judge(a, "Install", out, why);
}

int image_status(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_IMAGE, why);

	(void)a;
	if (err)
		return err;
	output_object(out, "image", "image", phone_image_fields, &device->image);
	free(device);
	return 0;
}
