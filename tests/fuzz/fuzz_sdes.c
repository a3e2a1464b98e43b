// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/sdes.c userspace/lib/secret.c userspace/lib/reason.c */
/* sources: userspace/phonesec/key_lines.c */
/*
 * Key text, the one thing that others write and the helper parses by hand: as one
 * crypto attribute, and as key lines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
