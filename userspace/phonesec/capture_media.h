/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of packets that rules of the kernel's packet filter hand out (NFLOG). */
#ifndef PHONESEC_CAPTURE_MEDIA_H
#define PHONESEC_CAPTURE_MEDIA_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/reason.h"

struct capture_media;

/**
 * capture_media_open - receive copies in a group that nobody else has
 * @media: result, the caller's until capture_media_close()
 * @group: result: the group that rules are to name
 * @why: on refusal the reason
 *
 * Return: 0, or the -errno of the reason.
 */
int capture_media_open(struct capture_media **media, uint16_t *group, struct refusal *why);
void capture_media_close(struct capture_media *media);

/* The descriptor that becomes readable. */
int capture_media_fd(const struct capture_media *media);

/**
 * capture_media_read - take the copies that are there
 * @media: where
 * @take: called for each, from its IP header on; returns 0, or an error that ends this
 * @owner: first argument of @take
 *
 * Return: 0, what @take returned, or -errno: -ENOBUFS when copies were lost.
 */
int capture_media_read(struct capture_media *media,
		       int (*take)(void *owner, const void *packet, size_t len), void *owner);

#endif
