/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the Cisco Discovery Protocol, version 2, as far as a voice VLAN is asked for and
 * told with them: IEEE 802.3 with LLC and SNAP (00000c, 2000), then a version, the seconds for
 * which it holds, a checksum, and elements of a type, a length with its own four bytes, and a
 * value. All integers are big-endian.
 */
#ifndef PHONESEC_CDP_H
#define PHONESEC_CDP_H

#include <stdbool.h>

#include "octets.h"

enum {
	CDP_MAC_SIZE = 6,
	CDP_TEXT_MAX = 64,
	/* Bytes of a frame without a tag. */
	CDP_FRAME_MAX = 1514,
	/* What a switch tells that has no VLAN for voice but the native one. */
	CDP_VLAN_UNTAGGED = 4095,
};

/* 01-00-0c-cc-cc-cc, where the frames go. */
extern const uint8_t cdp_group[CDP_MAC_SIZE];

/**
 * struct cdp_message - what a neighbour tells
 * @ttl: seconds for which it holds, 0 when the neighbour goes
 * @has_voice: it tells a voice VLAN
 * @voice: that one, 0 to 4095
 * @device: what it calls itself, printable ASCII; empty when it does not say
 * @port: what it calls its port
 */
struct cdp_message {
	uint8_t ttl;
	bool has_voice;
	uint16_t voice;
	char device[CDP_TEXT_MAX];
	char port[CDP_TEXT_MAX];
};

/**
 * cdp_read - what a frame says
 * @message: result, all zeros on refusal
 * @frame: from the destination on, without a tag; may be padded
 *
 * Unknown elements are passed over; one that is cut, or that says twice what is wanted here,
 * spoils all.
 *
 * Return: whether it is a whole frame of CDP, version 1 or 2, with the right checksum.
 */
bool cdp_read(struct cdp_message *message, struct octets frame);

/**
 * cdp_query_write - a phone that asks for its voice VLAN
 * @frame: result, room for %CDP_FRAME_MAX bytes
 * @source: address of the port that it leaves by
 * @device: name of the phone, cut at %CDP_TEXT_MAX - 1 bytes
 * @ttl: seconds for which it holds
 *
 * Return: bytes of the frame.
 */
size_t cdp_query_write(uint8_t frame[CDP_FRAME_MAX], const uint8_t source[CDP_MAC_SIZE],
		       const char *device, uint8_t ttl);

#endif
