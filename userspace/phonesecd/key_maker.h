/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a key pair beside the event loop: RSA of 4096 bits can take a small phone a minute,
 * in which calls go on.
 */
#ifndef PHONESECD_KEY_MAKER_H
#define PHONESECD_KEY_MAKER_H

#include <openssl/evp.h>
#include <systemd/sd-event.h>

#include "key_kind.h"

struct key_maker;

/**
 * key_maker_done - told once when the key is there, or could not be made
 * @owner: as given to key_maker_start()
 * @key: the key pair, the caller's from now on until EVP_PKEY_free(); NULL on failure
 * @why: on failure the reason, else NULL
 *
 * Called from the loop, never from within key_maker_start(). The maker may be freed in it.
 */
typedef void (*key_maker_done)(void *owner, EVP_PKEY *key, const struct refusal *why);

/**
 * key_maker_start - begin to make a key pair
 * @maker: result, the caller's until key_maker_free(), which it needs after @done as well
 * @event: the loop
 * @kind: what to make; judged by the caller, see keystore_key_make()
 * @place: where the private key is born: "file" in this process, else the URI of a token of
 *         PKCS#11, in which it becomes an object with an identifier of its own
 * @done: told the end
 * @owner: handed to @done
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int key_maker_start(struct key_maker **maker, sd_event *event, const struct key_kind *kind,
		    const char *place, key_maker_done done, void *owner, struct refusal *why);

/* Ends it without waiting for it; @done is not told any more. NULL is nothing. */
void key_maker_free(struct key_maker *maker);

#endif
