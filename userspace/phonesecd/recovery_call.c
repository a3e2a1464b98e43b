// SPDX-License-Identifier: Apache-2.0
#include "recovery_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/sip_body.h"

static json_t *text_or_null(const char *text)
{
	return text ? recovery_text((struct span){ text, strlen(text) }) : json_null();
}

static json_t *dialog_write(const struct sip_dialog *dialog)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}",
			 "call_id", text_or_null(dialog->call_id),
			 "program", text_or_null(dialog->address[SIP_END_PROGRAM]),
			 "far", text_or_null(dialog->address[SIP_END_FAR]),
			 "program_target", text_or_null(dialog->target[SIP_END_PROGRAM]),
			 "far_target", text_or_null(dialog->target[SIP_END_FAR]),
			 "route", text_or_null(dialog->route),
			 "program_cseq", (json_int_t)dialog->cseq[SIP_END_PROGRAM],
			 "far_cseq", (json_int_t)dialog->cseq[SIP_END_FAR],
			 "added", (json_int_t)dialog->added[SIP_END_PROGRAM],
			 "inserted", (json_int_t)dialog->inserted[SIP_END_PROGRAM]);
}

/* Leaves NULL for null; anything else than a text is refused. */
static int text_read(char **text, const json_t *json, const char *key)
{
	const json_t *value = json_object_get(json, key);

	if (json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return -EINVAL;
	*text = (char *)recovery_untext(value).at;
	return *text ? 0 : -ENOMEM;
}

static int number_read(unsigned long *number, const json_t *json, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(json, key));

	if (value < 0 || value > UINT32_MAX)
		return -EINVAL;
	*number = (unsigned long)value;
	return 0;
}

static int dialog_read(struct sip_dialog *dialog, const json_t *json)
{
	int err = number_read(&dialog->cseq[SIP_END_PROGRAM], json, "program_cseq") ?:
		  number_read(&dialog->cseq[SIP_END_FAR], json, "far_cseq") ?:
		  number_read(&dialog->added[SIP_END_PROGRAM], json, "added") ?:
		  number_read(&dialog->inserted[SIP_END_PROGRAM], json, "inserted");

	return err ?: text_read(&dialog->call_id, json, "call_id") ?:
	       text_read(&dialog->address[SIP_END_PROGRAM], json, "program") ?:
	       text_read(&dialog->address[SIP_END_FAR], json, "far") ?:
	       text_read(&dialog->target[SIP_END_PROGRAM], json, "program_target") ?:
	       text_read(&dialog->target[SIP_END_FAR], json, "far_target") ?:
	       text_read(&dialog->route, json, "route");
}

static json_t *line_write(const struct call *call, size_t i)
{
	const struct call_media_line *line = &call->current->media.lines[i];
	const struct call_session *session = &call->sessions[i];

	return json_pack("{s:s, s:b, s:b, s:o, s:o, s:I, s:i, s:o, s:o, s:I}",
			 "kind", call->kinds[i], "active", line->active, "mux", line->rtcp_mux,
			 "local", recovery_address(&line->local),
			 "remote", recovery_address(&line->remote),
			 "session", (json_int_t)session->id, "suite", (int)session->suite,
			 "tx", recovery_hex(session->tx, sizeof(session->tx)),
			 "rx", recovery_hex(session->rx, sizeof(session->rx)),
			 "keyed", (json_int_t)session->keyed);
}

/*
 * The keys themselves are gone, so the line is left as one without: the next offer makes
 * new ones, and the digests tell whether a key that the far end repeats is the present one.
 */
static int line_read(struct call *call, size_t i, const json_t *json)
{
	struct call_media_line *line = &call->current->media.lines[i];
	struct call_session *session = &call->sessions[i];
	const char *kind = json_string_value(json_object_get(json, "kind"));
	json_int_t id = json_integer_value(json_object_get(json, "session"));

	line->active = json_is_true(json_object_get(json, "active"));
	line->rtcp_mux = json_is_true(json_object_get(json, "mux"));
	snprintf(call->kinds[i], sizeof(call->kinds[i]), "%s", kind ? kind : "");
	if (!recovery_unaddress(json_object_get(json, "local"), &line->local) ||
	    !recovery_unaddress(json_object_get(json, "remote"), &line->remote))
		return line->active ? -EINVAL : 0;
	if (id < 0 || id > UINT32_MAX ||
	    !recovery_unhex(json_object_get(json, "tx"), session->tx, sizeof(session->tx)) ||
	    !recovery_unhex(json_object_get(json, "rx"), session->rx, sizeof(session->rx)))
		return -EINVAL;
	session->id = (uint32_t)id;
	session->suite = (enum nf_srtp_suite)json_integer_value(json_object_get(json, "suite"));
	session->local = line->local;
	session->remote = line->remote;
	session->rtcp_mux = line->rtcp_mux;
	session->keyed = json_integer_value(json_object_get(json, "keyed"));
	return 0;
}

/* A message without its description, in which keys would be. */
static json_t *head_write(struct span text)
{
	struct sip_message *message = calloc(1, sizeof(*message));
	struct splice *splice = splice_new(text);
	struct span sdp, head = { 0 };
	json_t *json = NULL;
	struct refusal why;

	if (message && splice && !sip_message_read(message, text, &why) &&
	    !sip_body_sdp(message, &sdp, &why)) {
		if (sdp.len)
			sip_body_put(splice, message, sdp, (struct span){ "", 0 });
		if (!splice_finish(splice, &head))
			json = recovery_text(head);
	}
	text_free(&head);
	splice_free(splice);
	free(message);
	return json ?: json_null();
}

static json_t *invite_write(const struct call_invite *invite)
{
	if (!invite->received.len || invite->refused)
		return json_null();
	return json_pack("{s:o, s:o}", "received", head_write(invite->received), "sent",
			 head_write(invite->sent));
}

static int invite_read(struct call_invite *invite, const json_t *json)
{
	const json_t *received = json_object_get(json, "received");
	const json_t *sent = json_object_get(json, "sent");

	if (!json_is_string(received) || !json_is_string(sent))
		return 0;
	invite->received = recovery_untext(received);
	invite->sent = recovery_untext(sent);
	return invite->received.len && invite->sent.len ? 0 : -ENOMEM;
}

/* The far end that the kernel has media for; null while there is none. */
static json_t *fork_write(const struct call *call)
{
	const struct call_fork *fork = call->current;
	json_t *lines;

	if (!fork)
		return json_null();
	lines = json_array();
	for (size_t i = 0; i < fork->media.count; i++)
		json_array_append_new(lines, line_write(call, i));
	return json_pack("{s:o, s:b, s:o, s:o}", "tag", text_or_null(fork->tag),
			 "confirmed", fork->confirmed, "dialog", dialog_write(&fork->dialog),
			 "lines", lines);
}

json_t *recovery_call_write(const struct call *call)
{
	const struct call_status *status = &call->status;

	return json_pack("{s:I, s:o, s:b, s:b, s:o, s:o, s:I, s:o, s:i, s:i, s:i,"
			 " s:o, s:o, s:o, s:o}",
			 "number", (json_int_t)status->number, "id", text_or_null(status->id),
			 "outgoing", status->outgoing,
			 "connected", status->progress == CALL_CONNECTED,
			 "far", text_or_null(status->far),
			 "far_name", text_or_null(status->far_name),
			 "begun", (json_int_t)status->begun,
			 "program_tag", text_or_null(call->program_tag),
			 "told", (int)status->state.told,
			 "played", (int)status->state.played,
			 "versions", (int)call->versions,
			 "described", recovery_text(call->described),
			 "fork", fork_write(call),
			 "invite_out", invite_write(&call->invites[SIP_END_PROGRAM]),
			 "invite_in", invite_write(&call->invites[SIP_END_FAR]));
}

static bool text_take(char *text, size_t size, const json_t *json, const char *key)
{
	struct span value = recovery_untext(json_object_get(json, key));
	bool fits = value.at && snprintf(text, size, "%s", value.at) < (int)size;

	text_free(&value);
	return fits;
}

static int fork_read(struct call *call, const json_t *json)
{
	struct call_fork *fork;
	const json_t *lines = json_object_get(json, "lines");
	int err = 0;

	if (json_is_null(json))
		return 0;
	fork = calloc(1, sizeof(*fork));
	if (!fork)
		return -ENOMEM;
	call->forks = call->current = fork;
	fork->confirmed = json_is_true(json_object_get(json, "confirmed"));
	fork->dialog.confirmed = fork->confirmed;
	if (!text_take(fork->tag, sizeof(fork->tag), json, "tag") ||
	    json_array_size(lines) > SDP_MEDIA_MAX)
		return -EINVAL;
	fork->media.count = json_array_size(lines);
	for (size_t i = 0; i < fork->media.count && !err; i++)
		err = line_read(call, i, json_array_get(lines, i));
	return err ?: dialog_read(&fork->dialog, json_object_get(json, "dialog"));
}

int recovery_call_read(struct call *call, const json_t *json)
{
	struct call_status *status = &call->status;
	json_int_t number = json_integer_value(json_object_get(json, "number"));
	json_int_t told = json_integer_value(json_object_get(json, "told"));
	json_int_t played = json_integer_value(json_object_get(json, "played"));

	if (number < 1 || number > UINT32_MAX || told < 0 || told > CALL_SECURITY_ENCRYPTED ||
	    played < 0 || played > CALL_TONE_NONSECURE ||
	    !text_take(status->id, sizeof(status->id), json, "id") ||
	    !text_take(status->far, sizeof(status->far), json, "far") ||
	    !text_take(status->far_name, sizeof(status->far_name), json, "far_name") ||
	    !text_take(call->program_tag, sizeof(call->program_tag), json, "program_tag"))
		return -EINVAL;
	status->number = (uint32_t)number;
	call->versions = (unsigned int)json_integer_value(json_object_get(json, "versions"));
	call->described = recovery_untext(json_object_get(json, "described"));
	status->outgoing = json_is_true(json_object_get(json, "outgoing"));
	status->begun = json_integer_value(json_object_get(json, "begun"));
	status->state.told = (enum call_security)told;
	status->state.played = (enum call_tone)played;
	/* Its media had their time. */
	status->leg.settled = true;
	status->progress = json_is_true(json_object_get(json, "connected")) ? CALL_CONNECTED :
									       CALL_TRYING;
	status->recovered = true;
	return fork_read(call, json_object_get(json, "fork")) ?:
	       invite_read(&call->invites[SIP_END_PROGRAM], json_object_get(json, "invite_out")) ?:
	       invite_read(&call->invites[SIP_END_FAR], json_object_get(json, "invite_in"));
}
