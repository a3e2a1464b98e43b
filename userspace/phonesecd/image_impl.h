/* SPDX-License-Identifier: Apache-2.0 */
/* What the files image*.c share. */
#ifndef PHONESECD_IMAGE_IMPL_H
#define PHONESECD_IMAGE_IMPL_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "image.h"

enum { IMAGE_LINE_MAX = 200 };

/**
 * struct image - see image.h
 * @copy: file without a name, the very bytes that are judged and installed
 * @map, @len: the same in memory, as pages of the file
 * @thread, @has_thread: copies and judges; what is here belongs to it until @wake
 * @unwanted: it is to end
 * @percent: that were copied
 * @wake: eventfd that wakes the loop
 * @body: offset of the content
 * @signed_name: with the path that it was signed under
 * @why: result of the thread
 * @installer, @process: its number and descriptor, -1 without one
 * @output: what it writes
 * @line, @line_len: the last line of it
 */
struct image {
	sd_event *event;
	const struct settings *settings;
	const struct image_events *events;
	void *owner;
	struct image_wish wish;
	char *name;
	int copy;
	void *map;
	size_t len;
	pthread_t thread;
	bool has_thread;
	atomic_bool unwanted;
	atomic_uint percent;
	int wake;
	sd_event_source *woken;
	sd_event_source *ticks;
	size_t body;
	char signed_name[IMAGE_TEXT_MAX];
	struct image_facts facts;
	struct refusal why;
	pid_t installer;
	int process;
	int output;
	sd_event_source *ended;
	sd_event_source *written;
	sd_event_source *late;
	char line[IMAGE_LINE_MAX];
	size_t line_len;
	bool is_late;
};

/* Ends: tells the owner, who may free the image. */
void image_end(struct image *image, enum image_state state);

/* Starts the installer. Returns 0, or the -errno of the reason. */
int image_installer_start(struct image *image, struct refusal *why);
/* Ends it if it runs, with all that it started. */
void image_installer_stop(struct image *image);

#endif
