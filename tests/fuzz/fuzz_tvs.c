// SPDX-License-Identifier: Apache-2.0
/* sources: userspace/lib/tvs_message.c userspace/lib/tlv.c userspace/lib/reason*.c */
/* What a trust verification server sends: messages are found, and answers read, or refused. */
#include <stdlib.h>
#include <string.h>

#include "tvs_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What an answer points to lies in the message. */
static void answer_look(const struct tvs_answer *answer, struct octets message)
{
	const struct octets *certificate = &answer->certificate;

	require(answer->command == TVS_VERIFY_ANSWER || answer->command == TVS_QUERY_ANSWER);
	if (certificate->at)
		require(certificate->at >= message.at + TVS_HEAD_LEN && certificate->len &&
			certificate->at + certificate->len <= message.at + message.len);
	require(answer->has_roles || !answer->roles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refusal why = { .code = REASON_NONE };
	struct tvs_answer answer;
	struct octets text;
	uint8_t *copy;
	ssize_t len;

	if (!size)
		return 0;
	len = tvs_frame((struct octets){ data, size }, &why);
	require(len <= TVS_MESSAGE_MAX && len <= (ssize_t)size);
	if (len < 0)
		require(why.code == REASON_VERIFY_ANSWER);
	if (len <= 0)
		return 0;
	/* In memory of exactly its size. */
	copy = malloc((size_t)len);
	memcpy(copy, data, (size_t)len);
	text = (struct octets){ copy, (size_t)len };
	if (!tvs_answer_read(&answer, text, &why))
		answer_look(&answer, text);
	else
		require(why.code == REASON_VERIFY_ANSWER);
	free(copy);
	return 0;
}
