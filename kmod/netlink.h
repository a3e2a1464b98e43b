/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family; include/netlink/nf_srtp.yaml is its specification. */
#ifndef NF_SRTP_NETLINK_H
#define NF_SRTP_NETLINK_H

#include "session.h"

struct genl_family;
struct netlink_ext_ack;

/* Room for a reply that lists every SSRC of a session. */
enum { NF_SRTP_REPLY_BYTES = 16384 };

extern struct genl_family nf_srtp_family;

int nf_srtp_netlink_init(void);
void nf_srtp_netlink_exit(void);

/**
 * nf_srtp_netlink_hook - put the packet hooks of a namespace in place
 * @ns: the namespace, locked; its first session or policy does this
 * @extack: why not
 *
 * Return: 0 or a negative error.
 */
int nf_srtp_netlink_hook(struct nf_srtp_netns *ns, struct netlink_ext_ack *extack);

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
