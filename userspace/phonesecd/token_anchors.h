/* SPDX-License-Identifier: Apache-2.0 */
/* Who vouches for the token endpoint. */
#ifndef PHONESECD_TOKEN_ANCHORS_H
#define PHONESECD_TOKEN_ANCHORS_H

#include <openssl/ssl.h>

#include "settings.h"

/**
 * token_anchors_load - read the anchors
 * @store: result, the caller's until X509_STORE_free()
 * @settings: names a file of PEM certificates, or a folder of such files
 * @why: on refusal the reason; no certificate at all is one
 *
 * Return: 0, or the -errno of the reason.
 */
int token_anchors_load(X509_STORE **store, const struct settings *settings, struct refusal *why);

#endif
