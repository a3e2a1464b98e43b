/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call: what was said about it, its media, its security. A call is everything
 * with one Call-ID that an INVITE began; far ends that ring at the same time are its
 * forks.
 */
#ifndef PHONESECD_CALL_H
#define PHONESECD_CALL_H

#include <stdint.h>

#include "../lib/call_media.h"
#include "../lib/call_security.h"

enum call_limits {
	CALL_URI_MAX = 256,
	CALL_ID_MAX = 256,
};

enum call_progress {
	CALL_TRYING,
	CALL_RINGING,
	CALL_CONNECTED,
	CALL_ENDING, /* media drains */
};

/**
 * struct call_line_status - one media line as it is shown
 * @kind: audio, video, ...
 * @active: ports are agreed on
 * @secure: SRTP, by a session in the kernel
 * @session: number of that session, 0 for none
 * @suite: its suite, a value of enum nf_srtp_suite
 * @heard: packets of the far end were authenticated
 * @sent: packets were protected
 * @local, @remote: addresses
 * @key_age_s: seconds since the last new key
 */
struct call_line_status {
	char kind[16];
	bool active;
	bool secure;
	uint32_t session;
	uint32_t suite;
	bool heard;
	bool sent;
	struct media_address local;
	struct media_address remote;
	unsigned int key_age_s;
};

/**
 * struct call_status - a call as it is shown
 * @number: counts up from 1 while the daemon lives
 * @id: its Call-ID
 * @outgoing: the program called
 * @progress: how far it is
 * @far: address of the far end, its URI
 * @far_name: its display name, may be empty
 * @state: security
 * @leg: of which this phone's part is this
 * @lines: media
 * @lines_count: how many
 * @begun: seconds since 1970 when it was answered, 0 before
 * @recovered: it was found after a restart
 * @captured: somebody reads it in clear
 */
struct call_status {
	uint32_t number;
	char id[CALL_ID_MAX];
	bool outgoing;
	enum call_progress progress;
	char far[CALL_URI_MAX];
	char far_name[CALL_URI_MAX];
	struct call_state state;
	struct call_leg leg;
	struct call_line_status lines[SDP_MEDIA_MAX];
	size_t lines_count;
	int64_t begun;
	bool recovered;
	bool captured;
};

/* Words of the bus. */
const char *call_progress_word(enum call_progress progress);

#endif
