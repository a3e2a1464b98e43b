/* SPDX-License-Identifier: Apache-2.0 */
/* The session description in the body of a message, alone or as a part of several. */
#ifndef PHONESEC_SIP_BODY_H
#define PHONESEC_SIP_BODY_H

#include "sip_message.h"

/**
 * sip_body_sdp - find the session description
 * @message: the message
 * @sdp: result, a span of its body; empty when there is none
 * @why: on refusal the reason: several, one that is not called so, or a part that
 *       cannot be told
 *
 * Multipart bodies are looked through one level deep (RFC 2046 section 5.1).
 *
 * Return: 0, or the -errno of the reason.
 */
int sip_body_sdp(const struct sip_message *message, struct span *sdp, struct refusal *why);

/**
 * sip_body_put - put another session description in its place
 * @splice: of the message's text
 * @message: the message
 * @sdp: what sip_body_sdp() found
 * @with: the new one
 */
void sip_body_put(struct splice *splice, const struct sip_message *message, struct span sdp,
		  struct span with);

#endif
