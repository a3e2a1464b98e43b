// SPDX-License-Identifier: Apache-2.0
#include "stream_ends.h"

#include <arpa/inet.h>
#include <poll.h>

sd_event *loop;
static struct site_identity authority;
struct site_identity cucm;
struct tls *tls;

int ends_set_up(void **state)
{
	struct settings settings = site_settings();
	struct refusal why = { 0 };
	struct trust *trust;

	(void)state;
	authority = site_issue(&(struct site_wish){ .name = "Authority", .is_authority = true });
	cucm = site_issue(&(struct site_wish){ .name = "cucm.example", .issuer = &authority });
	strcpy(settings.anchors, site_write("authority.pem", &authority, false));
	settings.oauth = true;
	if (trust_load(&trust, &settings, TRUST_USE_CALL_MANAGER, &why) ||
	    tls_new(&tls, &settings, TRUST_USE_CALL_MANAGER, trust, NULL, &why))
		fail_msg("%s", why.detail);
	trust_free(trust);
	return sd_event_new(&loop) < 0;
}

int ends_clear(void **state)
{
	(void)state;
	tls_free(tls);
	site_identity_free(&authority);
	site_identity_free(&cucm);
	sd_event_unref(loop);
	return 0;
}

void ends_open(struct ends *ends, bool secure, void (*serve)(struct site_call *call))
{
	*ends = (struct ends){ 0 };
	ends->server = site_start(&(struct site_wants){ .identity = secure ? &cucm : NULL,
							.serve = serve });
	assert_int_equal(site_connect(&ends->stream, loop, ends->server, secure ? tls : NULL,
				      "cucm.example", 0), 0);
}

void ends_close(struct ends *ends)
{
	site_stream_clear(&ends->stream);
	site_stop(ends->server);
}

void ends_send(struct ends *ends, const char *text)
{
	struct refusal why;

	assert_int_equal(stream_send(ends->stream.stream, (struct span){ text, strlen(text) },
				     &why), 0);
}

void ends_connect(struct site_stream *stream, struct site_server *server, bool secure,
			 const struct stream_events *events)
{
	struct stream_target target = { .address_len = sizeof(struct sockaddr_in), .timeout_s = 3,
					.server = "cucm.example", .tls = secure ? tls : NULL };
	struct sockaddr_in *address = (struct sockaddr_in *)&target.address;
	struct refusal why;

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(server->port),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(stream_connect(&stream->stream, loop, &target, events, stream, &why), 0);
}

void wait_for_end(struct site_call *call)
{
	struct pollfd poll_fd = { .fd = call->fd, .events = POLLRDHUP };

	poll(&poll_fd, 1, 10000);
}

void say_times(struct site_call *call, size_t times)
{
	size_t len = strlen(MESSAGE), i;
	char *all = malloc(times * len);

	for (i = 0; i < times; i++)
		memcpy(all + i * len, MESSAGE, len);
	site_say(call, all, times * len);
	free(all);
	wait_for_end(call);
}

void say_many(struct site_call *call)
{
	say_times(call, MESSAGES);
}
