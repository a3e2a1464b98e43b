/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below the state folder: of the daemon's user alone, mode 0600, and replaced whole, so
 * that a crash at any point leaves the old one or the new one.
 */
#ifndef PHONESECD_STATE_FILE_H
#define PHONESECD_STATE_FILE_H

#include <stddef.h>

#include "../lib/octets.h"
#include "../lib/reason.h"
#include "../lib/secret.h"

/**
 * state_file_read - read a file back
 * @file: the file
 * @bytes: result, the caller's until free(); one zero that does not count is behind them
 * @max: bytes that are taken at most
 * @fault: on failure what is wrong with it in words, or NULL when there simply is none
 *
 * A symbolic link, a file of another user and one that others may use are refused: somebody
 * else could have put them there.
 *
 * Return: 0, -ENOENT without a file, or another -errno.
 */
int state_file_read(const char *file, struct octets *bytes, size_t max, const char **fault);

/* The same into @secret, which is empty after a failure. */
int state_file_read_secret(const char *file, struct secret *secret, const char **fault);

/* Replaces the file. Returns 0, or the -errno of the reason. */
int state_file_write(const char *file, const void *bytes, size_t len, struct refusal *why);

/* Makes a file that is not written again, mode 0400; one that is there stays, which is refused. */
int state_file_create(const char *file, const void *bytes, size_t len, struct refusal *why);

/* Has a file of the same folder take the place of another. */
int state_file_rename(const char *from, const char *to, struct refusal *why);

/* Removes the file and what an interrupted write left. No file is no error. */
int state_file_remove(const char *file, struct refusal *why);

#endif
