// SPDX-License-Identifier: Apache-2.0
#include "calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

static struct span field_value(const struct sip_message *message, enum sip_field_id id)
{
	return sip_field_first(message, id)->value;
}

static void text_take(char *text, size_t size, struct span value)
{
	size_t len = value.len < size ? value.len : size - 1;

	memcpy(text, value.at, len);
	text[len] = '\0';
}

/* The tag of an end in a message that another end or itself has sent. */
static struct span tag_of(const struct sip_message *message, enum sip_end from, enum sip_end whose)
{
	bool asking = message->is_request == (from == whose);
	struct span tag = { "", 0 };

	sip_param_find(field_value(message, asking ? SIP_FIELD_FROM : SIP_FIELD_TO), "tag", &tag);
	return tag;
}

bool calls_can_keep(const struct sip_message *message)
{
	static const enum sip_field_id ends[] = { SIP_FIELD_FROM, SIP_FIELD_TO };
	struct span tag;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (sip_param_find(field_value(message, ends[i]), "tag", &tag) &&
		    tag.len >= CALL_TAG_MAX)
			return false;
	return field_value(message, SIP_FIELD_CALL_ID).len < CALL_ID_MAX;
}

static bool fork_known(const struct call *call, struct span tag)
{
	for (const struct call_fork *fork = call->forks; fork; fork = fork->next)
		if (span_equal(tag, fork->tag))
			return true;
	return false;
}

/*
 * A program that calls itself has two calls with one Call-ID, each with another tag of
 * the program's.
 */
static bool is_of_call(const struct call *call, const struct sip_message *message,
		       enum sip_end from)
{
	struct span program = tag_of(message, from, SIP_END_PROGRAM);
	struct span far = tag_of(message, from, SIP_END_FAR);

	if (!span_equal(field_value(message, SIP_FIELD_CALL_ID), call->status.id))
		return false;
	if (program.len && *call->program_tag)
		return span_equal(program, call->program_tag);
	return !call->status.outgoing && fork_known(call, far);
}

struct call *calls_find(const struct calls *calls, const struct sip_message *message,
			enum sip_end from)
{
	for (struct call *call = calls->first; call; call = call->next)
		if (is_of_call(call, message, from))
			return call;
	return NULL;
}

struct call *calls_find_number(const struct calls *calls, uint32_t number)
{
	for (struct call *call = calls->first; call; call = call->next)
		if (call->status.number == number)
			return call;
	return NULL;
}

struct call *calls_find_session(const struct calls *calls, uint32_t session)
{
	for (struct call *call = calls->first; call; call = call->next)
		for (size_t i = 0; i < SDP_MEDIA_MAX; i++)
			if (call->sessions[i].id == session)
				return call;
	return NULL;
}

/* The name before an address, without its quotes. */
static struct span display_name(struct span address)
{
	const char *open = address.len ? memchr(address.at, '<', address.len) : NULL;
	struct span name = { address.at, open ? (size_t)(open - address.at) : 0 };

	name = span_trim(name);
	if (name.len > 1 && *name.at == '"' && name.at[name.len - 1] == '"')
		name = (struct span){ name.at + 1, name.len - 2 };
	return name;
}

struct call *calls_new(struct calls *calls)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->next = calls->first;
	calls->first = call;
	calls->count++;
	return call;
}

struct call *calls_add(struct calls *calls, const struct sip_message *invite,
		       enum sip_end from)
{
	struct call *call = calls_new(calls);
	bool outgoing = from == SIP_END_PROGRAM;
	struct span far;

	if (!call)
		return NULL;
	far = field_value(invite, outgoing ? SIP_FIELD_TO : SIP_FIELD_FROM);
	call->status.number = ++calls->last_number;
	call->status.outgoing = outgoing;
	text_take(call->status.id, sizeof(call->status.id),
		  field_value(invite, SIP_FIELD_CALL_ID));
	text_take(call->status.far, sizeof(call->status.far), sip_address_uri(far));
	text_take(call->status.far_name, sizeof(call->status.far_name), display_name(far));
	text_take(call->program_tag, sizeof(call->program_tag),
		  tag_of(invite, from, SIP_END_PROGRAM));
	return call;
}

void call_wipe(struct call *call)
{
	for (struct call_fork *fork = call->forks; fork; fork = fork->next)
		call_media_clear(&fork->media);
	for (enum sip_end end = 0; end < SIP_ENDS; end++) {
		call_media_clear(&call->offers[end].media);
		text_free(&call->offers[end].became);
		text_free(&call->offers[end].described);
	}
	text_free(&call->described);
	text_free(&call->rekey);
	for (size_t i = 0; i < CALL_REPEATS_MAX; i++)
		text_free(&call->repeats[i].sent);
}

static void fork_free(struct call_fork *fork)
{
	sip_dialog_clear(&fork->dialog);
	call_media_clear(&fork->media);
	free(fork);
}

void calls_remove(struct calls *calls, struct call *call)
{
	struct call **at = &calls->first;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	calls->count--;
	call_wipe(call);
	while (call->forks)
		call_fork_remove(call, call->forks);
	for (enum sip_end end = 0; end < SIP_ENDS; end++)
		call_invite_clear(&call->invites[end]);
	sd_event_source_disable_unref(call->settle);
	sd_event_source_disable_unref(call->rekey_timer);
	sd_event_source_disable_unref(call->remove);
	free(call);
}

/* The dialog begins with what the INVITE said, which all forks share. */
static struct call_fork *fork_new(struct call *call, struct span tag)
{
	struct call_fork *first = call->forks, *fork;
	size_t count = 0;

	for (fork = first; fork; fork = fork->next)
		count++;
	fork = count < CALL_FORKS_MAX ? calloc(1, sizeof(*fork)) : NULL;
	if (!fork)
		return NULL;
	while (first && first->next)
		first = first->next;
	if (first && sip_dialog_copy(&fork->dialog, &first->dialog)) {
		free(fork);
		return NULL;
	}
	text_take(fork->tag, sizeof(fork->tag), tag);
	fork->next = call->forks;
	call->forks = fork;
	return fork;
}

struct call_fork *call_fork(struct call *call, const struct sip_message *message,
			    enum sip_end from)
{
	struct span tag = tag_of(message, from, SIP_END_FAR);
	struct span program = tag_of(message, from, SIP_END_PROGRAM);
	struct call_fork *fork;

	if (!*call->program_tag)
		text_take(call->program_tag, sizeof(call->program_tag), program);
	for (fork = call->forks; fork; fork = fork->next)
		if (span_equal(tag, fork->tag))
			break;
	/* The first is made by the INVITE, whose far end has no tag yet. */
	if (!fork && call->forks && !call->forks->next && !*call->forks->tag) {
		fork = call->forks;
		text_take(fork->tag, sizeof(fork->tag), tag);
	}
	if (!fork)
		fork = fork_new(call, tag);
	if (fork && sip_dialog_learn(&fork->dialog, message, from))
		return NULL;
	return fork;
}

void call_fork_remove(struct call *call, struct call_fork *fork)
{
	struct call_fork **at = &call->forks;

	while (*at != fork)
		at = &(*at)->next;
	*at = fork->next;
	if (call->current == fork)
		call->current = NULL;
	fork_free(fork);
}

void call_digest(struct span text, uint8_t digest[CALL_SESSION_DIGEST_LEN])
{
	EVP_Digest(text.at, text.len, digest, NULL, EVP_sha256(), NULL);
}

const struct span *call_repeat(const struct call *call, const struct sip_message *message,
			       enum sip_end from)
{
	uint8_t own[CALL_SESSION_DIGEST_LEN];

	call_digest(message->text, own);
	for (size_t i = 0; i < CALL_REPEATS_MAX; i++)
		if (call->repeats[i].sent.len && call->repeats[i].from == from &&
		    !memcmp(call->repeats[i].digest, own, sizeof(own)))
			return &call->repeats[i].sent;
	return NULL;
}

void call_offer_note(struct call_offer *offer, const struct call_fork *fork, struct span method,
		     unsigned long cseq, bool in_response)
{
	memcpy(offer->tag, fork->tag, sizeof(offer->tag));
	offer->made = true;
	offer->answered = false;
	offer->in_response = in_response;
	offer->cseq = cseq;
	text_take(offer->method, sizeof(offer->method), method);
}

int call_text_keep(struct span *kept, struct span text)
{
	char *at = malloc(text.len + 1);

	if (!at)
		return -ENOMEM;
	memcpy(at, text.at, text.len);
	at[text.len] = '\0';
	text_free(kept);
	*kept = (struct span){ at, text.len };
	return 0;
}

void call_repeat_note(struct call *call, const struct sip_message *message, enum sip_end from,
		      struct span sent)
{
	struct call_repeat *repeat = &call->repeats[call->repeats_at];

	if (call_text_keep(&repeat->sent, sent))
		return;
	call_digest(message->text, repeat->digest);
	repeat->from = from;
	call->repeats_at = (call->repeats_at + 1) % CALL_REPEATS_MAX;
}

int call_invite_note(struct call_invite *invite, struct span received, struct span sent)
{
	invite->refused = false;
	return call_text_keep(&invite->received, received) ?: call_text_keep(&invite->sent, sent);
}

void call_invite_clear(struct call_invite *invite)
{
	text_free(&invite->received);
	text_free(&invite->sent);
	invite->refused = false;
}
