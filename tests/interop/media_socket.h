/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of one end of a call, in a network namespace of its own. */
#ifndef INTEROP_MEDIA_SOCKET_H
#define INTEROP_MEDIA_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* With RTCP on the RTP port both are the same descriptor. */
struct media_socket {
	int rtp;
	int rtcp;
};

/**
 * media_socket_open - sockets that speak with the other end alone
 * @end: filled in; open until the process ends
 * @namespace: name below /run/netns
 * @local: own address, as text
 * @remote: address of the other end, of the same family
 * @port: RTP port of both ends
 * @mux: RTCP shares the RTP port (RFC 5761), else it has the next one
 *
 * The process ends with a message when this fails.
 */
void media_socket_open(struct media_socket *end, const char *namespace, const char *local,
		       const char *remote, uint16_t port, bool mux);

/* Sends one packet; false when the kernel refused it. */
bool media_socket_send(int fd, const void *packet, size_t len);

/**
 * media_socket_receive - the next packet, waited for a second at most
 * @packet: room for @room bytes
 *
 * Return: its length, or -1 when none came.
 */
int media_socket_receive(int fd, void *packet, size_t room);

/* Return: whether nothing is left to be read. */
bool media_socket_is_silent(int fd);

#endif
