/* SPDX-License-Identifier: GPL-2.0-only */
/* skb_gso_segment() moved to a header of its own in Linux 6.5. */
#ifndef NF_SRTP_COMPAT_GSO_H
#define NF_SRTP_COMPAT_GSO_H

#ifdef NF_SRTP_HAVE_NET_GSO
#include <net/gso.h>
#else
#include <linux/netdevice.h>
#endif

#endif
