/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session description as spans of its bytes (RFC 4566): what says where media
 * goes and how it is protected.
 */
#ifndef PHONESEC_SDP_H
#define PHONESEC_SDP_H

#include "reason.h"
#include "splice.h"

enum sdp_limits {
	SDP_MEDIA_MAX = 16,
	SDP_LINES_MAX = 1024,
	/* Crypto attributes of one media line. */
	SDP_CRYPTO_MAX = 16,
};

enum sdp_direction {
	SDP_SENDRECV,
	SDP_SENDONLY,
	SDP_RECVONLY,
	SDP_INACTIVE,
};

enum sdp_profile {
	SDP_PROFILE_OTHER,
	SDP_PROFILE_RTP_AVP,
	SDP_PROFILE_RTP_AVPF,
	SDP_PROFILE_RTP_SAVP,
	SDP_PROFILE_RTP_SAVPF,
};

/**
 * struct sdp_connection - a c= line
 * @line: the whole line with its end, empty without one
 * @address: the address without what stands behind a slash
 * @family: 4 or 6, 0 without an address
 */
struct sdp_connection {
	struct span line;
	struct span address;
	int family;
};

/**
 * struct sdp_media - one media description
 * @whole: from its m= line to before the next one
 * @line: the m= line with its end
 * @kind: audio, video, ...
 * @port: port as written, without a number of ports
 * @port_number: 0 for a media line that was refused or is switched off
 * @profile_name: transport protocol as written
 * @profile: what that is
 * @connection: of this section, else of the session
 * @direction: of this section, else of the session
 * @rtcp_mux: RTCP on the RTP port (RFC 5761)
 * @rtcp_port: of a=rtcp (RFC 3605), 0 without
 * @rtcp_line: that line with its end
 * @crypto: crypto attributes: the lines with their ends, in their order
 * @crypto_count: how many
 */
struct sdp_media {
	struct span whole;
	struct span line;
	struct span kind;
	struct span port;
	unsigned long port_number;
	struct span profile_name;
	enum sdp_profile profile;
	struct sdp_connection connection;
	enum sdp_direction direction;
	bool rtcp_mux;
	unsigned long rtcp_port;
	struct span rtcp_line;
	struct span crypto[SDP_CRYPTO_MAX];
	size_t crypto_count;
};

/**
 * struct sdp - one session description
 * @text: all of it
 * @origin: the address in the o= line
 * @connection: the session's c= line
 * @direction: the session's, sendrecv when it does not say
 * @media: in their order
 * @media_count: how many
 */
struct sdp {
	struct span text;
	struct span origin;
	struct sdp_connection connection;
	enum sdp_direction direction;
	struct sdp_media media[SDP_MEDIA_MAX];
	size_t media_count;
};

/**
 * sdp_parse - find the parts of a session description
 * @sdp: filled in with spans of @text
 * @text: the description; lines end in CRLF or LF
 * @why: on refusal the reason
 *
 * Lines that are not looked at may say anything. There is one description, with one
 * origin, and at most one connection for the session and for each media line.
 *
 * Return: 0, or the -errno of the reason.
 */
int sdp_parse(struct sdp *sdp, struct span text, struct refusal *why);

/* The name of a profile in an m= line. */
const char *sdp_profile_name(enum sdp_profile profile);

/* Whether media under this profile is SRTP. */
bool sdp_profile_is_secure(enum sdp_profile profile);

/* The same profile for RTP and SRTP; what is neither stays. */
enum sdp_profile sdp_profile_secured(enum sdp_profile profile);
enum sdp_profile sdp_profile_cleared(enum sdp_profile profile);

/* The value of a crypto line, as sdes_parse() takes it. */
struct span sdp_crypto_value(struct span line);

#endif
