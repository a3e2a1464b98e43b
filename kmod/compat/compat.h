/* SPDX-License-Identifier: GPL-2.0-only */
/* Included before every file of the module. */
#ifndef NF_SRTP_COMPAT_H
#define NF_SRTP_COMPAT_H

#define pr_fmt(fmt) "nf_srtp: " fmt

/*
 * Kernels may clear variables on the stack. On the packet path that is the cost
 * of a fifth of what the module does, for structures whose members are all
 * written before they are read.
 */
#if __has_attribute(__uninitialized__)
#define nf_srtp_uninitialized __attribute__((__uninitialized__))
#else
#define nf_srtp_uninitialized
#endif

#endif
