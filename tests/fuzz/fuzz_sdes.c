// SPDX-License-Identifier: Apache-2.0
/* seconds: 15 */
/* sources: userspace/lib/sdes.c userspace/lib/secret.c userspace/lib/reason.c */
/* sources: userspace/phonesec/key_lines.c userspace/lib/sdes_offer.c */
/*
 * Key text, the one thing that others write and the helper parses by hand: as one
 * crypto attribute, which is written and read again, and as key lines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/sdes_offer.h"
#include "../../userspace/phonesec/key_lines.h"

#define DEMAND(condition) do { if (!(condition)) abort(); } while (0)

static void check_key(const struct sdes *sdes)
{
	DEMAND(secret_len(sdes->master) == sdes_master_len(sdes->suite));
	DEMAND(sdes->lifetime >= 1 && sdes->lifetime <= SDES_LIFETIME_MAX);
	DEMAND(sdes->mki_len <= NF_SRTP_MKI_MAX);
	DEMAND(!sdes->window || sdes->window >= 64);
	DEMAND(sdes->tag <= 999999999);
}

/* What is written of an attribute is read as the same one, with its key padded. */
static void check_round_trip(const struct sdes *sdes)
{
	char text[SDES_TEXT_MAX], again[SDES_TEXT_MAX];
	struct refusal why;
	struct sdes back;
	size_t len;

	/* Of ours, none has a longer identifier. */
	if (sdes->mki_len > 8)
		return;
	len = sdes_write(sdes, text);
	DEMAND(len == strlen(text) && len < SDES_TEXT_MAX);
	DEMAND(strcspn(strstr(text, "inline:") + 7, "|") % 4 == 0);
	DEMAND(!sdes_parse(&back, text, len, &why));
	DEMAND(back.tag == sdes->tag && back.suite == sdes->suite);
	DEMAND(back.lifetime == sdes->lifetime && back.mki_len == sdes->mki_len);
	DEMAND(!memcmp(back.mki, sdes->mki, sdes->mki_len));
	DEMAND(secret_equal(back.master, sdes->master));
	sdes_write(&back, again);
	DEMAND(!strcmp(again, text));
	sdes_clear(&back);
}

static void check_refusal(int err, const struct refusal *why, size_t len)
{
	DEMAND(err == -reason_words(why->code)->error && err < 0);
	DEMAND(why->position <= len + 1);
	/* Nothing of the text may come back, since it may be a key. */
	DEMAND(!*why->detail || why->code == REASON_KEY_SUITES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* In memory of exactly its size, so that a byte read too far is seen. */
	char *text = malloc(len ? len : 1);
	struct refusal why = { 0 };
	struct key_lines keys;
	struct sdes sdes;
	int err;

	if (len)
		memcpy(text, data, len);
	err = sdes_parse(&sdes, text, len, &why);
	if (err) {
		check_refusal(err, &why, len);
		DEMAND(!sdes.master);
	} else {
		check_key(&sdes);
		check_round_trip(&sdes);
		sdes_clear(&sdes);
	}
	err = key_lines_parse(&keys, text, len, &why);
	if (err) {
		check_refusal(err, &why, len);
	} else {
		DEMAND(keys.has_tx || keys.has_rx);
		if (keys.has_tx)
			check_key(&keys.tx);
		if (keys.has_rx)
			check_key(&keys.rx);
		if (keys.has_tx && keys.has_rx)
			DEMAND(!secret_equal(keys.tx.master, keys.rx.master));
		key_lines_clear(&keys);
	}
	free(text);
	return 0;
}
