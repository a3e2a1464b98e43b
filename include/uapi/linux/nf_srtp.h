/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	include/netlink/nf_srtp.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_NF_SRTP_H
#define _UAPI_LINUX_NF_SRTP_H

#define NF_SRTP_FAMILY_NAME	"nf_srtp"
#define NF_SRTP_FAMILY_VERSION	1

#define NF_SRTP_MASTER_KEY_MAX	44
#define NF_SRTP_MKI_MAX		16
#define NF_SRTP_RANGES_MAX	16

/**
 * enum nf_srtp_suite - Protection profile, numbered as in the IANA registry of
 *   DTLS-SRTP protection profiles (RFC 7714 section 14.2).
 * @NF_SRTP_SUITE_AEAD_AES_128_GCM: AEAD_AES_128_GCM, 16 byte master key and 12
 *   byte master salt.
 * @NF_SRTP_SUITE_AEAD_AES_256_GCM: AEAD_AES_256_GCM, 32 byte master key and 12
 *   byte master salt.
 */
enum nf_srtp_suite {
	NF_SRTP_SUITE_AEAD_AES_128_GCM = 7,
	NF_SRTP_SUITE_AEAD_AES_256_GCM,
};

/**
 * enum nf_srtp_context - What a new key means for the indices of its
 *   direction.
 * @NF_SRTP_CONTEXT_NEW: A new cryptographic context: known SSRCs are forgotten
 *   and rollover counters start at zero (RFC 4568 section 7.1.4). Received,
 *   the key in use may be given again, for a peer that starts anew under it;
 *   what was heard before can then be replayed once.
 * @NF_SRTP_CONTEXT_SAME: The same context under a new key: rollover counters,
 *   replay windows and SRTCP indices go on (RFC 3711 section 3.3.1).
 */
enum nf_srtp_context {
	NF_SRTP_CONTEXT_NEW,
	NF_SRTP_CONTEXT_SAME,
};

/**
 * enum nf_srtp_policy_mode - What happens to media on protected ports that no
 *   session vouches for.
 * @NF_SRTP_POLICY_MODE_OFF: It passes and is not counted.
 * @NF_SRTP_POLICY_MODE_MONITOR: It passes and is counted as what would have
 *   been dropped.
 * @NF_SRTP_POLICY_MODE_ENFORCE: It is dropped and counted.
 */
enum nf_srtp_policy_mode {
	NF_SRTP_POLICY_MODE_OFF,
	NF_SRTP_POLICY_MODE_MONITOR,
	NF_SRTP_POLICY_MODE_ENFORCE,
};

/**
 * enum nf_srtp_pass - Protocols that may share a media port (RFC 7983) and
 *   pass beside SRTP. What is not named here is dropped on the ports of a
 *   session and, under enforcement, on protected ports.
 * @NF_SRTP_PASS_STUN: STUN, first byte 0 to 3.
 * @NF_SRTP_PASS_DTLS: DTLS, first byte 20 to 63.
 * @NF_SRTP_PASS_OTHER: ZRTP, TURN channels and everything that is not RTP.
 * @NF_SRTP_PASS_UNENCRYPTED_SRTCP: Authenticated SRTCP that is not encrypted
 *   (E flag 0) is accepted.
 */
enum nf_srtp_pass {
	NF_SRTP_PASS_STUN = 1,
	NF_SRTP_PASS_DTLS = 2,
	NF_SRTP_PASS_OTHER = 4,
	NF_SRTP_PASS_UNENCRYPTED_SRTCP = 8,
};

/**
 * enum nf_srtp_hold - Directions of a session in which no media passes.
 * @NF_SRTP_HOLD_TX: Nothing is sent.
 * @NF_SRTP_HOLD_RX: Nothing is received.
 */
enum nf_srtp_hold {
	NF_SRTP_HOLD_TX = 1,
	NF_SRTP_HOLD_RX = 2,
};

/**
 * enum nf_srtp_session_state
 * @NF_SRTP_SESSION_STATE_ACTIVE: The session protects its media.
 * @NF_SRTP_SESSION_STATE_DRAINING: The session was deleted with a drain time:
 *   it protects until the time is over, so that a late packet of the program
 *   never leaves in clear.
 */
enum nf_srtp_session_state {
	NF_SRTP_SESSION_STATE_ACTIVE,
	NF_SRTP_SESSION_STATE_DRAINING,
};

/**
 * enum nf_srtp_drop_reason - Why a packet was dropped. Counters, tracepoint,
 *   events and tools share these names.
 * @NF_SRTP_DROP_REASON_NONE: Not dropped.
 * @NF_SRTP_DROP_REASON_NO_SESSION: A protected port for which no session
 *   vouches.
 * @NF_SRTP_DROP_REASON_WRONG_ADDRESS: The port has a session, but with another
 *   remote address or port.
 * @NF_SRTP_DROP_REASON_PLAIN_RTP: RTP in clear where SRTP is due.
 * @NF_SRTP_DROP_REASON_PLAIN_RTCP: RTCP in clear where SRTCP is due.
 * @NF_SRTP_DROP_REASON_AUTH_FAILED: The authentication tag does not match.
 * @NF_SRTP_DROP_REASON_REPLAYED: Received, the index was seen before. Sent,
 *   the program repeated a sequence number, which would use a nonce twice.
 * @NF_SRTP_DROP_REASON_TOO_OLD: The index lies before the replay window.
 * @NF_SRTP_DROP_REASON_KEY_EXPIRED: The key has reached its lifetime.
 * @NF_SRTP_DROP_REASON_NO_KEY: The session has no key in this direction.
 * @NF_SRTP_DROP_REASON_UNKNOWN_MKI: The master key identifier names no key of
 *   the session.
 * @NF_SRTP_DROP_REASON_MALFORMED: The packet breaks the rules of UDP, RTP or
 *   RTCP.
 * @NF_SRTP_DROP_REASON_FRAGMENT: A fragment that was not put together before
 *   the media hooks.
 * @NF_SRTP_DROP_REASON_STUN: STUN, which the policy does not pass.
 * @NF_SRTP_DROP_REASON_DTLS: DTLS, which the policy does not pass.
 * @NF_SRTP_DROP_REASON_OTHER_PROTOCOL: Neither RTP nor a protocol that the
 *   policy passes.
 * @NF_SRTP_DROP_REASON_UNENCRYPTED_SRTCP: SRTCP with E flag 0, which the
 *   policy does not accept.
 * @NF_SRTP_DROP_REASON_HELD: The direction is on hold.
 * @NF_SRTP_DROP_REASON_SSRC_LIMIT: More SSRCs than a session follows.
 * @NF_SRTP_DROP_REASON_TOO_BIG: The packet no longer fits the path once
 *   protected and must not be fragmented; the sender was told by ICMP.
 * @NF_SRTP_DROP_REASON_NO_MEMORY: Memory for a changed packet could not be
 *   had.
 * @NF_SRTP_DROP_REASON_CIPHER_ERROR: The cipher returned an error other than a
 *   bad tag.
 * @NF_SRTP_DROP_REASON_SELF_TEST_FAILED: The self-test failed, so the module
 *   passes no media.
 * @NF_SRTP_DROP_REASON_QUOTED_MEDIA: An ICMP error to the network that quotes
 *   a received packet, which was decrypted by then.
 */
enum nf_srtp_drop_reason {
	NF_SRTP_DROP_REASON_NONE,
	NF_SRTP_DROP_REASON_NO_SESSION,
	NF_SRTP_DROP_REASON_WRONG_ADDRESS,
	NF_SRTP_DROP_REASON_PLAIN_RTP,
	NF_SRTP_DROP_REASON_PLAIN_RTCP,
	NF_SRTP_DROP_REASON_AUTH_FAILED,
	NF_SRTP_DROP_REASON_REPLAYED,
	NF_SRTP_DROP_REASON_TOO_OLD,
	NF_SRTP_DROP_REASON_KEY_EXPIRED,
	NF_SRTP_DROP_REASON_NO_KEY,
	NF_SRTP_DROP_REASON_UNKNOWN_MKI,
	NF_SRTP_DROP_REASON_MALFORMED,
	NF_SRTP_DROP_REASON_FRAGMENT,
	NF_SRTP_DROP_REASON_STUN,
	NF_SRTP_DROP_REASON_DTLS,
	NF_SRTP_DROP_REASON_OTHER_PROTOCOL,
	NF_SRTP_DROP_REASON_UNENCRYPTED_SRTCP,
	NF_SRTP_DROP_REASON_HELD,
	NF_SRTP_DROP_REASON_SSRC_LIMIT,
	NF_SRTP_DROP_REASON_TOO_BIG,
	NF_SRTP_DROP_REASON_NO_MEMORY,
	NF_SRTP_DROP_REASON_CIPHER_ERROR,
	NF_SRTP_DROP_REASON_SELF_TEST_FAILED,
	NF_SRTP_DROP_REASON_QUOTED_MEDIA,

	/* private: */
	__NF_SRTP_DROP_REASON_MAX,
	NF_SRTP_DROP_REASON_MAX = (__NF_SRTP_DROP_REASON_MAX - 1)
};

/**
 * enum nf_srtp_cause - The likely cause of a run of authentication failures.
 * @NF_SRTP_CAUSE_UNKNOWN: Nothing points to one cause.
 * @NF_SRTP_CAUSE_WRONG_KEY: No packet has ever authenticated under this key;
 *   the key or the suite differs from the sender's.
 * @NF_SRTP_CAUSE_ROC_MISMATCH: Packets authenticated before and the sequence
 *   number has wrapped or jumped since; the rollover counters differ.
 * @NF_SRTP_CAUSE_PLAIN_MEDIA: The sender sends in clear.
 * @NF_SRTP_CAUSE_OLD_KEY: Packets authenticated under the previous key; the
 *   sender has not changed keys, or has changed them alone.
 * @NF_SRTP_CAUSE_FORGED: Genuine packets go on authenticating; somebody else
 *   injects packets.
 */
enum nf_srtp_cause {
	NF_SRTP_CAUSE_UNKNOWN,
	NF_SRTP_CAUSE_WRONG_KEY,
	NF_SRTP_CAUSE_ROC_MISMATCH,
	NF_SRTP_CAUSE_PLAIN_MEDIA,
	NF_SRTP_CAUSE_OLD_KEY,
	NF_SRTP_CAUSE_FORGED,

	/* private: */
	__NF_SRTP_CAUSE_MAX,
	NF_SRTP_CAUSE_MAX = (__NF_SRTP_CAUSE_MAX - 1)
};

enum {
	NF_SRTP_A_KEY_MASTER = 1,
	NF_SRTP_A_KEY_MKI,
	NF_SRTP_A_KEY_LIFETIME,
	NF_SRTP_A_KEY_USED_RTP,
	NF_SRTP_A_KEY_USED_RTCP,
	NF_SRTP_A_KEY_ACTIVE,
	NF_SRTP_A_KEY_EXPIRED,
	NF_SRTP_A_KEY_AGE,
	NF_SRTP_A_KEY_PAD,

	__NF_SRTP_A_KEY_MAX,
	NF_SRTP_A_KEY_MAX = (__NF_SRTP_A_KEY_MAX - 1)
};

enum {
	NF_SRTP_A_STREAM_SSRC = 1,
	NF_SRTP_A_STREAM_ROC,
	NF_SRTP_A_STREAM_SEQ,
	NF_SRTP_A_STREAM_RTCP_INDEX,
	NF_SRTP_A_STREAM_PACKETS,
	NF_SRTP_A_STREAM_PAD,

	__NF_SRTP_A_STREAM_MAX,
	NF_SRTP_A_STREAM_MAX = (__NF_SRTP_A_STREAM_MAX - 1)
};

enum {
	NF_SRTP_A_DROP_REASON = 1,
	NF_SRTP_A_DROP_PACKETS,
	NF_SRTP_A_DROP_PAD,

	__NF_SRTP_A_DROP_MAX,
	NF_SRTP_A_DROP_MAX = (__NF_SRTP_A_DROP_MAX - 1)
};

enum {
	NF_SRTP_A_DIRECTION_KEY = 1,
	NF_SRTP_A_DIRECTION_CONTEXT,
	NF_SRTP_A_DIRECTION_STREAM,
	NF_SRTP_A_DIRECTION_RTP_PACKETS,
	NF_SRTP_A_DIRECTION_RTP_BYTES,
	NF_SRTP_A_DIRECTION_RTCP_PACKETS,
	NF_SRTP_A_DIRECTION_RTCP_BYTES,
	NF_SRTP_A_DIRECTION_OTHER_PACKETS,
	NF_SRTP_A_DIRECTION_DROP,
	NF_SRTP_A_DIRECTION_MONITORED,
	NF_SRTP_A_DIRECTION_SILENT,
	NF_SRTP_A_DIRECTION_PAD,

	__NF_SRTP_A_DIRECTION_MAX,
	NF_SRTP_A_DIRECTION_MAX = (__NF_SRTP_A_DIRECTION_MAX - 1)
};

enum {
	NF_SRTP_A_SESSION_ID = 1,
	NF_SRTP_A_SESSION_SUITE,
	NF_SRTP_A_SESSION_LOCAL_ADDRESS,
	NF_SRTP_A_SESSION_LOCAL_PORT,
	NF_SRTP_A_SESSION_REMOTE_ADDRESS,
	NF_SRTP_A_SESSION_REMOTE_PORT,
	NF_SRTP_A_SESSION_LOCAL_RTCP_PORT,
	NF_SRTP_A_SESSION_REMOTE_RTCP_PORT,
	NF_SRTP_A_SESSION_RTCP_MUX,
	NF_SRTP_A_SESSION_TX,
	NF_SRTP_A_SESSION_RX,
	NF_SRTP_A_SESSION_HOLD,
	NF_SRTP_A_SESSION_PASS,
	NF_SRTP_A_SESSION_SILENCE_TIMEOUT,
	NF_SRTP_A_SESSION_DRAIN,
	NF_SRTP_A_SESSION_STATE,
	NF_SRTP_A_SESSION_AGE,
	NF_SRTP_A_SESSION_EVENT_DIRECTION,
	NF_SRTP_A_SESSION_EVENT_SSRC,
	NF_SRTP_A_SESSION_EVENT_PREVIOUS_SSRC,
	NF_SRTP_A_SESSION_EVENT_COUNT,
	NF_SRTP_A_SESSION_EVENT_CAUSE,
	NF_SRTP_A_SESSION_EVENT_REMAINING,
	NF_SRTP_A_SESSION_PAD,

	__NF_SRTP_A_SESSION_MAX,
	NF_SRTP_A_SESSION_MAX = (__NF_SRTP_A_SESSION_MAX - 1)
};

enum {
	NF_SRTP_A_RANGE_FIRST = 1,
	NF_SRTP_A_RANGE_LAST,

	__NF_SRTP_A_RANGE_MAX,
	NF_SRTP_A_RANGE_MAX = (__NF_SRTP_A_RANGE_MAX - 1)
};

enum {
	NF_SRTP_A_POLICY_MODE = 1,
	NF_SRTP_A_POLICY_RANGE,
	NF_SRTP_A_POLICY_PASS,
	NF_SRTP_A_POLICY_AUTH_FAILURE_THRESHOLD,
	NF_SRTP_A_POLICY_REPLAY_THRESHOLD,

	__NF_SRTP_A_POLICY_MAX,
	NF_SRTP_A_POLICY_MAX = (__NF_SRTP_A_POLICY_MAX - 1)
};

enum {
	NF_SRTP_A_COUNTERS_TX = 1,
	NF_SRTP_A_COUNTERS_RX,
	NF_SRTP_A_COUNTERS_SESSION_ID,

	__NF_SRTP_A_COUNTERS_MAX,
	NF_SRTP_A_COUNTERS_MAX = (__NF_SRTP_A_COUNTERS_MAX - 1)
};

enum {
	NF_SRTP_A_MODULE_VERSION = 1,
	NF_SRTP_A_MODULE_DRIVER,
	NF_SRTP_A_MODULE_FALLBACK_DRIVER,
	NF_SRTP_A_MODULE_ASYNCHRONOUS,
	NF_SRTP_A_MODULE_ACCELERATED,
	NF_SRTP_A_MODULE_SELF_TEST,
	NF_SRTP_A_MODULE_FIPS,
	NF_SRTP_A_MODULE_SESSIONS,
	NF_SRTP_A_MODULE_SESSION_BYTES,

	__NF_SRTP_A_MODULE_MAX,
	NF_SRTP_A_MODULE_MAX = (__NF_SRTP_A_MODULE_MAX - 1)
};

enum {
	NF_SRTP_CMD_SESSION_NEW = 1,
	NF_SRTP_CMD_SESSION_SET,
	NF_SRTP_CMD_SESSION_DEL,
	NF_SRTP_CMD_SESSION_GET,
	NF_SRTP_CMD_POLICY_SET,
	NF_SRTP_CMD_POLICY_GET,
	NF_SRTP_CMD_COUNTERS_GET,
	NF_SRTP_CMD_MODULE_GET,
	NF_SRTP_CMD_FIRST_PACKET_NTF,
	NF_SRTP_CMD_SSRC_NTF,
	NF_SRTP_CMD_AUTH_FAILURES_NTF,
	NF_SRTP_CMD_REPLAY_FLOOD_NTF,
	NF_SRTP_CMD_KEY_SOFT_NTF,
	NF_SRTP_CMD_KEY_HARD_NTF,
	NF_SRTP_CMD_SESSION_SILENT_NTF,
	NF_SRTP_CMD_SESSION_DEL_NTF,

	__NF_SRTP_CMD_MAX,
	NF_SRTP_CMD_MAX = (__NF_SRTP_CMD_MAX - 1)
};

#define NF_SRTP_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_NF_SRTP_H */
