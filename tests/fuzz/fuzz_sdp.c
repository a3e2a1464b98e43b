// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/sdp.c userspace/lib/splice.c userspace/lib/reason.c */
/* Session descriptions: parsed parts lie in the text, and media are put together again whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/sdp.h"

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
	} else {
		DEMAND(why.position <= len + 1);
	}
	free(text);
	return 0;
}
