// SPDX-License-Identifier: Apache-2.0
/* The certificates of this phone as others see them, and how they come here without CAPF. */
#include "device_state.h"

#include <stdlib.h>
#include <string.h>

#include "calendar.h"

static struct octets secret_octets(const struct secret *secret)
{
	return (struct octets){ secret_bytes(secret), secret_len(secret) };
}

void device_hex(char text[DEVICE_FINGERPRINT_MAX], const unsigned char digest[32])
{
	for (size_t i = 0; i < 32; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static bool is_valid(const struct device *device, const char *name)
{
	struct keystore_certificate held;

	keystore_show(device->keystore, name, &held);
	return held.state == CERTIFICATE_VALID;
}

/* Which one servers are shown: the LSC, unless the MIC alone is in its time. */
static const char *name_shown(const struct device *device)
{
	struct keystore_certificate held;

	if (device_settings(device)->oauth)
		return "";
	keystore_show(device->keystore, KEYSTORE_LSC, &held);
	if (held.state == CERTIFICATE_MISSING ||
	    (held.state != CERTIFICATE_VALID && is_valid(device, KEYSTORE_MIC)))
		return KEYSTORE_MIC;
	return KEYSTORE_LSC;
}

static void certificate_fill(const struct device *device, const struct keystore_certificate *held,
			     struct device_certificate *one)
{
	bool ends = held->state == CERTIFICATE_VALID &&
		    identity_expiry_warning(held->from_s, held->until_s, calendar_now()) >= 0;

	*one = (struct device_certificate){
		.from = held->from_s, .to = held->until_s, .on_trial = held->unconfirmed,
		.shown = !strcmp(held->name, name_shown(device)),
	};
	(void)snprintf(one->place, sizeof(one->place), "%s", held->name);
	(void)snprintf(one->state, sizeof(one->state), "%s",
		       ends ? "expiring" : certificate_state_word(held->state));
	(void)snprintf(one->subject, sizeof(one->subject), "%s", held->subject);
	(void)snprintf(one->issuer, sizeof(one->issuer), "%s", held->issuer);
	(void)snprintf(one->serial, sizeof(one->serial), "%s", held->serial);
	(void)snprintf(one->key, sizeof(one->key), "%s", held->key);
	device_hex(one->fingerprint, held->fingerprint);
}

bool device_certificate(const struct device *device, size_t index,
			struct device_certificate *certificate)
{
	char names[2 + KEYSTORE_IMPORTED_MAX][KEYSTORE_NAME_MAX] = { KEYSTORE_MIC, KEYSTORE_LSC };
	size_t count = 2 + keystore_list(device->keystore, names + 2);
	struct keystore_certificate held;

	for (size_t i = 0; i < count; i++) {
		keystore_show(device->keystore, names[i], &held);
		if (held.state == CERTIFICATE_MISSING || index--)
			continue;
		certificate_fill(device, &held, certificate);
		return true;
	}
	return false;
}

static void identity_told(struct device *device)
{
	*device->lsc_text = '\0';
	device->lsc_last = (struct refusal){ 0 };
	device_lsc_changed(device);
}

int device_delete(struct device *device, const char *name, struct refusal *why)
{
	int err;

	if (!strcmp(name, KEYSTORE_LSC) && device->enroll)
		return refusal_set(why, REASON_DEVICE_BUSY, "%s", "");
	err = keystore_delete(device->keystore, name, why);
	if (!err)
		identity_told(device);
	return err;
}

int device_mic_provision(struct device *device, struct secret *file, struct refusal *why)
{
	int err = keystore_mic_provision(device->keystore, secret_octets(file), NULL, why);

	secret_free(file);
	if (!err)
		identity_told(device);
	return err;
}

int device_import(struct device *device, const char *name, struct secret *file,
		  struct secret *password, struct refusal *why)
{
	int err = keystore_import(device->keystore, name, secret_octets(file),
				  secret_len(password) ? password : NULL, why);

	secret_free(file);
	secret_free(password);
	if (!err)
		identity_told(device);
	return err;
}

int device_certificate_install(struct device *device, const char *name, struct octets pem,
			       struct refusal *why)
{
	int err = keystore_import(device->keystore, name, pem, NULL, why);

	if (!err)
		identity_told(device);
	return err;
}

static void job_free(struct device_job *job)
{
	struct device_job **at = &job->device->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	key_maker_free(job->maker);
	free(job);
}

void device_jobs_clear(struct device *device)
{
	while (device->jobs)
		job_free(device->jobs);
}

static void on_key(void *owner, EVP_PKEY *key, const struct refusal *refused)
{
	struct device_job *job = owner;
	struct refusal why = refused ? *refused : (struct refusal){ 0 };
	char *pem = NULL;

	if (key && keystore_request_make(job->device->keystore, job->name, key, NULL, NULL, &pem,
					 &why))
		pem = NULL;
	EVP_PKEY_free(key);
	if (job->done)
		job->done(job->owner, pem, &why);
	free(pem);
	job_free(job);
}

int device_request(struct device *device, const char *name, const char *key,
		   device_requested done, void *owner, struct refusal *why)
{
	struct key_kind kind;
	struct device_job *job;
	int err;

	if (!key_kind_parse(&kind, key))
		return refusal_set(why, REASON_IDENTITY_KEY_KIND, "%.32s", key);
	if (strlen(name) >= KEYSTORE_NAME_MAX)
		return refusal_set(why, REASON_IDENTITY_NAME, "%.64s", name);
	job = calloc(1, sizeof(*job));
	if (!job)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	*job = (struct device_job){ .next = device->jobs, .device = device, .done = done,
				    .owner = owner };
	strcpy(job->name, name);
	device->jobs = job;
	err = keystore_key_make(&job->maker, device->keystore, device->event, &kind, on_key, job,
				why);
	if (err) {
		job->maker = NULL;
		job_free(job);
	}
	return err;
}

void device_forget(struct device *device, void *owner)
{
	for (struct device_job *job = device->jobs; job; job = job->next)
		if (job->owner == owner)
			job->done = NULL;
	if (device->imager == owner)
		device->imaged = NULL;
}
