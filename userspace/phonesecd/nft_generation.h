/* SPDX-License-Identifier: Apache-2.0 */
/* Whether anybody has changed rules of nftables in the kernel. */
#ifndef PHONESECD_NFT_GENERATION_H
#define PHONESECD_NFT_GENERATION_H

#include <stdint.h>

/*
 * The number that the kernel gives the rules of this network namespace; each change of any of
 * them makes it another one. 0 when the kernel does not say it.
 */
uint32_t nft_generation(void);

#endif
