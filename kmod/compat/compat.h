/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before every file of the module. */
#ifndef NF_SRTP_COMPAT_H
#define NF_SRTP_COMPAT_H

#define pr_fmt(fmt) "nf_srtp: " fmt

#endif
