// SPDX-License-Identifier: Apache-2.0
/*
 * A call between a plain RTP program in the namespace "phone" and libsrtp2 in the
 * namespace "peer": both ends in one process, so that it says packet by packet what
 * became of it. The session on the phone is the caller's to make.
 *
 *   libsrtp_call --pattern NAME --suite 128|256 --local ADDRESS --remote ADDRESS
 *                --port PORT --ssrc SSRC [--roc ROC] [--mux] [--mki] --key-fd NUMBER
 *
 * The descriptor gives two master keys, each with its salt: what the phone sends is
 * protected with the first, what it receives with the second. The phone sends as
 * SSRC, the peer as the one after it. Exits with 1 when a packet went astray.
 */
#include <err.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libsrtp_end.h"
#include "media_socket.h"
#include "pattern.h"

enum {
	SALT = 12,
	MASTER_MAX = 32 + SALT,
	BUFFER = PATTERN_PACKET_MAX + 256,
};

struct call {
	const struct pattern *pattern;
	const char *local;
	const char *remote;
	uint16_t port;
	uint32_t ssrc;
	uint32_t roc;
	bool mux;
	bool mki;
	size_t key_len;
	int key_fd;
	struct media_socket phone;
	struct media_socket peer;
};

/* One direction: where packets leave, where they arrive, and who works on them. */
struct way {
	const struct call *call;
	const char *name;
	const struct media_socket *from;
	const struct media_socket *to;
	struct libsrtp_end *peer;
	uint32_t ssrc;
};

/* A packet with room for what protection adds; libsrtp reads headers as words. */
struct packet {
	_Alignas(8) uint8_t bytes[BUFFER];
	int len;
};

static unsigned int complaints;

__attribute__((format(printf, 4, 5)))
static void complain(const struct way *way, bool rtcp, unsigned int position,
		     const char *format, ...)
{
	va_list arguments;

	complaints++;
	printf("%s %s %u: ", way->name, rtcp ? "report" : "packet", position);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void packet_make(struct packet *packet, const struct way *way, bool rtcp,
			unsigned int position)
{
	packet->len = (int)(rtcp ? pattern_rtcp(way->ssrc, position, packet->bytes) :
				   pattern_rtp(way->call->pattern, way->ssrc, position,
					       packet->bytes));
}

/* Sends a packet and judges what arrives. What the phone sends, the peer must open. */
static void packet_carry(const struct way *way, bool rtcp, unsigned int position,
			 const struct packet *sent)
{
	struct packet want, got;
	const char *why = NULL;

	packet_make(&want, way, rtcp, position);
	if (!media_socket_send(rtcp ? way->from->rtcp : way->from->rtp, sent->bytes,
			       (size_t)sent->len)) {
		complain(way, rtcp, position, "it was refused when sent");
		return;
	}
	got.len = media_socket_receive(rtcp ? way->to->rtcp : way->to->rtp, got.bytes,
				       sizeof(got.bytes));
	if (got.len < 0) {
		complain(way, rtcp, position, "it did not arrive");
		return;
	}
	if (way->to == &way->call->peer) {
		if (got.len >= want.len && want.len > 40 && !memcmp(got.bytes, want.bytes,
								   (size_t)want.len))
			complain(way, rtcp, position, "it arrived in clear");
		why = libsrtp_end_transform(way->peer, rtcp, got.bytes, &got.len);
	}
	if (why)
		complain(way, rtcp, position, "%s", why);
	else if (got.len != want.len || memcmp(got.bytes, want.bytes, (size_t)want.len))
		complain(way, rtcp, position, "it arrived changed, %d bytes instead of %d",
			 got.len, want.len);
}

static bool has_report(unsigned int position)
{
	return position % PATTERN_RTCP_EVERY == 0;
}

/* The peer protects all packets in order; loss and disorder happen to what it sent. */
static void peer_protect(const struct way *way, struct packet *packets, struct packet *reports)
{
	const char *why;

	for (unsigned int i = 0; i < PATTERN_PACKETS; i++) {
		packet_make(&packets[i], way, false, i);
		why = libsrtp_end_transform(way->peer, false, packets[i].bytes, &packets[i].len);
		if (why)
			complain(way, false, i, "%s", why);
		if (!has_report(i))
			continue;
		packet_make(&reports[i], way, true, i);
		why = libsrtp_end_transform(way->peer, true, reports[i].bytes, &reports[i].len);
		if (why)
			complain(way, true, i, "%s", why);
	}
}

/* The program on the phone knows nothing of protection, nor of what is lost before it. */
static void phone_make(const struct way *way, struct packet *packets, struct packet *reports)
{
	for (unsigned int i = 0; i < PATTERN_PACKETS; i++) {
		packet_make(&packets[i], way, false, i);
		packet_make(&reports[i], way, true, i);
	}
}

static void way_run(const struct way *way)
{
	static struct packet packets[PATTERN_PACKETS], reports[PATTERN_PACKETS];
	unsigned int order[PATTERN_PACKETS];
	size_t count = pattern_order(way->call->pattern, order);

	if (way->from == &way->call->peer)
		peer_protect(way, packets, reports);
	else
		phone_make(way, packets, reports);
	/* Where three packets are lost, waiting for the others tells no more. */
	for (size_t i = 0; i < count && complaints < 3; i++) {
		packet_carry(way, false, order[i], &packets[order[i]]);
		if (has_report(order[i]))
			packet_carry(way, true, order[i], &reports[order[i]]);
	}
	if (!media_socket_is_silent(way->to->rtp) || !media_socket_is_silent(way->to->rtcp))
		complain(way, false, PATTERN_PACKETS, "more arrived than was sent");
}

static void keys_read(const struct call *call, uint8_t *masters)
{
	size_t want = 2 * (call->key_len + SALT), have = 0;
	ssize_t got;

	while (have < want) {
		got = read(call->key_fd, masters + have, want - have);
		if (got <= 0)
			errx(2, "the keys on descriptor %d are too short", call->key_fd);
		have += (size_t)got;
	}
}

static void call_run(struct call *call)
{
	uint8_t masters[2 * MASTER_MAX];
	struct libsrtp_wanted wanted = {
		.key_len = call->key_len,
		.mki = call->mki,
		.roc = call->roc,
	};
	struct way to_peer = { call, "to peer", &call->phone, &call->peer, NULL, call->ssrc };
	struct way to_phone = { call, "to phone", &call->peer, &call->phone, NULL, call->ssrc + 1 };

	keys_read(call, masters);
	media_socket_open(&call->phone, "phone", call->local, call->remote, call->port, call->mux);
	media_socket_open(&call->peer, "peer", call->remote, call->local, call->port, call->mux);
	if (!call->pattern->one_way) {
		wanted.master = masters;
		wanted.ssrc = to_peer.ssrc;
		to_peer.peer = libsrtp_end_open(&wanted, false);
		way_run(&to_peer);
	}
	wanted.master = masters + call->key_len + SALT;
	wanted.ssrc = to_phone.ssrc;
	to_phone.peer = libsrtp_end_open(&wanted, true);
	way_run(&to_phone);
}

static void options_read(struct call *call, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pattern", required_argument, NULL, 'p' },
		{ "suite", required_argument, NULL, 's' },
		{ "local", required_argument, NULL, 'l' },
		{ "remote", required_argument, NULL, 'r' },
		{ "port", required_argument, NULL, 'P' },
		{ "ssrc", required_argument, NULL, 'S' },
		{ "roc", required_argument, NULL, 'R' },
		{ "key-fd", required_argument, NULL, 'k' },
		{ "mux", no_argument, NULL, 'x' },
		{ "mki", no_argument, NULL, 'm' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': call->pattern = pattern_find(optarg); break;
		case 's': call->key_len = strtoul(optarg, NULL, 10) / 8; break;
		case 'l': call->local = optarg; break;
		case 'r': call->remote = optarg; break;
		case 'P': call->port = (uint16_t)strtoul(optarg, NULL, 10); break;
		case 'S': call->ssrc = (uint32_t)strtoul(optarg, NULL, 0); break;
		case 'R': call->roc = (uint32_t)strtoul(optarg, NULL, 0); break;
		case 'k': call->key_fd = (int)strtol(optarg, NULL, 10); break;
		case 'x': call->mux = true; break;
		case 'm': call->mki = true; break;
		default: exit(2);
		}
	}
	if (!call->pattern || !call->local || !call->remote || !call->port ||
	    (call->key_len != 16 && call->key_len != 32))
		errx(2, "a pattern, a suite, both addresses and a port are needed");
}

int main(int argc, char **argv)
{
	struct call call = { .key_fd = 0 };

	options_read(&call, argc, argv);
	call_run(&call);
	return complaints ? 1 : 0;
}
