// SPDX-License-Identifier: Apache-2.0
/* Commands that make, change, end and show sessions. */
#include "media_commands.h"

#include <errno.h>

#include "key_lines.h"
#include "media_objects.h"

/* What is asked for beside keys, in the form of the client. */
static void change_fill(struct media_session_change *change, const struct arguments *a)
{
	*change = (struct media_session_change){
		.local = a->local,
		.remote = a->remote,
		.rtcp_mux = option_given(a, OPTION_RTCP_MUX),
		.has_hold = option_given(a, OPTION_HOLD),
		.hold = a->hold,
		.has_pass = option_given(a, OPTION_PASS),
		.pass = a->pass,
		.has_silence_timeout = option_given(a, OPTION_SILENCE_TIMEOUT),
		.silence_timeout_ms = a->silence_timeout_ms,
		.tx = { .rocs = a->rocs[0], .roc_count = a->roc_count[0],
			.activate = a->activate, .activate_len = a->activate_len },
		.rx = { .rocs = a->rocs[1], .roc_count = a->roc_count[1] },
	};
	change->local.rtcp_port = a->local_rtcp_port;
	change->remote.rtcp_port = a->remote_rtcp_port;
}

/*
 * UNENCRYPTED_SRTCP describes what the holder of the key sends. What we send is
 * encrypted whatever was agreed, so it can only be honoured for what we receive.
 */
static int unencrypted_srtcp_check(const struct arguments *a, const struct key_lines *keys,
				   struct refusal *why)
{
	bool passes = option_given(a, OPTION_PASS) && (a->pass & NF_SRTP_PASS_UNENCRYPTED_SRTCP);

	if (keys->has_tx && keys->tx.unencrypted_srtcp)
		return refusal_set(why, REASON_SDES_UNENCRYPTED_SRTCP, "in the line tx");
	if (keys->has_rx && keys->rx.unencrypted_srtcp && !passes)
		return refusal_set(why, REASON_SDES_UNENCRYPTED_SRTCP, "in the line rx");
	return 0;
}

static int standby_check(const struct arguments *a, const struct key_lines *keys,
			 struct refusal *why)
{
	if (option_given(a, OPTION_STANDBY) && ((keys->has_tx && !keys->tx.mki_len) ||
						(keys->has_rx && !keys->rx.mki_len)))
		return refusal_set(why, REASON_STANDBY_MKI, "%s", "");
	return 0;
}

static int keys_take(struct key_lines *keys, const struct arguments *a, struct refusal *why)
{
	int err = key_lines_read(keys, a->key_fd, why);

	if (!err)
		err = unencrypted_srtcp_check(a, keys, why);
	return err ? err : standby_check(a, keys, why);
}

static void change_fill_keys(struct media_session_change *change, const struct arguments *a,
			     const struct key_lines *keys)
{
	struct media_direction_change *directions[] = { &change->tx, &change->rx };
	const struct sdes *keys_of[] = { keys->has_tx ? &keys->tx : NULL,
					 keys->has_rx ? &keys->rx : NULL };

	change->suite = keys->has_tx ? keys->tx.suite : keys->rx.suite;
	for (size_t i = 0; i < 2; i++) {
		directions[i]->key = keys_of[i];
		directions[i]->standby = option_given(a, OPTION_STANDBY);
		directions[i]->has_context = option_given(a, OPTION_CONTEXT) && keys_of[i];
		directions[i]->context = a->context;
	}
}

static void session_id_write(struct output *out, uint32_t id, const char *done)
{
	const struct media_session session = { .id = id };

	output_remark(out, "session %u %s", id, done);
	if (out->json)
		output_object(out, "session", NULL, media_session_id_fields, &session);
}

int media_add(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_session_change change;
	KEY_LINES_AUTO keys = { 0 };
	struct media_link *link;
	uint32_t id;
	int err;

	if (a->local.len != a->remote.len)
		return refusal_set(why, REASON_ADDRESS_FAMILIES, "%s", "");
	if (option_given(a, OPTION_RTCP_MUX) && (a->local_rtcp_port || a->remote_rtcp_port))
		return refusal_set(why, REASON_RTCP_PORTS, "%s", "");
	err = keys_take(&keys, a, why);
	if (err)
		return err;
	change_fill(&change, a);
	change_fill_keys(&change, a, &keys);
	err = media_open(&link, why);
	if (err)
		return err;
	err = media_session_new(link, &change, &id, why);
	media_close(link);
	if (!err)
		session_id_write(out, id, "added");
	return err;
}

/* Applies a change to the session that the arguments name. */
static int change_apply(const struct arguments *a, const struct media_session_change *change,
			struct output *out, const char *done, struct refusal *why)
{
	struct media_link *link;
	int err = media_open(&link, why);

	if (err)
		return err;
	err = media_session_set(link, a->id, change, why);
	media_close(link);
	if (!err)
		session_id_write(out, a->id, done);
	return err;
}

/* The kernel would take the bytes for another suite's, or refuse them with less to say. */
static int suite_check(const struct arguments *a, enum nf_srtp_suite suite, struct refusal *why)
{
	struct media_session session;
	struct media_link *link;
	int err = media_open(&link, why);

	if (err)
		return err;
	err = media_session_get(link, a->id, &session, why);
	media_close(link);
	if (err)
		return err;
	if (session.suite != suite)
		err = refusal_set(why, REASON_KEY_SUITES, "the session has %s",
				  sdes_suite_name(session.suite));
	media_session_clear(&session);
	return err;
}

int media_rekey(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_session_change change;
	KEY_LINES_AUTO keys = { 0 };
	int err;

	if (!option_given(a, OPTION_CONTEXT))
		return refusal_set(why, REASON_CONTEXT_MISSING, "--context");
	err = keys_take(&keys, a, why);
	if (err)
		return err;
	change_fill(&change, a);
	change_fill_keys(&change, a, &keys);
	err = suite_check(a, change.suite, why);
	if (err)
		return err;
	return change_apply(a, &change, out, option_given(a, OPTION_STANDBY) ?
			    "has a standby key" : "re-keyed", why);
}

int media_set(const struct arguments *a, struct output *out, struct refusal *why)
{
	const uint64_t wanted = a->given & ~option_bit(OPTION_JSON);
	struct media_session_change change;

	if (!wanted)
		return refusal_set(why, REASON_NOTHING_TO_CHANGE, "%s", "");
	change_fill(&change, a);
	return change_apply(a, &change, out, "changed", why);
}

int media_hold(const struct arguments *a, struct output *out, struct refusal *why)
{
	const struct media_session_change change = { .has_hold = true, .hold = a->hold };

	return change_apply(a, &change, out, a->hold ? "on hold" : "resumed", why);
}

static int delete_all(struct media_link *link, const struct arguments *a, struct output *out,
		      struct refusal *why)
{
	struct media_session *sessions;
	size_t count, ended = 0;
	int err = media_sessions_list(link, &sessions, &count, why);

	for (size_t i = 0; !err && i < count; i++) {
		err = media_session_del(link, sessions[i].id, a->drain_ms, why);
		/* One that ended by itself meanwhile is what was asked for. */
		if (err == -ENOENT)
			err = 0;
		else if (!err)
			sessions[ended++].id = sessions[i].id;
	}
	if (!err)
		output_remark(out, "%zu sessions deleted", ended);
	if (!err && out->json)
		output_list(out, "sessions", "", NULL, media_session_id_fields, sessions,
			    sizeof(*sessions), ended);
	media_sessions_free(sessions, count);
	return err;
}

int media_del(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_link *link;
	int err = media_open(&link, why);

	if (err)
		return err;
	if (a->all) {
		err = delete_all(link, a, out, why);
	} else {
		err = media_session_del(link, a->id, a->drain_ms, why);
		if (!err)
			session_id_write(out, a->id, a->drain_ms ? "drains and ends" : "deleted");
	}
	media_close(link);
	return err;
}

int media_list(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_session *sessions;
	struct media_link *link;
	size_t count;
	int err = media_open(&link, why);

	(void)a;
	if (err)
		return err;
	err = media_sessions_list(link, &sessions, &count, why);
	if (!err)
		output_list(out, "sessions", "no sessions", media_session_columns,
			    media_session_fields, sessions, sizeof(*sessions), count);
	media_sessions_free(sessions, count);
	media_close(link);
	return err;
}

int media_show(const struct arguments *a, struct output *out, struct refusal *why)
{
	struct media_session session;
	struct media_link *link;
	int err = media_open(&link, why);

	if (err)
		return err;
	err = media_session_get(link, a->id, &session, why);
	if (!err)
		output_object(out, "session", "session", media_session_fields, &session);
	media_session_clear(&session);
	media_close(link);
	return err;
}
