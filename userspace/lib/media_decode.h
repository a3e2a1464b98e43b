/* SPDX-License-Identifier: Apache-2.0 */
/* Replies and events of the module, from netlink attributes to values. */
#ifndef PHONESEC_MEDIA_DECODE_H
#define PHONESEC_MEDIA_DECODE_H

#include <netlink/msg.h>

#include "media.h"

/*
 * Each reads one message into a structure that it overwrites. They return 0,
 * -EPROTO when the message is not what the specification says, or -ENOMEM;
 * after a failure nothing is owned.
 */
int media_session_decode(struct media_session *session, struct nlmsghdr *message);
int media_counters_decode(struct media_counters *counters, struct nlmsghdr *message);
int media_policy_decode(struct media_policy *policy, struct nlmsghdr *message);
int media_module_decode(struct media_module *module, struct nlmsghdr *message);
int media_event_decode(struct media_event *event, struct nlmsghdr *message);

#endif
