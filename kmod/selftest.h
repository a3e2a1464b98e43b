/* SPDX-License-Identifier: GPL-2.0-only */
/* Known answers through the path that packets take (RFC 7714, RFC 3711). */
#ifndef NF_SRTP_SELFTEST_H
#define NF_SRTP_SELFTEST_H

#include <linux/types.h>

/* Without it no session is made and no packet of one passes. */
extern bool nf_srtp_selftest_passed __read_mostly;

/* Run the self-test and remember its result; may sleep. */
void nf_srtp_selftest_run(void);

#endif
