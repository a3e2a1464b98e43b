// SPDX-License-Identifier: Apache-2.0
/*
 * A source of load: Ethernet frames with RTP or SRTP, all built beforehand, sent
 * through packet sockets. On a veth pair the whole way of a packet up to where
 * it is dropped or delivered is run by the thread that sends it, so the source's
 * processor time is the cost of that way.
 *
 *   source DEVICE ADDRESS FROM TO [OPTION VALUE]...
 *     DEVICE   network device          FROM, TO  IPv4 ADDRESS:PORT of the first stream
 *     ADDRESS  link-layer destination
 *     --streams N   RTP streams (1)            --packets N  of all streams (1000)
 *     --payload N   bytes of RTP payload       --first N    index of the first packet (1)
 *     --batch N     packets a call (64)        --gap N      microseconds between calls (0)
 *     --sealed 1    SRTP instead of RTP        --parts N    sends them in N parts (1)
 *     --cpus N      threads (1), each with a processor and a share of the streams of its own
 *
 * Prints a line "packets=N elapsed_ns=N cpu_ns=N batch_ns=N" for each part. The last is
 * the time of a batch that a quarter of all batches stay below: on a machine that
 * others use too, that tells two ways apart far better than the time of the whole,
 * which has their work in it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <srtp2/srtp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "flow.h"

enum {
	RTP_HEADER_LEN = 12,
	TAG_LEN = 16,
	RTP_TICKS = 160,
	FIRST_SSRC = 0x50000000,
	BATCH_MAX = 256,
	CPUS_MAX = 8,
	FRAME_LINE = 64,
};

struct endpoint {
	struct in_addr address;
	uint16_t port;
};

struct options {
	const char *device;
	uint8_t destination[ETH_ALEN];
	struct endpoint from, to;
	unsigned long streams, packets, payload, first, batch, gap, cpus, sealed, parts;
};

/* One thread and its frames at equal distances; the next part starts at @first. */
struct sender {
	const struct options *options;
	unsigned int cpu;
	int socket;
	uint8_t *frames;
	size_t frame_len, distance, count, part, first;
	uint64_t began, ended;
	uint64_t *times;
	pthread_t thread;
};

static pthread_barrier_t start;

static uint64_t nanoseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint16_t checksum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	return len % 2 ? sum + (uint32_t)(bytes[len - 1] << 8) : sum;
}

static size_t rtp_write(const struct options *options, uint8_t *rtp, unsigned long stream,
			unsigned long index, srtp_t seal)
{
	uint16_t seq = htons((uint16_t)index);
	uint32_t words[2] = { htonl((uint32_t)index * RTP_TICKS),
			      htonl(FIRST_SSRC + (uint32_t)stream) };
	int len = (int)(RTP_HEADER_LEN + options->payload);
	size_t i;

	rtp[0] = 0x80;
	rtp[1] = 0;
	memcpy(rtp + 2, &seq, sizeof(seq));
	memcpy(rtp + 4, words, sizeof(words));
	for (i = 0; i < options->payload; i++)
		rtp[RTP_HEADER_LEN + i] = (uint8_t)(i * 7 + index);
	if (seal && srtp_protect(seal, rtp, &len) != srtp_err_status_ok)
		errx(1, "sealing a packet failed");
	return (size_t)len;
}

/* Around RTP that is there already. */
static void headers_write(const struct options *options, uint8_t *frame, unsigned long stream,
			  size_t rtp_len)
{
	struct ether_header *link = (struct ether_header *)frame;
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP };
	uint16_t step = (uint16_t)(stream * FLOW_PORT_STEP);
	struct udphdr udp = { 0 };
	size_t udp_len = sizeof(udp) + rtp_len;
	uint8_t *at = frame + sizeof(*link);
	uint32_t sum;

	memset(link, 0, sizeof(*link));
	memcpy(link->ether_dhost, options->destination, ETH_ALEN);
	link->ether_shost[0] = 2;
	link->ether_type = htons(ETHERTYPE_IP);
	ip.tot_len = htons((uint16_t)(sizeof(ip) + udp_len));
	ip.frag_off = htons(IP_DF);
	ip.saddr = options->from.address.s_addr;
	ip.daddr = options->to.address.s_addr;
	ip.check = htons(checksum_fold(checksum_add(0, (uint8_t *)&ip, sizeof(ip))));
	udp.source = htons(options->from.port + step);
	udp.dest = htons(options->to.port + step);
	udp.len = htons((uint16_t)udp_len);
	memcpy(at, &ip, sizeof(ip));
	memcpy(at + sizeof(ip), &udp, sizeof(udp));
	sum = checksum_add(IPPROTO_UDP + (uint32_t)udp_len, (uint8_t *)&ip.saddr, 8);
	udp.check = htons(checksum_fold(checksum_add(sum, at + sizeof(ip), udp_len)));
	memcpy(at + sizeof(ip), &udp, sizeof(udp));
}

static void frames_build(struct sender *sender, srtp_t seal)
{
	static uint8_t rtp[RTP_HEADER_LEN + FLOW_PAYLOAD_MAX + TAG_LEN] __attribute__((aligned(4)));
	const struct options *options = sender->options;
	const size_t headers = sizeof(struct ether_header) + sizeof(struct iphdr) +
			       sizeof(struct udphdr);
	unsigned long share = options->streams / options->cpus;
	size_t i, len;

	sender->count = options->packets / options->cpus;
	sender->part = sender->count / options->parts;
	sender->frame_len = headers + RTP_HEADER_LEN + options->payload + (seal ? TAG_LEN : 0);
	sender->distance = (sender->frame_len + FRAME_LINE - 1) / FRAME_LINE * FRAME_LINE;
	sender->frames = aligned_alloc(FRAME_LINE, sender->count * sender->distance);
	sender->times = calloc(sender->part / options->batch + 1, sizeof(*sender->times));
	if (!sender->frames || !sender->times)
		err(1, "memory for %zu frames", sender->count);
	for (i = 0; i < sender->count; i++) {
		unsigned long stream = sender->cpu + options->cpus * (i % share);
		uint8_t *frame = sender->frames + i * sender->distance;

		len = rtp_write(options, rtp, stream, options->first + i / share, seal);
		memcpy(frame + headers, rtp, len);
		headers_write(options, frame, stream, len);
	}
}

static void socket_open(struct sender *sender)
{
	struct sockaddr_ll link = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(sender->options->device),
	};
	int on = 1;

	sender->socket = socket(AF_PACKET, SOCK_RAW, 0);
	if (sender->socket < 0 || !link.sll_ifindex ||
	    bind(sender->socket, (struct sockaddr *)&link, sizeof(link)) ||
	    setsockopt(sender->socket, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)))
		err(1, "packet socket on %s", sender->options->device);
}

static void batch_send(const struct sender *sender, size_t first, size_t count)
{
	struct mmsghdr messages[BATCH_MAX];
	struct iovec parts[BATCH_MAX];
	size_t i, done = 0;
	int sent;

	memset(messages, 0, count * sizeof(*messages));
	for (i = 0; i < count; i++) {
		parts[i].iov_base = sender->frames + (first + i) * sender->distance;
		parts[i].iov_len = sender->frame_len;
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < count) {
		sent = sendmmsg(sender->socket, messages + done, (unsigned int)(count - done), 0);
		if (sent < 0 && errno != ENOBUFS && errno != EINTR)
			err(1, "sending");
		done += sent > 0 ? (size_t)sent : 0;
	}
}

static void cpu_take(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "processor %u", cpu);
}

static void *sender_run(void *arg)
{
	struct sender *sender = arg;
	const struct options *options = sender->options;
	struct timespec gap = { .tv_nsec = (long)options->gap * 1000 };
	uint64_t *time = sender->times, began;
	size_t at, count;

	cpu_take(sender->cpu);
	pthread_barrier_wait(&start);
	sender->began = nanoseconds(CLOCK_MONOTONIC);
	for (at = 0; at < sender->part; at += count) {
		count = sender->part - at < options->batch ? sender->part - at : options->batch;
		began = nanoseconds(CLOCK_MONOTONIC);
		batch_send(sender, sender->first + at, count);
		*time++ = nanoseconds(CLOCK_MONOTONIC) - began;
		if (options->gap)
			nanosleep(&gap, NULL);
	}
	sender->ended = nanoseconds(CLOCK_MONOTONIC);
	sender->first += sender->part;
	return NULL;
}

static srtp_t seal_open(void)
{
	srtp_policy_t policy = { .ssrc.type = ssrc_any_outbound };
	uint8_t master[FLOW_MASTER_LEN];
	srtp_t seal;

	memcpy(master, flow_master, sizeof(master));
	policy.key = master;
	srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, srtp_profile_aead_aes_256_gcm);
	srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, srtp_profile_aead_aes_256_gcm);
	if (srtp_init() != srtp_err_status_ok || srtp_create(&seal, &policy) != srtp_err_status_ok)
		errx(1, "libsrtp does not start");
	return seal;
}

static int compare_times(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of the first thread; a last batch that is not full does not count. */
static uint64_t batch_time(const struct sender *sender)
{
	size_t full = sender->part / sender->options->batch;

	qsort(sender->times, full, sizeof(*sender->times), compare_times);
	return full ? sender->times[full / 4] : 0;
}

static void part_send(struct sender *senders, unsigned long count)
{
	uint64_t cpu_time = nanoseconds(CLOCK_PROCESS_CPUTIME_ID), began = UINT64_MAX, ended = 0;
	unsigned long i;

	for (i = 1; i < count; i++)
		pthread_create(&senders[i].thread, NULL, sender_run, &senders[i]);
	sender_run(&senders[0]);
	for (i = 1; i < count; i++)
		pthread_join(senders[i].thread, NULL);
	cpu_time = nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_time;
	for (i = 0; i < count; i++) {
		began = senders[i].began < began ? senders[i].began : began;
		ended = senders[i].ended > ended ? senders[i].ended : ended;
	}
	printf("packets=%lu elapsed_ns=%llu cpu_ns=%llu batch_ns=%llu\n",
	       senders[0].part * count, (unsigned long long)(ended - began),
	       (unsigned long long)cpu_time, (unsigned long long)batch_time(&senders[0]));
}

static void senders_run(const struct options *options)
{
	struct sender senders[CPUS_MAX] = { 0 };
	srtp_t seal = options->sealed ? seal_open() : NULL;
	unsigned long i;

	pthread_barrier_init(&start, NULL, (unsigned int)options->cpus);
	for (i = 0; i < options->cpus; i++) {
		senders[i].options = options;
		senders[i].cpu = (unsigned int)i;
		socket_open(&senders[i]);
		frames_build(&senders[i], seal);
	}
	mlockall(MCL_CURRENT | MCL_FUTURE);
	for (i = 0; i < options->parts; i++)
		part_send(senders, options->cpus);
}

static void endpoint_parse(struct endpoint *endpoint, char *text)
{
	char *colon = strchr(text, ':');

	if (!colon)
		errx(2, "%s: ADDRESS:PORT is due", text);
	*colon = 0;
	endpoint->port = (uint16_t)strtoul(colon + 1, NULL, 10);
	if (inet_pton(AF_INET, text, &endpoint->address) != 1)
		errx(2, "%s: no IPv4 address", text);
}

static void mac_parse(uint8_t *bytes, const char *text)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &bytes[0], &bytes[1], &bytes[2],
		   &bytes[3], &bytes[4], &bytes[5]) != ETH_ALEN)
		errx(2, "%s: no link-layer address", text);
}

static void option_parse(struct options *options, const char *name, const char *value)
{
	const struct {
		const char *name;
		unsigned long *value;
	} known[] = {
		{ "--streams", &options->streams }, { "--packets", &options->packets },
		{ "--payload", &options->payload }, { "--first", &options->first },
		{ "--batch", &options->batch },     { "--gap", &options->gap },
		{ "--cpus", &options->cpus },       { "--sealed", &options->sealed },
		{ "--parts", &options->parts },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(name, known[i].name)) {
			*known[i].value = strtoul(value, NULL, 10);
			return;
		}
	}
	errx(2, "unknown option %s", name);
}

int main(int argc, char **argv)
{
	struct options options = {
		.streams = 1, .packets = 1000, .payload = 160, .first = 1, .batch = 64, .cpus = 1,
		.parts = 1,
	};
	int i;

	if (argc < 5 || argc % 2 == 0)
		errx(2, "usage: source DEVICE ADDRESS FROM TO [OPTION VALUE]...");
	options.device = argv[1];
	mac_parse(options.destination, argv[2]);
	endpoint_parse(&options.from, argv[3]);
	endpoint_parse(&options.to, argv[4]);
	for (i = 5; i < argc; i += 2)
		option_parse(&options, argv[i], argv[i + 1]);
	if (options.cpus < 1 || options.cpus > CPUS_MAX || options.batch < 1 ||
	    options.batch > BATCH_MAX || options.payload > FLOW_PAYLOAD_MAX ||
	    options.streams < options.cpus || options.streams % options.cpus ||
	    options.parts < 1 || options.packets % (options.parts * options.cpus))
		errx(2, "an option is out of range");
	/* The sealing library starts every stream with rollover counter 0. */
	if (options.sealed && options.first + options.packets / options.streams > UINT16_MAX)
		errx(2, "sealed streams do not wrap");
	senders_run(&options);
	return 0;
}
