// SPDX-License-Identifier: Apache-2.0
#include "capture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../lib/boot_clock.h"
#include "../lib/sip_message.h"
#include "log.h"

enum {
	/* The answer to a BYE comes behind the end of the call. */
	OVER_US = 1000 * 1000,
	MEDIA_TEXT_MAX = 2 * SDP_MEDIA_MAX * MEDIA_ADDRESS_TEXT_MAX + 1,
};

/**
 * struct capture - one capture
 * @number, @id: of the call; the number is free again before the last message has passed
 * @fd: our end of the socket
 * @reader: watches the other end being closed
 * @timer: until its end
 * @begun: seconds of CLOCK_BOOTTIME
 * @over: the call is; else the timer means that the time is over
 * @media: what was told of the media last
 */
struct capture {
	struct capture *next;
	struct captures *captures;
	uint32_t number;
	char id[CALL_ID_MAX];
	int fd;
	sd_event_source *reader;
	sd_event_source *timer;
	int64_t begun;
	bool over;
	char media[MEDIA_TEXT_MAX];
};

static struct capture *capture_find(const struct captures *captures, uint32_t number)
{
	struct capture *capture = captures->first;

	while (capture && (capture->over || capture->number != number))
		capture = capture->next;
	return capture;
}

bool captures_have(const struct captures *captures, uint32_t number)
{
	return capture_find(captures, number);
}

/* A reader that is too slow loses records: a call waits for nobody who watches it. */
static void record_send(const struct capture *capture, char kind, struct span text)
{
	struct iovec parts[] = { { &kind, 1 }, { (void *)text.at, text.len } };
	const struct msghdr record = { .msg_iov = parts, .msg_iovlen = 2 };

	(void)sendmsg(capture->fd, &record, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void capture_free(struct capture *capture)
{
	struct capture **at = &capture->captures->first;

	while (*at && *at != capture)
		at = &(*at)->next;
	if (*at)
		*at = capture->next;
	sd_event_source_disable_unref(capture->reader);
	sd_event_source_disable_unref(capture->timer);
	close(capture->fd);
	free(capture);
}

static void capture_end(struct capture *capture, const char *how)
{
	struct captures *captures = capture->captures;
	uint32_t number = capture->number;
	bool over = capture->over;

	record_send(capture, CAPTURE_RECORD_END, (struct span){ how, strlen(how) });
	log_tell(LOG_CAPTURE_ENDED, "call %u after %lld s: %s", number,
		 (long long)(boot_clock_s() - capture->begun), how);
	capture_free(capture);
	if (!over)
		captures->ended(captures->owner, number);
}

static int on_time(sd_event_source *source, uint64_t now, void *userdata)
{
	struct capture *capture = userdata;

	(void)source;
	(void)now;
	capture_end(capture, capture->over ? "the call is over" : "the time is over");
	return 0;
}

static int on_reader(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source;
	(void)fd;
	(void)revents;
	capture_end(userdata, "the reader has ended it");
	return 0;
}

static int capture_open(struct capture *capture, sd_event *event, unsigned int seconds, int *end)
{
	int ends[2], err;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return -errno;
	capture->fd = ends[0];
	/* Nothing is to be read: hanging up is told in any case. */
	err = sd_event_add_io(event, &capture->reader, ends[0], 0, on_reader, capture);
	if (err >= 0)
		err = sd_event_add_time_relative(event, &capture->timer, CLOCK_BOOTTIME,
						 seconds * UINT64_C(1000000), 0, on_time, capture);
	if (err < 0)
		close(ends[1]);
	else
		*end = ends[1];
	return err;
}

int capture_begin(struct captures *captures, sd_event *event, const struct call_status *call,
		  unsigned int seconds, uint32_t process, int *end, struct refusal *why)
{
	struct capture *capture;
	int err;

	if (!seconds || seconds > CAPTURE_SECONDS_MAX)
		return refusal_set(why, REASON_VALUE_INVALID, "%u seconds, not 1 to %d", seconds,
				   CAPTURE_SECONDS_MAX);
	if (capture_find(captures, call->number))
		return refusal_set(why, REASON_CAPTURE_RUNS, "call %u", call->number);
	capture = calloc(1, sizeof(*capture));
	if (!capture)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	*capture = (struct capture){ .captures = captures, .number = call->number, .fd = -1,
				     .begun = boot_clock_s() };
	memcpy(capture->id, call->id, sizeof(capture->id));
	err = capture_open(capture, event, seconds, end);
	if (err < 0) {
		capture_free(capture);
		return refusal_set(why, REASON_SYSTEM, "a socket: %s", strerror(-err));
	}
	capture->next = captures->first;
	captures->first = capture;
	log_tell(LOG_CAPTURE_STARTED, "call %u by process %u of root, for %u s", call->number,
		 process, seconds);
	captures_media(captures, call);
	return 0;
}

void captures_sip(struct captures *captures, enum sip_end from, struct span text)
{
	const struct sip_field *id;
	struct sip_message message;
	struct refusal why;

	if (!captures->first || sip_message_read(&message, text, &why))
		return;
	id = sip_field_first(&message, SIP_FIELD_CALL_ID);
	for (struct capture *capture = captures->first; capture; capture = capture->next)
		if (span_equal(id->value, capture->id))
			record_send(capture, from == SIP_END_PROGRAM ? CAPTURE_RECORD_SENT
								     : CAPTURE_RECORD_RECEIVED,
				    text);
}

static size_t address_write(char *text, size_t size, struct media_address address, uint16_t port)
{
	char shown[MEDIA_ADDRESS_TEXT_MAX];

	address.port = port;
	media_address_format(&address, shown);
	return (size_t)snprintf(text, size, "%s\n", shown);
}

void captures_media(struct captures *captures, const struct call_status *call)
{
	struct capture *capture = capture_find(captures, call->number);
	char text[MEDIA_TEXT_MAX] = "";
	size_t used = 0;

	if (!capture)
		return;
	for (size_t i = 0; i < call->lines_count; i++) {
		const struct media_address *local = &call->lines[i].local;

		if (!call->lines[i].active || !local->len)
			continue;
		used += address_write(text + used, sizeof(text) - used, *local, local->port);
		if (local->rtcp_port && local->rtcp_port != local->port)
			used += address_write(text + used, sizeof(text) - used, *local,
					      local->rtcp_port);
	}
	if (!strcmp(text, capture->media))
		return;
	memcpy(capture->media, text, sizeof(text));
	record_send(capture, CAPTURE_RECORD_MEDIA, (struct span){ text, used });
}

void captures_call_over(struct captures *captures, uint32_t number)
{
	struct capture *capture = capture_find(captures, number);

	if (!capture)
		return;
	capture->over = true;
	(void)sd_event_source_set_time_relative(capture->timer, OVER_US);
}

void captures_clear(struct captures *captures)
{
	while (captures->first)
		capture_end(captures->first, "phonesecd ends");
}
