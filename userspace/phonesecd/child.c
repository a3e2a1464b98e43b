// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_impl.h"

enum {
	WAIT_MAX_S = 60,
	/* One that ran this long begins with short waits again. */
	STEADY_S = 60,
	KILL_S = 2,
	/* Bytes of its last line in a refusal. */
	SHOWN_MAX = 120,
};

#define SECOND_US 1000000ULL

static uint64_t now_us(const struct child *child)
{
	uint64_t now = 0;

	(void)sd_event_now(child->event, CLOCK_MONOTONIC, &now);
	return now;
}

static void memory_free(struct child *child)
{
	for (size_t i = 0; i < CHILD_ARGUMENTS_MAX; i++) {
		free(child->arguments[i]);
		free(child->environment[i]);
	}
	secret_free(child->input);
	sd_event_unref(child->event);
	free(child);
}

/* The owner may free the child meanwhile: it is gone when the last function of his has ended. */
static void telling_end(struct child *child)
{
	if (!--child->told && child->is_freed)
		memory_free(child);
}

static void line_tell(struct child *child)
{
	child->line[child->line_len] = '\0';
	if (child->line_len)
		strcpy(child->last, child->line);
	if (child->line_len && child->events->line)
		child->events->line(child->owner, child->line);
	child->line_len = 0;
}

static void output_take(struct child *child, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && !child->is_freed; i++) {
		char byte = bytes[i];

		if (byte == '\n')
			line_tell(child);
		else if (child->line_len + 1 < sizeof(child->line))
			child->line[child->line_len++] = byte < ' ' || byte > '~' ? '?' : byte;
	}
}

static void output_close(struct child *child)
{
	child->written = sd_event_source_disable_unref(child->written);
	if (child->output >= 0)
		close(child->output);
	child->output = -1;
}

static void output_drain(struct child *child)
{
	char bytes[1024];
	ssize_t got;

	while (child->output >= 0) {
		got = read(child->output, bytes, sizeof(bytes));
		if (got > 0) {
			output_take(child, bytes, (size_t)got);
			continue;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		output_close(child);
	}
}

static int on_written(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct child *child = data;

	(void)source;
	(void)fd;
	(void)events;
	child->told++;
	output_drain(child);
	telling_end(child);
	return 0;
}

/* Leaves nothing of the process behind; one that still runs is killed. */
static void process_clear(struct child *child)
{
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	child->pid = 0;
	output_close(child);
	child->ended = sd_event_source_disable_unref(child->ended);
	child->limit = sd_event_source_disable_unref(child->limit);
	child->kill = sd_event_source_disable_unref(child->kill);
	if (child->process >= 0)
		close(child->process);
	child->process = -1;
}

static int on_start(sd_event_source *source, uint64_t usec, void *data);

static void start_plan(struct child *child, unsigned int wait_s)
{
	child->start = sd_event_source_disable_unref(child->start);
	(void)sd_event_add_time_relative(child->event, &child->start, CLOCK_MONOTONIC,
					 wait_s * SECOND_US, 0, on_start, child);
}

static void end_tell(struct child *child, const struct refusal *why)
{
	unsigned int wait_s = child->wait_s;

	if (child->is_freed)
		return;
	if (child->restarts) {
		if (now_us(child) - child->started_us >= STEADY_S * SECOND_US)
			wait_s = 1;
		start_plan(child, wait_s);
		child->wait_s = wait_s * 2 < WAIT_MAX_S ? wait_s * 2 : WAIT_MAX_S;
	}
	if (child->events->ended)
		child->events->ended(child->owner, why);
}

static void result_judge(const struct child *child, const siginfo_t *result, struct refusal *why)
{
	*why = (struct refusal){ 0 };
	if (result->si_code != CLD_EXITED)
		refusal_set(why, REASON_CHILD_FAILED, "%s: ended by signal %d; %.*s",
			    child->arguments[0], result->si_status, SHOWN_MAX, child->last);
	else if (result->si_status)
		refusal_set(why, REASON_CHILD_FAILED, "%s: exit status %d; %.*s",
			    child->arguments[0], result->si_status, SHOWN_MAX, child->last);
}

static int on_ended(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct child *child = data;
	siginfo_t result = { 0 };
	struct refusal why;

	(void)source;
	(void)events;
	if (waitid(P_PIDFD, (id_t)fd, &result, WEXITED | WNOHANG) || !result.si_pid)
		return 0;
	child->told++;
	child->pid = 0;
	output_drain(child);
	if (child->line_len && !child->is_freed)
		line_tell(child);
	if (!child->is_freed) {
		process_clear(child);
		result_judge(child, &result, &why);
		end_tell(child, &why);
	}
	telling_end(child);
	return 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *data)
{
	struct child *child = data;

	(void)source;
	(void)usec;
	snprintf(child->last, sizeof(child->last), "it took more than %u s", child->limit_s);
	child_end(child);
	return 0;
}

static int process_watch(struct child *child)
{
	int err;

	child->process = pidfd_open(child->pid, 0);
	if (child->process < 0)
		return errno;
	err = sd_event_add_io(child->event, &child->ended, child->process, EPOLLIN, on_ended,
			      child);
	if (err >= 0)
		err = sd_event_add_io(child->event, &child->written, child->output, EPOLLIN,
				      on_written, child);
	if (err >= 0 && child->limit_s)
		err = sd_event_add_time_relative(child->event, &child->limit, CLOCK_MONOTONIC,
						 child->limit_s * SECOND_US, 0, on_limit, child);
	return err < 0 ? -err : 0;
}

static int on_start(sd_event_source *source, uint64_t usec, void *data)
{
	struct child *child = data;
	struct refusal why;
	int error;

	(void)source;
	(void)usec;
	child->start = sd_event_source_disable_unref(child->start);
	child->line_len = 0;
	*child->last = '\0';
	child->started_us = now_us(child);
	child->told++;
	error = child_start(child) ?: process_watch(child);
	if (error) {
		process_clear(child);
		refusal_set(&why, REASON_CHILD_MISSING, "%s: %s", child->arguments[0],
			    strerror(error));
		end_tell(child, &why);
	} else if (child->events->started) {
		child->events->started(child->owner);
	}
	telling_end(child);
	return 0;
}

static bool texts_copy(char *copies[CHILD_ARGUMENTS_MAX], const char *const *texts)
{
	for (size_t i = 0; texts && texts[i]; i++) {
		copies[i] = i + 1 < CHILD_ARGUMENTS_MAX ? strdup(texts[i]) : NULL;
		if (!copies[i])
			return false;
	}
	return true;
}

static bool input_copy(struct child *child, struct octets input)
{
	if (!input.len)
		return true;
	child->input = secret_new(input.len);
	for (size_t i = 0; child->input && i < input.len; i++)
		(void)secret_append(child->input, input.at[i]);
	return child->input;
}

int child_new(struct child **child, sd_event *event, const struct child_plan *plan,
	      const struct child_events *events, void *owner, struct refusal *why)
{
	struct child *made = calloc(1, sizeof(*made));

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	made->capabilities = plan->capabilities;
	made->restarts = plan->restarts;
	made->limit_s = plan->limit_s;
	made->process = -1;
	made->output = -1;
	made->wait_s = 1;
	if (!texts_copy(made->arguments, plan->arguments) ||
	    !texts_copy(made->environment, plan->environment) || !input_copy(made, plan->input)) {
		memory_free(made);
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	}
	start_plan(made, 0);
	if (!made->start) {
		memory_free(made);
		return refusal_set(why, REASON_SYSTEM, "%s", "no timer");
	}
	*child = made;
	return 0;
}

void child_free(struct child *child)
{
	if (!child)
		return;
	child->is_freed = true;
	child->start = sd_event_source_disable_unref(child->start);
	process_clear(child);
	if (!child->told)
		memory_free(child);
}

/* Its end is told when it has ended. */
static int on_kill(sd_event_source *source, uint64_t usec, void *data)
{
	struct child *child = data;

	(void)source;
	(void)usec;
	if (child->pid > 0)
		(void)kill(child->pid, SIGKILL);
	return 0;
}

void child_end(struct child *child)
{
	if (child->pid <= 0 || child->kill)
		return;
	(void)kill(child->pid, SIGTERM);
	(void)sd_event_add_time_relative(child->event, &child->kill, CLOCK_MONOTONIC,
					 KILL_S * SECOND_US, 0, on_kill, child);
}

pid_t child_pid(const struct child *child)
{
	return child->pid;
}
