/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family; include/netlink/nf_srtp.yaml is its specification. */
#ifndef NF_SRTP_NETLINK_H
#define NF_SRTP_NETLINK_H

#include "session.h"

int nf_srtp_netlink_init(void);
void nf_srtp_netlink_exit(void);

/**
 * nf_srtp_netlink_event - tell listeners what happened to a session
 * @session: the session, its namespace locked
 * @command: NF_SRTP_CMD_ of a notification
 * @way: direction concerned
 *
 * May sleep. Without memory or listeners the event is lost; state is not.
 */
void nf_srtp_netlink_event(struct nf_srtp_session *session, u8 command, enum nf_srtp_way way);

#endif
