/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel module tells about media, as plain values. Field meanings
 * are those of include/netlink/nf_srtp.yaml; zero means absent where the
 * specification lets an attribute be absent, unless said otherwise.
 */
#ifndef PHONESEC_MEDIA_H
#define PHONESEC_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/nf_srtp.h>

enum media_address_limits {
	MEDIA_ADDRESS_BYTES_MAX = 16,
	/* "[" IPv6 "]:" port and the end of the string. */
	MEDIA_ADDRESS_TEXT_MAX = 56,
};

/* Directions as the module numbers them. */
enum media_way {
	MEDIA_TX,
	MEDIA_RX,
};

/**
 * struct media_address - an IP address with ports
 * @len: bytes of the address, 4 or 16, 0 for none
 * @bytes: the address in network byte order
 * @port: RTP port
 * @rtcp_port: RTCP port, 0 when it shares the RTP port or is not told
 */
struct media_address {
	uint8_t len;
	uint8_t bytes[MEDIA_ADDRESS_BYTES_MAX];
	uint16_t port;
	uint16_t rtcp_port;
};

/* One key, without its value. @mki_text is the identifier in hexadecimal. */
struct media_key {
	uint8_t mki_len;
	char mki_text[2 * NF_SRTP_MKI_MAX + 1];
	uint64_t lifetime;
	uint64_t used_rtp;
	uint64_t used_rtcp;
	bool active;
	bool expired;
	uint32_t age_s;
};

struct media_stream {
	uint32_t ssrc;
	uint32_t roc;
	uint16_t seq;
	uint32_t rtcp_index;
	uint64_t packets;
};

struct media_drop {
	uint32_t reason;
	uint64_t packets;
};

/* One direction. The arrays belong to it; @dropped sums up @drops, @silent_ms needs @heard. */
struct media_direction {
	struct media_key *keys;
	size_t key_count;
	struct media_stream *streams;
	size_t stream_count;
	struct media_drop *drops;
	size_t drop_count;
	uint64_t dropped;
	struct media_drop *monitored;
	size_t monitored_count;
	uint64_t rtp_packets;
	uint64_t rtp_bytes;
	uint64_t rtcp_packets;
	uint64_t rtcp_bytes;
	uint64_t other_packets;
	bool heard;
	uint32_t silent_ms;
};

struct media_session {
	uint32_t id;
	uint32_t suite;
	struct media_address local;
	struct media_address remote;
	bool rtcp_mux;
	struct media_direction tx;
	struct media_direction rx;
	uint32_t hold;
	uint32_t pass;
	uint32_t silence_timeout_ms;
	uint32_t state;
	uint32_t age_s;
};

/* Counters of a session, or of the namespace when @session_id is 0. */
struct media_counters {
	uint32_t session_id;
	struct media_direction tx;
	struct media_direction rx;
};

struct media_range {
	uint16_t first;
	uint16_t last;
};

struct media_policy {
	uint32_t mode;
	struct media_range ranges[NF_SRTP_RANGES_MAX];
	size_t range_count;
	uint32_t pass;
	uint32_t auth_failure_threshold;
	uint32_t replay_threshold;
};

struct media_module {
	char version[32];
	char driver[128];
	char fallback_driver[128];
	bool asynchronous;
	bool accelerated;
	bool self_test;
	bool fips;
	uint32_t sessions;
	uint32_t session_bytes;
};

/* @command is the netlink command of the event; a has_ field tells whether its value was sent. */
struct media_event {
	uint32_t command;
	uint32_t session_id;
	bool has_direction;
	uint32_t direction;
	bool has_ssrc;
	uint32_t ssrc;
	bool has_previous_ssrc;
	uint32_t previous_ssrc;
	bool has_count;
	uint32_t count;
	bool has_cause;
	uint32_t cause;
	bool has_remaining;
	uint64_t remaining;
};

/* A value of a uapi enum or flag set with its word; tables end with a NULL word. */
struct media_name {
	uint32_t value;
	const char *word;
};

extern const struct media_name media_modes[];
extern const struct media_name media_passes[];
extern const struct media_name media_holds[];
extern const struct media_name media_states[];
extern const struct media_name media_contexts[];
extern const struct media_name media_directions[];

/* The word of a value, or "unknown". */
const char *media_word(const struct media_name *names, uint32_t value);

/**
 * media_value - the value of a word
 * @names: table
 * @word: not terminated
 * @len: its bytes
 * @value: set on success
 *
 * Return: false when the table has no such word.
 */
bool media_value(const struct media_name *names, const char *word, size_t len, uint32_t *value);

/**
 * media_address_parse - read "ADDRESS:PORT" or "[IPV6]:PORT"
 * @address: filled in; the RTCP port becomes 0
 * @text: the text
 *
 * Return: false when the text is neither.
 */
bool media_address_parse(struct media_address *address, const char *text);

/* Writes "ADDRESS:PORT" or "[IPV6]:PORT" into @text. */
void media_address_format(const struct media_address *address, char text[MEDIA_ADDRESS_TEXT_MAX]);

/* Writes the address alone into @text. */
void media_ip_format(const struct media_address *address, char text[MEDIA_ADDRESS_TEXT_MAX]);

/* Whether it is the address that means none or all, and whether it is this host alone. */
bool media_address_is_any(const struct media_address *address);
bool media_address_is_loopback(const struct media_address *address);

/* Whether both are the same; an RTCP port of 0 is the same as every one. */
bool media_address_equal(const struct media_address *a, const struct media_address *b);

/* Reads a decimal number from @min to @max and nothing else. */
bool media_number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* Free what a session or counters own; the structure itself stays. */
void media_session_clear(struct media_session *session);
void media_counters_clear(struct media_counters *counters);

#endif
