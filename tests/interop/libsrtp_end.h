/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a call that libsrtp2 protects. */
#ifndef INTEROP_LIBSRTP_END_H
#define INTEROP_LIBSRTP_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct libsrtp_end;

/**
 * struct libsrtp_wanted - what one direction is protected with
 * @key_len: bytes of the master key, 16 or 32
 * @master: master key and the 12 bytes of master salt after it
 * @mki: packets end in the master key identifier LIBSRTP_END_MKI
 * @ssrc: the one source
 * @roc: its rollover counter at the first packet
 */
struct libsrtp_wanted {
	size_t key_len;
	uint8_t *master;
	bool mki;
	uint32_t ssrc;
	uint32_t roc;
};

#define LIBSRTP_END_MKI 0x1d07c0deu

/**
 * libsrtp_end_open - one direction of the far end
 * @sends: it protects, else it unprotects
 *
 * The process ends with a message when libsrtp refuses.
 *
 * Return: what lives until the process ends.
 */
struct libsrtp_end *libsrtp_end_open(const struct libsrtp_wanted *wanted, bool sends);

/**
 * libsrtp_end_transform - protect or unprotect a packet in place
 * @packet: aligned to 4 bytes, with room for 144 bytes more
 * @len: its length, changed
 *
 * Return: NULL, or why libsrtp refused the packet.
 */
const char *libsrtp_end_transform(struct libsrtp_end *end, bool rtcp, uint8_t *packet, int *len);

#endif
