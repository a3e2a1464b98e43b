// SPDX-License-Identifier: Apache-2.0
#include "recovery_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
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
	*text = strdup(json_string_value(value));
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

	dialog->routed = true;
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

json_t *recovery_call_write(const struct call *call)
{
	const struct call_status *status = &call->status;
	json_t *lines = json_array();

	for (size_t i = 0; i < call->current->media.count; i++)
		json_array_append_new(lines, line_write(call, i));
	return json_pack("{s:I, s:s, s:b, s:s, s:s, s:I, s:s, s:s, s:i, s:i, s:o, s:o, s:o}",
			 "number", (json_int_t)status->number, "id", status->id,
			 "outgoing", status->outgoing, "far", status->far,
			 "far_name", status->far_name, "begun", (json_int_t)status->begun,
			 "program_tag", call->program_tag, "far_tag", call->current->tag,
			 "told", (int)status->state.told,
			 "versions", (int)call->versions,
			 "described", json_stringn(call->described.at ?: "",
						   call->described.len),
			 "dialog", dialog_write(&call->current->dialog), "lines", lines);
}

static bool text_take(char *text, size_t size, const json_t *json, const char *key)
{
	const char *value = json_string_value(json_object_get(json, key));

	return value && snprintf(text, size, "%s", value) < (int)size;
}

static int fork_read(struct call *call, const json_t *json)
{
	struct call_fork *fork = calloc(1, sizeof(*fork));
	const json_t *lines = json_object_get(json, "lines");
	int err = 0;

	if (!fork)
		return -ENOMEM;
	call->forks = call->current = fork;
	fork->confirmed = true;
	if (!text_take(fork->tag, sizeof(fork->tag), json, "far_tag") ||
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
	const char *described = json_string_value(json_object_get(json, "described"));

	if (number < 1 || number > UINT32_MAX || told < 0 || told > CALL_SECURITY_ENCRYPTED ||
	    !text_take(status->id, sizeof(status->id), json, "id") ||
	    !text_take(status->far, sizeof(status->far), json, "far") ||
	    !text_take(status->far_name, sizeof(status->far_name), json, "far_name") ||
	    !text_take(call->program_tag, sizeof(call->program_tag), json, "program_tag"))
		return -EINVAL;
	status->number = (uint32_t)number;
	call->versions = (unsigned int)json_integer_value(json_object_get(json, "versions"));
	if (described && call_text_keep(&call->described,
					(struct span){ described, strlen(described) }))
		return -ENOMEM;
	status->outgoing = json_is_true(json_object_get(json, "outgoing"));
	status->begun = json_integer_value(json_object_get(json, "begun"));
	status->state.told = (enum call_security)told;
	status->progress = CALL_CONNECTED;
	status->recovered = true;
	return fork_read(call, json);
}
