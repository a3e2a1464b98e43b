/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a connection whose process is gone: the kernel goes on delivering what it took. */
#ifndef PHONESECD_AUDIT_LEFT_H
#define PHONESECD_AUDIT_LEFT_H

#include <stdint.h>

enum audit_left {
	AUDIT_LEFT_MOVING, /* the server's system has not acknowledged all of it */
	AUDIT_LEFT_DELIVERED, /* it has */
	AUDIT_LEFT_NONE, /* there is none: it was reset, or came to its end long ago */
	AUDIT_LEFT_UNKNOWN, /* the kernel does not tell */
};

/* Asks the kernel (sock_diag(7)) about a TCP connection, by its ports in host byte order. */
enum audit_left audit_left_ask(uint16_t local_port, uint16_t remote_port);

#endif
