/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures of calls in clear: who reads them, and for how long. Media are not taken here:
 * the reader is told where to find them, and needs the rights of root for that.
 */
#ifndef PHONESECD_CAPTURE_H
#define PHONESECD_CAPTURE_H

#include <systemd/sd-event.h>

#include "../lib/capture_record.h"
#include "../lib/sip_dialog.h"
#include "call.h"

struct capture;

/**
 * struct captures - all captures
 * @first: the last one that began
 * @ended: one has ended
 * @owner: first argument of @ended
 */
struct captures {
	struct capture *first;
	void (*ended)(void *owner, uint32_t number);
	void *owner;
};

/**
 * capture_begin - let somebody read a call in clear
 * @captures: all of them
 * @event: the loop
 * @call: which call
 * @seconds: for how long, at most CAPTURE_SECONDS_MAX
 * @process: who reads
 * @end: result: the reader's end of the socket, the caller's
 * @why: on refusal the reason
 *
 * The journal learns of its begin and of its end, which comes with the time, with the end
 * of the call, or when the reader closes the socket.
 *
 * Return: 0, or the -errno of the reason.
 */
int capture_begin(struct captures *captures, sd_event *event, const struct call_status *call,
		  unsigned int seconds, uint32_t process, int *end, struct refusal *why);

/* Whether a call is being captured. */
bool captures_have(const struct captures *captures, uint32_t number);

/* A SIP message between program and daemon, which @from says; of any call. */
void captures_sip(struct captures *captures, enum sip_end from, struct span text);

/* What is known of a call's media has changed. */
void captures_media(struct captures *captures, const struct call_status *call);

/* A call is over: the last messages about it are still taken. */
void captures_call_over(struct captures *captures, uint32_t number);

/* Ends all of them. */
void captures_clear(struct captures *captures);

#endif
