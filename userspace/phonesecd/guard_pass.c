// SPDX-License-Identifier: Apache-2.0
#include "guard_state.h"

#include <stdlib.h>
#include <string.h>

#include "fips.h"
#include "log.h"
#include "recovery.h"

static bool is_method(const struct sip_message *message, const char *method)
{
	return span_is(message->method, method);
}

static bool has_tag(const struct sip_message *message, enum sip_field_id end)
{
	struct span tag;

	return sip_param_find(sip_field_first(message, end)->value, "tag", &tag);
}

static bool has_to_tag(const struct sip_message *message)
{
	return has_tag(message, SIP_FIELD_TO);
}

/* An INVITE outside a dialog begins a call. */
static bool call_begins(const struct sip_message *message)
{
	return message->is_request && is_method(message, "INVITE") && !has_to_tag(message);
}

/* Of the calls that wait only for late messages the oldest makes room. */
static void ended_forget(struct guard *guard)
{
	struct call *oldest = NULL;

	for (struct call *call = guard->calls.first; call; call = call->next)
		if (call->ended)
			oldest = call;
	if (oldest)
		calls_remove(&guard->calls, oldest);
}

/* One with an old Call-ID is a new attempt. */
static int call_begin(struct guard *guard, struct guard_passage *passage, struct refusal *why)
{
	if (passage->call) {
		if (!passage->call->ended)
			guard_call_over(guard, passage->call);
		calls_remove(&guard->calls, passage->call);
		passage->call = NULL;
	}
	if (guard->calls.count >= GUARD_CALLS_MAX)
		ended_forget(guard);
	if (guard->calls.count >= GUARD_CALLS_MAX)
		return refusal_set(why, REASON_CALLS_FULL, "%zu", guard->calls.count);
	if (!kernel_ready(guard->kernel, why))
		return -reason_words(why->code)->error;
	passage->call = calls_add(&guard->calls, &passage->message, passage->from);
	if (!passage->call)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	log_tell(LOG_CALL_STARTED, "call %u %s %s", passage->call->status.number,
		 passage->from == SIP_END_PROGRAM ? "to" : "from", passage->call->status.far);
	guard_call_await(guard, passage->call, GUARD_UNANSWERED_S);
	guard_tell(guard, call_added, passage->call->status.number);
	return 0;
}

/* Which call and which far end of it; CANCEL and 100 tell nothing of a dialog. */
static int call_attach(struct guard *guard, struct guard_passage *passage, struct refusal *why)
{
	const struct sip_message *message = &passage->message;
	bool begins = call_begins(message);
	int err = 0;

	passage->call = calls_find(&guard->calls, message, passage->from);
	if ((begins || passage->call) && !calls_can_keep(message))
		return refusal_set(why, REASON_SIP_TOO_LONG, "Call-ID or tag");
	/* By its tag the program's end of a call is known again. */
	if (begins && passage->from == SIP_END_PROGRAM && !has_tag(message, SIP_FIELD_FROM))
		return refusal_set(why, REASON_SIP_FIELD_MISSING, "tag of From");
	if (begins)
		err = call_begin(guard, passage, why);
	if (err || !passage->call || is_method(message, "CANCEL") ||
	    (!message->is_request && message->status == 100))
		return err;
	if (!begins && !has_to_tag(message))
		return message->is_request && is_method(message, "BYE") ?
		       refusal_set(why, REASON_CALL_MISSING, "no To tag") : 0;
	passage->fork = call_fork(passage->call, message, passage->from);
	return passage->fork ? 0 : refusal_set(why, REASON_CALLS_FULL, "forks");
}

static unsigned int refusal_status(const struct sip_message *message, const struct refusal *why)
{
	switch (why->code) {
	case REASON_CALL_MISSING:
		return 481;
	case REASON_PHONE_PROTECTED:
		return 403;
	default:
		return is_method(message, "REGISTER") ? 503 : 488;
	}
}

static void passage_refuse(struct guard *guard, struct guard_passage *passage,
			   const struct refusal *why)
{
	const struct sip_message *message = &passage->message;
	struct call *call = passage->call;

	log_refusal(call && !call->ended ? LOG_CALL_REFUSED : LOG_MESSAGE_REFUSED, why, "%.*s",
		    (int)message->method.len, message->method.at);
	if (message->is_request)
		guard_reply(guard, message, passage->from, refusal_status(message, why), why);
	/* A refused offer leaves the call as it was; a refused answer leaves no call. */
	if (!call || call->ended)
		return;
	/* One more far end that rings is not worth the others. */
	if (why->code == REASON_CALLS_FULL && !message->is_request && message->status < 200)
		return;
	if (call_begins(message)) {
		guard_call_over(guard, call);
	} else if (!message->is_request || is_method(message, "ACK") ||
		   is_method(message, "PRACK")) {
		guard_call_end_both(guard, call, 488, why);
		if (!message->is_request)
			guard_call_ended_response(guard, call, message, passage->from);
	}
}

/* What went on is noted, so that the same message again goes on as the same. */
static void passage_note(struct guard_passage *passage, struct span text)
{
	struct call *call = passage->call;

	if (!call)
		return;
	call_repeat_note(call, &passage->message, passage->from, text);
	if (passage->message.is_request && is_method(&passage->message, "INVITE") && !call->ended)
		(void)call_invite_note(&call->invites[passage->from], passage->message.text, text);
}

/* A program that may not answer what it is asked is told so: it would ask again for ever. */
static void challenges_pass(const struct guard *guard, struct guard_passage *passage)
{
	struct sip_message *message = &passage->message;
	struct span line = { message->text.at, strcspn(message->text.at, "\r\n") };
	struct refusal why;

	if (!fips_challenges_pass(guard->settings->fips_md5, message, passage->splice, &why))
		return;
	log_refusal(LOG_MESSAGE_REFUSED, &why, "from the call manager");
	splice_replace(passage->splice, line, "SIP/2.0 403 %s", FIPS_PHRASE_MD5);
	message->status = 403;
}

static int passage_edit(struct guard *guard, struct guard_passage *passage, struct refusal *why)
{
	const struct sip_message *message = &passage->message;
	int err;

	if (passage->from == SIP_END_PROGRAM)
		err = sip_relay_out(&guard->relay, message, passage->splice, why);
	else
		err = sip_relay_in(&guard->relay, message, passage->splice, why);
	if (!err && passage->from == SIP_END_FAR && !message->is_request)
		challenges_pass(guard, passage);
	if (!err && is_method(message, "REGISTER")) {
		if (passage->from == SIP_END_PROGRAM && message->is_request)
			err = guard_register_out(guard, passage, why);
		else if (passage->from == SIP_END_FAR && !message->is_request)
			guard_register_in(guard, passage);
	}
	if (!err && passage->fork)
		sip_dialog_renumber(&passage->fork->dialog, message, passage->from,
				    passage->splice);
	return err ?: guard_media_pass(guard, passage, why);
}

static void passage_send(struct guard *guard, struct guard_passage *passage)
{
	struct refusal why;
	struct span text;
	int err = passage_edit(guard, passage, &why);

	if (!err && splice_finish(passage->splice, &text))
		err = refusal_set(&why, REASON_NO_MEMORY, "%s", "");
	if (err) {
		passage_refuse(guard, passage, &why);
		return;
	}
	passage_note(passage, text);
	/* Whoever hears of it is to be told even by another daemon how it goes on. */
	if (passage->call)
		recovery_save_call(guard, passage->call);
	guard_send(guard, sip_end_other(passage->from), text);
	text_free(&text);
	if (passage->call && !passage->call->ended)
		guard_call_progress(guard, passage);
}

static bool repeat_send(struct guard *guard, const struct guard_passage *passage)
{
	const struct span *sent = passage->call ? call_repeat(passage->call, &passage->message,
							      passage->from) : NULL;

	if (sent)
		guard_send(guard, sip_end_other(passage->from), *sent);
	return sent;
}

/* Responses that are ours to deal with, and to no one else's. */
static bool response_absorb(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;
	uint32_t number;

	switch (guard_own_find(guard, message, &number)) {
	case GUARD_OWN_NONE:
		if (!guard_own_like(message))
			break;
		guard_rekey_lost(guard, passage);
		return true;
	case GUARD_OWN_REGISTER:
		guard_register_own(guard, message);
		return true;
	case GUARD_OWN_REKEY:
		guard_rekey_response(guard, passage);
		return true;
	case GUARD_OWN_END:
		return true;
	}
	if (passage->from == SIP_END_FAR && guard_register_turned_away(guard, message))
		return true;
	if (!passage->call || !passage->call->invites[sip_end_other(passage->from)].refused)
		return false;
	if (is_method(message, "INVITE"))
		guard_call_ended_response(guard, passage->call, message, passage->from);
	/* The CANCEL was ours as well. */
	return is_method(message, "INVITE") || is_method(message, "CANCEL");
}

/* Programs repeat by datagrams what is not answered. */
static bool waits_already(const struct guard *guard, const struct sip_message *message)
{
	for (size_t i = 0; i < guard->waiting_count; i++)
		if (guard->waiting[i].len == message->text.len &&
		    !memcmp(guard->waiting[i].at, message->text.at, message->text.len))
			return true;
	return false;
}

/* Requests wait while a connection is being made, and are refused without hope of one. */
static bool request_wait(struct guard *guard, const struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;
	struct refusal why;
	char *copy;

	if (servers_ready(guard->servers))
		return false;
	if (is_method(message, "ACK"))
		return true;
	if (!servers_trying(guard->servers) || guard->waiting_count == GUARD_WAITING_MAX) {
		refusal_set(&why, REASON_SERVER_NONE, "%s", "");
		guard_reply(guard, message, SIP_END_PROGRAM, 503, &why);
		/* Whoever hangs up has no call any more, whatever the answer is. */
		if (is_method(message, "BYE") && passage->call && !passage->call->ended)
			guard_call_over(guard, passage->call);
		return true;
	}
	if (waits_already(guard, message))
		return true;
	copy = malloc(message->text.len);
	if (copy) {
		memcpy(copy, message->text.at, message->text.len);
		guard->waiting[guard->waiting_count++] = (struct span){ copy, message->text.len };
	}
	return true;
}

void guard_waiting_pass(struct guard *guard)
{
	struct span waiting[GUARD_WAITING_MAX];
	size_t count = guard->waiting_count;
	struct sip_frame frame;
	struct refusal why;

	memcpy(waiting, guard->waiting, sizeof(waiting));
	guard->waiting_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!sip_frame_datagram(&frame, waiting[i].at, waiting[i].len, &why))
			guard_pass(guard, SIP_END_PROGRAM, waiting[i].at, &frame);
		text_free(&waiting[i]);
	}
}

/* The program repeats an INVITE until it hears that somebody is at it. */
static void invite_acknowledge(struct guard *guard, const struct guard_passage *passage)
{
	if (passage->from == SIP_END_PROGRAM && passage->message.is_request &&
	    is_method(&passage->message, "INVITE"))
		guard_reply(guard, &passage->message, SIP_END_PROGRAM, 100, NULL);
}

/* Our own offer is not answered yet, so nobody else can make one (RFC 3261 section 14.1). */
static bool rekey_waits(const struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;

	return passage->call && passage->call->rekey.len && message->is_request &&
	       (is_method(message, "INVITE") || is_method(message, "UPDATE"));
}

static void passage_run(struct guard *guard, struct guard_passage *passage)
{
	const struct sip_message *message = &passage->message;
	struct refusal why;

	passage->call = calls_find(&guard->calls, message, passage->from);
	if (repeat_send(guard, passage))
		return;
	if (!message->is_request && response_absorb(guard, passage))
		return;
	if (message->is_request && is_method(message, "ACK") &&
	    guard_reply_is_acked(guard, message))
		return;
	if (guard_halt_refuses(guard, passage))
		return;
	invite_acknowledge(guard, passage);
	if (passage->from == SIP_END_PROGRAM && message->is_request &&
	    (guard_register_repeated(guard, message) || request_wait(guard, passage)))
		return;
	if (rekey_waits(passage)) {
		guard_reply(guard, message, passage->from, 491, NULL);
		return;
	}
	if (passage->from == SIP_END_FAR && message->is_request && !*guard->relay.program) {
		refusal_set(&why, REASON_SIP_NO_PROGRAM, "%s", "");
		guard_reply(guard, message, SIP_END_FAR, 480, &why);
		return;
	}
	if (guard_feature_check(guard, passage, &why) || call_attach(guard, passage, &why))
		passage_refuse(guard, passage, &why);
	else
		passage_send(guard, passage);
}

/*
 * A datagram may leave its length unsaid, a stream may not (RFC 3261 section 18.3): @text
 * is then the message with it, and what is passed.
 */
static int passage_parse(struct guard_passage *passage, const char *data,
			 const struct sip_frame *frame, struct span *text, struct refusal *why)
{
	struct sip_message *message = &passage->message;
	int err = sip_message_parse(message, data, frame, why);
	struct splice *splice;

	if (err || sip_field_first(message, SIP_FIELD_CONTENT_LENGTH))
		return err;
	splice = splice_new(message->text);
	if (!splice)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	splice_replace(splice, message->fields_end, "Content-Length: %zu\r\n",
		       message->body.len);
	err = splice_finish(splice, text);
	splice_free(splice);
	if (err)
		return refusal_set(why, REASON_NO_MEMORY, "%s", "");
	return sip_message_read(message, *text, why);
}

void guard_pass(struct guard *guard, enum sip_end from, const char *data,
		const struct sip_frame *frame)
{
	struct guard_passage *passage;
	struct span text = { 0 };
	struct refusal why;

	if (frame->kind != SIP_FRAME_MESSAGE)
		return;
	passage = calloc(1, sizeof(*passage));
	if (!passage)
		return;
	passage->from = from;
	if (passage_parse(passage, data, frame, &text, &why)) {
		log_refusal(LOG_MESSAGE_REFUSED, &why, "from the %s",
			    from == SIP_END_PROGRAM ? "program" : "call manager");
	} else {
		if (from == SIP_END_PROGRAM)
			captures_sip(&guard->captures, from, passage->message.text);
		passage->splice = splice_new(passage->message.text);
		if (passage->splice)
			passage_run(guard, passage);
	}
	splice_free(passage->splice);
	free(passage);
	text_free(&text);
}
