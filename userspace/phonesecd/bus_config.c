// SPDX-License-Identifier: Apache-2.0
/*
 * The interfaces org.phonesec.Phone1.Configuration and .Image: what the site gave this
 * phone; and what both have in common with the other interfaces of the device.
 */
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"

static int configuration_find(sd_bus *connection, const char *path, const char *interface,
			      void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;
	struct bus_configuration *configuration = &bus->configuration;

	(void)connection;
	(void)interface;
	(void)error;
	if (strcmp(path, BUS_PATH))
		return 0;
	device_configuration(bus->device, &configuration->status);
	configuration->state = configuration->status.state;
	configuration->file = BUS_CLEAN(configuration->status.file);
	configuration->source = BUS_CLEAN(configuration->status.source);
	configuration->is_signed = configuration->status.is_signed;
	configuration->is_stored = configuration->status.is_stored;
	configuration->restart = configuration->status.restart;
	bus_reason_fill(&configuration->last, &configuration->status.last);
	*found = bus;
	return 1;
}

static int settings_get(sd_bus *connection, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct device_setting setting;
	int err = sd_bus_message_open_container(reply, 'a', "(sssb)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && device_setting(bus->device, i, &setting); i++)
		err = sd_bus_message_append(reply, "(sssb)", setting.name,
					    BUS_CLEAN(setting.value), setting.source,
					    (int)setting.restart);
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int problems_get(sd_bus *connection, const char *path, const char *interface,
			const char *property, sd_bus_message *reply, void *userdata,
			sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct device_problem problem;
	int err = sd_bus_message_open_container(reply, 'a', "(sss)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && device_problem(bus->device, i, &problem); i++)
		err = sd_bus_message_append(reply, "(sss)", BUS_CLEAN(problem.element),
					    BUS_CLEAN(problem.value), BUS_CLEAN(problem.text));
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int fetch_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	(void)asked;
	return device_fetch(bus->device, why);
}

static int fetch(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, fetch_do, 0);
}

#define OF(part, name, signature, member) \
	SD_BUS_PROPERTY(name, signature, NULL, offsetof(struct bus, part.member), \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable configuration_vtable[] = {
	SD_BUS_VTABLE_START(0),
	OF(configuration, "State", "s", state),
	OF(configuration, "File", "s", file),
	OF(configuration, "Source", "s", source),
	OF(configuration, "Loaded", "x", status.loaded),
	OF(configuration, "Signed", "b", is_signed),
	OF(configuration, "Stored", "b", is_stored),
	OF(configuration, "RestartNeeded", "b", restart),
	OF(configuration, "LastReason", "s", last.code),
	OF(configuration, "LastText", "s", last.text),
	OF(configuration, "LastMend", "s", last.mend),
	OF(configuration, "LastDetail", "s", last.detail_text),
	SD_BUS_PROPERTY("Settings", "a(sssb)", settings_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY("Problems", "a(sss)", problems_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_METHOD("FetchNow", "", "", fetch, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int bus_configuration_add(struct bus *bus)
{
	return sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH,
					  BUS_INTERFACE_CONFIGURATION, configuration_vtable,
					  configuration_find, bus);
}

static int image_find(sd_bus *connection, const char *path, const char *interface,
		      void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;
	struct bus_image *image = &bus->image;

	(void)connection;
	(void)interface;
	(void)error;
	if (strcmp(path, BUS_PATH))
		return 0;
	device_image(bus->device, &image->status);
	image->state = image->status.state;
	image->name = BUS_CLEAN(image->status.name);
	image->text = BUS_CLEAN(image->status.text);
	bus_reason_fill(&image->last, &image->status.last);
	*found = bus;
	return 1;
}

static void image_judged(void *owner, const struct device_judgement *judgement)
{
	bus_answer_judged(owner, judgement);
}

/* Root's files are read where they are: an image may be larger than memory. */
static int image_do(struct bus *bus, const struct bus_asked *asked, bool install,
		    struct refusal *why)
{
	const char *name;
	int fd, err;

	if (sd_bus_message_read(asked->call, "hs", &fd, &name) < 0)
		return refusal_set(why, REASON_FILE_READ, "%s", "");
	err = device_image_start(bus->device, name, fd, install, image_judged, asked->request, why);
	return err ? err : BUS_LATER;
}

static int verify_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	return image_do(bus, asked, false, why);
}

static int install_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	return image_do(bus, asked, true, why);
}

static int verify(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_ROOT, verify_do, 0);
}

static int install(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_ROOT, install_do, 0);
}

static const sd_bus_vtable image_vtable[] = {
	SD_BUS_VTABLE_START(0),
	OF(image, "State", "s", state),
	OF(image, "Percent", "u", status.percent),
	OF(image, "Progress", "s", text),
	OF(image, "Name", "s", name),
	OF(image, "LastReason", "s", last.code),
	OF(image, "LastText", "s", last.text),
	OF(image, "LastMend", "s", last.mend),
	OF(image, "LastDetail", "s", last.detail_text),
	SD_BUS_METHOD_WITH_ARGS("Verify", SD_BUS_ARGS("h", file, "s", name),
				SD_BUS_RESULT("a{sv}", judgement), verify,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Install", SD_BUS_ARGS("h", file, "s", name),
				SD_BUS_RESULT("a{sv}", judgement), install,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int bus_image_add(struct bus *bus)
{
	return sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH, BUS_INTERFACE_IMAGE,
					  image_vtable, image_find, bus);
}

void bus_device_change(struct bus *bus, enum bus_device interface)
{
	bus->device_changed |= 1U << interface;
	bus_flush_later(bus);
}

void bus_device_flush(struct bus *bus)
{
	static const char *const interfaces[BUS_DEVICE_INTERFACES] = {
		[BUS_DEVICE_IDENTITY] = BUS_INTERFACE_IDENTITY,
		[BUS_DEVICE_TRUST] = BUS_INTERFACE_TRUST,
		[BUS_DEVICE_CONFIGURATION] = BUS_INTERFACE_CONFIGURATION,
		[BUS_DEVICE_IMAGE] = BUS_INTERFACE_IMAGE,
		[BUS_DEVICE_NETWORK] = BUS_INTERFACE_NETWORK,
		[BUS_DEVICE_POLICY] = BUS_INTERFACE_POLICY,
	};

	for (enum bus_device i = 0; bus->connection && i < BUS_DEVICE_INTERFACES; i++)
		if (bus->device_changed & 1U << i)
			(void)sd_bus_emit_properties_changed_strv(bus->connection, BUS_PATH,
								  interfaces[i], NULL);
	bus->device_changed = 0;
}
