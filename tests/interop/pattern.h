/* SPDX-License-Identifier: Apache-2.0 */
/* What one end of a call sends, packet by packet, and in which order it arrives. */
#ifndef INTEROP_PATTERN_H
#define INTEROP_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PATTERN_PACKETS = 40,
	/* A report goes with every so many packets. */
	PATTERN_RTCP_EVERY = 8,
	PATTERN_PACKET_MAX = 512,
};

/**
 * struct pattern - a way to send PATTERN_PACKETS packets
 * @name: how the command line names it
 * @first_seq: sequence number of the first packet
 * @lost_first: position of the first packet of a run that is lost
 * @lost_count: packets in that run
 * @lost_every: beside the run, every so manyth packet is lost; 0 for none
 * @block: packets after the first one arrive in blocks of so many, each backwards
 * @one_way: only what the phone receives; a sender that loses packets before
 *           they are protected would not count them
 */
struct pattern {
	const char *name;
	uint16_t first_seq;
	unsigned int lost_first;
	unsigned int lost_count;
	unsigned int lost_every;
	unsigned int block;
	bool one_way;
};

/* Return: the pattern of that name, or NULL. */
const struct pattern *pattern_find(const char *name);

/**
 * pattern_order - the positions that arrive, in the order of their arrival
 * @order: room for PATTERN_PACKETS positions
 *
 * Return: how many arrive.
 */
size_t pattern_order(const struct pattern *pattern, unsigned int *order);

/**
 * pattern_rtp - the RTP packet at a position (RFC 3550 section 5.1)
 * @packet: room for PATTERN_PACKET_MAX bytes
 *
 * Payloads are of 0 to 160 bytes; some packets have CSRCs or a header extension.
 *
 * Return: length in bytes.
 */
size_t pattern_rtp(const struct pattern *pattern, uint32_t ssrc, unsigned int position,
		   uint8_t *packet);

/**
 * pattern_rtcp - the sender report that goes with the packet at a position
 * @packet: room for PATTERN_PACKET_MAX bytes
 *
 * Return: length in bytes of the compound of SR and SDES (RFC 3550 sections 6.4, 6.5).
 */
size_t pattern_rtcp(uint32_t ssrc, unsigned int position, uint8_t *packet);

#endif
