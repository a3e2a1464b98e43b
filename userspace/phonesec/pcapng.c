// SPDX-License-Identifier: Apache-2.0
#include "pcapng.h"

#include <arpa/inet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_HERE = 0x1a2b3c4d,
	/* LINKTYPE_RAW: packets begin with the IP header. */
	LINK_RAW = 101,
	OPTION_COMMENT = 1,
	COMMENT_MAX = 255,
};

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

/* A block of a fixed part and a body that is filled up to a multiple of four. */
static bool block_write(FILE *file, uint32_t type, const void *fixed, size_t fixed_len,
			const void *body, size_t body_len)
{
	static const char zeroes[4];
	const uint32_t total = (uint32_t)(3 * sizeof(uint32_t) + fixed_len + padded(body_len));
	const uint32_t head[] = { type, total };

	return fwrite(head, sizeof(head), 1, file) == 1 &&
	       fwrite(fixed, fixed_len, 1, file) == 1 &&
	       fwrite(body, 1, body_len, file) == body_len &&
	       fwrite(zeroes, 1, padded(body_len) - body_len, file) ==
		       padded(body_len) - body_len &&
	       fwrite(&total, sizeof(total), 1, file) == 1;
}

bool pcapng_begin(FILE *file, const char *comment)
{
	static const struct {
		uint32_t order;
		uint16_t major;
		uint16_t minor;
		/* Nobody knows it before its end. */
		uint32_t section_len[2];
	} section = { BYTE_ORDER_HERE, 1, 0, { UINT32_MAX, UINT32_MAX } };
	static const struct {
		uint16_t link;
		uint16_t reserved;
		uint32_t packet_max;
	} interface = { LINK_RAW, 0, 0 };
	struct {
		uint16_t code;
		uint16_t len;
		/* With the padding and the end of options behind it, which are zeroes. */
		char text[COMMENT_MAX + 1 + 4];
	} option = { .code = OPTION_COMMENT };

	option.len = (uint16_t)strnlen(comment, COMMENT_MAX);
	memcpy(option.text, comment, option.len);
	return block_write(file, BLOCK_SECTION, &section, sizeof(section), &option,
			   4 + padded(option.len) + 4) &&
	       block_write(file, BLOCK_INTERFACE, &interface, sizeof(interface), "", 0);
}

bool pcapng_packet(FILE *file, uint64_t time_us, const void *packet, size_t len)
{
	const uint32_t fixed[] = { 0, (uint32_t)(time_us >> 32), (uint32_t)time_us,
				   (uint32_t)len, (uint32_t)len };

	return block_write(file, BLOCK_PACKET, fixed, sizeof(fixed), packet, len);
}

/* RFC 1071, of a header without options. */
static uint16_t ip_checksum(const struct iphdr *ip)
{
	uint16_t words[sizeof(*ip) / 2];
	uint32_t sum = 0;

	memcpy(words, ip, sizeof(words));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sum += words[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~(sum + (sum >> 16));
}

bool pcapng_udp(FILE *file, uint64_t time_us, uint16_t from, uint16_t to, const void *text,
		size_t len)
{
	struct packet {
		struct iphdr ip;
		/* Without a checksum, as UDP over IPv4 may be. */
		struct udphdr udp;
		uint8_t text[PCAPNG_UDP_MAX];
	} packet = {
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP,
			.saddr = htonl(INADDR_LOOPBACK), .daddr = htonl(INADDR_LOOPBACK) },
	};
	size_t total;

	if (len > PCAPNG_UDP_MAX)
		len = PCAPNG_UDP_MAX;
	total = offsetof(struct packet, text) + len;
	packet.ip.tot_len = htons((uint16_t)total);
	packet.ip.check = ip_checksum(&packet.ip);
	packet.udp = (struct udphdr){ .source = htons(from), .dest = htons(to),
				      .len = htons((uint16_t)(sizeof(packet.udp) + len)) };
	memcpy(packet.text, text, len);
	return pcapng_packet(file, time_us, &packet, total);
}
