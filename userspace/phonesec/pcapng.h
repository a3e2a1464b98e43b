/* SPDX-License-Identifier: Apache-2.0 */
/* Files of pcapng (draft-ietf-opsawg-pcapng) with IP packets and no link layer. */
#ifndef PHONESEC_PCAPNG_H
#define PHONESEC_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
	/* Bytes that an IP packet may have. */
	PCAPNG_PACKET_MAX = 65535,
	/* Bytes that fit behind the headers of an IPv4 packet of UDP. */
	PCAPNG_UDP_MAX = PCAPNG_PACKET_MAX - 20 - 8,
};

/* Begins a file: section and interface; @comment, one line, is shown by programs. */
bool pcapng_begin(FILE *file, const char *comment);

/**
 * pcapng_packet - add a packet
 * @file: where
 * @time_us: when, microseconds since 1970
 * @packet: from its IP header on
 * @len: bytes of it, at most PCAPNG_PACKET_MAX
 *
 * Return: false when it could not be written.
 */
bool pcapng_packet(FILE *file, uint64_t time_us, const void *packet, size_t len);

/**
 * pcapng_udp - add what was said over loopback as a datagram
 * @file: where
 * @time_us: when, microseconds since 1970
 * @from, @to: ports on 127.0.0.1
 * @text: what was said; what does not fit into a datagram is left out
 * @len: bytes of it
 *
 * Return: false when it could not be written.
 */
bool pcapng_udp(FILE *file, uint64_t time_us, uint16_t from, uint16_t to, const void *text,
		size_t len);

#endif
