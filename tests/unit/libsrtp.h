/* SPDX-License-Identifier: Apache-2.0 */
/* libsrtp2's header, to be included before the core's: one of its names is taken there. */
#ifndef LIBSRTP_H
#define LIBSRTP_H

#include <srtp2/srtp.h>

/* Ours is the salt of AEAD, 12 bytes; theirs that of counter mode, 14. */
#undef SRTP_SALT_LEN

#endif
