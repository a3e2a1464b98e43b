// SPDX-License-Identifier: Apache-2.0
/*
 * A device for bus_site.c. What becomes of it:
 *
 *   lsc absent|string|works|installed|failed      the LSC is so; it is told to have changed
 *   progress TEXT                                 of a session that runs
 *   lists none|both|pending                       trust lists that there are
 *   answer PEM                                    the request that was asked for is made
 *   show TEXT                                     it is to be shown on the display
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus_site.h"
#include "device.h"

struct device {
	const struct device_events *events;
	void *owner;
	struct device_lsc lsc;
	bool installed;
	bool lists;
	bool pending;
	device_requested requested;
	void *requester;
	device_imaged imaged;
	struct device_judgement judgement;
};

static struct device site = { .lsc.text = "Not Installed" };

struct device *bus_site_device(void)
{
	return &site;
}

void device_watch(struct device *device, const struct device_events *events, void *owner)
{
	device->events = events;
	device->owner = owner;
	bus_site_access_watch(events, owner);
}

/* The subject holds what must not get onto the bus as it is. */
bool device_certificate(const struct device *device, size_t index, struct device_certificate *one)
{
	*one = (struct device_certificate){
		.place = "mic", .state = "valid", .subject = "CN=CP-8865-SEP001122334455\x01",
		.issuer = "CN=Maker", .serial = "01ab", .fingerprint = "00ff", .key = "RSA 2048",
		.from = 1700000000, .to = 1900000000, .shown = !device->installed,
	};
	if (!index)
		return true;
	strcpy(one->place, "lsc");
	strcpy(one->state, "expiring");
	one->on_trial = true;
	strcpy(one->key, "EC P-256");
	one->shown = true;
	return index == 1 && device->installed;
}

void device_lsc(const struct device *device, struct device_lsc *lsc)
{
	*lsc = device->lsc;
}

static int secret_told(const char *what, struct secret *secret)
{
	site_told("%s %zu %c", what, secret ? secret_len(secret) : 0,
		  secret && secret_len(secret) ? secret_bytes(secret)[0] : '-');
	secret_free(secret);
	return 0;
}

int device_mic_provision(struct device *device, struct secret *file, struct refusal *why)
{
	(void)device;
	(void)why;
	return secret_told("provision", file);
}

/* A session runs from here on, until the test says otherwise. */
int device_lsc_update(struct device *device, struct secret *string, struct refusal *why)
{
	(void)why;
	device->lsc = (struct device_lsc){ .text = "Connecting...", .works = true };
	device->events->identity(device->owner);
	return secret_told("update", string);
}

int device_delete(struct device *device, const char *name, struct refusal *why)
{
	(void)why;
	site_told("delete %s", name);
	device->installed = false;
	strcpy(device->lsc.text, "Not Installed");
	return 0;
}

int device_import(struct device *device, const char *name, struct secret *file,
		  struct secret *password, struct refusal *why)
{
	(void)device;
	(void)why;
	site_told("import %s", name);
	secret_told("file", file);
	return secret_told("password", password);
}

int device_request(struct device *device, const char *name, const char *key,
		   device_requested done, void *owner, struct refusal *why)
{
	site_told("request %s %s", name, key);
	if (!strcmp(name, "bad"))
		return refusal_set(why, REASON_VALUE_INVALID, "bad");
	device->requested = done;
	device->requester = owner;
	return 0;
}

void device_forget(struct device *device, void *owner)
{
	if (device->requester != owner)
		return;
	site_told("forget");
	device->requester = NULL;
}

int device_certificate_install(struct device *device, const char *name, struct octets pem,
			       struct refusal *why)
{
	(void)device;
	(void)why;
	site_told("install %s %zu %c", name, pem.len, pem.len ? pem.at[0] : '-');
	return 0;
}

bool device_list(const struct device *device, size_t index, struct device_list *list)
{
	static const char *const places[] = { "CTL", "ITL", "pending" };
	size_t first = device->lists ? 0 : 2, place = first + index;

	*list = (struct device_list){
		.signer = "CN=SAST;O=Site", .issuer = "CN=SAST;O=Site", .serial = "77",
		.fingerprint = "f00d", .timestamp = 1764000000, .size = 4711, .records = 3,
	};
	if (place > 2 || (place == 2 && !device->pending))
		return false;
	strcpy(list->place, places[place]);
	if (place == 2)
		refusal_set(&list->why, REASON_FILE_SIGNER, "serial 77");
	return true;
}

bool device_record(const struct device *device, size_t index, struct device_record *record)
{
	static const struct device_record all[] = {
		{ "CTL", "SAST", "CN=SAST", "CN=SAST", "77", "", "aa", 1900000000 },
		{ "ITL", "CCM+TFTP", "CN=ucm1", "CN=ucm1", "78", "ucm1.example", "bb", 1900000000 },
		{ "ITL", "CAPF", "CN=CAPF", "CN=CAPF", "79", "", "", 0 },
		{ "TVS", "CCM,TFTP", "CN=ucm2", "CN=ucm2", "7a", "", "cc", 1800000000 },
	};

	if (!device->lists || index >= sizeof(all) / sizeof(all[0]))
		return false;
	*record = all[index];
	return true;
}

bool device_verify_server(const struct device *device, size_t index,
			  struct device_verify_server *server)
{
	(void)device;
	*server = (struct device_verify_server){
		.host = "tvs.example", .port = 2445, .answered = 1764000000, .latency_ms = 12,
	};
	if (index == 1)
		refusal_set(&server->last, REASON_SERVER_UNREACHABLE, "10.0.0.9:2445");
	return index < 2;
}

/* A file that begins with a plus is as it should be. */
static void judge(const char *what, const char *name, struct octets file,
		  struct device_judgement *judgement)
{
	site_told("%s '%s' %zu", what, name, file.len);
	*judgement = (struct device_judgement){
		.accepted = file.len && file.at[0] == '+', .kind = "signed file",
		.name = "SEP001122334455.cnf.xml.sgn", .signer = "CN=ucm9", .issuer = "CN=ucm9",
		.serial = "99", .digest = "SHA-512", .timestamp = 1764000000,
	};
	if (judgement->accepted) {
		strcpy(judgement->found, "ITL");
		return;
	}
	judgement->asks = true;
	refusal_set(&judgement->why, REASON_FILE_SIGNER, "serial 99");
}

void device_explain(const struct device *device, const char *name, struct octets file,
		    struct device_judgement *judgement)
{
	(void)device;
	judge("explain", name, file, judgement);
}

int device_trust_approve(struct device *device, const char *fingerprint, struct refusal *why)
{
	site_told("approve %s", fingerprint);
	if (strcmp(fingerprint, "f00d"))
		return refusal_set(why, REASON_VALUE_INVALID, "no such list waits");
	device->pending = false;
	return 0;
}

int device_trust_reset(struct device *device, struct refusal *why)
{
	(void)why;
	site_told("reset");
	device->lists = device->pending = false;
	return 0;
}

void device_configuration(const struct device *device, struct device_configuration *now)
{
	(void)device;
	*now = (struct device_configuration){
		.state = "failed", .is_stored = true, .file = "SEP001122334455.cnf.xml.sgn",
		.source = "http://ucm1.example:6970/", .loaded = 1764000000, .restart = true,
	};
	refusal_set(&now->last, REASON_FILE_OLDER, "of 2025-11-23");
}

bool device_setting(const struct device *device, size_t index, struct device_setting *setting)
{
	static const struct device_setting all[] = {
		{ "phone.security-mode", "encrypted", "device", false },
		{ "srst.router", "192.0.2.77", "common", false },
		{ "phone.model", "0", "default", true },
	};

	(void)device;
	if (index >= sizeof(all) / sizeof(all[0]))
		return false;
	*setting = all[index];
	return true;
}

bool device_problem(const struct device *device, size_t index, struct device_problem *problem)
{
	(void)device;
	*problem = (struct device_problem){ "capfAuthMode", "9", "not one of 0 to 4" };
	return !index;
}

int device_fetch(struct device *device, struct refusal *why)
{
	(void)device;
	(void)why;
	site_told("fetch");
	return 0;
}

void device_image(const struct device *device, struct device_image *image)
{
	(void)device;
	*image = (struct device_image){ .state = "none" };
}

/* Judged from the loop, as it would be. */
static int image_due(sd_event_source *source, void *userdata)
{
	struct device *device = userdata;

	(void)source;
	if (device->requester)
		device->imaged(device->requester, &device->judgement);
	device->requester = NULL;
	return 0;
}

int device_image_start(struct device *device, const char *name, int fd, bool install,
		       device_imaged done, void *owner, struct refusal *why)
{
	sd_event *event;
	char first;

	if (device->requester)
		return refusal_set(why, REASON_DEVICE_BUSY, "%s", "");
	judge(install ? "image" : "verify", name,
	      (struct octets){ (uint8_t *)&first, pread(fd, &first, 1, 0) == 1 },
	      &device->judgement);
	device->imaged = done;
	device->requester = owner;
	if (sd_event_default(&event) < 0 || sd_event_add_defer(event, NULL, image_due, device) < 0)
		abort();
	return 0;
}

static void lsc_set(const char *word)
{
	site.lsc = (struct device_lsc){ .text = "Not Installed" };
	site.installed = !strcmp(word, "installed");
	if (!strcmp(word, "string"))
		site.lsc.awaits_string = true;
	else if (!strcmp(word, "works"))
		site.lsc = (struct device_lsc){ .text = "Connecting...", .works = true };
	else if (!strcmp(word, "failed"))
		refusal_set(&site.lsc.last, REASON_SERVER_UNREACHABLE, "capf.example:3804");
	else if (site.installed)
		site.lsc = (struct device_lsc){ .text = "Installed", .renewal = 1850000000 };
}

static void request_answer(const char *pem)
{
	void *requester = site.requester;

	site.requester = NULL;
	if (requester)
		site.requested(requester, pem, NULL);
}

bool bus_site_device_line(const char *word, const char *rest)
{
	if (!strcmp(word, "lsc"))
		lsc_set(rest);
	else if (!strcmp(word, "progress"))
		(void)snprintf(site.lsc.text, sizeof(site.lsc.text), "%s", rest);
	if (!strcmp(word, "lsc") || !strcmp(word, "progress"))
		site.events->identity(site.owner);
	else if (!strcmp(word, "answer"))
		request_answer(rest);
	else if (!strcmp(word, "show"))
		site.events->display(site.owner, rest);
	else if (strcmp(word, "lists"))
		return false;
	if (!strcmp(word, "lists")) {
		site.lists = strcmp(rest, "none");
		site.pending = !strcmp(rest, "pending");
		site.events->trust(site.owner);
	}
	return true;
}
