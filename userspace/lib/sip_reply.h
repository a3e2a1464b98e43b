/* SPDX-License-Identifier: Apache-2.0 */
/* Responses that are given here and not by the one who was asked (RFC 3261 section 8.2.6). */
#ifndef PHONESEC_SIP_REPLY_H
#define PHONESEC_SIP_REPLY_H

#include "sip_message.h"

/**
 * struct sip_reply - a response without a body
 * @status: 100 to 699
 * @phrase: its reason phrase
 * @tag: To tag for a request that has none, NULL for 100
 * @why: goes into a Warning field (RFC 3261 section 20.43), or NULL
 * @retry_after_s: goes into a Retry-After field, 0 for none
 */
struct sip_reply {
	unsigned int status;
	const char *phrase;
	const char *tag;
	const struct refusal *why;
	unsigned int retry_after_s;
};

/**
 * sip_reply_write - write a response
 * @request: what it answers
 * @reply: the response
 * @text: result, owned by the caller until text_free()
 *
 * Return: 0 or -ENOMEM.
 */
int sip_reply_write(const struct sip_message *request, const struct sip_reply *reply,
		    struct span *text);

#endif
