/* SPDX-License-Identifier: Apache-2.0 */
/* The control socket of wpa_supplicant: commands one after the other, answers and events. */
#ifndef PHONESECD_DOT1X_CONTROL_H
#define PHONESECD_DOT1X_CONTROL_H

#include <systemd/sd-event.h>

#include "../lib/reason.h"

enum {
	/* Bytes of a command with its zero, commands that wait, bytes of an answer or event. */
	DOT1X_COMMAND_MAX = 64,
	DOT1X_COMMANDS_MAX = 16,
	DOT1X_ANSWER_MAX = 4096,
};

/**
 * struct dot1x_control_events - what comes from the supplicant
 * @opened: it is there; events come from here on
 * @answer: to a command
 * @event: something happened, as "CTRL-EVENT-EAP-SUCCESS ..."
 * @failed: it cannot be spoken to, or does not answer; nothing comes any more
 *
 * The control may be freed in each of them.
 */
struct dot1x_control_events {
	void (*opened)(void *owner);
	void (*answer)(void *owner, const char *command, const char *text);
	void (*event)(void *owner, const char *text);
	void (*failed)(void *owner, const struct refusal *why);
};

struct dot1x_control;

/**
 * dot1x_control_new - speak to a supplicant that is starting
 * @control: result, the caller's until dot1x_control_free()
 * @event: the loop
 * @socket: path of its socket, which is waited for
 * @replies: folder for the socket of this end
 * @events: whom to tell; must stay. Nobody is told before this returns
 * @owner: handed to @events
 * @why: on refusal REASON_DOT1X_SUPPLICANT or REASON_NO_MEMORY
 *
 * Return: 0, or the -errno of the reason.
 */
int dot1x_control_new(struct dot1x_control **control, sd_event *event, const char *socket,
		      const char *replies, const struct dot1x_control_events *events, void *owner,
		      struct refusal *why);
void dot1x_control_free(struct dot1x_control *control);

/* Sends a command when those before are answered. */
void dot1x_control_send(struct dot1x_control *control, const char *command);

#endif
