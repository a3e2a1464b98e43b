/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key text: one line a direction, "tx " or "rx " and a crypto attribute. Empty
 * lines and lines that begin with # are passed over.
 */
#ifndef PHONESEC_KEY_LINES_H
#define PHONESEC_KEY_LINES_H

#include "../lib/sdes.h"

/* The keys read; a direction without a line has none. */
struct key_lines {
	bool has_tx;
	bool has_rx;
	struct sdes tx;
	struct sdes rx;
};

/**
 * key_lines_parse - read key text
 * @keys: filled in; on success the caller owes it key_lines_clear()
 * @text: the text, not terminated
 * @len: its bytes
 * @why: on refusal the reason, with the line and the position in it
 *
 * Refused: no key at all, two lines for a direction, different suites, the
 * same key in both directions.
 */
int key_lines_parse(struct key_lines *keys, const char *text, size_t len, struct refusal *why);

/* Reads key text from a file descriptor that is no terminal. */
int key_lines_read(struct key_lines *keys, int fd, struct refusal *why);

void key_lines_clear(struct key_lines *keys);

/* For __attribute__((cleanup)). */
#define KEY_LINES_AUTO __attribute__((cleanup(key_lines_clear))) struct key_lines

#endif
