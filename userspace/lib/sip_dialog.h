/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dialog that is watched from between its two ends, closely enough to send
 * requests of our own to either (RFC 3261 section 12).
 */
#ifndef PHONESEC_SIP_DIALOG_H
#define PHONESEC_SIP_DIALOG_H

#include "sip_message.h"

/* To which end something goes, or from which it comes. */
enum sip_end {
	SIP_END_PROGRAM,
	SIP_END_FAR,
	SIP_ENDS,
};

/**
 * struct sip_dialog - what is known of a dialog; all zeroes at its start
 * @call_id: its Call-ID
 * @address: From or To value of each end, with its tag once there is one
 * @target: URI that reaches each end
 * @route: value of the Route field towards the far end, NULL without
 * @routed: the dialog has begun, which fixes the route (RFC 3261 section 12.2)
 * @cseq: highest number of a request that seemed to come from each end
 * @added: requests of ours among them; each end's own numbers are raised by as many
 * @inserted: number of the last one of ours
 *
 * Texts are owned by the dialog.
 */
struct sip_dialog {
	char *call_id;
	char *address[SIP_ENDS];
	char *target[SIP_ENDS];
	char *route;
	bool routed;
	unsigned long cseq[SIP_ENDS];
	unsigned long added[SIP_ENDS];
	unsigned long inserted[SIP_ENDS];
};

/**
 * struct sip_dialog_request - a request of our own
 * @method: its method
 * @cseq: its number, 0 for the next one of whom it seems to come from
 * @via: value of its Via
 * @contact: value of its Contact, or NULL
 * @type: Content-Type of the body, NULL without
 * @body: the body
 */
struct sip_dialog_request {
	const char *method;
	unsigned long cseq;
	const char *via;
	const char *contact;
	const char *type;
	struct span body;
};

/**
 * sip_dialog_learn - take what a message says about the dialog
 * @dialog: the dialog
 * @message: a message of it, with the Contact and routes of the outer side
 * @from: who sent it
 *
 * Return: 0 or -ENOMEM.
 */
int sip_dialog_learn(struct sip_dialog *dialog, const struct sip_message *message,
		     enum sip_end from);

/**
 * sip_dialog_write - write a request of our own
 * @dialog: the dialog; a next number is used up
 * @to: who is to get it; it seems to come from the other end
 * @request: the request
 * @text: result, owned by the caller until text_free()
 *
 * Return: 0, -ENOMEM, or -ENOENT when the way to that end is not known yet.
 */
int sip_dialog_write(struct sip_dialog *dialog, enum sip_end to,
		     const struct sip_dialog_request *request, struct span *text);

/**
 * sip_dialog_renumber - make room for requests of our own
 * @dialog: the dialog
 * @message: a message of it
 * @from: who sent it
 * @splice: of its text; numbers that are others on the other side are exchanged
 */
void sip_dialog_renumber(const struct sip_dialog *dialog, const struct sip_message *message,
			 enum sip_end from, struct splice *splice);

/* Copies a dialog, as a fork begins with what its siblings share. Returns 0 or -ENOMEM. */
int sip_dialog_copy(struct sip_dialog *copy, const struct sip_dialog *dialog);

/* Frees its texts and leaves zeroes. */
void sip_dialog_clear(struct sip_dialog *dialog);

/* The other end. */
static inline enum sip_end sip_end_other(enum sip_end end)
{
	return end == SIP_END_PROGRAM ? SIP_END_FAR : SIP_END_PROGRAM;
}

#endif
