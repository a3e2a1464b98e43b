/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the guard share. Nobody else includes this. */
#ifndef PHONESECD_GUARD_STATE_H
#define PHONESECD_GUARD_STATE_H

#include "calls.h"
#include "capture.h"
#include "guard.h"
#include "kernel.h"
#include "program.h"
#include "registrations.h"

enum guard_sizes {
	/* Requests that wait for a connection that is being made. */
	GUARD_WAITING_MAX = 16,
	/* Requests of our own that wait for their responses. */
	GUARD_OWN_MAX = 64,
	GUARD_REFUSED_MAX = 32,
	GUARD_BRANCH_MAX = 48,
	GUARD_VIA_MAX = GUARD_BRANCH_MAX + SIP_RELAY_HOST_PORT_MAX + 32,
	/* Seconds that a call rings at most, and that a cancelled one is waited for. */
	GUARD_UNANSWERED_S = 200,
	GUARD_CANCELLED_S = 32,
};

/* Requests of our own, by what their responses mean. */
enum guard_own {
	GUARD_OWN_NONE,
	GUARD_OWN_END, /* BYE: the call is over, whatever the answer is */
	GUARD_OWN_REGISTER,
	GUARD_OWN_REKEY,
};

/* A request of our own; a new one takes the place of the oldest. */
struct guard_own_request {
	enum guard_own kind;
	char branch[GUARD_BRANCH_MAX];
	uint32_t call;
};

/* Who is told what happens. */
struct guard_watcher {
	const struct guard_events *events;
	void *owner;
};

struct guard {
	sd_event *event;
	/* Like the daemon's, with the port of our last connections. */
	struct settings *settings_here;
	const struct settings *settings;
	char *runtime;
	char *state;
	struct sip_relay relay;
	struct program *program;
	struct servers *servers;
	struct oauth *oauth;
	struct kernel *kernel;
	struct calls calls;
	struct captures captures;
	struct registrations registrations;
	sd_event_source *register_timer;
	/* The last server that was in use, SERVER_ROLES before the first. */
	enum server_role server;
	/* That a server's key is too short for FIPS mode is on the display. */
	bool fips_told;
	struct span waiting[GUARD_WAITING_MAX];
	size_t waiting_count;
	struct guard_own_request own[GUARD_OWN_MAX];
	size_t own_at;
	/* By their branches, INVITEs that were refused here, so that their ACKs stay here. */
	char refused[GUARD_REFUSED_MAX][SIP_RELAY_TAG_MAX];
	size_t refused_at;
	/* Why the phone is out of service; none while it is in service. */
	struct refusal halted;
	struct guard_watcher watchers[GUARD_WATCHERS_MAX];
};

/* Tells all watchers that want to know. */
#define guard_tell(guard, event, ...) \
	do { \
		for (size_t i_ = 0; i_ < GUARD_WATCHERS_MAX; i_++) { \
			const struct guard_watcher *at_ = &(guard)->watchers[i_]; \
			if (at_->events && at_->events->event) \
				at_->events->event(at_->owner, ##__VA_ARGS__); \
		} \
	} while (0)

/**
 * struct guard_passage - a message on its way through the guard
 * @message: the message
 * @from: who sent it
 * @splice: of its text; what is to be changed
 * @call: the call that it belongs to, or NULL
 * @fork: the far end of the call, or NULL
 */
struct guard_passage {
	struct sip_message message;
	enum sip_end from;
	struct splice *splice;
	struct call *call;
	struct call_fork *fork;
};

/* guard_pass.c: a message has come from an end. */
void guard_pass(struct guard *guard, enum sip_end from, const char *data,
		const struct sip_frame *frame);
/* A connection is there, or cannot be had: what waited for it goes on. */
void guard_waiting_pass(struct guard *guard);

/* guard_halt.c: answers what an end may not begin while the phone is out of service. */
bool guard_halt_refuses(struct guard *guard, const struct guard_passage *passage);

/* guard_send.c: sends a text to an end; without success it is told and lost. */
bool guard_send(struct guard *guard, enum sip_end to, struct span text);
/* Answers a request instead of its receiver; @why, if any, goes into a Warning. */
void guard_reply(struct guard *guard, const struct sip_message *request, enum sip_end from,
		 unsigned int status, const struct refusal *why);
/* Whether an ACK belongs to such an answer. */
bool guard_reply_is_acked(struct guard *guard, const struct sip_message *ack);
/* Writes a Via of our own towards an end and remembers its branch. */
void guard_own_via(struct guard *guard, enum sip_end to, enum guard_own kind, uint32_t call,
		   char *via, size_t size);
/* Finds what a response to a request of our own was for; it is forgotten when final. */
enum guard_own guard_own_find(struct guard *guard, const struct sip_message *response,
			      uint32_t *call);
/* Whether it answers a request of our own kind, be it forgotten. */
bool guard_own_like(const struct sip_message *response);

/* guard_media.c: offers and answers in a message, and the sessions that follow from them. */
/* The phone's address towards the far end, for programs that say loopback. */
void guard_phone_address(const struct guard *guard, struct media_address *phone);
/* The kernel is to have what was agreed on with this far end. */
int guard_media_use(struct guard *guard, struct call *call, struct call_fork *fork,
		    struct refusal *why);
int guard_media_pass(struct guard *guard, struct guard_passage *passage, struct refusal *why);

/* guard_end.c: ends a call on both sides, answering what waits with @status. */
void guard_call_end_both(struct guard *guard, struct call *call, unsigned int status,
			 const struct refusal *why);
/* What waits for an answer from end @from gets one, and who was asked is told to stop. */
void guard_invite_end(struct guard *guard, struct call *call, enum sip_end from,
		      unsigned int status, const struct refusal *why);
/* A response to an INVITE that was refused here. */
void guard_call_ended_response(struct guard *guard, struct call *call,
			       const struct sip_message *response, enum sip_end from);
/* The call is over: its sessions drain, it is told, and forgotten after a while. */
void guard_call_over(struct guard *guard, struct call *call);

/* Sends a request of our own in a dialog; @cseq 0 for the next number. */
void guard_dialog_send(struct guard *guard, struct call *call, struct call_fork *fork,
		       enum sip_end to, const char *method, unsigned long cseq);
/* Sends the CANCEL of an INVITE that went to an end, or the ACK of its refusal. */
void guard_follow_send(struct guard *guard, enum sip_end to, struct span invite,
		       const char *method, const struct span *to_value);

/* guard_rekey.c: an offer of our own, and its answer. */
void guard_rekey_response(struct guard *guard, struct guard_passage *passage);
/* The answer to one of a daemon before this: it is acknowledged, and asked for once more. */
void guard_rekey_lost(struct guard *guard, struct guard_passage *passage);
/* One as soon as the call is quiet, after @delay_us at the earliest. */
void guard_rekey_soon(struct guard *guard, struct call *call, uint64_t delay_us);
/* Descriptions of ours had versions too: the program's are raised above them. */
void guard_rekey_version(const struct call *call, const struct sdp *sdp, struct splice *splice);

/* guard_feature.c: what a protected phone does without. */
int guard_feature_check(const struct guard *guard, const struct guard_passage *passage,
			struct refusal *why);

/* guard_call.c: what a message says of the state of its call. */
void guard_call_progress(struct guard *guard, struct guard_passage *passage);
/* Looks at the call after so many seconds: unanswered it ends, else its media is settled. */
void guard_call_await(struct guard *guard, struct call *call, unsigned int seconds);
/* The kernel or the connection has changed what the call is worth. */
void guard_call_update(struct guard *guard, struct call *call);
void guard_call_media_event(struct guard *guard, const struct media_event *event);
void guard_calls_refresh(struct guard *guard);

/* guard_capture.c: what is known of a call's media has changed. */
void guard_capture_media(struct guard *guard, uint32_t number);

/* guard_register.c: REGISTER requests and what comes back. */
int guard_register_out(struct guard *guard, struct guard_passage *passage, struct refusal *why);
void guard_register_in(struct guard *guard, struct guard_passage *passage);
/* A server or a token is there: what it does not hold yet is registered by ourselves. */
void guard_register_renew(struct guard *guard);
void guard_register_own(struct guard *guard, const struct sip_message *response);
void guard_register_lost(struct guard *guard);

/* guard_refused.c: what waits for answers of servers. */
int guard_refused_open(struct guard *guard, struct refusal *why);
/* A REGISTER went out; a server that does not answer it is not used any more. */
void guard_register_asked(struct guard *guard, struct registration *registration);
/* Whether a response of a REGISTER means that the next server is to be asked, which is begun. */
bool guard_register_turned_away(struct guard *guard, const struct sip_message *response);
/* The same REGISTER as the one that waits for its answer already. */
bool guard_register_repeated(struct guard *guard, const struct sip_message *request);
/* Nobody answers it: programs that wait are told. */
void guard_register_hopeless(struct guard *guard, const struct refusal *why);
/* A refusal whose words mean a setting of this phone is shown with its server. */
void guard_register_blame(struct guard *guard, const struct registration_status *status);
/* INVITEs that the connection in use was asked by get no answer any more. */
void guard_calls_cut(struct guard *guard, const struct refusal *why);

#endif
