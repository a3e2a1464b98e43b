// SPDX-License-Identifier: Apache-2.0
#include "call_media.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "sdes_offer.h"

static const enum nf_srtp_suite suites[CALL_MEDIA_SUITES] = {
	NF_SRTP_SUITE_AEAD_AES_256_GCM,
	NF_SRTP_SUITE_AEAD_AES_128_GCM,
};

/* What one line comes to, before all lines are known to be right. */
struct agreement {
	bool active;
	bool secure;
	bool rtcp_mux;
	struct media_address local;
	struct media_address remote;
	struct sdes tx;
	struct sdes rx;
};

static bool is_rtp(enum sdp_profile profile)
{
	return profile != SDP_PROFILE_OTHER;
}

static void offer_clear(struct call_media_line *line)
{
	for (size_t i = 0; i < CALL_MEDIA_SUITES; i++)
		sdes_clear(&line->offers[i]);
	sdes_clear(&line->offer);
	line->offers_count = 0;
	line->offered = false;
	line->offered_address.len = 0;
}

static void line_clear(struct call_media_line *line)
{
	offer_clear(line);
	sdes_clear(&line->tx);
	sdes_clear(&line->rx);
	memset(line, 0, sizeof(*line));
}

void call_media_clear(struct call_media *media)
{
	for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
		line_clear(&media->lines[i]);
	media->count = 0;
}

/* The address of a line; its RTCP port is the next one unless it says otherwise. */
static int address_read(const struct sdp_media *line, struct media_address *address,
			struct refusal *why)
{
	char text[INET6_ADDRSTRLEN] = "";
	int family = line->connection.family == 6 ? AF_INET6 : AF_INET;

	*address = (struct media_address){ .len = family == AF_INET6 ? 16 : 4 };
	if (!line->connection.family)
		return refusal_set(why, REASON_MEDIA_ADDRESS, "%s", "");
	if (line->connection.address.len < sizeof(text))
		memcpy(text, line->connection.address.at, line->connection.address.len);
	if (inet_pton(family, text, address->bytes) != 1)
		return refusal_set(why, REASON_MEDIA_ADDRESS, "%s", text);
	if (line->port_number == UINT16_MAX && !line->rtcp_port)
		return refusal_set(why, REASON_MEDIA_ADDRESS, "no port for RTCP");
	address->port = (uint16_t)line->port_number;
	address->rtcp_port = (uint16_t)(line->rtcp_port ?: line->port_number + 1);
	return 0;
}

/*
 * The program's address: on loopback it means this phone, and without one (hold)
 * it stays what it was.
 */
static int inside_address(const struct call_media *media, const struct call_media_line *line,
			  const struct sdp_media *sdp, struct media_address *address,
			  struct refusal *why)
{
	const struct media_address *instead = &media->phone;
	int err = address_read(sdp, address, why);

	if (err || (!media_address_is_loopback(address) && !media_address_is_any(address)))
		return err;
	if (media_address_is_any(address) && line->local.len)
		instead = &line->local;
	address->len = instead->len;
	memcpy(address->bytes, instead->bytes, sizeof(address->bytes));
	return 0;
}

static bool span_is_loopback(struct span address)
{
	return (address.len > 4 && !memcmp(address.at, "127.", 4)) || span_is(address, "::1");
}

/* "IP4 127.0.0.1" would send the far end's media to itself. */
static void loopback_replace(const struct call_media *media, struct span address,
			     struct splice *splice)
{
	char text[MEDIA_ADDRESS_TEXT_MAX];
	const char *type = media->phone.len == 4 ? "IP4 " : "IP6 ";
	struct span type_before = { address.at - 4, 4 };

	if (!span_is_loopback(address) ||
	    (!span_is(type_before, "IP4 ") && !span_is(type_before, "IP6 ")))
		return;
	media_ip_format(&media->phone, text);
	splice_replace(splice, (struct span){ type_before.at, address.len + 4 }, "%s%s", type,
		       text);
}

static void loopbacks_replace(const struct call_media *media, const struct sdp *sdp,
			      struct splice *splice)
{
	loopback_replace(media, sdp->origin, splice);
	if (sdp->connection.family)
		loopback_replace(media, sdp->connection.address, splice);
	for (size_t i = 0; i < sdp->media_count; i++) {
		const struct sdp_connection *own = &sdp->media[i].connection;

		if (own->family && own->line.at != sdp->connection.line.at)
			loopback_replace(media, own->address, splice);
	}
}

static void profile_replace(const struct sdp_media *line, enum sdp_profile profile,
			    struct splice *splice)
{
	if (is_rtp(profile) && profile != line->profile)
		splice_replace(splice, line->profile_name, "%s", sdp_profile_name(profile));
}

static void keys_remove(const struct sdp_media *line, struct splice *splice)
{
	for (size_t i = 0; i < line->crypto_count; i++)
		splice_put(splice, line->crypto[i], (struct span){ "", 0 });
}

/* At the end of the section, where attributes go. */
static void key_insert(const struct sdp_media *line, const struct sdes *sdes,
		       struct splice *splice)
{
	struct span end = { line->whole.at + line->whole.len, 0 };
	const char *newline = end.at[-1] == '\n' ? "" : "\r\n";
	char text[SDES_TEXT_MAX];

	sdes_write(sdes, text);
	splice_replace(splice, end, "%s%s%s", newline, text, *newline ? "" : "\r\n");
	explicit_bzero(text, sizeof(text));
}

static void line_switch_off(struct call_media_line *line, const struct sdp_media *sdp,
			    struct splice *splice)
{
	splice_replace(splice, sdp->port, "0");
	line->offered_address.len = 0;
}

/* Keys to offer: the one in force first, so that its stream goes on. */
static int keys_offer(const struct call_media *media, struct call_media_line *line,
		      struct refusal *why)
{
	/* RTCP on another port would begin its indices anew under the same key. */
	bool keep = line->secure && !media->rekey &&
		    (line->offered_mux || !line->rtcp_mux) &&
		    media_address_equal(&line->local, &line->offered_address);

	if (keep && sdes_copy(&line->offers[line->offers_count++], &line->tx))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	for (size_t i = 0; i < CALL_MEDIA_SUITES; i++) {
		struct sdes *offer = &line->offers[line->offers_count];
		int err;

		if (keep && suites[i] == line->tx.suite)
			continue;
		err = sdes_create(offer, 0, suites[i], why);
		if (err)
			return err;
		line->offers_count++;
	}
	for (size_t i = 0; i < line->offers_count; i++)
		line->offers[i].tag = (uint32_t)i + 1;
	return 0;
}

static int line_offer_out(const struct call_media *media, struct call_media_line *line,
			  const struct sdp_media *sdp, struct splice *splice,
			  struct refusal *why)
{
	int err;

	line->offered = true;
	line->offered_mux = sdp->rtcp_mux;
	line->offered_profile = sdp->profile;
	if (sdp_profile_is_secure(sdp->profile) || sdp->crypto_count)
		return refusal_set(why, REASON_MEDIA_SECURE_INSIDE, "%s", "");
	if (media->policy != CALL_MEDIA_OFF)
		line->offered_profile = sdp_profile_secured(sdp->profile);
	profile_replace(sdp, line->offered_profile, splice);
	if (!sdp->port_number)
		return 0;
	err = inside_address(media, line, sdp, &line->offered_address, why);
	if (err || media->policy == CALL_MEDIA_OFF)
		return err;
	if (!is_rtp(sdp->profile)) {
		if (media->policy == CALL_MEDIA_REQUIRED)
			line_switch_off(line, sdp, splice);
		return 0;
	}
	err = keys_offer(media, line, why);
	for (size_t i = 0; i < line->offers_count && !err; i++)
		key_insert(sdp, &line->offers[i], splice);
	return err;
}

/* A new offer takes the place of one that was never answered. */
static void offer_begin(struct call_media *media, size_t count)
{
	for (size_t i = 0; i < media->count; i++)
		offer_clear(&media->lines[i]);
	if (media->count < count)
		media->count = count;
}

int call_media_offer_out(struct call_media *media, const struct sdp *sdp,
			 struct splice *splice, struct refusal *why)
{
	int err = 0;

	offer_begin(media, sdp->media_count);
	loopbacks_replace(media, sdp, splice);
	for (size_t i = 0; i < sdp->media_count && !err; i++)
		err = line_offer_out(media, &media->lines[i], &sdp->media[i], splice, why);
	return err;
}

/* A key of the far end: SRTCP is encrypted, and what we sent under cannot come back as its. */
static int key_read(const struct call_media_line *line, struct span crypto, struct sdes *key,
		    struct refusal *why)
{
	struct span value = sdp_crypto_value(crypto);
	int err = sdes_parse(key, value.at, value.len, why);

	if (err)
		return err;
	if (key->unencrypted_srtcp)
		err = refusal_set(why, REASON_SDES_UNENCRYPTED_SRTCP, "%s", "");
	else if (line->secure && secret_equal(line->tx.master, key->master))
		err = refusal_set(why, REASON_MEDIA_KEY_RETURNED, "%s", "");
	if (err)
		sdes_clear(key);
	return err;
}

static const struct sdes *offer_of_tag(const struct call_media_line *line, uint32_t tag)
{
	for (size_t i = 0; i < line->offers_count; i++)
		if (line->offers[i].tag == tag)
			return &line->offers[i];
	return NULL;
}

/* The one key of an answer, and ours that it belongs to (RFC 4568 section 7.1.3). */
static int keys_answered(const struct call_media_line *line, const struct sdp_media *sdp,
			 struct agreement *agreed, struct refusal *why)
{
	const struct sdes *ours;
	int err;

	if (sdp->crypto_count != 1)
		return refusal_set(why, REASON_MEDIA_CHOICE, "%zu crypto attributes",
				   sdp->crypto_count);
	err = key_read(line, sdp->crypto[0], &agreed->rx, why);
	if (err)
		return err;
	ours = offer_of_tag(line, agreed->rx.tag);
	if (!ours || ours->suite != agreed->rx.suite)
		return refusal_set(why, REASON_MEDIA_CHOICE, "tag %u", agreed->rx.tag);
	if (secret_equal(ours->master, agreed->rx.master))
		return refusal_set(why, REASON_MEDIA_KEY_RETURNED, "%s", "");
	if (sdes_copy(&agreed->tx, ours))
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	agreed->secure = true;
	return 0;
}

/* Where the far end wants its media; without an address (hold) it stays where it was. */
static int outside_address(const struct call_media_line *line, const struct sdp_media *sdp,
			   struct media_address *address, struct refusal *why)
{
	int err = address_read(sdp, address, why);

	if (!err && media_address_is_any(address)) {
		if (!line->remote.len)
			return refusal_set(why, REASON_MEDIA_ADDRESS, "%s", "");
		memcpy(address->bytes, line->remote.bytes, sizeof(address->bytes));
		address->len = line->remote.len;
	}
	return err;
}

/* An answer switches nothing on, and nothing into something else (RFC 3264 section 6). */
static int answer_check(const struct call_media_line *line, const struct sdp_media *sdp,
			struct refusal *why)
{
	if (line->offered_address.len && is_rtp(sdp->profile) == is_rtp(line->offered_profile))
		return 0;
	return refusal_set(why, REASON_MEDIA_LINES, "one that was not offered");
}

static int line_answer_in(const struct call_media *media, const struct call_media_line *line,
			  const struct sdp_media *sdp, struct splice *splice,
			  struct agreement *agreed, struct refusal *why)
{
	int err;

	profile_replace(sdp, sdp_profile_cleared(sdp->profile), splice);
	keys_remove(sdp, splice);
	if (!sdp->port_number)
		return 0;
	err = answer_check(line, sdp, why);
	if (err || !is_rtp(sdp->profile))
		return err;
	agreed->active = true;
	agreed->local = line->offered_address;
	agreed->rtcp_mux = line->offered_mux && sdp->rtcp_mux;
	err = outside_address(line, sdp, &agreed->remote, why);
	if (err)
		return err;
	if (line->offers_count && sdp->crypto_count)
		return keys_answered(line, sdp, agreed, why);
	if (sdp_profile_is_secure(sdp->profile))
		return refusal_set(why, REASON_MEDIA_CHOICE, "no crypto attribute");
	if (media->policy == CALL_MEDIA_REQUIRED)
		return refusal_set(why, REASON_MEDIA_NOT_SECURE, "%s", "");
	return 0;
}

static bool key_is_new(const struct call_media_line *line, const struct sdes *old,
		       const struct sdes *new)
{
	return !line->secure || old->suite != new->suite ||
	       !secret_equal(old->master, new->master);
}

/* Everything is right: what was agreed on is in force. Keys change hands. */
static void line_commit(struct call_media_line *line, struct agreement *agreed)
{
	if (agreed->rtcp_mux)
		agreed->local.rtcp_port = agreed->remote.rtcp_port = 0;
	line->tx_new = agreed->secure && key_is_new(line, &line->tx, &agreed->tx);
	line->rx_new = agreed->secure && key_is_new(line, &line->rx, &agreed->rx);
	line->moved = agreed->active && (!media_address_equal(&line->local, &agreed->local) ||
					 !media_address_equal(&line->remote, &agreed->remote));
	sdes_clear(&line->tx);
	sdes_clear(&line->rx);
	line->tx = agreed->tx;
	line->rx = agreed->rx;
	memset(&agreed->tx, 0, sizeof(agreed->tx));
	memset(&agreed->rx, 0, sizeof(agreed->rx));
	line->secure = agreed->secure;
	line->active = agreed->active;
	line->rtcp_mux = agreed->rtcp_mux;
	if (agreed->active) {
		line->local = agreed->local;
		line->remote = agreed->remote;
	}
	offer_clear(line);
}

static void agreements_end(struct call_media *media, struct agreement *agreed, size_t count,
			   bool commit)
{
	for (size_t i = 0; i < count; i++) {
		if (commit)
			line_commit(&media->lines[i], &agreed[i]);
		sdes_clear(&agreed[i].tx);
		sdes_clear(&agreed[i].rx);
	}
}

/* An answer has the lines of its offer (RFC 3264 section 6). */
static int lines_compare(const struct call_media *media, const struct sdp *sdp,
			 struct refusal *why)
{
	size_t offered = 0;

	while (offered < media->count && media->lines[offered].offered)
		offered++;
	if (offered == sdp->media_count)
		return 0;
	return refusal_set(why, REASON_MEDIA_LINES, "%zu for %zu", sdp->media_count, offered);
}

int call_media_answer_in(struct call_media *media, const struct sdp *sdp,
			 struct splice *splice, struct refusal *why)
{
	struct agreement agreed[SDP_MEDIA_MAX] = { 0 };
	int err = lines_compare(media, sdp, why);

	for (size_t i = 0; i < sdp->media_count && !err; i++)
		err = line_answer_in(media, &media->lines[i], &sdp->media[i], splice,
				     &agreed[i], why);
	agreements_end(media, agreed, sdp->media_count, !err);
	return err;
}

static size_t suite_rank(enum nf_srtp_suite suite)
{
	size_t rank = 0;

	while (rank < CALL_MEDIA_SUITES && suites[rank] != suite)
		rank++;
	return rank;
}

/* The best of the keys offered; the reason is that of the first when none can be used. */
static int keys_choose(struct call_media_line *line, const struct sdp_media *sdp,
		       struct refusal *why)
{
	struct refusal first = { 0 }, now;
	struct sdes key;

	for (size_t i = 0; i < sdp->crypto_count; i++) {
		if (key_read(line, sdp->crypto[i], &key, &now)) {
			if (!first.code)
				first = now;
			continue;
		}
		if (!line->offer.master ||
		    suite_rank(key.suite) < suite_rank(line->offer.suite)) {
			sdes_clear(&line->offer);
			line->offer = key;
		} else {
			sdes_clear(&key);
		}
	}
	if (line->offer.master)
		return 0;
	if (!first.code)
		refusal_set(&first, REASON_MEDIA_NOT_SECURE, "%s", "");
	*why = first;
	return -reason_words(first.code)->error;
}

/* Whether the line may be answered as it is; else @why tells. */
static int line_offer_judge(const struct call_media *media, struct call_media_line *line,
			    const struct sdp_media *sdp, struct refusal *why)
{
	bool secure = sdp_profile_is_secure(sdp->profile) ||
		      (is_rtp(sdp->profile) && sdp->crypto_count);
	int err = outside_address(line, sdp, &line->offered_address, why);

	if (err)
		return err;
	if (secure && media->policy != CALL_MEDIA_OFF) {
		err = keys_choose(line, sdp, why);
		/* Keys beside RTP are an offer of either (X-cisco-srtp-fallback). */
		if (!err || media->policy == CALL_MEDIA_REQUIRED ||
		    sdp_profile_is_secure(sdp->profile))
			return err;
		return 0;
	}
	if (media->policy == CALL_MEDIA_REQUIRED || sdp_profile_is_secure(sdp->profile))
		return refusal_set(why, REASON_MEDIA_NOT_SECURE, "%s", "");
	return 0;
}

int call_media_offer_in(struct call_media *media, const struct sdp *sdp,
			struct splice *splice, struct refusal *why)
{
	struct refusal first = { 0 }, now = { 0 };
	size_t wanted = 0, allowed = 0;

	offer_begin(media, sdp->media_count);
	for (size_t i = 0; i < sdp->media_count; i++) {
		const struct sdp_media *offer = &sdp->media[i];
		struct call_media_line *line = &media->lines[i];

		line->offered = true;
		line->offered_profile = offer->profile;
		line->offered_mux = offer->rtcp_mux;
		profile_replace(offer, sdp_profile_cleared(offer->profile), splice);
		keys_remove(offer, splice);
		if (!offer->port_number)
			continue;
		wanted++;
		if (!line_offer_judge(media, line, offer, &now)) {
			allowed++;
			continue;
		}
		line_switch_off(line, offer, splice);
		if (!first.code)
			first = now;
	}
	if (!wanted || allowed)
		return 0;
	*why = first;
	return -reason_words(first.code)->error;
}

/*
 * Our key for an answer: the one in force, as long as nothing else changes. A far
 * end with another key or address may be another one, who is to learn no old key.
 */
static int key_answer(const struct call_media *media, const struct call_media_line *line,
		      struct agreement *agreed, struct refusal *why)
{
	bool keep = line->secure && !media->rekey && line->rx.suite == line->offer.suite &&
		    secret_equal(line->rx.master, line->offer.master) &&
		    line->rtcp_mux == agreed->rtcp_mux &&
		    media_address_equal(&line->remote, &agreed->remote) &&
		    media_address_equal(&line->local, &agreed->local);
	int err;

	if (keep)
		err = sdes_copy(&agreed->tx, &line->tx) ?
		      refusal_set(why, REASON_NO_MEMORY, "%s", "") : 0;
	else
		err = sdes_create(&agreed->tx, line->offer.tag, line->offer.suite, why);
	agreed->tx.tag = line->offer.tag;
	if (!err && sdes_copy(&agreed->rx, &line->offer))
		err = refusal_set(why, REASON_NO_MEMORY, "%s", "");
	/* A far end that offers our own key back would have both of us use it. */
	if (!err && secret_equal(agreed->tx.master, agreed->rx.master))
		err = refusal_set(why, REASON_MEDIA_KEY_RETURNED, "%s", "");
	agreed->secure = !err;
	return err;
}

static int line_answer_out(const struct call_media *media, const struct call_media_line *line,
			   const struct sdp_media *sdp, struct splice *splice,
			   struct agreement *agreed, struct refusal *why)
{
	int err;

	if (sdp_profile_is_secure(sdp->profile) || sdp->crypto_count)
		return refusal_set(why, REASON_MEDIA_SECURE_INSIDE, "%s", "");
	profile_replace(sdp, line->offered_profile, splice);
	if (!sdp->port_number)
		return 0;
	if (!line->offer.master && media->policy == CALL_MEDIA_REQUIRED)
		return refusal_set(why, REASON_MEDIA_NOT_SECURE, "%s", "");
	err = answer_check(line, sdp, why);
	if (err || !is_rtp(sdp->profile))
		return err;
	err = inside_address(media, line, sdp, &agreed->local, why);
	if (err)
		return err;
	agreed->active = true;
	agreed->remote = line->offered_address;
	agreed->rtcp_mux = line->offered_mux && sdp->rtcp_mux;
	if (!line->offer.master)
		return 0;
	err = key_answer(media, line, agreed, why);
	if (!err)
		key_insert(sdp, &agreed->tx, splice);
	return err;
}

int call_media_answer_out(struct call_media *media, const struct sdp *sdp,
			  struct splice *splice, struct refusal *why)
{
	struct agreement agreed[SDP_MEDIA_MAX] = { 0 };
	int err = lines_compare(media, sdp, why);

	loopbacks_replace(media, sdp, splice);
	for (size_t i = 0; i < sdp->media_count && !err; i++)
		err = line_answer_out(media, &media->lines[i], &sdp->media[i], splice,
				      &agreed[i], why);
	agreements_end(media, agreed, sdp->media_count, !err);
	return err;
}
