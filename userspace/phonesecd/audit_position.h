/* SPDX-License-Identifier: Apache-2.0 */
/* How far the server has the events: a small file that is written in place, with each step. */
#ifndef PHONESECD_AUDIT_POSITION_H
#define PHONESECD_AUDIT_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/reason.h"

enum { AUDIT_BOOT_LEN = 36 };

/* Which start of the system this is; empty where it is not told, and then none is the same. */
const char *audit_boot(void);

/**
 * struct audit_position - how far
 * @delivered: number of the last event that the server's system has acknowledged
 * @sent: number of the last one that was handed to the kernel whole
 * @lost: events that could not be kept since the last one that told of such
 * @lost_ever: events that could not be kept since there is a spool
 * @local_port, @remote_port: of the TCP connection that they were sent over, or 0
 * @is_healthy: the connection was, so that what was sent arrives even when the daemon is gone
 */
struct audit_position {
	uint64_t delivered;
	uint64_t sent;
	uint64_t lost;
	uint64_t lost_ever;
	uint16_t local_port;
	uint16_t remote_port;
	bool is_healthy;
};

/**
 * audit_position_open - read it, and open it for writing
 * @fd: result, the caller's until close()
 * @folder: of the spool, which is there
 * @position: filled in; zero when there is none, or none that is whole. After another start of
 *            the system nothing is sent that was not delivered
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int audit_position_open(int *fd, const char *folder, struct audit_position *position,
			struct refusal *why);

/*
 * Writes it. It outlives the daemon, and a loss of power as soon as the system writes it to
 * disk; an older one that is found then has events sent again. Returns 0 or -errno.
 */
int audit_position_write(int fd, const struct audit_position *position);

#endif
