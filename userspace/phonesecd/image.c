// SPDX-License-Identifier: Apache-2.0
#include "image.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_judge.h"
#include "file_times.h"
#include "image_impl.h"
#include "log.h"

enum {
	PIECE = 1 << 20,
	TICK_USEC = 500000,
};

const char *image_state_word(enum image_state state)
{
	static const char *const words[] = {
		[IMAGE_VERIFYING] = "verifying", [IMAGE_INSTALLING] = "installing",
		[IMAGE_VERIFIED] = "verified", [IMAGE_INSTALLED] = "installed",
		[IMAGE_REFUSED] = "refused",
	};

	return words[state];
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t wrote = write(fd, bytes, len);

		if (wrote < 0 && errno != EINTR)
			return -errno;
		if (wrote > 0) {
			bytes += wrote;
			len -= (size_t)wrote;
		}
	}
	return 0;
}

/* What it is to have is what it had at first: one that grows meanwhile is refused. */
static int copy_make(struct image *image, size_t len, struct refusal *why)
{
	uint8_t *piece = malloc(PIECE);
	size_t done = 0;
	ssize_t got = 1;
	int err = piece ? 0 : -ENOMEM;

	while (!err && got && !atomic_load(&image->unwanted)) {
		got = pread(image->wish.fd, piece, PIECE, (off_t)done);
		if (got < 0 && errno == EINTR)
			continue;
		err = got < 0 ? -errno : write_all(image->copy, piece, (size_t)got);
		done += got > 0 ? (size_t)got : 0;
		if (done > len)
			err = -EFBIG;
		atomic_store(&image->percent, (unsigned int)(done * 100 / (len ? len : 1)));
	}
	free(piece);
	if (!err && done != len)
		err = -EIO;
	if (!err)
		return 0;
	return refusal_set(why, REASON_IMAGE_FILE, "it cannot be copied: %s", strerror(-err));
}

static int image_size(const struct image *image, size_t *len, struct refusal *why)
{
	struct stat status;
	uint64_t max = (uint64_t)image->settings->image_mib << 20;

	if (fstat(image->wish.fd, &status) || !S_ISREG(status.st_mode))
		return refusal_set(why, REASON_IMAGE_FILE, "it is no regular file");
	if ((uint64_t)status.st_size > max || (uint64_t)status.st_size > SIZE_MAX)
		return refusal_set(why, REASON_FILE_TOO_LONG, "%jd bytes, and [image] max-size is %u MiB",
				   (intmax_t)status.st_size, image->settings->image_mib);
	*len = (size_t)status.st_size;
	return 0;
}

static void text_take(char *text, size_t size, struct octets octets)
{
	size_t len = octets.len < size ? octets.len : size - 1;

	memcpy(text, octets.at, len);
	text[len] = '\0';
}

/* "folder/sip88xx.14-2-1.sbn.sgn" is "sip88xx.14-2-1", version "14-2-1". */
static void name_split(struct image *image)
{
	static const char *const endings[] = { ".sgn", ".sbn", ".loads" };
	const char *slash = strrchr(image->signed_name, '/');
	struct image_facts *facts = &image->facts;
	size_t len;

	snprintf(facts->name, sizeof(facts->name), "%s", slash ? slash + 1 : image->signed_name);
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		len = strlen(facts->name);
		if (len > strlen(endings[i]) &&
		    !strcmp(facts->name + len - strlen(endings[i]), endings[i]))
			facts->name[len - strlen(endings[i])] = '\0';
	}
	for (const char *at = facts->name; *at; at++) {
		if (strchr(".-", *at) && isdigit((unsigned char)at[1])) {
			snprintf(facts->version, sizeof(facts->version), "%s", at + 1);
			break;
		}
	}
}

static void facts_take(struct image *image, const struct file_verdict *verdict)
{
	struct image_facts *facts = &image->facts;

	if (!verdict->has_header)
		return;
	text_take(image->signed_name, sizeof(image->signed_name), verdict->header.name);
	text_take(facts->signer, sizeof(facts->signer), verdict->header.signer_name);
	snprintf(facts->list, sizeof(facts->list), "%s", file_voucher_word(verdict->voucher));
	snprintf(facts->digest, sizeof(facts->digest), "%s",
		 file_digest_name(verdict->header.digest) ?: "");
	facts->timestamp = verdict->header.has_timestamp ? verdict->header.timestamp : 0;
	facts->size = verdict->body.len;
	image->body = verdict->header.length;
	name_split(image);
}

/* Where nothing has a signature, images have one all the same. */
static int copy_judge(struct image *image, struct refusal *why)
{
	struct file_verdict verdict = { 0 };
	int err;

	image->map = mmap(NULL, image->len, PROT_READ, MAP_SHARED, image->copy, 0);
	if (image->map == MAP_FAILED) {
		image->map = NULL;
		return refusal_set(why, REASON_IMAGE_FILE, "%zu bytes: %m", image->len);
	}
	(void)madvise(image->map, image->len, MADV_SEQUENTIAL);
	err = file_judge(&verdict, image->settings, FILE_KIND_SIGNED, image->name,
			 (struct octets){ image->map, image->len }, why);
	facts_take(image, &verdict);
	if (err == 0 ? !verdict.is_signed : why->code == REASON_FILE_UNSIGNED)
		err = refusal_set(why, REASON_IMAGE_UNSIGNED, "%s", image->name ?: "");
	if (!err && !verdict.body.len)
		err = refusal_set(why, REASON_FILE_LAYOUT, "there is nothing behind the header");
	return err;
}

static void *image_work(void *data)
{
	struct image *image = data;
	uint64_t one = 1;

	if (!copy_make(image, image->len, &image->why))
		(void)copy_judge(image, &image->why);
	if (write(image->wake, &one, sizeof(one)) < 0)
		abort(); /* an eventfd takes a one always */
	return NULL;
}

static void thread_end(struct image *image)
{
	if (image->has_thread)
		(void)pthread_join(image->thread, NULL);
	image->has_thread = false;
	image->woken = sd_event_source_disable_unref(image->woken);
	image->ticks = sd_event_source_disable_unref(image->ticks);
}

/* Must be the last thing that is done with an image: whoever is told may free it. */
void image_end(struct image *image, enum image_state state)
{
	struct refusal why;

	if (state == IMAGE_REFUSED) {
		log_refusal(LOG_IMAGE_REFUSED, &image->why, "%s", image->facts.name);
	} else if (state == IMAGE_INSTALLED) {
		log_tell(LOG_IMAGE_INSTALLED, "%s, signed by %s", image->facts.name,
			 image->facts.signer);
		if (image->facts.timestamp &&
		    file_times_accept(image->settings, image->signed_name, image->facts.timestamp,
				      &why))
			log_refusal(LOG_FAILED, &why, "the time of the image is not kept");
	}
	image->events->done(image->owner, state, &image->facts, &image->why);
}

static int on_judged(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct image *image = data;

	(void)source;
	(void)fd;
	(void)events;
	thread_end(image);
	if (image->why.code)
		image_end(image, IMAGE_REFUSED);
	else if (!image->wish.install)
		image_end(image, IMAGE_VERIFIED);
	else if (image_installer_start(image, &image->why))
		image_end(image, IMAGE_REFUSED);
	else
		image->events->progress(image->owner, IMAGE_INSTALLING, 0, image->facts.name);
	return 0;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *data)
{
	struct image *image = data;

	(void)usec;
	(void)sd_event_source_set_time_relative(source, TICK_USEC);
	image->events->progress(image->owner, IMAGE_VERIFYING, atomic_load(&image->percent), "");
	return 0;
}

static int image_begin(struct image *image, const char *state, struct refusal *why)
{
	int err;

	err = image_size(image, &image->len, why);
	if (!err && image->wish.install && !*image->settings->installer)
		err = refusal_set(why, REASON_IMAGE_INSTALLER, "%s", "");
	if (!err && !image->len)
		err = refusal_set(why, REASON_FILE_LAYOUT, "it is empty");
	if (err)
		return err;
	image->copy = open(state, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	image->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (image->copy < 0 || image->wake < 0)
		return refusal_set(why, REASON_SYSTEM, "%s: %m", state);
	err = sd_event_add_io(image->event, &image->woken, image->wake, EPOLLIN, on_judged, image);
	if (err >= 0)
		err = sd_event_add_time_relative(image->event, &image->ticks, CLOCK_MONOTONIC,
						 TICK_USEC, 0, on_tick, image);
	if (err >= 0)
		err = sd_event_source_set_enabled(image->ticks, SD_EVENT_ON);
	if (err >= 0)
		err = -pthread_create(&image->thread, NULL, image_work, image);
	image->has_thread = err >= 0;
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "thread: %s", strerror(-err)) : 0;
}

int image_start(struct image **result, sd_event *event, const struct settings *settings,
		const char *state, const struct image_wish *wish,
		const struct image_events *events, void *owner, struct refusal *why)
{
	struct image *image = calloc(1, sizeof(*image));
	int err = -ENOMEM;

	if (!image) {
		close(wish->fd);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	image->event = sd_event_ref(event);
	image->settings = settings;
	image->events = events;
	image->owner = owner;
	image->wish = *wish;
	image->copy = -1;
	image->wake = -1;
	image->process = -1;
	image->output = -1;
	image->name = wish->name ? strdup(wish->name) : NULL;
	if (wish->name && !image->name)
		refusal_set(why, REASON_NO_MEMORY, "%s", "");
	else
		err = image_begin(image, state, why);
	if (err) {
		image_free(image);
		return err;
	}
	*result = image;
	return 0;
}

static void fd_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

void image_free(struct image *image)
{
	if (!image)
		return;
	atomic_store(&image->unwanted, true);
	thread_end(image);
	image_installer_stop(image);
	if (image->map)
		munmap(image->map, image->len);
	fd_close(image->copy);
	fd_close(image->wake);
	fd_close(image->wish.fd);
	sd_event_unref(image->event);
	free(image->name);
	free(image);
}
