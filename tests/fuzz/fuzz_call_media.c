// SPDX-License-Identifier: Apache-2.0
/* seconds: 15 */
/* sources: userspace/lib/sdp.c userspace/lib/splice.c userspace/lib/reason.c */
/* sources: userspace/lib/call_media.c userspace/lib/call_media_copy.c */
/* sources: userspace/lib/sdes_offer.c userspace/lib/sdes.c */
/* sources: userspace/lib/secret.c userspace/lib/media.c */
/*
 * Offers and answers of one call in any order, with a far end that offers what it likes:
 * nothing plain goes outside where SRTP is required, no key comes inside, no key serves both
 * directions, and what was agreed on stays as it was when anything is refused.
 */
#include <stdio.h>
#include <string.h>

#include "../../userspace/lib/call_media.h"
#include "../../userspace/lib/sdes_offer.h"
#include "fuzz_input.h"

enum { STEPS_MAX = 12, TEXT_MAX = 16384 };

static const char *const addresses[] = {
	"IP4 192.0.2.1", "IP4 127.0.0.1", "IP4 0.0.0.0", "IP6 2001:db8::1", "IP6 ::1", "IP4 a.b",
};
static const char *const profiles[] = {
	"RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "udptl",
};
static const char *const attributes[] = {
	"", "a=sendonly\r\n", "a=inactive\r\n", "a=rtcp-mux\r\n", "a=rtcp:7000\r\n",
};
#define KEY_256 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis"
static const char *const keys[] = {
	"",
	"AEAD_AES_256_GCM inline:" KEY_256 "=",
	"AEAD_AES_256_GCM inline:B" KEY_256,
	"AEAD_AES_256_GCM inline://79" "AwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKis",
	"AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw|2^20|1:4",
	"AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
	"AEAD_AES_256_GCM inline:" KEY_256 " UNENCRYPTED_SRTCP",
	"AEAD_AES_256_GCM inline:" KEY_256 " UNENCRYPTED_SRTP",
};

#define PICK(list, input) ((list)[fuzz_u8(input) % (sizeof(list) / sizeof((list)[0]))])

static struct call_media media;
static struct sdp sdp, again;
static char said[TEXT_MAX];

typedef int step(struct call_media *media, const struct sdp *sdp, struct splice *splice,
		 struct refusal *why);

static void line_write(struct fuzz_input *input, char *text, bool far_end)
{
	u8 what = fuzz_u8(input);
	char *to = text + strlen(text);

	to += sprintf(to, "m=audio %u %s 0\r\n%s%s", what & 1 ? 0 : 5000 + 2u * (what >> 4),
		      far_end || what & 2 ? PICK(profiles, input) : profiles[0],
		      PICK(attributes, input), PICK(attributes, input));
	if (what & 4)
		to += sprintf(to, "c=IN %s\r\n", PICK(addresses, input));
	for (u32 i = 0; far_end && i < (what >> 3 & 3); i++) {
		const char *key = PICK(keys, input), *ours = strstr(said, "a=crypto:");

		/* One that we said, or one of its own. */
		if (*key)
			to += sprintf(to, "a=crypto:%u %s\r\n", 1 + fuzz_u8(input) % 3u, key);
		else if (ours)
			to += sprintf(to, "%.*s\r\n", (int)strcspn(ours, "\r"), ours);
	}
}

static void description_write(struct fuzz_input *input, char text[TEXT_MAX], bool far_end)
{
	u32 lines = 1 + fuzz_u8(input) % 3;

	sprintf(text, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN %s\r\nt=0 0\r\n",
		PICK(addresses, input));
	for (u32 i = 0; i < lines; i++)
		line_write(input, text, far_end);
}

static bool sdes_same(const struct sdes *a, const struct sdes *b)
{
	if (!a->master || !b->master)
		return a->master == b->master;
	return a->suite == b->suite && secret_equal(a->master, b->master);
}

/* What is in force, to be compared afterwards. */
struct agreed {
	bool secure;
	bool active;
	struct sdes tx;
	struct sdes rx;
};

static void agreed_take(struct agreed *agreed, const struct call_media_line *line)
{
	memset(agreed, 0, sizeof(*agreed));
	agreed->secure = line->secure;
	agreed->active = line->active;
	if (line->tx.master)
		fuzz_assert(!sdes_copy(&agreed->tx, &line->tx));
	if (line->rx.master)
		fuzz_assert(!sdes_copy(&agreed->rx, &line->rx));
}

static void lines_check(void)
{
	for (size_t i = 0; i < media.count; i++) {
		const struct call_media_line *line = &media.lines[i];

		fuzz_assert(!line->secure || (line->tx.master && line->rx.master));
		fuzz_assert(!line->secure || !secret_equal(line->tx.master, line->rx.master));
		fuzz_assert(!line->secure || line->tx.suite == line->rx.suite);
		fuzz_assert(!line->secure || !line->rx.unencrypted_srtcp);
		fuzz_assert(!line->active || line->local.len);
		fuzz_assert(!line->active || line->remote.len);
		if (media.policy == CALL_MEDIA_REQUIRED)
			fuzz_assert(!line->active || line->secure);
		if (media.policy == CALL_MEDIA_OFF)
			fuzz_assert(!line->secure);
	}
}

/* What is said to either side. */
static void said_check(bool inwards, bool is_offer)
{
	struct refusal why;

	fuzz_assert(!sdp_parse(&again, (struct span){ said, strlen(said) }, &why));
	fuzz_assert(again.media_count == sdp.media_count);
	for (size_t i = 0; i < again.media_count; i++) {
		const struct sdp_media *line = &again.media[i];

		if (inwards) {
			fuzz_assert(!line->crypto_count);
			fuzz_assert(!sdp_profile_is_secure(line->profile));
		} else if (media.policy == CALL_MEDIA_REQUIRED && line->port_number) {
			/* An offer of keys beside RTP is answered as it was made. */
			fuzz_assert(line->crypto_count);
			fuzz_assert(!is_offer || sdp_profile_is_secure(line->profile));
			fuzz_assert(is_offer || line->crypto_count == 1);
		}
	}
}

static void take(step *one, const char *text, bool inwards, bool is_offer)
{
	static struct agreed before[SDP_MEDIA_MAX];
	struct span from = { text, strlen(text) }, to;
	size_t count = media.count;
	struct refusal why = { 0 };
	struct splice *splice;
	int err;

	if (sdp_parse(&sdp, from, &why))
		return;
	for (size_t i = 0; i < count; i++)
		agreed_take(&before[i], &media.lines[i]);
	splice = splice_new(from);
	err = one(&media, &sdp, splice, &why);
	fuzz_assert(!err || err == -reason_words(why.code)->error);
	if (!err && !splice_finish(splice, &to)) {
		fuzz_assert(to.len < sizeof(said));
		memcpy(said, to.at, to.len + 1);
		text_free(&to);
		said_check(inwards, is_offer);
	}
	splice_free(splice);
	lines_check();
	for (size_t i = 0; i < count; i++) {
		/* Only an answer that was taken changes anything. */
		if (err || is_offer) {
			fuzz_assert(before[i].secure == media.lines[i].secure);
			fuzz_assert(before[i].active == media.lines[i].active);
			fuzz_assert(sdes_same(&before[i].tx, &media.lines[i].tx));
			fuzz_assert(sdes_same(&before[i].rx, &media.lines[i].rx));
		}
		sdes_clear(&before[i].tx);
		sdes_clear(&before[i].rx);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static char offer[TEXT_MAX], answer[TEXT_MAX];
	struct fuzz_input input = { data, len };

	media.policy = fuzz_u8(&input) % 3;
	media.rekey = false;
	said[0] = '\0';
	fuzz_assert(media_address_parse(&media.phone, "192.0.2.1:9"));
	for (u32 i = 0; i < STEPS_MAX && input.len; i++) {
		u8 kind = fuzz_u8(&input);
		bool ours = kind & 1;

		media.rekey = kind & 2;
		if (!(kind & 4)) {
			description_write(&input, offer, !ours);
			take(ours ? call_media_offer_out : call_media_offer_in, offer, !ours, true);
		}
		if (!(kind & 8)) {
			description_write(&input, answer, ours);
			take(ours ? call_media_answer_in : call_media_answer_out, answer, ours,
			     false);
		}
	}
	call_media_clear(&media);
	return 0;
}
