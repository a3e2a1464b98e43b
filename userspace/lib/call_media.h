/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offer and answer (RFC 3264) between a program that knows RTP alone and a far
 * end that is to use SRTP: what is said to either, and what media it comes to.
 *
 * "Inside" is the program, "outside" the call manager. Descriptions from inside
 * get crypto attributes, those from outside lose them.
 */
#ifndef PHONESEC_CALL_MEDIA_H
#define PHONESEC_CALL_MEDIA_H

#include "media.h"
#include "sdes.h"
#include "sdp.h"

enum call_media_policy {
	CALL_MEDIA_REQUIRED, /* SRTP or no call */
	CALL_MEDIA_PREFERRED, /* SRTP where the far end takes it */
	CALL_MEDIA_OFF, /* RTP */
};

enum { CALL_MEDIA_SUITES = 2 };

/**
 * struct call_media_line - one media line of a call
 * @secure: SRTP was agreed on; else RTP, or no media at all
 * @active: ports are agreed on
 * @local: the program's address, the phone's where it said loopback
 * @remote: the far end's address; that of before when it said none (hold)
 * @rtcp_mux: both share the ports
 * @tx, @rx: what was agreed on, keys included
 * @tx_new, @rx_new: the key is another one than the last agreement's
 * @moved: an address is another one
 * @offered: an offer waits for its answer; what follows belongs to it
 * @offered_profile: its profile outside
 * @offered_address: where its sender wants its media; none where the line is off
 * @offered_mux: it wants RTCP on the RTP port
 * @offers: our keys in it, the one to be preferred first
 * @offers_count: how many; 0 where the media is to be RTP
 * @offer: of the far end's keys the one that we take; no master where it is RTP
 */
struct call_media_line {
	bool secure;
	bool active;
	struct media_address local;
	struct media_address remote;
	bool rtcp_mux;
	struct sdes tx;
	struct sdes rx;
	bool tx_new;
	bool rx_new;
	bool moved;

	bool offered;
	enum sdp_profile offered_profile;
	struct media_address offered_address;
	bool offered_mux;
	struct sdes offers[CALL_MEDIA_SUITES];
	size_t offers_count;
	struct sdes offer;
};

/**
 * struct call_media - the media of one call
 * @policy: what is agreed to
 * @rekey: keys in force are not used in another offer or answer
 * @phone: the phone's address towards the far end, for programs that say loopback
 * @lines: as many as the last offer had
 * @count: how many
 */
struct call_media {
	enum call_media_policy policy;
	bool rekey;
	struct media_address phone;
	struct call_media_line lines[SDP_MEDIA_MAX];
	size_t count;
};

/**
 * call_media_copy - the same media once more, keys included
 * @copy: filled in; on success the caller owes it call_media_clear()
 * @media: what to copy
 *
 * A fork of a call begins with what was offered to all of them.
 *
 * Return: 0, or the -errno of the reason.
 */
int call_media_copy(struct call_media *copy, const struct call_media *media,
		    struct refusal *why);

/* Destroys all keys. */
void call_media_clear(struct call_media *media);

/**
 * call_media_offer_out - secure the program's offer
 * @media: the call's media
 * @sdp: the offer
 * @splice: of its text; what is to be changed is added
 * @why: on refusal the reason
 *
 * A key that is in force is offered again as long as the program's address stays
 * (RFC 4568 section 7.1.4). Nothing that was agreed on changes before the answer.
 *
 * Return: 0, or the -errno of the reason.
 */
int call_media_offer_out(struct call_media *media, const struct sdp *sdp,
			 struct splice *splice, struct refusal *why);

/* The far end's answer to it: keys are taken, and taken out. */
int call_media_answer_in(struct call_media *media, const struct sdp *sdp,
			 struct splice *splice, struct refusal *why);

/*
 * The far end's offer: a key is chosen, and none reaches the program. Lines that
 * the policy does not allow are switched off; when none is left it is refused.
 */
int call_media_offer_in(struct call_media *media, const struct sdp *sdp,
			struct splice *splice, struct refusal *why);

/* The program's answer to it: it gets the key of our direction. */
int call_media_answer_out(struct call_media *media, const struct sdp *sdp,
			  struct splice *splice, struct refusal *why);

#endif
