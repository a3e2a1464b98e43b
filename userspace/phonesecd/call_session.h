/* SPDX-License-Identifier: Apache-2.0 */
/* One media line of a call as a session in the kernel. */
#ifndef PHONESECD_CALL_SESSION_H
#define PHONESECD_CALL_SESSION_H

#include "../lib/call_media.h"
#include "kernel.h"

enum call_session_limits {
	CALL_SESSION_DIGEST_LEN = 32,
	/* Media that the program sends after the end of a call is still protected. */
	CALL_SESSION_DRAIN_MS = 2000,
};

/**
 * struct call_session - what the kernel was told; all zeroes without a session
 * @id: its number
 * @suite, @local, @remote, @rtcp_mux: as in struct call_media_line
 * @tx, @rx: SHA-256 of master key and salt, by which a key is known again
 * @sent, @heard: packets were protected, and authenticated
 * @keyed: seconds of CLOCK_BOOTTIME when it got its last key
 * @spent: our key was in use before and cannot begin anew: nothing is sent until the next
 */
struct call_session {
	uint32_t id;
	enum nf_srtp_suite suite;
	struct media_address local;
	struct media_address remote;
	bool rtcp_mux;
	uint8_t tx[CALL_SESSION_DIGEST_LEN];
	uint8_t rx[CALL_SESSION_DIGEST_LEN];
	bool sent;
	bool heard;
	int64_t keyed;
	bool spent;
};

/**
 * call_session_apply - make the kernel's session be what was agreed on
 * @session: the session; is made, changed or ended
 * @kernel: the module
 * @line: what was agreed on
 * @why: on refusal the reason; the session is then as it was or none
 *
 * A key that is another one begins a new cryptographic context, a key that stays goes on
 * with its counters (RFC 4568 section 7.1.4).
 *
 * Return: 0, or the -errno of the reason.
 */
int call_session_apply(struct call_session *session, struct kernel *kernel,
		       const struct call_media_line *line, struct refusal *why);

/* Ends it after a drain; harmless without a session. */
void call_session_end(struct call_session *session, struct kernel *kernel, uint32_t drain_ms);

/* Asks the kernel what it has sent and heard. Returns false when it knows no such session. */
bool call_session_refresh(struct call_session *session, struct kernel *kernel);

#endif
