/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon is given as a descriptor: secrets in pipes, files in sealed memory. */
#ifndef PHONESEC_HAND_OVER_H
#define PHONESEC_HAND_OVER_H

#include "../lib/reason.h"
#include "../lib/secret.h"

/**
 * secret_take - read a secret
 * @secret: what is read takes the place of what it holds; may be empty afterwards
 * @fd: where from, to its end; no terminal, which would show it
 * @what: its name, for refusals
 * @max: bytes that it may have, for refusals
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int secret_take(struct secret *secret, int fd, const char *what, size_t max,
		struct refusal *why);

/* Asks for it at the terminal of this process, which does not show it. */
int secret_ask(struct secret *secret, const char *question, struct refusal *why);

/* Takes the end of the line off, and blanks before it. */
void secret_trim(struct secret *secret);

/* A pipe with the secret in it and nobody at its other end; @end is the caller's. */
int secret_pipe(const struct secret *secret, int *end, struct refusal *why);

/* Opens a file to be read; @fd is the caller's. */
int file_open(const char *file, int *fd, struct refusal *why);

/* A copy of a file in memory that nobody can change; @copy is the caller's. */
int file_seal(const char *file, int *copy, struct refusal *why);

#endif
