/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client of the kernel module nf_srtp over generic netlink.
 *
 * Every call waits for the kernel's answer. Calls return 0 or the -errno of
 * the reason that they leave in @why, with the kernel's own words as detail.
 * Buffers that held a key are wiped before a call returns, and the kernel is
 * told not to echo requests in its error messages.
 */
#ifndef PHONESEC_MEDIA_NETLINK_H
#define PHONESEC_MEDIA_NETLINK_H

#include "media.h"
#include "reason.h"
#include "sdes.h"

/* A connection; one thread at a time. */
struct media_link;

/* Rollover counter of the next packet of an SSRC. */
struct media_roc {
	uint32_t ssrc;
	uint32_t roc;
};

/**
 * struct media_direction_change - what to set in one direction
 * @key: the new key, or NULL; stays the caller's
 * @standby: only add the key, do not send under it
 * @activate: identifier of a key set before to send under, @activate_len bytes, not with @key
 * @has_context: @context counts; due with every key of an existing session
 * @context: what the key means for the indices
 * @rocs: rollover counters, @roc_count of them
 */
struct media_direction_change {
	const struct sdes *key;
	bool standby;
	const uint8_t *activate;
	uint8_t activate_len;
	bool has_context;
	uint32_t context;
	const struct media_roc *rocs;
	size_t roc_count;
};

/**
 * struct media_session_change - what to set in a session, new or not
 * @suite: new sessions only
 * @local: new sessions only
 * @remote: of length 0 to leave it
 * @rtcp_mux: new sessions only
 * @has_hold, @has_pass, @has_silence_timeout: the value of that name counts
 */
struct media_session_change {
	enum nf_srtp_suite suite;
	struct media_address local;
	struct media_address remote;
	bool rtcp_mux;
	struct media_direction_change tx;
	struct media_direction_change rx;
	bool has_hold;
	uint32_t hold;
	bool has_pass;
	uint32_t pass;
	bool has_silence_timeout;
	uint32_t silence_timeout_ms;
};

/* What to set in the policy. Ranges, if any, replace all earlier ones; 0 leaves a threshold. */
struct media_policy_change {
	bool has_mode;
	uint32_t mode;
	struct media_range ranges[NF_SRTP_RANGES_MAX];
	size_t range_count;
	bool has_pass;
	uint32_t pass;
	uint32_t auth_failure_threshold;
	uint32_t replay_threshold;
};

/* Connects; the link is the caller's until media_close(). */
int media_open(struct media_link **link, struct refusal *why);
void media_close(struct media_link *link);

/* Makes a session and tells its number. */
int media_session_new(struct media_link *link, const struct media_session_change *change,
		      uint32_t *id, struct refusal *why);

/* Changes a session, whole or not at all. */
int media_session_set(struct media_link *link, uint32_t id,
		      const struct media_session_change *change, struct refusal *why);

/* Ends a session after @drain_ms milliseconds, in which it still protects. */
int media_session_del(struct media_link *link, uint32_t id, uint32_t drain_ms, struct refusal *why);

/* One session; the caller owes it media_session_clear(). */
int media_session_get(struct media_link *link, uint32_t id, struct media_session *session,
		      struct refusal *why);

/* All sessions; the caller owes media_sessions_free(). */
int media_sessions_list(struct media_link *link, struct media_session **sessions, size_t *count,
			struct refusal *why);
void media_sessions_free(struct media_session *sessions, size_t count);

int media_policy_get(struct media_link *link, struct media_policy *policy, struct refusal *why);
int media_policy_set(struct media_link *link, const struct media_policy_change *change,
		     struct refusal *why);

/* Counters of the namespace, or of every session; the caller owes media_counters_free(). */
int media_counters_get(struct media_link *link, struct media_counters **counters, size_t *count,
		       struct refusal *why);
int media_counters_list(struct media_link *link, struct media_counters **counters, size_t *count,
			struct refusal *why);
void media_counters_free(struct media_counters *counters, size_t count);

int media_module_get(struct media_link *link, struct media_module *module, struct refusal *why);

/* The file descriptor, to be polled for events; it stays the link's. */
int media_fd(const struct media_link *link);

/* From here on the link hears events and must not be used for requests. */
int media_subscribe(struct media_link *link, struct refusal *why);

/**
 * media_event_next - wait for one event
 * @link: subscribed
 * @event: filled in
 * @why: on failure; %REASON_EVENTS_LOST tells that the kernel dropped some, and
 *       reading may go on
 */
int media_event_next(struct media_link *link, struct media_event *event, struct refusal *why);

#endif
