// SPDX-License-Identifier: Apache-2.0
#include "token_store.h"

#include <errno.h>

#include "state_file.h"

int token_store_read(const char *file, struct secret *token, struct refusal *why)
{
	const char *fault;
	int err = state_file_read_secret(file, token, &fault);

	if (!err && !secret_len(token))
		fault = "it is empty";
	if (!fault)
		return err ? refusal_set(why, REASON_TOKEN_MISSING, "%s", "") : 0;
	return refusal_set(why, REASON_TOKEN_MISSING, "%s: %s", file, fault);
}

int token_store_write(const char *file, const struct secret *token, struct refusal *why)
{
	return state_file_write(file, secret_bytes(token), secret_len(token), why);
}

int token_store_remove(const char *file, struct refusal *why)
{
	return state_file_remove(file, why);
}
