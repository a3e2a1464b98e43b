// SPDX-License-Identifier: Apache-2.0
/* The program that installs images. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image_impl.h"

enum {
	ENVIRONMENT_MAX = 7,
	ENTRY_MAX = IMAGE_TEXT_MAX + 32,
};

struct environment {
	char texts[ENVIRONMENT_MAX][ENTRY_MAX];
	char *entries[ENVIRONMENT_MAX + 1];
};

static void environment_make(struct environment *environment, const struct image_facts *facts)
{
	char (*texts)[ENTRY_MAX] = environment->texts;
	size_t count = 0;

	snprintf(texts[count++], ENTRY_MAX, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	snprintf(texts[count++], ENTRY_MAX, "LANG=C.UTF-8");
	snprintf(texts[count++], ENTRY_MAX, "PHONESEC_IMAGE_NAME=%s", facts->name);
	snprintf(texts[count++], ENTRY_MAX, "PHONESEC_IMAGE_VERSION=%s", facts->version);
	snprintf(texts[count++], ENTRY_MAX, "PHONESEC_IMAGE_SIGNER=%s", facts->signer);
	snprintf(texts[count++], ENTRY_MAX, "PHONESEC_IMAGE_SIZE=%" PRIu64, facts->size);
	for (size_t i = 0; i < count; i++)
		environment->entries[i] = texts[i];
	environment->entries[count] = NULL;
}

/* Its own group, so that what it starts ends with it; no signal of ours is blocked or ignored. */
static int attributes_make(posix_spawnattr_t *attributes)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					POSIX_SPAWN_SETSIGDEF) ?:
	       posix_spawnattr_setpgroup(attributes, 0) ?:
	       posix_spawnattr_setsigmask(attributes, &none) ?:
	       posix_spawnattr_setsigdefault(attributes, &all);
}

static int installer_spawn(struct image *image, int output)
{
	char *path = (char *)image->settings->installer;
	char *const arguments[] = { path, NULL };
	struct environment environment;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int err;

	environment_make(&environment, &image->facts);
	if (posix_spawn_file_actions_init(&files))
		return ENOMEM;
	if (posix_spawnattr_init(&attributes)) {
		posix_spawn_file_actions_destroy(&files);
		return ENOMEM;
	}
	err = attributes_make(&attributes) ?:
	      posix_spawn_file_actions_adddup2(&files, image->copy, STDIN_FILENO) ?:
	      posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO) ?:
	      posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO) ?:
	      posix_spawn(&image->installer, path, &files, &attributes, arguments,
			  environment.entries);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	if (err)
		image->installer = 0;
	return err;
}

/* Lines are told as they come; what cannot be shown is not. */
static void output_take(struct image *image, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char byte = bytes[i];

		if (byte == '\n') {
			image->line[image->line_len] = '\0';
			if (image->line_len)
				image->events->progress(image->owner, IMAGE_INSTALLING, 0,
							image->line);
			image->line_len = 0;
			continue;
		}
		/* The line before stays to be shown until there is another one. */
		if (image->line_len + 1 < sizeof(image->line)) {
			image->line[image->line_len++] = byte < ' ' || byte > '~' ? '?' : byte;
			image->line[image->line_len] = '\0';
		}
	}
}

static void output_drain(struct image *image)
{
	char bytes[1024];
	ssize_t got;

	while (image->output >= 0) {
		got = read(image->output, bytes, sizeof(bytes));
		if (got > 0) {
			output_take(image, bytes, (size_t)got);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		image->written = sd_event_source_disable_unref(image->written);
		close(image->output);
		image->output = -1;
	}
}

static int on_written(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	output_drain(data);
	return 0;
}

static void result_take(struct image *image, const siginfo_t *result)
{
	if (image->is_late)
		refusal_set(&image->why, REASON_IMAGE_FAILED, "it took more than %u seconds; %s",
			    image->settings->installer_s, image->line);
	else if (result->si_code != CLD_EXITED)
		refusal_set(&image->why, REASON_IMAGE_FAILED, "ended by signal %d; %s",
			    result->si_status, image->line);
	else if (result->si_status)
		refusal_set(&image->why, REASON_IMAGE_FAILED, "exit status %d; %s",
			    result->si_status, image->line);
}

static int on_ended(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct image *image = data;
	siginfo_t result = { 0 };

	(void)source;
	(void)events;
	if (waitid(P_PIDFD, (id_t)fd, &result, WEXITED | WNOHANG) || !result.si_pid)
		return 0;
	output_drain(image);
	image->installer = 0;
	image_installer_stop(image);
	result_take(image, &result);
	image_end(image, image->why.code ? IMAGE_REFUSED : IMAGE_INSTALLED);
	return 0;
}

/* Its end is told when it has ended. */
static int on_late(sd_event_source *source, uint64_t usec, void *data)
{
	struct image *image = data;

	(void)source;
	(void)usec;
	image->is_late = true;
	(void)kill(-image->installer, SIGKILL);
	return 0;
}

static int installer_watch(struct image *image)
{
	uint64_t usec = (uint64_t)image->settings->installer_s * 1000000;
	int err;

	image->process = pidfd_open(image->installer, 0);
	if (image->process < 0)
		return -errno;
	(void)fcntl(image->output, F_SETFL, O_NONBLOCK);
	err = sd_event_add_io(image->event, &image->ended, image->process, EPOLLIN, on_ended,
			      image);
	if (err >= 0)
		err = sd_event_add_io(image->event, &image->written, image->output, EPOLLIN,
				      on_written, image);
	if (err >= 0)
		err = sd_event_add_time_relative(image->event, &image->late, CLOCK_MONOTONIC, usec,
						 0, on_late, image);
	return err;
}

int image_installer_start(struct image *image, struct refusal *why)
{
	int output[2], err;

	if (lseek(image->copy, (off_t)image->body, SEEK_SET) < 0 || pipe2(output, O_CLOEXEC))
		return refusal_set(why, REASON_SYSTEM, "%m");
	image->output = output[0];
	err = installer_spawn(image, output[1]);
	close(output[1]);
	if (err)
		return refusal_set(why, REASON_IMAGE_INSTALLER, "%s: %s",
				   image->settings->installer, strerror(err));
	err = installer_watch(image);
	return err < 0 ? refusal_set(why, REASON_SYSTEM, "%s", strerror(-err)) : 0;
}

void image_installer_stop(struct image *image)
{
	if (image->installer > 0) {
		(void)kill(-image->installer, SIGKILL);
		(void)waitpid(image->installer, NULL, 0);
		image->installer = 0;
	}
	image->ended = sd_event_source_disable_unref(image->ended);
	image->written = sd_event_source_disable_unref(image->written);
	image->late = sd_event_source_disable_unref(image->late);
	if (image->process >= 0)
		close(image->process);
	if (image->output >= 0)
		close(image->output);
	image->process = -1;
	image->output = -1;
}
