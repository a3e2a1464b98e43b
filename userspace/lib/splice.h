/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text with some of its parts exchanged: what is not named stays as it is, to
 * the byte.
 */
#ifndef PHONESEC_SPLICE_H
#define PHONESEC_SPLICE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct span - a part of a text that somebody else owns
 * @at: first byte
 * @len: bytes; a span of none still has a place
 */
struct span {
	const char *at;
	size_t len;
};

/* Whether a span is this word, in any case. */
bool span_is(struct span span, const char *word);

/* Whether a span is this text, to the byte. */
bool span_equal(struct span span, const char *text);

/* A span without the blanks and line ends around it. */
struct span span_trim(struct span span);

/**
 * span_number - read decimal digits
 * @span: nothing but them
 * @max: largest number allowed
 * @number: result
 *
 * Return: false when it is anything else.
 */
bool span_number(struct span span, unsigned long max, unsigned long *number);

struct splice;

/**
 * splice_new - start with an unchanged text
 * @text: the text; it must stay until the splice is freed
 *
 * Return: the splice, owned by the caller until splice_free(), or NULL without memory.
 */
struct splice *splice_new(struct span text);

/* Gives everything back; texts that were put in may hold keys and are destroyed. */
void splice_free(struct splice *splice);

/**
 * splice_replace - exchange a part
 * @splice: the splice
 * @part: part of its text; one of no bytes is where to insert
 * @format: what to put there, as in printf()
 *
 * Parts must not overlap. What is inserted at one place keeps the order of the
 * calls. Without memory, or with parts that overlap, splice_finish() fails.
 */
__attribute__((format(printf, 3, 4)))
void splice_replace(struct splice *splice, struct span part, const char *format, ...);

/* The same with bytes instead of a format. */
void splice_put(struct splice *splice, struct span part, struct span with);

/**
 * splice_finish - the new text
 * @splice: the splice; stays
 * @text: result in one new block, terminated, owned by the caller until text_free()
 *
 * Return: 0, -ENOMEM, or -EINVAL when parts overlapped or were of another text.
 */
int splice_finish(struct splice *splice, struct span *text);

/* Destroys and frees what splice_finish() gave. Harmless on a span of zeroes. */
void text_free(struct span *text);

#endif
