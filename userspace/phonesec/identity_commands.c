// SPDX-License-Identifier: Apache-2.0
/* Commands about the certificates of this phone, except for its LSC. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device_commands.h"
#include "hand_over.h"
#include "phone_device.h"

enum {
	/* RSA keys of slow phones take their time. */
	REQUEST_SECONDS = 600,
	FILE_SECRET_MAX = 65536,
	PASSWORD_MAX = 1024,
};

int device_ask(const char *interface, const char *method, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, interface, method, NULL, why, "");
	bus_close(bus);
	return err;
}

int identity_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct phone_device *device;
	int err = phone_device_fetch(&device, PHONE_IDENTITY, why);

	(void)a;
	if (err)
		return err;
	if (out->json)
		output_list(out, "certificates", "", NULL, phone_certificate_fields,
			    device->certificates, sizeof(device->certificates[0]),
			    device->certificates_count);
	for (size_t i = 0; !out->json && i < device->certificates_count; i++)
		output_object(out, "certificate", device->certificates[i].place,
			      phone_certificate_fields, &device->certificates[i]);
	if (!device->certificates_count)
		output_remark(out, "no certificates");
	free(device);
	return 0;
}

/* From the file that was named, else from the descriptor. */
static int secret_source_read(const struct arguments *a, struct secret **secret,
			      struct refusal *why)
{
	int fd = a->path ? open(a->path, O_RDONLY | O_CLOEXEC) : a->key_fd, err;

	if (fd < 0)
		return refusal_set(why, REASON_FILE_READ, "%.100s: %s", a->path, strerror(errno));
	*secret = secret_new(FILE_SECRET_MAX);
	err = *secret ? secret_take(*secret, fd, "certificate", FILE_SECRET_MAX, why) :
			refusal_set(why, REASON_NO_MEMORY, "%s", "");
	if (a->path)
		close(fd);
	if (!err && !secret_len(*secret))
		err = refusal_set(why, REASON_FILE_READ, "what was read is empty");
	if (err)
		secret_free(*secret);
	return err;
}

int identity_provision(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct secret *file;
	sd_bus *bus;
	int end, err = secret_source_read(a, &file, why);

	if (err)
		return err;
	err = secret_pipe(file, &end, why);
	secret_free(file);
	if (err)
		return err;
	err = bus_open(&bus, why);
	if (!err) {
		err = bus_call(bus, BUS_PATH, BUS_INTERFACE_IDENTITY, "ProvisionMic", NULL, why,
			       "h", end);
		bus_close(bus);
	}
	close(end);
	return err ? err : identity_show(a, out, why);
}

/* Only what is encrypted needs a password: all but PEM, and PEM that says so. */
static bool password_is_needed(const struct secret *file)
{
	static const char pem[] = "-----BEGIN", encrypted[] = "ENCRYPTED";
	const unsigned char *bytes = secret_bytes(file);

	return !memmem(bytes, secret_len(file), pem, sizeof(pem) - 1) ||
	       memmem(bytes, secret_len(file), encrypted, sizeof(encrypted) - 1);
}

static int password_read(const struct arguments *a, const struct secret *file,
			 struct secret *password, struct refusal *why)
{
	int err = 0;

	if (option_given(a, OPTION_PASSWORD_FD))
		err = secret_take(password, a->password_fd, "password", PASSWORD_MAX, why);
	else if (password_is_needed(file) && isatty(STDERR_FILENO))
		err = secret_ask(password, "Password of the file: ", why);
	secret_trim(password);
	return err;
}

static int import_send(const char *name, int file, int password, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, BUS_INTERFACE_IDENTITY, "Import", NULL, why, "shh", name,
		       file, password);
	bus_close(bus);
	return err;
}

static int import_pipe(const struct arguments *a, const struct secret *file,
		       const struct secret *password, struct refusal *why)
{
	int file_end, password_end, err = secret_pipe(file, &file_end, why);

	if (err)
		return err;
	err = secret_pipe(password, &password_end, why);
	if (!err) {
		err = import_send(a->name, file_end, password_end, why);
		close(password_end);
	}
	close(file_end);
	return err;
}

int identity_import(const struct arguments *a, struct output *out, struct refusal *why)
{
	SECRET_AUTO password = secret_new(PASSWORD_MAX);
	struct secret *file;
	int err;

	if (!password)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	err = secret_source_read(a, &file, why);
	if (err)
		return err;
	err = password_read(a, file, password, why);
	if (!err)
		err = import_pipe(a, file, password, why);
	secret_free(file);
	return err ? err : identity_show(a, out, why);
}

/* A request as it is told in JSON. */
struct request {
	const char *name;
	const char *key;
	const char *pem;
};

static const struct output_field request_fields[] = {
	{ "name", "name", OUTPUT_STRING, offsetof(struct request, name) },
	{ "key", "key", OUTPUT_STRING, offsetof(struct request, key) },
	{ "pem", "pem", OUTPUT_STRING, offsetof(struct request, pem) },
	{ 0 },
};

static int request_write(const struct arguments *a, const struct request *request,
			 struct output *out, struct refusal *why)
{
	FILE *file = a->file ? fopen(a->file, "we") : NULL;
	bool good;

	if (a->file && !file)
		return refusal_set(why, REASON_OUTPUT, "%.100s: %s", a->file, strerror(errno));
	if (file) {
		good = fputs(request->pem, file) >= 0;
		good &= !fclose(file);
		if (!good)
			return refusal_set(why, REASON_OUTPUT, "%.100s: %s", a->file,
					   strerror(errno));
	}
	if (out->json)
		output_object(out, "request", NULL, request_fields, request);
	else if (!a->file)
		fputs(request->pem, out->stream);
	return 0;
}

int identity_request(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct request request = { .name = a->name, .key = a->key_kind ? a->key_kind : "rsa-2048" };
	sd_bus_message *answer = NULL;
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call_within(bus, REQUEST_SECONDS, BUS_PATH, BUS_INTERFACE_IDENTITY, "Request",
			      &answer, why, "ss", request.name, request.key);
	if (!err && sd_bus_message_read(answer, "s", &request.pem) < 0)
		err = refusal_set(why, REASON_DAEMON_MISSING, "its answer cannot be read");
	if (!err)
		err = request_write(a, &request, out, why);
	sd_bus_message_unref(answer);
	bus_close(bus);
	return err;
}

int identity_destroy(const char *name, struct refusal *why)
{
	sd_bus *bus;
	int err = bus_open(&bus, why);

	if (err)
		return err;
	err = bus_call(bus, BUS_PATH, BUS_INTERFACE_IDENTITY, "Delete", NULL, why, "s", name);
	bus_close(bus);
	return err;
}

int identity_delete(const struct arguments *a, struct output *out, struct refusal *why)
{
	int err = identity_destroy(a->name, why);

	return err ? err : identity_show(a, out, why);
}

int identity_install(const struct arguments *a, struct output *out, struct refusal *why)
{
	sd_bus *bus;
	int file, err = file_seal(a->path, &file, why);

	if (err)
		return err;
	err = bus_open(&bus, why);
	if (!err) {
		err = bus_call(bus, BUS_PATH, BUS_INTERFACE_IDENTITY, "InstallCertificate", NULL,
			       why, "sh", a->name, file);
		bus_close(bus);
	}
	close(file);
	return err ? err : identity_show(a, out, why);
}
