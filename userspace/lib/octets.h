/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a file or a message where they lie; they belong to whoever made them. */
#ifndef PHONESEC_OCTETS_H
#define PHONESEC_OCTETS_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct octets - some bytes
 * @at: the first one
 * @len: how many
 */
struct octets {
	const uint8_t *at;
	size_t len;
};

#endif
