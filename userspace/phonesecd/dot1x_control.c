// SPDX-License-Identifier: Apache-2.0
#include "dot1x_control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <wpa_ctrl.h>

enum {
	/* How long the socket may take to be there, and how often it is looked for. */
	OPEN_TRIES = 100,
	LOOK_US = 100000,
	ANSWER_US = 5000000,
};

/**
 * struct dot1x_control - this end
 * @tries: how often the socket was looked for
 * @ctrl: NULL until it was found
 * @timer: looks for the socket, then waits for answers
 * @commands, @count: what is to be sent, the first one is sent
 */
struct dot1x_control {
	sd_event *event;
	const struct dot1x_control_events *events;
	void *owner;
	char socket[PATH_MAX];
	char replies[PATH_MAX];
	unsigned int tries;
	struct wpa_ctrl *ctrl;
	sd_event_source *readable;
	sd_event_source *timer;
	char commands[DOT1X_COMMANDS_MAX][DOT1X_COMMAND_MAX];
	size_t count;
};

static void fail(struct dot1x_control *control, const char *text)
{
	struct refusal why;

	control->readable = sd_event_source_disable_unref(control->readable);
	control->timer = sd_event_source_disable_unref(control->timer);
	refusal_set(&why, REASON_DOT1X_SUPPLICANT, "%s", text);
	control->events->failed(control->owner, &why);
}

static int on_silence(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	fail(data, "it does not answer");
	return 0;
}

static void timer_set(struct dot1x_control *control, uint64_t usec, sd_event_time_handler_t handler)
{
	control->timer = sd_event_source_disable_unref(control->timer);
	(void)sd_event_add_time_relative(control->event, &control->timer, CLOCK_MONOTONIC, usec, 0,
					 handler, control);
}

/* A socket that takes nothing is found out by the answer that does not come. */
static void first_send(struct dot1x_control *control)
{
	const char *command = control->commands[0];

	(void)send(wpa_ctrl_get_fd(control->ctrl), command, strlen(command),
		   MSG_DONTWAIT | MSG_NOSIGNAL);
	timer_set(control, ANSWER_US, on_silence);
}

void dot1x_control_send(struct dot1x_control *control, const char *command)
{
	/* None of them may be left out; a supplicant that is this far behind hangs. */
	if (control->count == DOT1X_COMMANDS_MAX) {
		timer_set(control, 0, on_silence);
		return;
	}
	(void)snprintf(control->commands[control->count++], DOT1X_COMMAND_MAX, "%s", command);
	if (control->ctrl && control->count == 1)
		first_send(control);
}

static void answer_take(struct dot1x_control *control, const char *text)
{
	char command[DOT1X_COMMAND_MAX];

	if (!control->count)
		return;
	strcpy(command, control->commands[0]);
	control->count--;
	memmove(control->commands[0], control->commands[1],
		control->count * sizeof(control->commands[0]));
	if (control->count)
		first_send(control);
	else
		control->timer = sd_event_source_disable_unref(control->timer);
	if (strcmp(command, "ATTACH"))
		control->events->answer(control->owner, command, text);
	else if (!strncmp(text, "OK", 2))
		control->events->opened(control->owner);
	else
		fail(control, "it tells no events");
}

/* An event begins with its priority, "<3>". */
static int on_readable(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct dot1x_control *control = data;
	char text[DOT1X_ANSWER_MAX], *end;
	ssize_t got;

	(void)source;
	(void)events;
	got = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			fail(control, strerror(errno));
		return 0;
	}
	text[got] = '\0';
	end = *text == '<' ? strchr(text, '>') : NULL;
	if (end)
		control->events->event(control->owner, end + 1);
	else
		answer_take(control, text);
	return 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *data)
{
	struct dot1x_control *control = data;

	(void)source;
	(void)usec;
	control->ctrl = wpa_ctrl_open2(control->socket, control->replies);
	if (control->ctrl) {
		if (sd_event_add_io(control->event, &control->readable,
				    wpa_ctrl_get_fd(control->ctrl), EPOLLIN, on_readable,
				    control) < 0)
			fail(control, "its socket cannot be watched");
		else
			first_send(control);
	} else if (++control->tries == OPEN_TRIES) {
		fail(control, "it opens no control socket");
	} else {
		timer_set(control, LOOK_US, on_look);
	}
	return 0;
}

int dot1x_control_new(struct dot1x_control **control, sd_event *event, const char *socket,
		      const char *replies, const struct dot1x_control_events *events, void *owner,
		      struct refusal *why)
{
	struct dot1x_control *made = calloc(1, sizeof(*made));

	if (!made)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	made->event = sd_event_ref(event);
	made->events = events;
	made->owner = owner;
	(void)snprintf(made->socket, sizeof(made->socket), "%s", socket);
	(void)snprintf(made->replies, sizeof(made->replies), "%s", replies);
	dot1x_control_send(made, "ATTACH");
	timer_set(made, 0, on_look);
	*control = made;
	return 0;
}

void dot1x_control_free(struct dot1x_control *control)
{
	if (!control)
		return;
	sd_event_source_disable_unref(control->readable);
	sd_event_source_disable_unref(control->timer);
	if (control->ctrl)
		wpa_ctrl_close(control->ctrl);
	sd_event_unref(control->event);
	free(control);
}
