// SPDX-License-Identifier: Apache-2.0
/* The interface org.phonesec.Phone1.Identity: the certificates of this phone. */
#include <stdlib.h>
#include <string.h>

#include "bus_object.h"

static int identity_find(sd_bus *connection, const char *path, const char *interface,
			 void *userdata, void **found, sd_bus_error *error)
{
	struct bus *bus = userdata;
	struct bus_identity *identity = &bus->identity;

	(void)connection;
	(void)interface;
	(void)error;
	if (strcmp(path, BUS_PATH))
		return 0;
	device_lsc(bus->device, &identity->status);
	identity->text = BUS_CLEAN(identity->status.text);
	identity->works = identity->status.works;
	identity->awaits_string = identity->status.awaits_string;
	bus_reason_fill(&identity->last, &identity->status.last);
	*found = bus;
	return 1;
}

static int certificates_get(sd_bus *connection, const char *path, const char *interface,
			    const char *property, sd_bus_message *reply, void *userdata,
			    sd_bus_error *error)
{
	const struct bus *bus = userdata;
	struct device_certificate one;
	int err = sd_bus_message_open_container(reply, 'a', "(sssssssxxbb)");

	(void)connection;
	(void)path;
	(void)interface;
	(void)property;
	(void)error;
	for (size_t i = 0; err >= 0 && device_certificate(bus->device, i, &one); i++)
		err = sd_bus_message_append(reply, "(sssssssxxbb)", BUS_CLEAN(one.place), one.state,
					    BUS_CLEAN(one.subject), BUS_CLEAN(one.issuer),
					    one.serial, one.fingerprint, one.key, one.from, one.to,
					    (int)one.shown,
					    (int)one.on_trial);
	return err < 0 ? err : sd_bus_message_close_container(reply);
}

static int provision_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct secret *file;
	int err = bus_secret_read(asked->call, DEVICE_IMPORT_MAX, "certificate", &file, why);

	return err ? err : device_mic_provision(bus->device, file, why);
}

static int update_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct secret *string;
	int err = bus_secret_read(asked->call, DEVICE_STRING_MAX, "string", &string, why);

	if (err)
		return err;
	if (secret_len(string))
		return device_lsc_update(bus->device, string, why);
	secret_free(string);
	return device_lsc_update(bus->device, NULL, why);
}

static int name_read(sd_bus_message *call, const char **name, struct refusal *why)
{
	if (sd_bus_message_read(call, "s", name) < 0 || strlen(*name) >= SETTINGS_NAME_MAX)
		return refusal_set(why, REASON_VALUE_INVALID, "the name");
	return 0;
}

static int import_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct secret *file, *password;
	const char *name;
	int err = name_read(asked->call, &name, why);

	if (!err)
		err = bus_secret_read(asked->call, DEVICE_IMPORT_MAX, "certificate", &file, why);
	if (err)
		return err;
	err = bus_secret_read(asked->call, DEVICE_PASSWORD_MAX, "password", &password, why);
	if (err) {
		secret_free(file);
		return err;
	}
	return device_import(bus->device, name, file, password, why);
}

static void request_made(void *owner, const char *pem, const struct refusal *why)
{
	bus_answer(owner, pem, why);
}

static int delete_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	const char *name;
	int err = name_read(asked->call, &name, why);

	return err ? err : device_delete(bus->device, name, why);
}

static int request_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	const char *name, *key;
	int err = name_read(asked->call, &name, why);

	if (err)
		return err;
	if (sd_bus_message_read(asked->call, "s", &key) < 0)
		return refusal_set(why, REASON_VALUE_INVALID, "the kind of the key");
	err = device_request(bus->device, name, key, request_made, asked->request, why);
	return err ? err : BUS_LATER;
}

static int install_do(struct bus *bus, const struct bus_asked *asked, struct refusal *why)
{
	struct octets file;
	const char *name;
	int err = name_read(asked->call, &name, why);

	if (!err)
		err = bus_file_read(asked->call, &file, why);
	if (err)
		return err;
	err = device_certificate_install(bus->device, name, file, why);
	free((void *)file.at);
	return err;
}

static int provision(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_ROOT, provision_do, 0);
}

static int update(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, update_do, 0);
}

static int delete(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, delete_do, 0);
}

static int import(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, import_do, 0);
}

static int request(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, request_do, 0);
}

static int install(sd_bus_message *call, void *userdata, sd_bus_error *error)
{
	(void)error;
	return bus_ask(userdata, call, BUS_RIGHT_GROUP, install_do, 0);
}

#define IDENTITY(name, signature, member) \
	SD_BUS_PROPERTY(name, signature, NULL, offsetof(struct bus, identity.member), \
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable identity_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Certificates", "a(sssssssxxbb)", certificates_get, 0,
			SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	IDENTITY("LscStatus", "s", text),
	IDENTITY("LscWorks", "b", works),
	IDENTITY("LscAwaitsString", "b", awaits_string),
	IDENTITY("LscRenewal", "x", status.renewal),
	IDENTITY("LscReason", "s", last.code),
	IDENTITY("LscText", "s", last.text),
	IDENTITY("LscMend", "s", last.mend),
	IDENTITY("LscDetail", "s", last.detail_text),
	SD_BUS_METHOD_WITH_ARGS("ProvisionMic", SD_BUS_ARGS("h", file), SD_BUS_NO_RESULT,
				provision, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("LscUpdate", SD_BUS_ARGS("h", string), SD_BUS_NO_RESULT, update,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Delete", SD_BUS_ARGS("s", name), SD_BUS_NO_RESULT, delete,
				SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Import", SD_BUS_ARGS("s", name, "h", file, "h", password),
				SD_BUS_NO_RESULT, import, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("Request", SD_BUS_ARGS("s", name, "s", key),
				SD_BUS_RESULT("s", request), request, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD_WITH_ARGS("InstallCertificate", SD_BUS_ARGS("s", name, "h", certificate),
				SD_BUS_NO_RESULT, install, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int bus_identity_add(struct bus *bus)
{
	return sd_bus_add_fallback_vtable(bus->connection, NULL, BUS_PATH,
					  BUS_INTERFACE_IDENTITY, identity_vtable, identity_find,
					  bus);
}
