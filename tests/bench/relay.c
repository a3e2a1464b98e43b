// SPDX-License-Identifier: Apache-2.0
/*
 * The other way to do it: a relay in user space, as good as one thread can be
 * made. Up to BATCH packets a system call, connected sockets on both sides, the
 * packets sealed or opened where they lie.
 *
 *   relay protect|unprotect COUNT IN FROM OUT TO
 *     COUNT     streams
 *     IN, OUT   the relay's own IPv4 ADDRESS:PORT of the first stream
 *     FROM, TO  those of the two ends
 *
 * Prints "ready" when its sockets are open, and when it is told to end (SIGTERM)
 * "batch_ns=N": the time of a full batch that a quarter of them stay below.
 */
#include <arpa/inet.h>
#include <err.h>
#include <sched.h>
#include <signal.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "flow.h"

enum {
	BATCH = 64,
	SLOT_LEN = 2048,
	RECEIVE_BUFFER = 8 << 20,
	STREAMS_MAX = 4096,
	TIMES_MAX = 65536,
};

struct stream {
	int in, out;
	srtp_t srtp;
};

typedef srtp_err_status_t (*transform_fn)(srtp_t srtp, void *packet, int *len);

static struct stream streams[STREAMS_MAX];
static uint64_t times[TIMES_MAX];
static size_t times_count;
static volatile sig_atomic_t ended;
static uint8_t slots[BATCH][SLOT_LEN] __attribute__((aligned(64)));

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int compare_times(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct sockaddr_in address_parse(const char *text, unsigned int stream)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	char host[INET_ADDRSTRLEN + 1] = "";
	unsigned int port;

	if (sscanf(text, "%15[0-9.]:%u", host, &port) != 2 ||
	    inet_pton(AF_INET, host, &address.sin_addr) != 1)
		errx(2, "%s: IPv4 ADDRESS:PORT is due", text);
	address.sin_port = htons((uint16_t)(port + stream * FLOW_PORT_STEP));
	return address;
}

static int socket_open(const char *own, const char *other, unsigned int stream)
{
	struct sockaddr_in from = address_parse(own, stream), to = address_parse(other, stream);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = RECEIVE_BUFFER;

	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		err(1, "socket from %s to %s", own, other);
	return fd;
}

static srtp_t srtp_open(bool protect)
{
	srtp_policy_t policy = {
		.ssrc.type = protect ? ssrc_any_outbound : ssrc_any_inbound,
		.window_size = 1024,
	};
	uint8_t master[FLOW_MASTER_LEN];
	srtp_t srtp;

	memcpy(master, flow_master, sizeof(master));
	policy.key = master;
	srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, srtp_profile_aead_aes_256_gcm);
	srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, srtp_profile_aead_aes_256_gcm);
	if (srtp_create(&srtp, &policy) != srtp_err_status_ok)
		errx(1, "libsrtp does not start");
	return srtp;
}

static void batch_prepare(struct mmsghdr *messages, struct iovec *parts)
{
	int i;

	memset(messages, 0, BATCH * sizeof(*messages));
	for (i = 0; i < BATCH; i++) {
		parts[i].iov_base = slots[i];
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static void batch_send(int fd, struct mmsghdr *messages, int count)
{
	int sent, done = 0;

	while (done < count) {
		sent = sendmmsg(fd, messages + done, (unsigned int)(count - done), 0);
		if (sent <= 0)
			return;
		done += sent;
	}
}

/* Packets that libsrtp refuses are left out; the messages before them move up. */
static int batch_transform(const struct stream *stream, transform_fn transform,
			   const struct mmsghdr *received, int count, struct iovec *parts)
{
	int i, len, kept = 0;

	for (i = 0; i < count; i++) {
		len = (int)received[i].msg_len;
		if (transform(stream->srtp, slots[i], &len) != srtp_err_status_ok)
			continue;
		parts[kept].iov_base = slots[i];
		parts[kept].iov_len = (size_t)len;
		kept++;
	}
	return kept;
}

static void stream_relay(const struct stream *stream, transform_fn transform)
{
	static struct mmsghdr received[BATCH], sent[BATCH];
	static struct iovec in[BATCH], out[BATCH];
	uint64_t began;
	int i, count;

	batch_prepare(received, in);
	batch_prepare(sent, out);
	do {
		began = nanoseconds();
		for (i = 0; i < BATCH; i++)
			in[i].iov_len = SLOT_LEN;
		count = recvmmsg(stream->in, received, BATCH, MSG_DONTWAIT, NULL);
		if (count > 0)
			batch_send(stream->out, sent,
				   batch_transform(stream, transform, received, count, out));
		if (count == BATCH && times_count < TIMES_MAX)
			times[times_count++] = nanoseconds() - began;
	} while (count == BATCH);
}

static int streams_open(char **argv, unsigned int count, bool protect)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);
	unsigned int i;

	if (srtp_init() != srtp_err_status_ok)
		errx(1, "libsrtp does not start");
	for (i = 0; i < count; i++) {
		streams[i].in = socket_open(argv[0], argv[1], i);
		streams[i].out = socket_open(argv[2], argv[3], i);
		streams[i].srtp = srtp_open(protect);
		event.data.u32 = i;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, streams[i].in, &event))
			err(1, "epoll");
	}
	return epoll;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = end };
	const struct sched_param none = { 0 };
	unsigned int count = argc == 7 ? (unsigned int)atoi(argv[2]) : 0;
	bool protect = argc > 1 && !strcmp(argv[1], "protect");
	struct epoll_event events[BATCH];
	int i, ready, epoll;

	if (!count || count > STREAMS_MAX)
		errx(2, "usage: relay protect|unprotect COUNT IN FROM OUT TO");
	epoll = streams_open(argv + 3, count, protect);
	sigaction(SIGTERM, &action, NULL);
	mlockall(MCL_CURRENT);
	/* A batch process does not interrupt the source, so packets come in whole batches. */
	sched_setscheduler(0, SCHED_BATCH, &none);
	printf("ready\n");
	fflush(stdout);
	while (!ended) {
		ready = epoll_wait(epoll, events, BATCH, -1);
		for (i = 0; i < ready; i++)
			stream_relay(&streams[events[i].data.u32],
				     protect ? srtp_protect : srtp_unprotect);
	}
	qsort(times, times_count, sizeof(*times), compare_times);
	printf("batch_ns=%llu\n", (unsigned long long)times[times_count / 4]);
	return 0;
}
