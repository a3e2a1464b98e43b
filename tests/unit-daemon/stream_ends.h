/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of a stream: a server that does as it is told, and the stream towards it. */
#ifndef UNIT_STREAM_ENDS_H
#define UNIT_STREAM_ENDS_H

#include "site.h"

#define MESSAGE "OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\nbody"

enum { MESSAGES = 500 };

extern sd_event *loop;
extern struct site_identity cucm; /* of the servers */
extern struct tls *tls;

int ends_set_up(void **state);
int ends_clear(void **state);

struct ends {
	struct site_server *server;
	struct site_stream stream;
};

/* With or without TLS. */
void ends_open(struct ends *ends, bool secure, void (*serve)(struct site_call *call));
void ends_close(struct ends *ends);
void ends_send(struct ends *ends, const char *text);

/* Connects with other events than those of the site. */
void ends_connect(struct site_stream *stream, struct site_server *server, bool secure,
		  const struct stream_events *events);

/* What servers do. */
void wait_for_end(struct site_call *call);
void say_times(struct site_call *call, size_t times);
void say_many(struct site_call *call);

#endif
