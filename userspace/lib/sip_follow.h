/* SPDX-License-Identifier: Apache-2.0 */
/* What follows an INVITE on the same hop: its CANCEL, and the ACK of its refusal. */
#ifndef PHONESEC_SIP_FOLLOW_H
#define PHONESEC_SIP_FOLLOW_H

#include "sip_message.h"

/**
 * sip_follow_write - write a CANCEL (RFC 3261 section 9.1) or an ACK (section 17.1.1.3)
 * @invite: the INVITE as it was sent on this hop
 * @method: "CANCEL" or "ACK"
 * @to: value of the To field: the INVITE's for CANCEL, the response's for ACK
 * @text: result, owned by the caller until text_free()
 *
 * Return: 0 or -ENOMEM.
 */
int sip_follow_write(const struct sip_message *invite, const char *method, struct span to,
		     struct span *text);

#endif
