/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another program that works for the daemon: started without a shell, with the capabilities that
 * it needs and no other descriptor than its own three, started anew when it ends, and killed by
 * the kernel when the daemon ends in whatever way.
 */
#ifndef PHONESECD_CHILD_H
#define PHONESECD_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "../lib/octets.h"
#include "../lib/reason.h"

enum child_limits {
	/* Arguments and variables of the environment, each with the NULL behind the last. */
	CHILD_ARGUMENTS_MAX = 32,
	/* Bytes of a line of its output with its zero; what is longer is cut. */
	CHILD_LINE_MAX = 512,
};

/**
 * struct child_plan - what is to run; nothing of it may be a secret, as others can read it
 * @arguments: NULL behind the last; the first is the absolute path of the program
 * @environment: "NAME=VALUE", NULL behind the last; NULL for none but PATH
 * @capabilities: what it has, one bit (1 << CAP_...) each; the daemon must be permitted them
 * @input: its standard input; nothing when it is empty. Copied, and may be a secret
 * @restarts: it is to run all the time, and is started anew when it ends
 * @limit_s: seconds after which it is ended, as by child_end(); 0 for none
 */
struct child_plan {
	const char *const *arguments;
	const char *const *environment;
	uint64_t capabilities;
	struct octets input;
	bool restarts;
	unsigned int limit_s;
};

/**
 * struct child_events - what becomes of it; any may be NULL
 * @started: it runs, the first time or again
 * @line: a line that it has written to its output, in printable ASCII
 * @ended: it has ended, or could not be started: @why is REASON_CHILD_FAILED or
 *         REASON_CHILD_MISSING, or REASON_NONE for an exit status of 0. With @restarts it is
 *         started anew after a while, which doubles from a second up to a minute
 *
 * The child may be freed in each of them.
 */
struct child_events {
	void (*started)(void *owner);
	void (*line)(void *owner, const char *line);
	void (*ended)(void *owner, const struct refusal *why);
};

struct child;

/**
 * child_new - have a program run
 * @child: result, the caller's until child_free()
 * @event: the loop
 * @plan: what to run; copied
 * @events: whom to tell; must stay. Nobody is told before this returns
 * @owner: handed to @events
 * @why: on refusal the reason: REASON_SYSTEM. A program that cannot be run is told as @ended
 *
 * Return: 0, or the -errno of the reason.
 */
int child_new(struct child **child, sd_event *event, const struct child_plan *plan,
	      const struct child_events *events, void *owner, struct refusal *why);

/* Kills the program, waits until it is gone, and tells nobody. NULL is allowed. */
void child_free(struct child *child);

/*
 * Ends the program now, which @ended then tells: by SIGTERM, and after two seconds by SIGKILL. With
 * restarts in the plan it comes back.
 */
void child_end(struct child *child);

/* Its process, or 0 while it does not run. */
pid_t child_pid(const struct child *child);

/**
 * child_capabilities_keep - have capabilities that children alone use
 * @capabilities: which ones, one bit (1 << CAP_...) each
 *
 * The daemon gives them up for itself and stays able to hand them on. Without them nothing
 * happens; starting a child that needs them fails then.
 */
void child_capabilities_keep(uint64_t capabilities);

/* Takes up for a call or two what was given up for children, and gives it up again. */
void child_capabilities_raise(uint64_t capabilities, bool is_raised);

#endif
