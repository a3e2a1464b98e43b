// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "call_media.h"
#include "sdes_offer.h"

/* A key that is not there has no master. */
static int key_copy(struct sdes *copy, const struct sdes *key)
{
	return key->master ? sdes_copy(copy, key) : 0;
}

static int line_copy(struct call_media_line *copy, const struct call_media_line *line)
{
	int err;

	*copy = *line;
	memset(&copy->tx, 0, sizeof(copy->tx));
	memset(&copy->rx, 0, sizeof(copy->rx));
	memset(&copy->offer, 0, sizeof(copy->offer));
	memset(copy->offers, 0, sizeof(copy->offers));
	err = key_copy(&copy->tx, &line->tx) ?: key_copy(&copy->rx, &line->rx) ?:
	      key_copy(&copy->offer, &line->offer);
	for (size_t i = 0; i < line->offers_count && !err; i++)
		err = key_copy(&copy->offers[i], &line->offers[i]);
	return err;
}

int call_media_copy(struct call_media *copy, const struct call_media *media,
		    struct refusal *why)
{
	int err = 0;

	*copy = (struct call_media){ .policy = media->policy, .rekey = media->rekey,
				     .phone = media->phone, .count = media->count };
	for (size_t i = 0; i < media->count && !err; i++)
		err = line_copy(&copy->lines[i], &media->lines[i]);
	if (!err)
		return 0;
	call_media_clear(copy);
	return refusal_set(why, REASON_NO_MEMORY, "%s", "");
}
