/* SPDX-License-Identifier: Apache-2.0 */
/* The refresh token in its file: nothing but the token, mode 0600, replaced whole. */
#ifndef PHONESECD_TOKEN_STORE_H
#define PHONESECD_TOKEN_STORE_H

#include "../lib/reason.h"
#include "../lib/secret.h"

/**
 * token_store_read - read the token back
 * @file: the file
 * @token: filled; empty after a refusal
 * @why: on refusal the reason; the detail is empty when there simply is no file
 *
 * A symbolic link, a file of another user and one that others may use are refused:
 * somebody else could know the token, or have put it there.
 *
 * Return: 0, or the -errno of the reason.
 */
int token_store_read(const char *file, struct secret *token, struct refusal *why);

/* Replaces the file, so that a crash leaves the old token or the new one. */
int token_store_write(const char *file, const struct secret *token, struct refusal *why);

/* Removes the file and what an interrupted write left. No file is no error. */
int token_store_remove(const char *file, struct refusal *why);

#endif
