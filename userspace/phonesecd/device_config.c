// SPDX-License-Identifier: Apache-2.0
/* The site's configuration, and images, as others see them. */
#include "device_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "log.h"

void device_configuration(const struct device *device, struct device_configuration *now)
{
	struct provision_status status = { .state = PROVISION_OFF };

	if (device->provision)
		provision_status(device->provision, &status);
	*now = (struct device_configuration){
		.loaded = status.fetched, .is_signed = status.is_signed,
		.is_stored = status.is_stored, .restart = device->laid->overlay.restart,
		/* What came and is not in force says more than what did not come. */
		.last = device->refused.code ? device->refused : status.why,
	};
	(void)snprintf(now->state, sizeof(now->state), "%s", provision_state_word(status.state));
	(void)snprintf(now->file, sizeof(now->file), "%s", status.file);
	(void)snprintf(now->source, sizeof(now->source), "%s", status.source);
}

bool device_setting(const struct device *device, size_t index, struct device_setting *setting)
{
	const struct overlay *overlay = &device->laid->overlay;
	const struct overlay_row *row = &overlay->rows[index];

	if (index >= overlay->count)
		return false;
	*setting = (struct device_setting){ .restart = row->needs_restart };
	(void)snprintf(setting->name, sizeof(setting->name), "%s", row->name);
	(void)snprintf(setting->value, sizeof(setting->value), "%s", row->value);
	(void)snprintf(setting->source, sizeof(setting->source), "%s",
		       overlay_source_word(row->source));
	return true;
}

bool device_problem(const struct device *device, size_t index, struct device_problem *problem)
{
	const struct overlay *overlay = &device->laid->overlay;

	for (size_t i = 0; i < overlay->count; i++) {
		const struct overlay_row *row = &overlay->rows[i];

		if (!*row->problem || index--)
			continue;
		(void)snprintf(problem->element, sizeof(problem->element), "%s", row->name);
		(void)snprintf(problem->value, sizeof(problem->value), "%.*s",
			       (int)sizeof(problem->value) - 1, row->value);
		(void)snprintf(problem->text, sizeof(problem->text), "%.*s",
			       (int)sizeof(problem->text) - 1, row->problem);
		return true;
	}
	return false;
}

int device_fetch(struct device *device, struct refusal *why)
{
	if (!device->file->provisioning)
		return refusal_set(why, REASON_SETTINGS_MISSING, "[provisioning] enabled");
	provision_reload(device->provision);
	return 0;
}

void device_image(const struct device *device, struct device_image *image)
{
	*image = device->image_status;
}

static void image_progress(void *owner, enum image_state state, unsigned int percent,
			   const char *text)
{
	struct device *device = owner;
	struct device_image *status = &device->image_status;

	(void)snprintf(status->state, sizeof(status->state), "%s", image_state_word(state));
	(void)snprintf(status->text, sizeof(status->text), "%s", text ? text : "");
	status->percent = percent;
	device_tell(device, image);
}

static void image_forget(struct device *device)
{
	image_free(device->image);
	device_laid_drop(device->image_laid);
	device->image = NULL;
	device->image_laid = NULL;
}

static void image_judge(struct device_judgement *judgement, const struct image_facts *facts,
			const struct refusal *why)
{
	*judgement = (struct device_judgement){
		.accepted = !why || why->code == REASON_NONE, .kind = "image",
		.timestamp = facts->timestamp,
	};
	if (why)
		judgement->why = *why;
	(void)snprintf(judgement->name, sizeof(judgement->name), "%s", facts->name);
	(void)snprintf(judgement->signer, sizeof(judgement->signer), "%s", facts->signer);
	(void)snprintf(judgement->digest, sizeof(judgement->digest), "%s", facts->digest);
	(void)snprintf(judgement->found, sizeof(judgement->found), "%s", facts->list);
}

static void image_done(void *owner, enum image_state state, const struct image_facts *facts,
		       const struct refusal *why)
{
	struct device *device = owner;
	struct device_image *status = &device->image_status;
	struct device_judgement judgement;
	device_imaged imaged = device->imaged;

	image_judge(&judgement, facts, state == IMAGE_REFUSED ? why : NULL);
	(void)snprintf(status->state, sizeof(status->state), "%s", image_state_word(state));
	(void)snprintf(status->name, sizeof(status->name), "%s", facts->name);
	status->last = judgement.why;
	image_forget(device);
	device->imaged = NULL;
	if (imaged)
		imaged(device->imager, &judgement);
	device->imager = NULL;
	device_tell(device, image);
}

static const struct image_events image_events = {
	.progress = image_progress,
	.done = image_done,
};

void device_image_stop(struct device *device)
{
	device->imaged = NULL;
	device->imager = NULL;
	image_forget(device);
}

int device_image_start(struct device *device, const char *name, int fd, bool install,
		       device_imaged done, void *owner, struct refusal *why)
{
	struct image_wish wish = { .name = *name ? name : NULL, .install = install };
	int err;

	if (device->image)
		return refusal_set(why, REASON_DEVICE_BUSY, "%s", "");
	wish.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (wish.fd < 0)
		return refusal_set(why, REASON_FILE_READ, "%s", strerror(errno));
	err = image_start(&device->image, device->event, &device->laid->overlay.settings,
			  device->state, &wish, &image_events, device, why);
	if (err) {
		device->image = NULL;
		return err;
	}
	device->image_laid = device_laid_hold(device->laid);
	device->image_status = (struct device_image){ .state = "verifying" };
	device->imaged = done;
	device->imager = owner;
	device_tell(device, image);
	return 0;
}
