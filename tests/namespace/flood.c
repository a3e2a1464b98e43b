// SPDX-License-Identifier: Apache-2.0
/*
 * Sends forged SRTP packets as fast as the socket takes them, from the address of a
 * genuine sender whose socket it inherits:
 *
 *   flood SOCKET ADDRESS PORT COUNT SSRC
 *
 * Sequence number, payload and tag are random, the SSRC is that of the stream. Payloads
 * are of one length that no codec uses, so that none is taken for media in clear.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { ARGUMENTS = 6, HEADER_LEN = 12, PAYLOAD_LEN = 179 };

/* Xorshift (Marsaglia 2003): the same packets in every run. */
static uint32_t random_next(void)
{
	static uint32_t state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void packet_forge(uint8_t *packet, uint32_t ssrc)
{
	uint16_t seq = htons((uint16_t)random_next());

	packet[0] = 0x80;
	packet[1] = 0;
	memcpy(packet + 2, &seq, sizeof(seq));
	ssrc = htonl(ssrc);
	memcpy(packet + 8, &ssrc, sizeof(ssrc));
	for (size_t at = HEADER_LEN; at < HEADER_LEN + PAYLOAD_LEN; at++)
		packet[at] = (uint8_t)random_next();
}

int main(int argc, char *argv[])
{
	uint8_t packet[HEADER_LEN + PAYLOAD_LEN] = { 0 };
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint32_t ssrc;
	long count;
	int fd;

	if (argc != ARGUMENTS || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: flood SOCKET ADDRESS PORT COUNT SSRC\n");
		return 2;
	}
	fd = atoi(argv[1]);
	to.sin_port = htons((uint16_t)atoi(argv[3]));
	count = atol(argv[4]);
	ssrc = (uint32_t)strtoul(argv[5], NULL, 0);
	while (count) {
		packet_forge(packet, ssrc);
		if (sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to,
			   sizeof(to)) == sizeof(packet)) {
			count--;
		} else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
			perror("flood");
			return 1;
		}
	}
	return 0;
}
