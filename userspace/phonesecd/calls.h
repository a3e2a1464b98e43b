/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All calls, and what a call is made of while it lasts: its forks, its offers, its
 * sessions in the kernel.
 */
#ifndef PHONESECD_CALLS_H
#define PHONESECD_CALLS_H

#include <systemd/sd-event.h>

#include "../lib/sip_dialog.h"
#include "call.h"
#include "call_session.h"

enum calls_limits {
	CALL_FORKS_MAX = 12,
	CALL_REPEATS_MAX = 8,
	CALL_TAG_MAX = 128,
	CALL_METHOD_MAX = 16,
};

/**
 * struct call_fork - one far end of a call
 * @next: the next one
 * @tag: its tag
 * @dialog: the dialog with it
 * @media: what was agreed on with it
 * @confirmed: it has answered the call
 */
struct call_fork {
	struct call_fork *next;
	char tag[CALL_TAG_MAX];
	struct sip_dialog dialog;
	struct call_media media;
	bool confirmed;
};

/**
 * struct call_offer - the last offer of one end
 * @made: there was one
 * @answered: and an answer to it
 * @in_response: it came in a response, so the answer comes in PRACK or ACK
 * @tag: of the far end that it was made by or to, empty for all that may answer
 * @method, @cseq: transaction that it belongs to, as the far end knows it
 * @media: agreed on before, with the offer; each answer is applied to a copy
 * @said, @became: the program's last answer, its digest and what was made of it
 * @described: the program's offer as it said it, until it is answered
 */
struct call_offer {
	bool made;
	bool answered;
	bool in_response;
	char tag[CALL_TAG_MAX];
	char method[CALL_METHOD_MAX];
	unsigned long cseq;
	struct call_media media;
	uint8_t said[CALL_SESSION_DIGEST_LEN];
	struct span became;
	struct span described;
};

/**
 * struct call_invite - an INVITE that has no final response yet
 * @received: as it came; empty without one
 * @sent: as it went on
 * @refused: it was refused here; what the other end says of it goes no further
 */
struct call_invite {
	struct span received;
	struct span sent;
	bool refused;
};

/* A message that went on, known again when it comes once more. */
struct call_repeat {
	enum sip_end from;
	uint8_t digest[CALL_SESSION_DIGEST_LEN];
	struct span sent;
};

/**
 * struct call - one call
 * @next: the next one
 * @status: what is shown of it; lines are filled in when it is asked for
 * @program_tag: the program's tag
 * @forks: its far ends, the latest first
 * @current: the one whose media the kernel has
 * @offers: by who made them
 * @invites: by who sent them
 * @sessions: in the kernel, by media line
 * @kinds: of media, by line
 * @described: the program's last description that was agreed on, as it said it
 * @versions: descriptions that we added; versions of the program's are raised by as many
 * @rekey: our own INVITE that waits for its answer; empty without one
 * @rekey_timer: when it has waited for too long, or else when there is to be one
 * @repeats, @repeats_at: ring of messages
 * @settle: timer until it must have been answered, and then until media must have been heard
 * @remove: timer until a call that has ended is forgotten
 * @ended: nothing of it is forwarded any more
 * @stale: found after a restart, and to be put right once there is a server
 */
struct call {
	struct call *next;
	struct call_status status;
	char program_tag[CALL_TAG_MAX];
	struct call_fork *forks;
	struct call_fork *current;
	struct call_offer offers[SIP_ENDS];
	struct call_invite invites[SIP_ENDS];
	struct call_session sessions[SDP_MEDIA_MAX];
	char kinds[SDP_MEDIA_MAX][16];
	struct span described;
	unsigned int versions;
	struct span rekey;
	sd_event_source *rekey_timer;
	struct call_repeat repeats[CALL_REPEATS_MAX];
	size_t repeats_at;
	sd_event_source *settle;
	sd_event_source *remove;
	bool ended;
	bool stale;
};

/* All calls. */
struct calls {
	struct call *first;
	size_t count;
	uint32_t last_number;
};

/**
 * calls_find - the call that a message belongs to
 * @calls: all of them
 * @message: the message
 * @from: who sent it
 *
 * Return: the call, or NULL.
 */
struct call *calls_find(const struct calls *calls, const struct sip_message *message,
			enum sip_end from);

/* Whether Call-ID and tags of a message are short enough to be kept as they are. */
bool calls_can_keep(const struct sip_message *message);

/* The call of a number, and the one with a session in the kernel; NULL without. */
struct call *calls_find_number(const struct calls *calls, uint32_t number);
struct call *calls_find_session(const struct calls *calls, uint32_t session);

/* An empty call among the others, without a number; NULL without memory. */
struct call *calls_new(struct calls *calls);

/**
 * calls_add - begin a call
 * @calls: all of them
 * @invite: the INVITE that it begins with
 * @from: who sent it
 *
 * Return: the call, or NULL without memory.
 */
struct call *calls_add(struct calls *calls, const struct sip_message *invite,
		       enum sip_end from);

/* Destroys all keys of a call, and what could repeat them; its dialogs stay. */
void call_wipe(struct call *call);

/* Forgets a call, wipes its keys; its sessions in the kernel are the caller's to end. */
void calls_remove(struct calls *calls, struct call *call);

/**
 * call_fork - the far end that a message of a call comes from or goes to
 * @call: the call
 * @message: the message
 * @from: who sent it
 *
 * A tag that is new makes a new fork out of what is known of the call.
 *
 * Return: the fork, or NULL without memory or with too many of them.
 */
struct call_fork *call_fork(struct call *call, const struct sip_message *message,
			    enum sip_end from);

/* Forgets a fork. */
void call_fork_remove(struct call *call, struct call_fork *fork);

/**
 * call_repeat - what was made of the same message before
 * @call: the call
 * @message: the message, to the byte
 * @from: who sent it
 *
 * Return: what went on, or NULL when it is new.
 */
const struct span *call_repeat(const struct call *call, const struct sip_message *message,
			       enum sip_end from);

/* Notes what a message became; @sent is copied. Without memory it is not known again. */
void call_repeat_note(struct call *call, const struct sip_message *message, enum sip_end from,
		      struct span sent);

/* An offer was made in this transaction, and has no answer yet. */
void call_offer_note(struct call_offer *offer, const struct call_fork *fork, struct span method,
		     unsigned long cseq, bool in_response);

/* SHA-256 of a text, by which it is known again. */
void call_digest(struct span text, uint8_t digest[CALL_SESSION_DIGEST_LEN]);

/* A copy of a text in place of another one. Returns 0 or -ENOMEM. */
int call_text_keep(struct span *kept, struct span text);

/* Keeps a pending INVITE; both texts are copied. Returns 0 or -ENOMEM. */
int call_invite_note(struct call_invite *invite, struct span received, struct span sent);
void call_invite_clear(struct call_invite *invite);

#endif
