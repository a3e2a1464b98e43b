// SPDX-License-Identifier: Apache-2.0
/* seconds: 15 */
/* sources: userspace/lib/sdp.c userspace/lib/splice.c userspace/lib/reason.c */
/* sources: userspace/lib/call_media.c userspace/lib/call_media_copy.c */
/* sources: userspace/lib/sdes_offer.c userspace/lib/sdes.c */
/* sources: userspace/lib/secret.c userspace/lib/media.c */
/*
 * Session descriptions: parsed parts lie in the text, media are put together again
 * whole, and no key of an offer or answer comes inside.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/call_media.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static struct sdp sdp, again;

static bool is_inside(struct span span, struct span text)
{
	return span.at >= text.at && span.at + span.len <= text.at + text.len;
}

static void check_media(const struct sdp_media *media)
{
	DEMAND(is_inside(media->whole, sdp.text));
	DEMAND(is_inside(media->line, media->whole));
	DEMAND(is_inside(media->port, media->line));
	DEMAND(is_inside(media->profile_name, media->line));
	DEMAND(media->port_number <= 65535 && media->rtcp_port <= 65535);
	DEMAND(media->crypto_count <= SDP_CRYPTO_MAX);
	for (size_t i = 0; i < media->crypto_count; i++)
		DEMAND(is_inside(media->crypto[i], media->whole));
}

/* With other profiles and without keys it is the same description. */
static void secure(void)
{
	struct splice *splice = splice_new(sdp.text);
	struct refusal why;
	struct span text;

	for (size_t i = 0; i < sdp.media_count; i++) {
		const struct sdp_media *media = &sdp.media[i];

		splice_replace(splice, media->profile_name, "RTP/SAVP");
		for (size_t j = 0; j < media->crypto_count; j++)
			splice_put(splice, media->crypto[j], (struct span){ "", 0 });
	}
	DEMAND(!splice_finish(splice, &text));
	DEMAND(!sdp_parse(&again, text, &why));
	DEMAND(again.media_count == sdp.media_count);
	for (size_t i = 0; i < again.media_count; i++) {
		DEMAND(again.media[i].profile == SDP_PROFILE_RTP_SAVP);
		DEMAND(!again.media[i].crypto_count);
		DEMAND(again.media[i].port_number == sdp.media[i].port_number);
		DEMAND(again.media[i].direction == sdp.media[i].direction);
	}
	text_free(&text);
	splice_free(splice);
}

typedef int step(struct call_media *media, const struct sdp *sdp, struct splice *splice,
		 struct refusal *why);

/* One half of an exchange; what it says to the program holds no key and is no SRTP. */
static bool take(step *one, struct call_media *media, const struct sdp *from, bool inwards)
{
	struct splice *splice = splice_new(from->text);
	struct refusal why = { 0 };
	bool taken = !one(media, from, splice, &why);
	struct span text;

	if (taken && !splice_finish(splice, &text)) {
		DEMAND(!sdp_parse(&again, text, &why));
		for (size_t i = 0; i < again.media_count && inwards; i++) {
			DEMAND(!again.media[i].crypto_count);
			DEMAND(!sdp_profile_is_secure(again.media[i].profile));
		}
		text_free(&text);
	}
	splice_free(splice);
	return taken;
}

/* The description as what the far end says, against a program that has one audio line. */
static void exchange(enum call_media_policy policy)
{
	static const char program[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		"c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n";
	static struct call_media media;
	static struct sdp ours;
	struct refusal why;

	media.policy = policy;
	media.phone.len = 4;
	DEMAND(!sdp_parse(&ours, (struct span){ program, sizeof(program) - 1 }, &why));
	if (take(call_media_offer_out, &media, &ours, false))
		take(call_media_answer_in, &media, &sdp, true);
	if (take(call_media_offer_in, &media, &sdp, true))
		take(call_media_answer_out, &media, &ours, false);
	for (size_t i = 0; i < media.count && policy == CALL_MEDIA_REQUIRED; i++)
		DEMAND(!media.lines[i].active || media.lines[i].secure);
	call_media_clear(&media);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len ? len : 1);
	struct refusal why = { 0 };

	if (len)
		memcpy(text, data, len);
	if (!sdp_parse(&sdp, (struct span){ text, len }, &why)) {
		for (size_t i = 0; i < sdp.media_count; i++)
			check_media(&sdp.media[i]);
		secure();
		exchange(CALL_MEDIA_REQUIRED);
		exchange(CALL_MEDIA_PREFERRED);
	} else {
		DEMAND(why.position <= len + 1);
	}
	free(text);
	return 0;
}
