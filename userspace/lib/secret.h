/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key bytes. They live in no other type: the structure is opaque, so no format
 * string can take it, its pages are kept out of swap, core dumps and children,
 * and its bytes are destroyed with it.
 */
#ifndef PHONESEC_SECRET_H
#define PHONESEC_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct secret;

/**
 * secret_new - room for key bytes, empty
 * @size: most bytes that it will hold, at least 1
 *
 * Where the memory lock limit is used up the pages are merely not locked.
 *
 * Return: the secret, owned by the caller until secret_free(), or NULL without memory.
 */
struct secret *secret_new(size_t size);

/**
 * secret_free - destroy the bytes and give their memory back
 * @secret: the secret, or NULL
 */
void secret_free(struct secret *secret);

/**
 * secret_append - add one byte
 * @secret: the secret
 * @byte: the byte
 *
 * Return: false when it is full.
 */
bool secret_append(struct secret *secret, unsigned char byte);

/* Destroys the last @count bytes, or all when there are fewer. */
void secret_shorten(struct secret *secret, size_t count);

/* Another secret with the same bytes, the caller's, or NULL without memory or without bytes. */
struct secret *secret_copy(const struct secret *secret);

/* Bytes held. */
size_t secret_len(const struct secret *secret);

/* The bytes themselves, valid until the secret is freed. Hand them to ciphers and sockets only. */
const unsigned char *secret_bytes(const struct secret *secret);

/* Whether two secrets hold the same bytes, in a time that tells only their lengths. */
bool secret_equal(const struct secret *a, const struct secret *b);

/**
 * secret_fill - replace the bytes by what a file descriptor gives until its end
 * @secret: the secret
 * @fd: open for reading, stays open
 *
 * Return: 0, -EMSGSIZE when there is more than fits, or the -errno of read().
 */
int secret_fill(struct secret *secret, int fd);

/**
 * secret_protect_process - no core dump and no debugger for a process with keys
 *
 * Processes of the same user can then neither attach nor read its memory.
 */
void secret_protect_process(void);

/* For __attribute__((cleanup)): a local variable that frees itself. */
void secret_cleanup(struct secret **secret);
#define SECRET_AUTO __attribute__((cleanup(secret_cleanup))) struct secret *

#endif
