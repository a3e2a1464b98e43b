/* SPDX-License-Identifier: Apache-2.0 */
/* What the files child*.c share. */
#ifndef PHONESECD_CHILD_IMPL_H
#define PHONESECD_CHILD_IMPL_H

#include "../lib/secret.h"
#include "child.h"

/**
 * struct child - a program and its process
 * @event, @events, @owner: see child_new()
 * @arguments, @environment, @capabilities, @restarts, @limit_s: the plan, each text of its own
 * @input: NULL for none
 * @pid: 0 while it does not run
 * @process: descriptor of it, or -1
 * @output: what it writes comes from here, or -1
 * @ended, @written: watch them
 * @start: when it is to be started
 * @limit: when it is ended for the time that it took
 * @kill: when it has to be gone
 * @started_us: when it was, by the monotonic clock
 * @wait_s: how long to wait before it is started again
 * @line, @line_len: what came after the last end of a line
 * @last: the last line that was not empty
 * @told: how many of the owner's functions run
 * @is_freed: nobody wants it any more
 */
struct child {
	sd_event *event;
	const struct child_events *events;
	void *owner;
	char *arguments[CHILD_ARGUMENTS_MAX];
	char *environment[CHILD_ARGUMENTS_MAX];
	uint64_t capabilities;
	bool restarts;
	unsigned int limit_s;
	struct secret *input;
	pid_t pid;
	int process;
	int output;
	sd_event_source *ended;
	sd_event_source *written;
	sd_event_source *start;
	sd_event_source *limit;
	sd_event_source *kill;
	uint64_t started_us;
	unsigned int wait_s;
	char line[CHILD_LINE_MAX];
	size_t line_len;
	char last[CHILD_LINE_MAX];
	unsigned int told;
	bool is_freed;
};

/* Starts the program: sets @pid and @output. Returns 0, or the errno of what keeps it from that;
 * @pid is then to be waited for if it is one. */
int child_start(struct child *child);

#endif
